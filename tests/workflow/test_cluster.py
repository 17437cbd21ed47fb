"""Faults of a cluster, on a real SLURM: killed, cancelled, over a limit, drained, full, late; nothing is lost.

Every fault meets the project's own rules, with ``profiles/slurm``, on a copy of a study that a single machine has
finished. Some of its products are removed, SLURM makes them again while the fault happens, and in the end
every file of the results has the same bytes as before. The faults run in parallel, for most of their time is spent
waiting: each is a function below, and a test of its name.
"""

import contextlib
import dataclasses
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from cluster.slurm import Slurm, missing, wait_until
from helpers.studies import Study, files_of

pytestmark = [pytest.mark.slurm, pytest.mark.slow]
pytest_plugins = ["helpers.language_models", "helpers.workflow_runs"]

PATIENCE = 400  # s that anything may take
SUBJECT = "results/tiny/subjects/brain_scores.parquet/sub-03.parquet"  # the job that makes it makes all tables of 03
MERGED = "subjects/*/sub-03.parquet"
SCORES = "scores/sub-03/tiny/layer-2_base-paper_source-[st]*"  # two of them: true, shuffled


@dataclasses.dataclass(frozen=True)
class Run:
    """A study in its own folder, its expected results, and the SLURM it runs on."""

    study: Study
    slurm: Slurm
    wanted: dict[str, bytes]

    def remove(self, *patterns: str) -> None:
        """Remove products, so that they are made again."""
        for pattern in patterns:
            paths = list(self.study.results.glob(pattern))
            assert paths, pattern
            for path in paths:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def arguments(self, *arguments: str) -> list[str]:
        """Command line of Snakemake: the profile as it ships, but with earlier status checks."""
        profile = ["--profile", str(self.study.project / "profiles/slurm")]
        return [*arguments, *profile, "--slurm-init-seconds-before-status-checks", "2"]

    def go(self, *arguments: str, exit_code: int | None = 0) -> str:
        """Run Snakemake on SLURM to its end."""
        return self.study.run(*self.arguments(*arguments), exit_code=exit_code)

    def start(self, *arguments: str, prefix: Sequence[str] = ()) -> "Controller":
        """Start Snakemake on SLURM in the background, below another command."""
        return Controller(self, *arguments, prefix=prefix)

    def on(self, slurm: Slurm) -> "Run":
        """The same on another SLURM."""
        study = dataclasses.replace(self.study, environment={**self.study.environment, **slurm.environment})
        return dataclasses.replace(self, slurm=slurm, study=study)

    def jobs(self, *states: str, of: str = "") -> list[dict[str, str]]:
        """Jobs of this study in SLURM, in these states or in any, of this rule or of any."""
        found = [job for job in self.slurm.jobs(self.study.folder) if f"rule_{of}" in job["comment"]]
        return [job for job in found if not states or job["state"] in states]

    def catch(self, rule: str) -> psutil.Process:
        """Wait for a process that runs the script of a rule for this study, and stop it where it is."""
        found: list[psutil.Process] = []
        self.wait(lambda: found.extend(self._scripts(rule)) or found)
        found[0].suspend()
        return found[0]

    def _scripts(self, rule: str) -> Iterator[psutil.Process]:
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):  # ended meanwhile
                name = any(part.endswith(f".{rule}.py") for part in process.cmdline()[:2])
                if name and process.cwd() == str(self.study.folder):
                    yield process

    def wait(self, happened: Callable[[], object]) -> None:
        """Wait for something to happen to this study."""
        wait_until(lambda: bool(happened()), PATIENCE, lambda: "\n".join(map(str, self.jobs())), every=0.3)

    def assert_as_undisturbed(self) -> None:
        """Every file of the results is there and has the bytes of the undisturbed run."""
        found = files_of(self.study.results)
        assert found.keys() == self.wanted.keys()
        assert [name for name in found if found[name] != self.wanted[name]] == []


class Controller:
    """A Snakemake that runs in the background."""

    def __init__(self, run: Run, *arguments: str, prefix: Sequence[str]):
        self.path = run.study.folder / f"controller-{time.monotonic_ns()}.txt"
        with self.path.open("w") as output:
            command = [*prefix, *run.study.command(*run.arguments(*arguments))]
            self.process = subprocess.Popen(
                command, env=run.study.environment, cwd=run.study.folder, stdout=output, stderr=output
            )

    @property
    def output(self) -> str:
        """What it has printed."""
        return self.path.read_text()

    def kill(self) -> None:
        """End it as when its node crashes: without a message."""
        self.process.kill()
        self.process.wait()

    def finish(self) -> str:
        """Wait until it succeeds; return what it printed."""
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
        assert self.process.returncode == 0, self.output
        return self.output


FAULTS: dict[str, Callable[[Run], None]] = {}


def fault(function: Callable[[Run], None]) -> Callable[[Run], None]:
    """Register a function as a fault."""
    FAULTS[function.__name__] = function
    return function


@pytest.fixture(scope="module")
def slurm() -> Iterator[Slurm]:
    """A SLURM of two nodes for all faults but those of SLURM itself."""
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
def outcomes(request, slurm, region_study, tmp_path_factory) -> Iterator[dict[str, Future]]:
    """The selected faults, all running."""
    chosen = {item.callspec.params["name"] for item in request.session.items if item.originalname == "test_fault"}
    wanted = files_of(region_study.results)

    def new_run(name: str) -> Run:
        study = region_study.copy(tmp_path_factory.mktemp(name) / "copy")
        return Run(study, slurm, wanted).on(slurm)

    with ThreadPoolExecutor(len(FAULTS)) as pool:
        yield {name: pool.submit(FAULTS[name], new_run(name)) for name in FAULTS if name in chosen}


@fault
def a_controller_killed(run: Run) -> None:
    """Kill -9 of Snakemake leaves its SLURM jobs at work; the next run ends them first, and does the rest."""
    run.remove("activations/tiny/fable*", "designs/fable60", "scores/sub-03", MERGED)
    first = run.start(SUBJECT)
    run.catch("build_design")
    first.kill()
    left = {job["id"] for job in run.jobs("RUNNING", "PENDING")}
    assert left
    run.study.run("--unlock")
    output = run.go(SUBJECT)
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
def a_job_over_its_memory(run: Run) -> None:
    """A job that SLURM ends for its memory is submitted again with more."""
    run.remove(MERGED)
    run.go(SUBJECT, "--set-resources", "merge_subject:mem_mb=150 * attempt ** 3")
    assert [(job["memory"], job["state"]) for job in run.jobs()] == [("150M", "FAILED"), ("1200M", "COMPLETED")]
    run.assert_as_undisturbed()


@fault
def a_job_over_its_time(run: Run) -> None:
    """A job that hangs until SLURM ends it is submitted again with more time."""
    run.remove(MERGED)
    controller = run.start(SUBJECT, "--set-resources", "merge_subject:runtime=attempt")
    run.catch("merge_subject")
    controller.finish()
    assert [(job["minutes"], job["state"]) for job in run.jobs()] == [("1:00", "TIMEOUT"), ("2:00", "COMPLETED")]
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
def slurmctld_killed(run: Run) -> None:
    """SLURM's own controller is killed, comes back some seconds later, and learns then that a job has ended."""
    with new_slurm(n_nodes=1, cpus=1) as slurm:
        run = run.on(slurm)
        run.remove(SCORES, MERGED)
        controller = run.start(SUBJECT)
        job = run.catch("score_cells")
        run.wait(lambda: len(run.jobs()) == 2)
        slurm.kill("slurmctld")
        job.resume()
        time.sleep(8)
        slurm.start_controller()
        controller.finish()
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


class small_disk:
    """A disk of a given size mounted at a folder, for as long as a block lasts."""

    def __init__(self, folder: Path, size: str):
        self.folder, self.size = folder, size

    def __enter__(self) -> None:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={self.size}", "tmpfs", self.folder]
        done = subprocess.run(mount, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", self.folder], check=True)


@fault
def a_slow_shared_disk(run: Run) -> None:
    """Snakemake sees a job's files seconds after the job has ended: it waits, and does nothing twice.

    On a network file system a machine caches the content of a folder for some seconds. Here Snakemake has, in its own
    mount namespace, a mirror mounted at the results, and a file comes to the mirror seconds after Snakemake has looked
    for it in vain. Jobs see the results themselves.
    """
    run.remove(SCORES, MERGED)
    mirror = run.study.folder / "mirror"
    shutil.copytree(run.study.results, mirror)
    mount = f"mount --bind {shlex.quote(str(mirror))} {shlex.quote(str(run.study.results))}"
    apart = ["unshare", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh"]
    if subprocess.run([*apart, "true"], capture_output=True).returncode:
        pytest.skip("no mount namespace can be made here")
    controller, n_looked = run.start(SUBJECT, prefix=apart), 0
    while controller.process.poll() is None:
        time.sleep(0.2)
        if controller.output.count("seconds for missing files") > n_looked:
            n_looked = controller.output.count("seconds for missing files")
            time.sleep(5)
            copy_new_files(run.study.results, mirror)
    assert controller.finish() and n_looked > 1  # files were late indeed
    assert [job["state"] for job in run.jobs()] == 3 * ["COMPLETED"]
    run.assert_as_undisturbed()


def copy_new_files(source: Path, mirror: Path) -> None:
    """Copy files that are in one folder and not in the other."""
    for path in [path for path in source.rglob("[!.]*") if path.is_file()]:
        there = mirror / path.relative_to(source)
        if not there.exists():
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, there.with_name(f".{there.name}"))
            os.replace(there.with_name(f".{there.name}"), there)


@pytest.mark.parametrize("name", FAULTS)
def test_fault(outcomes, name):
    """The study ends with the results of an undisturbed run."""
    outcomes[name].result()
