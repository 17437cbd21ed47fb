"""Memory and run time that rules ask for; no rule stands here."""


def volumes(wildcards):
    """Volumes of the longest listener this job may meet; 4,000 (98 minutes) where no file tells."""
    subject = getattr(wildcards, "subject", None)
    runs = [PLAN.runs[subject]] if subject in PLAN.runs else PLAN.runs.values()
    return max(sum(run.n_trs or 4000 / len(story) for run in story) for story in runs)


def n_targets():
    return {None: 1000, "fsaverage5": 20484, "fsaverage6": 81924}[config["dataset"]["space"]]


def megabytes(*arrays):
    """Memory for float32 arrays of these sizes, with room for Python and for one retry after another."""
    needed = 1500 + sum(math.prod(shape) for shape in arrays) * 4 / 1e6
    return lambda wildcards, attempt: int(needed * attempt)


def subject_megabytes(wildcards, attempt):
    """Memory of a job that holds the responses of one subject twice, and its designs."""
    return int((1500 + 2.5 * volumes(wildcards) * n_targets() * 4 / 1e6) * attempt)


def score_megabytes(wildcards, attempt):
    """Memory of a scoring job: that of its subject, and the scores and penalties of its cells, fold by fold."""
    held = n_cells(wildcards) * config["encoding"]["folds"]["n_folds"] * n_targets() * 8 / 1e6
    return int(subject_megabytes(wildcards, attempt) + held * attempt)


def score_minutes(wildcards, attempt):
    """Run time of a scoring job: three times what a slow processor takes per cell, volume and target."""
    return int((20 + n_cells(wildcards) * volumes(wildcards) * n_targets() * 6e-9) * attempt)


def n_cells(wildcards):
    """Cells of one scoring job."""
    return sum(len(grid.distances) for grid in CELLS[wildcards.model, wildcards.cells])


def listeners_megabytes(wildcards, attempt):
    """Memory of a job that adds up a story, or that takes a subject off it and reduces what is left in each fold."""
    values = volumes(wildcards) * n_targets()
    return int((1500 + 20 * values / 1e6 + 8 * volumes(wildcards) ** 2 * 8 / 1e6) * attempt)


def design_megabytes(wildcards, attempt):
    """Memory of a job that holds a few Gram matrices of rows."""
    return int((1500 + 6 * volumes(wildcards) ** 2 * 8 / 1e6) * attempt)


def design_minutes(wildcards, attempt):
    """Run time of a design job: five times what a slow processor takes per distance and pair of volumes."""
    distances = sum(len(grid.distances) for grid in DESIGNS[wildcards.model, wildcards.designs])
    return int((30 + distances * volumes(wildcards) ** 2 * 2e-8) * attempt)


def merge_megabytes(wildcards, attempt):
    """Memory of a job that holds the largest grid of a subject, fold by fold, a few times."""
    largest = max(len(grid.distances) for grid in GRIDS.values())
    values = largest * config["encoding"]["folds"]["n_folds"] * n_targets()
    return int((1500 + 6 * values * 4 / 1e6) * attempt)


def group_megabytes(wildcards, attempt):
    """Memory of a job that holds one or two cells of every subject, and where each cell stands in its file (8 kB)."""
    of_subject = 4 * n_targets() * 8 + 8000 * sum(len(grid.distances) for grid in GRIDS.values())
    return int((1500 + len(PLAN.subjects) * of_subject / 1e6) * attempt)


def simulated_megabytes(wildcards, attempt):
    """Memory of a job that makes up one run of the longest story (2,300 volumes), one hemisphere after the other."""
    return int((1500 + 2300 * n_targets() / 2 * 8 * 6 / 1e6) * attempt)


def minutes(base):
    """Run time that grows with each retry."""
    return lambda wildcards, attempt: base * attempt
