"""Memory, run time and GPUs that the jobs of a language model need, from the sizes of model and story.

Sizes are those of `sizes.ModelSizes.of_model`; memory is in MB, time in minutes. The rates are what two cores,
or a GPU of a few years ago, reach on batches of these sizes; jobs request three times the time that they give.
"""

import math
from collections.abc import Callable, Mapping

Sizes = Mapping[str, float]

CPU_RATE = 2e10  # operations per second and core
GPU_RATE = 5e12  # operations per second
DISK_RATE = 100.0  # MB of weights per second, from a network disk
LAYER_SECONDS = 2e-3  # of one step through one layer, however few its tokens
GPU_LIBRARIES_MB = 3000  # of a process that uses a GPU, beside Python
GPU_CONTEXT_MB = 1000  # of the GPU's memory
GPU_SHARE = 0.9  # of a GPU's memory that weights and activations may fill
ROOM = 3.0  # times the expected time
PROBE_ROWS = 8  # blocks of held-out text in a batch
KINDS = {  # of the jobs of a language model, by rule
    "extract_activations": "extract",
    "extract_speech": "extract",
    "generate_continuations": "generate",
    "extract_components": "components",
    "finetune_model": "finetune",
    "score_snapshots": "probe",
}
BRANCHES, FUTURES = 16, 4  # of a story at once, times the batch size: rules/language.smk, rules/syntax.smk


def host_memory(kind: str, s: Sizes) -> float:
    """Memory of a job beside Python: the weights while they are loaded, a batch, and what it writes.

    Without a GPU the batch is in it too; with one, libraries are, whichever is more: a job that gets no GPU still fits.
    Weights that are spread over GPUs pass through memory file by file.
    """
    loading = s["weights"] + s["converted"]
    if s["spread"] and s["gpu_memory"]:
        return min(loading, max(0.2 * loading, 10_000)) + GPU_LIBRARIES_MB + RESULTS[kind](s)
    return loading + max(GPU_LIBRARIES_MB if s["gpu_memory"] else 0, BATCHES[kind](s)) + RESULTS[kind](s)


def device_memory(kind: str, s: Sizes) -> float:
    """Memory on all GPUs together."""
    return s["weights"] + BATCHES[kind](s) + GPU_CONTEXT_MB


def n_gpus(kind: str, s: Sizes) -> int:
    """GPUs of a job: none where the config has none; one per process of a training; as many as a model needs that is
    spread over them; else one."""
    if not s["gpu_memory"]:
        return 0
    if kind == "finetune":
        return int(s["processes"])
    return math.ceil(device_memory(kind, s) / (GPU_SHARE * s["gpu_memory"])) if s["spread"] else 1


def run_minutes(kind: str, s: Sizes) -> float:
    """Run time to request: three times what it takes, and what is never exceeded by little."""
    return LEAST_MINUTES[kind] + ROOM * seconds(kind, s) / 60


def seconds(kind: str, s: Sizes) -> float:
    """What a job takes beside starting: reading the files of its model, its operations, and on a GPU its steps."""
    if s["gpu_memory"]:
        computing = operations(kind, s) / GPU_RATE + seconds_of_steps(kind, s)
    else:
        half = 2 if s["bytes"] < 4 else 1  # many processors compute short types more slowly
        computing = half * operations(kind, s) / (CPU_RATE * s["threads"])
    return computing + s["stored"] / DISK_RATE


def operations(kind: str, s: Sizes) -> float:
    """Two for each weight and token that passes the model."""
    return 2e6 * s["parameters"] * TOKENS[kind](s)


def seconds_of_steps(kind: str, s: Sizes) -> float:
    """What the passes through the layers of a model take on a GPU, however few their tokens."""
    return STEPS[kind](s) * s["depth"] * LAYER_SECONDS


def kept_ahead(kind: str, s: Sizes) -> float:
    """Vectors that a job keeps of what follows each word: words ahead times layers."""
    return {"generate": s["generated_horizon"] * s["generated_layers"],
            "components": s["drawn_horizon"] * s["drawn_layers"]}.get(kind, 0.0)  # fmt: skip


def assumed(s: Sizes) -> str:
    """The device that the jobs of a language model are expected to run on, and its rates."""
    if not s["gpu_memory"]:
        return f"CPU: {CPU_RATE / 1e9:g} billion operations per second and core where no job has been measured"
    return (
        f"GPU of {s['gpu_memory'] / 1000:g} GB: {GPU_RATE / 1e12:g} TFLOP per second, at least "
        f"{1000 * LAYER_SECONDS:g} ms a layer and pass, {DISK_RATE:g} MB of weights read per second"
    )


def _mb(*lengths: float) -> float:
    return math.prod(lengths) / 1e6


def _forward(s: Sizes, rows: float, positions: float) -> float:
    """The states of all layers, of this batch and the one before; attention of one layer, its feed-forward part."""
    states = 2 * _mb(rows, positions, s["width"], s["depth"], s["bytes"])
    return states + _mb(rows, s["heads"], positions, positions, 4) + 12 * _mb(rows, positions, s["width"], s["bytes"])


def _cache(s: Sizes, positions: float) -> float:
    """Keys and values of every layer, in three copies: of the story, of the branches, and while these grow."""
    return 3 * _mb(2, positions, s["key_width"], s["depth"], s["bytes"])


def _extract(s: Sizes) -> float:
    return _forward(s, s["rows"], s["context"])


def _generate(s: Sizes) -> float:
    """The story once, the keys of all branches, and a few times the logits of the branches."""
    branches = BRANCHES * s["batch"]
    keys = s["context"] + 1.5 * branches * s["generated_horizon"]
    logits = 5 * _mb(branches, s["vocabulary"], 4)
    return _forward(s, 1, s["context"]) + _cache(s, keys) + logits + 2 * _mb(branches, s["heads"], keys, 4)


def _components(s: Sizes) -> float:
    """The story once, and all tokens of the futures of some words as one row."""
    tokens = 1.5 * FUTURES * s["batch"] * s["drawn_horizon"]
    keys = s["context"] + tokens
    states = 2 * _mb(tokens, s["width"], s["depth"] + 12, s["bytes"])
    return _forward(s, 1, s["context"]) + _cache(s, keys) + states + 2 * _mb(tokens, s["heads"], keys, 4)


def _finetune(s: Sizes) -> float:
    """Per process: a frozen copy, gradients and two moments of each weight, activations and logits of a batch."""
    blocks = _mb(s["blocks"], s["block"], 4)
    batch = blocks * (12 * s["width"] * s["depth"] + 4 * s["vocabulary"])
    return (s["processes"] - 1) * s["weights"] + s["processes"] * (4.5 * s["weights"] + batch + 1500)


def _probe(s: Sizes) -> float:
    """A second copy of the weights, logits of a batch, and the last states of the blocks that a probe is fitted to."""
    logits = 4 * _mb(PROBE_ROWS, s["block"], s["vocabulary"], 4)
    states = 3 * _mb(s["probe_blocks"], s["block"], s["width"], 4)
    return s["weights"] + _forward(s, PROBE_ROWS, s["block"]) + logits + states


# what each kind of job holds on its device at once, beside the weights
BATCHES: dict[str, Callable[[Sizes], float]] = {
    "extract": _extract,
    "generate": _generate,
    "components": _components,
    "finetune": _finetune,
    "probe": _probe,
}
# what it writes, float32, with a copy of it
RESULTS: dict[str, Callable[[Sizes], float]] = {
    "extract": lambda s: 2 * _mb(s["words"], s["width"], s["kept"], 4),
    "generate": lambda s: 2 * _mb(s["words"], s["generated_horizon"], s["width"], s["generated_layers"], 4),
    "components": lambda s: 3 * _mb(s["words"], s["drawn_horizon"], s["width"], s["drawn_layers"], 4),
    "finetune": lambda s: 0.0,
    "probe": lambda s: 0.0,
}
# tokens that pass the model
TOKENS: dict[str, Callable[[Sizes], float]] = {
    "extract": lambda s: s["tokens"],
    "generate": lambda s: s["tokens"] + 1.5 * s["words"] * s["generated_words"],
    "components": lambda s: s["tokens"] + 1.5 * s["words"] * s["drawn_words"],
    "finetune": lambda s: 4 * s["training_tokens"] / s["processes"],  # backwards too, and the frozen copy
    "probe": lambda s: 2 * s["probe_blocks"] * s["block"] * s["snapshots"],
}
# passes through the model, however few tokens each has
STEPS: dict[str, Callable[[Sizes], float]] = {
    "extract": lambda s: s["tokens"] / max(s["context"] * s["rows"], 1),
    "generate": lambda s: 1.5 * s["words"] * s["generated_words"] / (BRANCHES * s["batch"]),
    "components": lambda s: s["words"] * s["drawn_words"] / s["drawn_horizon"] / (FUTURES * s["batch"]),
    "finetune": lambda s: 4 * s["steps"],
    "probe": lambda s: 0.0,
}
LEAST_MINUTES = {"extract": 30, "generate": 60, "components": 60, "finetune": 240, "probe": 120}
