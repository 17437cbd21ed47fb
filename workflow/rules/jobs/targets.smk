"""A target that no rule makes is reported with the nearest one; the last file to be included, after all rules."""

from snakemake.cli import get_argument_parser

from brainforecast.jobs.workflow_rules import check_targets

# of another workflow that includes or imports this one, more rules follow
own = [os.path.realpath(f"{WORKFLOW}/Snakefile"), os.path.realpath(f"{WORKFLOW}/../Snakefile")]

if workflow.is_main_process and os.path.realpath(workflow.main_snakefile) in own:
    wanted, _ = get_argument_parser().parse_known_args(sys.argv[1:])  # not known to `workflow` before all rules are
    try:
        check_targets(wanted.targets, workflow.rules, PRODUCTS.final)
        if wanted.targets != ["plan"]:  # of subjects with voxels of their own, who are scored one by one
            STUDY.anatomy.check_columns()
    except BadInput as error:
        raise stop(error)
