"""One run where nothing is kind: a dataset of another user that may only be read, odd paths, a umask, a full /tmp.

While it runs, another study is planned in the same folder, and the same one is started a second time.
"""

import dataclasses
import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from helpers.datasets import write_dataset
from helpers.pages import visible_text
from helpers.studies import Study, files_of, make_study, tiny_model

pytest_plugins = ["helpers.language_models", "helpers.workflow_runs"]

REGION = "<script>alert(1)</script> {subject} $x$ `touch pwned`"
SECTIONS = {
    "encoding": {"delays": [0, 1], "n_components": 2, "folds": {"n_folds": 2}, "alphas": {"n": 2}},
    "analyses": {"brain_score": {"models": ["tiny"], "layers": [1]}},
}
# root without its powers is a user like others; every folder for temporary files is full, and the study lies elsewhere
UNKIND = """
mount --bind "$PARENT" /mnt
for folder in /tmp /var/tmp; do
    mount -t tmpfs -o size=4k tmpfs $folder && head -c 4096 /dev/zero > $folder/full
done
cd "/mnt/$FOLDER" && exec setpriv --bounding-set=-all sh -c 'umask 077; exec "$@"' sh "$@"
"""


@dataclasses.dataclass(frozen=True)
class Run:
    """A study that has run, the bytes of its dataset before, and what two others printed meanwhile."""

    study: Study
    before: dict[str, bytes]
    of_another: str
    of_the_same: str
    is_tmp_full: bool


def write_locked(root: Path) -> dict:
    """A dataset of another user, whose files and folders may only be read."""
    dataset = write_dataset(root, subjects=["01"], stories={"fable": 30})
    for path in root.rglob("*_timeseries.tsv"):
        path.write_text(path.read_text().replace("region0", REGION))
    for path in [*root.rglob("*"), root]:
        path.chmod(0o555 if path.is_dir() else 0o444)
        if os.geteuid() == 0:
            shutil.chown(path, "nobody")
    return dataset


def can_be_unkind() -> bool:
    """Whether this machine lets a process have file systems of its own, and what it runs is not below /tmp."""
    command = ["unshare", "-m", "sh", "-c", "mount -t tmpfs tmpfs /tmp && setpriv --bounding-set=-all true"]
    tools = all(map(shutil.which, ("unshare", "setpriv"))) and os.path.isdir("/mnt")
    is_elsewhere = not Path(sys.prefix).is_relative_to("/tmp")
    return bool(tools) and is_elsewhere and subprocess.run(command, capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def run(tmp_path_factory, user_environment, tiny_gpt2) -> Run:
    """A complete run, and the other two."""
    parent = tmp_path_factory.mktemp('étude d\'été "2"; $(touch pwned) & co')
    shutil.copytree(tiny_gpt2, parent / "run/model")
    study = make_study(parent, write_locked, {"models": {"tiny": tiny_model("model")}, **SECTIONS}, user_environment)
    before, is_tmp_full = files_of(study.folder / "data"), can_be_unkind()
    shutil.copytree(user_environment["HOME"], parent / "home")
    prefix, new = ["sh", "-c", 'umask 077; exec "$@"', "sh"], parent
    environment = {**study.environment, "PARENT": str(parent), "FOLDER": study.folder.name}
    if is_tmp_full:
        prefix, new = ["unshare", "-m", "sh", "-c", UNKIND, "sh"], Path("/mnt")
        environment |= {"HOME": "/mnt/home", "XDG_CACHE_HOME": "/mnt/home/cache"}
        environment["PATH"] = environment["PATH"].replace(user_environment["HOME"], "/mnt/home")
    inside = dataclasses.replace(study, folder=new / study.folder.name, project=new / study.project.name)
    other = study.with_config("other", dataset__name="other")
    with open(parent / "output.txt", "w") as output:
        command = [*prefix, *inside.command("-q", "rules")]
        process = subprocess.Popen(command, env=environment, cwd=study.folder, stdout=output, stderr=output)
        until = time.monotonic() + 300
        while process.poll() is None and not study.results.exists() and time.monotonic() < until:
            time.sleep(0.05)
        of_the_same = study.run("plan", exit_code=None) if process.poll() is None else ""
        of_another = study.run("plan", "--configfile", other, exit_code=None)
        process.wait()
    assert process.returncode == 0, (parent / "output.txt").read_text()
    yield Run(study, before, of_another, of_the_same, is_tmp_full)
    for path in [study.folder / "data", *(study.folder / "data").rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)  # so that pytest can remove it


def test_the_dataset_is_as_it_was(run):
    """Nothing is written beside what is read."""
    assert files_of(run.study.folder / "data") == run.before


def test_every_result_is_there_and_nobody_elses(run):
    """Files and folders have the permissions of the umask, those inside of a library's too."""
    paths = [run.study.results, *run.study.results.rglob("*")]
    assert (run.study.results / "report.html").is_file()
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600, 0o700}


def test_a_region_is_its_name_in_the_report_and_no_command(run):
    """Neither the shell, nor Snakemake, nor the page takes a name or a path for its own."""
    page = (run.study.results / "report.html").read_text(encoding="utf-8")
    assert REGION in visible_text(page) and "<script>alert" not in page
    assert not [path for path in run.study.folder.parent.rglob("*") if path.name == "pwned"]


def test_another_study_runs_in_the_same_folder(run):
    """Each has its own results; the plan of the other is made while the first one runs."""
    assert "(100%) done" in run.of_another
    assert sorted(path.name for path in (run.study.folder / "results").iterdir()) == ["other", "tiny"]


def test_the_same_study_does_not_run_twice_at_once(run):
    """Snakemake states that another process makes the same files, and where."""
    assert "cannot be locked" in run.of_the_same and str(run.study.folder) in run.of_the_same


def test_a_full_tmp_stops_nothing(run):
    """The run above had no room in /tmp and /var/tmp."""
    if not run.is_tmp_full:
        pytest.skip("this machine lets no process have a /tmp of its own")
    assert (run.study.results / "figures/region_brain_scores.svg").is_file()
