"""What one config requests: the checked config, its models, cells, jobs, products, and how large the jobs are.

The Snakefile imports this in every job: standard library, yaml and jsonschema only. Imports `dataset` and below.
"""
