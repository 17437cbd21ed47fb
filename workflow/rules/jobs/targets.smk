"""A target that no rule makes is reported with the nearest one; the last file to be included, after all rules."""

from snakemake.cli import get_argument_parser

from brainforecast.jobs.plan_checks import check_atlas_files, check_folds, check_models, check_weights
from brainforecast.jobs.workflow_rules import check_targets, only_looks_ahead, without_scores

# of another workflow that includes or imports this one, more rules follow
own = [os.path.realpath(f"{WORKFLOW}/Snakefile"), os.path.realpath(f"{WORKFLOW}/../Snakefile")]

if workflow.is_main_process:
    wanted = []
    # a dry run plans a study before its images are here; its atlas may come later too
    is_dry = workflow.output_settings.dryrun
    is_early = is_dry and bool(STUDY.fetched_files)
    try:
        if os.path.realpath(workflow.main_snakefile) in own:
            wanted = get_argument_parser().parse_known_args(sys.argv[1:])[0].targets  # not yet known to `workflow`
            check_targets(wanted, workflow.rules, [*PRODUCTS.final, *PRODUCTS.figure_files])
        is_early |= only_looks_ahead(wanted)
        if not is_early:
            check_atlas_files(STUDY)
            STUDY.anatomy.check_targets()
        if not without_scores(wanted):
            check_folds(STUDY)
            if not is_early:
                check_models(STUDY)
                if not is_dry:
                    check_weights(STUDY)
    except BadInput as error:
        raise stop(error)
    # what a look ahead may lack, and a run may not
    later = [check_atlas_files, check_models, check_weights] if is_early else [check_weights] if is_dry else []
    for check in later if not wants_status else ():
        try:
            check(STUDY)
        except BadInput as error:
            print(f"note on {STUDY.name}: {error}", file=sys.stderr)
