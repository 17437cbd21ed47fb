"""Random faults at random moments on a small study, by hand: what is survived, and what is lost.

    envs/run env PYTHONPATH=workflow:tests python tests/cluster/chaos.py --faults 60 --kills 150

`--faults` of a SLURM that is started for the purpose, `--kills` (kill -9) on this machine. Each strikes a study of
which a random part has been removed; the same command must then end without an error, and all files of the results
have the bytes of an undisturbed run. The last line is one JSON object with counts by kind.
"""

import argparse
import collections
import dataclasses
import itertools
import json
import shutil
import sys
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path

from cluster.episodes import Finished, Outcome, survive
from cluster.faults import ON_ONE_MACHINE, ON_SLURM, Fault
from cluster.runs import Unavailable
from cluster.slurm import Slurm, missing
from helpers.language_models import save_tiny_gpt2
from helpers.studies import REGION_SECTIONS, Study, make_study, tiny_model, write_region_dataset
from helpers.workflow_runs import environment_with


def finished_study(folder: Path) -> Finished:
    """The tests' study of regions, run to its end."""
    (folder / "study").mkdir(parents=True)
    models = {"tiny": tiny_model(save_tiny_gpt2(folder / "gpt2"))}
    environment = environment_with(folder / "home")
    study = make_study(folder / "study", write_region_dataset, {"models": models, **REGION_SECTIONS}, environment)
    study.run()
    return Finished(study)


def study_of(folder: Path) -> Finished:
    """The finished study that an interrupted run has left."""
    study = Study(folder / "study/run", folder / "study/project", environment_with(folder / "home"))
    return Finished(study)


class Chaos:
    """All faults that are asked for, some at a time, until they are done or the time is up.

    Parameters
    ----------
    finished : the study.
    folder : for episodes; those that lost something stay there.
    arguments : of the command line.
    """

    def __init__(self, finished: Finished, folder: Path, arguments: argparse.Namespace):
        self.finished, self.folder, self.arguments = finished, folder, arguments
        self.until = time.monotonic() + 60 * arguments.minutes
        self.start = time.monotonic()
        self.outcomes = read_progress(arguments.progress)

    def run(self, slurm: Slurm | None) -> None:
        """Run the faults of a SLURM, if there is one, and beside them those of one machine."""
        faults = [(name, ON_SLURM[name], slurm) for name in cycle(ON_SLURM, self.arguments.faults)] if slurm else []
        kills = [(name, ON_ONE_MACHINE[name], None) for name in cycle(ON_ONE_MACHINE, self.arguments.kills)]
        with (
            ThreadPoolExecutor(self.arguments.at_a_time) as first,
            ThreadPoolExecutor(self.arguments.at_a_time) as second,
        ):
            futures = [first.submit(self._one, i, *fault) for i, fault in enumerate(faults)]
            futures += [second.submit(self._one, i, *kill) for i, kill in enumerate(kills)]
            for future in as_completed(futures):
                self._note(future)

    def _one(self, index: int, name: str, fault: Fault, slurm: Slurm | None) -> Outcome | None:
        folder, seed = self.folder / f"{name}-{index}", f"{self.arguments.seed}-{name}-{index}"
        done = {outcome.seed.rpartition("-")[0] for outcome in self.outcomes}
        if seed in done or time.monotonic() > self.until:
            return None
        try:
            return survive(self.finished, name, fault, folder, seed, most=self.arguments.most_jobs, slurm=slurm)
        except Unavailable as error:
            print(f"{name}: {error}", file=sys.stderr)
            return None

    def _note(self, future: Future) -> None:
        outcome = future.result()
        if outcome is None:
            return
        self.outcomes.append(outcome)
        line = json.dumps(dataclasses.asdict(outcome))
        print(line if outcome.lost else f"{len(self.outcomes)} {outcome.kind} {outcome.seconds:.0f} s", file=sys.stderr)
        if self.arguments.progress:
            with open(self.arguments.progress, "a") as file:
                print(line, file=file)

    def summary(self) -> dict:
        """Counts by kind."""
        struck = [outcome for outcome in self.outcomes if outcome.struck or outcome.lost]
        counts = {
            name: collections.Counter(outcome.kind for outcome in struck if outcome.kind in kinds)
            for name, kinds in (("faults", ON_SLURM), ("kills", ON_ONE_MACHINE))
        }
        lost = [outcome for outcome in struck if outcome.lost]
        return {
            "seed": self.arguments.seed,
            **{name: {"n": found.total(), **dict(sorted(found.items()))} for name, found in counts.items()},
            "rules_met": len({rule for outcome in struck for rule in outcome.rules}),
            "by_itself": sum(outcome.by_itself for outcome in struck),
            "survived": len(struck) - len(lost),
            "hung": sum(outcome.hung for outcome in struck),
            "lost": len(lost),
            "differing_files": sum(len(outcome.differing) for outcome in struck),
            "too_late": len(self.outcomes) - len(struck),
            "seconds": round(time.monotonic() - self.start),
            "seconds_of_episodes": round(sum(outcome.seconds for outcome in self.outcomes)),
        }


def read_progress(path: str | None) -> list[Outcome]:
    """Outcomes of a run that was interrupted, which are not repeated."""
    lines = Path(path).read_text().splitlines() if path and Path(path).exists() else []
    return [Outcome(**json.loads(line)) for line in lines]


def cycle(names, n: int) -> list[str]:
    """The first n of the names, repeated."""
    return list(itertools.islice(itertools.cycle(names), n))


def main(arguments: argparse.Namespace) -> bool:
    """Run it; whether nothing is lost."""
    folder = Path(tempfile.mkdtemp(prefix="chaos-", dir=arguments.folder))
    folder.chmod(0o755)
    slurm = None if missing() or not arguments.faults else Slurm(folder / "slurm")
    print(f"episodes in {folder}", file=sys.stderr)
    finished = study_of(arguments.finished) if arguments.finished else finished_study(folder / "finished")
    chaos = Chaos(finished, folder, arguments)
    try:
        if slurm:
            slurm.start()
        chaos.run(slurm)
    finally:
        if slurm:
            slurm.stop()
    summary = chaos.summary()
    if not summary["lost"]:
        shutil.rmtree(folder)
    print(json.dumps(summary))
    return not summary["lost"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=int, default=12, help="faults of a SLURM (12 kinds in turn)")
    parser.add_argument("--kills", type=int, default=15, help="kill -9 on this machine (3 kinds in turn)")
    parser.add_argument("--minutes", type=float, default=60, help="after which no episode begins")
    parser.add_argument("--at-a-time", type=int, default=2, help="episodes on SLURM, and as many without it")
    parser.add_argument("--most-jobs", type=int, default=4, help="jobs of an episode")
    parser.add_argument("--progress", help="file of outcomes, a line of JSON each, in which a run goes on")
    parser.add_argument("--finished", type=Path, help="folder of that name that an interrupted run has left")
    parser.add_argument("--folder", help="for the study and its copies; the system's by default")
    sys.exit(not main(parser.parse_args()))
