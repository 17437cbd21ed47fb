"""The language models of a study: where each is loaded from, which layers are needed, how activations are extracted."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from brainforecast.cells import FEATURES, VERDICT, Grid, is_features, is_word_vectors, layers_of
from brainforecast.checkpoints import EXTRACTION_KEYS, alpha_folder, checkpoint_models, read_name
from brainforecast.files import inside_input
from brainforecast.planning.models.features import story_files
from brainforecast.planning.models.files import modality_of
from brainforecast.planning.sensitivity import variant_models
from brainforecast.sources import SOURCES

# how transformers loads a model, and what that is by default
LOADING = {"dtype": "float32", "device_map": None, "revision": None, "quantization": None, "weights": "pretrained"}
SPEECH_KEYS = ("audio_context", "batch_size")
FILES = (".npy", ".gguf")  # of one file, and so no name of the hub
# `name` or `owner/name`, by the rules of the hub
HUB_NAME = re.compile(r"(?!.*(--|\.\.|\.git$))(\w([\w.-]*\w)?/)?\w([\w.-]{0,94}\w)?", re.ASCII)


@dataclass(frozen=True, eq=False)
class Models:
    """The models of a config, and the snapshots of its fine-tunings, which are models too.

    Parameters
    ----------
    config : checked; grids : what is scored.
    planted : layers that the simulation plants, as in `Study.planted`; empty without a simulation.
    """

    config: Mapping
    grids: Sequence[Grid]
    planted: Mapping[str, Sequence[int]]

    @cached_property
    def entries(self) -> dict[str, dict]:
        """Every model by name, as an entry of config `models`: also snapshots and variants."""
        return self.config["models"] | checkpoint_models(self.config) | self._variants

    @property
    def dictionaries(self) -> list[str]:
        """Models that are a dictionary of static word vectors."""
        return [name for name, entry in self.entries.items() if is_word_vectors(entry)]

    @property
    def features(self) -> list[str]:
        """Models that are a folder of features."""
        return [name for name, entry in self.entries.items() if is_features(entry)]

    @cached_property
    def speech(self) -> list[str]:
        """Models that read the audio of a story."""
        return [name for name in self._loadable if self._modality(name) == "speech"]

    @property
    def language_models(self) -> list[str]:
        """Models that read the words of a story, snapshots and variants among them."""
        return [name for name in self._loadable if name not in self.speech]

    @property
    def hub(self) -> list[str]:
        """Models of the config that come from the hub."""
        return [name for name in self.config["models"] if self.is_on_hub(name)]

    def is_on_hub(self, name: str) -> bool:
        """Whether a model has a hub name, and no file or folder of that name exists here."""
        return name in self.config["models"] and is_hub_source(self.entries[name]["source"])

    def source(self, name: str) -> str:
        """What transformers loads: a hub name, a local folder, or a folder among the inputs (`files.from_input`)."""
        name = self._loaded(name)
        source = self.entries[name]["source"]
        if name not in self.config["models"]:  # a snapshot
            return inside_input(os.path.basename(source))
        return inside_input() if self._is_converted(name) else source

    def inputs(self, name: str) -> list[str]:
        """The files a job needs before it loads a model: the converted one, a training's snapshots, a local folder."""
        name = self._loaded(name)
        source = self.entries[name]["source"]
        if name not in self.config["models"]:
            return [alpha_folder(self.config, read_name(name))]
        if self.is_on_hub(name):
            return [f"resources/hub/{name}.json"]
        if self._is_converted(name):
            return [f"resources/models/{self._converted(source)}"]
        return [source] if os.path.exists(source) else []

    def layers(self, name: str) -> list[int]:
        """Layers whose activations some analysis or the simulation needs."""
        static = [0 for grid in self.grids if grid.source == "static" and self.static_model(grid.model) == name]
        planted = sorted({layer for layers in self.planted.values() for layer in layers})
        beside = [0 for grid in self.grids if grid.base == VERDICT and grid.model == name]
        scored = layers_of(self.grids, name)
        return sorted({*scored, *(planted if self._is_simulated(name) else []), *static, *beside})

    def product_layers(self, name: str, product: str) -> list[int]:
        """Layers for which some analysis or the simulation needs a product (`sources.Source.product`)."""
        of_product = {source for source, needs in SOURCES.items() if needs.product == product}
        planted = [layer for source in of_product for layer in self.planted.get(source, ())]
        scored = layers_of([grid for grid in self.grids if grid.source in of_product], name)
        return sorted({*scored, *(planted if self._is_simulated(name) else [])})

    def static_model(self, name: str) -> str:
        """The model whose layer 0 is the source `static` of a model's windows."""
        return self.config["sources"]["static"]["model"] or name

    def feature_files(self, name: str, story: str) -> list[str]:
        """The file of features of one story; none if it is not here: the job reports that."""
        return story_files(self.entries[name]["source"], story)

    def loading(self, name: str) -> dict:
        """How transformers loads a model: the keys of `LOADING`, and the seed of weights that are random."""
        entry = self.entries[name]
        settings = {key: entry.get(key, default) for key, default in LOADING.items()}
        return settings | ({"seed": self.config["seed"]} if settings["weights"] == "random" else {})

    def extraction(self, name: str, *, branches: int = 1) -> dict:
        """How activations are extracted; `branches` branches of a story take the memory of one input of a batch."""
        entry = self.entries[name]
        if name in self.speech:
            return {key: entry[key] for key in SPEECH_KEYS}
        settings = {key: entry[key] for key in EXTRACTION_KEYS} | {"language": self.config["dataset"]["language"]}
        return settings | {"batch_size": branches * settings["batch_size"]}

    @property
    def _loadable(self) -> list[str]:
        """Models that transformers loads."""
        return [name for name in self.entries if name not in {*self.dictionaries, *self.features}]

    def _modality(self, name: str) -> str:
        entry = self.entries[name]
        if entry.get("modality") or name not in self.config["models"]:
            return entry.get("modality") or "text"
        return modality_of(entry["source"], on_hub=self.is_on_hub(name), revision=entry.get("revision")) or "text"

    def _converted(self, source: str) -> str:
        """The first model with this source: others load the same converted folder."""
        return next(name for name, entry in self.config["models"].items() if entry["source"] == source)

    @cached_property
    def _variants(self) -> dict[str, dict]:
        return variant_models(self.config)

    def _loaded(self, name: str) -> str:
        """The model that is loaded under a name: variants are the reported model with another setting."""
        return self.config["maps"]["model"] if name in self._variants else name

    def _is_converted(self, name: str) -> bool:
        return name in self._loadable and self.entries[name]["source"].startswith("package:")

    def _is_simulated(self, name: str) -> bool:
        return (self.config["simulation"] or {}).get("model") == name


def is_hub_source(source: str) -> bool:
    """Whether a source is a name of the hub, and no file or folder of that name exists here."""
    if source.startswith(FEATURES) or source.endswith(FILES):
        return False
    return bool(HUB_NAME.fullmatch(source)) and not os.path.exists(source)
