"""Where the words of a forecast window come from: every source a config may name, declared once.

`encoding.windows` has the function of each source; the config's check, the plan and the jobs read from here what it
needs. Standard library only: the Snakefile reads this.
"""

from dataclasses import dataclass

PRESENT = "present"  # the source of the baseline: no window at all
COMPONENTS = ("syntactic", "semantic")  # they split the true activations: their sum is the true window


@dataclass(frozen=True)
class Source:
    """What a source needs besides the activations of the story's own words.

    Parameters
    ----------
    product : folder of the run with the upcoming words as seen from each word, (n_words, horizon, n_features) per
        layer; None for a source that rearranges the story's own vectors.
    section : section of config `sources` that sets the `horizon` of that product.
    static : whether its vectors are layer 0 of the model `sources.static.model`, which knows nothing of the context.
    text : sentence for the methods of the report; the template has it where it names settings.
    """

    product: str | None = None
    section: str | None = None
    static: bool = False
    text: str = ""


SOURCES = {
    "true": Source(),
    "shuffled": Source(),
    "random": Source(text="The random window holds a random vector for each word."),
    "static": Source(static=True),
    "generated": Source("continuations", section="generated"),
    "syntactic": Source("components", section="syntactic"),
    "semantic": Source("components", section="syntactic"),
}


def baseline_source(source: str, component_base: str) -> str:
    """The source of the baseline that windows of a source are compared with.

    Parameters
    ----------
    component_base : config `sources.syntactic.base`: ``paper`` is the whole present, ``component`` the same component
        of it.
    """
    return source if component_base == "component" and source in COMPONENTS else PRESENT
