"""Faults of a cluster, on a real SLURM: killed, cancelled, over a limit, drained, full, late; nothing is lost.

Every fault meets the project's own rules, with ``profiles/slurm``, on a copy of a study that a single machine has
finished. Some of its products are removed, SLURM makes them again while the fault happens, and in the end
every file of the results has the same bytes as before. Named faults, functions below, come at a moment at which it can
be seen what Snakemake and SLURM do about them. Random faults, one of each kind of `cluster.faults` that no other test
has, come at any moment; ``tests/cluster/chaos.py`` has all kinds and more of each, by hand. All run in parallel, for
most of their time is spent waiting.
"""

import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from cluster.episodes import Finished, survive
from cluster.faults import ON_ONE_MACHINE, ON_SLURM
from cluster.runs import PATIENCE, Run, Unavailable, small_disk
from cluster.slurm import Slurm, missing

pytestmark = [pytest.mark.slurm, pytest.mark.slow]
pytest_plugins = ["helpers.language_models", "helpers.workflow_runs"]

SUBJECT = "results/tiny/subjects/brain_scores.parquet/sub-03.parquet"  # the job that makes it makes all tables of 03
MERGED = "subjects/*/sub-03.parquet"
SCORES = "scores/sub-03/tiny/layer-2_base-paper_source-[st]*"  # two of them: true, shuffled
SEED = 18
MOST_JOBS = 1  # of a random episode: each costs seconds of processor
NAMED = {  # kinds of random faults that a named one is: those below, and a killed run in test_workflow.py
    "controller_killed", "second_controller", "job_killed", "job_cancelled", "node_drained", "disk_full", "all_killed",
}  # fmt: skip
RANDOM = [name for name in (*ON_SLURM, *ON_ONE_MACHINE) if name not in NAMED]

FAULTS: dict[str, Callable[[Run], None]] = {}


def fault(function: Callable[[Run], None]) -> Callable[[Run], None]:
    """Register a function as a fault."""
    FAULTS[function.__name__] = function
    return function


@pytest.fixture(scope="module")
def slurm() -> Iterator[Slurm]:
    """A SLURM of two nodes for all named faults but those of SLURM itself."""
    with new_slurm() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def struck_slurm() -> Iterator[Slurm]:
    """A SLURM of two nodes for random faults: they kill its controller and take its nodes away, with all jobs there."""
    with new_slurm() as cluster:
        yield cluster


class new_slurm:
    """A SLURM in its own folder, for as long as a block lasts."""

    def __init__(self, **options: int):
        if missing():
            pytest.skip(f"no SLURM here to start: {', '.join(missing())} not found")
        self.folder = Path(tempfile.mkdtemp(prefix="slurm-"))
        self.folder.chmod(0o755)  # munge needs to read its socket's folder
        self.cluster = Slurm(self.folder, **options)

    def __enter__(self) -> Slurm:
        self.cluster.start()
        return self.cluster

    def __exit__(self, *_: object) -> None:
        self.cluster.stop()
        shutil.rmtree(self.folder)


@pytest.fixture(scope="module")
def outcomes(request, slurm, struck_slurm, region_study, tmp_path_factory) -> Iterator[dict[str, Future]]:
    """The selected faults, all running."""
    chosen = {item.callspec.params["name"] for item in request.session.items if item.path == request.path}
    finished = Finished(region_study)

    def named(name: str) -> None:
        study = region_study.copy(tmp_path_factory.mktemp(name) / "copy")
        FAULTS[name](Run(study, finished.wanted).on(slurm))

    def drawn(name: str) -> None:
        fault, cluster = (ON_SLURM | ON_ONE_MACHINE)[name], struck_slurm if name in ON_SLURM else None
        folder = tmp_path_factory.mktemp(name)
        outcome = survive(finished, name, fault, folder, f"{SEED}-{name}", most=MOST_JOBS, slurm=cluster)
        assert not outcome.lost, outcome.lost
        assert not outcome.differing
        assert outcome.struck

    with ThreadPoolExecutor(len(FAULTS) + len(RANDOM)) as pool:
        futures = {name: pool.submit(named, name) for name in FAULTS if name in chosen}
        yield futures | {name: pool.submit(drawn, name) for name in RANDOM if name in chosen}


@fault
def a_controller_killed(run: Run) -> None:
    """Kill -9 of Snakemake leaves its SLURM jobs at work; the next run ends them first, and does the rest."""
    run.remove("activations/tiny/fable*", "designs/fable60", "scores/sub-03", MERGED)
    first = run.start(SUBJECT)
    run.catch("build_design")
    first.kill()
    left = {job["id"] for job in run.jobs("RUNNING", "PENDING")}
    assert left
    output = run.go(SUBJECT)
    assert "the lock of a run that was killed is removed" in output
    assert "SLURM jobs of a run that was killed are cancelled" in output
    cancelled = {job["id"] for job in run.jobs("CANCELLED")}
    assert cancelled and cancelled <= left
    assert {job["partition"] for job in run.jobs(of="extract_activations")} == {"gpu"}
    assert {job["partition"] for job in run.jobs(of="score_cells")} == {"cpu"}
    run.assert_as_undisturbed()


@fault
def a_controller_inside_a_job(run: Run) -> None:
    """Snakemake may itself be a SLURM job."""
    run.remove(SCORES, MERGED)
    shell = shlex.join(run.study.command(*run.arguments(SUBJECT)))
    batch = ["sbatch", "--wait", "--mem=500", f"--output={run.study.folder}/controller.txt", f"--wrap={shell}"]
    done = subprocess.run(batch, env=run.study.environment, cwd=run.study.folder, timeout=PATIENCE)
    assert done.returncode == 0, (run.study.folder / "controller.txt").read_text()
    assert len(run.jobs("COMPLETED", of="score_cells")) == 2
    run.assert_as_undisturbed()


@fault
def two_controllers(run: Run) -> None:
    """A second Snakemake in the same folder is refused by the lock, and the first does not notice."""
    run.remove(SCORES, MERGED)
    first = run.start(SUBJECT)
    job = run.catch("score_cells")
    assert "Directory cannot be locked" in run.go(SUBJECT, exit_code=1)
    job.resume()
    first.finish()
    assert len(run.jobs("COMPLETED")) == len(run.jobs()) == 3
    run.assert_as_undisturbed()


@fault
def a_job_killed_and_one_cancelled(run: Run) -> None:
    """A process that dies of kill -9, and a job that somebody cancels: both run again without help."""
    run.remove(SCORES, MERGED)
    controller = run.start(SUBJECT)
    run.catch("score_cells").kill()
    run.catch("merge_subject")
    (job,) = run.jobs("RUNNING", of="merge_subject")
    run.slurm.ask("scancel", job["id"])
    controller.finish()
    ended = sorted((job["comment"].split("_")[1], job["state"]) for job in run.jobs())
    assert ended[:2] == [("merge", "CANCELLED"), ("merge", "COMPLETED")]
    assert ended[2:] == [("score", "COMPLETED"), ("score", "COMPLETED"), ("score", "FAILED")]
    run.assert_as_undisturbed()


@fault
def a_node_drained(run: Run) -> None:
    """The only node is drained while a job runs there: the job ends, others wait, and run when the node is back."""
    with new_slurm(n_nodes=1, cpus=1) as slurm:
        run = run.on(slurm)
        run.remove(SCORES, MERGED)
        controller = run.start(SUBJECT)
        job = run.catch("score_cells")
        run.wait(lambda: len(run.jobs()) == 2)
        slurm.ask("scontrol", "update", "nodename=n1", "state=drain", "reason=test")
        job.resume()
        run.wait(lambda: not run.jobs("RUNNING", "COMPLETING"))
        time.sleep(3)
        assert sorted(job["state"] for job in run.jobs()) == ["COMPLETED", "PENDING"]
        output = run.study.run("status", "--nolock", "--quiet", "all")
        assert "3 subjects: 2 complete, 1 running, 0 failed, 0 missing" in output
        assert "jobs: 0 at work, 1 waiting in SLURM, 0 failed" in output
        slurm.ask("scontrol", "update", "nodename=n1", "state=resume")
        controller.finish()
        assert [job["state"] for job in run.jobs()] == 3 * ["COMPLETED"]
        run.assert_as_undisturbed()


@fault
def a_full_disk(run: Run) -> None:
    """The disk of the scores fills: files are complete or absent, the absent are reported; with room, they are made."""
    inner = "scores/sub-03/tiny"
    run.remove(inner, MERGED)
    folder = run.study.results / inner
    folder.mkdir()
    with small_disk(folder, "8k"):
        run.go(SUBJECT, "--retries", "0", exit_code=1)
        assert {
            path.name for path in folder.iterdir() if path.read_bytes() != run.wanted[f"{inner}/{path.name}"]
        } == set()
        assert 0 < len(list(folder.iterdir())) < 4
        output = run.study.run("status", "--nolock", "--quiet", "all")
        assert "3 subjects: 2 complete, 0 running, 1 failed, 0 missing" in output
        assert "No space left on device" in output
        subprocess.run(["mount", "-o", "remount,size=1m", folder], check=True)
        run.go(SUBJECT)
        run.assert_as_undisturbed()


@pytest.mark.parametrize("name", FAULTS)
def test_fault(outcomes, name):
    """The study ends with the results of an undisturbed run."""
    check(outcomes[name])


@pytest.mark.parametrize("name", RANDOM)
def test_random_fault(outcomes, name):
    """At whatever moment it comes, no file is there in part, the same command ends, with all files as before."""
    check(outcomes[name])


def check(outcome: Future) -> None:
    """Wait for the outcome of a fault; skip the test where this machine lacks what the fault needs."""
    try:
        outcome.result()
    except Unavailable as error:
        pytest.skip(str(error))
