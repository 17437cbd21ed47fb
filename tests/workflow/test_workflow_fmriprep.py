"""fMRIPrep's output as it is: one signal in three spaces, and three configs that differ in section `dataset` alone."""

import json
import os
from collections.abc import Callable

import nibabel
import numpy as np
import pandas as pd
import pytest
import yaml
from nilearn.interfaces.fmriprep import load_confounds

from brainforecast.planning.config import check_config
from brainforecast.planning.study import plan_of
from brainforecast.storage.responses import load_responses
from helpers.datasets import REPOSITORY
from helpers.documents import DATASETS as DATASETS_PAGE
from helpers.documents import apply_diff
from helpers.fmriprep_tree import DATASETS, MOVED, SESSIONS, Tree, write_tree
from helpers.planted_regions import ONSET, REGIONS, SHARES, START_TIME, TR
from helpers.studies import ENCODING, Study

pytest_plugins = ["helpers.language_models", "helpers.workflow_runs"]

SCHEMA = REPOSITORY / "workflow/schemas/config.schema.yaml"
SUBJECTS = ("01", "02", "03")
CONFOUNDS = {"strategy": ["motion", "high_pass", "scrub"], "motion": "basic", "scrub": 0, "fd_threshold": 0.5}
CLEANING = {"confounds": CONFOUNDS, "standardize": "zscore_sample"}  # runs differ in level and gain
SECTIONS = {
    "fanout": {"cells_per_job": 50},
    "encoding": ENCODING | {"delays": [0, 1, 2, 3, 4]},
    "analyses": {
        "brain_score": {"models": ["tiny"], "layers": [1, 2]},
        "forecast": {"models": ["tiny"], "layers": [2], "sources": ["true"], "widths": [3], "distances": [0, 2]},
    },
    "maps": {"model": "tiny", "layer": 2, "width": 3, "distance": 2},
    "figures": {"curves": [{"level": "roi", "roi": "superiortemporal"}]},
}
# figures and report take half of the time: of all three with BRAINFORECAST_ALL_REPORTS=1
TO_REPORT = tuple(DATASETS) if os.environ.get("BRAINFORECAST_ALL_REPORTS") else ("volume",)
SAME = 0.002  # r; the three hold the same signal with other levels, gains and rounding


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Tree:
    """The raw data, the derivatives and the atlases."""
    return write_tree(tmp_path_factory.mktemp("fmriprep"), SUBJECTS)


@pytest.fixture(scope="module")
def study_of(new_study, tree) -> Callable[[str], Study]:
    """A function that makes the study of one kind of response."""

    def make(kind: str) -> Study:
        def link(root):
            root.parent.mkdir(parents=True)
            root.symlink_to(tree.raw)
            return {"name": "two", "derivatives": str(tree.derivatives)} | CLEANING | DATASETS[kind]

        return new_study(link, atlas=tree.atlas, **SECTIONS)

    return make


@pytest.fixture(scope="module")
def studies(study_of) -> dict[str, Study]:
    """A run of each to the scores of regions, or complete."""
    done = {kind: study_of(kind) for kind in DATASETS}
    for kind, study in done.items():
        study.run(*([] if kind in TO_REPORT else ["results/two/group/roi_scores.parquet"]))
    return done


def regions(study: Study) -> pd.Series:
    """Brain scores of the group in the regions that hold a signal: (hemi, roi) -> r."""
    scores = pd.read_parquet(study.results / "group/roi_scores.parquet")
    kept = scores[(scores["score"] == "brain_score") & (scores["layer"] == 2) & (scores["level"] == "roi")]
    kept = kept[(kept["model"] == "tiny") & kept["source"].isin(["present"])].astype({"hemi": str, "roi": str})
    return kept.set_index(["hemi", "roi"])["mean"].loc[REGIONS]


def test_the_tree_is_what_nilearn_reads(tree):
    """Confounds are found from the names of all three kinds of image; the first volume and the moved ones are out."""
    for subject, story in MOVED:
        folder = tree.derivatives / f"sub-{subject}/ses-{SESSIONS[story]}/func"
        images = [p for p in sorted(folder.glob("*_bold.*")) if p.suffix != ".json"]
        assert len(images) == 4
        for image in images:
            confounds, kept = load_confounds(str(image), **CONFOUNDS)
            n_volumes = tree.speech[story].n_volumes
            assert confounds.shape == (n_volumes, 8)
            assert sorted({*range(n_volumes)} - {*kept}) == [0, *MOVED[subject, story]]
    cifti = nibabel.load(next(folder.glob("*.dtseries.nii")))
    assert [name for name, *_ in cifti.header.get_axis(1).iter_structures()][:2] == [
        f"CIFTI_STRUCTURE_CORTEX_{side}" for side in ("LEFT", "RIGHT")
    ]


@pytest.mark.parametrize("kind", DATASETS)
def test_each_kind_is_planned(kind, tree):
    """Subjects, stories and volumes of the plan; the audio starts three volumes into a run."""
    dataset = {"name": "two", "root": str(tree.raw), "derivatives": str(tree.derivatives)} | CLEANING
    models = {"tiny": {"source": "models/tiny"}}
    config = {"dataset": dataset | DATASETS[kind], "models": models, "atlas": tree.atlas, **SECTIONS}
    plan = plan_of(check_config(config, SCHEMA))
    assert {subject: [run.story for run in runs] for subject, runs in plan.runs.items()} == {
        subject: [*SESSIONS] for subject in SUBJECTS
    }
    for run in (run for runs in plan.runs.values() for run in runs):
        assert run.n_trs == run.n_volumes - run.n_dropped == tree.speech[run.story].n_volumes - run.n_dropped
        assert run.n_dropped * TR + plan.stories[run.story].shift == pytest.approx(ONSET - START_TIME)
    assert all(len(run.paths) == (2 if kind == "surface" else 1) for runs in plan.runs.values() for run in runs)
    assert not [row for row in plan.exclusions if row.run]


def test_a_lab_changes_few_lines(tree):
    """The config that docs/datasets.md makes from one that ships plans this study."""
    config = yaml.safe_load(apply_diff(DATASETS_PAGE)[0])
    config["dataset"] |= {"root": str(tree.raw), "derivatives": str(tree.derivatives)}
    plan = plan_of(check_config(config, SCHEMA))
    assert {subject: [run.story for run in runs] for subject, runs in plan.runs.items()} == {
        subject: [*SESSIONS] for subject in SUBJECTS
    }


def test_each_config_runs_to_a_report(studies):
    """The note on what was removed, of each kind; a report and maps."""
    for kind, study in studies.items():
        if kind in TO_REPORT:
            assert (study.results / "report.html").stat().st_size > 10_000, kind
            assert list((study.results / "maps").glob("*")), kind
        notes = json.loads((study.results / "provenance.json").read_text())["notes"]
        assert [note for note in notes if "motion" in note and "high_pass" in note and "scrub" in note], kind


def test_configs_differ_in_the_dataset_alone(studies):
    """Any other section is the same."""
    rest = [{key: value for key, value in study.config.items() if key != "dataset"} for study in studies.values()]
    assert rest[0] == rest[1] == rest[2]


def test_region_scores_agree_between_the_kinds(studies):
    """The same region of each kind has the same score; regions differ, by how much of them follows the words."""
    scores = pd.DataFrame({kind: regions(study) for kind, study in studies.items()})
    assert scores.notna().all().all()
    assert (scores.max(axis=1) - scores.min(axis=1)).max() < SAME
    means = scores["volume"].groupby(level="roi").mean().loc[list(SHARES)].to_numpy()
    assert means[0] > 0.5 and abs(means[-1]) < 0.2 and np.all(np.diff(means) < 0)


def test_targets_are_those_of_the_space(studies):
    """Vertices of both hemispheres; grayordinates, those of the thalamus without a hemisphere; voxels of the mask."""
    targets = {kind: pd.read_parquet(study.results / "targets.parquet") for kind, study in studies.items()}
    assert len(targets["surface"]) == 2 * 10_242
    cortex = targets["dtseries"].groupby("hemi", observed=True).size()
    assert cortex.to_dict() == {"L": 29_696, "R": 29_716}
    assert targets["dtseries"]["hemi"].isna().sum() == 40
    for kind, table in targets.items():
        named = set(zip(table["hemi"].astype(object), table["roi"].astype(object), strict=True))
        assert set(REGIONS) <= named, kind


def test_moved_volumes_are_counted(studies):
    """Volumes in which a subject moved are not used, the others are; the first one was dropped before the story."""
    for kind, study in studies.items():
        censored = {
            (subject, story): n
            for subject in SUBJECTS
            for responses in [load_responses(study.results / f"responses/sub-{subject}.safetensors")]
            for story, n in zip(responses.summary["stories"], responses.summary.get("n_censored", ()), strict=False)
            if n
        }
        assert censored == {key: len(volumes) for key, volumes in MOVED.items()}, kind
