"""Read the labels in one file of an atlas: .annot, .label.gii, .dlabel.nii, NIfTI or .npy with a table of names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import compress
from pathlib import Path

import numpy as np
from nibabel.affines import voxel_sizes
from nibabel.cifti2 import BrainModelAxis, LabelAxis

from brainforecast.dataset.bids import (
    parse_whole_number,
    read_csv,
    read_numbered_rows,
    read_text,
    require_names_once,
    split_lines,
)
from brainforecast.errors import BadInput, nearest
from brainforecast.files import checked
from brainforecast.readers.freesurfer import read_annot
from brainforecast.readers.gifti import one_column, read_gifti
from brainforecast.readers.hemispheres import require_hemisphere
from brainforecast.readers.images import open_cifti, open_image, read_values, require_end
from brainforecast.readers.matrices import read_npy
from brainforecast.readers.notes import Notes, some
from brainforecast.readers.region_names import is_region

EXPECTED = "an atlas (.annot, .label.gii, .label.gii.gz or .dlabel.nii)"
NAME_COLUMNS = ("name", "label", "roi", "region")
LARGEST_KEY = 2**53  # to which every whole number has a floating-point number
COLOURLESS = 0  # what .annot has where a vertex has no colour
COLOUR_ROW = re.compile(r"(-?\d+)\s++(?!\d*\.\d)(.*?\S)(?:(?:\s+\d+){3,4})?")  # names have spaces in some files


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
    path = checked(path)
    if not path.is_file():
        raise BadInput(path, "no such file", EXPECTED)
    keys, table = _read_annot(path) if path.suffix == ".annot" else _read_label_gifti(path, notes, hemi)
    return look_up(keys, table, path, notes, "vertices")


def read_dlabel(path: str | Path) -> tuple[np.ndarray, dict[int, str], BrainModelAxis, int]:
    """Read the first map of a ``.dlabel.nii`` file.

    Returns
    -------
    keys : (n_grayordinates,) int; table : name of each key; axis : of them; n_maps : in the file.
    """
    path = checked(path)
    if not path.is_file():
        raise BadInput(path, "no such file", EXPECTED)
    image, (maps, axis) = open_cifti(path, "a .dlabel.nii file")
    if not isinstance(maps, LabelAxis) or not isinstance(axis, BrainModelAxis):
        found = f"{type(maps).__name__} x {type(axis).__name__}"
        raise BadInput(path, found, "labels of grayordinates: LabelAxis x BrainModelAxis")
    table = {int(key): name or "" for key, (name, _) in maps.label[0].items()}
    keys = as_keys(read_values(partial(image.dataobj.__getitem__, 0), path, "a complete .dlabel.nii file"), path)
    return keys, table, axis, len(maps)


def read_image_keys(path: str | Path, shape: tuple[int, ...], affine: np.ndarray) -> np.ndarray:
    """Read an image of integer labels that lies on the grid of the runs, flattened in C order.

    Raises
    ------
    BadInput : another grid (nothing is resampled); labels that are no whole numbers.
    """
    path = checked(path)
    image = open_image(path)
    data = read_values(image.dataobj, path, "a complete NIfTI image")
    require_end(image, path)
    found = describe_grid(data.shape, image.affine)
    data = data[..., 0] if data.ndim == 4 and data.shape[3] == 1 else data
    if data.shape != tuple(shape) or not np.allclose(image.affine, affine, atol=1e-3):
        expected = f"the grid of the runs, {describe_grid(shape, affine)}; nothing is resampled here"
        raise BadInput(path, found, f"{expected} (nilearn.image.resample_to_img, interpolation='nearest', does it)")
    return data.ravel()


def as_keys(values: np.ndarray, path: str | Path) -> np.ndarray:
    """Labels as integers; any other number is refused."""
    keys = np.where(np.isnan(values), 0, values)
    wrong = (keys != np.round(keys)) | (np.abs(keys) >= LARGEST_KEY)
    if wrong.any():
        raise BadInput(path, f"a label {keys[wrong][0]:g}", "whole numbers, one for each region")
    return keys.astype(np.int64)


def read_columns(path: str | Path, n_columns: int) -> np.ndarray:
    """Read one value for each column of a matrix from a ``.npy`` file."""
    values = read_npy(checked(path), "one value for each column of the runs")
    if values.size != n_columns:
        raise BadInput(path, f"{values.size:,} values", f"{n_columns:,}, one for each column of the runs")
    return values.ravel()


def read_label_table(path: str | Path) -> dict[int, str]:
    """Read the names of labels: a table with columns index and name, or a colour table as FreeSurfer writes them."""
    located = checked(path)
    is_csv = located.suffix == ".csv"
    first = next((line for line in split_lines(read_text(located)) if line.strip()), "")
    columns = [column.strip() for column in ((read_csv(path, first) or [[]])[0] if is_csv else first.split("\t"))]
    if "index" not in columns:
        return _read_colour_table(located)
    named = [column for column in NAME_COLUMNS if column in columns]
    if not named:
        closest = nearest("name", columns)
        raise BadInput(f"{path} row 1", f"columns {', '.join(columns)}", f"a column name; nearest is {closest}")
    rows = _read_csv(located) if is_csv else read_numbered_rows(located, ["index"])
    table: dict[int, str] = {}
    for number, row in rows:
        _add(table, f"{path} row {number}", row["index"].strip(), row[named[0]].strip())
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
    sizes = " x ".join(f"{size:.3g}" for size in voxel_sizes(np.asarray(affine)))
    origin = ", ".join(f"{value:.4g}" for value in np.asarray(affine)[:3, 3])
    return f"{' x '.join(map(str, shape))} voxels of {sizes} mm from ({origin})"


def _read_annot(path: Path) -> tuple[np.ndarray, dict[int, str]]:
    """Colours of the vertices, and the name of each colour; 0 stands for none."""
    colours, numbers, names = read_annot(path)
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
    return colours, found


def _read_label_gifti(path: Path, notes: Notes, hemi: str | None) -> tuple[np.ndarray, dict[int, str]]:
    file = read_gifti(path)
    if not file.arrays:
        raise BadInput(path, "no array", "one array of labels")
    require_hemisphere(path, file, hemi)
    if len(file.arrays) > 1:
        notes.add(f"{path}: {len(file.arrays)} maps of labels, of which the first is used")
    return as_keys(one_column(file.arrays[0], path), path), file.labels


def _read_csv(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Rows of a table of comma-separated values with their numbers in the file; empty ones are passed over."""
    header, *rows = [row for row in enumerate(read_csv(path, read_text(path)), start=1) if any(row[1])]
    columns = [column.strip() for column in header[1]]
    require_names_once(f"{path} row {header[0]}", columns)
    for number, row in rows:
        if len(row) != len(columns):
            found, expected = f"{len(row)} columns", f"{len(columns)}, as in the header; commas in names need quotes"
            raise BadInput(f"{path} row {number}", found, expected)
    return [(number, dict(zip(columns, row, strict=True))) for number, row in rows]


def _add(table: dict[int, str], where: str, text: str, name: str) -> None:
    """Add a label to a table; raise where its index is no whole number, or there already."""
    index = parse_whole_number(text)
    if index is None or abs(index) > LARGEST_KEY:
        raise BadInput(where, f"index {text}", "a whole number")
    if index in table:
        raise BadInput(where, f"index {text} a second time", "one row per label")
    table[index] = name


def _read_colour_table(path: Path) -> dict[int, str]:
    """Rows of a number, a name and colours, as in FreeSurferColorLUT.txt; # starts a comment."""
    table: dict[int, str] = {}
    for number, line in enumerate(split_lines(read_text(path)), start=1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        match = COLOUR_ROW.fullmatch(text)
        if not match:
            raise BadInput(f"{path} row {number}", text, "a table with columns index and name, or FreeSurfer's colours")
        _add(table, f"{path} row {number}", match[1], match[2])
    if not table:
        raise BadInput(path, "no labels", "a table with columns index and name")
    return table
