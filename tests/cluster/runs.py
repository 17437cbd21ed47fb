"""A study that Snakemake runs, on a SLURM or on this machine, while something happens to it."""

import contextlib
import dataclasses
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil

from cluster.slurm import Slurm, wait_until
from helpers.studies import Study, files_of

PATIENCE = 600  # s that anything may take
# of the SLURM plugin, where scontrol does not answer; where accounting is off, sacct fails, and it forgets its jobs
FORGETS, QUIET = "Falling back to 'sacct'", 60  # s, after which nothing more can come
NO_WAIT = ["--slurm-init-seconds-before-status-checks", "2"]


class Unavailable(Exception):
    """This machine lacks what a fault needs."""


@dataclasses.dataclass(frozen=True)
class Run:
    """A study in its own folder, its expected results, and the SLURM it runs on, if it does."""

    study: Study
    wanted: dict[str, bytes]
    slurm: Slurm | None = None

    def remove(self, *patterns: str) -> None:
        """Remove products, so that they are made again."""
        for pattern in patterns:
            paths = list(self.study.results.glob(pattern))
            assert paths, pattern
            for path in paths:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def arguments(self, *arguments: str) -> list[str]:
        """Command line of Snakemake: the profile as it ships, but with earlier status checks."""
        if self.slurm is None:
            return [*arguments]
        return [*arguments, "--profile", str(self.study.project / "profiles/slurm"), *NO_WAIT]

    def go(self, *arguments: str, exit_code: int | None = 0) -> str:
        """Run Snakemake to its end."""
        return self.study.run(*self.arguments(*arguments), exit_code=exit_code)

    def start(self, *arguments: str, prefix: Sequence[str] = ()) -> "Controller":
        """Start Snakemake in the background, below another command."""
        return Controller(self, *arguments, prefix=prefix)

    def on(self, slurm: Slurm) -> "Run":
        """The same on another SLURM."""
        return dataclasses.replace(self, slurm=slurm).with_environment(**slurm.environment)

    def with_environment(self, **variables: str) -> "Run":
        """The same with other variables of the environment."""
        study = dataclasses.replace(self.study, environment={**self.study.environment, **variables})
        return dataclasses.replace(self, study=study)

    def jobs(self, *states: str, of: str = "") -> list[dict[str, str]]:
        """Jobs of this study in SLURM, in these states or in any, of this rule or of any."""
        found = [job for job in self.slurm.jobs(self.study.folder) if f"rule_{of}" in job["comment"]]
        return [job for job in found if not states or job["state"] in states]

    def catch(self, rule: str) -> psutil.Process:
        """Wait for a process that runs the script of a rule for this study, and stop it where it is."""
        found: list[psutil.Process] = []
        self.wait(lambda: found.extend(self.scripts(rule)) or found)
        found[0].suspend()
        return found[0]

    def scripts(self, rule: str = "") -> Iterator[psutil.Process]:
        """Processes that run the script of a rule, or of any, for this study."""
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                if any(".snakemake/scripts/" in part and part.endswith(f"{rule}.py") for part in process.cmdline()[:2]):
                    yield process

    def processes(self) -> Iterator[psutil.Process]:
        """Processes that work in this study's folder: Snakemake, the jobs, and what they started."""
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):  # ended meanwhile
                if process.cwd() == str(self.study.folder) and process.status() != psutil.STATUS_ZOMBIE:
                    yield process

    def wait(self, happened: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Wait for something to happen to this study."""
        wait_until(
            lambda: bool(happened()), seconds, lambda: "\n".join(map(str, self.jobs() if self.slurm else [])), every=0.3
        )

    def name_of(self, path: str) -> str | None:
        """The name among the expected results of a path in the study's folder; None if it is none of them."""
        name = os.path.relpath(self.study.folder / path, self.study.results)
        return name if name in self.wanted else None

    def differing(self) -> list[str]:
        """Files of the results that have other bytes than in the undisturbed run."""
        found = files_of(self.study.results)
        return [name for name in found if found[name] != self.wanted.get(name, found[name])]

    def absent(self) -> list[str]:
        """Files of the undisturbed run that are not there."""
        return sorted(self.wanted.keys() - files_of(self.study.results).keys())

    def assert_as_undisturbed(self) -> None:
        """Every file of the results is there and has the bytes of the undisturbed run."""
        assert self.differing() == []
        assert files_of(self.study.results).keys() == self.wanted.keys()


class Controller:
    """A Snakemake that runs in the background."""

    def __init__(self, run: Run, *arguments: str, prefix: Sequence[str] = ()):
        self.path = run.study.folder / f"controller-{time.monotonic_ns()}.txt"
        with self.path.open("w") as output:
            self.process = subprocess.Popen(
                [*prefix, *run.study.command(*run.arguments(*arguments))],
                env=run.study.environment,
                cwd=run.study.folder,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        """What it has printed."""
        return self.path.read_text()

    @property
    def is_at_work(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def kill(self) -> None:
        """End it as when its node crashes: without a message."""
        self.process.kill()
        self.process.wait()

    def end(self) -> bool:
        """Wait until it ends; whether it succeeded."""
        until = time.monotonic() + PATIENCE
        try:
            while self.is_at_work:
                if FORGETS in self.output:
                    until = min(until, time.monotonic() + QUIET)
                if time.monotonic() > until:
                    raise TimeoutError(f"it does not end:\n{self.output}")
                time.sleep(0.1)
        finally:
            self.process.kill()
        return self.process.returncode == 0

    def finish(self) -> str:
        """Wait until it succeeds; return what it printed."""
        assert self.end(), self.output
        return self.output


class small_disk:
    """A disk of a given size mounted at a folder, for as long as a block lasts."""

    def __init__(self, folder: Path, size: str):
        self.folder, self.size = folder, size

    def __enter__(self) -> None:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={self.size}", "tmpfs", self.folder]
        done = subprocess.run(mount, capture_output=True, text=True)
        if done.returncode:
            raise Unavailable(f"no small disk can be mounted here: {done.stderr.strip()}")

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", "--lazy", self.folder], check=True)


class Mirror:
    """A copy of a study's results that Snakemake sees in their place, and that new files reach late.

    On a network file system a machine caches the content of a folder for some seconds. Here Snakemake has, in its own
    mount namespace, the mirror mounted at the results. Jobs see the results themselves.
    """

    def __init__(self, run: Run):
        self.results, self.folder = run.study.results, run.study.folder / "mirror"
        shutil.copytree(self.results, self.folder)
        mount = f"mount --bind {shlex.quote(str(self.folder))} {shlex.quote(str(self.results))}"
        self.prefix = ["unshare", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh"]
        if subprocess.run([*self.prefix, "true"], capture_output=True).returncode:
            raise Unavailable("no mount namespace can be made here")

    def copy_new_files(self) -> int:
        """Let files that are in the results reach the mirror; their number."""
        n = 0
        for path in [path for path in self.results.rglob("[!.]*") if path.is_file()]:
            there = self.folder / path.relative_to(self.results)
            if not there.exists():
                there.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, there.with_name(f".{there.name}"))
                os.replace(there.with_name(f".{there.name}"), there)
                n += 1
        return n
