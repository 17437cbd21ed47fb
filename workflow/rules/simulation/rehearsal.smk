"""A rehearsal: real subjects, runs, words and onsets of a dataset whose images are not here; simulated responses."""


rule simulate_features:
    """Reduce the windows of all stories to the components that are planted, once for all runs."""
    input:
        library("simulation/simulate_features"),
        activations=STUDY.in_results(
            "activations/{model}/{story}.safetensors", model=SIMULATION["model"], story=STUDY.stories
        ),
    output:
        features="results/{dataset}/simulation/features.safetensors",
    log:
        "logs/{dataset}/simulate_features/all.log",
    benchmark:
        "benchmarks/{dataset}/simulate_features/all.tsv"
    conda:
        "../../../envs/cpu.yaml"
    resources:
        mem_mb=megabytes(6000),
        runtime=minutes(30),
    params:
        stories=STUDY.stories,
        planted=STUDY.planted,
        width=SIMULATION["width"],
        components=SIMULATION["cortex"]["components"],
        content_components=SIMULATION["cortex"]["content_components"],
    script:
        "../../scripts/simulation/simulate_features.py"


rule simulate_run:
    """Simulate the responses of one subject to one story, as long as its run would be."""
    input:
        library("simulation/simulate_run"),
        truth="results/{dataset}/truth.parquet",
        words="results/{dataset}/words/{story}.parquet",
        features="results/{dataset}/simulation/features.safetensors",
    output:
        runs=[
            "resources/simulated/{dataset}/sub-{subject}/func/"
            f"sub-{{subject}}_task-{{story}}{{run}}_space-{config['dataset']['space']}_hemi-{hemi}_desc-simulated.func.gii"
            for hemi in "LR"
        ],
    log:
        "logs/{dataset}/simulate_run/sub-{subject}_task-{story}{run}.log",
    benchmark:
        "benchmarks/{dataset}/simulate_run/sub-{subject}_task-{story}{run}.tsv"
    wildcard_constraints:
        run=r"(_run-\d+)?",
    conda:
        "../../../envs/cpu.yaml"
    resources:
        mem_mb=RESOURCES.memory("simulated_run"),
        runtime=minutes(30),
    params:
        n_dropped=lambda w: STUDY.n_dropped_of(w.subject, w.story),
        width=SIMULATION["width"],
        tr=STUDY.plan.tr,
        cortex=SIMULATION["cortex"],
        seed=config["seed"],
    script:
        "../../scripts/simulation/simulate_run.py"
