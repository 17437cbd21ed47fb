"""What every simulated dataset begins with: the planted truth, and who is simulated."""

SIMULATED = "results/{dataset}/dataset" if SIMULATION["stories"] else "resources/simulated/{dataset}"


rule simulate_cortex:
    """Plant in each region what it follows: nothing, the present word, or a window of upcoming words."""
    input:
        library("simulation/simulate_cortex"),
        targets="results/{dataset}/targets.parquet",
        regions=locate(SIMULATION["regions"]),
    output:
        truth="results/{dataset}/truth.parquet",
        participants=f"{SIMULATED}/participants.tsv",
        description=f"{SIMULATED}/dataset_description.json",
        sidecars=[f"{SIMULATED}/task-{story}_desc-simulated.json" for story in PLAN.stories],
    log:
        "logs/{dataset}/simulate_cortex/all.log",
    benchmark:
        "benchmarks/{dataset}/simulate_cortex/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=megabytes(),
        runtime=minutes(5),
    params:
        listeners=PLAN.subjects,
        stories=list(PLAN.stories),
        tr=PLAN.tr,
        version="0.1.0",
    script:
        "../scripts/simulation/simulate_cortex.py"
