"""The report."""

from brainforecast.jobs.commit import write_commit

COMMIT = ".snakemake/library/commit.json"
if workflow.is_main_process or not os.path.exists(COMMIT):  # a job finds what the planning process has written
    write_commit(WORKFLOW, COMMIT)


rule build_report:
    """Build the report: one file with every figure, table, parameter and exclusion of the run."""
    input:
        library("report/build_report"),
        **PRODUCTS.report_tables,
        targets="results/{dataset}/targets.parquet",
        words=STUDY.in_results("words/{story}.parquet", story=STUDY.stories),
        responses=STUDY.in_results("responses/sub-{subject}.safetensors", subject=STUDY.subjects),
        figures=PRODUCTS.figure_files,
        captions=PRODUCTS.captions,
        exclusions="results/{dataset}/exclusions.tsv",
        provenance="results/{dataset}/provenance.json",
        commit=local(COMMIT),
        paper=as_input(STUDY.in_project("workflow/report/paper.tsv")),
        references=as_input(STUDY.in_project("workflow/report/references.tsv")),
        page=as_input(PRODUCTS.page_files),
        brain=PRODUCTS.interactive_maps,
    output:
        report=report("results/{dataset}/report.html", caption="../report/report.rst", category="Report"),
    log:
        "logs/{dataset}/build_report/all.log",
    benchmark:
        "benchmarks/{dataset}/build_report/all.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=RESOURCES.memory("group"),
        runtime=minutes(15),
    params:
        config=config,
        tables=PRODUCTS.report_group_tables,
        subject_tables=PRODUCTS.report_subject_tables,
        q_level=config["maps"]["q_level"],
        map_files=PRODUCTS.map_files,
    script:
        "../scripts/report/build_report.py"
