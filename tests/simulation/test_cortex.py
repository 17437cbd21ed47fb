"""The simulated cortex: what is planted follows the words as stated, and nothing else does."""

import json
from dataclasses import replace

import nibabel
import numpy as np
import pandas as pd
import pytest

from brainforecast.encoding.windows import shift
from brainforecast.errors import BadInput
from brainforecast.simulation.bids_writer import read_regions, read_stories
from brainforecast.simulation.cortex import (
    Cortex,
    convolve_hrf,
    draw_listener,
    draw_noise,
    features_to_plant,
    generator,
    haemodynamic_response,
    parts_to_plant,
    plant,
    simulate_hemisphere,
    simulate_signal,
)
from brainforecast.simulation.planted import SimulatedStory, planted_features
from brainforecast.storage.activations import write_activations
from brainforecast.storage.parquet import read_provenance
from helpers.datasets import REPOSITORY, assert_bad_input, write_lines
from helpers.simulation import CORTEX, REGIONS, ROIS
from scripts.simulation.simulate_cortex import simulate_cortex
from scripts.simulation.simulate_listener import simulate_listener

DEMO_REGIONS = REPOSITORY / "workflow" / "demo" / "regions.tsv"


def make_story(name: str, n_words: int = 80) -> SimulatedStory:
    """A story of random words, about 2.5 a second."""
    rng = np.random.default_rng(len(name))
    onsets = 3 + np.cumsum(rng.uniform(0.2, 0.6, n_words))
    activations = {layer: rng.standard_normal((n_words, 12)).astype(np.float32) for layer in (4, 20)}
    return SimulatedStory(name, onsets, onsets[-1] + 0.3, activations)


STORIES = [make_story("myth"), make_story("fable", 90)]
FEATURES = features_to_plant(STORIES, CORTEX)
TRUTH = plant(pd.DataFrame({"target": np.arange(20, dtype=np.int32), "roi": ROIS}), REGIONS)


def simulate(listener: str = "01", hemi: str = "L", stories=STORIES, cortex: Cortex = CORTEX) -> list[np.ndarray]:
    """Runs of the tiny cortex."""
    return simulate_hemisphere(TRUTH, stories, FEATURES, cortex, listener=listener, hemi=hemi)


def signal_of(listener: str = "01", hemi: str = "L", cortex: Cortex = CORTEX) -> np.ndarray:
    """Signal of the tiny cortex."""
    return simulate_signal(TRUTH, STORIES, FEATURES, cortex, listener=listener, hemi=hemi)


def test_truth_follows_the_contract():
    """Columns and nulls: a distance only where a forecast is planted, a layer and source only where there is any."""
    assert list(TRUTH.columns) == ["target", "roi", "kind", "planted_distance", "planted_depth", "planted_source"]
    assert TRUTH["kind"].tolist()[:5] == ["forecast", "forecast", "present", "silent", "silent"]
    assert TRUTH["planted_distance"].tolist()[:2] == [2, 9]
    assert TRUTH["planted_distance"].notna().equals(TRUTH["kind"] == "forecast")
    assert TRUTH["planted_source"].notna().equals(TRUTH["kind"] == "forecast")
    assert TRUTH["planted_depth"].notna().equals(TRUTH["kind"] == "forecast")
    assert TRUTH["planted_depth"].tolist()[:2] == [4, 20]
    assert TRUTH["target"].tolist() == list(range(20))


def test_response_peaks_some_seconds_after_a_word():
    """5 s canonically, elsewhere where it is told to; nothing before the word; an undershoot later."""
    seconds = np.arange(-5, 30, 0.01)
    for peak in (5.0, 4.2):
        response = haemodynamic_response(seconds, peak=peak)
        assert seconds[response.argmax()] == pytest.approx(peak, abs=0.03)
        assert not response[seconds <= 0].any()
        assert response[seconds > 2.2 * peak].min() < 0
    assert seconds[haemodynamic_response(seconds).argmax()] == pytest.approx(5, abs=0.03)


def test_features_are_white():
    """Over the words of all stories: mean 0, variance 1, uncorrelated. So no component counts words."""
    for layer in (4, 20):
        g = np.concatenate(FEATURES[layer])
        assert g.shape == (170, 3)
        assert np.allclose(g.T @ g / len(g), np.eye(3), atol=1e-8)
        assert np.allclose(g.mean(axis=0), 0, atol=1e-8)


def test_hearing_counts_words():
    """What hearing follows is the same for every word: the rate of speech, not what is said."""
    assert (np.concatenate(FEATURES["present"]) == 1).all()


def test_components_come_in_order_of_variance():
    """The first component of activations with one loud direction is that direction; ranges do not overlap."""
    activations = [story.activations[20] + 0 for story in STORIES]
    loud = [np.hstack([X[:, :1] + 0.1 * X[:, 1:9], X[:, 9:]]) for X in activations]
    first, second = (np.concatenate(planted_features(loud, width=1, components=[k, k + 1]))[:, 0] for k in (0, 1))
    common = np.concatenate([X[:, 0] for X in activations])
    assert abs(np.corrcoef(first, common)[0, 1]) > 0.95
    assert abs(np.corrcoef(first, second)[0, 1]) < 1e-8


def test_windows_end_at_the_planted_distance():
    """A word's features reach the volumes from the word that stands `distance` before it."""
    story = SimulatedStory("one", np.array([10.0, 20.0, 40.0]), 41.0, {})
    features = [np.array([[0.0], [0.0], [1.0]])]
    for distance, onset in ((0, 40.0), (1, 20.0), (2, 10.0)):
        reached = convolve_hrf([story], features, distance=distance, tr=0.5, peak=5.0)[:, 0]
        assert np.allclose(reached, haemodynamic_response(0.5 * np.arange(len(reached)) - onset))


def test_stories_never_touch_and_ends_are_zero():
    """Windows beyond a story's end are empty: nothing comes from the story after it."""
    alone = convolve_hrf(STORIES[:1], FEATURES[20][:1], distance=9, tr=1.5, peak=5.0)
    both = convolve_hrf(STORIES, FEATURES[20], distance=9, tr=1.5, peak=5.0)
    assert np.array_equal(both[: len(alone)], alone)
    assert not convolve_hrf(STORIES, FEATURES[20], distance=90, tr=1.5, peak=5.0).any()


def test_signal_has_the_stated_strength():
    """Standard deviation: signal-to-noise ratio times the listener's gain; zero where silent."""
    gain, _ = draw_listener("01", CORTEX)
    sd = pd.Series(signal_of().std(axis=0)).groupby(TRUTH["kind"]).agg(["min", "max"])
    assert np.allclose(sd.loc["forecast"], 2.0 * gain, rtol=1e-4)
    assert np.allclose(sd.loc["present"], 0.5 * gain, rtol=1e-4)
    assert not sd.loc["silent"].any()


def test_present_targets_follow_hearing_only():
    """The words' times explain all of a present target, which they excite, and not all of a forecast target."""
    _, peak = draw_listener("01", CORTEX)
    C = convolve_hrf(STORIES, FEATURES["present"], distance=0, tr=1.5, peak=peak)
    C = np.column_stack([C, np.ones(len(C))])
    signal = signal_of()
    left = signal - C @ np.linalg.lstsq(C, signal, rcond=None)[0]
    unexplained = left.var(axis=0) / signal.var(axis=0).clip(1e-9)
    assert unexplained[TRUTH["kind"] == "present"].max() < 1e-4
    assert (C[:, 0] @ (signal - signal.mean(axis=0)))[TRUTH["kind"] == "present"].min() > 0
    assert unexplained[TRUTH["kind"] == "forecast"].min() > 0.1


def test_silent_targets_hold_no_signal():
    """Their responses do not go with any signal; those of the others do."""
    responses, signal = np.concatenate(simulate()), signal_of()
    silent = (TRUTH["roi"] == "sight").to_numpy()
    loud = (TRUTH["kind"] == "forecast").to_numpy()
    across = np.corrcoef(responses[:, silent].T, signal[:, loud].T)[: silent.sum(), silent.sum() :]
    assert abs(across.mean()) < 0.1
    own = [np.corrcoef(responses[:, v], signal[:, v])[0, 1] for v in np.flatnonzero(loud)]
    assert min(own) > 0.7


def test_medial_wall_is_nan_and_nothing_else():
    """NaN where there is no region."""
    for run, story in zip(simulate(), STORIES, strict=True):
        assert run.shape == (story.n_trs(1.5), len(TRUTH)) and run.dtype == np.float32
        assert np.array_equal(np.isnan(run), np.broadcast_to(TRUTH["roi"].isna(), run.shape))


def test_noise_is_autocorrelated_as_stated():
    """Lag one: rho; lag two: rho squared; variance 1, from the first volume on."""
    noise = draw_noise(200, 500, replace(CORTEX, noise={"autocorrelation": 0.4, "drift": 0.0}), rng=generator(1))
    lagged = [np.mean(noise[lag:] * noise[:-lag]) for lag in (1, 2)]
    assert np.allclose(lagged, [0.4, 0.16], atol=0.02)
    assert np.allclose([noise.var(), noise[0].var()], 1, atol=0.2)


def test_drift_is_slow_and_of_the_stated_size():
    """Drift adds its variance, and nothing to fast changes."""
    still, drifting = (
        draw_noise(200, 500, replace(CORTEX, noise={"autocorrelation": 0.0, "drift": drift}), rng=generator(1))
        for drift in (0.0, 2.0)
    )
    drift = drifting - still
    assert drift.std() == pytest.approx(2.0, rel=0.1)
    assert np.abs(np.diff(drift, axis=0)).max() < 0.5


def test_same_seed_same_values_whatever_the_order():
    """A listener's values depend on no other draw; listeners, hemispheres, stories and seeds differ."""
    first = simulate()
    simulate("02")
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(first, simulate(), strict=True))
    for other in (simulate("02"), simulate(hemi="R"), simulate(cortex=replace(CORTEX, seed=8))):
        assert not np.allclose(first[0][:, 3], other[0][:, 3])
    noise = [run[:30, 3] for run in first]
    assert abs(np.corrcoef(*noise)[0, 1]) < 0.5


def test_listeners_share_most_of_their_weights():
    """The signal of a target is alike in two listeners, not the same; noise is not shared."""
    one, two = signal_of("01"), signal_of("02")
    alike = [np.corrcoef(one[:, v], two[:, v])[0, 1] for v in np.flatnonzero(TRUTH["kind"] != "silent")]
    assert 0.5 < np.mean(alike) < 0.999


def test_listeners_differ_in_gain_and_peak():
    """Peaks stay within the stated spread."""
    gains, peaks = np.transpose([draw_listener(f"{i:02d}", CORTEX) for i in range(40)])
    assert len(set(peaks)) == 40 and np.abs(peaks - 4.5).max() <= 0.5
    assert np.log(gains).std() == pytest.approx(0.2, rel=0.5)


def test_regions_of_the_demo_are_graded():
    """Temporal plants near, parietal between, frontal far; hearing is present, seeing silent."""
    known = pd.read_csv(DEMO_REGIONS, sep="\t")["roi"].tolist()
    regions = read_regions(DEMO_REGIONS, known).set_index("roi")
    distance = regions["planted_distance"]
    near, between = ["superiortemporal", "bankssts", "middletemporal"], ["supramarginal", "inferiorparietal"]
    far = ["parsopercularis", "parstriangularis", "parsorbitalis", "rostralmiddlefrontal", "superiorfrontal"]
    assert distance[near].max() < distance[between].min() <= distance[between].max() < distance[far].min()
    assert regions["kind"]["transversetemporal"] == "present"
    assert regions["kind"]["lateraloccipital"] == "silent"


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("nowhere\tforecast\t3\t4\ttrue", "nowhere"),
        ("near\tloud\t3\t4\ttrue", "loud"),
        ("near\tforecast\t\t4\ttrue", "forecast"),
        ("near\tsilent\t3\t\t", "silent"),
        ("near\tforecast\t1.5\t4\ttrue", "1.5"),
        ("near\tforecast\t3\t\ttrue", "planted_depth"),
        ("near\tpresent\t\t4\t", "planted_depth"),
        ("near\tforecast\t3\t4\tgrammar", "planted_source"),
        ("near\tforecast\t3\t4\t", "planted_source"),
        ("near\tpresent\t\t\ttrue", "planted_source"),
    ],
)
def test_bad_row_of_the_regions_is_told(tmp_path, row, found):
    """The line names file, row and what stands there."""
    path = write_lines(
        tmp_path / "regions.tsv",
        "roi\tkind\tplanted_distance\tplanted_depth\tplanted_source",
        "far\tpresent\t\t\t",
        row,
    )
    with pytest.raises(BadInput) as error:
        read_regions(path, ["far", "near"])
    assert_bad_input(error, path, "row 3", found)


def test_region_listed_twice_is_told(tmp_path):
    """The line names the region."""
    header = "roi\tkind\tplanted_distance\tplanted_depth\tplanted_source"
    path = write_lines(tmp_path / "regions.tsv", header, "far\tpresent\t\t\t", "far\tforecast\t3\t4\ttrue")
    with pytest.raises(BadInput) as error:
        read_regions(path, ["far", "near"])
    assert_bad_input(error, path, "far twice")


@pytest.fixture
def inputs(tmp_path):
    """Files the two scripts read: targets, regions, words and activations."""
    targets = pd.DataFrame({"target": np.arange(20, dtype=np.int32), "roi": ROIS})
    targets.to_parquet(tmp_path / "targets.parquet")
    rows = ["near\tforecast\t2\t4\ttrue", "far\tforecast\t9\t20\ttrue", "sound\tpresent\t\t\t"]
    write_lines(tmp_path / "regions.tsv", "roi\tkind\tplanted_distance\tplanted_depth\tplanted_source", *rows)
    for story in STORIES:
        words = pd.DataFrame({"word": "a", "onset": story.onsets, "offset": story.onsets + 0.3})
        words.to_parquet(tmp_path / f"{story.name}.parquet")
        write_activations(story.activations, tmp_path / f"{story.name}.safetensors", metadata={})
    return tmp_path


def run_cortex(folder) -> None:
    """Run the script simulate_cortex."""
    data = folder / "dataset"
    simulate_cortex(
        str(folder / "targets.parquet"),
        str(folder / "regions.tsv"),
        str(folder / "truth.parquet"),
        str(data / "participants.tsv"),
        str(data / "dataset_description.json"),
        [str(data / f"task-{story.name}_desc-simulated.json") for story in STORIES],
        listeners=["01", "02"],
        stories=[story.name for story in STORIES],
        tr=1.5,
        version="0",
    )


def run_listener(folder, listener: str = "01") -> list:
    """Run the script simulate_listener; returns the runs' paths."""
    func = folder / "dataset" / f"sub-{listener}" / "func"
    name = "sub-{}_task-{}_space-fsaverage5_hemi-{}_desc-simulated.func.gii"
    runs = [func / name.format(listener, story.name, hemi) for story in STORIES for hemi in "LR"]
    simulate_listener(
        str(folder / "truth.parquet"),
        [str(folder / f"{story.name}.parquet") for story in STORIES],
        [str(folder / f"{story.name}.safetensors") for story in STORIES],
        [],
        [str(run) for run in runs],
        listener=listener,
        layers=[4, 20],
        layers_in_parts=[],
        **vars(CORTEX),
    )
    return runs


def test_dataset_describes_itself(inputs):
    """Truth, participants, description and sidecars, all saying simulated."""
    run_cortex(inputs)
    assert read_provenance(inputs / "truth.parquet")["simulated"] is True
    assert pd.read_parquet(inputs / "truth.parquet")["kind"].tolist() == TRUTH["kind"].tolist()
    data = inputs / "dataset"
    assert (data / "participants.tsv").read_text() == "participant_id\nsub-01\nsub-02\n"
    description = json.loads((data / "dataset_description.json").read_text())
    assert description["DatasetType"] == "derivative" and "imulated" in description["Name"]
    sidecar = json.loads((data / "task-myth_desc-simulated.json").read_text())
    assert sidecar["RepetitionTime"] == 1.5 and sidecar["TaskName"] == "myth"


def test_runs_read_back(inputs):
    """One array per volume, one file per story and hemisphere, the same bytes from a second run."""
    run_cortex(inputs)
    runs = run_listener(inputs)
    image = nibabel.load(runs[1])
    expected = simulate_hemisphere(
        TRUTH.iloc[10:].reset_index(drop=True), STORIES, FEATURES, CORTEX, listener="01", hemi="R"
    )[0]
    assert len(image.darrays) == STORIES[0].n_trs(1.5)
    assert np.allclose([array.data for array in image.darrays], expected, atol=1e-3, equal_nan=True)
    assert image.meta["AnatomicalStructurePrimary"] == "CortexRight"
    first = [run.read_bytes() for run in runs]
    assert first == [run.read_bytes() for run in run_listener(inputs)]
    assert first[0] != run_listener(inputs, "02")[0].read_bytes()


def test_parts_of_windows_are_planted_as_seen_from_each_word():
    """The syntactic part of a window at d = 2, as seen from word n, reaches the volumes of word n, and nothing else."""
    rng = np.random.default_rng(5)
    parts = [rng.standard_normal((len(story.onsets), 4, 12)).astype(np.float32) for story in STORIES]
    stories = [replace(story, parts={4: ahead}) for story, ahead in zip(STORIES, parts, strict=True)]
    truth = TRUTH.assign(planted_source=TRUTH["planted_source"].where(TRUTH["roi"] != "near", "syntactic"))
    (part,) = parts_to_plant(truth)
    assert part == ("syntactic", 4, 2)
    features = features_to_plant(stories, CORTEX, [part])[part]
    windows = [np.hstack([shift(ahead[:, 0], -1), ahead[:, 0], ahead[:, 1]]) for ahead in parts]  # offsets 0, 1, 2
    sd = np.concatenate([story.activations[4] for story in STORIES]).std(axis=0)
    W = np.concatenate(windows) / np.tile(sd, 3)
    explained = np.linalg.lstsq(W - W.mean(axis=0), np.concatenate(features), rcond=None)[0]
    assert np.allclose((W - W.mean(axis=0)) @ explained, np.concatenate(features), atol=1e-4)
    ways = {"listener": "01", "hemi": "L"}
    signal = simulate_signal(truth, stories, features_to_plant(stories, CORTEX, [part]), CORTEX, **ways)
    plain = simulate_signal(TRUTH, STORIES, FEATURES, CORTEX, **ways)
    near = (TRUTH["roi"] == "near").to_numpy()
    assert np.array_equal(signal[:, ~near], plain[:, ~near])
    assert not np.allclose(signal[:, near], plain[:, near])


def test_activations_of_another_text_are_refused(inputs):
    """As many vectors as words."""
    write_activations({4: np.zeros((5, 12)), 20: np.zeros((5, 12))}, inputs / "myth.safetensors", metadata={})
    with pytest.raises(BadInput) as error:
        read_stories([inputs / "myth.parquet"], [inputs / "myth.safetensors"], layers=[4, 20])
    assert_bad_input(error, "myth.safetensors", "5 words", "80")
