"""What the jobs of the one scoring path read and are told; no rule stands here."""


def states_of(grid, story_set):
    """Files that a grid's design is made of, one for each story: of words heard, and of words to come or none.

    Words are heard by the model itself, or by that of the source `static`; what the model expects to follow each
    word, or what its grammar tells of it, is there for designs made of that.
    """
    model = static_model(grid.model) if grid.source == "static" else grid.model
    made = {"generated": "continuations", **dict.fromkeys(COMPONENTS, "components")}.get(grid.source)
    stories = stories_of(story_set)
    ahead = in_results(f"{made}/{{model}}/{{story}}.safetensors", model=grid.model, story=stories) if made else []
    return in_results("activations/{model}/{story}.safetensors", model=model, story=stories), ahead


def heard_in_designs(wildcards):
    """Every file that the designs of a job are made of, each once."""
    grids = DESIGNS[wildcards.model, wildcards.designs]
    return list(dict.fromkeys(path for grid in grids for part in states_of(grid, wildcards.story_set) for path in part))


def steps_of(wildcards):
    """The designs of a job as they stand in its parameters, with the places of their files in its input."""
    heard = {path: place for place, path in enumerate(heard_in_designs(wildcards))}
    steps = []
    for grid in DESIGNS[wildcards.model, wildcards.designs]:
        activations, ahead = states_of(grid, wildcards.story_set)
        steps.append(
            {
                "name": grid.design,
                "layer": 0 if grid.source == "static" else grid.layer,
                "source": grid.source,
                "width": max(grid.width, 1),  # the present is the window of one word at distance 0
                "distances": list(grid.distances),
                "word_rate": config["encoding"]["word_rate"] and grid.width == 0,
                "activations": [heard[path] for path in activations],
                "ahead": [heard[path] for path in ahead],
            }
        )
    return steps


def design_jobs(wildcards):
    """The design jobs, by name, that a scoring job of a language model reads."""
    grids = CELLS[wildcards.model, wildcards.cells]
    names = [name for grid in grids for name in design_names(grid, BASE)]
    return list(dict.fromkeys(DESIGN_JOBS[wildcards.model, name] for name in names))


def designs_of(wildcards):
    """The files of designs a scoring job reads: its subject shares them with its story set, or the other listeners make one."""
    if wildcards.model == LISTENERS:
        return [f"results/{DATASET}/listeners/sub-{wildcards.subject}_design.safetensors"]
    folder = f"results/{DATASET}/designs/{PLAN.story_set(wildcards.subject)}/{wildcards.model}"
    return [f"{folder}/{job}.safetensors" for job in design_jobs(wildcards)]


def cells_of(wildcards):
    """The cells of a scoring job as they stand in its parameters, with the places of their designs: file and name."""
    jobs = [] if wildcards.model == LISTENERS else design_jobs(wildcards)
    place = lambda name: jobs.index(DESIGN_JOBS[wildcards.model, name]) if jobs else 0  # noqa: E731
    return [
        {**vars(grid), "designs": [[place(name), name] for name in design_names(grid, BASE)]}
        for grid in CELLS[wildcards.model, wildcards.cells]
    ]


def encoding_of(wildcards):
    """How a design predicts responses; the responses of other listeners come as late as one's own: they need no delays."""
    return {
        "delays": [0] if wildcards.model == LISTENERS else config["encoding"]["delays"],
        "alphas": alphas(**config["encoding"]["alphas"]),
        "blocked": config["encoding"]["folds"]["scheme"] == "strict",
    }


def alphas(first, last, n):
    """The grid of ridge penalties, n powers of ten from first to last."""
    return [10 ** (first + (last - first) * step / max(n - 1, 1)) for step in range(n)]


def scores_of(subject):
    """The files of every scoring job of a subject."""
    return [f"results/{DATASET}/scores/sub-{subject}/{model}/{cells}.safetensors" for model, cells in CELLS]
