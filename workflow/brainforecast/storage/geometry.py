"""Where the targets lie: the small file beside targets.parquet from which maps are written back into their space."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import nibabel
import numpy as np
from nibabel.cifti2 import BrainModelAxis, Cifti2Header, ParcelsAxis, ScalarAxis
from nibabel.cifti2.parse_cifti2 import Cifti2Parser

from brainforecast.files import atomic

SURFACE, GRAYORDINATES, PARCELS = "surface", "grayordinates", "parcels"  # kinds of geometry
VOXELS, COLUMNS, REGIONS = "voxels", "columns", "regions"


@dataclass(frozen=True)
class Geometry:
    """The space of the targets.

    Parameters
    ----------
    kind : ``surface``, ``grayordinates`` (CIFTI), ``parcels`` (CIFTI), ``voxels``, ``columns`` (of a matrix) or
        ``regions`` (no place of their own: region tables, and atlases of each subject).
    space : ``dataset.space``; None where the config has none.
    density : TemplateFlow's name of the size of a surface: 10k, 32k, ...
    n_vertices : of a surface, per hemisphere.
    shape, affine : of an image, voxels, and 4 x 4 from their indices to mm.
    cifti : the XML of a CIFTI header whose second axis is the targets.
    notes : sentences on what was passed over where the targets were looked up: vertices without a region, and so on.
    """

    kind: str
    space: str | None = None
    density: str | None = None
    n_vertices: int | None = None
    shape: Sequence[int] | None = None
    affine: Sequence[Sequence[float]] | None = None
    cifti: str | None = None
    notes: Sequence[str] = ()

    def image(self, values: np.ndarray, voxel: np.ndarray) -> nibabel.Nifti1Image:
        """Put values into an image: NaN where no target is.

        Parameters
        ----------
        values : (n_targets,).
        voxel : (n_targets,) index of each target in the flattened image, column ``vertex`` of targets.parquet.

        Returns
        -------
        The image, float32.
        """
        data = np.full(int(np.prod(self.shape)), np.nan, np.float32)
        data[voxel] = values
        return nibabel.Nifti1Image(data.reshape(tuple(self.shape)), np.array(self.affine))

    def cifti_axis(self) -> BrainModelAxis | ParcelsAxis:
        """The axis of the targets in a CIFTI file."""
        parser = Cifti2Parser()
        parser.parse(string=self.cifti.encode())
        return parser.header.get_axis(1)


def cifti_xml(axis: BrainModelAxis | ParcelsAxis) -> str:
    """The XML that `Geometry.cifti_axis` reads."""
    return Cifti2Header.from_axes((ScalarAxis(["values"]), axis)).to_xml().decode()


def write_geometry(geometry: Geometry, path: str | Path) -> None:
    """Write a geometry as JSON: same content, same bytes."""
    with atomic(path) as temporary:
        temporary.write_text(json.dumps(asdict(geometry), sort_keys=True))


def read_geometry(path: str | Path) -> Geometry:
    """Read what `write_geometry` wrote."""
    return Geometry(**json.loads(Path(path).read_text()))
