"""Gains of fine-tuning: from the names of snapshots to tables by region, figures and sentences."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from brainforecast.checkpoints import Checkpoint, checkpoint_models, layers_at, read_name, with_checkpoints
from brainforecast.figures.finetuning import draw_gains, draw_training
from brainforecast.report.finetuning import gain_findings, gain_tables
from brainforecast.results.finetuning_gains import group_gains, subject_gains

STEPS, ALPHAS = (10, 30, 100), (0.0, 0.5, 1.0)
REGIONS = [("roi", "L", "auditory"), ("roi", "R", "auditory"), ("roi", "L", "frontal"), ("roi", "R", "frontal"),
           ("lobe", None, "temporal"), ("lobe", None, "frontal"), ("all", None, "all")]  # fmt: skip
SHARE = {"auditory": 0.0, "temporal": 0.0, "frontal": 0.1, "all": 0.05}  # what alpha 1 gains, of R


def roi_scores(subject: int) -> pd.DataFrame:
    """Region scores of one subject, as a scoring run leaves them: snapshots, the pretrained model, forecast scores."""
    rng = np.random.default_rng(subject)
    rows = []
    for level, hemi, roi in REGIONS:
        R = 0.1 + rng.normal(0, 0.01)
        for alpha in ALPHAS:
            for step in STEPS:
                score = R * (1 + SHARE[roi] * alpha) + rng.normal(0, 0.001)
                rows.append((Checkpoint("forecast", alpha, step).model, "brain_score", level, hemi, roi, score))
        rows += [("tiny", "brain_score", level, hemi, roi, R), ("tiny", "forecast_score", level, hemi, roi, 0.01)]
    table = pd.DataFrame(rows, columns=["model", "score", "level", "hemi", "roi", "mean"])
    return table.assign(subject=f"{subject:02d}")


@pytest.fixture(scope="module")
def paths(tmp_path_factory) -> list:
    """The tables of gains of eight subjects."""
    folder = tmp_path_factory.mktemp("gains")
    for subject in range(8):
        subject_gains(roi_scores(subject)).to_parquet(folder / f"{subject}.parquet")
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def gains(paths) -> pd.DataFrame:
    """The group's table."""
    return pd.concat(group_gains(paths), ignore_index=True)


def test_a_snapshot_is_known_by_its_name():
    """Name and back; other models are none."""
    for checkpoint in (Checkpoint("forecast", 0.25, 1000), Checkpoint("a-b", 0.0, 7)):
        assert read_name(checkpoint.model) == checkpoint
    assert Checkpoint("forecast", 1.0, 5).model == "forecast-alpha1-step5"
    assert read_name("gpt2") is None


FINETUNING = {
    "base": "tiny",
    "corpus": {"source": "*.txt"},
    "objective": {"alphas": [0, 0.5]},
    "training": {"n_steps": 8, "context": 16, "save_every": 5, "snapshots": {"first": 2, "n": 3}},
    "evaluation": {"layers": [0, 2]},
}
MODEL = {"source": "tiny", "context": 64, "stride": 16, "word_vector": "last", "batch_size": 4, "side_by_side": None}


def test_a_fine_tuning_stands_for_its_snapshots():
    """In analyses its name is replaced by those of all snapshots; each is a model with a folder of its own."""
    config = {"finetuning": {"tuned": FINETUNING}, "models": {"tiny": MODEL}, "seed": 1}
    names = [f"tuned-alpha{alpha}-step{step}" for alpha in ("0", "0.5") for step in (2, 4, 8)]
    found = with_checkpoints({"gains": {"models": ["tiny", "tuned"], "layers": [0]}}, config["finetuning"])
    assert found == {"gains": {"models": ["tiny", *names], "layers": [0]}}
    models = checkpoint_models(config)
    assert list(models) == names
    assert len({model["source"] for model in models.values()}) == 6
    assert all(model["side_by_side"] == [0, 2] and model["stride"] == 16 for model in models.values())
    other = config | {"seed": 2}
    assert not {m["source"] for m in checkpoint_models(other).values()} & {m["source"] for m in models.values()}


def test_layers_as_numbers_and_as_depths():
    """The paper's layers of 12, and the same depths of 30."""
    assert layers_at([0, 4, 8, 12], 12) == layers_at({"depths": [0, 1 / 3, 2 / 3, 1]}, 12) == [0, 4, 8, 12]
    assert layers_at({"depths": [0, 0.3333, 0.6667, 1]}, 30) == [0, 10, 20, 30]


def test_gains_of_a_subject_by_hand():
    """Scores are averaged over snapshots first, then alpha 0 is taken off; percent is of alpha 0."""
    scores = roi_scores(3)
    table = subject_gains(scores)
    here = scores[(scores["level"] == "lobe") & (scores["roi"] == "frontal")].set_index("model")["mean"]
    one, plain = (np.mean([here[f"forecast-alpha{alpha}-step{step}"] for step in STEPS]) for alpha in (1, 0))
    row = table[(table["level"] == "lobe") & (table["roi"] == "frontal") & (table["finetuning_alpha"] == 1)]
    mean = row[row["step"].isna()].iloc[0]
    assert (mean["gain"], mean["reference"]) == pytest.approx((one - plain, plain))
    assert mean["gain_percent"] == pytest.approx(100 * (one - plain) / plain)
    step = row[row["step"] == 30].iloc[0]
    assert step["gain"] == pytest.approx(here["forecast-alpha1-step30"] - here["forecast-alpha0-step30"])
    assert (table.loc[table["finetuning_alpha"] == 0, "gain"] == 0).all()
    assert len(table) == len(ALPHAS) * (len(STEPS) + 1) * len(REGIONS)


def test_no_snapshot_gives_no_rows():
    """A run without fine-tuning has an empty table with its columns."""
    scores = roi_scores(0)
    table = subject_gains(scores[scores["model"] == "tiny"])
    assert len(table) == 0
    assert "gain_percent" in table


def test_group_agrees_with_scipy(paths, gains):
    """Mean, interval, signed-rank p over subjects; q over the regions of a level; percent of the mean reference."""
    subjects = pd.concat(map(pd.read_parquet, paths))
    cell = lambda table: table[table["step"].isna() & (table["finetuning_alpha"] == 0.5) & (table["level"] == "roi")]  # noqa: E731
    group = cell(gains).set_index(["hemi", "roi"])
    for place, values in cell(subjects).groupby(["hemi", "roi"]):
        row, gain = group.loc[place], values["gain"]
        assert row["mean"] == pytest.approx(gain.mean())
        assert row["p_value"] == pytest.approx(stats.wilcoxon(gain).pvalue)
        half = stats.t.ppf(0.975, 7) * stats.sem(gain)
        assert row["ci_high"] - row["mean"] == pytest.approx(half)
        assert row["percent_high"] == pytest.approx(100 * (gain.mean() + half) / values["reference"].mean())
    expected = stats.false_discovery_control(group["p_value"])
    np.testing.assert_allclose(group["q_value"], expected)


def test_what_was_planted_is_found(gains):
    """Frontal regions gain, more at alpha 1 than at .5; auditory ones do not."""
    mean = gains[gains["step"].isna() & (gains["level"] == "lobe")].set_index(["roi", "finetuning_alpha"])
    assert mean.loc[("frontal", 1.0), "gain_percent"] == pytest.approx(10, abs=1)
    assert mean.loc[("frontal", 0.5), "gain_percent"] == pytest.approx(5, abs=1)
    assert (mean.loc["frontal"].query("finetuning_alpha > 0")["q_value"] < 0.05).all()
    assert (mean.loc["temporal"].query("finetuning_alpha > 0")["q_value"] > 0.05).all()


def test_a_reference_that_is_not_above_0_has_no_percentage(tmp_path):
    """A gain over nothing is no number of percent."""
    scores = roi_scores(0).assign(mean=lambda table: -table["mean"])
    subject_gains(scores).to_parquet(tmp_path / "a.parquet")
    table = pd.concat(group_gains([tmp_path / "a.parquet"] * 1))
    assert table["gain_percent"].isna().all()
    assert table["mean"].notna().all()


def probe() -> pd.DataFrame:
    """What was learned, as a probe leaves it."""
    rows = [
        {"finetuning": "forecast", "finetuning_alpha": alpha, "step": step, "perplexity": 30 - step / 20,
         "retrieval": 0.1 + alpha * step / 1000, "retrieval_low": 0.09, "retrieval_high": 0.2 + alpha * step / 1000,
         "linear_probe": 0.15, "linear_probe_low": 0.14, "linear_probe_high": 0.16, "chance": 1 / 101,
         "n_positions": 960}
        for alpha in ALPHAS
        for step in (0, *STEPS)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def losses() -> pd.DataFrame:
    """The curves of losses of three trainings."""
    frames = [
        pd.DataFrame({"finetuning": "forecast", "finetuning_alpha": alpha, "step": range(1, 101), "loss_lm": 3.0,
                      "loss_high": np.linspace(7, 5, 100) * (alpha > 0), "share": alpha, "weight": alpha,
                      "learning_rate": 1e-4})
        for alpha in ALPHAS
    ]  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def test_the_report_tells_gains_and_what_was_learned(gains):
    """A sentence per training that forecasts, with percentage and counts; two tables; none without fine-tuning."""
    tables = {"finetuning_gains": gains, "finetuning_probe": probe(), "finetuning_losses": losses()}
    half, one = gain_findings(tables, 0.05)
    assert "alpha 0.5)" in half
    assert "alpha 1)" in one
    assert "2 of 4 regions gain and 0 lose (q < 0.05)" in one
    gained, learned = gain_tables(tables, 0.05)
    assert any(row[2] == "frontal lobe" and row[-1] == "gains" for row in gained.rows)
    assert any(row[2] == "temporal lobe" and row[-1] == "no effect" for row in gained.rows)
    assert [row[1] for row in learned.rows] == ["0", "0.5", "1"]
    assert gain_findings({}, 0.05) == gain_tables({}, 0.05) == []


@pytest.mark.parametrize("simulated", [True, False])
def test_figure_of_gains_is_the_table(gains, simulated):
    """A row per region; the line against alpha is the mean over snapshots in percent; simulated data say so."""
    curves = [{"level": "lobe", "roi": "frontal"}, {"level": "lobe", "roi": "temporal", "label": "auditory"}]
    figure = draw_gains(gains, curves, q_level=0.05, simulated=simulated)
    assert ("Simulated" in figure._suptitle.get_text()) == simulated
    left, right = figure.axes[:2]
    here = gains[(gains["level"] == "lobe") & (gains["roi"] == "frontal") & gains["step"].isna()]
    line = next(line for line in left.lines if len(line.get_xdata()) == 3)
    np.testing.assert_allclose(line.get_ydata(), here.sort_values("finetuning_alpha")["gain_percent"])
    assert left.get_ylabel().endswith("(% of R)")
    assert sum(len(line.get_xdata()) == 3 for line in right.lines) == 2  # alpha .5 and 1


def test_figure_of_training_has_all_panels():
    """Losses, share, retrieval and perplexity; alpha 0 has no loss of the word ahead."""
    figure = draw_training(losses(), probe())
    assert [len(ax.lines) for ax in figure.axes] == [2, 3, 2, 4, 4, 3]  # retrieval has the line of chance
