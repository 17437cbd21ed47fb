"""A small study as fMRIPrep 24 leaves it: raw data in one folder, derivatives in another, one signal in three spaces.

The axis of the CIFTI files has all of cortex at 32k and a little of the thalamus, where fMRIPrep's 91,282 grayordinates
have all of the subcortex; voxels of the volumes are 10 mm wide. Names, sidecars and confounds are those of fMRIPrep.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np
from nibabel.cifti2 import BrainModelAxis, LabelAxis, SeriesAxis
from nilearn.datasets import load_fsaverage

from brainforecast.files import checked
from helpers.datasets import DESIKAN, write_gifti, write_lines, write_table_of_words
from helpers.planted_regions import ONSET, REGIONS, START_TIME, TR, Speech, draw_courses, speak, spread

SESSIONS = {"river": "01", "town": "02"}  # a story in each
SECONDS = {"river": 130.0, "town": 110.0}
N_CORTEX, N_MEDIAL = {"L": 29_696, "R": 29_716}, 32_492  # of fsLR at 32k: with cortex; all vertices
THALAMUS = 40  # voxels
AFFINE = np.array([[10.0, 0, 0, -90], [0, 10.0, 0, -126], [0, 0, 10.0, -72], [0, 0, 0, 1]])
SHAPE = (19, 23, 19)
RADIUS = 13.0  # mm, of a region of the volume
FRAMEWISE_DISPLACEMENT = 1.4  # mm, in the volumes of `MOVED`
MOVED = {("02", "river"): (31, 32), ("03", "town"): (40,)}  # volumes in which a subject moved
MOTION = ("trans_x", "trans_y", "trans_z", "rot_x", "rot_y", "rot_z")
DATASETS = {  # what differs between the configs, in the section dataset
    "surface": {"response": "surface", "space": "fsaverage5", "desc": None},
    "dtseries": {"response": "dtseries", "space": "fsLR", "desc": None},
    "volume": {"response": "volume", "space": "MNI152NLin2009cAsym", "desc": "preproc"},
}


@dataclass(frozen=True)
class Tree:
    """Where a tree is; `atlas` is the config's section, of all three spaces at once."""

    raw: Path
    derivatives: Path
    atlas: dict
    speech: dict[str, Speech]


@dataclass(frozen=True)
class _Run:
    """One run: `stem` is ``sub-01_ses-01_task-river``, `folder` its folder below raw data and derivatives."""

    subject: str
    story: str

    @property
    def stem(self) -> str:
        return f"sub-{self.subject}_ses-{SESSIONS[self.story]}_task-{self.story}"

    @property
    def folder(self) -> str:
        return f"sub-{self.subject}/ses-{SESSIONS[self.story]}/func"

    @property
    def seed(self) -> int:
        return 100 * int(self.subject) + sorted(SESSIONS).index(self.story)


def write_tree(folder: Path, subjects: tuple[str, ...] = ("01", "02", "03")) -> Tree:
    """Write raw data to ``<folder>/raw``, derivatives to ``<folder>/fmriprep`` and atlases to ``<folder>/atlases``."""
    raw, derivatives, atlases = (folder / name for name in ("raw", "fmriprep", "atlases"))
    speech = {story: speak(seed, SECONDS[story]) for seed, story in enumerate(SESSIONS)}
    _write_raw(raw, subjects, speech)
    _write_json(derivatives / "dataset_description.json", Name="fMRIPrep - fMRI PREProcessing workflow",
                BIDSVersion="1.4.0", DatasetType="derivative",
                GeneratedBy=[{"Name": "fMRIPrep", "Version": "24.1.1"}])  # fmt: skip
    labels = {"surface": _surface_labels(), "dtseries": _cifti_labels(), "volume": _volume_labels()}
    atlas = _write_atlases(atlases, labels)
    for run in (_Run(subject, story) for subject in subjects for story in SESSIONS):
        courses = draw_courses(speech[run.story], run.seed)
        _write_run(derivatives, run, courses, labels)
    return Tree(raw, derivatives, atlas, speech)


def _write_raw(root: Path, subjects: tuple[str, ...], speech: dict[str, Speech]) -> None:
    _write_json(root / "dataset_description.json", Name="Two stories", BIDSVersion="1.9.0", DatasetType="raw")
    write_lines(root / "participants.tsv", "participant_id\tage", *(f"sub-{subject}\t30" for subject in subjects))
    for story, spoken in speech.items():
        rows = zip(spoken.words, spoken.onset, spoken.duration, strict=True)
        write_table_of_words(root / f"stimuli/{story}/words.tsv", rows)
        long = round(float(spoken.onset[-1] + spoken.duration[-1]), 2)
        for run in (_Run(subject, story) for subject in subjects):
            stem = root / run.folder / run.stem
            rows = ["onset\tduration\ttrial_type", f"0.0\t{ONSET}\tfixation", f"{ONSET}\t{long}\tstory"]
            write_lines(stem.with_name(f"{stem.name}_events.tsv"), *rows)
            _write_json(stem.with_name(f"{stem.name}_bold.json"), RepetitionTime=TR, TaskName=story)


def _write_run(derivatives: Path, run: _Run, courses: np.ndarray, labels: dict[str, np.ndarray]) -> None:
    """The run in three spaces, the mask of the volume, the confounds, and the sidecars."""
    stem = derivatives / run.folder / run.stem
    motion, drift = _write_confounds(stem, run, len(courses))
    nuisance = np.column_stack([motion, drift])
    timing = {"RepetitionTime": TR, "StartTime": START_TIME, "SliceTimingCorrected": True, "SkullStripped": False}
    runs = {kind: _disturb(spread(courses, own, run.seed), nuisance, run) for kind, own in labels.items()}
    halves = np.split(runs["surface"], 2, axis=1)
    for hemi, half in zip("LR", halves, strict=True):
        write_gifti(_beside(stem, f"hemi-{hemi}_space-fsaverage5_bold.func.gii"), half)
        _write_json(_beside(stem, f"hemi-{hemi}_space-fsaverage5_bold.json"), **timing)
    axes = (SeriesAxis(0, TR, len(courses)), _brain_models())
    path = _beside(stem, "space-fsLR_den-91k_bold.dtseries.nii")
    _write_cifti(path, runs["dtseries"], axes, "NIFTI_INTENT_CONNECTIVITY_DENSE_SERIES")
    _write_json(_beside(stem, "space-fsLR_den-91k_bold.json"), **timing, grayordinates="91k", space="HCP grayordinates")
    space = "space-MNI152NLin2009cAsym_res-2"
    inside = _inside()
    image = np.zeros((*SHAPE, len(courses)), dtype=np.float32)
    image[inside] = runs["volume"].T
    _write_nifti(_beside(stem, f"{space}_desc-preproc_bold.nii.gz"), image)
    _write_json(_beside(stem, f"{space}_desc-preproc_bold.json"), **timing, Resolution="Native 10 mm")
    _write_nifti(_beside(stem, f"{space}_desc-brain_mask.nii.gz"), inside.astype(np.uint8))
    _write_nifti(_beside(stem, f"{space}_boldref.nii.gz"), image.mean(axis=3))


def _disturb(values: np.ndarray, nuisance: np.ndarray, run: _Run) -> np.ndarray:
    """Add motion and drift, with weights of each target's own, and what movement does to single volumes."""
    rng = np.random.default_rng(run.seed + 1)
    weights = rng.uniform(-10, 10, (nuisance.shape[1], values.shape[1])).astype(np.float32)
    values = values + (nuisance.astype(np.float32) @ weights)
    values[list(MOVED.get((run.subject, run.story), ()))] += 500
    return values


def _write_confounds(stem: Path, run: _Run, n_volumes: int) -> tuple[np.ndarray, np.ndarray]:
    """Write the table of confounds and its sidecar; return motion and cosines, (n_volumes, 6) and (n_volumes, 2)."""
    rng = np.random.default_rng(run.seed + 2)
    motion = rng.normal(0, 0.1, (n_volumes, 6)).cumsum(axis=0) * [1, 1, 1, 0.02, 0.02, 0.02]
    time = (np.arange(n_volumes) + 0.5) / n_volumes
    cosines = np.column_stack([np.cos(np.pi * k * time) for k in (1, 2)]) * np.sqrt(2 / n_volumes)
    tissue = {name: rng.normal(500, 5, n_volumes) for name in ("global_signal", "csf", "white_matter")}
    displacement = rng.uniform(0.05, 0.2, n_volumes)
    moved = list(MOVED.get((run.subject, run.story), ()))
    displacement[moved] = FRAMEWISE_DISPLACEMENT
    columns = {name: values for base, course in tissue.items() for name, values in _expand(base, course).items()}
    changes = {"std_dvars": 5, "dvars": 30, "framewise_displacement": 1, "rmsd": 0.5}
    columns |= {name: _from_second(scale * displacement) for name, scale in changes.items()}
    columns |= {f"a_comp_cor_{k:02d}": rng.normal(0, 0.1, n_volumes) for k in range(4)}
    columns |= {f"cosine{k:02d}": cosines[:, k] for k in range(2)}
    columns |= {"non_steady_state_outlier00": np.eye(n_volumes)[0]}
    for base, course in zip(MOTION, motion.T, strict=True):
        columns |= _expand(base, course)
    columns |= {f"motion_outlier{k:02d}": np.eye(n_volumes)[volume] for k, volume in enumerate(moved)}
    rows = zip(*([_cell(value) for value in values] for values in columns.values()), strict=True)
    write_lines(_beside(stem, "desc-confounds_timeseries.tsv"), "\t".join(columns), *("\t".join(row) for row in rows))
    about = {"Method": "aCompCor", "Mask": "combined", "Retained": True, "SingularValue": 9.0,
             "VarianceExplained": 0.1, "CumulativeVarianceExplained": 0.1}  # fmt: skip
    components = {f"a_comp_cor_{k:02d}": about for k in range(4)}
    _write_json(_beside(stem, "desc-confounds_timeseries.json"), **components, csf={"Method": "Mean"})
    return motion, cosines * np.sqrt(n_volumes)


def _expand(base: str, course: np.ndarray) -> dict[str, np.ndarray]:
    """A course, its derivative, and the squares of both, as fMRIPrep names them."""
    derivative = np.r_[np.nan, np.diff(course)]
    return {base: course, f"{base}_derivative1": derivative,
            f"{base}_power2": course**2, f"{base}_derivative1_power2": derivative**2}  # fmt: skip


def _from_second(course: np.ndarray) -> np.ndarray:
    """A course that is not defined for the first volume."""
    return np.r_[np.nan, course[1:]]


def _cell(value: float) -> str:
    return "n/a" if np.isnan(value) else f"{value:.9g}"


def _write_atlases(folder: Path, labels: dict[str, np.ndarray]) -> dict:
    """The regions of all three spaces: Desikan's on fsaverage5, ours, of the same names, on fsLR and in the volume."""
    names = [f"{hemi}_{name}" for hemi, name in REGIONS]
    table = {0: ("???", (0, 0, 0, 0))} | {k: (name, (0.1 * k, 0, 0, 1)) for k, name in enumerate(names, start=1)}
    axes = (LabelAxis(["regions"], [table]), _brain_models())
    (folder / "volume").mkdir(parents=True)
    keys = (labels["dtseries"] + 1).astype(np.float32)[None]
    _write_cifti(folder / "regions.dlabel.nii", keys, axes, "NIFTI_INTENT_CONNECTIVITY_DENSE_LABELS")
    image = np.zeros(SHAPE, dtype=np.int16)
    image[_inside()] = labels["volume"] + 1
    _write_nifti(folder / "volume/regions.nii.gz", image)
    rows = (f"{k}\tctx-{hemi.lower()}h-{name}" for k, (hemi, name) in enumerate(REGIONS, start=1))
    write_lines(folder / "volume/regions.tsv", "index\tname", *rows)
    files = {"dlabel": "regions.dlabel.nii", "volume": "volume/regions.nii.gz", "table": "volume/regions.tsv"}
    return DESIKAN | {key: str(folder / name) for key, name in files.items()}


def _surface_labels() -> np.ndarray:
    """Index of the region of each vertex of fsaverage5, L first, -1 where there is none, (20484,)."""
    return np.concatenate([_desikan(hemi) for hemi in "LR"])


def _desikan(hemi: str) -> np.ndarray:
    image = nibabel.load(checked(DESIKAN[hemi]))
    names = image.labeltable.get_labels_as_dict()
    index = {name: k for k, (side, name) in enumerate(REGIONS) if side == hemi}
    return np.array([index.get(names[key], -1) for key in image.darrays[0].data])


def _cifti_labels() -> np.ndarray:
    """The same of each grayordinate: a stretch of 400 vertices for each region; without surfaces they have no place."""
    halves = []
    for hemi, n in N_CORTEX.items():
        half = np.full(n, -1)
        own = [k for k, (side, _) in enumerate(REGIONS) if side == hemi]
        for number, k in enumerate(own):
            half[1000 + 4000 * number :][:400] = k
        halves.append(half)
    return np.concatenate([*halves, np.full(THALAMUS, -1)])


def _volume_labels() -> np.ndarray:
    """The same of each voxel of the mask: a ball around the middle of the region on the surface."""
    voxels = nibabel.affines.apply_affine(AFFINE, np.argwhere(_inside()))
    pial, surface = load_fsaverage("fsaverage5")["pial"].parts, _surface_labels()
    halves = {"L": (pial["left"].coordinates, surface[:10_242]), "R": (pial["right"].coordinates, surface[10_242:])}
    middles = [halves[hemi][0][halves[hemi][1] == k].mean(axis=0) for k, (hemi, _) in enumerate(REGIONS)]
    distance = np.linalg.norm(voxels[:, None] - np.array(middles), axis=2)
    return np.where(distance.min(axis=1) < RADIUS, distance.argmin(axis=1), -1)


def _inside() -> np.ndarray:
    """The voxels of the brain: an ellipsoid."""
    places = nibabel.affines.apply_affine(AFFINE, np.argwhere(np.ones(SHAPE)))
    return (np.linalg.norm((places - [0, -18, 10]) / [75, 92, 72], axis=1) < 1).reshape(SHAPE)


def _brain_models() -> BrainModelAxis:
    """Cortex without its medial wall, as HCP's grayordinates have it, and some voxels of the thalamus."""
    cortex = [
        BrainModelAxis.from_surface(np.arange(n) + (N_MEDIAL - n) // 2, N_MEDIAL, f"CIFTI_STRUCTURE_CORTEX_{side}")
        for n, side in zip(N_CORTEX.values(), ("LEFT", "RIGHT"), strict=True)
    ]
    thalamus = np.zeros(SHAPE, dtype=bool)
    thalamus.flat[np.flatnonzero(_inside())[1000 : 1000 + THALAMUS]] = True
    return cortex[0] + cortex[1] + BrainModelAxis.from_mask(thalamus, "CIFTI_STRUCTURE_THALAMUS_LEFT", AFFINE)


def _write_cifti(path: Path, values: np.ndarray, axes: tuple, intent: str) -> None:
    image = nibabel.Cifti2Image(values, axes)
    image.nifti_header.set_intent(intent)
    nibabel.save(image, path)


def _write_nifti(path: Path, values: np.ndarray) -> None:
    image = nibabel.Nifti1Image(values, AFFINE)
    image.header.set_sform(AFFINE, code="mni")
    if values.ndim == 4:
        image.header.set_zooms((10, 10, 10, TR))
        image.header.set_xyzt_units("mm", "sec")
    nibabel.save(image, path)


def _write_json(path: Path, **content: object) -> None:
    write_lines(path, json.dumps(content, indent=2))


def _beside(stem: Path, rest: str) -> Path:
    return stem.with_name(f"{stem.name}_{rest}")
