"""The user's own features while planning: that a config can have them, and that the file of each story fits it.

A model ``features:<folder>`` has a file for each story (`dataset.feature_files`), with a row per word or per TR. Only
heads of files are read here.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from brainforecast.cells import FEATURES, VERDICT, is_features, span
from brainforecast.checkpoints import layers_at
from brainforecast.dataset.feature_files import WORD, FeatureHead, check_rows, find_features, read_head
from brainforecast.dataset.plan import Plan
from brainforecast.errors import BadInput
from brainforecast.files import resolve
from brainforecast.sources import SOURCES

if TYPE_CHECKING:
    from brainforecast.planning.study import Study

USED = ("source", "side_by_side")  # keys of a model's entry that mean something for features
# names of columns that say when or which a row is, not what is in the stimulus; lower case
OF_ROWS = ("begin", "duration", "end", "index", "offset", "onset", "row", "start", "stop", "t", "time", "tr")
NAMED = 12  # layers or columns that one line lists


def features_folder(source: str) -> Path:
    """The folder of a source ``features:<folder>``; it may lie in a package."""
    return resolve(source.removeprefix(FEATURES).strip())


def story_files(source: str, story: str) -> list[str]:
    """The file of one story as the input of a rule; none where it is not here: the job reports that."""
    try:
        return [find_features(features_folder(source), story)]
    except BadInput:
        return []


def check_feature_models(config: Mapping) -> None:
    """Check that a config requests of features only what they can have.

    Raises
    ------
    BadInput : a source that a language model makes; a fine-tuning.
    """
    models = {name for name, entry in config["models"].items() if is_features(entry)}
    for name, analysis in config["analyses"].items():
        made = [source for source in analysis.get("sources", ()) if SOURCES[source].product]
        for model in sorted(models & set(analysis["models"])) if made else ():
            expected = f"a language model, which makes that source; {model} is a folder of features"
            raise BadInput(f"config key analyses.{name}.sources", f"{made[0]} of {model}", expected)
    for name, section in config["finetuning"].items():
        if section["base"] in models:
            found = f"{section['base']}, a folder of features"
            raise BadInput(f"config key finetuning.{name}.base", found, "a language model")


def check_features(study: "Study") -> None:
    """Check the file of each story of each model of features, as far as its head says.

    Raises
    ------
    BadInput : the first that is missing, is no array or table of numbers, has rows for other words or volumes, other
        columns than the first story's, not the layers of the config; windows of features per TR.
    """
    for name in study.models.features:
        folder, where = features_folder(study.config["models"][name]["source"]), f"config key models.{name}.source"
        found = [(story, find_features(folder, story, where)) for story in study.stories]
        heads = {path: read_head(path) for _, path in found}
        _check_kinds(heads)
        if next(iter(heads.values())).per_tr:
            _check_no_words(study.config, name)
            _check_no_lost_words(study, {story: (path, heads[path].n_rows) for story, path in found})
            for story, path in found:
                _check_volumes(study.plan, story, path, heads[path].n_rows)
        else:
            words = _counted_words(study)
            for story, path in found:
                check_rows(path, heads[path], words.get(story, heads[path].n_rows))
        _check_same(heads)
        _check_layers(study, name, heads)


def feature_notes(given: Mapping, config: Mapping, plan: Plan) -> list[str]:
    """What of the features and of their entries in the config is not used.

    Parameters
    ----------
    given : the config as it is written; config : the same, checked and filled in.
    """
    notes = []
    for name, entry in config["models"].items():
        if not is_features(entry):
            continue
        written = (given.get("models") or {}).get(name) or {}
        notes += [
            f"config key models.{name}.{key} is not used: features are read as they are"
            for key in written
            if key not in USED
        ]
        left_out, of_rows, over = {}, {}, []
        for story, head in _heads_here(entry["source"], list(plan.stories)):
            left_out |= dict.fromkeys(column for column in head.left_out if column != WORD)
            of_rows |= dict.fromkeys(column for column in head.columns if column.strip().lower() in OF_ROWS)
            longest = max((run.n_trs or 0 for run in _runs_of(plan, story)), default=0)
            if head.per_tr and longest and head.n_rows > longest:
                over.append(f"{story} {head.n_rows - longest}")
        if left_out:
            notes.append(f"columns of {name} that are not features: {', '.join(left_out)}")
        if of_rows:
            notes.append(f"columns of {name} that are features, though named as times or numbers: {', '.join(of_rows)}")
        if over:
            notes.append(f"rows of {name} after the last volume of the longest run, not used: {', '.join(over)}")
    return notes


def _check_kinds(heads: Mapping[str, FeatureHead]) -> None:
    """All stories have a row per word, or all a row per TR."""
    (first, head), *others = heads.items()
    for path, other in others:
        if other.per_tr != head.per_tr:
            kinds = [f"a row per {'TR' if one.per_tr else 'word'}" for one in (other, head)]
            raise BadInput(path, kinds[0], f"{kinds[1]}, as in {first} (a table with a column word has a row per word)")


def _check_same(heads: Mapping[str, FeatureHead]) -> None:
    """All stories have the same features."""
    (first, head), *others = heads.items()
    for path, other in others:
        if other.columns and head.columns and other.columns != head.columns:
            near = next((pair for pair in zip(other.columns, head.columns, strict=False) if len(set(pair)) > 1), None)
            found = f"column {near[0]} where {first} has {near[1]}" if near else f"{len(other.columns)} columns"
            raise BadInput(path, found, f"the {len(head.columns)} columns of {first}, in their order")
        if other.n_features != head.n_features:
            raise BadInput(path, f"{other.n_features} features", f"{head.n_features}, as in {first}")


def _check_layers(study: "Study", name: str, heads: Mapping[str, FeatureHead]) -> None:
    """Each story has the layers that the config names."""
    joined = study.config["models"][name]["side_by_side"]
    for path, head in heads.items():
        needed = _layers_needed(study, name, layers_at(joined, max(head.layers)) if joined else None)
        for where, layer in needed:
            if layer not in head.layers:
                listed = ", ".join(map(str, head.layers[:NAMED])) + (", ..." if len(head.layers) > NAMED else "")
                has = f"one of the layers {listed} of {path}" if head.layers != (0,) else "0: features without layers"
                raise BadInput(where or path, f"layer {layer} of {name}", has)


def _layers_needed(study: "Study", name: str, joined: Sequence[int] | None) -> Iterator[tuple[str | None, int]]:
    """Each layer that is read, and the key that names it; None for what follows from several."""
    if joined is not None:
        yield from ((f"config key models.{name}.side_by_side", layer) for layer in joined)
        return
    for analysis, section in study.config["analyses"].items():
        if name in section["models"]:
            yield from ((f"config key analyses.{analysis}.layers", layer) for layer in span(section["layers"]))
    yield from ((None, layer) for layer in study.models.layers(name))  # static vectors, and layer 0 of a verdict


def _check_no_words(config: Mapping, name: str) -> None:
    """Features per TR have no words: nothing that shifts or arranges words."""
    expected = f"none with {name}: it has a row per TR, and no words"
    for analysis, section in config["analyses"].items():
        if name in section["models"] and section.get("sources"):
            raise BadInput(f"config key analyses.{analysis}.sources", ", ".join(section["sources"]), expected)
        if name in section["models"] and section["base"] == VERDICT:
            paper = f"paper or lexical with {name}: it has a row per TR, and no words whose layer 0 could stand beside"
            raise BadInput(f"config key analyses.{analysis}.base", VERDICT, paper)
    for section, key in (("sources", "static"), ("simulation", None)):
        of_key = (config[section] or {}).get(key, {}) if key else config[section] or {}
        if of_key.get("model") == name:
            where = ".".join(filter(None, (section, key, "model")))
            raise BadInput(f"config key {where}", f"{name}, which has a row per TR", "a model with a vector per word")


def _check_no_lost_words(study: "Study", found: Mapping[str, tuple[str, int]]) -> None:
    """Tables without the column of words, but with a row for each word of each story, are meant to be per word."""
    words = _counted_words(study)
    if all(n_rows == words.get(story) for story, (_, n_rows) in found.items()):
        path, n_rows = next(iter(found.values()))
        longest = max((run.n_trs or 0 for run in _runs_of(study.plan, next(iter(found)))), default=0)
        if longest and n_rows != longest:
            expected = f"a column {WORD} in a table per word, or a row for each of {longest} volumes"
            raise BadInput(path, f"no column {WORD}, and {n_rows} rows, as many as the story has words", expected)


def _check_volumes(plan: Plan, story: str, path: str, n_rows: int) -> None:
    """A table per TR has a row for each volume kept of each run whose volumes are known."""
    runs = [run for run in _runs_of(plan, story) if run.n_trs]
    longest = max((run.n_trs for run in runs), default=0)
    if n_rows < longest:
        raise BadInput(path, f"{n_rows} rows", f"a row for each volume of the longest run of story {story}, {longest}")
    whole = next((run for run in runs if run.n_dropped and n_rows == run.n_trs + run.n_dropped > longest), None)
    if whole:
        expected = f"a row for each volume kept, {whole.n_trs}: without the first {whole.n_dropped}"
        raise BadInput(path, f"{n_rows} rows, the volumes of a run's file", expected)


def _runs_of(plan: Plan, story: str) -> Iterator:
    return (run for runs in plan.runs.values() for run in runs if run.story == story)


def _heads_here(source: str, stories: Sequence[str]) -> Iterator[tuple[str, FeatureHead]]:
    """Stories whose file is here and can be read, and its head."""
    for story in stories:
        for path in story_files(source, story):
            try:
                yield story, read_head(path)
            except BadInput:
                continue


def _counted_words(study: "Study") -> Mapping[str, int]:
    try:
        return study.sizes.words
    except BadInput:  # an alignment is not here yet: the job compares
        return {}
