"""The files that a study fetches: which of its files they are, and where they come from."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Downloads:
    """Files that are fetched for one config.

    Parameters
    ----------
    config : checked, defaults filled in (`config.check_config`).
    folder : they go here.
    """

    config: Mapping
    folder: str

    def among(self, paths: Iterable[str | None]) -> list[str]:
        """Those of some paths that are fetched."""
        return [path for path in paths if path and path.startswith(f"{self.folder}/")]

    def url(self, path: str) -> str:
        """Where an alignment, a transcript, a surface or an atlas is fetched from.

        Parameters
        ----------
        path : below `folder`.
        """
        section = "freesurfer" if path.startswith("freesurfer/") else "dataset"
        return os.path.join(self.config[section]["url"], path.removeprefix("freesurfer/"))
