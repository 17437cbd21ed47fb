"""How large the jobs of each language model are: its facts, and what its settings make of them on a story."""

import errno
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from brainforecast.checkpoints import PAPER_CONTEXT, read_name
from brainforecast.planning.models.entries import Models
from brainforecast.planning.models.facts import ASSUMED, BYTES, ModelFacts, read_facts
from brainforecast.planning.models.needs import assumed

TOKENS_PER_WORD = 1.5
FRAMES_PER_SECOND = 50  # of speech models
WHISPER_FRAMES = 1500  # whatever the length of the sound
ON_CPU = ("cpu", "disk")
COUNTED = {  # where the number of weights is from
    "index": "by the index of its files",
    "heads": "by the heads of its files",
    "sizes": "by the size of its files",
    "settings": "by its settings",
}
BITS = {"load_in_4bit": 4.5, "load_in_8bit": 8.5}  # per weight, with what is stored beside them


@dataclass(frozen=True, eq=False)
class ModelSizes:
    """Sizes of language models and their jobs.

    Parameters
    ----------
    config : checked; models : those of the study.
    """

    config: Mapping
    models: Models

    @cached_property
    def _found(self) -> dict[str, ModelFacts]:
        return {}

    def facts(self, name: str) -> ModelFacts | None:
        """The facts of a model, those of its base for a snapshot; None where it is not here yet."""
        name = self._described_by(name)
        if name not in self._found:  # a model may be fetched while a run goes on, so that only what is found is kept
            entry = self.models.entries[name]
            on_hub = self.models.is_on_hub(name)
            if facts := read_facts(entry["source"], on_hub=on_hub, revision=entry.get("revision")):
                self._found[name] = facts
        return self._found.get(name)

    def is_loaded(self, name: str | None) -> bool:
        """Whether a name is one of a model that transformers loads."""
        return name in self.models.entries and name not in {*self.models.dictionaries, *self.models.features}

    def require(self, name: str, inputs: Sequence[str]) -> None:
        """Raise FileNotFoundError of the input that is still to be made before the facts of a model can be known.

        Snakemake then shows a request as <TBD>, and takes it up again once the input is there.
        """
        if self.facts(name) is None:
            fetched = f"resources/hub/{self._described_by(name)}.json"
            missing = [path for path in map(str, inputs) if path.endswith(fetched) and not os.path.exists(path)]
            if missing:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), missing[0])

    def context(self, name: str) -> int:
        """Tokens of left context, as far as it is known here: of the config, else `PAPER_CONTEXT` or the limit."""
        facts = self.facts(name) or ASSUMED
        return self.models.entries[name].get("context") or min(PAPER_CONTEXT, facts.longest or PAPER_CONTEXT)

    def passes(self, name: str, n_words: int) -> float:
        """How many positions a model reads for each word of a story.

        A causal model reads each token context / stride times, and once where a story is no longer than the context;
        models that see both sides read a context for every word, speech models the frames before its end.
        """
        facts, entry, context = self.facts(name) or ASSUMED, self.models.entries[name], self.context(name)
        if facts.modality == "speech":
            seconds = entry.get("audio_context") or 0
            return float(WHISPER_FRAMES if facts.kind == "whisper" else seconds * FRAMES_PER_SECOND)
        if facts.both_sides:
            return float(max(1, min(context, n_words)))
        return max(1.0, min(context, n_words) / self._stride(name))

    def of_model(self, name: str, n_words: int) -> dict[str, float]:
        """Sizes of the jobs of a model on a story of so many words.

        Returns
        -------
        parameters (millions); weights, stored, converted (MB: in memory, on disk, of both where the type differs while
        they are loaded); width, depth (layers and embedding), heads, key_width, vocabulary; context, rows (inputs in a
        batch), batch (config), words, passes, tokens; kept (layers); bytes (of a value in a forward pass); spread
        (whether over all devices), gpu_memory (MB of one, 0 without), threads.
        """
        facts, entry = self.facts(name) or ASSUMED, self.models.entries[name]
        dtype = entry.get("dtype", "float32")
        weights = facts.parameters * self._bits(name, facts, dtype) / 8e6
        stored = (facts.stored or facts.parameters * BYTES.get(facts.dtype, 4)) / 1e6
        speech, context, passes = facts.modality == "speech", self.context(name), self.passes(name, n_words)
        tokens = math.ceil(TOKENS_PER_WORD * n_words)
        chunks = 1 + math.ceil(max(0, tokens - context) / self._stride(name))
        device = entry.get("device_map")
        has_gpu = self.config["gpu_memory"] is not None and device not in ON_CPU
        return {
            "parameters": facts.parameters / 1e6,
            "weights": weights,
            "stored": stored,
            "converted": stored if dtype != facts.dtype or facts.quantized else 0.0,
            "width": facts.width,
            "depth": facts.layers + 1,
            "heads": facts.heads,
            "key_width": facts.key_width,
            "vocabulary": facts.vocabulary,
            "context": passes if speech else min(context, tokens),
            "rows": min(entry["batch_size"], n_words if facts.both_sides else chunks),
            "batch": entry["batch_size"],
            "words": n_words,
            "passes": passes,
            "tokens": n_words * passes * (1.0 if facts.both_sides else TOKENS_PER_WORD),
            "kept": self._n_kept(name, facts),
            "bytes": BYTES[dtype],
            "spread": device is not None,
            "gpu_memory": self.config["gpu_memory"] * 1000 if has_gpu else 0.0,
            "threads": self.config["threads"]["activations"],
        }

    def _stride(self, name: str) -> int:
        return self.models.entries[name].get("stride") or max(1, self.context(name) // 4)

    def describe(self) -> list[str]:
        """A line for each model that transformers loads: its weights, how they are counted, and their memory.

        Then one for each device that they are expected to run on, with the rates that are assumed of it.
        """
        loaded = [name for name in self.config["models"] if self.is_loaded(name)]
        devices = dict.fromkeys(assumed(self.of_model(name, n_words=1)) for name in loaded)
        return [*map(self._describe, loaded), *(f"language models on a {device}" for device in devices)]

    def _describe(self, name: str) -> str:
        facts, sizes = self.facts(name), self.of_model(name, n_words=1)
        entry = self.models.entries[name]
        counted = COUNTED[facts.counted] if facts else "not here yet: as many as GPT-2, it is assumed"
        kind = "quantised" if entry.get("quantization") else entry.get("dtype", "float32")
        return f"{name}: {sizes['parameters']:,.0f} M weights ({counted}), {sizes['weights'] / 1e3:.1f} GB as {kind}"

    def _n_kept(self, name: str, facts: ModelFacts) -> int:
        """Layers that are kept, those side by side counted one by one."""
        joined = self.models.entries[name].get("side_by_side")
        if joined:
            return len(joined["depths"] if isinstance(joined, Mapping) else joined)
        return len(self.models.layers(name)) or facts.layers + 1

    def _bits(self, name: str, facts: ModelFacts, dtype: str) -> float:
        """Bits per weight in memory: of the quantisation, of the files where they are quantised, or of the type."""
        quantization = self.models.entries[name].get("quantization") or {}
        for key, bits in BITS.items():
            if quantization.get(key):
                return bits
        if facts.quantized and facts.stored:
            return 8 * facts.stored / max(facts.parameters, 1)
        return 8.0 * BYTES[dtype]

    def _described_by(self, name: str) -> str:
        """The model of the config whose weights have the same shapes: the base of a snapshot, the reported model."""
        if name in self.config["models"]:
            return name
        checkpoint = read_name(name)
        return self.config["finetuning"][checkpoint.finetuning]["base"] if checkpoint else self.config["maps"]["model"]
