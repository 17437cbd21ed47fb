"""Steps of a design job: from files of word vectors to the stories that a design is built from."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.encoding.designs import Design, Story, WindowSettings
from brainforecast.encoding.folds import FoldSettings
from brainforecast.encoding.lexical import WordTimes
from brainforecast.errors import BadInput
from brainforecast.readers.audio import read_envelope
from brainforecast.sources import PRESENT
from brainforecast.statistics.autocorrelation import memory
from brainforecast.storage.activations import has_rows_of_trs, read_layer, read_metadata
from brainforecast.writing.frequency import zipf_frequencies
from brainforecast.writing.orthography import n_letters

SAME = 1e-6  # of the largest value: less is a rounding error of the reduction

logger = logging.getLogger("brainforecast")


@dataclass(frozen=True)
class DesignStep:
    """One design of a design job, and the files it is built from.

    name : `cells.Grid.design`, its name in the file; layer : of the vectors; windows : of the grid.
    vectors : file of each story with the words up to the present; ahead : of each story with the words to come, for
    sources that need them, else empty; layer_0 : of each story with the layer 0 beside the present, else empty.
    """

    name: str
    layer: int
    windows: WindowSettings
    vectors: Sequence[str | Path]
    ahead: Sequence[str | Path] = ()
    layer_0: Sequence[str | Path] = ()

    @classmethod
    def from_params(cls, step: Mapping, inputs: Mapping[str, Sequence[str | Path]], n_components: int) -> "DesignStep":
        """Look up the files of a step of the rule's params.

        Parameters
        ----------
        step : name, layer, source, width, distances, lexical; vectors, ahead, layer_0 : names of inputs, None for none
            (`planning.fanout.Fanout.design_steps`).
        inputs : files by the name of the input, in the order of the stories.
        """
        windows = WindowSettings(
            *(step["source"], step["width"], step["distances"], n_components),
            lexical=step["lexical"],
            layer_0=bool(step["layer_0"]),
        )
        ahead, layer_0 = (inputs[step[name]] if step[name] else () for name in ("ahead", "layer_0"))
        return cls(step["name"], step["layer"], windows, inputs[step["vectors"]], ahead, layer_0)


def sharing(steps: Sequence[DesignStep]) -> list[list[DesignStep]]:
    """Group the steps whose windows have the same words, of one source and layer: they are read and reduced together.

    The present is the true word at offset 0.
    """
    groups: dict[tuple, list[DesignStep]] = {}
    for step in steps:
        source = "true" if step.windows.source == PRESENT else step.windows.source
        files = (tuple(map(str, paths)) for paths in (step.vectors, step.ahead, step.layer_0))
        groups.setdefault((step.layer, source, step.windows.n_components, *files), []).append(step)
    return list(groups.values())


def read_stories(
    step: DesignStep,
    names: Sequence[str],
    times: Sequence[WordTimes],
    lengths: Sequence[Sequence[int]],
    *,
    tr: float,
) -> list[Story]:
    """Read the word vectors of one step, or features that have a row per TR instead of one per word.

    Row t of features per TR is one event in the middle of TR t of the run, so that it goes where the words that start
    in that TR would go.

    Parameters
    ----------
    names, times : of each story.
    lengths : volumes of each story, for each combination of volumes that the subjects have.
    tr : repetition time, s.

    Raises
    ------
    BadInput : features per TR with fewer rows than a run has volumes, or of another number in another story.
    """
    vectors = [read_layer(path, step.layer) for path in step.vectors]
    _check_features(step.vectors, vectors)
    nothing = [None] * len(names)
    ahead = [read_layer(path, step.layer) for path in step.ahead] or nothing
    layer_0 = [read_layer(path, 0) for path in step.layer_0] or nothing
    longest = np.max(lengths, axis=0).tolist()
    onsets = [
        _rows_of_trs(path, len(X), n_trs, tr) if has_rows_of_trs(path) else of_story.onsets
        for path, X, n_trs, of_story in zip(step.vectors, vectors, longest, times, strict=True)
    ]
    return [Story(*story) for story in zip(names, vectors, onsets, ahead, times, layer_0, strict=True)]


def check_features_vary(step: DesignStep, designs: Sequence[Design]) -> None:
    """Check that the user's own features vary where a fold is fitted and where it is scored: else R would be NaN.

    Raises
    ------
    BadInput : the first fold in which they are constant.
    """
    made = read_metadata(step.vectors[0])
    if step.windows.source != PRESENT or "rows" not in made:
        return
    for design in designs:
        smallest = SAME * np.abs(design.components).max()
        for number, (fold, rows) in enumerate(zip(design.folds, design.components[0], strict=True), start=1):
            for used, verb in ((fold.train, "fitted on"), (fold.test, "scored on")):
                if np.ptp(rows[used], axis=0).max() <= smallest:
                    found = f"features that are constant in the volumes that fold {number} is {verb}"
                    expected = "features that vary in every fold; fewer folds: config encoding.folds.n_folds"
                    raise BadInput(Path(made["source"]).parent, found, expected)


def read_times(
    path_to_words: str | Path,
    columns: Collection[str],
    *,
    language: str,
    tr: float,
    path_to_audio: str | Path | None = None,
    shift: float = 0.0,
) -> WordTimes:
    """Read when the words of a story are spoken, and what is known of them without a language model.

    Parameters
    ----------
    columns : lexical columns that some step needs; language : of the words, BCP 47; tr : s.
    path_to_audio : a WAV file, None for no envelope; shift : s, from the file's clock to the scan's.
    """
    words = pd.read_parquet(path_to_words, columns=["word", "onset", "offset"])
    return WordTimes(
        words["onset"].to_numpy(),
        words["offset"].to_numpy(),
        np.array([n_letters(word) for word in words["word"]], float),
        zipf_frequencies(words["word"], language) if "word_frequency" in columns else np.full(len(words), np.nan),
        None if path_to_audio is None else read_envelope(path_to_audio, tr=tr, shift=shift),
    )


def _check_features(paths: Sequence[str | Path], vectors: Sequence[np.ndarray]) -> None:
    for path, X in zip(paths, vectors, strict=True):
        if X.shape[1] != vectors[0].shape[1]:
            raise BadInput(path, f"{X.shape[1]} features", f"{vectors[0].shape[1]}, as in {paths[0]}")


def _rows_of_trs(path: str | Path, n_rows: int, n_trs: int, tr: float) -> np.ndarray:
    """The time that each row of features per TR stands for, (n_rows,) s: the middle of its TR."""
    if n_rows < n_trs:
        raise BadInput(path, f"{n_rows} rows, one per TR", f"{n_trs} or more, the volumes of the story's longest run")
    if n_rows > n_trs:
        logger.info("%s: the rows after the first %d are not used, the run is over", path, n_trs)
    return (np.arange(n_rows) + 0.5) * tr


def fold_settings(folds: Mapping, measured: Sequence[str | Path] = ()) -> FoldSettings:
    """How rows are split, from a rule's params; with a measured autocorrelation its memory is added to their gap.

    Parameters
    ----------
    measured : one file, group/autocorrelation.parquet, or none.
    """
    settings = FoldSettings(**folds)
    memories = (memory(pd.read_parquet(path)["autocorrelation"].to_numpy(float)) for path in measured)
    return replace(settings, gap=settings.gap + sum(memories))
