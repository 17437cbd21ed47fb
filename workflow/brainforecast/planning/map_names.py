"""Names of the files of maps, those of a BIDS derivative: computed here and nowhere else.

BIDS has a name for a statistical map in none of its versions up to 1.11; nilearn and FitLins write
``..._stat-<name>_statmap.nii.gz``, and so does this. The order of entities is that of BIDS.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from brainforecast.dataset.bids import parse_name
from brainforecast.planning.anatomy import Anatomy

FOLDER = "maps"
SUFFIX = "statmap"
EXTENSIONS = {"surface": "func.gii", "dtseries": "dscalar.nii", "ptseries": "pscalar.nii", "volume": "nii.gz"}
KEPT = ("space", "cohort", "atlas", "seg", "scale", "res", "den")  # entities of the runs that hold for a map too
DESCRIPTION = f"{FOLDER}/dataset_description.json"
README = f"{FOLDER}/README.md"
IGNORED = f"{FOLDER}/.bidsignore"


@dataclass(frozen=True)
class MapNames:
    """Names of the maps of one study, below ``results/<dataset>/``.

    Parameters
    ----------
    extension : of the files; None where the responses have no place in a space, so that there are no maps.
    hemispheres : each has a file of its own; (None,) for one file of the whole brain.
    entities : of every map, in the order of BIDS.
    """

    extension: str | None
    hemispheres: Sequence[str | None]
    entities: Mapping[str, str]

    def files(self, stat: str, subject: str | None = None) -> list[str]:
        """The files of one map, of the group or of a subject; of surfaces, the left hemisphere first."""
        if not self.extension:
            return []
        folder = f"{FOLDER}/sub-{subject}/func" if subject else FOLDER
        names = [self._entities(hemi, stat, subject) for hemi in self.hemispheres]
        return [f"{folder}/{'_'.join([*name, SUFFIX])}.{self.extension}" for name in names]

    def _entities(self, hemi: str | None, stat: str, subject: str | None) -> list[str]:
        found = {"sub": subject, "hemi": hemi, **self.entities, "stat": stat}
        return [f"{key}-{value}" for key, value in found.items() if value]


def map_names_of(anatomy: Anatomy) -> MapNames:
    """The names of the maps of a study; none where targets are regions of each subject's own atlas."""
    dataset, response = anatomy.config["dataset"], anatomy.response
    density = anatomy.density if response.name == "surface" else None  # CIFTI files name theirs: 91k, 170k
    given = {"space": dataset["space"], "den": density, **dataset["entities"]}
    kind = None if anatomy.has_own_atlas else response.name
    return map_names(kind, response.hemispheres, given, anatomy.first_run.paths[0])


def sidecars(files: Sequence[str]) -> list[str]:
    """The JSON sidecar of each file: the same name up to its extension."""
    return [str(sidecar_of(file)) for file in files]


def sidecar_of(path: str | Path) -> Path:
    """The JSON sidecar of one file."""
    return Path(path).with_name(f"{Path(path).name.partition('.')[0]}.json")


def dataset_descriptions(config: Mapping) -> list[str]:
    """Where the datasets that are read may have a ``dataset_description.json``."""
    folders = [config["dataset"]["root"], config["dataset"]["derivatives"]]
    return [str(Path(folder) / "dataset_description.json") for folder in folders if folder]


def map_names(
    response: str | None, hemispheres: Sequence[str | None], given: Mapping[str, str | None], run: str | None = None
) -> MapNames:
    """The names of the maps of responses.

    Parameters
    ----------
    response : kind of the responses; None, or a kind without files for maps: there are no maps.
    hemispheres : of its runs.
    given : entities that the config gives, and the density of its space.
    run : path of one run: entities in its name are taken before those that are given; None for no BIDS name.
    """
    name = parse_name(Path(run).name) if run else None
    found = {**given, **(name.entities if name else {})}
    return MapNames(EXTENSIONS.get(response), tuple(hemispheres), {key: found[key] for key in KEPT if found.get(key)})
