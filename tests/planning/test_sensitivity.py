"""Variants of the reported cell: each changes one setting, and has what it needs."""

import pytest

from brainforecast.errors import BadInput
from brainforecast.files import from_input
from brainforecast.planning.controls import VariantJobs
from brainforecast.planning.products import Products

CHANGED = {
    "as_reported": set(),
    "strict": {"strict"},
    "long_delays": {"delays"},
    "components-40": {"n_components"},
    "context-64": {"model"},
    "word_vector-mean": {"model"},
    **{f"shuffle-{draw}": {"source", "seed"} for draw in (1, 2, 3)},
}
SETTINGS = ("model", "base", "source", "delays", "n_components", "seed", "strict")
SECTION = {"contexts": [64], "shuffles": 3, "exclusions": {"few": ["02"]}}
GLOVE = {
    "models__glove": {"source": "x.npy"},
    "maps__model": "glove",
    "maps__depth_distance": None,
    "maps__layer": 0,
    "analyses": {
        "forecast": {"models": ["glove"], "layers": [0], "base": "lexical", "sources": ["true"], "widths": [7],
                     "distances": [0, 8]},
    },
}  # fmt: skip


@pytest.fixture
def jobs(new_study) -> VariantJobs:
    """Of the demo."""
    return VariantJobs(new_study(sensitivity=SECTION, verdict=None))


def test_each_variant_changes_one_setting(jobs):
    """The source of a shuffle is drawn with a seed of its own."""
    reported = jobs.plan.variant("as_reported")
    for variant in jobs.plan.variants:
        different = {key for key in SETTINGS if getattr(variant, key) != getattr(reported, key)}
        assert different == CHANGED[variant.name], variant.name
    assert [variant.name for variant in jobs.plan.variants] == list(CHANGED)
    assert jobs.plan.variant("long_delays").delays == (0, 1, 2, 3, 4, 5, 6)  # 12 s of 2 s


def test_delays_that_are_long_already_are_no_variant(new_study):
    """Base verdict has them: such a variant would repeat the reported cell under another name."""
    changes = {"maps__base": "verdict", "analyses__forecast__base": "verdict"}
    jobs = VariantJobs(new_study(sensitivity=SECTION, verdict=None, contrasts=[], **changes))
    assert jobs.plan.variant("as_reported").delays == (0, 1, 2, 3, 4, 5, 6)
    assert [variant.name for variant in jobs.plan.variants] == [name for name in CHANGED if name != "long_delays"]


def test_shuffles_have_different_seeds(jobs):
    seeds = [jobs.features(name)["seed"] for name in CHANGED if name.startswith("shuffle")]
    assert len({2023, *seeds}) == 4
    assert jobs.features("strict")["seed"] == 2023


def test_distances_are_those_of_the_pair_and_of_the_curve(jobs):
    """The window of the maps, its mirror, and every second distance of their grid; shuffles have no curve."""
    assert jobs.plan.pair == (-2, 8)
    assert jobs.plan.curve == tuple(range(-8, 17, 4))
    assert jobs.plan.variant("strict").distances == tuple(sorted({-2, 8, *range(-8, 17, 4)}))
    assert jobs.plan.variant("shuffle-1").distances == (-2, 8)
    assert jobs.table["contrast"]["name"] == "frontal - temporal"


def test_without_a_contrast_of_distances_there_is_no_curve(new_study):
    jobs = VariantJobs(new_study(sensitivity={}, contrasts=[], verdict=None))
    assert jobs.plan.variant("as_reported").distances == (-2, 8)
    assert (jobs.table["curve"], jobs.table["contrast"]) == ([], None)


def test_designs_and_scores_name_the_same_files(jobs):
    """Long delays take the designs of the reported cell: delays come after them."""
    subject = jobs.study.subjects[0]
    files = {path.rpartition("/")[2].removesuffix(".safetensors") for path in jobs.design_files(subject)}
    assert files == set(jobs.built) == set(CHANGED) - {"long_delays"}
    for cell in jobs.cells:
        (first, present), (second, window) = cell["designs"]
        steps = {step["name"]: step for step in jobs.design_steps(first)}
        assert first == second and set(steps) == {present, window}
        assert steps[window]["distances"] == cell["distances"]
        assert steps[present]["lexical"] and not steps[window]["lexical"]


def test_the_gap_of_strict_folds_is_measured(jobs):
    """Longest delay; the memory of the responses is added to it in the job."""
    assert jobs.folds("strict") == {"scheme": "strict", "n_folds": 3, "gap": 3, "kept": 0.5}
    assert jobs.folds("components-40") == jobs.study.config["encoding"]["folds"]
    assert jobs.autocorrelation("strict") == ["results/demo/group/autocorrelation.parquet"]
    assert jobs.autocorrelation("as_reported") == []
    encodings = {cell["name"]: cell["encoding"] for cell in jobs.cells}
    assert [name for name, encoding in encodings.items() if encoding["blocked"]] == ["strict"]


def test_models_of_variants_are_the_reported_one_with_another_setting(jobs):
    """Loaded from the same folder; the stride is a quarter of the context, as in the reported model."""
    models = jobs.study.models
    for name in ("smollm2-context-64", "smollm2-word-vector-mean"):
        assert name in models.language_models and models.layers(name) == [16]
        assert models.inputs(name) == models.inputs("smollm2")
        assert from_input(models.source(name), ["x"]) == "x"
    assert models.extraction("smollm2-context-64") == models.extraction("smollm2") | {"context": 64}
    assert models.extraction("smollm2-word-vector-mean")["word_vector"] == "mean"
    (story_set,) = jobs.study.plan.story_sets
    assert all("smollm2-context-64" in path for path in jobs.design_inputs(story_set, "context-64")["activations"])


def test_a_verdict_alone_has_strict_folds_only(new_study):
    """Its base beside the window; the gap starts at its longest delay."""
    study = new_study(verdict={})
    jobs = VariantJobs(study)
    (variant,) = jobs.plan.variants
    assert (variant.name, variant.base, variant.distances, variant.delays[-1]) == (
        "verdict-strict",
        "verdict",
        (-2, 8),
        6,
    )
    assert jobs.folds("verdict-strict")["gap"] == 6 and study.models.layers("smollm2")[0] == 0
    names = {table.name for table in Products(study).tables}
    assert "sensitivity" in names and "sensitivity" not in {figure.name for figure in Products(study).figures}


def test_the_verdict_sets_the_distance(new_study):
    jobs = VariantJobs(new_study(verdict={"distance": 10}, sensitivity={"shuffles": 0, "word_vectors": []}))
    assert jobs.plan.pair == (-4, 10)
    assert [variant.name for variant in jobs.plan.variants][-1] == "verdict-strict"


def test_without_both_sections_nothing_is_added(new_study):
    study = new_study(sensitivity=None, verdict=None)
    jobs = VariantJobs(study)
    assert jobs.plan.variants == [] and jobs.cells == [] and jobs.plan.grids() == []
    assert "sensitivity" not in {product.name for product in (*Products(study).tables, *Products(study).figures)}
    assert list(study.models.entries) == ["smollm2"]


def test_sizes_count_the_cells_of_variants(jobs):
    """A present and its windows for each variant, whichever designs it shares."""
    sizes, n = jobs.study.sizes, len(jobs.plan.variant("strict").distances)
    found = sizes.in_memory({"story_set": "x", "variant": "strict"})
    assert found["cells"] == n + 1
    assert sizes.in_memory({})["variants"] == 6 * (n + 1) + 3 * (2 + 1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sensitivity": {"components": [20]}}, "sensitivity.components: found 20; expected another value"),
        ({"sensitivity": {"contexts": [1024]}}, "sensitivity.contexts: found 1024"),
        (
            {"sensitivity": {"contexts": [256]}, "models__smollm2__stride": 100, "models__smollm2__context": None},
            "models.smollm2.context: found null, with a stride of 100 tokens",
        ),
        ({"sensitivity": {"word_vectors": ["last"]}}, "sensitivity.word_vectors: found last"),
        ({"sensitivity": {"shufles": 3}}, "unknown key; expected a known key of sensitivity; nearest is shuffles"),
        ({"sensitivity": {}, "atlas": None, "contrasts": []}, "sensitivity: found vertices without regions"),
        ({"sensitivity": {}, "maps__distance": 6}, "sensitivity: found distance 6; expected at least maps.width, 7"),
        ({"sensitivity": {}, "encoding__folds": {"n_folds": 2}}, "n_folds: found 2; expected 3 or more"),
        ({"sensitivity": {}, **GLOVE}, "sensitivity.word_vectors: found maps.model glove"),
        ({"sensitivity": {"exclusions": {"few": ["99"]}}}, "exclusions.few: found 99 of 8 subjects"),
        ({"sensitivity": {"exclusions": {"all": [f"0{i}" for i in range(2, 9)]}}}, "two subjects or more"),
    ],
)
def test_what_cannot_be_scored_is_an_error_of_the_config(new_study, changes, message):
    with pytest.raises(BadInput, match=message):
        VariantJobs(new_study(**{"verdict": None, **changes}))
