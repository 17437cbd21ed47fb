"""What rules need from a study, without Snakemake: files, jobs, and which analyses it has."""

import pytest

from brainforecast.cells import LISTENERS
from brainforecast.errors import BadInput
from brainforecast.planning.bases import delays_of, powers_of_ten
from brainforecast.planning.products import scores_several_layers
from helpers.datasets import write_lines

NO_DEPTH = {
    "models": ["smollm2"],
    "base": "lexical",
    "layers": [16],
    "sources": ["true"],
    "widths": [7],
    "distances": [6],
}


def test_paths_are_one_for_each_combination(new_study):
    """The last value varies fastest, as in Snakemake's expand; no value at all gives the pattern once."""
    study = new_study()
    assert study.in_results("report.html") == ["results/demo/report.html"]
    assert study.in_results("{kind}/{story}.parquet", kind="words", story=["b", "a"]) == [
        "results/demo/words/b.parquet",
        "results/demo/words/a.parquet",
    ]
    assert study.in_results("{x}{y}", x="12", y=["3", "4"]) == ["results/demo/123", "results/demo/124"]
    assert study.in_results("a", "b/{n}", n=[]) == []
    assert study.of_subjects("roi_scores")[0] == "results/demo/subjects/roi_scores.parquet/sub-01.parquet"


def test_runs_and_stories_of_a_subject(new_study, region_plan):
    study = new_study("pieman", region_plan)
    assert study.stories_of("02") == ["pieman", "myth", "myth"]
    assert study.subjects_of("myth") == ["02"]
    assert study.run_paths("02") == ["data/02.tsv", "data/02_1.tsv", "data/02_2.tsv"]
    assert (study.n_dropped("02"), study.n_dropped_of("01", "pieman")) == ([3, 0, 0], 2)
    assert study.story_starts[0] == {"story": "pieman", "n_dropped": 2, "shift": 0.5}


def test_a_story_set_whose_runs_are_not_counted_waits_for_its_responses(new_study, region_plan):
    """Lengths come from the plan where all are known, else from the responses of the set's subjects."""
    study = new_study("pieman", region_plan)
    counted, waiting = (study.plan.story_set(subject) for subject in ("01", "02"))
    assert (study.lengths_of_set(counted), study.uncounted_responses(counted)) == ([[300]], [])
    assert study.lengths_of_set(waiting) == []
    assert study.uncounted_responses(waiting) == ["results/pieman/responses/sub-02.safetensors"]


def test_designs_of_a_subject_are_those_of_its_story_set(new_study):
    """A scoring job reads the design jobs that hold the designs it names; the noise ceiling has its own."""
    study = new_study()
    for model, job in study.fanout.scoring_jobs:
        files = study.design_files("03", model, job)
        cells = study.fanout.cells(model, job, "03")
        stems = {path.rpartition("/")[2].removesuffix(".safetensors") for path in files}
        assert stems == {design_job for cell in cells for design_job, _ in cell["designs"]}
        if model == LISTENERS:
            assert files == ["results/demo/listeners/sub-03_design.safetensors"]
        else:
            assert all(path.startswith("results/demo/designs/desert+piano/smollm2/") for path in files)
    assert len(study.score_files("03")) == len(study.fanout.scoring_jobs)


def test_designs_are_built_from_named_inputs(new_study):
    """Sources that a model generates add their product; `static` reads layer 0 of its own model."""
    analysis = {"models": ["smollm2"], "base": "lexical", "layers": [16], "widths": [1], "distances": [1]}
    study = new_study(
        models__glove={"source": "package:kumo/glove.npy"},
        sources__static={"model": "glove"},
        analyses__more={**analysis, "sources": ["static", "generated", "semantic"]},
        fanout__cells_per_job=1000,
        verdict=None,
    )
    ((model, job),) = study.fanout.design_jobs
    files = study.design_inputs("desert+piano", model, job)
    assert {name: path[0] for name, path in files.items()} == {
        "activations": "results/demo/activations/smollm2/desert.safetensors",
        "static": "results/demo/activations/glove/desert.safetensors",
        "continuations": "results/demo/continuations/smollm2/desert.safetensors",
        "components": "results/demo/components/smollm2/desert.safetensors",
    }
    assert all(len(paths) == 2 for paths in files.values())
    steps = {step["source"]: step for step in study.design_steps(model, job) if step["width"] == 1}
    assert (steps["static"]["vectors"], steps["static"]["layer"]) == ("static", 0)
    assert (steps["semantic"]["vectors"], steps["semantic"]["ahead"]) == ("activations", "components")
    columns = study.config["encoding"]["lexical"]
    assert (steps["present"]["lexical"], steps["generated"]["lexical"]) == (columns, [])
    assert steps["present"]["layer_0"] is None


def delays_of_jobs(study, model: str) -> list[dict]:
    """Delays by base of the scoring jobs of a model, each once."""
    found = []
    for name, job in study.fanout.scoring_jobs:
        if name == model and (delays := study.encoding(model, job)["delays"]) not in found:
            found.append(delays)
    return found


def test_other_subjects_need_no_delays(new_study):
    study = new_study()
    assert delays_of_jobs(study, "smollm2") == [{"lexical": [0, 1, 2, 3]}]
    assert delays_of_jobs(study, LISTENERS) == [{"paper": [0]}]
    assert not study.ridge["blocked"] and new_study(encoding__folds={"scheme": "strict"}).ridge["blocked"]


@pytest.mark.parametrize(
    ("tr", "delays", "expected"),
    [
        (2.0, [1, 2, 3], [1, 2, 3, 4, 5, 6]),
        (1.5, [0, 2, 4], [0, 1, 2, 3, 4, 5, 6, 7, 8]),
        (0.1, [119], [119, 120]),
        (2.5, [3, 0], [0, 1, 2, 3, 4]),
        (20.0, [1], [1]),
    ],
)
def test_a_verdict_has_all_delays_up_to_12_s(tr, delays, expected):
    """From the first configured one, without gaps; other bases have those of the config."""
    found = {base: delays_of(base, {"delays": delays}, tr) for base in ("paper", "lexical", "verdict")}
    assert found == {"paper": delays, "lexical": delays, "verdict": expected}


def test_a_verdict_needs_layer_0_of_its_model(new_study):
    """It stands beside the present of every layer, and its jobs have delays of their own."""
    analysis = {"models": ["smollm2"], "layers": [16], "sources": ["true"], "widths": [7], "distances": [-2, 8]}
    other = {"models__other": {"source": "gpt2"}, "analyses__more": {"models": ["other"], "layers": [8]}}
    assert new_study(**other).models.layers("other") == [8]
    study = new_study(**other, analyses__verdict={**analysis, "models": ["other"], "base": "verdict"})
    assert study.models.layers("other") == [0, 8, 16]
    beside = {"paper": [0, 1, 2, 3], "verdict": [0, 1, 2, 3, 4, 5, 6]}
    assert {base: delays for job in delays_of_jobs(study, "other") for base, delays in job.items()} == beside
    assert delays_of_jobs(study, "smollm2") == [{"lexical": [0, 1, 2, 3]}]


def test_only_the_reported_base_is_reported(new_study):
    """Depth, widths, layers and sources of another base are scored, not shown."""
    study = new_study(analyses__more={**NO_DEPTH, "base": "paper", "distances": [0, 6, 8]}, maps__base="paper")
    assert study.reported_sources == {"true"}
    assert not (study.has_depth or study.has_widths or study.has_components or study.has_best_layer)


def test_an_envelope_needs_the_audio_of_every_story(new_study):
    """Planning stops where a story has none."""
    with pytest.raises(BadInput, match=r"stimuli/desert/audio.wav: found no audio; expected .* without envelope"):
        new_study(encoding__lexical=["envelope"])


def test_jobs_name_the_audio_of_their_stories(new_study, region_plan, tmp_path):
    """Story by story with its shift, for designs that have the envelope: no windows, no other base."""
    for story in region_plan.stories:
        write_lines(tmp_path / f"stimuli/{story}/audio.wav", "RIFF")
    spoken = {"models": ["smollm2"], "layers": [20], "sources": ["true"], "widths": [3], "distances": [1]}
    study = new_study(
        "pieman",
        region_plan,
        dataset__root=str(tmp_path),
        encoding__lexical=["silence", "envelope"],
        analyses__heard={**spoken, "base": "lexical"},
        fanout__cells_per_job=None,
        verdict=None,
        sensitivity=None,
    )
    story_set = study.plan.story_set("02")
    found = {job: study.audio_files(story_set, model, job) for model, job in study.fanout.design_jobs}
    with_audio = "layer-20_base-lexical_source-present_width-0"
    assert [job for job, files in found.items() if files] == [with_audio]
    stories = ("pieman", "myth", "myth")
    assert found[with_audio] == [str(tmp_path / f"stimuli/{story}/audio.wav") for story in stories]
    assert study.audio_shifts(story_set, "smollm2", with_audio) == [0.5, 0, 0]


def test_alphas_are_powers_of_ten():
    assert powers_of_ten(-1, 2, 4) == pytest.approx([0.1, 1, 10, 100])
    assert powers_of_ten(3, 8, 1) == [1000]


def test_the_demo_has_every_analysis(new_study):
    study = new_study()
    assert study.has_ceiling and study.has_depth and study.has_widths and study.has_components
    assert not study.has_gains
    assert study.reported_sources >= {"true", "shuffled", "syntactic", "semantic"}
    assert study.on_surface and study.is_simulated


@pytest.mark.parametrize(
    ("analyses", "missing"),
    [
        ({"depth": NO_DEPTH}, "has_depth"),
        ({"width": NO_DEPTH, "single_words": NO_DEPTH}, "has_widths"),
        ({"noise_ceiling": NO_DEPTH}, "has_ceiling"),
    ],
)
def test_an_analysis_that_the_config_lacks_is_missing(new_study, analyses, missing):
    names = new_study().config["analyses"]
    changed = {f"analyses__{name}": analysis for name, analysis in analyses.items() if name in names}
    assert getattr(new_study(), missing)
    assert not getattr(new_study(**changed), missing)


@pytest.mark.parametrize("how", ["keep", "score"])
def test_jobs_that_keep_regions_read_the_table_of_targets(new_study, how):
    """The others do not; k* needs targets at every layer, a curve over widths needs none."""
    study = new_study()
    assert not any(study.targets_of(model, job) for model, job in study.fanout.scoring_jobs)
    analyses = study.config["analyses"]
    changed = new_study(
        analyses__depth={**analyses["depth"], how: "regions"}, analyses__width={**analyses["width"], how: "regions"}
    )
    for (model, job), grids in changed.fanout.scoring_jobs.items():
        keeps_regions = any(grid.keep == "regions" for grid in grids)
        assert changed.targets_of(model, job) == (["results/demo/targets.parquet"] if keeps_regions else [])
    assert {bool(changed.targets_of(*job)) for job in changed.fanout.scoring_jobs} == {True, False}
    assert not changed.has_depth and changed.has_widths and changed.has_best_layer


def test_series_of_regions_are_no_reason_to_draw_targets(new_study):
    """Single words are drawn whatever they are scored in; two widths only where both are scored in the same."""
    analyses = new_study().config["analyses"]
    forecast, ceiling = analyses["forecast"], analyses["noise_ceiling"]
    series = {**forecast, "layers": [3], "score": "regions"}
    study = new_study(
        analyses={"forecast": forecast, "words": {**series, "layers": forecast["layers"], "widths": [1]},
                  "ceiling": {**ceiling, "score": "regions"}, "layers": series})  # fmt: skip
    assert study.has_widths
    assert not (study.has_ceiling or study.has_best_layer or scores_several_layers(study))
    other = {**series, "layers": forecast["layers"], "widths": [5]}
    assert not new_study(analyses={"forecast": forecast, "other": other}).has_widths


def test_a_baseline_does_not_count_as_a_width(new_study):
    """With `base: component` a component has its own baseline, which is not a window of width 0."""
    analysis = {**NO_DEPTH, "sources": ["true", "shuffled", "syntactic", "semantic"]}
    study = new_study(sources__syntactic={"base": "component"}, maps__source="syntactic", analyses={"forecast": {
        **analysis, "distances": [1, 6, -6, -1]}}, maps__distance=6, maps__reference=-6)  # fmt: skip
    assert any(grid.width == 0 and grid.source == "syntactic" for grid in study.grids)
    assert not study.has_widths


def test_planted_layers_are_extracted(new_study):
    study = new_study()
    assert study.planted.keys() <= {"true", "syntactic", "semantic", "present", "past"}
    assert set(study.planted_component_layers) <= set(study.models.product_layers("smollm2", "components"))
    assert set(study.planted_layers) <= set(study.models.layers("smollm2"))


def test_files_of_the_project_are_found_from_elsewhere(new_study, tmp_path, monkeypatch):
    """A path of the config is taken as seen from the working folder, then from the project."""
    study = new_study()
    assert study.locate("workflow/demo/regions.tsv") == "workflow/demo/regions.tsv"
    assert study.locate(None) is None
    monkeypatch.chdir(tmp_path)
    elsewhere = type(study)(study.config, study.plan, project="../project")
    assert elsewhere.in_project("workflow/demo") == "../project/workflow/demo"
    assert elsewhere.locate("nowhere.tsv") == "nowhere.tsv"


def test_fetched_files_are_not_parameters(new_study, region_plan):
    """Fetched surfaces are inputs of a job, which a module's prefix rewrites; a folder of the user is a parameter."""
    study = new_study("narratives", region_plan, surfaces="nowhere/surf", freesurfer__url="https://example.org")
    assert study.anatomy.surfaces == "resources/narratives/freesurfer/fsaverage6/surf"
    assert study.anatomy.local_surfaces is None
    assert f"{study.anatomy.surfaces}/lh.pial" in study.fetched_files
    assert study.downloads.url("freesurfer/fsaverage6/surf/lh.pial") == "https://example.org/fsaverage6/surf/lh.pial"
    own = new_study("narratives", region_plan, surfaces="here/surf", freesurfer__url=None)
    assert own.anatomy.local_surfaces == "here/surf"


def test_what_a_run_makes_is_kept_apart_from_the_users_files(new_study):
    """A module's prefix is added to what a run makes, not to a folder of the user that is called resources."""
    study = new_study()
    made = ["results/demo/words/a.parquet", "resources/demo/sub-01/x", "resources/models/gpt2", "resources/hub/a.json"]
    own = ["resources/freesurfer/lh.annot", "results/other/x", "data/x", "resources/models2/x", "/abs/results/demo/x"]
    assert all(map(study.is_made, made))
    assert not any(map(study.is_made, own))
