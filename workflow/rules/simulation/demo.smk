"""The demo: invented stories, and subjects with all of them, written in the shape of a real dataset."""


rule simulate_speech:
    """Simulate the onsets and offsets at which a storyteller would say the words of a demo story."""
    input:
        library("simulation/simulate_speech"),
        text=as_input(STUDY.in_project("workflow/demo/{story}.txt")),
    output:
        words="results/{dataset}/dataset/stimuli/{story}/words.tsv",
    log:
        "logs/{dataset}/simulate_speech/{story}.log",
    benchmark:
        "benchmarks/{dataset}/simulate_speech/{story}.tsv"
    conda:
        "../../../envs/cpu.yaml"
    resources:
        mem_mb=RESOURCES.memory("small"),
        runtime=minutes(5),
    params:
        words_per_second=SIMULATION["words_per_second"],
        start=SIMULATION["start"],
        language=config["dataset"]["language"],
    script:
        "../../scripts/simulation/simulate_speech.py"


rule simulate_windows:
    """Reduce words and windows of all stories to the components that are planted, once for all subjects."""
    input:
        library("simulation/simulate_windows"),
        truth="results/{dataset}/truth.parquet",
        words=STUDY.in_results("words/{story}.parquet", story=SIMULATION["stories"]),
        activations=STUDY.in_results(
            "activations/{model}/{story}.safetensors",
            model=SIMULATION["model"],
            story=SIMULATION["stories"],
        ),
        components=STUDY.in_results(
            "components/{model}/{story}.safetensors",
            model=SIMULATION["model"],
            story=SIMULATION["stories"] if STUDY.planted_component_layers else [],
        ),
    output:
        features="results/{dataset}/simulation/windows.safetensors",
    log:
        "logs/{dataset}/simulate_windows/all.log",
    benchmark:
        "benchmarks/{dataset}/simulate_windows/all.tsv"
    conda:
        "../../../envs/cpu.yaml"
    threads: 2  # little else can run at the same time
    resources:
        mem_mb=RESOURCES.memory("small"),
        runtime=minutes(15),
    params:
        layers=STUDY.planted_layers,
        component_layers=STUDY.planted_component_layers,
        width=SIMULATION["width"],
        tr=SIMULATION["tr"],
        cortex=SIMULATION["cortex"],
        seed=config["seed"],
    script:
        "../../scripts/simulation/simulate_windows.py"


rule simulate_listener:
    """Simulate the responses of one subject to every story, as surface runs on disk."""
    input:
        library("simulation/simulate_listener"),
        truth="results/{dataset}/truth.parquet",
        words=STUDY.in_results("words/{story}.parquet", story=SIMULATION["stories"]),
        features="results/{dataset}/simulation/windows.safetensors",
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
        "../../../envs/cpu.yaml"
    resources:
        mem_mb=RESOURCES.memory("small"),
        runtime=minutes(15),
    params:
        width=SIMULATION["width"],
        tr=SIMULATION["tr"],
        cortex=SIMULATION["cortex"],
        seed=config["seed"],
    script:
        "../../scripts/simulation/simulate_listener.py"
