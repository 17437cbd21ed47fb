"""Read the labels in one file of an atlas: .annot, .label.gii, .dlabel.nii, NIfTI or .npy with a table of names."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import compress
from pathlib import Path

import nibabel
import numpy as np
from nibabel.cifti2 import BrainModelAxis

from brainforecast.dataset.bids import read_numbered_rows, read_text
from brainforecast.errors import BadInput, nearest
from brainforecast.files import resolve
from brainforecast.readers.hemispheres import require_hemisphere
from brainforecast.readers.notes import Notes, some
from brainforecast.readers.region_names import is_region

EXPECTED = "an atlas (.annot, .label.gii, .label.gii.gz or .dlabel.nii)"
NAME_COLUMNS = ("name", "label", "roi", "region")
COLOURLESS = 0  # what .annot has where a vertex has no colour
COLOUR_ROW = re.compile(r"(-?\d+)\s+(?!\d*\.\d)(.*?\S)(?:(?:\s+\d+){3,4})?")  # names have spaces in some files


@dataclass(frozen=True)
class Labels:
    """The labels of vertices, voxels or columns.

    Parameters
    ----------
    where : the file.
    index : (n,) int32 into `names`, -1 where there is no label.
    names : as the file or its table spells them.
    """

    where: str
    index: np.ndarray
    names: list[str]


def read_hemisphere(path: str | Path, notes: Notes, hemi: str | None = None) -> Labels:
    """Read the labels of one hemisphere, (n_vertices,), from a ``.annot`` or ``.label.gii[.gz]`` file.

    Parameters
    ----------
    hemi : that the file must be of, where it says so itself.

    Raises
    ------
    BadInput : a file that cannot be read, or of the other hemisphere; two regions of one colour, or one without any; no
        vertex whose key is in the table.
    """
    path = resolve(path)
    if not path.is_file():
        raise BadInput(path, "no such file", EXPECTED)
    try:
        keys, table = _read_annot(path) if path.suffix == ".annot" else _read_label_gifti(path, notes, hemi)
    except BadInput:
        raise
    except Exception as error:  # nibabel raises many kinds of error
        raise BadInput(path, f"no atlas that can be read ({error})", "a .annot or .label.gii file") from error
    return look_up(keys, table, path, notes, "vertices")


def read_dlabel(path: str | Path) -> tuple[np.ndarray, dict[int, str], BrainModelAxis, int]:
    """Read the first map of a ``.dlabel.nii`` file.

    Returns
    -------
    keys : (n_grayordinates,) int; table : name of each key; axis : of them; n_maps : in the file.
    """
    path = resolve(path)
    if not path.is_file():
        raise BadInput(path, "no such file", EXPECTED)
    try:
        image = nibabel.load(path)
        maps, axis = image.header.get_axis(0), image.header.get_axis(1)
        table = {int(key): name for key, (name, _) in maps.label[0].items()}
        keys = np.asarray(image.dataobj[0]).astype(int)
    except Exception as error:  # nibabel raises many kinds of error; other CIFTI files have no labels
        raise BadInput(path, f"no labels that can be read ({error})", "a .dlabel.nii file") from error
    if not isinstance(axis, BrainModelAxis):
        raise BadInput(path, "labels of parcels", "labels of grayordinates")
    return keys, table, axis, len(maps)


def read_image_keys(path: str | Path, shape: tuple[int, ...], affine: np.ndarray) -> np.ndarray:
    """Read an image of integer labels that lies on the grid of the runs, flattened in C order.

    Raises
    ------
    BadInput : another grid (nothing is resampled); labels that are no whole numbers.
    """
    path = resolve(path)
    try:
        image = nibabel.load(path)
        data = np.asarray(image.dataobj)
    except Exception as error:  # nibabel raises many kinds of error
        raise BadInput(path, f"no image that can be read ({error})", "NIfTI") from error
    found = describe_grid(data.shape, image.affine)
    data = data[..., 0] if data.ndim == 4 and data.shape[3] == 1 else data
    if data.shape != tuple(shape) or not np.allclose(image.affine, affine, atol=1e-3):
        expected = f"the grid of the runs, {describe_grid(shape, affine)}; nothing is resampled here"
        raise BadInput(path, found, f"{expected} (nilearn.image.resample_to_img, interpolation='nearest', does it)")
    return data.ravel()


def as_keys(values: np.ndarray, path: str | Path) -> np.ndarray:
    """Labels as integers; any other number is refused."""
    keys = np.nan_to_num(values, nan=0.0)
    if not np.array_equal(keys, np.round(keys)):
        raise BadInput(path, f"a label {keys[keys != np.round(keys)][0]:g}", "whole numbers, one for each region")
    return keys.astype(np.int64)


def read_columns(path: str | Path, n_columns: int) -> np.ndarray:
    """Read one value for each column of a matrix from a ``.npy`` file."""
    try:
        values = np.load(resolve(path), allow_pickle=False)
    except (OSError, ValueError) as error:
        raise BadInput(path, f"no .npy that can be read ({error})", "one value for each column of the runs") from error
    if values.size != n_columns:
        raise BadInput(path, f"{values.size:,} values", f"{n_columns:,}, one for each column of the runs")
    return values.ravel()


def read_label_table(path: str | Path) -> dict[int, str]:
    """Read the names of labels: a table with columns index and name, or a colour table as FreeSurfer writes them."""
    located = resolve(path)
    is_csv = located.suffix == ".csv"
    first = next((line for line in read_text(located).splitlines() if line.strip()), "")
    columns = [column.strip() for column in (next(csv.reader([first])) if is_csv else first.split("\t"))]
    if "index" not in columns:
        return _read_colour_table(located)
    named = [column for column in NAME_COLUMNS if column in columns]
    if not named:
        closest = nearest("name", columns)
        raise BadInput(f"{path} row 1", f"columns {', '.join(columns)}", f"a column name; nearest is {closest}")
    rows = _read_csv(located) if is_csv else read_numbered_rows(located, ["index"])
    table: dict[int, str] = {}
    for number, row in rows:
        if not row["index"].strip().lstrip("-").isdecimal():
            raise BadInput(f"{path} row {number}", f"index {row['index']}", "a whole number")
        if int(row["index"]) in table:
            raise BadInput(f"{path} row {number}", f"index {row['index']} a second time", "one row per label")
        table[int(row["index"])] = row[named[0]].strip()
    return table


def look_up(
    keys: np.ndarray, table: Mapping[int, str], where: str | Path, notes: Notes, what: str, *, is_whole: bool = True
) -> Labels:
    """Look keys up in a table of names; keys that it lacks are counted, and so are names without a key.

    Parameters
    ----------
    keys : (n,) int.
    what : of what the keys are: vertices, voxels, columns.
    is_whole : whether the keys are those of the whole atlas, so that a label without any is worth a note.

    Raises
    ------
    BadInput : no key is in the table.
    """
    known = np.array(sorted(table), dtype=np.int64)
    names = [table[key] for key in known.tolist()]
    found = np.isin(keys, known)
    missed = ~found & (keys != 0)  # 0 is the background of images
    if not len(known) or not found.any():
        raise BadInput(where, f"{what} with labels {some(np.unique(keys).tolist())}", "labels of its table of names")
    if missed.any():
        labels = some(np.unique(keys[missed]).tolist())
        notes.add(f"{where}: {missed.sum():,} {what} have labels that its table has not ({labels}): no region")
    used = np.isin(known, keys)
    unused = [name for name, is_used in zip(names, used, strict=True) if not is_used and name]
    if unused and is_whole:
        notes.add(f"{where}: {len(unused)} labels of its table have none of its {what}: {some(unused)}")
    doubled = sorted({name for name in names if is_region(name) and names.count(name) > 1} & set(compress(names, used)))
    if doubled:
        notes.add(f"{where}: {len(doubled)} names are those of several labels, which are one region: {some(doubled)}")
    index = np.where(found, np.searchsorted(known, np.where(found, keys, known[0])), -1)
    return Labels(str(where), index.astype(np.int32), names)


def describe_grid(shape: tuple[int, ...], affine: np.ndarray) -> str:
    """A grid of voxels in words: their number and size, and where the first one lies."""
    sizes = " x ".join(f"{size:.3g}" for size in nibabel.affines.voxel_sizes(np.asarray(affine)))
    origin = ", ".join(f"{value:.4g}" for value in np.asarray(affine)[:3, 3])
    return f"{' x '.join(map(str, shape))} voxels of {sizes} mm from ({origin})"


def _read_annot(path: Path) -> tuple[np.ndarray, dict[int, str]]:
    """Colours of the vertices, and the name of each colour; 0 stands for none."""
    colours, table, names = nibabel.freesurfer.read_annot(path, orig_ids=True)
    names = [name.decode() for name in names]
    numbers = table[:, 4].astype(np.int64)
    found: dict[int, str] = {}
    for number, name in zip(numbers.tolist(), names, strict=True):
        other = found.setdefault(number, name)
        if other != name and (colours == number).any() and number != COLOURLESS:
            n = (colours == number).sum()
            expected = "a colour for each region: nothing else says which vertex is whose"
            raise BadInput(path, f"{n:,} vertices of one colour, that of both {other} and {name}", expected)
    found.pop(COLOURLESS, None)
    n, black = (colours == COLOURLESS).sum(), numbers == COLOURLESS
    for name in (name for name in compress(names, black) if n and is_region(name)):
        expected = "another colour for the region"
        raise BadInput(path, f"{n:,} vertices of colour 0 0 0, that of {name} and of no region", expected)
    return colours.astype(np.int64), found


def _read_label_gifti(path: Path, notes: Notes, hemi: str | None) -> tuple[np.ndarray, dict[int, str]]:
    image = nibabel.load(path)
    if not image.darrays:
        raise BadInput(path, "no array", "one array of labels")
    require_hemisphere(path, image, hemi)
    if len(image.darrays) > 1:
        notes.add(f"{path}: {len(image.darrays)} maps of labels, of which the first is used")
    keys = np.asarray(image.darrays[0].data).ravel()
    return as_keys(keys, path), {int(key): name or "" for key, name in image.labeltable.get_labels_as_dict().items()}


def _read_csv(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Rows of a table of comma-separated values with their numbers in the file; empty ones are passed over."""
    header, *rows = [row for row in enumerate(csv.reader(read_text(path).splitlines()), start=1) if any(row[1])]
    columns = [column.strip() for column in header[1]]
    for number, row in rows:
        if len(row) != len(columns):
            found, expected = f"{len(row)} columns", f"{len(columns)}, as in the header; commas in names need quotes"
            raise BadInput(f"{path} row {number}", found, expected)
    return [(number, dict(zip(columns, row, strict=True))) for number, row in rows]


def _read_colour_table(path: Path) -> dict[int, str]:
    """Rows of a number, a name and colours, as in FreeSurferColorLUT.txt; # starts a comment."""
    table: dict[int, str] = {}
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        match = COLOUR_ROW.fullmatch(text)
        if not match:
            raise BadInput(f"{path} row {number}", text, "a table with columns index and name, or FreeSurfer's colours")
        if int(match[1]) in table:
            raise BadInput(f"{path} row {number}", f"index {match[1]} a second time", "one row per label")
        table[int(match[1])] = match[2]
    if not table:
        raise BadInput(path, "no labels", "a table with columns index and name")
    return table
