"""Configs: the shipped ones pass, a typo names the nearest key, names match between sections."""

import copy
import json
from pathlib import Path

import pytest
import yaml
from snakemake.utils import update_config

from brainforecast.errors import BadInput
from brainforecast.planning.config import check_config, config_hash

PROJECT = Path(__file__).resolve().parents[2]
SCHEMA = PROJECT / "workflow/schemas/config.schema.yaml"


@pytest.fixture
def config():
    return yaml.safe_load((PROJECT / "config/narratives.yaml").read_text())


# config -> the config it is given on top of
ON_TOP = {"finetune": "narratives", "finetune_pieman": "pieman", "rehearsal_paper": "narratives"}


@pytest.mark.parametrize("path", sorted((PROJECT / "config").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_configs_pass(path):
    config = yaml.safe_load(path.with_stem(ON_TOP.get(path.stem, path.stem)).read_text())
    update_config(config, yaml.safe_load(path.read_text()))
    assert check_config(config, SCHEMA)["encoding"]["n_components"] == 20


def test_defaults_are_the_papers(config):
    encoding = check_config(config, SCHEMA)["encoding"]
    assert encoding["delays"] == [0, 1, 2, 3, 4, 5]
    assert encoding["alphas"] == {"first": -1, "last": 8, "n": 10}
    assert encoding["folds"]["scheme"] == "paper" and encoding["folds"]["n_folds"] == 5


NAMES = ("models", "analyses", "finetuning", "onsets")  # whose keys are the user's own


def test_the_order_of_keys_does_not_matter(config):
    """A config in another order becomes the same text, so that nothing is run again."""

    def backwards(value: object) -> object:
        if isinstance(value, dict):
            return {key: value[key] if key in NAMES else backwards(value[key]) for key in reversed(value)}
        return [backwards(child) for child in value] if isinstance(value, list) else value

    def as_text(config: dict) -> dict[str, str]:
        checked = check_config(config, SCHEMA)
        return {key: json.dumps(checked[key]) for key in checked if key not in NAMES}

    assert as_text(backwards(config)) == as_text(config)
    name, model = next(iter(config["models"].items()))
    first, second = (
        check_config(config | {"models": config["models"] | {name: entry}}, SCHEMA)
        for entry in (model, backwards(model))
    )
    assert list(first["models"][name]) == list(second["models"][name])


def test_defaults_reach_into_lists(config):
    """A contrast compares distances by default; the paper's config has one of depths."""
    measures = [contrast["measure"] for contrast in check_config(config, SCHEMA)["contrasts"]]
    assert measures == ["forecast_distance"] * 3 + ["forecast_depth"]


def test_regions_of_a_contrast_are_a_name_or_names(config):
    config["contrasts"][0]["first"]["roi"] = []
    with pytest.raises(BadInput, match=r"config key contrasts.0.first.roi"):
        check_config(config, SCHEMA)


@pytest.mark.parametrize(
    ("section", "typo", "nearest"),
    [((), "datset", "dataset"), (("dataset",), "rot", "root"), (("analyses", "forecast"), "widhts", "widths")],
)
def test_a_typo_names_the_nearest_key(config, section, typo, nearest):
    part = config
    for key in section:
        part = part[key]
    part[typo] = 1
    with pytest.raises(BadInput, match=rf"config key {'.'.join([*section, typo])}: .*nearest is {nearest}$"):
        check_config(config, SCHEMA)


def test_a_wrong_value_names_its_key(config):
    config["encoding"] = {"folds": {"n_folds": "five"}}
    with pytest.raises(
        BadInput, match=r'config key encoding.folds.n_folds: found the text "five"; expected a whole number$'
    ):
        check_config(config, SCHEMA)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("level", 5, "less than 1"),
        ("share", 0, "more than 0"),
        ("brains", 50, "a multiple of 3"),
        ("shifts", 0, "at least 1"),
    ],
)
def test_a_number_outside_its_range_names_the_range(config, key, value, expected):
    config["verdict"] = {key: value}
    with pytest.raises(BadInput, match=rf"config key verdict.{key}: found {value}; expected {expected}$"):
        check_config(config, SCHEMA)


def test_a_missing_section_is_reported(config):
    del config["models"]
    with pytest.raises(BadInput, match=r"config: found no key models; expected models: Language models"):
        check_config(config, SCHEMA)


def test_an_unknown_model_names_the_nearest(config):
    config["analyses"]["forecast"]["models"] = ["gtp2"]
    with pytest.raises(BadInput, match=r"analyses.forecast.models: found gtp2; .* nearest is gpt2"):
        check_config(config, SCHEMA)


def test_the_noise_ceiling_needs_no_entry_in_models(config):
    assert check_config(config, SCHEMA)["analyses"]["noise_ceiling"] == {
        "models": ["listeners"],
        "layers": [0],
        "base": "paper",
        "keep": "targets",
        "score": "targets",
    }


@pytest.mark.parametrize(
    "wrong", [{"layers": [1]}, {"layers": [0, 1]}, {"sources": ["true"], "widths": 7, "distances": 8}]
)
def test_the_noise_ceiling_has_one_layer_and_no_windows(config, wrong):
    config["analyses"]["noise_ceiling"] |= wrong
    with pytest.raises(
        BadInput, match=r"analyses.noise_ceiling: found listeners with .*; expected layers \[0\] and no"
    ):
        check_config(config, SCHEMA)


def test_listeners_is_a_reserved_name(config):
    config["models"]["listeners"] = {"source": "gpt2"}
    with pytest.raises(BadInput, match=r"models.listeners: found a reserved name .*; expected another name$"):
        check_config(config, SCHEMA)


def test_maps_do_not_show_the_noise_ceilings_model(config):
    config["maps"]["model"] = "listeners"
    with pytest.raises(BadInput, match=r"maps.model: found listeners"):
        check_config(config, SCHEMA)


def test_the_reported_cell_must_be_scored(config):
    config["maps"]["distance"] = 31
    with pytest.raises(BadInput, match=r"config key maps.distance: found 31; expected .*; nearest is 30"):
        check_config(config, SCHEMA)


def test_yaml_true_is_the_source_of_that_name(config):
    """`sources: [true]` without quotes is what many will write."""
    config["analyses"]["forecast"]["sources"] = [True, "shuffled"]
    assert check_config(config, SCHEMA)["analyses"]["forecast"]["sources"] == ["true", "shuffled"]


def test_the_hash_depends_on_what_determines_the_scores(config):
    checked = check_config(config, SCHEMA)
    other, drawn = copy.deepcopy(checked), copy.deepcopy(checked)
    other["encoding"]["n_components"] = 21
    drawn["threads"]["score"] = 7
    assert config_hash(drawn) == config_hash(checked) != config_hash(other)


def test_the_callers_config_is_not_changed(config):
    before = copy.deepcopy(config)
    check_config(config, SCHEMA)
    assert config == before


def test_an_unknown_source_names_the_nearest(config):
    config["analyses"]["sources"]["sources"] = ["generate"]
    with pytest.raises(BadInput, match=r"analyses.sources.sources: found generate; .* nearest is generated"):
        check_config(config, SCHEMA)


def test_nothing_is_generated_beyond_the_horizon(config):
    config["analyses"]["sources"]["distances"] = [0, 13]
    with pytest.raises(
        BadInput, match=r"analyses.sources.distances: found distance 13 .*; expected at most .*horizon, 12"
    ):
        check_config(config, SCHEMA)


@pytest.mark.parametrize("wanted", [{"layers": [0, 8]}, {"sources": ["generated"], "widths": [1], "distances": [1]}])
def test_word_vectors_have_one_layer_and_generate_nothing(config, wanted):
    config["analyses"]["words"] = {"models": ["glove"], "layers": [0], **wanted}
    with pytest.raises(BadInput, match=r"analyses.words: found layers .*; expected only layer 0 of glove"):
        check_config(config, SCHEMA)


def test_an_unknown_model_of_static_vectors_names_the_nearest(config):
    config["sources"]["static"]["model"] = "golve"
    with pytest.raises(BadInput, match=r"sources.static.model: found golve; .* nearest is glove"):
        check_config(config, SCHEMA)


def test_a_corpus_holds_a_block_at_least(config):
    config["finetuning"] = {"forecast": FINETUNING | {"corpus": {"source": "text.txt", "n_tokens": 10}}}
    with pytest.raises(BadInput, match=r"finetuning.forecast.corpus.n_tokens: found 10; expected at least one block"):
        check_config(config, SCHEMA)


FINETUNING = {"base": "gpt2", "corpus": {"source": "text.txt"}, "training": {"n_steps": 10}}


@pytest.mark.parametrize("source", ["generated", "syntactic", "semantic"])
def test_layers_side_by_side_have_no_windows_that_a_model_makes(config, source):
    """Their product would be of one layer, not of those that stand side by side."""
    config["models"]["joined"] = {"source": "gpt2", "side_by_side": [4, 8]}
    analysis = {"models": ["joined"], "layers": [0], "sources": [source], "widths": [1], "distances": [1]}
    config["analyses"]["more"] = analysis
    with pytest.raises(
        BadInput, match=rf"analyses.more: found layers \[0\] and source {source}; expected only layer 0"
    ):
        check_config(config, SCHEMA)


def test_counting_words_is_now_a_base(config):
    """The key that retired says what to write instead, in one line."""
    config["encoding"] = {"word_rate": False}
    with pytest.raises(BadInput, match=r"encoding.word_rate: found a key that has retired; expected `base: lexical`"):
        check_config(config, SCHEMA)


def test_lexical_columns_are_known_by_name(config):
    config["encoding"] = {"lexical": ["word_rate", "loudness"]}
    with pytest.raises(BadInput, match=r"encoding.lexical.1: found loudness; expected one of .*envelope"):
        check_config(config, SCHEMA)


def test_the_reported_base_must_be_scored(config):
    config["maps"]["base"] = "lexical"
    with pytest.raises(BadInput, match=r"config key maps.base: found lexical; expected .*; nearest is paper"):
        check_config(config, SCHEMA)


def test_layers_side_by_side_have_no_verdict(config):
    """Their layer 0 holds other layers, not the embedding that a verdict has beside the present."""
    config["models"]["joined"] = {"source": "gpt2", "side_by_side": [4, 8]}
    config["analyses"]["more"] = {"models": ["joined"], "layers": [0], "base": "verdict"}
    with pytest.raises(BadInput, match=r"analyses.more.base: found verdict; expected paper or lexical: layer 0 of joi"):
        check_config(config, SCHEMA)


def test_null_on_the_command_line_is_null(config):
    """Snakemake's ``--config 'dataset={scans: null}'`` gives the text; a name may still be that text."""
    config["dataset"] |= {"scans": "null", "derivatives": "null", "name": "null"}
    config["atlas"]["split"] = "null"
    checked = check_config(config, SCHEMA)
    assert (checked["dataset"]["scans"], checked["dataset"]["derivatives"], checked["atlas"]["split"]) == (None,) * 3
    assert checked["dataset"]["name"] == "null"


def test_a_whole_number_has_no_point(config):
    """JSON Schema takes 8.0 for one; as a layer it would be no index."""
    config["analyses"]["forecast"]["layers"] = 8.0
    with pytest.raises(BadInput, match=r"analyses\.forecast\.layers: found the number 8\.0"):
        check_config(config, SCHEMA)
    config["encoding"] = {"n_components": 20.0}
    config["analyses"]["forecast"]["layers"] = [8]
    with pytest.raises(BadInput, match=r"encoding\.n_components: found the number 20\.0; expected a whole number"):
        check_config(config, SCHEMA)
