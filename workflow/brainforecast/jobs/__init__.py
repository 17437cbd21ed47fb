"""What surrounds a job: its files as arrays, log and threads, the code it depends on, SLURM, status and cost.

Imports `planning`, `storage`, `encoding` and what is below them. `code_files`, `slurm` and `workflow_rules`, which the
Snakefile imports, need the standard library only.
"""
