"""Denoising: planted confounds go, the rest stays; censored volumes count for nothing; tables are checked."""

import inspect

import numpy as np
import pandas as pd
import pytest
from nilearn.interfaces.fmriprep import load_confounds
from scipy.interpolate import CubicSpline
from scipy.signal import butter, sosfiltfilt

from brainforecast.errors import BadInput
from brainforecast.readers.confounds import read_confounds
from brainforecast.readers.denoising import DenoiseSettings, clean_run, denoise_subject
from brainforecast.readers.runs import find_regions, region_means
from brainforecast.readers.subject_runs import SubjectRuns, read_runs
from brainforecast.storage.denoised import MISSING, SCRUB, STEADY, USED, read_denoised, write_denoised
from helpers.datasets import assert_bad_input, write_lines, write_region_run, write_surface_run

N, TARGETS, TR = 120, 6, 2.0
MOTION = [f"{kind}_{axis}" for kind in ("trans", "rot") for axis in "xyz"]
TABLE = "sub-01/func/sub-01_task-fable_run-1_desc-confounds_timeseries.tsv"
PLAIN = DenoiseSettings(None, None, None, TR)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def confounds_table(rng, n=N, moved=(), steady=0):
    """Motion with derivatives, white matter, cosines, and what scrubbing looks at, as fMRIPrep writes them."""
    table = pd.DataFrame(np.cumsum(rng.normal(size=(n, 6)), axis=0) * 0.02, columns=MOTION)
    for name in MOTION:
        table[f"{name}_derivative1"] = table[name].diff()
    table["white_matter"], table["csf"] = rng.normal(500, 5, (2, n))
    for k in range(3):
        table[f"cosine{k:02d}"] = np.cos(np.pi * (k + 1) * (np.arange(n) + 0.5) / n)
    table["framewise_displacement"] = np.r_[np.nan, np.full(n - 1, 0.1)]
    table["std_dvars"] = np.r_[np.nan, np.ones(n - 1)]
    table.loc[list(moved), "framewise_displacement"] = 2.0
    for k in range(steady):
        table[f"non_steady_state_outlier{k:02d}"] = (np.arange(n) == k).astype(float)
    return table


def write_confounds(folder, table, name=TABLE):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, sep="\t", index=False, na_rep="n/a")
    return str(path)


def regress(values, confounds):
    """Residuals of least squares on confounds and a constant, with the mean put back."""
    X = np.column_stack([confounds, np.ones(len(values))])
    return values - X @ np.linalg.lstsq(X, values, rcond=None)[0] + values.mean(axis=0)


def signals(rng, n=N):
    return (rng.normal(size=(n, TARGETS)) + 100).astype(np.float32)


# cleaning


def test_planted_confounds_are_removed(rng, tmp_path):
    """As numpy's least squares leaves it; the first value of a derivative is its second, and means stay."""
    table = confounds_table(rng)
    arguments = {"strategy": ["motion"], "motion": "derivatives"}
    confounds = read_confounds(["sub-01_task-fable_run-1_bold.func.gii"], write_confounds(tmp_path, table), arguments)
    assert sorted(confounds.names) == sorted([*MOTION, *(f"{name}_derivative1" for name in MOTION)])
    assert (confounds.reasons == USED).all()
    clean = signals(rng)
    motion = table[confounds.names].bfill().to_numpy()
    run = (clean + motion @ rng.normal(size=(12, TARGETS)) * 5).astype(np.float32)
    found = clean_run(run, confounds.table, np.ones(N, bool), PLAIN, "run")
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, regress(run.astype(float), motion), atol=1e-4)
    np.testing.assert_allclose(found.mean(axis=0), run.mean(axis=0), atol=1e-4)
    for name in confounds.names:
        assert abs(np.corrcoef(found[:, 0], motion[:, confounds.names.index(name)])[0, 1]) < 1e-5


def test_censored_volumes_count_for_nothing(rng, tmp_path):
    """Fitted to the others alone, whatever they hold; they are put on the line between their neighbours."""
    table = confounds_table(rng, moved=(40, 41, 79), steady=2)
    arguments = {"strategy": ["motion", "scrub"], "motion": "basic", "scrub": 0}
    confounds = read_confounds(["x_bold.nii.gz"], write_confounds(tmp_path, table), arguments)
    censored = [0, 1, 40, 41, 79]
    assert np.flatnonzero(confounds.reasons == STEADY).tolist() == [0, 1]
    assert np.flatnonzero(confounds.reasons == SCRUB).tolist() == [40, 41, 79]
    used = confounds.reasons == USED
    run = signals(rng)
    spoiled = run.copy()
    spoiled[censored] = 1e6
    found, same = (clean_run(values, confounds.table, used, PLAIN, "run") for values in (run, spoiled))
    np.testing.assert_array_equal(found, same)
    expected = regress(run[used].astype(float), table.loc[used, MOTION])
    np.testing.assert_allclose(found[used], expected, atol=1e-4)
    np.testing.assert_allclose(found[40], (2 * found[39] + found[42]) / 3, rtol=1e-5)
    np.testing.assert_array_equal(found[:2], found[[2, 2]])


@pytest.mark.parametrize("censored", [[], [40, 41], [30, 89], [0, 1, 30, 89, 118, 119]])
def test_the_filter_does_not_depend_on_censored_volumes(rng, censored):
    """Also where they lie symmetrically about the middle of the run, or at its ends; as scipy's filter on a spline."""
    used = np.ones(N, bool)
    used[censored] = False
    run = signals(rng) + np.linspace(0, 5, N, dtype=np.float32)[:, None]
    spoiled = np.where(used[:, None], run, np.float32(1e6))
    table = confounds_table(rng)[MOTION]
    settings = DenoiseSettings(None, 0.02, None, TR)
    found, same = (clean_run(values, table, used, settings, "run") for values in (run, spoiled))
    np.testing.assert_array_equal(found, same)
    inside = slice(np.flatnonzero(used)[0], np.flatnonzero(used)[-1] + 1)
    t, kept = np.arange(N), used[inside]

    def filtered(values):
        values = values[inside].astype(float).copy()
        if not kept.all():
            values[~kept] = CubicSpline(t[inside][kept], values[kept])(t[inside][~kept])
        sos = butter(5, 0.02, btype="highpass", fs=1 / TR, output="sos")
        return sosfiltfilt(sos, values, axis=0)[kept]

    X = filtered(table.to_numpy())
    Y = filtered(run)
    expected = Y - (X - X.mean(axis=0)) @ np.linalg.lstsq(X - X.mean(axis=0), Y, rcond=None)[0]
    np.testing.assert_allclose(found[used], expected, atol=2e-3)
    assert np.isfinite(found).all()


def test_targets_are_standardised_over_the_volumes_used(rng):
    used = np.arange(N) % 7 != 3
    run, none = signals(rng), pd.DataFrame(index=range(N))
    scores = clean_run(run, none, used, DenoiseSettings(None, None, "zscore_sample", TR), "run")[used]
    np.testing.assert_allclose(scores.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(scores.std(axis=0, ddof=1), 1, atol=1e-4)
    per_cent = clean_run(run, none, used, DenoiseSettings(None, None, "psc", TR), "run")[used]
    mean = run[used].astype(float).mean(axis=0)
    np.testing.assert_allclose(per_cent, (run[used] - mean) / mean * 100, atol=1e-3)
    filtered = clean_run(run, none, used, DenoiseSettings(None, 0.01, "psc", TR), "run")[used]
    assert 0.5 < filtered.std() < 2  # per cent of the mean before the filter, of noise of 1 around 100


@pytest.mark.parametrize("settings", [PLAIN, DenoiseSettings(None, 0.01, "zscore_sample", TR)])
def test_targets_that_are_constant_or_missing_go_through(rng, settings):
    """The medial wall, NaN or zero, and a target that is NaN once; the others are as without them."""
    table, used, run = confounds_table(rng)[MOTION], np.ones(N, bool), signals(rng)
    alone = clean_run(run[:, [0, 4, 5]], table, used, settings, "run")
    run[:, 1], run[:, 2], run[7, 3] = np.nan, 0, np.nan
    found = clean_run(run, table, used, settings, "run")
    np.testing.assert_array_equal(found[:, [1, 2, 3]], run[:, [1, 2, 3]])
    np.testing.assert_allclose(found[:, [0, 4, 5]], alone, atol=1e-5)


def test_blocks_of_targets_do_not_matter(rng, monkeypatch):
    from brainforecast.readers import denoising

    table, used, run = confounds_table(rng)[MOTION], np.arange(N) % 9 != 4, signals(rng)
    settings = DenoiseSettings(None, 0.01, "psc", TR)
    whole = clean_run(run, table, used, settings, "run")
    monkeypatch.setattr(denoising, "AT_ONCE", 2 * N)
    np.testing.assert_allclose(clean_run(run, table, used, settings, "run"), whole, rtol=1e-5, atol=1e-5)


def test_too_few_volumes_for_the_confounds(rng):
    used = np.zeros(N, bool)
    used[:8] = True
    with pytest.raises(BadInput) as error:
        clean_run(signals(rng), confounds_table(rng)[MOTION], used, PLAIN, "run.tsv")
    assert_bad_input(error, "run.tsv", "8 of 120 volumes left for 6 confounds", "more volumes than confounds")


def test_per_cent_of_a_mean_of_zero(rng):
    run = rng.normal(size=(N, 3)).astype(np.float32)
    with pytest.raises(BadInput) as error:
        clean_run(
            run, pd.DataFrame(index=range(N)), np.ones(N, bool), DenoiseSettings(None, None, "psc", TR), "run.tsv"
        )
    assert_bad_input(error, "run.tsv", "within a standard deviation of zero in 100%", "zscore_sample")


# confounds


@pytest.mark.parametrize(
    ("arguments", "n"),
    [
        ({"strategy": ["motion"], "motion": "basic"}, 6),
        ({"strategy": ["high_pass", "wm_csf"]}, 5),
        ({"strategy": ["scrub"]}, 0),
        ({"strategy": ["scrub", "motion"], "fd_threshold": 0.05, "motion": "basic", "demean": False}, 6),
    ],
)
def test_confounds_are_those_of_load_confounds(rng, tmp_path, arguments, n):
    """The arguments are passed on: the same table and volumes as nilearn gives for fMRIPrep's own image."""
    path = write_confounds(tmp_path, confounds_table(rng, moved=(50,)))
    if arguments.get("fd_threshold") == 0.05:
        with pytest.raises(BadInput):
            found = read_confounds(["run.npy"], path, arguments)
            clean_run(signals(rng), found.table, found.reasons == USED, PLAIN, "run")
        return
    found = read_confounds(["run.npy"], path, arguments)
    image = path.replace("_desc-confounds_timeseries.tsv", "_space-MNI152NLin2009cAsym_desc-preproc_bold.nii.gz")
    table, kept = load_confounds(image, **arguments)
    assert found.table.shape == (N, n)
    pd.testing.assert_frame_equal(found.table, table[sorted(table)])
    expected = np.arange(N) if kept is None else kept
    np.testing.assert_array_equal(np.flatnonzero(found.reasons == USED), expected)


def test_old_tables_and_sessions(rng, tmp_path):
    name = "sub-01/ses-2/func/sub-01_ses-2_task-fable_acq-mb_run-01_desc-confounds_regressors.tsv"
    path = write_confounds(tmp_path, confounds_table(rng), name)
    assert read_confounds(["run.tsv"], path, {"strategy": ["motion"], "motion": "basic"}).names == sorted(MOTION)


@pytest.mark.parametrize(
    ("change", "arguments", "parts"),
    [
        (lambda t: t.drop(columns="rot_z"), {"strategy": ["motion"]}, ["load_confounds refuses", "rot_z"]),
        (lambda t: t.rename(columns={"csf": "CSF"}), {"strategy": ["wm_csf"]}, ["load_confounds refuses"]),
        (lambda t: t.assign(csf=t["csf"].where(t.index != 7)), {"strategy": ["wm_csf"]}, ["row 9", "csf = n/a"]),
    ],
)
def test_tables_that_lack_what_is_wanted(rng, tmp_path, change, arguments, parts):
    path = write_confounds(tmp_path, change(confounds_table(rng)))
    with pytest.raises(BadInput) as error:
        read_confounds(["run.tsv"], path, arguments)
    assert_bad_input(error, path, *parts)


# a subject


def subject_of(folder, rng, n_confounds=N, moved=(20, 21), missing=(), **planned):
    """Two region runs with their tables of confounds, and what a job passes on."""
    paths, tables, runs = [], [], []
    for story in ("fable", "myth"):
        run = signals(rng)
        run[list(missing)] = np.nan
        runs.append(run)
        paths.append(str(write_region_run(folder / f"sub-01_task-{story}_timeseries.tsv", run)))
        name = f"sub-01_task-{story}_desc-confounds_timeseries.tsv"
        tables.append(write_confounds(folder, confounds_table(rng, n_confounds, moved=moved), name))
    targets = pd.DataFrame({"roi": [f"region{i}" for i in range(TARGETS)]})
    names = pd.read_csv(paths[0], sep="\t").columns.tolist()
    planned = {"n_dropped": [3, 0], "n_trs": [100, N], "n_volumes": [N, N]} | planned
    subject = SubjectRuns("01", ["fable", "myth"], tr=TR, response="region", **planned)
    return paths, tables, targets.assign(roi=names), subject, runs


ARGUMENTS = {"strategy": ["motion", "scrub"], "motion": "basic", "scrub": 0}


def test_runs_are_denoised_whole(rng, tmp_path):
    """Before volumes are dropped; names, reasons and values are in the file."""
    paths, tables, targets, subject, runs = subject_of(tmp_path, rng)
    settings = DenoiseSettings(ARGUMENTS, None, None, TR)
    write_denoised(denoise_subject(paths, tables, targets, subject, settings), tmp_path / "denoised.safetensors")
    found = list(read_denoised(tmp_path / "denoised.safetensors"))
    assert [run.about["confounds"] for run in found] == [sorted(MOTION)] * 2
    for run, raw, table in zip(found, runs, tables, strict=True):
        used = run.reasons == USED
        assert np.flatnonzero(run.reasons == SCRUB).tolist() == [20, 21] and used.sum() == N - 2
        expected = regress(raw[used].astype(float), pd.read_csv(table, sep="\t", na_values="n/a").loc[used, MOTION])
        np.testing.assert_allclose(run.values[used], expected, atol=1e-3)
    with pytest.raises(BadInput) as error:
        denoise_subject(paths, tables, targets, subject_of(tmp_path, rng, n_volumes=[N, 99])[3], settings)
    assert_bad_input(error, paths[1], "120 volumes", "99, as counted when the run was planned")


def test_confounds_of_another_length(rng, tmp_path):
    paths, tables, targets, subject, _ = subject_of(tmp_path, rng, n_confounds=N - 1)
    with pytest.raises(BadInput) as error:
        denoise_subject(paths, tables, targets, subject, DenoiseSettings(ARGUMENTS, None, None, TR))
    assert_bad_input(error, tables[0], "119 rows of confounds", "120, the volumes of", paths[0])


def test_drifts_that_a_table_has_no_columns_for(rng, tmp_path):
    """nilearn passes over cosines that are not there: noted of each run."""
    paths, tables, targets, subject, _ = subject_of(tmp_path, rng)
    settings = DenoiseSettings({"strategy": ["motion", "high_pass"], "motion": "basic"}, None, None, TR)
    assert not any(run.about["notes"] for run in denoise_subject(paths, tables, targets, subject, settings))
    table = pd.read_csv(tables[1], sep="\t", na_values="n/a")
    table.drop(columns=[f"cosine{k:02d}" for k in range(3)]).to_csv(tables[1], sep="\t", index=False, na_rep="n/a")
    first, second = denoise_subject(paths, tables, targets, subject, settings)
    assert not first.about["notes"]
    (note,) = second.about["notes"]
    assert tables[1] in note and "no cosine columns" in note


def test_missing_volumes_are_not_fitted(rng, tmp_path):
    """A volume that is n/a stops, unless it is masked, already censored, or outside the story."""
    settings = DenoiseSettings(ARGUMENTS, 0.01, None, TR)
    paths, tables, targets, subject, _ = subject_of(tmp_path, rng, missing=[50])
    with pytest.raises(BadInput) as error:
        denoise_subject(paths, tables, targets, subject, settings)
    assert_bad_input(error, paths[0], "volume 50", "dataset.missing_volumes")
    paths, tables, targets, subject, _ = subject_of(tmp_path, rng, missing=[50], missing_volumes="mask")
    for run in denoise_subject(paths, tables, targets, subject, settings):
        assert np.flatnonzero(run.reasons == MISSING).tolist() == [50] and np.isfinite(run.values).all()
    paths, tables, targets, subject, _ = subject_of(tmp_path, rng, missing=[20, 21])
    for run in denoise_subject(paths, tables, targets, subject, settings):
        assert np.flatnonzero(run.reasons).tolist() == [20, 21] and np.isfinite(run.values).all()


def test_a_surface_keeps_its_medial_wall(rng, tmp_path):
    """Both hemispheres, NaN on the wall, filtered without confounds."""
    run = rng.normal(100, 1, (40, 20_484)).astype(np.float32)
    run[:, [5, 10_300]] = np.nan
    name = "sub-01_task-fable_space-fsaverage5_hemi-{hemi}_bold.func.gii"
    paths = [str(path) for path in write_surface_run(tmp_path, name, run)]
    subject = SubjectRuns("01", ["fable"], [0], TR, "surface", "fsaverage5")
    settings = DenoiseSettings(None, 0.03, "zscore_sample", TR)
    (found,) = denoise_subject(paths, [], pd.DataFrame({"hemi": ["L"] * 10_242 + ["R"] * 10_242}), subject, settings)
    assert np.flatnonzero(np.isnan(found.values).all(axis=0)).tolist() == [5, 10_300]
    np.testing.assert_allclose(found.values[:, [0, 9, 20_000]].std(axis=0, ddof=1), 1, atol=1e-4)


def test_regions_of_a_subjects_own_atlas_are_denoised(rng, tmp_path):
    """The mean of a region, denoised, is the mean of its columns, denoised."""
    paths, tables, targets, subject, _ = subject_of(tmp_path, rng)
    settings = DenoiseSettings(ARGUMENTS, 0.01, None, TR)
    columns = denoise_subject(paths, tables, targets, subject, settings)
    parcels = pd.DataFrame({"hemi": None, "roi": ["a", "b", "a", None, "b", "a"]})
    regions = pd.DataFrame({"hemi": None, "roi": ["a", "b", "c"]})
    means = [region_means(run.values, find_regions(parcels, regions), 3) for run in columns]
    assert np.isnan(means[0][:, 2]).all()
    raw = [region_means(run, find_regions(parcels, regions), 3) for _, run in read_runs(paths, targets, subject)]
    for of_raw, run, mean, table in zip(raw, columns, means, tables, strict=True):
        confounds = read_confounds(["run.tsv"], table, ARGUMENTS).table
        found = clean_run(of_raw, confounds, run.reasons == USED, settings, "run")
        np.testing.assert_allclose(found, mean, atol=1e-4)


def test_the_arguments_are_those_of_nilearn():
    """What planning checks, without importing nilearn, is what load_confounds takes."""
    from nilearn.interfaces.fmriprep.load_confounds import all_confounds

    from brainforecast.planning.denoising import NUMBERS, STRATEGIES, VALUES

    assert set(STRATEGIES) == set(all_confounds)
    assert {"img_files", "strategy", *VALUES, *NUMBERS} == set(inspect.signature(load_confounds).parameters)


@pytest.mark.parametrize("name", ["motion", "wm_csf"])
def test_every_level_that_planning_knows_is_taken(rng, tmp_path, name):
    from brainforecast.planning.denoising import VALUES

    table = confounds_table(rng)
    for column in [*MOTION, "white_matter", "csf"]:
        table[f"{column}_derivative1"] = table[column].diff()
        table[f"{column}_power2"] = table[column] ** 2
        table[f"{column}_derivative1_power2"] = table[f"{column}_derivative1"] ** 2
    path = write_confounds(tmp_path, table)
    sizes = [len(read_confounds(["run.tsv"], path, {"strategy": [name], name: level}).names) for level in VALUES[name]]
    assert sizes == ([6, 12, 12, 24] if name == "motion" else [2, 4, 4, 8])
    with pytest.raises(BadInput):
        read_confounds(["run.tsv"], path, {"strategy": [name], name: "sixfold"})


def test_a_table_that_is_no_table(tmp_path):
    path = str(write_lines(tmp_path / TABLE, "a\tb", "1\t2"))
    with pytest.raises(BadInput) as error:
        read_confounds(["run.tsv"], path, {"strategy": ["motion"]})
    assert_bad_input(error, path, "load_confounds refuses")
