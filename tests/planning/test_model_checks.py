"""Settings of models that cannot work together, or that a model of this kind cannot have."""

import dataclasses

import pytest
from transformers import AutoConfig

from brainforecast.errors import BadInput
from brainforecast.planning.models.checks import check_model_kinds, check_model_settings
from helpers.datasets import assert_bad_input

BITS_4 = {"quant_method": "bitsandbytes", "load_in_4bit": True}


@pytest.fixture
def check(new_study, tmp_path):
    """A function that checks a study whose model is one of a family of transformers, with these settings."""

    def of(
        family: str | None = "gpt2",
        analysis: dict | None = None,
        finetuning: dict | None = None,
        contexts: list[int] | None = None,
        **settings,
    ) -> None:
        study = new_study()
        if family:
            AutoConfig.for_model(family).save_pretrained(tmp_path)
            settings = {"source": str(tmp_path)} | settings
        entry = study.config["models"]["smollm2"] | settings
        analyses = study.config["analyses"] | (
            {"more": {"models": ["x"], "layers": [1]} | analysis} if analysis else {}
        )
        config = study.config | {"models": study.config["models"] | {"x": entry}, "analyses": analyses}
        config |= {"finetuning": {"y": {"base": "x"}}} if finetuning else {}
        config |= (
            {"sensitivity": {"contexts": contexts}, "maps": study.config["maps"] | {"model": "x"}} if contexts else {}
        )
        check_model_settings(config)
        sizes = dataclasses.replace(study.sizes.model_sizes, config=study.config | {"models": config["models"]})
        models = dataclasses.replace(study.models, config=study.config | {"models": config["models"]})
        check_model_kinds(config, dataclasses.replace(sizes, models=models))

    return of


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"dtype": "bfloat16", "device_map": "auto"},
        {"device_map": "cuda:1"},
        {"device_map": {"": 0}},
        {"quantization": BITS_4},
        {"quantization": {"load_in_8bit": True}},
        {"context": 1024, "stride": 1023},
        {"modality": "text"},
        {"weights": "random"},
        {"family": "t5", "context": 2000},
        {"family": "wav2vec2", "modality": "speech"},
        {"family": "bert", "context": 512, "stride": 9999},
        {"family": None, "source": "lab/model", "revision": "abc", "context": 99_999},
        {"analysis": {"sources": ["generated"]}},
        {"finetuning": {"base": "x"}},
        {"family": "bert", "contexts": [256, 1024]},
    ],
)
def test_settings_that_work(check, settings):
    """A model of the hub that is not here is not judged."""
    check(**settings)


@pytest.mark.parametrize(
    ("settings", "key", "found", "expected"),
    [
        ({"device_map": "atuo"}, "models.x.device_map", "atuo", "nearest is auto"),
        ({"device_map": {}}, "models.x.device_map", "no module", "or null"),
        ({"revision": "main"}, "models.x.revision", "main of", "only a model of the hub"),
        ({"quantization": {}}, "models.x.quantization", "no key", "quant_method"),
        ({"quantization": {"bits": 4}}, "models.x.quantization", "bits", "quant_method"),
        (
            {"quantization": {"load_in_4bit": True, "load_in_8bit": True}},
            "models.x.quantization",
            "load_in_4bit and load_in_8bit",
            "one of the two",
        ),
        ({"quantization": BITS_4, "weights": "random"}, "models.x.quantization", "random weights", "null"),
        ({"quantization": BITS_4, "finetuning": {"base": "x"}}, "finetuning.y.base", "x", "can be trained"),
        (
            {"family": None, "source": "vectors.npy", "finetuning": {"base": "x"}},
            "finetuning.y.base",
            "x, word vectors",
            "a language model",
        ),
        ({"family": None, "source": "vectors.npy", "dtype": "float16"}, "models.x.dtype", "float16", "float32"),
        ({"family": None, "source": "features:mine", "device_map": "auto"}, "models.x.device_map", "auto", "null"),
        ({"context": 1025}, "models.x.context", "1025", "at most 1,024 tokens"),
        ({"context": 100, "stride": 100}, "models.x.stride", "100", "at most 99"),
        ({"stride": 1024}, "models.x.stride", "1024", "at most 1023"),
        ({"modality": "speech"}, "models.x.modality", "speech", "text, or null"),
        ({"family": "hubert", "modality": "text"}, "models.x.modality", "text", "is a hubert model"),
        ({"family": "whisper", "context": 100}, "models.x.context", "100", "audio_context"),
        ({"family": "whisper", "stride": 100}, "models.x.stride", "100", "audio_context"),
        ({"family": "bert", "analysis": {"sources": ["generated"]}}, "more.sources", "generated of x", "next word"),
        ({"family": "t5", "analysis": {"sources": ["syntactic"]}}, "more.sources", "both sides", "next word"),
        ({"family": "wav2vec2", "analysis": {"sources": ["semantic"]}}, "more.sources", "reads audio", "next word"),
        ({"family": "bert", "finetuning": {"base": "x"}}, "finetuning.y.base", "a fine-tuning of x", "next word"),
    ],
)
def test_settings_that_cannot_work(check, settings, key, found, expected):
    """One line each, before any job."""
    with pytest.raises(BadInput) as error:
        check(**settings)
    assert_bad_input(
        error, f"config key {key if key.startswith(('models', 'fine')) else f'analyses.{key}'}", found, expected
    )


def test_a_variant_that_changes_nothing(check):
    """BERT has 512 tokens of its own, where the config leaves the context to it."""
    with pytest.raises(BadInput) as error:
        check(family="bert", context=None, contexts=[256, 512])
    assert_bad_input(error, "config key sensitivity.contexts", "512", "another value than x has")


def test_layers_side_by_side_are_no_static_source(new_study):
    """Their layer 0 has context in it."""
    window = {"layers": [0], "sources": ["static"], "widths": [1], "distances": [1]}
    joined = {"source": "gpt2", "side_by_side": [0, 4]}
    study = new_study(models__x=joined, analyses__static={"models": ["x"], **window})
    with pytest.raises(BadInput) as error:
        check_model_kinds(study.config, study.sizes.model_sizes)
    assert_bad_input(error, "config key sources.static.model", "x, whose layer 0", "word vectors")


def test_a_model_whose_files_are_quantised_otherwise(check, tmp_path):
    """transformers would take the files' own way, and warn."""
    config = AutoConfig.for_model("llama")
    config.quantization_config = {"quant_method": "gptq", "bits": 4}
    config.save_pretrained(tmp_path)
    with pytest.raises(BadInput) as error:
        check(None, source=str(tmp_path), quantization=BITS_4)
    assert_bad_input(error, "models.x.quantization", "bitsandbytes", "quantised with gptq")
