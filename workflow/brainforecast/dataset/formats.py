"""Formats of a dataset's responses: one table, which everything that depends on the format looks in.

To add one: add it here and to the config's schema, and write its reader, a module of its name in `readers.formats`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from brainforecast.dataset import counting
from brainforecast.dataset.pointers import pointer_of
from brainforecast.dataset.spaces import OWN_SPACES, SPACES, find_surface, is_surface
from brainforecast.errors import BadInput

NO_SUFFIX = (None, "bold", "timeseries")
MOST_VOLUMES = 1_000_000  # of a run: a day of scanning, ten times a second


@dataclass(frozen=True)
class ResponseFormat:
    """One format of responses: how its files are named, and how their volumes are counted.

    Parameters
    ----------
    name : value of ``dataset.response`` in the config.
    extensions : of a run's file name, from its first dot on; the first one is that of `file_name`.
    suffixes : of a run's BIDS name; None is a name without one.
    hemispheres : a run has one file for each; (None,) for one file of the whole brain.
    file_name : of a run, with ``{subject}``, ``{story}``, ``{run}`` (empty or ``_run-1``), ``{space}``, ``{hemi}`` and
        ``{desc}``.
    count_volumes : of a file, without reading its data; may give None, which leaves the count to the job that reads it.
    count_targets : of a file; None where the space has the number.
    units : what its targets are called.
    n_assumed : targets of a run that is not here to be counted.
    on_surface : whether there are vertices of a surface space among the targets.
    in_volume : whether there are voxels of a template among the targets.
    of_regions : whether each target is a region.
    """

    name: str
    extensions: tuple[str, ...]
    suffixes: tuple[str | None, ...]
    hemispheres: tuple[str | None, ...]
    file_name: str
    count_volumes: Callable[[Path], int | None]
    count_targets: Callable[[Path], int | None] | None = None
    units: str = "regions"
    n_assumed: int = 0
    on_surface: bool = False
    in_volume: bool = False
    of_regions: bool = False

    @property
    def extension(self) -> str:
        """The usual extension."""
        return self.extensions[0]

    @property
    def needs_space(self) -> bool:
        """Whether the config must name the space of the runs."""
        return self.on_surface or self.in_volume


def format_of(path: str | Path) -> ResponseFormat | None:
    """The format that a file's extension stands for; None for no known one."""
    name = Path(path).name
    endings = [(ending, known) for known in FORMATS.values() for ending in known.extensions]
    fitting = [(len(ending), known) for ending, known in endings if name.endswith(f".{ending}")]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None  # .dtseries.nii before .nii


def count_volumes(path: str | Path) -> int | None:
    """Number of volumes in a run, without reading its data; the format is that of the file's extension.

    Returns
    -------
    None where only the reader can count them.

    Raises
    ------
    BadInput : a file that is not here, a pointer to one, a truncated file, or one in no known format.
    """
    path = Path(path)
    response = format_of(path)
    if response is None:
        extensions = [f".{ending}" for known in FORMATS.values() for ending in known.extensions]
        raise BadInput(path, "a run in no known format", f"a name that ends in {' or '.join(extensions)}")
    if pointer := pointer_of(path):
        raise BadInput(path, pointer, "the run itself")
    try:
        n = response.count_volumes(path)
    except OSError as error:
        raise BadInput(
            path, error.strerror, "a file that can be read (in a DataLad dataset, one that was downloaded)"
        ) from error
    if n is not None and not 1 <= n <= MOST_VOLUMES:
        raise BadInput(path, f"{n:,} volumes", f"from 1 to {MOST_VOLUMES:,}")
    return n


def check_space(response: str, space: str | None) -> None:
    """Raise where the space that a config names is none that its responses can have.

    Surfaces are those of a table (`spaces.SURFACES`) or a subject's own; any template may be that of volumes.
    """
    known = FORMATS[response]
    if space is None and known.needs_space:
        expected = f"one of {', '.join(SPACES)}" if known.on_surface else "a template, such as MNI152NLin2009cAsym"
        raise BadInput("config key dataset.space", "nothing", f"the space- of the runs: {expected}")
    if known.on_surface and space not in OWN_SPACES:
        find_surface(space)
    if known.in_volume and is_surface(space):
        raise BadInput("config key dataset.space", space, "a template of volumes, such as MNI152NLin2009cAsym")


SURFACE = ResponseFormat(
    name="surface",
    extensions=("func.gii",),
    suffixes=NO_SUFFIX,
    hemispheres=("L", "R"),
    file_name="sub-{subject}_task-{story}{run}_space-{space}_hemi-{hemi}_desc-{desc}.func.gii",
    units="vertices",
    count_volumes=counting.count_gifti,
    on_surface=True,
)
REGION = ResponseFormat(
    name="region",
    extensions=("tsv",),
    suffixes=("timeseries",),
    hemispheres=(None,),
    file_name="sub-{subject}_task-{story}{run}_desc-{desc}_timeseries.tsv",
    count_volumes=counting.count_rows,
    count_targets=counting.count_columns,
    n_assumed=1000,
    of_regions=True,
)
DTSERIES = ResponseFormat(
    name="dtseries",
    extensions=("dtseries.nii",),
    suffixes=NO_SUFFIX,
    hemispheres=(None,),
    file_name="sub-{subject}_task-{story}{run}_space-{space}_desc-{desc}_bold.dtseries.nii",
    units="grayordinates",
    count_volumes=counting.count_volumes_of_cifti,
    count_targets=counting.count_grayordinates,
    n_assumed=91_282,
    on_surface=True,
)
PTSERIES = ResponseFormat(
    name="ptseries",
    extensions=("ptseries.nii",),
    suffixes=NO_SUFFIX,
    hemispheres=(None,),
    file_name="sub-{subject}_task-{story}{run}_space-{space}_desc-{desc}_timeseries.ptseries.nii",
    units="parcels",
    count_volumes=counting.count_volumes_of_cifti,
    count_targets=counting.count_grayordinates,
    n_assumed=1000,
    of_regions=True,
)
VOLUME = ResponseFormat(
    name="volume",
    extensions=("nii.gz", "nii"),
    suffixes=(None, "bold"),
    hemispheres=(None,),
    file_name="sub-{subject}_task-{story}{run}_space-{space}_desc-{desc}_bold.nii.gz",
    units="voxels",
    count_volumes=counting.count_volumes_of_nifti,
    count_targets=counting.estimate_voxels,
    n_assumed=300_000,
    in_volume=True,
)
MATRIX = ResponseFormat(
    name="matrix",
    extensions=("npy", "hf5", "h5", "hdf5"),
    suffixes=NO_SUFFIX,
    hemispheres=(None,),
    file_name="sub-{subject}_task-{story}{run}_desc-{desc}.npy",
    units="columns",
    count_volumes=counting.count_matrix_rows,
    count_targets=counting.count_matrix_columns,
    n_assumed=100_000,
)
FORMATS = {response.name: response for response in (SURFACE, REGION, DTSERIES, PTSERIES, VOLUME, MATRIX)}
