"""What a run that was killed leaves on this machine: the folder's lock, and jobs that are still at work.

Snakemake removes its lock when it ends. After `kill -9` or a power cut it cannot, and refuses every later run until
somebody types `--unlock`. Here each run holds a lock of the operating system, which ends with the process: the next
run of the study on the same machine sees that nobody holds it, and removes Snakemake's lock.
"""

import atexit
import fcntl
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

SCRIPTS = os.path.join(".snakemake", "scripts")  # where Snakemake copies the scripts that its jobs run
PATIENCE = 30  # s in which a process that was killed is gone


class RunMarker:
    """A file of a study and a machine that says whether a run is at work, or was when it was killed.

    It has one byte from the start of a run to its orderly end, and each run holds a shared lock on it. A machine sees
    the locks of its own processes on any file system; those of other machines only on some. So a marker of another
    machine that has a byte may be of a run at work.

    Parameters
    ----------
    dataset : name of the study's dataset, as in the paths of its results.
    folder : Snakemake's.
    """

    def __init__(self, dataset: str, folder: str | Path = ".snakemake"):
        self.dataset, self.folder = dataset, Path(folder)
        self.path = self.folder / "brainforecast" / f"{dataset}@{socket.gethostname()}"

    def hold(self) -> bool:
        """Hold the marker until this process ends; first remove the lock of a killed run. Whether it was removed.

        Does nothing where the file system refuses such locks, or where the marker is another user's.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("a")
            removed = self._is_alone() and self._is_dead() and self._remove_locks()
            fcntl.flock(self._file, fcntl.LOCK_SH)
            os.truncate(self.path, 1)
        except OSError:
            return False
        atexit.register(self.release)
        return removed

    def release(self) -> None:
        """Note that the run has ended by itself, if no other is at work here."""
        try:
            if self._is_alone():
                os.truncate(self.path, 0)
            self._file.close()
        except OSError:
            return

    def forget(self) -> None:
        """Note that no run is at work on any machine, as `--unlock` states."""
        for path in self._markers():
            try:
                os.truncate(path, 0)
            except OSError:
                continue

    def _is_alone(self) -> bool:
        """Whether no other process of this machine holds the marker; then this one does, exclusively."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _is_dead(self) -> bool:
        """Whether a run was killed on this machine, and none can be at work on another."""
        return [path for path in self._markers() if path.stat().st_size] == [self.path]

    def _markers(self) -> list[Path]:
        return sorted(self.path.parent.glob(f"{self.dataset}@*"))

    def _remove_locks(self) -> bool:
        """Remove Snakemake's locks of files of this study; whether there were any."""
        inside = f"results/{self.dataset}/"
        locks = [path for path in self.folder.glob("locks/*.lock") if inside in path.read_text(errors="replace")]
        for path in locks:
            path.unlink(missing_ok=True)
        return bool(locks)


def end_orphans(folder: str) -> None:
    """End jobs on this machine whose run was killed, and wait until they are gone: they write what this run writes.

    Parameters
    ----------
    folder : in which they run.
    """
    orphans = list(_orphans(os.path.realpath(folder)))
    if not orphans:
        return
    print(f"brainforecast: {len(orphans)} jobs of a run that was killed are ended", file=sys.stderr)
    with_children = [process for orphan in orphans for process in (orphan, *_children(orphan))]
    for process in with_children:
        try:
            process.kill()
        except psutil.Error:
            continue
    psutil.wait_procs(with_children, timeout=PATIENCE)


def _orphans(folder: str) -> Iterator[psutil.Process]:
    """Processes that run a job's script in a folder, and whose Snakemake, which works there too, is gone."""
    for process in psutil.process_iter():
        if _runs_script(process) and _folder_of(process) == folder:
            above = [one for one in _parents(process) if not _runs_script(one)]
            if folder not in map(_folder_of, above):
                yield process


def _runs_script(process: psutil.Process) -> bool:
    """Whether it is Python with a script of a job, or the shell that started it."""
    try:
        return any(SCRIPTS in word for word in process.cmdline()[1:3])
    except psutil.Error:  # ended in the meantime, or another user's
        return False


def _folder_of(process: psutil.Process) -> str:
    try:
        return process.cwd()
    except psutil.Error:
        return ""


def _parents(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.parents()
    except psutil.Error:
        return []


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []
