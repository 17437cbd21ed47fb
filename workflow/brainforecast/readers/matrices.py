"""Read arrays in .npy and HDF5 files: numbers alone, of which the file itself has the values."""

import math
from pathlib import Path

import numpy as np

from brainforecast.dataset.array_headers import npy_header
from brainforecast.dataset.counting import count_matrix_rows
from brainforecast.dataset.nifti_header import LARGEST_RATIO
from brainforecast.errors import BadInput, first_line

KEY = "data"  # of an HDF5 file with several datasets
MOST_LINKS = 8  # one to the next


def read_matrix(path: str | Path) -> np.ndarray:
    """Read a matrix as float32; of an HDF5 file, its dataset ``data`` or its only one."""
    path = Path(path)
    values = read_npy(path) if path.suffix == ".npy" else _read_hdf5(path)
    if values.ndim != 2:
        raise BadInput(path, f"{values.ndim} dimensions of {values.dtype}", "2 dimensions of numbers")
    counted = count_matrix_rows(path)
    if counted is not None and counted != len(values):
        raise BadInput(path, f"{len(values)} volumes", f"{counted}, as its header declares")
    with np.errstate(over="ignore", invalid="ignore"):
        return values.astype(np.float32, copy=False)


def read_npy(path: str | Path, expected: str = "a complete .npy or HDF5 file") -> np.ndarray:
    """Read a .npy file of real numbers or booleans; objects, which numpy keeps as pickles, are refused."""
    path = Path(path)
    try:
        header = npy_header(path)
        if header.kind not in "fiub":
            raise BadInput(path, f"values of type {header.dtype}", f"{expected}, of numbers")
        values = np.load(path, allow_pickle=False)
    except FileNotFoundError as error:
        raise BadInput(path, "no such file", expected) from error
    except (OSError, ValueError, EOFError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(path, f"no array that can be read ({first_line(error)})", expected) from error
    if values.shape != header.shape:
        raise BadInput(path, f"an array of shape {values.shape}", f"{header.shape}, as its header declares")
    return values


def _read_hdf5(path: Path) -> np.ndarray:
    """Read the dataset; none that lies, or whose values lie, in another file."""
    import h5py

    expected = "a complete .npy or HDF5 file"
    try:
        with h5py.File(path, "r") as file:
            datasets = {name: found for name in file if (found := _find_dataset(file, name)) is not None}
            chosen = KEY if KEY in datasets else next(iter(datasets)) if len(datasets) == 1 else None
            if chosen is None:
                names = ", ".join(datasets) or "none"
                raise BadInput(path, f"datasets {names} in the file itself", f"one, or one that is named {KEY}")
            return _values(h5py.Dataset(datasets[chosen]), path, expected)
    except FileNotFoundError as error:
        raise BadInput(path, "no such file", expected) from error
    except (OSError, ValueError, KeyError, RuntimeError, TypeError, OverflowError) as error:  # what h5py raises
        if isinstance(error, BadInput):
            raise
        raise BadInput(path, f"no matrix that can be read ({first_line(error)})", expected) from error


def _find_dataset(file, name: str):
    """Identifier of a dataset of the root group, also through links within the file; None where there is none."""
    from h5py import h5d, h5g, h5l, h5o

    group, parts, n_links = h5g.open(file.id, b"/"), [name.encode(errors="surrogateescape")], 0
    while parts:
        part = parts.pop(0)
        if part not in group:
            return None
        kind = group.links.get_info(part).type
        if kind == h5l.TYPE_SOFT and n_links < MOST_LINKS:
            path = group.links.get_val(part)
            group = h5g.open(file.id, b"/") if path.startswith(b"/") else group
            parts, n_links = [piece for piece in path.split(b"/") if piece not in (b"", b".")] + parts, n_links + 1
            continue
        found = h5o.open(group, part) if kind == h5l.TYPE_HARD else None
        if not parts:
            return found if isinstance(found, h5d.DatasetID) else None
        if not isinstance(found, h5g.GroupID):
            return None
        group = found
    return None


def _values(dataset, path: Path, expected: str) -> np.ndarray:
    shape, dtype = dataset.shape, dataset.dtype
    if not shape or dtype.kind not in "fiub" or dtype.subdtype is not None:
        raise BadInput(path, f"values of type {dtype}" if shape else "a dataset without values", "numbers")
    if dataset.is_virtual or dataset.external:
        raise BadInput(path, "a dataset whose values are in other files", "one that has its values itself")
    n_bytes, size = math.prod(shape) * dtype.itemsize, path.stat().st_size
    stored = dataset.id.get_storage_size()
    is_partial = stored < n_bytes if dataset.chunks is None else _n_missing_chunks(dataset)
    if n_bytes > LARGEST_RATIO * size or is_partial:
        found = f"a dataset of {' x '.join(map(str, shape))} values, of which {stored:,} bytes are stored"
        raise BadInput(path, found, f"{expected}, with all of its values")
    return dataset[()]


def _n_missing_chunks(dataset) -> int:
    """Chunks that were never written."""
    n = math.prod(-(-length // chunk) for length, chunk in zip(dataset.shape, dataset.chunks, strict=True))
    return n - dataset.id.get_num_chunks()
