"""A real SLURM for tests, on one machine and without an installation: `munged`, `slurmctld` and one `slurmd` a node.

By hand, in a folder of your choice:

    envs/run python tests/cluster/slurm.py start FOLDER     # prints the lines that make a shell use it
    envs/run python tests/cluster/slurm.py stop FOLDER

Everything it writes is in that folder, and everything it starts is told by a file of its process number there. Debian
and Ubuntu have the programs: ``apt-get install slurmctld slurmd slurm-client munge slurm-wlm-basic-plugins``.
"""

import getpass
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

DAEMONS = ("munged", "slurmctld", "slurmd")
CLIENTS = ("sbatch", "scancel", "scontrol", "sinfo", "squeue", "srun")
CONFIG = """
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/controller
SlurmdSpoolDir={folder}/node-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
AccountingStorageType=accounting_storage/none
# processes are followed, and their memory is looked at each second, without control groups, which a container may lack
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill,UsePss
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0
# a node that was away comes back by itself; a job is not started again by SLURM but by the workflow
ReturnToService=2
JobRequeue=0
KillWait=2
MinJobAge=3600
MessageTimeout=10
# a small machine passes for larger nodes
SlurmdParameters=config_overrides
GresTypes=gpu
NodeName={nodes} NodeHostname={host} NodeAddr=127.0.0.1 Port={node_ports} CPUs={cpus} CoresPerSocket={cpus} \
RealMemory={megabytes} Gres=gpu:1 State=UNKNOWN
PartitionName=cpu Nodes=ALL Default=YES DefaultTime=10 MaxTime=1-0 State=UP
PartitionName=gpu Nodes=ALL DefaultTime=10 MaxTime=1-0 State=UP
"""


def missing() -> list[str]:
    """Programs that a SLURM needs and this machine lacks."""
    return [name for name in (*DAEMONS, *CLIENTS) if not shutil.which(name)]


class Slurm:
    """A SLURM whose state, logs and sockets are in one folder.

    Parameters
    ----------
    folder : its path must be short (a socket's path has 108 characters at most) and open to read for all.
    n_nodes, cpus, megabytes : what it passes for; `cpus` and `megabytes` are those of a node.
    """

    def __init__(self, folder: Path, *, n_nodes: int = 2, cpus: int = 4, megabytes: int = 20_000):
        self.folder, self.n_nodes, self.cpus, self.megabytes = folder, n_nodes, cpus, megabytes

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to find this SLURM: its clients stand first on PATH."""
        return {"PATH": f"{self.folder}/bin{os.pathsep}{os.environ['PATH']}"}

    @property
    def nodes(self) -> list[str]:
        """Names of the nodes."""
        return [f"n{i}" for i in range(1, self.n_nodes + 1)]

    def start(self) -> None:
        """Write the configuration, start the daemons, and wait until every node is idle."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "controller").mkdir(exist_ok=True)
        self._write_config()
        self._write_clients()
        self._start_munge()
        self.start_controller()
        for node in self.nodes:
            (self.folder / f"node-{node}").mkdir(exist_ok=True)
            self._daemon("slurmd", "-N", node)
        wait_until(lambda: set(self.ask("sinfo", "-h", "-N", "-o", "%t").split()) == {"idle"}, 30, self._tell)

    def start_controller(self) -> None:
        """Start slurmctld, with the state that it left, if it left one."""
        self._daemon("slurmctld")

    def stop(self) -> None:
        """End what was started, the last first."""
        pids = [self.pid(f"slurmd-{node}") for node in self.nodes] + [self.pid("slurmctld"), self.pid("munged")]
        for pid in pids:
            end(pid, signal.SIGTERM)
        for pid in pids:
            if not wait_for_end(pid, 5):
                end(pid, signal.SIGKILL)

    def kill(self, daemon: str) -> None:
        """Kill a daemon as a crash does."""
        pid = self.pid(daemon)
        end(pid, signal.SIGKILL)
        wait_for_end(pid, 5)

    def pid(self, daemon: str) -> int:
        """Number of the process of a daemon; 0 where it never started."""
        path = self.folder / f"{daemon}.pid"
        return int(path.read_text()) if path.exists() and path.read_text().strip() else 0

    def ask(self, *command: str) -> str:
        """What a client answers; nothing where it fails."""
        return self._run(command).stdout

    def _run(self, command: Sequence[str]) -> subprocess.CompletedProcess:
        environment = os.environ | self.environment
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)

    def resume_nodes(self) -> None:
        """As an administrator: SLURM drains a node on which it finds a job that it had in its queue before a crash."""
        for node in self.nodes:
            self.ask("scontrol", "update", f"nodename={node}", "state=resume")

    def jobs(self, folder: Path) -> list[dict[str, str]]:
        """Jobs submitted from a folder, ended ones too, in their order: what they are and what was asked for them."""
        names = ("id", "state", "folder", "comment", "partition", "memory", "minutes")
        squeue = ["squeue", "-h", "-t", "all", "-S", "i", "-o", "%i|%T|%Z|%k|%P|%m|%l"]
        answers: list[subprocess.CompletedProcess] = []

        def answered() -> bool:  # a slurmctld that is away for a moment does not mean that there are no jobs
            answers.append(self._run(squeue))
            return answers[-1].returncode == 0

        wait_until(answered, 120, lambda: answers[-1].stderr, every=1)
        rows = [dict(zip(names, line.split("|"), strict=True)) for line in answers[-1].stdout.splitlines()]
        return [row for row in rows if row["folder"] == str(folder)]

    def _write_config(self) -> None:
        port, *node_ports = free_ports(1 + self.n_nodes)
        told = {
            "folder": self.folder,
            "host": socket.gethostname().partition(".")[0],
            "user": getpass.getuser(),
            "port": port,
            "nodes": ",".join(self.nodes),
            "node_ports": ",".join(map(str, node_ports)),
            "cpus": self.cpus,
            "megabytes": self.megabytes,
        }
        (self.folder / "slurm.conf").write_text(CONFIG.lstrip().format(**told))
        gpus = "".join(f"NodeName={node} Name=gpu File=/dev/null\n" for node in self.nodes)
        (self.folder / "gres.conf").write_text(gpus)

    def _write_clients(self) -> None:
        # Snakemake's plugin takes SLURM_CONF away from its jobs, with every SLURM_ variable: a wrapper brings it back
        (self.folder / "bin").mkdir(exist_ok=True)
        for name in CLIENTS:
            wrapper = self.folder / "bin" / name
            real = shutil.which(name)
            wrapper.write_text(f'#!/bin/sh\nSLURM_CONF={self.folder}/slurm.conf exec {real} "$@"\n')
            wrapper.chmod(0o755)

    def _start_munge(self) -> None:
        key = self.folder / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(secrets.token_bytes(128))
        names = {"key-file": "key", "socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
        files = [f"--{option}={self.folder}/munge.{suffix}" for option, suffix in names.items()]
        (self.folder / "munged.pid").symlink_to("munge.pid")
        subprocess.run(["munged", *files], check=True)

    def _daemon(self, name: str, *arguments: str) -> None:
        subprocess.run([name, "-f", f"{self.folder}/slurm.conf", *arguments], check=True)

    def _tell(self) -> str:
        logs = [path.read_text(errors="replace")[-2000:] for path in sorted(self.folder.glob("*.log"))]
        return "\n".join([f"nodes are not idle:\n{self.ask('sinfo', '-N')}", *logs])


def free_ports(n: int) -> list[int]:
    """Ports of this machine that nothing listens to, below those that the system deals out by itself."""
    found = []
    for port in range(20_000 + os.getpid() % 10_000, 32_000):
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) and len(found) < n:
                found.append(port)
        if len(found) == n:
            return found
    raise OSError(f"no {n} free ports below 32000")


def wait_until(
    happened: Callable[[], bool], seconds: float, tell: Callable[[], str] = str, *, every: float = 0.05
) -> None:
    """Wait for something to happen; TimeoutError with what `tell` says where it does not."""
    until = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > until:
            raise TimeoutError(f"not within {seconds} s: {tell()}")
        time.sleep(every)


def end(pid: int, number: int) -> None:
    """Send a signal to a process if there is one."""
    if pid:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return


def wait_for_end(pid: int, seconds: float) -> bool:
    """Whether a process is gone within a time."""
    until = time.monotonic() + seconds
    while pid and Path(f"/proc/{pid}").exists() and time.monotonic() < until:
        time.sleep(0.05)
    return not pid or not Path(f"/proc/{pid}").exists()


def main(arguments: Sequence[str]) -> None:
    """Start or stop a SLURM by hand."""
    action, folder = arguments
    slurm = Slurm(Path(folder).resolve())
    if action == "start":
        slurm.start()
        print(f'export PATH={slurm.folder}/bin:"$PATH"')
    else:
        slurm.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
