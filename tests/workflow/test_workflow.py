"""The workflow as its users run it: complete runs of the Snakefile on small datasets, and their products."""

import base64
import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterable
from modulefinder import ModuleFinder
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import torch
from scipy import stats
from transformers import AutoModelForCausalLM, AutoTokenizer

from brainforecast.cells import Grid
from brainforecast.encoding.designs import FeatureSettings, WindowSettings
from brainforecast.encoding.folds import FoldSettings
from brainforecast.encoding.scoring import Encoding
from brainforecast.jobs.designs import DesignStep
from brainforecast.storage.activations import write_activations
from brainforecast.storage.captions import Caption
from brainforecast.storage.responses import Responses, distinct_lengths, load_responses, save_responses
from brainforecast.storage.scores import read_grids, read_scores
from helpers.datasets import REPOSITORY, write_dataset, write_region_run
from helpers.rules import RULES
from helpers.studies import (
    DISTANCES,
    ENCODING,
    LENGTHS,
    REGION_SECTIONS,
    REGIONS,
    Study,
    files_of,
    job_table,
    tiny_model,
    write_region_dataset,
)
from scripts.encoding.build_design import build_design
from scripts.encoding.score_cells import score_cells

pytest_plugins = ["helpers.language_models", "helpers.workflow_runs"]

MODEL = ["model", "layer", "base"]
WINDOW = [*MODEL, "source", "width"]
CELL = [*WINDOW, "distance"]
DEPTH = ["model", "base", "source", "width", "distance"]
REGION = ["level", "hemi", "roi"]
COLUMNS = {
    "words/myth.parquet": ["word", "onset", "offset", "sentence"],
    "targets.parquet": ["target", "hemi", "vertex", "roi", "lobe", "x", "y", "z", "mask"],
    "subjects/brain_scores.parquet": ["subject", *MODEL, "target", "brain_score", "alpha", "listener_correlation"],
    "subjects/forecast_scores.parquet": ["subject", *CELL, "target", "brain_score", "forecast_score"],
    "subjects/forecast_distance.parquet": ["subject", *WINDOW, "target", "forecast_distance", "centroid"],
    "subjects/forecast_depth.parquet": ["subject", *DEPTH, "target", "forecast_depth", "centroid"],
    "subjects/roi_scores.parquet": ["subject", "score", *CELL, *REGION, "mean", "n_targets"],
    "subjects/roi_distances.parquet": [
        "subject", *WINDOW, *REGION, "n_targets", "forecast_distance", "peak_distance", "centroid",
    ],
    "subjects/roi_depths.parquet": [
        "subject", *DEPTH, *REGION, "n_targets", "forecast_depth", "peak_depth", "centroid",
    ],
    "group/brain_scores.parquet": [
        *MODEL, "target", "n_subjects", "mean", "sem", "p_value", "q_value", "noise_ceiling", "listener_correlation",
        "normalised",
    ],
    "group/best_layer.parquet": ["model", "base", "target", "n_subjects", "mean", "sem", "best_layer"],
    "group/forecast_scores.parquet": [*CELL, "target", "n_subjects", "mean", "sem", "p_value", "q_value"],
    "group/forecast_distance.parquet": [
        *WINDOW, "target", "n_subjects", "mean", "sem", "centroid", "p_value", "q_value",
    ],
    "group/forecast_depth.parquet": [
        *DEPTH, "target", "n_subjects", "mean", "sem", "centroid", "p_value", "q_value",
    ],
    "group/reliability.parquet": [
        "measure", *CELL, "halves", "n_splits", "n_targets", "targets", "r", "r_low", "r_high",
    ],
    "group/widths.parquet": [
        *MODEL, "source", *REGION, "width", "distance", "n_subjects", "mean", "sem", "ci_low", "ci_high", "p_value",
        "q_value",
    ],
    "group/symmetry.parquet": [
        "measure", *CELL, "level", "roi", "effect", "ci_low", "ci_high", "p_value", "q_value", "n_subjects",
    ],
    "group/roi_scores.parquet": [
        "score", *CELL, *REGION, "n_subjects", "mean", "sem", "ci_low", "ci_high", "p_value", "q_value",
    ],
    "group/contrasts.parquet": [
        "contrast", "measure", *CELL, "hemi", "effect", "ci_low", "ci_high", "p_value", "bias", "p_matched",
        "n_subjects",
    ],
}  # fmt: skip
TEXT = {"subject", "model", "base", "source", "score", "level", "hemi", "roi", "lobe", "contrast", "measure", "word",
        "halves", "targets", "mask"}  # fmt: skip
INTEGER = {"layer", "width", "distance", "target", "vertex", "sentence", "n_targets", "n_subjects", "n_splits",
           "best_layer"}  # fmt: skip
NULLABLE = {"hemi", "vertex", "lobe", "x", "y", "z", "mask", "sentence"}
NULLABLE |= {"noise_ceiling", "listener_correlation", "normalised"}
NULLABLE |= {"centroid", "r_low", "r_high"}  # where a curve is nowhere above 0, and for one split
FOUND = {  # a result here, not a key; a measure has one test or both
    "group/contrasts.parquet": {"distance", "p_value", "p_matched"},
    "group/reliability.parquet": {"distance"},
}
ABSENT = {  # an analysis that the config lacks leaves a table without rows
    "subjects/forecast_depth.parquet", "subjects/roi_depths.parquet", "group/forecast_depth.parquet",
    "group/widths.parquet", "group/symmetry.parquet",
}  # fmt: skip
FIGURES = ["forecast_curves", "layers", "region_bestlayer", "region_normalisedscore", "region_brain_scores",
           "region_forecast_curves", "region_forecast_distances", "region_forecast_scores"]  # fmt: skip


def read(study: Study, table: str) -> pd.DataFrame:
    """A table of a study, by one call, text as text."""
    frame = pd.read_parquet(study.results / table)
    return frame.astype({name: str for name in frame.select_dtypes("category")})


# ---- Products of a complete run ------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", COLUMNS)
def test_tables_have_the_columns_of_the_contract(region_study, table):
    """Each table is read by one call; its columns, in order, are text, integers or floats."""
    check_columns(read(region_study, table), table, empty=table in ABSENT)


@pytest.mark.parametrize("table", sorted(ABSENT))
def test_tables_of_the_other_analyses(surface_study, table):
    """With two layers at a distance, two widths and two hemispheres the other tables have rows, of the same types."""
    check_columns(read(surface_study, table), table, empty=False)


def check_columns(frame: pd.DataFrame, table: str, *, empty: bool) -> None:
    """Columns in order, each of its type, and rows unless `empty`."""
    assert list(frame) == COLUMNS[table]
    assert (len(frame) == 0) == empty
    for name in frame:
        integer, text = pd.api.types.is_integer_dtype(frame[name]), pd.api.types.is_string_dtype(frame[name])
        assert (text, integer) == (name in TEXT, name in INTEGER), f"{name} is {frame[name].dtype}"


@pytest.mark.parametrize("table", [name for name in COLUMNS if name.startswith(("subjects", "group"))])
def test_tables_carry_units_and_provenance(region_study, table):
    """Every file has the unit of each column, the config's hash, versions, stories, volumes used and exclusions."""
    path = region_study.results / table
    for file in [path] if path.is_file() else sorted(path.iterdir()):
        schema = pq.read_schema(file)
        assert all(field.metadata[b"unit"] for field in schema)
        provenance = json.loads(schema.metadata[b"brainforecast"])
        assert re.fullmatch("[0-9a-f]{16}", provenance["config_hash"])
        assert {"numpy", "torch", "transformers", "snakemake"} <= provenance["versions"].keys()
        assert provenance["stories"] == ["fable", "myth"]
        assert {(run["subject"], run["story"]): run["n_trs"] for run in provenance["runs"]} == {
            ("01", "fable"): 60, ("01", "myth"): 50, ("02", "fable"): 60, ("02", "myth"): 50, ("03", "fable"): 60,
        }  # fmt: skip
        assert {row["subject"] for row in provenance["exclusions"]} == {"01", "04"}
        assert provenance["simulated"] is False


@pytest.mark.parametrize("table", [name for name in COLUMNS if name.startswith(("subjects", "group"))])
def test_numbers_are_finite(region_study, table):
    """Values are missing only for a constant target, for a target with a missing value, and in NULLABLE columns."""
    frame = read(region_study, table)
    if "subject" in frame:
        region = "region" + frame["target"].astype(str) if "target" in frame else frame["roi"]
        frame = frame[~(frame["subject"] + " " + region).isin(["02 region3", "03 region4"])]
    known = frame.drop(columns=(NULLABLE | FOUND.get(table, set())) & set(frame))
    assert not known.isna().any().any()
    numbers = known.select_dtypes("number")
    assert np.isfinite(numbers.to_numpy(float)).all()


def test_cells_are_those_of_the_config(region_study):
    """Every subject has every cell, and no other."""
    brain, forecast = (read(region_study, f"subjects/{name}_scores.parquet") for name in ("brain", "forecast"))
    models = (("tiny", 1, "paper"), ("tiny", 2, "paper"), ("listeners", 0, "paper"))
    layers = {(s, *layer) for s in ("01", "02", "03") for layer in models}
    assert set(brain.groupby(["subject", *MODEL]).size().index) == layers
    windows = [(2, "paper", source, 3, d) for source in ("true", "shuffled") for d in DISTANCES]
    cells = {(s, *window) for s in ("01", "02", "03") for window in windows}
    assert set(forecast.groupby(["subject", *CELL[1:]]).size().index) == cells


def test_forecast_score_is_the_gain_over_the_present(region_study):
    """F(d) = R(X + X~(d)) - R(X), row by row."""
    forecast = read(region_study, "subjects/forecast_scores.parquet")
    alone = read(region_study, "subjects/brain_scores.parquet").drop(columns="alpha")
    both = forecast.merge(alone, on=["subject", *MODEL, "target"], suffixes=("", "_alone"), validate="many_to_one")
    assert len(both) == len(forecast)
    gain = both["brain_score"] - both["brain_score_alone"]
    np.testing.assert_allclose(both["forecast_score"], gain, rtol=0, atol=1e-6)  # tables hold float32


@pytest.mark.parametrize(
    ("table", "subjects", "keys", "value"),
    [
        ("brain_scores", "brain_scores", MODEL, "brain_score"),
        ("forecast_scores", "forecast_scores", CELL, "forecast_score"),
        ("roi_scores", "roi_scores", ["score", *CELL, "level"], "mean"),
    ],
)
def test_group_tables_agree_with_scipy(region_study, table, subjects, keys, value):
    """Mean, standard error, signed-rank p and q, computed anew from the subjects' tables."""
    values = read(region_study, f"subjects/{subjects}.parquet").dropna(subset=[value]).astype({value: np.float64})
    group, index = read(region_study, f"group/{table}.parquet"), "roi" if table == "roi_scores" else "target"
    expected = values.groupby([*keys, index])[value].agg(
        n_subjects="size", mean="mean", sem=stats.sem, p_value=lambda v: stats.wilcoxon(v).pvalue
    )
    expected["q_value"] = expected.groupby(keys)["p_value"].transform(stats.false_discovery_control)
    found = group.set_index([*keys, index])[list(expected)].sort_index()
    assert found.index.tolist() == expected.index.tolist()
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)


def test_every_subject_has_a_ceiling_from_the_others(region_study):
    """Each story has two subjects or more: the ceiling is the mean of its rows, given in the rows of every model."""
    scores = read(region_study, "subjects/brain_scores.parquet").query("model == 'listeners'")
    assert scores["subject"].nunique() == 3
    scores = scores.astype({"brain_score": float, "listener_correlation": float})
    expected, correlation = (scores.groupby("target")[name].mean() for name in ("brain_score", "listener_correlation"))
    group = read(region_study, "group/brain_scores.parquet").set_index("target")
    for _, here in group[group["model"] == "tiny"].groupby("layer"):
        np.testing.assert_allclose(here["noise_ceiling"], expected, rtol=0, atol=1e-10)
        np.testing.assert_allclose(here["listener_correlation"], correlation, rtol=0, atol=1e-10)
        above = here["noise_ceiling"] > 0
        np.testing.assert_array_equal(here["normalised"].notna(), above)
        np.testing.assert_allclose((here["mean"] / here["normalised"])[above], expected[above], atol=1e-10)
    assert group.loc[group["model"] == "listeners", ["noise_ceiling", "listener_correlation"]].isna().all(axis=None)


def test_excluded_runs_are_reported(region_study):
    """The table of exclusions and the report name each run that is not used, with its reason."""
    rows = pd.read_csv(region_study.results / "exclusions.tsv", sep="\t", dtype=str, keep_default_na=False)
    unused = {tuple(row) for row in rows[rows["used"] == "no"][["subject", "story", "run", "reason"]].to_numpy()}
    reasons = {
        ("01", "fable", "1", "repeated run: the last is used"),
        ("04", "fable", "n/a", "slept"),
        ("04", "n/a", "n/a", "no run left"),
    }
    assert unused == reasons
    report = (region_study.results / "report.html").read_text()
    for _, story, _, reason in reasons:
        assert re.search(rf"<tr>.*{'' if story == 'n/a' else story}.*{re.escape(reason)}.*</tr>", report)


def test_subjects_with_other_stories_have_their_own_design(region_study):
    """A subject without one story belongs to another story set; both sets are in the group's tables."""
    assert {path.name for path in (region_study.results / "designs").iterdir()} == {"fable60+myth50", "fable60"}
    assert read(region_study, "group/brain_scores.parquet")["n_subjects"].max() == 3


def test_constant_and_missing_targets_are_counted(region_study):
    """A constant target has no score in that subject; one with a missing value is left out; both are counted."""
    summaries = {
        s: load_responses(region_study.results / f"responses/sub-{s}.safetensors").summary for s in ("01", "02", "03")
    }
    assert {s: (found["n_constant"], found["n_masked"]) for s, found in summaries.items()} == {
        "01": (0, 0), "02": (1, 0), "03": (0, 1),
    }  # fmt: skip
    scores = read(region_study, "subjects/brain_scores.parquet")
    assert scores[scores["brain_score"].isna()].groupby(["subject", "target"]).size().to_dict() == {("02", 3): 3}
    assert 4 not in set(scores[scores["subject"] == "03"]["target"])
    n_subjects = read(region_study, "group/brain_scores.parquet").groupby("target")["n_subjects"].unique().map(list)
    assert n_subjects.to_dict() == {target: [2 if target in (3, 4) else 3] for target in range(REGIONS)}


def test_figures_are_png_and_svg_with_a_caption(region_study):
    """Each figure in both formats, with its caption, and no other file."""
    expected = {f"{stem}.{suffix}" for stem in FIGURES for suffix in ("png", "svg", "rst")}
    assert {path.name for path in (region_study.results / "figures").iterdir()} == expected


def test_report_stands_alone(region_study):
    """The report shows nothing from outside the file; its links are files of the run that are there, and references."""
    page = (region_study.results / "report.html").read_text()
    linked = [reference for reference in outside_references(page) if not reference.startswith("https://doi.org/")]
    assert linked and not [file for file in linked if not (region_study.results / file).is_file()]
    assert not re.search(r"<link|<script[^>]*src|<img[^>]*src=.http|@import", page)
    drawings = [base64.b64decode(data).decode() for data in re.findall(r"data:image/svg\+xml;base64,([^\"]+)", page)]
    assert len(drawings) == len(FIGURES)
    assert not [reference for drawing in drawings for reference in outside_references(drawing)]


def outside_references(text: str) -> list[str]:
    """What ``src``, ``href`` and ``url()`` point to outside the file."""
    found = re.findall(r"""(?:src|href)\s*=\s*["']([^"']*)["']|url\(\s*["']?([^)"']*)""", text)
    return [target for pair in found for target in pair if target and not target.startswith(("data:", "#"))]


# ---- Surface runs that are fetched, of lengths unknown to the plan -------------------------------------------------


def test_maps_have_the_vertices_of_the_space(surface_study):
    """Each map is a GIfTI of 10,242 vertices, NaN where there is no cortex."""
    paths = sorted((surface_study.results / "maps").glob("*.func.gii"))
    assert len(paths) == 2 * 9  # six of the scores and d*, the best layer, two of k*
    targets = read(surface_study, "targets.parquet")
    for path in paths:
        (array,) = nibabel.load(path).darrays
        assert array.data.shape == (10242,)
        outside = targets[targets["hemi"] == path.name[5]]["roi"].isna().to_numpy()
        assert np.isnan(array.data[outside]).all()
        if "_stat-brainscore_" in path.name or "_stat-forecastscore_" in path.name:
            assert np.isfinite(array.data[~outside]).all()


def test_medial_wall_is_masked_and_counted(surface_study):
    """Targets that are not numbers are left out of the responses, and counted there."""
    targets = read(surface_study, "targets.parquet")
    outside = np.flatnonzero(targets["roi"].isna())
    assert len(targets) == 20484
    assert len(outside) > 1000
    for subject in LENGTHS:
        responses = load_responses(surface_study.results / f"responses/sub-{subject}.safetensors")
        assert responses.summary["n_masked"] == len(outside)
        assert not np.isin(outside, responses.target).any()


def test_fetched_runs_may_differ_in_length(surface_study):
    """Subjects of one story set whose runs turn out to differ by some volumes are each scored on their own design."""
    lengths = [load_responses(surface_study.results / f"responses/sub-{s}.safetensors").n_trs.tolist() for s in LENGTHS]
    assert lengths == [[n] for n in LENGTHS.values()]
    assert [path.name for path in (surface_study.results / "designs").iterdir()] == ["fable"]
    assert np.isfinite(read(surface_study, "subjects/forecast_scores.parquet")["forecast_score"]).all()


def test_region_means_agree_with_pandas(surface_study):
    """The mean of each region, lobe and hemisphere, computed anew from the subject's targets."""
    regions = read(surface_study, "subjects/roi_scores.parquet").fillna({"hemi": "both"})
    targets = read(surface_study, "targets.parquet")[["target", "hemi", "roi", "lobe"]].assign(all="all")
    scores = {
        "brain_score": read(surface_study, "subjects/brain_scores.parquet").assign(
            source="present", width=0, distance=0
        ),
        "forecast_score": read(surface_study, "subjects/forecast_scores.parquet"),
    }
    for score, values in scores.items():
        rows = values.merge(targets, on="target")
        rows = pd.concat([rows, rows.assign(hemi="both")])
        for level in ("roi", "lobe", "all"):
            expected = rows.groupby(["subject", *CELL, "hemi", level])[score].agg(["mean", "size"]).sort_index()
            here = regions[(regions["score"] == score) & (regions["level"] == level) & (regions["n_targets"] > 0)]
            here = here[here["width"].isin(values["width"])]  # of the others only regions are kept
            found = here.set_index(["subject", *CELL, "hemi", "roi"]).sort_index()
            assert found.index.tolist() == expected.index.tolist()
            assert found["n_targets"].tolist() == expected["size"].tolist()
            np.testing.assert_allclose(found["mean"], expected["mean"], rtol=0, atol=1e-6)  # targets are float32


def test_windows_kept_by_region_are_in_tables_of_regions_alone(surface_study):
    """Widths 1 and 3 beside width 2, which another analysis keeps by target; the mean series beside both."""
    regions = read(surface_study, "subjects/roi_scores.parquet")
    widths = regions.groupby("score")["width"].agg(lambda column: sorted(set(column)))
    assert widths.to_dict() == {
        "brain_score": [0],
        "forecast_score": [1, 2, 3],
        "series_brain_score": [0],
        "series_forecast_score": [2],
    }
    assert set(read(surface_study, "subjects/forecast_scores.parquet")["width"]) == {2}
    assert set(read(surface_study, "group/widths.parquet")["width"]) == {1, 2, 3}
    whole = regions[(regions["level"] == "all") & regions["hemi"].isna() & (regions["layer"] == 2)]
    means = whole.groupby(["score", "width"])["mean"].mean()
    assert np.isfinite(means).all() and abs(means["series_brain_score", 0] - means["brain_score", 0]) > 1e-4
    peaks = read(surface_study, "subjects/roi_distances.parquet").query("n_targets > 0")
    assert peaks["peak_distance"].notna().all()
    assert peaks.groupby("width")["forecast_distance"].count().gt(0).to_dict() == {1: False, 2: True, 3: False}


def test_surface_figures_are_in_the_report(surface_study):
    """Maps are drawn, and the report holds each of them."""
    stems = {path.stem for path in (surface_study.results / "figures").glob("surface_*.png")}
    assert len(stems) == 9
    page = (surface_study.results / "report.html").read_text()
    assert page.count("data:image/png;base64,") == 9
    assert '<div id="brain"' in page and '"interactive_maps' not in page


def test_designs_of_one_story_set_keep_each_length(tmp_path):
    """A design built for several lengths gives each subject the scores of a design for its length alone."""
    rng, n_words = np.random.default_rng(3), 100
    words = pd.DataFrame({"word": "so", "onset": np.arange(n_words) + 0.5, "offset": np.arange(n_words) + 0.9})
    words.to_parquet(tmp_path / "words.parquet")
    vectors = {2: rng.standard_normal((n_words, 8)).astype(np.float32)}
    write_activations(vectors, tmp_path / "activations.safetensors", metadata={})
    paths = []
    for subject, n in (("01", 50), ("02", 53)):
        responses = rng.standard_normal((n, 5)).astype(np.float32)
        measured = Responses(responses, np.arange(5, dtype=np.int32), np.array([n], np.int32), {"subject": subject})
        paths.append(tmp_path / f"sub-{subject}.safetensors")
        save_responses(measured, paths[-1])
    encoding = Encoding(delays=[0, 1], alphas=[1.0, 100.0], blocked=False)

    def scores(name: str, lengths: list[list[int]], path_to_responses: Path) -> np.ndarray:
        steps = [
            DesignStep(
                name=f"{source}-{width}",
                layer=2,
                windows=WindowSettings(source, max(width, 1), distances, n_components=3, lexical=columns),
                vectors=[tmp_path / "activations.safetensors"],
            )
            for source, width, distances, columns in (
                ("present", 0, [0], ["word_rate", "silence"]),
                ("true", 2, [0, 1], []),
            )
        ]
        designs = tmp_path / f"{name}.safetensors"
        build_design(
            [tmp_path / "words.parquet"],
            designs,
            steps=steps,
            stories=["fable"],
            lengths=lengths,
            features=FeatureSettings(tr=2.0, row_offset=1, seed=0, block=10),
            folds=FoldSettings("paper", n_folds=4, gap=0),
            language="en",
            audio=[],
        )
        score_cells(
            path_to_responses,
            [[(designs, step.name) for step in steps]],
            tmp_path / f"{name}-scores.safetensors",
            subject="01",
            grids=[Grid("tiny", 2, "paper", "true", 2, (0, 1))],
            encodings={"paper": encoding},
        )
        return read_scores(tmp_path / f"{name}-scores.safetensors").brain_score

    assert distinct_lengths(paths) == [[50], [53]]
    for path, alone in zip(paths, ([[50]], [[53]]), strict=True):
        np.testing.assert_array_equal(scores("both", distinct_lengths(paths), path), scores("alone", alone, path))


# ---- Runs after the first ------------------------------------------------------------------------------------------


def test_second_run_does_nothing(region_study):
    """All products exist: nothing to be done."""
    before = files_of(region_study.results)
    assert "Nothing to be done" in region_study.run()
    assert files_of(region_study.results) == before


PLOTS, MERGED = {"rules of figures"}, {"rules of results"}  # those that the study runs: `named`
CEILING = {"merge_listeners", "build_listeners_design"}
MADE = {"build_provenance", "summarise_models"}  # of how a study is made
AFTER_SCORES = {*MERGED, *PLOTS, "build_report", "all"}
WIDTHS = {"models": ["tiny"], "layers": [2], "sources": ["true"], "widths": [2, 3], "distances": [1]}
CHANGES = {
    "another analysis": (  # the sums of listeners are gone, and are not made anew
        {"analyses__widths": WIDTHS | {"keep": "regions"}},
        {*MADE, "build_design", "score_cells", "plot_widths", *AFTER_SCORES},
    ),
    "a figure's regions": ({"figures__curves": []}, {"plot_curves", "build_report", "all"}),
    "a contrast": ({"contrasts": []}, {"summarise_contrasts", "build_report", "all"}),
    "the cell that is drawn": (
        {"maps__distance": 1},
        {
            *("locate_forecast_distance", "summarise_reliability", "summarise_symmetry"),
            *(PLOTS | {"build_report", "all"}),
        },
    ),
    "cores of a job": ({"threads": {"score": 2}}, {"build_report", "all"}),  # the report shows the whole config
    "the grain": ({"fanout": {"distances_per_job": 1}}, {"score_cells", *AFTER_SCORES}),
    "penalties": ({"encoding__alphas__n": 5}, {*MADE, "score_cells", *AFTER_SCORES}),
    "components": (
        {"encoding__n_components": 3},
        {*MADE, "build_design", *CEILING, "score_cells", *AFTER_SCORES},
    ),
    "the model's batches": (
        {"models__tiny__batch_size": 2},
        {*MADE, "extract_activations", "build_design", "score_cells", *AFTER_SCORES},
    ),
    "which subjects are excluded": (
        {"dataset__exclusions": []},
        {*MADE, "read_responses", *CEILING, "score_cells", *AFTER_SCORES},
    ),
}


@pytest.fixture(scope="module")
def all_jobs(region_study) -> dict[str, int]:
    """Every job of the study: rule -> how many."""
    return region_study.planned("--forceall")


def named(rules: set[str], jobs: Iterable[str]) -> set[str]:
    """The rules by name, where some are given by the file they stand in."""
    files = {rule: RULES[rule]["file"] for rule in jobs if rule in RULES}
    of_files = {rule for rule, file in files.items() if f"rules of {file}" in rules}
    return of_files | {rule for rule in rules if not rule.startswith("rules of")}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_value_reruns_what_depends_on_it(region_study, all_jobs, change):
    """After one value of the config changes, the rules that read it run again, and the rules after them."""
    values, rules = CHANGES[change]
    jobs = region_study.planned("--configfile", region_study.with_config(change.split()[-1], **values))
    assert set(jobs) == named(rules, all_jobs)
    if change == "the grain":  # the present alone has no distances
        assert jobs["score_cells"] == 3 * 2 * len(DISTANCES)
    if change == "another analysis":  # width 2 of three subjects; width 3 is scored
        assert (jobs["build_design"], jobs["score_cells"]) == (2, 3)
    if change == "which subjects are excluded":  # the new subject, whose design exists, and the ceiling of every other
        assert (jobs["read_responses"], jobs["merge_listeners"], jobs["score_cells"]) == (1, 2, 5 + 3)


def imports_of(path: Path) -> set[str]:
    """Modules of the library that a script imports, directly or not, as the standard library finds them."""
    library = path.parents[2]
    finder = ModuleFinder(path=[str(library)])
    finder.run_script(str(path))
    found = [module for name, module in finder.modules.items() if name.partition(".")[0] == "brainforecast"]
    return {str(Path(module.__file__).relative_to(library)) for module in found}


def test_rules_depend_on_the_modules_they_import(region_study, all_jobs):
    """An input of each rule lists the modules that its script imports, directly or not, and no others."""
    output, scripts = region_study.run("-n", "--forceall"), region_study.project / "workflow/scripts"
    jobs = re.findall(r"^(?:local)?rule (\w+):\n    input: (.*)", output, re.MULTILINE)
    hashes = {rule: re.search(r"\.snakemake/library/\w+\.sha256", inputs) for rule, inputs in jobs if rule != "all"}
    watched = {
        rule: set(re.findall(r"brainforecast/[\w/]+\.py", (region_study.folder / file[0]).read_text()))
        for rule, file in hashes.items()
        if file
    }
    assert set(watched) == {rule for rule in all_jobs if "script" in RULES.get(rule, {})}
    used = {rule: Path(hashes[rule][0]).stem for rule in watched}  # a rule that is another's has its script
    assert watched == {rule: imports_of(next(scripts.glob(f"*/{script}.py"))) for rule, script in used.items()}


def test_an_edited_module_reruns_only_what_imports_it(region_study, all_jobs, tmp_path):
    """An edit of the ridge reruns scores and what follows, not words, activations, designs or responses."""
    study = region_study.copy(tmp_path / "copy")
    with (study.project / "workflow/brainforecast/encoding/ridge.py").open("a") as file:
        file.write("\nEDITED = True\n")
    jobs = study.planned()
    assert set(jobs) == named({"score_cells", *AFTER_SCORES}, all_jobs)
    assert jobs["score_cells"] == 15


def test_the_plan_alone_is_written(region_study, tmp_path):
    """The target `plan` runs one more rule, and reports which subjects are used and how many cells they have."""
    study = region_study.copy(tmp_path / "copy")
    assert job_table(study.run("plan")) == {"build_plan": 1, "plan": 1}
    counts = pd.read_csv(study.results / "plan/counts.tsv", sep="\t").set_index("what")["here"]
    subjects = pd.read_csv(study.results / "plan/subjects.tsv", sep="\t", dtype=str)
    assert counts["subjects"] == len(subjects) == 3
    scored = list((study.results / "scores").rglob("*.safetensors"))
    assert counts["scoring jobs"] == len(scored)
    cells = sum(len(grid.distances) for path in scored for grid in read_grids(path)[1])
    assert counts["cells"] == cells


def test_the_finest_grain_gives_the_same_tables(region_study, tmp_path):
    """One scoring job per subject, layer, distance and width; the subject's tables are the same bytes."""
    study = region_study.copy(tmp_path / "copy")
    table = study.results / "subjects/forecast_scores.parquet/sub-03.parquet"
    before = {path.parent.name: path.read_bytes() for path in study.results.glob("subjects/*/sub-03.parquet")}
    fine = study.with_config("fine", fanout__distances_per_job=1)
    output = study.run(str(table.relative_to(study.folder)), "--configfile", fine)
    assert job_table(output) == {"score_cells": 2 * len(DISTANCES), "merge_subject": 1}
    assert {path.parent.name: path.read_bytes() for path in study.results.glob("subjects/*/sub-03.parquet")} == before


def test_jobs_of_many_cells_give_the_same_tables(region_study, tmp_path):
    """All cells of a subject and model in one scoring job, its designs in another: the tables are the same."""
    study = region_study.copy(tmp_path / "copy")
    table = study.results / "subjects/forecast_scores.parquet/sub-03.parquet"
    before = {path.parent.name: path.read_bytes() for path in study.results.glob("subjects/*/sub-03.parquet")}
    coarse = study.with_config("coarse", fanout__cells_per_job=1000)
    output = study.run(str(table.relative_to(study.folder)), "--configfile", coarse)
    assert job_table(output) == {"build_design": 1, "score_cells": 1, "merge_subject": 1}
    assert {path.parent.name: path.read_bytes() for path in study.results.glob("subjects/*/sub-03.parquet")} == before


def test_a_killed_run_ends_as_one_undisturbed(region_study, tmp_path):
    """Killed during extraction and again during scoring, then run again: each file of a subject has the same bytes."""
    study = region_study.copy(tmp_path / "copy")
    (study.results / "report.html").unlink()
    for name in ("figures", "group"):
        shutil.rmtree(study.results / name)
    wanted = files_of(study.results)
    (study.results / "activations/tiny/fable.safetensors").unlink()
    (study.results / "responses/sub-03.safetensors").unlink()
    for path in [*study.results.glob("designs/fable60"), *study.results.glob("scores/sub-03")]:
        shutil.rmtree(path)
    tables = [str(path.relative_to(study.folder)) for path in study.results.glob("subjects/*/sub-03.parquet")]
    for path in tables:
        (study.folder / path).unlink()
    shutil.rmtree(study.folder / "logs")

    moments = [
        lambda: (study.folder / "logs/tiny/extract_activations/tiny/fable.log").exists(),
        lambda: len(list(study.results.glob("scores/sub-03/*/*.safetensors"))) > 1,
    ]
    for moment in moments:
        study.start_and_kill(*tables, when=moment)
        left = files_of(study.results)
        assert len(left) < len(wanted)
        assert {name for name in left if left[name] != wanted[name]} == set()  # complete or absent
        study.run("--unlock")  # needed where Snakemake could not clean up
    study.run(*tables)
    assert {name for name, content in files_of(study.results).items() if content != wanted.get(name)} == set()
    assert files_of(study.results).keys() == wanted.keys()


# ---- What Snakemake's users expect ---------------------------------------------------------------------------------


def test_snakemake_report_holds_the_products(region_study):
    """``snakemake --report`` makes one file with figures and tables under their categories, with captions."""
    region_study.run("--report", "out.html")
    page = (region_study.folder / "out.html").read_text()
    for category in ("Data", "Forecast", "Regions", "Layers", "Tables", "Report"):
        assert f'"{category}"' in page
    for product in ("forecast_curves.png", "exclusions.tsv", "contrasts.parquet", "report.html"):
        assert product in page
    captions = [Caption.from_rst(path) for path in sorted((region_study.results / "figures").glob("*.rst"))]
    assert len(captions) > 5
    for caption in captions:
        assert caption.title in page and caption.paragraphs[0].split(".")[0] in page
    assert not re.search(r"<(?:script|img|link)[^>]*(?:src|href)\s*=\s*[\"']https?:", page)


def test_snakemake_report_holds_the_maps(surface_study):
    """Each map with its own caption."""
    surface_study.run("--report", "out.html")
    page = (surface_study.folder / "out.html").read_text()
    assert '"Maps"' in page and "surface_bestlayer.png" in page
    assert "Layer" in page and f"n = {len(LENGTHS)} subjects" in page


def test_list_rules_prints_the_analysis(region_study):
    """``--list-rules`` prints each rule with its sentence."""
    output = region_study.run("--list-rules")
    for rule in ("extract_activations", "build_design", "score_cells", "merge_subject", "build_report"):
        assert re.search(rf"{rule} \([A-Z].*\.\)", output)


# ---- The paper's size ----------------------------------------------------------------------------------------------


def planned_as_documented(study: Study, shared_data: Path, name: str) -> dict[str, int]:
    """Jobs of the dry-run that the first lines of a config name."""
    root = f"dataset={{root: {shared_data / name}}}"
    return study.planned("--configfile", str(REPOSITORY / f"config/{name}.yaml"), "--config", root)


@pytest.mark.slow
def test_the_paper_is_planned(shared_data, new_study):
    """All 305 subjects of the 15 stories are planned from lists, before any image is here, in minutes.

    Two variants of the sensitivity, another context and another vector of words, extract the activations again.
    """
    study, started = new_study(write_region_dataset, **REGION_SECTIONS), time.monotonic()
    jobs = planned_as_documented(study, shared_data, "narratives")
    assert (jobs["merge_subject"], jobs["extract_activations"], jobs["read_words"]) == (305, 3 * 15, 15)
    assert jobs["fetch_run"] > 2 * 305
    assert time.monotonic() - started < 300


def test_pieman_is_planned(shared_data, new_study):
    """The 36 real subjects of Pie Man; an untrained model and two variants of the sensitivity have activations too."""
    jobs = planned_as_documented(new_study(write_region_dataset, **REGION_SECTIONS), shared_data, "pieman")
    assert (jobs["merge_subject"], jobs["extract_activations"]) == (36, 4)


# ---- Bad input: one clear line, exit code 1, nothing that looks finished -------------------------------------------


def assert_bad_input_once(output: str, *parts: str) -> None:
    """Exactly one line has where, what was found and what was expected; of a job it is repeated at the end."""
    lines = {line.strip() for line in output.splitlines() if "found " in line and "; expected " in line}
    matching = [line for line in lines if all(part in line for part in parts)]
    assert len(matching) == 1, f"{parts} are in {len(matching)} lines of:\n{output}"


@pytest.fixture(scope="module")
def intact_study(new_study) -> Study:
    """A dataset and its config; nothing has run."""
    return new_study(write_region_dataset, **REGION_SECTIONS)


def remove_times(study: Study) -> None:
    """Remove all times from the words of myth."""
    path = study.folder / "data/stimuli/gentle/myth/align.csv"
    path.write_text(re.sub(r",.*", ",not-found-in-audio,,", path.read_text()))


def turn_back(study: Study) -> None:
    """Let a word of fable start before the one above it."""
    path = study.folder / "data/stimuli/fable/words.tsv"
    path.write_text(path.read_text().replace("\n9.5\t", "\n3.25\t"))


def append_line(name: str):
    """A function that appends a line to a file of the dataset."""
    path, line = name.split(": ")
    return lambda study: (study.folder / "data" / path).open("a").write(f"{line}\n")


BAD_PLANS = {
    "unknown key": ({"encoding__n_component": 3}, None, ["encoding.n_component", "nearest is n_components"]),
    "cell not scored": ({"maps__layer": 0}, None, ["config key maps.layer", "found 0", "nearest is 2"]),
    "unknown model": ({"maps__model": "tinny"}, None, ["maps.model", "found tinny", "nearest is tiny"]),
    "no such folder": ({"dataset__root": "nowhere"}, None, ["dataset.root", "no folder nowhere", "participants.tsv"]),
    "subject twice": ({}, append_line("participants.tsv: sub-01"), ["participants.tsv row 6", "sub-01 a second time"]),
    "unaligned story": ({"dataset__stories": ["fabel"]}, None, ["dataset.stories fabel", "nearest is fable"]),
    "empty story set": ({"dataset__subjects": ["04"]}, None, ["no run left", "slept"]),
    "no times": ({}, remove_times, ["myth/align.csv", "no word with a time"]),
    "backwards": ({}, turn_back, ["fable/words.tsv row 11", "word9 at 3.25 s", "no earlier than 8.5 s"]),
    "too many folds": ({"encoding__folds": {"n_folds": 25}}, None, ["25 folds of the 60 volumes", "at most 20 folds"]),
}


@pytest.mark.parametrize("case", BAD_PLANS)
def test_bad_input_found_while_planning(intact_study, tmp_path, case):
    """Errors that config and tables show stop the run before its first job."""
    changes, change, parts = BAD_PLANS[case]
    study = intact_study.copy(tmp_path / "copy")
    if change:
        change(study)
    output = study.run("--configfile", study.with_config("bad", **changes), exit_code=1)
    assert_bad_input_once(output, *parts)
    assert not (study.folder / "results").exists()


def write_bad_dataset(root: Path) -> dict:
    """A run that is too short; a table that ends in mid-row."""
    dataset = write_dataset(root, subjects=["01", "02", "03"], stories={"fable": 40}, n_regions=4)
    name = "sub-{0}/func/sub-{0}_task-fable_desc-roi_timeseries.tsv"
    write_region_run(root / name.format("02"), np.random.default_rng(0).standard_normal((20, 4)))
    path = root / name.format("03")
    path.write_text(path.read_text()[:-60])
    return dataset


BAD_JOBS = {
    "responses/sub-02.safetensors": ["sub-02_task-fable", "38 of 78 words outside its 20 volumes", "at most 10 %"],
    "responses/sub-03.safetensors": ["sub-03_task-fable", "is the file complete?"],
    "activations/spoilt/fable.safetensors": ["layer 1", "NaN or infinity", "finite numbers"],
    "activations/absent/fable.safetensors": ["model no-such-model", "not in the hub's cache", "HF_HUB_OFFLINE is set"],
}


@pytest.fixture(scope="module")
def bad_run(new_study, tiny_gpt2, tmp_path_factory) -> tuple[Study, str]:
    """One run with every bad input of a job, each product requested by name, none stopping the others."""
    spoilt = tmp_path_factory.mktemp("spoilt")
    model = AutoModelForCausalLM.from_pretrained(tiny_gpt2)
    with torch.no_grad():
        model.transformer.h[0].mlp.c_fc.weight[3, 5] = torch.nan
    model.save_pretrained(spoilt)
    AutoTokenizer.from_pretrained(tiny_gpt2).save_pretrained(spoilt)
    models = {"spoilt": tiny_model(str(spoilt)), "absent": tiny_model("no-such-model")}
    forecast = {"models": list(models), "layers": [1], "sources": ["true"], "widths": [2], "distances": [0, 1]}
    maps = {"model": "spoilt", "layer": 1, "width": 2, "distance": 1}
    study = new_study(write_bad_dataset, models=models, analyses={"forecast": forecast}, maps=maps, encoding=ENCODING)
    return study, study.run("--keep-going", *(f"results/tiny/{name}" for name in BAD_JOBS), exit_code=1)


@pytest.mark.parametrize("product", BAD_JOBS)
def test_bad_input_found_in_a_job(bad_run, product):
    """A bad file or model stops its job with one line, in the terminal and in the log, and without a product."""
    study, output = bad_run
    assert_bad_input_once(output, *BAD_JOBS[product])
    assert not (study.results / product).exists()
    assert not list((study.results / product).parent.glob(".*"))


def test_good_jobs_next_to_bad_ones_are_done(bad_run):
    """What does not depend on the bad input is made."""
    study, _ = bad_run
    made = {name for name in files_of(study.results) if not name.endswith(("exclusions.tsv", "provenance.json"))}
    assert made == {"words/fable.parquet", "targets.parquet", "geometry.json"}


def test_a_disk_that_fills(region_study, tmp_path):
    """A product that the disk has no room for is reported, and leaves nothing behind."""
    study, name = region_study.copy(tmp_path / "copy"), "layer-2_source-true_width-3.safetensors"
    folder = study.results / "designs/fable60/tiny"
    shutil.rmtree(folder)
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        output = study.run(f"results/tiny/designs/fable60/tiny/{name}", exit_code=1)
        assert_bad_input_once(output, f"fable60/tiny/{name}", "No space left on device", "free space")
        assert not list(folder.iterdir())
    finally:
        subprocess.run(["umount", folder], check=True)


def truncate(path: Path) -> None:
    """Cut a file in half, as an interrupted transfer does."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def remove_middle(path: Path) -> None:
    """Remove the middle of a file."""
    content = path.read_bytes()
    path.write_bytes(content[:20_000] + content[-20_000:])


@pytest.fixture
def local_study(surface_study, tmp_path) -> tuple[Study, str, str]:
    """The surface study with its runs on disk: the study, its config, the name of a run."""
    study = surface_study.copy(tmp_path / "copy")
    config = study.with_config("local", dataset__root="remote", dataset__scans=None, dataset__url=None)
    return (
        study,
        config,
        str(study.folder / "remote/sub-{0}/func/sub-{0}_task-fable_space-fsaverage5_hemi-{1}_desc-tiny.func.gii"),
    )


def test_damaged_surface_runs(local_study):
    """A file without its middle stops its subject; another number of vertices stops the plan."""
    study, config, name = local_study
    remove_middle(Path(name.format("02", "R")))
    products = [f"results/tiny/responses/sub-{subject}.safetensors" for subject in LENGTHS]
    output = study.run("--keep-going", *products, "--configfile", config, exit_code=1)
    assert_bad_input_once(output, "sub-02_task-fable", "hemi-R", "an array that is broken")
    assert [(study.folder / product).exists() for product in products] == [True, False]
    left = nibabel.load(name.format("01", "L"))
    for array in left.darrays:
        array.data, array.dims = array.data[:642], [642]
    nibabel.save(left, name.format("01", "L"))
    output = study.run("-n", *products, "--configfile", config, exit_code=1)
    assert_bad_input_once(output, "sub-01_task-fable", "hemi-L", "642 vertices", "10,242 of fsaverage5")


def test_incomplete_surface_runs(local_study):
    """A truncated file and a missing hemisphere are found while planning."""
    study, config, name = local_study
    truncate(Path(name.format("02", "L")))
    assert_bad_input_once(study.run("-n", "--configfile", config, exit_code=1), "sub-02", "hemi-L", "a truncated file")
    Path(name.format("02", "L")).unlink()
    assert_bad_input_once(study.run("-n", "--configfile", config, exit_code=1), "sub-02", "no hemisphere L")
