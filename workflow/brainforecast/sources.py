"""TODO."""

PRESENT = "present"  # the source of the baseline: no window at all
COMPONENTS = ("syntactic", "semantic")  # sources that part the activations: their sum is the true one


def baseline_source(source: str, base: str) -> str:
    """The source of the baseline that windows of a source are compared with."""
    return source if base == "component" and source in COMPONENTS else PRESENT
