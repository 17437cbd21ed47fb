"""What of a study can be known before any job runs: layers, files of models and atlas, regions, folds.

The process that plans a run calls this once, after config and plan are checked; jobs do not. Names of regions are
read only where the config has some.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from brainforecast.cells import is_features, is_word_vectors, span
from brainforecast.dataset.freesurfer import atlas_files
from brainforecast.errors import BadInput, nearest
from brainforecast.files import PACKAGE_PREFIX, resolve
from brainforecast.planning.bases import lexical_of
from brainforecast.planning.grammar import check_grammar
from brainforecast.planning.models import files as model_files
from brainforecast.planning.models.checks import check_model_kinds
from brainforecast.planning.models.features import check_features
from brainforecast.planning.models.files import check_source, count_layers, near_in_folder, require_layers
from brainforecast.planning.models.speech import check_speech
from brainforecast.planning.notes import check_subjects
from brainforecast.planning.silence import check_silent_folds, fold_stretches
from brainforecast.planning.study import Study

FEWEST_ROWS = 3  # volumes of a test part: fewer have no correlation that means anything
MOST_NAMES = 12  # that one line lists; of more it has the nearest, and their number
MOST_ATLASES = 20  # of subjects, that are read to know the names in them
LEVELS = {"roi": "region", "lobe": "lobe", "mask": "mask"}  # whose regions have names


def check_plan(study: Study) -> None:
    """Check what can be known of a study before its first job and before all of its files are here.

    What a look ahead may lack is checked by `check_models`, `check_atlas_files` and `check_folds`.

    Raises
    ------
    BadInput : the config key, what was found and what was expected, with the nearest known name.
    """
    check_space(study)
    check_subjects(study.config, study.plan)
    check_regions(study)
    check_language(study.config)
    check_grammar(study)
    check_model_kinds(study.config, study.sizes.model_sizes)
    check_speech(study)


def check_folder(executable: str) -> None:
    """Check that the working folder can be written to, and that Snakemake can start scripts.

    Parameters
    ----------
    executable : of Python; Snakemake starts scripts by this path, unquoted.

    Raises
    ------
    BadInput : a folder that refuses files; a path with a space.
    """
    if " " in executable:
        raise BadInput(executable, "a space in the path", "the project in a folder without one")
    folder = ".snakemake"
    try:
        os.makedirs(folder, exist_ok=True)
        reason = "" if os.access(folder, os.W_OK) else "no permission to write"
    except OSError as error:
        reason = error.strerror
    if reason:
        expected = "a folder to which results can be written; --directory names another"
        raise BadInput(f"working folder {os.getcwd()}", reason, expected)


def check_models(study: Study) -> None:
    """Check that models have their files, and every layer that the config names.

    Raises
    ------
    BadInput : a model that is not there; a layer beyond its last one; features that do not fit.
    """
    check_features(study)
    models = {name: model for name, model in study.config["models"].items() if not is_features(model)}
    for name, model in models.items():
        if not study.models.is_on_hub(name):
            check_source(f"config key models.{name}.source", model["source"])
    counts = {
        name: count_layers(model["source"], on_hub=study.models.is_on_hub(name), revision=model["revision"])
        for name, model in models.items()
        if not is_word_vectors(model)
    }
    for where, name, layers in _layers_named(study):
        require_layers(where, name, layers, counts.get(name))


def check_weights(study: Study) -> None:
    """Check that the weights of models in local folders are there; a look ahead at a study may lack them.

    Raises
    ------
    BadInput : weights that are missing, in part or as a whole; those of an untrained control are not needed; pickles
        that the config does not allow.
    """
    for name, model in study.config["models"].items():
        is_local = study.sizes.model_sizes.is_loaded(name) and not study.models.is_on_hub(name)
        if is_local and model["weights"] != "random":
            model_files.check_weights(
                f"config key models.{name}.source", model["source"], model["weights"] == "pickled"
            )


def check_space(study: Study) -> None:
    """Check that the space of the runs has a size.

    Raises
    ------
    BadInput : a run of another size than its space.
    """
    if not study.is_simulated:
        _ = study.anatomy.surface  # raises what is wrong


def check_atlas_files(study: Study) -> None:
    """Check that the files of the atlas are here, but for those that are fetched and those of each subject.

    Raises
    ------
    BadInput : the key of the first missing file, and the nearest name in its folder.
    """
    for keys, path in (found for atlas in study.anatomy.atlases for found in atlas_files(atlas)):
        if path.startswith(f"{study.fetched}/"):
            continue
        file = resolve(path) if path.startswith(PACKAGE_PREFIX) else path
        if not os.path.exists(file):
            where = f"config key atlas.{'.'.join(keys)}"
            raise BadInput(where, f"no file {path}", f"a file that is there{near_in_folder(file)}")


def check_folds(study: Study) -> None:
    """Check that every fold of a story set whose volumes are known has volumes enough, and words.

    Raises
    ------
    BadInput : the first subject with too few volumes, and the most folds that they allow; a fold in silence.
    """
    folds = study.config["encoding"]["folds"]
    for name, subjects in study.plan.story_sets.items():
        for n_trs in study.lengths_of_set(name):  # one, or none where volumes are not known yet
            if _shortest_part(n_trs, folds) >= FEWEST_ROWS:
                continue
            fewer = range(min(folds["n_folds"] - 1, sum(n_trs) // FEWEST_ROWS), 1, -1)
            most = next((n for n in fewer if _shortest_part(n_trs, {**folds, "n_folds": n}) >= FEWEST_ROWS), None)
            gap = f" with gaps of {folds['gap']}" if folds["scheme"] == "strict" else ""
            found = f"{folds['n_folds']} folds{gap} of the {sum(n_trs)} volumes of sub-{subjects[0]}"
            enough = f"at most {most} folds" if most else "more volumes" + (", or a shorter gap" if gap else "")
            expected = f"{enough}: every part has {FEWEST_ROWS} volumes or more"
            raise BadInput("config key encoding.folds.n_folds", found, expected)
    check_silent_folds(study.config, study.plan)


def check_regions(study: Study) -> None:
    """Check that the regions of contrasts and of curves are regions of the atlas or, without one, of the first run.

    Raises
    ------
    BadInput : the key, and the nearest name; a pattern that no name matches.
    """
    named = list(_regions_named(study.config))
    if not named:
        return
    names = RegionNames(study)
    for where, level, pattern in named:
        known = names.of_level(level)
        if known is not None and not _matches(pattern, known):
            raise BadInput(
                where, pattern, f"a {LEVELS[level]} of {names.source(level)}{_nearest_names(pattern, known)}"
            )


def check_language(config: Mapping) -> None:
    """Check that the words of the language are counted, where their frequency is a column of some base; else raise."""
    bases = {analysis["base"] for analysis in config["analyses"].values()}
    language = config["dataset"]["language"]
    if language != "en" and any("word_frequency" in lexical_of(base, config["encoding"]) for base in bases):
        from brainforecast.writing.frequency import known_language  # loads the lists: only where it is needed

        known_language(language)


class RegionNames:
    """The names of regions by level, read when they are first needed.

    Parameters
    ----------
    study : whose atlas, or whose first run, has them.
    """

    def __init__(self, study: Study):
        self.study, self.anatomy = study, study.anatomy

    def of_level(self, level: str) -> list[str] | None:
        """The names of one level, sorted; None where they are not known before a job has read them."""
        if level == "mask":
            return sorted(self.anatomy.atlas.get("masks") or {})
        if level == "lobe" and not self.anatomy.atlas.get("lobes"):
            return []
        return self._named and self._named[level]

    def source(self, level: str) -> str:
        """Where the names of a level stand, for a message."""
        atlas = self.anatomy.atlas
        if level == "mask":
            return "config key atlas.masks"
        if level == "lobe":
            return atlas.get("lobes") or "a table in config key atlas.lobes"
        return next((atlas[key] for key in ("L", "dlabel", "table") if atlas.get(key)), self.anatomy.first_run.paths[0])

    @cached_property
    def _named(self) -> dict[str, list[str]] | None:
        """Regions and lobes of the targets; None where a file that has them is not here yet."""
        anatomy, first = self.anatomy, self.study.subjects[0]
        subjects = self.study.subjects if anatomy.has_own_atlas else [first]
        masks = {subject: anatomy.mask_files(subject) for subject in subjects}
        files = [*anatomy.described_files, *anatomy.atlas_files, *(path for paths in masks.values() for path in paths)]
        if len(subjects) > MOST_ATLASES or not all(map(os.path.exists, files)):
            return None
        from brainforecast.readers.target_files import TargetFiles  # readers load arrays: only where names are needed
        from brainforecast.readers.targets import describe_targets

        space, surface, pieces, lobes = self.study.config["dataset"]["space"], anatomy.surface, {}, set()
        for subject in subjects:
            whole = anatomy.atlas_of(subject) | {"split": None}  # regions are split along their coordinates
            run = self.study.plan.runs[subject][0].paths
            described = TargetFiles(space, surface, whole, None, False, run, masks[subject])
            targets, _ = describe_targets(anatomy.response.name, described)
            sizes = targets.groupby(["roi", "hemi"], dropna=False).size().groupby("roi").max()
            pieces |= {roi: max(int(n), pieces.get(roi, 0)) for roi, n in sizes.items()}
            lobes |= set(targets["lobe"].dropna())
        largest = anatomy.atlas.get("split")
        rois = [
            name
            for roi, n in pieces.items()
            for name in _pieces(roi, n // largest + 1 if largest and n > largest else 1)
        ]
        return {"roi": sorted(rois), "lobe": sorted(lobes)}


def _shortest_part(n_trs: Sequence[int], folds: Mapping) -> int:
    """Volumes of the shortest training or test part of all folds."""
    parts = [part for fold in fold_stretches(n_trs, folds) for part in (fold.train, fold.test)]
    return min((sum(stretch.stop - stretch.start for stretch in part) for part in parts), default=0)


def _pieces(roi: str, n: int) -> list[str]:
    return [f"{roi}-{i + 1}" for i in range(n)] if n > 1 else [roi]


def _layers_named(study: Study) -> Iterator[tuple[str, str, Sequence[int]]]:
    """Every place that names layers: its key, the model, and the layers."""
    config = study.config
    joined = {name for name, model in config["models"].items() if model["side_by_side"]}
    for name, analysis in config["analyses"].items():
        for model in analysis["models"]:
            if model in config["models"] and model not in joined:
                yield f"config key analyses.{name}.layers", model, span(analysis["layers"])
    for name in joined:
        layers = config["models"][name]["side_by_side"]
        if isinstance(layers, list):  # depths are fractions of all layers
            yield f"config key models.{name}.side_by_side", name, layers
    for name, section in config["finetuning"].items():
        layer, layers = section["objective"]["layer"], section["evaluation"]["layers"]
        if isinstance(layer, int):
            yield f"config key finetuning.{name}.objective.layer", section["base"], [layer]
        if isinstance(layers, list):
            yield f"config key finetuning.{name}.evaluation.layers", section["base"], layers
    if study.is_simulated:
        yield str(study.locate(study.simulation["regions"])), study.simulation["model"], study.planted_layers


def _regions_named(config: Mapping) -> Iterator[tuple[str, str, str]]:
    """Every name of a region in the config: its key, its level, and the name or pattern."""
    for index, contrast in enumerate(config["contrasts"]):
        for side in ("first", "second"):
            yield from _named_in(f"config key contrasts.{index}.{side}.roi", contrast[side])
    for index, curve in enumerate(config["figures"]["curves"]):
        yield from _named_in(f"config key figures.curves.{index}.roi", curve)


def _named_in(where: str, region: Mapping) -> Iterator[tuple[str, str, str]]:
    names = [region["roi"]] if isinstance(region["roi"], str) else region["roi"]
    if region["level"] == "all" and names != ["all"]:
        raise BadInput(where, ", ".join(names), "all, the name of all targets together")
    if region["level"] in LEVELS:
        yield from ((where, region["level"], name) for name in names)


def _matches(pattern: str, names: Iterable[str]) -> bool:
    """Whether a name equals the pattern or, if it ends in ``*``, starts with it."""
    return any(name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern for name in names)


def _nearest_names(pattern: str, known: Sequence[str]) -> str:
    if not known:
        return ", which has none"
    near = nearest(pattern.rstrip("*"), known)
    listed = f"all: {', '.join(known)}" if len(known) <= MOST_NAMES else f"there are {len(known)}"
    return f"; nearest is {near} ({listed})"
