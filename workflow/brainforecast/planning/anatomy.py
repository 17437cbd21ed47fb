"""Where the responses of a study lie in the brain: their space, its surfaces and the atlas, and the files of these."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from brainforecast.dataset.bids import parse_name
from brainforecast.dataset.counting import count_cifti_vertices, count_gifti_vertices
from brainforecast.dataset.formats import FORMATS, ResponseFormat
from brainforecast.dataset.freesurfer import KINDS, atlas_files, locate_labels, locate_surfaces, surface_files
from brainforecast.dataset.meshes import find_mesh, nilearn_has
from brainforecast.dataset.plan import Plan, Run
from brainforecast.dataset.spaces import OWN_SPACES, Surface, find_surface, fits
from brainforecast.errors import BadInput
from brainforecast.files import PACKAGE_PREFIX

INPUTS = ("L", "R", "lobes")  # keys of config `atlas` that may be fetched, so that they are inputs by name
ATLAS_KEYS = {  # of config `atlas`: what each kind of response can use
    "surface": ("L", "R", "dlabel", "lobes", "split", "masks"),
    "dtseries": ("L", "R", "dlabel", "lobes", "split", "masks"),
    "volume": ("volume", "table", "lobes", "split", "masks"),
    "matrix": ("volume", "table", "lobes", "masks"),
    "region": ("lobes",),
    "ptseries": ("lobes",),
}
SUBJECT = "{subject}"
ATLAS_REGIONS = 300  # assumed for an atlas: those that ship have up to 244


@dataclass(frozen=True, eq=False)
class Anatomy:
    """Surfaces, masks and atlas of one config.

    Parameters
    ----------
    config : checked, defaults filled in (`config.check_config`).
    plan : its runs.
    fetched : folder of the files that are fetched for the dataset.
    locate : where a path of the config lies, as seen from the working folder (`study.Study.locate`).
    """

    config: Mapping
    plan: Plan
    fetched: str = "resources"
    locate: Callable[[str | None], str | None] = lambda path: path

    # --- space --------------------------------------------------------------------------------------------------------

    @property
    def response(self) -> ResponseFormat:
        """The format of the responses."""
        return FORMATS[self._dataset["response"]]

    @property
    def on_surface(self) -> bool:
        """Whether there are vertices of a cortical surface among the targets."""
        return self.response.on_surface

    @property
    def of_regions(self) -> bool:
        """Whether each target is a region: of a table, of parcels, or of an atlas of each subject."""
        return self.response.of_regions or self.has_own_atlas

    @cached_property
    def surface(self) -> Surface | None:
        """The surface and its size; None without one, and where each subject has a surface of its own.

        Its density is that of the config, else of the name of a run, else the one that a run has vertices for.

        Raises
        ------
        BadInput : an unknown space or density; a first run of another size.
        """
        space = self._dataset["space"]
        if not self.on_surface or (self.has_own_atlas and space in OWN_SPACES):
            return None
        if space in OWN_SPACES:
            expected = "a template that all subjects share, or an atlas of each subject (config key atlas)"
            raise BadInput("config key dataset.space", f"{space}, each subject's own", expected)
        found = self._count_vertices()
        surface = find_surface(space, self._density, found)
        if surface is None:
            expected = f"the density of {space}, as no run is here to count: 32k, 59k, 164k"
            raise BadInput("config key dataset.entities.den", "nothing", expected)
        if found is not None and found != surface.n_vertices:
            expected = f"{surface.n_vertices:,} of {surface} (config keys dataset.space and dataset.entities)"
            raise BadInput(self.first_run.paths[0], f"{found:,} vertices{fits(found)}", expected)
        return surface

    @property
    def density(self) -> str | None:
        """TemplateFlow's name of the size of the surface: 10k, 32k, ...; None without one."""
        return self.surface.density if self.surface else None

    @cached_property
    def n_targets(self) -> int:
        """Targets: by the space, by the header of the first run, or assumed where it is not here; voxels: estimated."""
        if self.has_own_atlas:
            return ATLAS_REGIONS
        if self.response.name == "surface":
            return 2 * self.surface.n_vertices
        local = _local(self.first_run)
        counted = self.response.count_targets(local) if local else None
        return counted or self.response.n_assumed

    def check_columns(self) -> None:
        """Raise where the matrices of two subjects have different columns, and no atlas makes regions of them."""
        if self.response.name != "matrix" or self.has_own_atlas:
            return
        widths: dict[int, str] = {}
        for subject, runs in self.plan.runs.items():
            local = _local(runs[0])
            n = self.response.count_targets(local) if local else None
            if n is not None:
                widths.setdefault(n, subject)
        if len(widths) > 1:
            (n, subject), (other_n, other), *_ = widths.items()
            expected = (
                f"{n:,}, as of sub-{subject}: one subject at a time (dataset.subjects), or an atlas of each subject "
                f"(atlas.volume with {SUBJECT} in its path), over whose regions columns are averaged"
            )
            raise BadInput(self.plan.runs[other][0].paths[0], f"{other_n:,} columns", expected)

    # --- surfaces -----------------------------------------------------------------------------------------------------

    @cached_property
    def surfaces(self) -> str | None:
        """Folder of the surfaces: the config's, or the one they are fetched to; None for nilearn's own."""
        return locate_surfaces(self.config["surfaces"], **self._freesurfer)

    @cached_property
    def has_meshes(self) -> bool:
        """Whether there are meshes of the surface; without, targets have no coordinates and maps are not drawn."""
        if not self.on_surface or self.of_regions:
            return False
        return self.surfaces is not None or nilearn_has(self.surface)

    @property
    def local_surfaces(self) -> str | None:
        """The folder of surfaces if they are not fetched, as a parameter; fetched ones are inputs of a job: None."""
        return None if self._are_fetched else self.surfaces

    def surface_files(self, *kinds: str) -> list[str]:
        """Both hemispheres of surfaces of some kinds; none where they are nilearn's own."""
        if not self.surfaces or self._are_fetched or not self.has_meshes:
            return surface_files(self.surfaces, *kinds) if self.surfaces else []
        named = {kind: surface_files(self.surfaces, kind) for kind in kinds or KINDS}
        found = {kind: [find_mesh(self.surfaces, kind, hemi, self.density) for hemi in "LR"] for kind in named}
        return [str(path or name) for kind in named for path, name in zip(found[kind], named[kind], strict=True)]

    # --- masks --------------------------------------------------------------------------------------------------------

    def mask_files(self, subject: str | None = None) -> list[str]:
        """Masks of the voxels, of one subject or of all: the config's, or those beside the runs.

        Raises
        ------
        BadInput : a mask that is not there.
        """
        if not self.response.in_volume:
            return []
        runs = [run for name, runs in self.plan.runs.items() for run in runs if subject in (None, name)]
        given = self._dataset.get("mask")
        if given is None:
            return [_mask_of(run.paths[0]) for run in runs]
        subjects = dict.fromkeys(run.subject for run in runs)
        return list(dict.fromkeys(self._locate_mask(given.replace(SUBJECT, name)) for name in subjects))

    # --- atlas --------------------------------------------------------------------------------------------------------

    @property
    def has_own_atlas(self) -> bool:
        """Whether each subject has an atlas of its own: targets are then its regions."""
        return any(SUBJECT in str(value) for value in self._given_atlas.values())

    @cached_property
    def atlas(self) -> dict:
        """Config `atlas` with its files where they are, or where they are fetched to; empty without an atlas.

        Where each subject has its own, that of the first one.
        """
        return self.atlas_of(self.plan.subjects[0])

    def atlas_of(self, subject: str) -> dict:
        """The atlas of a subject, as `atlas`.

        Raises
        ------
        BadInput : an atlas that the responses cannot use, or half of one.
        """
        if not self._given_atlas:
            return {}
        atlas = {key: self._place(value, subject) for key, value in self._given_atlas.items()}
        _check_atlas(atlas, self.response, self.has_own_atlas)
        atlas |= dict.fromkeys(self._doubled_keys)
        hemispheres = [key for key in ("L", "R") if atlas.get(key) and "L" in ATLAS_KEYS[self.response.name]]
        return atlas | {key: locate_labels(atlas[key], **self._freesurfer) for key in hemispheres}

    def own_atlas(self, subject: str) -> dict | None:
        """The atlas of a subject where each has its own; None where all share one, or there is none."""
        return self.atlas_of(subject) if self.has_own_atlas else None

    def own_files(self, subject: str) -> list[str]:
        """The files of a subject's own atlas; none where all share one."""
        paths = _files_of(self.own_atlas(subject) or {})
        return [path for path in paths if not path.startswith(PACKAGE_PREFIX)]

    def own_masks(self, subject: str) -> list[str]:
        """The masks of a subject's voxels where it has an atlas of its own."""
        return self.mask_files(subject) if self.has_own_atlas else []

    @property
    def atlases(self) -> list[dict]:
        """The atlas of each subject, where they have their own; else the one atlas of all, which may be empty."""
        return [self.atlas_of(subject) for subject in self.plan.subjects] if self.has_own_atlas else [self.atlas]

    @property
    def named_atlas_files(self) -> dict[str, str]:
        """The files of the atlas that may be fetched, by key; none where each subject has its own."""
        return {} if self.has_own_atlas else {key: self.atlas[key] for key in INPUTS if self.atlas.get(key)}

    @property
    def other_atlas_files(self) -> list[str]:
        """The other files of the atlas, or of the atlases of all subjects; those in an installed package left out."""
        named = set(self.named_atlas_files.values())
        paths = dict.fromkeys(path for atlas in self.atlases for path in _files_of(atlas))
        return [path for path in paths if path not in named and not path.startswith(PACKAGE_PREFIX)]

    @property
    def atlas_files(self) -> list[str]:
        """The files of the atlas, those inside an installed package left out."""
        named = [path for path in self.named_atlas_files.values() if not path.startswith(PACKAGE_PREFIX)]
        return [*named, *self.other_atlas_files]

    # --- runs and notes -----------------------------------------------------------------------------------------------

    @property
    def first_run(self) -> Run:
        """The first run of the first subject."""
        return next(iter(self.plan.runs.values()))[0]

    @property
    def described_runs(self) -> list[Run]:
        """The runs that say what the targets are: the first one, of each subject where each has an atlas of its own."""
        firsts = [runs[0] for runs in self.plan.runs.values()]
        return firsts if self.has_own_atlas else firsts[:1]

    @property
    def described_files(self) -> list[str]:
        """The files of these runs; none where masks, or the size of the surface, say what the targets are."""
        is_known = self.response.in_volume or (self.response.name == "surface" and not self.has_own_atlas)
        return [] if is_known else [path for run in self.described_runs for path in run.paths]

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what the config leaves open here; raises where it and the files do not agree."""
        for subject in self.plan.subjects:
            self.atlas_of(subject)
        return (*self._space_notes(), *self._atlas_notes(), *self._open_ends())

    def check_targets(self) -> None:
        """Raise where subjects have no common targets, or masks are missing: they can be planned, but not scored."""
        self.check_columns()
        for subject in self.plan.subjects:
            self.mask_files(subject)

    def _open_ends(self) -> list[str]:
        try:
            self.check_targets()
        except BadInput as error:
            return [f"this is planned, but cannot be scored: {error}"]
        return []

    def _space_notes(self) -> list[str]:
        if not self.on_surface or self.of_regions:
            return []
        space, surface, notes = self._dataset["space"], self.surface, []
        if self._density is None and find_surface(space) is None:
            count = f"its runs have {surface.n_vertices:,} vertices per hemisphere"
            notes.append(f"dataset.space {space} does not say how many vertices there are; {count}: {surface.density}")
        if not self.has_meshes:
            whose = "nilearn ships meshes of fsaverage5 only" if surface.template == "fsaverage" else "no meshes ship"
            notes.append(
                f"surfaces is null and {whose}: vertices of {surface} have no coordinates and their maps are written, "
                "but not drawn"
            )
        return notes

    def _atlas_notes(self) -> list[str]:
        given = {key: value for key, value in self._given_atlas.items() if value}
        unused = [key for key in given if key not in ATLAS_KEYS[self.response.name]]
        unused += [" and ".join(self._doubled_keys)] if self._doubled_keys else []
        if self.has_own_atlas:
            unused += [key for key in ("split", "masks") if key in given]
        return [f"atlas: {', '.join(unused)} not used for {self.response.name} responses"] if unused else []

    @property
    def _doubled_keys(self) -> tuple[str, ...]:
        """Of L, R and dlabel, where all are given, those not read: dlabel is for fsLR and CIFTI, the others are not."""
        if not self.response.on_surface or not all(self._given_atlas.get(key) for key in ("L", "R", "dlabel")):
            return ()
        return ("L", "R") if self.response.name == "dtseries" or self._dataset["space"] == "fsLR" else ("dlabel",)

    def _count_vertices(self) -> int | None:
        """Vertices per hemisphere of the first run, if it is here."""
        count = count_gifti_vertices if self.response.name == "surface" else count_cifti_vertices
        local = _local(self.first_run)
        return count(local) if local else None

    @property
    def _density(self) -> str | None:
        name = parse_name(Path(self.first_run.paths[0]).name) if self.first_run.paths else None
        own = name.entities.get("den") if name else None
        return (self._dataset.get("entities") or {}).get("den") or own

    @property
    def _dataset(self) -> Mapping:
        return self.config["dataset"]

    @property
    def _given_atlas(self) -> Mapping:
        return self.config.get("atlas") or {}

    @property
    def _are_fetched(self) -> bool:
        return (self.surfaces or "").startswith(f"{self.fetched}/")

    def _place(self, value: object, subject: str) -> object:
        """A value of config `atlas`: its files where they are, masks in order of their names."""
        if isinstance(value, Mapping):
            return {key: self._place(value[key], subject) for key in sorted(value)}
        return self.locate(value.replace(SUBJECT, subject)) if isinstance(value, str) else value

    def _locate_mask(self, path: str) -> str:
        folders = [self._dataset.get("derivatives"), self._dataset["root"], "."]
        places = [os.path.normpath(os.path.join(folder, path)) for folder in folders if folder]
        found = next((place for place in places if os.path.isfile(place)), None)
        if found is None:
            raise BadInput("config key dataset.mask", f"no file {path}", f"one of {', '.join(places)}")
        return found

    @property
    def _freesurfer(self) -> dict:
        return {
            "url": self.config["freesurfer"]["url"],
            "space": self._dataset["space"],
            "folder": f"{self.fetched}/freesurfer",
        }


def _local(run: Run) -> Path | None:
    """The first file of a run, if it is here."""
    is_here = run.paths and run.n_trs is not None and os.path.isfile(run.paths[0])
    return Path(run.paths[0]) if is_here else None


def _mask_of(path: str) -> str:
    """The mask beside a run: the same entities, but desc-brain and suffix mask."""
    name = parse_name(Path(path).name)
    pairs = [f"{key}-{value}" for key, value in name.entities.items() if key != "desc"] if name else []
    stem = "_".join([*pairs, "desc-brain_mask"])
    places = [str(Path(path).parent / f"{stem}.{extension}") for extension in ("nii.gz", "nii")]
    found = next((place for place in places if os.path.isfile(place)), None)
    if found is None:
        raise BadInput(path, f"no mask beside it ({Path(places[0]).name})", "one, or a mask in config dataset.mask")
    return found


def _files_of(atlas: Mapping) -> list[str]:
    """Every file of an atlas, those of its masks included."""
    return [path for _, path in atlas_files(atlas)]


def _check_mask(where: str, files: object, response: ResponseFormat) -> None:
    """Raise where the files of a mask are not those of its kind of response."""
    if isinstance(files, Mapping):
        others = [key for key in files if key not in ("L", "R")]
        if not response.on_surface and "masks" in ATLAS_KEYS[response.name]:
            raise BadInput(where, f"files of {' and '.join(files)}", "one file: hemispheres are those of surfaces")
        if others or not files:
            raise BadInput(where, f"key {others[0]}" if others else "nothing", "a file for L, for R, or for both")


def _check_atlas(atlas: Mapping, response: ResponseFormat, is_own: bool) -> None:
    """Raise where half of an atlas is given, or one of each subject that the responses cannot use."""
    usable = ATLAS_KEYS[response.name]
    for one, other in (("L", "R"), ("R", "L"), ("volume", "table"), ("table", "volume")):
        if one in usable and atlas.get(one) and not atlas.get(other):
            raise BadInput(f"config key atlas.{other}", "nothing", f"a file, as there is atlas.{one}")
    for name, files in (atlas.get("masks") or {}).items():
        _check_mask(f"config key atlas.masks.{name}", files, response)
    if is_own and not any(atlas.get(key) for key in usable if key in ("L", "dlabel", "volume")):
        expected = f"an atlas that they can use: {', '.join(usable)}" if "L" in usable or "volume" in usable else "none"
        raise BadInput("config key atlas", f"an atlas of each subject for {response.name} responses", expected)
