"""Faults that strike a study at a random moment: on a SLURM, and on one machine.

A fault is a function of an episode. It starts the episode's command, does harm at a moment that the episode draws,
and waits until Snakemake has ended, whichever way. It returns whether the harm was done: a command may have ended
before. What follows is not its matter: the same command again, and the comparison of all files.
"""

import contextlib
import dataclasses
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from cluster.runs import PATIENCE, Controller, Mirror, Run
from cluster.slurm import wait_until

DYING = Path(__file__).parent / "dying"
BALLAST = "ballast"
ONE_AT_A_TIME = threading.Lock()  # for what all episodes of a SLURM feel


@dataclasses.dataclass
class Episode:
    """A study some of whose products are missing, the command that makes them, and a source of random moments.

    Parameters
    ----------
    run : the study.
    rules : of the jobs that will run.
    missing : files that they make, as paths in the study's folder.
    targets : what the command names; all of the study if nothing.
    random : draws moments and victims.
    started : the Snakemakes that it has started, in their order.
    leaves_traces : whether the command is given again even if it ended well.
    """

    run: Run
    rules: Sequence[str]
    missing: Sequence[str]
    targets: Sequence[str]
    random: random.Random
    started: list[Controller] = dataclasses.field(default_factory=list)
    leaves_traces: bool = False

    @property
    def ended_well(self) -> bool:
        """Whether the command that met the fault has succeeded all the same."""
        return bool(self.started) and self.started[0].process.poll() == 0

    def start(self, *options: str, prefix: Sequence[str] = ()) -> Controller:
        """Start the command."""
        self.started.append(self.run.start(*self.targets, *options, prefix=prefix))
        return self.started[-1]

    def moment(self, controller: Controller) -> bool:
        """Wait until a random moment; whether Snakemake is at work then."""
        folder = self.run.study.folder
        signs = {
            "started": lambda: True,
            "locked": lambda: any((folder / ".snakemake/locks").glob("*")),
            "script": lambda: any(self.run.scripts()),
            "file": lambda: any((folder / path).exists() for path in self.missing),
        }
        sign = signs[self.random.choice(list(signs))]
        self.until(controller, sign)
        time.sleep(self.random.uniform(0, 2))
        return controller.is_at_work

    def until(self, controller: Controller, happened: Callable[[], object]) -> bool:
        """Wait until something happens or Snakemake has ended; whether it happened."""
        wait_until(lambda: not controller.is_at_work or bool(happened()), PATIENCE, every=0.1)
        return bool(happened())


Fault = Callable[[Episode], bool]
ON_SLURM: dict[str, Fault] = {}
ON_ONE_MACHINE: dict[str, Fault] = {}


def on_slurm(function: Fault) -> Fault:
    """Register a fault of a cluster."""
    ON_SLURM[function.__name__] = function
    return function


def on_one_machine(function: Fault) -> Fault:
    """Register a fault of a single machine."""
    ON_ONE_MACHINE[function.__name__] = function
    return function


@on_slurm
def job_killed(episode: Episode) -> bool:
    """Kill -9 of some process of a job: its script, the Snakemake around it, or its shell."""
    controller = episode.start()
    own = {controller.process.pid}
    episode.moment(controller)
    found: list[psutil.Process] = []
    episode.until(
        controller, lambda: found.extend(one for one in episode.run.processes() if one.pid not in own) or found
    )
    struck = bool(found) and kill(episode.random.choice(found))
    controller.end()
    return struck


@on_slurm
def job_cancelled(episode: Episode) -> bool:
    """Somebody cancels a job that waits or runs."""
    controller = episode.start()
    episode.moment(controller)
    found: list[dict] = []
    episode.until(controller, lambda: found.extend(episode.run.jobs("RUNNING", "PENDING")) or found)
    if found:
        episode.run.slurm.ask("scancel", episode.random.choice(found)["id"])
    controller.end()
    return bool(episode.run.jobs("CANCELLED"))


@on_slurm
def job_over_memory(episode: Episode) -> bool:
    """Jobs of a rule request too little: SLURM ends one for its memory, and it is submitted again with more."""
    rule = episode.random.choice(episode.rules)
    controller = episode.start("--set-resources", f"{rule}:mem_mb=100 * attempt ** 4")
    controller.end()
    assert_requests_grow(episode.run, "memory")
    return bool(episode.run.jobs("FAILED", of=rule))


@on_slurm
def job_over_time(episode: Episode) -> bool:
    """A job hangs at a random moment until SLURM ends it for its time, and is submitted again with more."""
    rule = episode.random.choice(episode.rules)
    controller = episode.start("--set-resources", f"{rule}:runtime=attempt")
    found: list[psutil.Process] = []
    episode.until(controller, lambda: found.extend(episode.run.scripts(rule)) or found)
    time.sleep(episode.random.uniform(0, 1))
    with contextlib.suppress(psutil.Error):
        found and found[0].suspend()
    controller.end()
    assert_requests_grow(episode.run, "minutes")
    return bool(episode.run.jobs("TIMEOUT", of=rule))


@on_slurm
def controller_killed(episode: Episode) -> bool:
    """Kill -9 of Snakemake: its jobs go on, and nobody waits for them."""
    controller = episode.start()
    struck = episode.moment(controller)
    controller.kill()
    time.sleep(episode.random.choice([0, 0, episode.random.uniform(0, 10)]))
    return struck


@on_slurm
def slurmctld_killed(episode: Episode) -> bool:
    """SLURM's own controller is killed and comes back some seconds later."""
    controller, slurm = episode.start(), episode.run.slurm
    with ONE_AT_A_TIME:
        struck = episode.moment(controller)
        slurm.kill("slurmctld")
        time.sleep(episode.random.uniform(1, 15))
        slurm.start_controller()
    controller.end()
    return struck


@on_slurm
def node_drained(episode: Episode) -> bool:
    """A node is drained, which waits for its jobs, or is down, which ends them; some seconds later it is back."""
    controller, slurm = episode.start(), episode.run.slurm
    struck = episode.moment(controller)
    with ONE_AT_A_TIME:
        node = f"nodename={episode.random.choice(slurm.nodes)}"
        slurm.ask("scontrol", "update", node, f"state={episode.random.choice(['drain', 'down'])}", "reason=test")
        time.sleep(episode.random.uniform(2, 15))
        slurm.ask("scontrol", "update", node, "state=resume")
    controller.end()
    return struck


@on_slurm
def disk_full(episode: Episode) -> bool:
    """The disk of the whole study fills, Snakemake's own folder with it, and has room again later."""
    controller = episode.start()
    struck = episode.moment(controller)
    ballast = episode.run.study.folder / BALLAST
    fill(ballast)
    with contextlib.suppress(TimeoutError):
        wait_until(lambda: not controller.is_at_work, episode.random.choice([5, 20, 60]), every=0.2)
    ballast.unlink()
    controller.end()
    return struck


@on_slurm
def clock_skew(episode: Episode) -> bool:
    """Files get the times of machines whose clocks are up to an hour apart, as they appear and at a random moment."""
    controller, results = episode.start(), episode.run.study.results
    clocks = [episode.random.uniform(-3600, 3600) for _ in range(3)]
    known = {path: inode_of(path) for path in files_below(results)}
    moment = threading.Thread(target=shift_some, args=(episode, clocks))
    moment.start()
    struck = False
    while controller.is_at_work:
        for path, inode in [(path, inode_of(path)) for path in files_below(results)]:
            if known.get(path) != inode:
                known[path] = inode
                struck |= shift(path, episode.random.choice(clocks))
        time.sleep(0.1)
    moment.join()
    controller.end()
    episode.leaves_traces = True
    return struck


def shift_some(episode: Episode, clocks: Sequence[float]) -> None:
    """At a random moment, shift the times of some products by the clocks, and of a file of the dataset back."""
    draws = random.Random(episode.random.random())
    time.sleep(draws.uniform(0, 8))
    for path in draws.sample(sorted(files_below(episode.run.study.results)), 3):
        shift(path, draws.choice(clocks))
    shift(draws.choice(sorted(files_below(episode.run.study.folder / "data"))), min(clocks))


def files_below(folder: Path) -> list[Path]:
    """Files of a folder, without those that are being written."""
    return [path for path in folder.rglob("[!.]*") if path.is_file()]


def inode_of(path: Path) -> int:
    """A number that changes when a file is replaced; 0 for none."""
    try:
        return path.stat().st_ino
    except OSError:
        return 0


def shift(path: Path, seconds: float) -> bool:
    """Date a file that long after now; whether it is there."""
    try:
        os.utime(path, (time.time() + seconds,) * 2)
    except OSError:
        return False
    return True


@on_slurm
def slow_disk(episode: Episode) -> bool:
    """Snakemake sees each file seconds after a job has written it: it waits, and does nothing twice."""
    mirror = Mirror(episode.run)
    controller, n_late = episode.start(prefix=mirror.prefix), 0
    while controller.is_at_work:
        time.sleep(episode.random.uniform(1, 8))
        n_late += mirror.copy_new_files()
    assert controller.end(), controller.output
    made = [job["comment"] for job in episode.run.jobs("COMPLETED")]
    assert len(made) == len(set(made)) == len(episode.run.jobs()), controller.output
    return n_late > 0


@on_slurm
def truncated_write(episode: Episode) -> bool:
    """A job is killed in the middle of a file that it writes."""
    folder = episode.run.study.folder
    token = folder / "die.txt"
    sizes = [len(episode.run.wanted[name]) for name in map(episode.run.name_of, episode.missing) if name]
    dying = dataclasses.replace(
        episode, run=episode.run.with_environment(PYTHONPATH=str(DYING), DIE_IN_A_WRITE=str(token))
    )
    controller = dying.start()
    time.sleep(episode.random.uniform(0, 3))
    token.write_text(str(int(episode.random.choice(sizes) * episode.random.uniform(0.05, 0.95))))
    controller.end()
    token.unlink(missing_ok=True)
    return bool(episode.run.jobs("FAILED"))


@on_slurm
def second_controller(episode: Episode) -> bool:
    """A second Snakemake in the same folder is refused, or finds nothing to do; the first does not notice."""
    first = episode.start()
    struck = episode.moment(first)
    second = episode.start()
    done = second.end()
    assert done or "Directory cannot be locked" in second.output, second.output
    first.end()
    return struck


@on_one_machine
def snakemake_killed(episode: Episode) -> bool:
    """Kill -9 of Snakemake alone: its jobs go on."""
    controller = episode.start()
    struck = episode.moment(controller)
    controller.kill()
    time.sleep(episode.random.choice([0, 0, episode.random.uniform(0, 5)]))
    return struck


@on_one_machine
def script_killed(episode: Episode) -> bool:
    """Kill -9 of a process below Snakemake: a job's script, its shell."""
    controller = episode.start()
    episode.moment(controller)
    found: list[psutil.Process] = []
    episode.until(controller, lambda: found.extend(below(controller)) or found)
    struck = bool(found) and kill(episode.random.choice(found))
    controller.end()
    return struck


@on_one_machine
def all_killed(episode: Episode) -> bool:
    """Kill -9 of Snakemake and of all that it started, as when the power goes."""
    controller = episode.start()
    struck = episode.moment(controller)
    for process in below(controller):
        kill(process)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(controller.process.pid, signal.SIGKILL)
    controller.end()
    return struck


def assert_requests_grow(run: Run, resource: str) -> None:
    """Each job that was submitted again requested more than before."""
    by_job: dict[str, list[str]] = {}
    for job in run.jobs():
        by_job.setdefault(job["comment"], []).append(job[resource])
    for requests in by_job.values():
        assert len(set(requests)) == len(requests), by_job


def below(controller: Controller) -> list[psutil.Process]:
    """What a Snakemake has started and what that has started."""
    try:
        return psutil.Process(controller.process.pid).children(recursive=True)
    except psutil.Error:
        return []


def kill(process: psutil.Process) -> bool:
    """Kill -9; whether there was a process."""
    try:
        process.kill()
    except psutil.Error:
        return False
    return True


def fill(ballast: Path) -> None:
    """Write a file until its disk is full."""
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
