"""Whether the weights of spaCy's parser have the sizes that its compiled code assumes.

That code takes addresses: of an array that is too short it reads what lies behind, and any bytes as float32. The
process ends without a word, or the trees are wrong. spaCy and thinc check neither when they load a pipeline.
"""

import numpy as np
from spacy.language import Language
from spacy.pipeline import DependencyParser

from brainforecast.errors import BadInput


def check_parser_weights(name: str, nlp: Language) -> None:
    """Check the last two layers of each parser of a pipeline: `lower` sums a state's features, `upper` scores moves.

    Raises
    ------
    BadInput : an array of another shape or type, or one that is not finite; layers that do not fit the moves.
    """
    for component, pipe in nlp.pipeline:
        if isinstance(pipe, DependencyParser):
            _check_layers(f"parser {name}, component {component}", pipe)


def _check_layers(where: str, parser: DependencyParser) -> None:
    layers, n_moves = {key: parser.model.get_ref(key) for key in ("lower", "upper")}, parser.moves.n_moves
    n_features, n_hidden, n_pieces, n_inputs = (layers["lower"].maybe_get_dim(dim) for dim in ("nF", "nO", "nP", "nI"))
    expected = {
        ("lower", "W"): (n_features, n_hidden, n_pieces, n_inputs),
        ("lower", "b"): (n_hidden, n_pieces),
        ("lower", "pad"): (1, n_features, n_hidden, n_pieces),
    }
    scores_moves = bool(layers["upper"].has_param("W"))  # without it `lower` does
    if scores_moves:
        expected |= {("upper", "W"): (n_moves, n_hidden), ("upper", "b"): (n_moves,)}
    elif n_hidden != n_moves:
        raise BadInput(where, f"{n_hidden} scores without a layer upper", f"one for each of the {n_moves} moves")
    has_upper = parser.model.attrs["has_upper"]
    if has_upper is not scores_moves:
        raise BadInput(where, f"has_upper: {has_upper!r}", f"{scores_moves}, as its layers are")
    for (layer, param), shape in expected.items():
        array = layers[layer].get_param(param) if layers[layer].has_param(param) else None
        found = "no values" if array is None else f"{array.dtype} of shape {array.shape}"
        if array is None or (array.shape, array.dtype) != (shape, np.float32):
            raise BadInput(f"{where}, weights {layer}.{param}", found, f"float32 of shape {shape}")
        if not np.isfinite(array).all():
            raise BadInput(f"{where}, weights {layer}.{param}", "values that are not finite", "finite ones")
