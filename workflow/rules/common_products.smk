"""What a whole run makes: tables, figures and captions; no rule stands here."""

CURVES = {  # what the figures of F(d) are told
    "n_subjects": N_SUBJECTS,
    "curves": config["figures"]["curves"],
    "cell": config["maps"],
    "simulated": bool(SIMULATION),
}


def finetuning_table(name):
    """A group table of fine-tuning, where this run has it."""
    return in_results(f"group/{name}.parquet") if name in FINETUNING_TABLES else []


def figure_stems():
    """The figures of this run, in the order of the report; those of an analysis it does not have are left out."""
    values = [stat for stat in ("normalisedscore", "bestlayer") if stat in MAPS]
    regions = ["region_forecast_distances", *(["region_forecast_depths"] if DEPTH else [])]
    regions += [f"region_{stat}" for stat in values]
    symmetry = ["symmetry"] if config["atlas"] else []
    layered = {(grid.model, grid.layer) for grid in GRIDS.values() if grid.model in config["models"]}
    regional = ("brain_scores", "forecast_scores", "forecast_curves") if config["atlas"] or not SURFACE else ()
    return [
        "forecast_curves",
        *(["sources"] if SOURCES - {"true", "shuffled"} else []),
        *(["components", "component_peaks", "component_checks"] if PARTS else []),
        *(["forecast_depths"] if DEPTH else []),
        *(["widths"] if WIDTHS else []),
        *(["recovery"] if SIMULATION else []),
        *(["component_recovery"] if SIMULATION and PARTS and PLANTED_PARTS else []),
        *([f"surface_{stat}" for stat in MAPS] if SURFACE else []),
        *(f"region_{what}" for what in regional),
        *(symmetry if SURFACE else regions),
        *(["finetuning_gains"] if GAINS else []),
        *(["finetuning_training"] if config["finetuning"] else []),
        *(["layers"] if len(layered - {(LISTENERS, 0)}) > 1 else []),
    ]


def figures_in_order():
    """Figures as the report holds them: maps as pixels, the rest as drawings."""
    suffix = {stem: "png" if stem.startswith("surface") else "svg" for stem in figure_stems()}
    return [f"results/{DATASET}/figures/{stem}.{suffix[stem]}" for stem in suffix]


def captions():
    """The caption of each figure; figures of one rule that differ in `stat` share theirs."""
    shared = {f"surface_{stat}": "surface" for stat in MAPS} | {f"region_{stat}": "region" for stat in MAPS}
    return sorted({in_project(f"workflow/report/{shared.get(stem, stem)}.rst") for stem in figure_stems()})


def get_final_output():
    """The products of a whole run; the report asks for every table, map and figure."""
    tables = in_results("group/{table}.parquet", table=[*GROUP_TABLES, *FINETUNING_TABLES])
    return in_results("report.html") + tables + ([f"results/{DATASET}/truth.parquet"] if SIMULATION else [])
