"""What surrounds a job: its log and threads, the code it depends on, SLURM's queue, status and cost.

Imports `results` and what is below it. `code_files` and `slurm`, which the Snakefile imports, need no other library.
"""
