"""Read Snakemake's rules: the jobs that the products of a run need, and the files of every rule.

Standard library only: the Snakefile imports this and passes its rules.
"""

import difflib
import math
import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from brainforecast.errors import BadInput, nearest
from brainforecast.planning.models.needs import KINDS, device_memory, n_gpus
from brainforecast.planning.sizes import StudySizes

# what is read and fetched; of a study whose folds cannot be scored, this can still be looked at
BEFORE_SCORES = re.compile(
    r"status|fetch_data|fetch_models|resources/.+|results/[^/]+/((words|denoised|responses)/.+|exclusions\.tsv"
    r"|provenance\.json|geometry\.json|targets\.parquet)"
)

CLOSE = 0.8  # of two names that differ in a letter or two

BEFORE_JOBS = ("plan", "cost", "status", "fetch_data", "fetch_models")  # of a study whose files are still to come


def jobs_before(target, rules: Iterable, sizes: StudySizes, no_wildcards) -> list[dict]:
    """Every job that the input of a rule needs, whether it has run or not: the fields of `cost.Job` for each.

    Parameters
    ----------
    target : Snakemake's rule `all`, whose input is wanted; in a module its name shows how the module renames rules.
    rules : every rule of the workflow, read twice.
    sizes : how large the jobs are.
    no_wildcards : an empty Wildcards object of Snakemake; its class makes those of the other jobs.
    """
    prefix, suffix = affixes(target.name, {rule.name for rule in rules})
    rules = [rule for rule in rules if rule.output]
    jobs, todo = {}, list(map(str, target.expand_input(no_wildcards)[0]))
    seen = set(todo)
    while todo:
        file = todo.pop()
        maker = next((rule for rule in rules if rule.is_producer(file)), None)
        wildcards = maker and maker.get_wildcards(file)
        if maker:  # the next file is likely to be made by the same rule: it is tried first
            rules.insert(0, rules.pop(rules.index(maker)))
        if not maker or (key := (maker.name, *wildcards.items())) in jobs:
            continue
        inputs = maker.expand_input(type(no_wildcards)(fromdict=wildcards))[0]
        rule = maker.name.removeprefix(prefix).removesuffix(suffix)
        kind = KINDS.get(rule)
        gpus, gpu_mb = _requested(maker, type(no_wildcards)(fromdict=wildcards), inputs) or _assumed(
            kind, sizes.of_model_job(wildcards)
        )
        jobs[key] = {
            "rule": rule,
            "sizes": sizes.of_job(wildcards, kind),
            "threads": maker.resources["_cores"].value,
            "gpus": gpus,
            "gpu_mb": gpu_mb,
            "benchmark": str(maker.expand_benchmark(wildcards)),
            "output": file,
            "temporary": all(output.flags.get("temp") for output in maker.output),
        }
        needed = set(map(str, inputs)) - seen
        seen |= needed
        todo += needed
    return list(jobs.values())


def _requested(rule, wildcards, inputs) -> list[int] | None:
    """GPUs and their memory (MB) that a job requests at its first attempt; 0 of what its rule has not.

    None where a request waits for a model to be fetched.
    """
    names = ("gpu", "gpu_mem_mb")
    needed = [rule.resources[name] for name in names if name in rule.resources]
    found = {
        one.name: one.evaluate(wildcards, input=inputs, attempt=1, threads=1, rulename=rule.name) for one in needed
    }
    values = [found[name].value if name in found else 0 for name in names]
    return values if all(isinstance(value, int) for value in values) else None


def _assumed(kind: str, sizes: Mapping[str, float]) -> tuple[int, int]:
    """GPUs and their memory (MB) of a job whose model is still to be fetched, from the sizes that are assumed of it."""
    gpus = n_gpus(kind, sizes)
    return gpus, math.ceil(device_memory(kind, sizes)) if gpus else 0


def affixes(name: str, names: Collection[str]) -> tuple[str, str]:
    """What a module puts before and after the names of rules, from its name of `all` and the names of all rules."""
    splits = [(name[: match.start()], name[match.end() :]) for match in re.finditer("all", name)]
    return next(split for split in splits if f"{split[0]}score_cells{split[1]}" in names)


def files_of_rules(rules: Iterable) -> list[dict]:
    """Log, benchmark and outputs of every rule that has all three: the fields of `status.RuleFiles`."""
    return [
        {
            "rule": rule.name,
            "log": str(rule.log[0]),
            "benchmark": str(rule.benchmark),
            "outputs": tuple(map(str, rule.output)),
        }
        for rule in rules
        if rule.log and rule.output and rule.benchmark
    ]


def check_targets(targets: Sequence[str], rules: Iterable, files: Sequence[str]) -> None:
    """Check that every target of a command line is a rule, or a file that a rule makes.

    Parameters
    ----------
    targets : as on the command line, paths as seen from the working folder.
    rules : every rule of the workflow, read twice.
    files : what a complete run makes, to name the nearest of.

    Raises
    ------
    BadInput : the first target that is neither, with the nearest rule or file.
    """
    rules = list(rules)
    for target in targets:
        path = target if os.path.isabs(target) else os.path.relpath(target)
        is_rule = any(rule.name == target for rule in rules)
        if not is_rule and not any(rule.is_producer(path) for rule in rules):
            expected = f"a rule, or a file that a rule makes; nearest is {nearest_target(target, rules, files)}"
            raise BadInput(f"target {target}", "no rule of this name and none that makes such a file", expected)


def nearest_target(target: str, rules: Sequence, files: Sequence[str]) -> str:
    """The rule, or the file of a complete run, that a target was likely to mean.

    A rule with wildcards is no target: a file that it makes stands for it. Where no name is close, a file that one of
    the target's words names is: a ``forecast_report`` is the report.
    """
    stems = {os.path.basename(path).partition(".")[0]: path for path in reversed(files)}
    made = {rule.name: next(filter(rule.is_producer, files), None) for rule in rules if rule.has_wildcards()}
    plain = {rule.name: rule.name for rule in rules if not rule.has_wildcards()}
    known = stems | {os.path.basename(path): path for path in files} | {path: path for path in files}
    known |= {name: path for name, path in made.items() if path} | plain
    closest = nearest(target, known)
    is_close = difflib.SequenceMatcher(None, target, closest).ratio() > CLOSE
    named = [word for word in re.split(r"[\W_]+", os.path.basename(target)) if word in stems]
    return stems[named[-1]] if named and not is_close else known[closest]


def without_scores(targets: Sequence[str]) -> bool:
    """Whether a command line wants only what comes before scores: words, responses, downloads.

    Parameters
    ----------
    targets : as on the command line; none stands for a complete run.
    """
    return bool(targets) and all(BEFORE_SCORES.fullmatch(os.path.relpath(target)) for target in targets)


def only_looks_ahead(targets: Sequence[str]) -> bool:
    """Whether a command line wants no more than a look at a study, or its files, before all of them are here."""
    return bool(targets) and set(targets) <= set(BEFORE_JOBS)
