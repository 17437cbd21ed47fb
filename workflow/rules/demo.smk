"""The demo: made-up stories, and listeners who hear all of them, written in the shape of a real dataset."""


rule simulate_speech:
    """Give the words of a demo story the times at which a storyteller would say them."""
    input:
        library("simulation/simulate_speech"),
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
        "../scripts/simulation/simulate_speech.py"


rule simulate_listener:
    """Simulate the responses of one listener to every story, as surface runs on disk."""
    input:
        library("simulation/simulate_listener"),
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
        "../scripts/simulation/simulate_listener.py"
