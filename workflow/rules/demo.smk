"""The simulated dataset, written in the shape of a real one so that the same rules read it."""


rule simulate_speech:
    """Give the words of a demo story the times at which a storyteller would say them."""
    input:
        library("simulate_speech"),
        text=in_project("workflow/demo/{story}.txt"),
    output:
        words="results/{dataset}/dataset/stimuli/{story}/words.tsv",
    log:
        "logs/{dataset}/simulate_speech/{story}.log",
    benchmark:
        "benchmarks/{dataset}/simulate_speech/{story}.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=megabytes(),
        runtime=minutes(5),
    params:
        words_per_second=SIMULATION["words_per_second"],
        start=SIMULATION["start"],
    script:
        "../scripts/simulate_speech.py"


rule simulate_cortex:
    """Plant in each region what it follows: nothing, the present word, or a window of upcoming words."""
    input:
        library("simulate_cortex"),
        targets="results/{dataset}/targets.parquet",
        regions=in_project("workflow/demo/regions.tsv"),
    output:
        truth="results/{dataset}/truth.parquet",
        participants="results/{dataset}/dataset/participants.tsv",
        description="results/{dataset}/dataset/dataset_description.json",
        sidecars=[f"results/{{dataset}}/dataset/task-{story}_desc-simulated.json" for story in SIMULATION["stories"]],
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
        stories=SIMULATION["stories"],
        tr=SIMULATION["tr"],
        version="0.1.0",
    script:
        "../scripts/simulate_cortex.py"


rule simulate_listener:
    """Simulate the responses of one listener to every story, as surface runs on disk."""
    input:
        library("simulate_listener"),
        truth="results/{dataset}/truth.parquet",
        words=in_results("words/{story}.parquet", story=SIMULATION["stories"]),
        activations=in_results(
            "activations/{model}/{story}.safetensors",
            model=SIMULATION["model"],
            story=SIMULATION["stories"],
        ),
        components=in_results(
            "components/{model}/{story}.safetensors",
            model=SIMULATION["model"],
            story=SIMULATION["stories"] if PLANTED_PARTS else [],
        ),
    output:
        runs=[
            f"results/{{dataset}}/dataset/sub-{{subject}}/func/sub-{{subject}}_task-{story}"
            f"_space-fsaverage5_hemi-{hemi}_desc-simulated.func.gii"
            for story in SIMULATION["stories"]
            for hemi in "LR"
        ],
    log:
        "logs/{dataset}/simulate_listener/sub-{subject}.log",
    benchmark:
        "benchmarks/{dataset}/simulate_listener/sub-{subject}.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=megabytes(),
        runtime=minutes(15),
    params:
        layers=PLANTED_LAYERS,
        layers_in_parts=PLANTED_PARTS,
        width=SIMULATION["width"],
        tr=SIMULATION["tr"],
        cortex=SIMULATION["cortex"],
        seed=config["seed"],
    script:
        "../scripts/simulate_listener.py"
