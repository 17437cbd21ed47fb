"""Several models on one axis, and the paired differences between them."""

import pandas as pd
import pytest

from brainforecast.cells import LISTENERS
from brainforecast.figures.models import draw_model_differences, draw_model_layers
from brainforecast.results.model_comparison import compare_models
from brainforecast.results.models import depths_of_models
from helpers.figures import settings
from helpers.synthetic_models import (
    MODELS,
    WINDOW,
    group_model_scores,
    model_subject_scores,
    model_table,
    write_model_scores,
)
from scripts.figures.plot_model_differences import plot_model_differences
from scripts.figures.plot_model_layers import plot_model_layers

MANY = {f"a-rather-long-name-of-model-{i}-7B-instruct": ("pretrained", (0, 8, 16), 16, 0.05) for i in range(6)}
MANY |= {"a-rather-long-name-of-model-0-untrained": ("untrained", (0, 8, 16), 16, 0.03),
         "glove": ("static", (0,), None, 0.02)}  # fmt: skip


def lines_by_colour(ax) -> dict:
    return {line.get_color(): line for line in ax.lines if len(line.get_xdata()) > 1}


def drawn(models: dict, **changes: object):
    subjects = model_subject_scores(models)
    return draw_model_layers(group_model_scores(subjects), model_table(models), settings(**changes))


def differences_of(models: dict, folder) -> tuple[pd.DataFrame, dict]:
    kinds = {name: kind for name, (kind, *_) in models.items()}
    paths = write_model_scores(folder, model_subject_scores(models))
    depths = depths_of_models(model_table(models))
    return compare_models(paths, kinds, depths, WINDOW, n_draws=50, seed=1)[1], kinds


def test_depth_is_a_fraction_of_each_models_own_layers():
    """The last layer of a model of 12 and of one of 6 are both at 1; scores are the means of the table."""
    figure = drawn(MODELS)
    whole = figure.axes[0]
    assert [ax.get_title("left") for ax in figure.axes] == ["all targets", "frontal lobe", "temporal lobe"]
    depths = {tuple(line.get_xdata()) for line in whole.lines}
    assert {(0, 1 / 3, 2 / 3, 1), (0, 0.5, 1)} <= depths
    labels = {text.get_text(): handle for legend in figure.legends
              for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=True)}  # fmt: skip
    assert list(labels) == ["trained", "trained-untrained (untrained)", "vectors (static vectors)", "other",
                            "noise ceiling"]  # fmt: skip
    assert labels["trained-untrained (untrained)"].get_linestyle() == "--"
    scores = group_model_scores(model_subject_scores())
    trained = scores[(scores["model"] == "trained") & (scores["level"] == "all") & (scores["score"] == "brain_score")]
    line = lines_by_colour(whole)[labels["trained"].get_color()]
    assert list(line.get_ydata()) == pytest.approx(list(trained.sort_values("layer")["mean"]))


def test_static_vectors_are_a_horizontal_line():
    """Across all depths, at one score; as is the noise ceiling."""
    ax = drawn(MODELS).axes[0]
    flat = [line for line in ax.lines if len(set(line.get_ydata())) == 1 and line.get_ydata()[0] != 0]
    assert [list(line.get_xdata()) for line in flat] == [[0, 1], [0, 1]]
    assert {line.get_linestyle() for line in flat} == {"-.", ":"}


def test_a_model_scored_at_one_layer_is_a_mark_and_not_a_line():
    models = {"trained": MODELS["trained"], "one": ("pretrained", (20,), 30, 0.05)}
    ax = drawn(models).axes[0]
    assert [2 / 3] in [list(line.get_xdata()) for line in ax.lines]


def test_snapshots_and_other_bases_are_left_out():
    subjects = model_subject_scores()
    scores = group_model_scores(subjects)
    snapshot = scores[scores["model"] == "trained"].assign(model="tuned-alpha0.5-step100")
    other = scores[scores["model"] == "trained"].assign(base="lexical", mean=9.0)
    figure = draw_model_layers(pd.concat([scores, snapshot, other]), model_table(), settings())
    assert figure.axes[0].get_ylim()[1] < 1
    assert len(figure.legends[0].get_texts()) == len(MODELS) + 1
    assert LISTENERS not in {text.get_text() for text in figure.legends[0].get_texts()}


def test_pairs_with_controls_come_first(tmp_path):
    """Labels name the controls; each pair is one row with all targets and the lobes."""
    table, kinds = differences_of(MODELS, tmp_path)
    figure = draw_model_differences(table, kinds, settings())
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels[0] == "trained − trained-untrained (untrained)"
    assert labels[-1] == "trained − other" and len(labels) == 6
    assert [ax.get_xlabel() for ax in figure.axes] == ["difference of brain score R", "difference of forecast score F"]
    points = [tuple(dots.get_offsets()[0]) for dots in figure.axes[0].collections if len(dots.get_offsets()) == 1]
    points = [point for point in points if point != (0, 0)]  # of the bars
    assert len(points) == 6 * 3
    whole = table[(table["level"] == "all") & (table["score"] == "brain_score")]
    drawn_at = {round(x, 12) for x, _ in points}
    assert {round(effect, 12) for effect in whole["effect"]} <= drawn_at


def test_many_models_with_long_names_fit(tmp_path):
    """Nothing of either figure lies outside it."""
    table, kinds = differences_of(MANY, tmp_path)
    for figure in (drawn(MANY), draw_model_differences(table, kinds, settings())):
        figure.draw_without_rendering()
        tight, size = figure.get_tightbbox(), figure.get_size_inches()
        assert tight.x0 > -0.1 and tight.x1 < size[0] + 0.1 and tight.y0 > -0.1 and tight.y1 < size[1] + 0.1
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert len(labels) == 8 * 7 / 2


def test_one_subject_has_no_bands_and_no_intervals(tmp_path):
    subjects = model_subject_scores(n_subjects=1)
    kinds = {name: kind for name, (kind, *_) in MODELS.items()}
    depths = depths_of_models(model_table())
    _, table = compare_models(write_model_scores(tmp_path, subjects), kinds, depths, WINDOW, n_draws=10, seed=1)
    scores = group_model_scores(subjects).assign(ci_low=float("nan"), ci_high=float("nan"))
    assert "95 %" not in draw_model_layers(scores, model_table(), settings()).get_suptitle()
    figure = draw_model_differences(table, kinds, settings())
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "not tested" in labels and not any(label.startswith("q ") for label in labels)


def test_scripts_write_the_same_bytes_twice(tmp_path):
    table, _ = differences_of(MODELS, tmp_path)
    group_model_scores(model_subject_scores()).to_parquet(tmp_path / "roi_scores.parquet")
    model_table().to_parquet(tmp_path / "models.parquet")
    table.to_parquet(tmp_path / "differences.parquet")
    for turn in ("1", "2"):
        files = [[tmp_path / f"{name}{turn}.{kind}" for kind in ("png", "svg")] for name in ("layers", "differences")]
        plot_model_layers(tmp_path / "roi_scores.parquet", tmp_path / "models.parquet", files[0], settings=settings())
        plot_model_differences(
            tmp_path / "differences.parquet", tmp_path / "models.parquet", files[1], settings=settings()
        )
    for name in ("layers", "differences"):
        for kind in ("png", "svg"):
            first, second = (tmp_path / f"{name}{turn}.{kind}" for turn in ("1", "2"))
            assert first.read_bytes() == second.read_bytes() and first.stat().st_size > 5_000
