"""The start of every simulated dataset: the planted truth, the participants and the sidecars."""

SIMULATION = STUDY.simulation
SIMULATED = "results/{dataset}/dataset" if SIMULATION["stories"] else "resources/simulated/{dataset}"


rule simulate_cortex:
    """Plant in each region what it follows: nothing, the present word, past words, or a window of upcoming words."""
    input:
        library("simulation/simulate_cortex"),
        targets="results/{dataset}/targets.parquet",
        regions=as_input(STUDY.locate(SIMULATION["regions"])),
    output:
        truth="results/{dataset}/truth.parquet",
        participants=f"{SIMULATED}/participants.tsv",
        description=f"{SIMULATED}/dataset_description.json",
        sidecars=[f"{SIMULATED}/task-{story}_desc-simulated.json" for story in STUDY.stories],
    log:
        "logs/{dataset}/simulate_cortex/all.log",
    benchmark:
        "benchmarks/{dataset}/simulate_cortex/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=RESOURCES.memory("small"),
        runtime=minutes(5),
    params:
        subjects=STUDY.subjects,
        stories=STUDY.stories,
        tr=STUDY.plan.tr,
        forecast_share=SIMULATION["cortex"]["forecast_share"],
        version="0.1.0",
    script:
        "../scripts/simulation/simulate_cortex.py"
