"""Which models a study describes and compares, and which of them are controls."""

from collections.abc import Mapping

from brainforecast.cells import is_features, is_word_vectors, of_targets
from brainforecast.planning.study import Study

PRETRAINED, UNTRAINED, STATIC, OWN_FEATURES = "pretrained", "untrained", "static", "features"
CONTROLS = (UNTRAINED, STATIC)
DESCRIBED = ("source", "weights", "dtype", "revision", "quantization")  # keys of a model that its table repeats


def kind_of(entry: Mapping) -> str:
    """What a model of the config is: pretrained, untrained, static vectors of a dictionary, or features."""
    if is_features(entry):
        return OWN_FEATURES
    if is_word_vectors(entry):
        return STATIC
    return UNTRAINED if entry.get("weights") == "random" else PRETRAINED


def described_models(study: Study) -> dict[str, dict]:
    """What to state of each model of the config whose activations some analysis needs, in the order of the config.

    Snapshots of a fine-tuning and the noise ceiling are left out.
    """
    entries = {name: entry for name, entry in study.config["models"].items() if study.models.layers(name)}
    speech = study.models.speech
    return {
        name: {
            **{key: entry.get(key) for key in DESCRIBED},
            "kind": kind_of(entry),
            "modality": None if is_features(entry) else "speech" if name in speech else "text",
        }
        for name, entry in entries.items()
    }


def compared_models(study: Study) -> dict[str, list[str]]:
    """The models of the config that are scored beside each base, where there are at least two of them."""
    bases: dict[str, dict[str, None]] = {}
    for grid in of_targets(study.grids):
        if grid.model in study.config["models"]:
            bases.setdefault(grid.base, {})[grid.model] = None
    return {base: list(models) for base, models in bases.items() if len(models) > 1}


def compares_models(study: Study) -> bool:
    """Whether several models are scored beside the same base."""
    return bool(compared_models(study))


def draws_models(study: Study) -> bool:
    """Whether several models are scored beside the reported base."""
    return study.reported["base"] in compared_models(study)


def shown_cell(study: Study) -> dict:
    """The reported cell as figures name it: with `model_kind` where its model is a control."""
    kind = kind_of(study.config["models"][study.reported["model"]])
    return {**study.reported, **({"model_kind": kind} if kind in CONTROLS else {})}
