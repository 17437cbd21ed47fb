"""How far ahead, and at which level, does the brain predict speech? A run starts here; the workflow is workflow/Snakefile."""


include: "workflow/Snakefile"


workflow.default_target = "all"  # a file that is included does not set it
