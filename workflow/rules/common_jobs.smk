"""What a run's jobs are, and what has become of them, for `cost`, `status` and a run that starts; no rule stands here."""


def every_job(files):
    """Every job that makes these files, run or not: what `brainforecast.cost.Job` needs to know of it."""
    sizes, jobs, todo, asked = study_sizes(), {}, list(files), set(files)
    while todo:
        file = todo.pop()
        if not file.startswith(("results/", "resources/")):  # nothing else is made
            continue
        maker = next((rule for rule in workflow.rules if rule.output and rule.is_producer(file)), None)
        wildcards = maker and maker.get_wildcards(file)
        if not maker or (key := (maker.name, *wildcards.items())) in jobs:
            continue
        jobs[key] = {
            "rule": maker.name,
            "sizes": sizes.of(wildcards),
            "threads": maker.resources["_cores"].value,
            "on_gpu": str(maker.conda_env).endswith("gpu.yaml"),
            "benchmark": str(maker.expand_benchmark(wildcards)),
        }
        needed = set(map(str, maker.expand_input(Wildcards(fromdict=wildcards))[0])) - asked
        asked |= needed
        todo += needed
    return list(jobs.values())


def study_sizes():
    """How large the jobs of this study are."""
    return StudySizes(PLAN, list(GRIDS.values()), CELLS, DESIGNS, config, f"{workflow.basedir}/workflow/demo")


def steps():
    """Every rule by its files, for whoever looks what has become of its jobs."""
    files = [rule for rule in workflow.rules if rule.log and rule.output and rule.benchmark]
    return [
        {
            "rule": rule.name,
            "log": str(rule.log[0]),
            "benchmark": str(rule.benchmark),
            "outputs": tuple(map(str, rule.output)),
        }
        for rule in files
    ]


def end_orphans():
    """End SLURM jobs that a killed run left behind and that would write what this run is about to write.

    This run holds the folder's lock, so nobody waits for them any more; a job of the same rule and wildcards is one.
    """
    ours = {comment_of(job.name, job.wildcards) for job in workflow.dag.needrun_jobs() if not job.is_group()}
    orphans = [job for job in queued(os.getcwd()) if job.comment in ours]
    try:
        if orphans:
            print(f"brainforecast: {len(orphans)} SLURM jobs of a run that was killed are cancelled", file=sys.stderr)
            cancel(orphans, os.getcwd())
    except BadInput as error:
        raise WorkflowError(str(error))
