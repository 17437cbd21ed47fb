"""What Snakemake's own rules say of a run: the jobs that its products need, and the files of every rule.

Standard library only: the Snakefile reads this and hands its rules over.
"""

from collections.abc import Iterable

from brainforecast.planning.sizes import StudySizes


def jobs_before(target, rules: Iterable, sizes: StudySizes, no_wildcards) -> list[dict]:
    """Every job that the input of a rule needs, whether it has run or not: the fields of `cost.Job` for each.

    Parameters
    ----------
    target : Snakemake's rule `all`, whose input is wanted; in a module its name shows how the module renames rules.
    rules : every rule of the workflow.
    sizes : how large the jobs are.
    no_wildcards : Snakemake's wildcards of a job without any; those of other jobs are made by its class.
    """
    rules = [rule for rule in rules if rule.output]
    prefix, _, suffix = target.name.rpartition("all")
    jobs, todo = {}, list(map(str, target.expand_input(no_wildcards)[0]))
    seen = set(todo)
    while todo:
        file = todo.pop()
        maker = next((rule for rule in rules if rule.is_producer(file)), None)
        wildcards = maker and maker.get_wildcards(file)
        if not maker or (key := (maker.name, *wildcards.items())) in jobs:
            continue
        jobs[key] = {
            "rule": maker.name.removeprefix(prefix).removesuffix(suffix),
            "sizes": sizes.of(wildcards),
            "threads": maker.resources["_cores"].value,
            "on_gpu": str(maker.conda_env).endswith("gpu.yaml"),
            "benchmark": str(maker.expand_benchmark(wildcards)),
        }
        needed = set(map(str, maker.expand_input(type(no_wildcards)(fromdict=wildcards))[0])) - seen
        seen |= needed
        todo += needed
    return list(jobs.values())


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
