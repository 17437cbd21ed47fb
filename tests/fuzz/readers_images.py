"""Readers of images: runs, masks, atlases and meshes in GIfTI, CIFTI and NIfTI; the others are in `readers_arrays`.

Each reads a file as planning does, by its header, and as a job does; what a download is checked for must be found in
none that is read. Values are compared with what nibabel makes of the same file.
"""

import gzip
import re
import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd
from hypothesis import strategies as st

from brainforecast.dataset import counting
from brainforecast.dataset.formats import count_volumes, format_of
from brainforecast.dataset.pointers import pointer_of
from brainforecast.readers.atlas import read_vertex_mask
from brainforecast.readers.formats import FORMAT_MODULES
from brainforecast.readers.formats.volume import read_masks
from brainforecast.readers.labels import as_keys, look_up, read_dlabel, read_hemisphere, read_image_keys
from brainforecast.readers.notes import Notes
from brainforecast.readers.runs import READ_RUN
from brainforecast.readers.surfaces import load_surface
from brainforecast.readers.target_files import TargetFiles
from fuzz.gifti_files import GIFTIS, HOSTILE_GIFTI, N, gifti, packed
from fuzz.readers_arrays import ARRAYS, agree, made
from helpers.brain_files import (
    AFFINE,
    brain_models,
    write_dlabel,
    write_dscalar,
    write_dtseries,
    write_label_gifti,
    write_nifti,
    write_ptseries,
)
from helpers.datasets import write_gifti
from helpers.fuzzing import EXTREMES, MUTATIONS, Reader, mutate

pd.Series(["x"])  # pyarrow takes a gigabyte of addresses with its first text: here, not where memory is bounded

GRID = (3, 4, 5)
RANDOM = np.random.default_rng(0)
RUN = RANDOM.standard_normal((6, N)).astype(np.float32)
TABLE = {0: "???", 1: "A", 2: "B"}
LABELS = np.arange(N) % 3


# --- GIfTI ------------------------------------------------------------------------------------------------------------


def bomb(start: bytes, block: bytes, n_blocks: int = 1000) -> bytes:
    """A compressed file of some bytes and many equal blocks, a member each."""
    return gzip.compress(start) + gzip.compress(block) * n_blocks


def _read_surface(path: Path) -> tuple[Path, np.ndarray]:
    n_volumes, n_vertices = count_volumes(path), counting.count_gifti_vertices(path)
    own = FORMAT_MODULES["surface"].describe(TargetFiles(space="fsnative", run=[path, path]))[0]
    targets = pd.DataFrame({"hemi": np.repeat(["L", "R"], N)})
    run = READ_RUN["surface"]([path, path], targets, "fsaverage3")
    assert len(own) == 2 * n_vertices == 2 * N
    assert n_volumes == len(run)
    return path, run[:, :N]


def _check_surface(value: tuple[Path, np.ndarray]) -> None:
    path, run = value
    agree(path, run, lambda: np.column_stack([array.data for array in nibabel.load(path).darrays]).T)


def _read_labels(path: Path) -> tuple[Path, list]:
    labels = read_hemisphere(path, Notes(), "L")
    return path, [labels.names[i] if i >= 0 else None for i in labels.index]


def _check_labels(value: tuple[Path, list]) -> None:
    path, names = value
    agree(path, np.array(names, dtype=object), lambda: np.array(_names(nibabel.load(path)), dtype=object))


def _names(image: nibabel.GiftiImage) -> list[str | None]:
    table = image.labeltable.get_labels_as_dict()
    return [table.get(key) for key in image.darrays[0].data.ravel().tolist()]


def _read_mask(path: Path) -> tuple[Path, np.ndarray]:
    return path, read_vertex_mask({"L": str(path)}, N, "fsaverage3", Notes())["L"]


def _check_mask(value: tuple[Path, np.ndarray]) -> None:
    path, inside = value
    agree(path, inside, lambda: nibabel.load(path).darrays[0].data.ravel() > 0)


def _read_mesh(path: Path) -> tuple[Path, np.ndarray, np.ndarray]:
    for side in "LR":
        link = path.with_name(f"{side}.pial.surf.gii")
        link.unlink(missing_ok=True)
        link.symlink_to(path)
    mesh = load_surface("fsaverage3", "pial", path.parent)
    return path, *mesh["L"]


def _check_mesh(value: tuple[Path, np.ndarray, np.ndarray]) -> None:
    path, points, triangles = value
    assert np.isfinite(points).all()
    assert triangles.size == 0 or 0 <= triangles.min() <= triangles.max() < len(points)
    agree(path, points, lambda: nibabel.load(path).agg_data("pointset"))


def _mesh(path: Path) -> None:
    arrays = [
        nibabel.gifti.GiftiDataArray(RANDOM.random((642, 3)).astype(np.float32), intent="NIFTI_INTENT_POINTSET"),
        nibabel.gifti.GiftiDataArray(np.array([[0, 1, 641]], np.int32), intent="NIFTI_INTENT_TRIANGLE"),
    ]
    nibabel.save(nibabel.gifti.GiftiImage(darrays=arrays), path)


# --- NIfTI ------------------------------------------------------------------------------------------------------------

INSIDE = RANDOM.random(GRID) > 0.5
IMAGE = RANDOM.standard_normal((*GRID, 4)).astype(np.float32)
SMALL = {"space": "MNI152NLin2009cAsym", "atlas": {}}


def _read_volume(path: Path) -> tuple[Path, np.ndarray]:
    n_volumes, _ = count_volumes(path), counting.estimate_voxels(path)
    targets = pd.DataFrame({"vertex": np.flatnonzero(INSIDE)})
    targets[["x", "y", "z"]] = nibabel.affines.apply_affine(AFFINE, np.argwhere(INSIDE))
    run = READ_RUN["volume"]([path], targets, None)
    assert len(run) == n_volumes
    return path, run


def _check_volume(value: tuple[Path, np.ndarray]) -> None:
    path, run = value
    agree(path, run, lambda: nibabel.load(path).get_fdata(dtype=np.float32)[: GRID[0]][INSIDE].T)


def _read_voxels(path: Path) -> tuple[Path, np.ndarray]:
    return path, read_masks([path], Notes())[0]


def _check_voxels(value: tuple[Path, np.ndarray]) -> None:
    path, inside = value
    agree(path, inside, lambda: (np.asarray(nibabel.load(path).dataobj) > 0).reshape(inside.shape))


def _read_volume_atlas(path: Path) -> tuple[Path, np.ndarray]:
    return path, as_keys(read_image_keys(path, GRID, AFFINE), path)


def _check_volume_atlas(value: tuple[Path, np.ndarray]) -> None:
    path, keys = value
    agree(path, keys, lambda: np.nan_to_num(np.asarray(nibabel.load(path).dataobj)).ravel())


FIELDS = {  # of a NIfTI-1 header: where and which type
    **{f"dim{i}": (40 + 2 * i, "h") for i in range(8)}, **{f"pixdim{i}": (76 + 4 * i, "f") for i in range(8)},
    "sizeof_hdr": (0, "i"), "datatype": (70, "h"), "bitpix": (72, "h"), "vox_offset": (108, "f"),
    "scl_slope": (112, "f"), "scl_inter": (116, "f"), "qform_code": (252, "h"), "sform_code": (254, "h"),
    **{f"srow{i}": (280 + 4 * i, "f") for i in range(12)}, "magic": (344, "i"), "extension": (348, "i"),
}  # fmt: skip
VALUES = {
    "h": [0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 64, 128, 256, 512, 1024, 1536, 2048, 32767, -1, -32768],
    "i": [0, 1, 348, 540, 2**31 - 1, -1, 1548, 0x312B6E],
    "f": [0.0, 1.0, -1.0, 2.0, 351.0, 352.0, 352.5, 368.0, 1e9, 1e38, 1e-38, float("nan"), float("inf"), -1e38],
}


@st.composite
def niftis(draw: st.DrawFn, seeds: Callable[[], Sequence[bytes]], is_gzipped: bool) -> bytes:
    """Images whose header is changed field by field, and compressed in odd ways."""
    content = bytearray(draw(st.sampled_from([gzip.decompress(one) if is_gzipped else one for one in seeds()])))
    for name in draw(st.lists(st.sampled_from(sorted(FIELDS)), min_size=1, max_size=3)):
        at, kind = FIELDS[name]
        struct.pack_into(f"<{kind}", content, at, draw(st.sampled_from(VALUES[kind])))
    content = bytes(content)
    how = draw(st.sampled_from(["as it is", "members", "zeros", "more", "trailing", "not"])) if is_gzipped else "not"
    members = {
        "as it is": lambda: gzip.compress(content, 1),
        "members": lambda: b"".join(gzip.compress(content[i : i + 300], 1) for i in range(0, len(content), 300)),
        "zeros": lambda: gzip.compress(content[:352] + bytes(10**6), 9),
        "more": lambda: gzip.compress(content, 1) + gzip.compress(bytes(10**6), 9),
        "trailing": lambda: gzip.compress(content, 1) + b"trailing",
        "not": lambda: content,
    }
    return members[how]()


def _with_dims(content: bytes, *dims: int) -> bytes:
    return content[:40] + struct.pack("<8h", *(dims + (1,) * 8)[:8]) + content[56:]


def _images(name: str) -> list[bytes]:
    scaled = nibabel.Nifti1Image((10 * IMAGE).astype(np.int16), AFFINE)
    scaled.header.set_slope_inter(0.5, 3)
    two = nibabel.Nifti2Image(IMAGE, AFFINE)
    return [made(name, lambda path: write_nifti(path, IMAGE)), made(name, lambda path: nibabel.save(scaled, path)),
            made(name, lambda path: nibabel.save(two, path))]  # fmt: skip


NIFTI = _images("a.nii")
HOSTILE_NIFTI = {
    "a volume of 10**12 voxels": _with_dims(NIFTI[0], 4, 10000, 10000, 10000, 4),
    "more volumes than the file has": _with_dims(NIFTI[0], 4, *GRID, 32767),
    "a negative dimension": _with_dims(NIFTI[0], 4, *GRID, -4),
    "values from byte 0": NIFTI[0][:108] + struct.pack("<f", 0) + NIFTI[0][112:],
    "values beyond the end": NIFTI[0][:108] + struct.pack("<f", 1e9) + NIFTI[0][112:],
    "bits of another type": NIFTI[0][:72] + struct.pack("<h", 16) + NIFTI[0][74:],
    "an extension of 2**31 bytes": NIFTI[0][:108] + struct.pack("<f", 384) + NIFTI[0][112:348]
    + struct.pack("<3i", 1, 2**31 - 1, 6) + bytes(24) + NIFTI[0][352:],
    "a slope that is no number": NIFTI[0][:112] + struct.pack("<f", np.nan) + NIFTI[0][116:],
}  # fmt: skip
GZIPPED = gzip.compress(NIFTI[0], 1)
HOSTILE_GZIP = {
    "zeros": bomb(_with_dims(NIFTI[0], 4, 400, 400, 400, 40)[:352], bytes(10**7)),
    "zeros behind it": bomb(NIFTI[0], bytes(10**7)),
    "a checksum of other content": GZIPPED[:-8] + bytes(4) + GZIPPED[-4:],
}


# --- CIFTI ------------------------------------------------------------------------------------------------------------

MODELS = brain_models(N)
XML_AT = 544 + 8  # of the XML in the files written here


def _read_cifti(path: Path) -> tuple[Path, np.ndarray]:
    response = format_of(path)
    n_volumes, n_columns = count_volumes(path), response.count_targets(path)
    counting.count_cifti_vertices(path)
    targets, geometry = FORMAT_MODULES[response.name].describe(TargetFiles(space="fsnative", run=[path]))
    run = READ_RUN[response.name]([path], targets, None)
    assert run.shape == (n_volumes, n_columns)
    assert len(geometry.cifti_axis()) == n_columns
    return path, run


def _check_cifti(value: tuple[Path, np.ndarray]) -> None:
    path, run = value
    agree(path, run, lambda: nibabel.load(path).get_fdata(dtype=np.float32))


def _read_dlabel(path: Path) -> tuple[Path, np.ndarray]:
    keys, table, axis, _ = read_dlabel(path)
    assert len(look_up(keys, table, path, Notes(), "columns").index) == len(axis)
    return path, keys


def _check_dlabel(value: tuple[Path, np.ndarray]) -> None:
    path, keys = value
    agree(path, keys, lambda: np.nan_to_num(nibabel.load(path).get_fdata()[0]))


def _read_dscalar(path: Path) -> Path:
    inside = read_vertex_mask(str(path), N, "fsaverage3", Notes())
    assert all(values.shape == (N,) for values in inside.values())
    return path


@st.composite
def ciftis(draw: st.DrawFn, seeds: Callable[[], Sequence[bytes]]) -> bytes:
    """CIFTI files whose XML is changed, and is found by the sizes around it."""
    content = draw(st.sampled_from(list(seeds())))
    size = struct.unpack("<i", content[544:548])[0]
    xml = content[XML_AT : 544 + size].rstrip(b"\0")
    if draw(st.booleans()):
        spans = [match.span(1) for match in re.finditer(rb'="(-?\d+)"', xml)]
        start, end = draw(st.sampled_from(spans))
        number = draw(st.sampled_from([*EXTREMES, -1, "1.5", "", "٣", "1_0"]))
        xml = xml[:start] + str(number).encode() + xml[end:]
    else:
        xml = mutate(xml, draw(MUTATIONS))
    xml += bytes(-(len(xml) + 8) % 16)
    header = content[:168] + struct.pack("<q", 544 + 8 + len(xml)) + content[176:544]
    return header + struct.pack("<2i", len(xml) + 8, 32) + xml + content[544 + size :]


def _with_xml(content: bytes, old: bytes, new: bytes) -> bytes:
    """A CIFTI file with a piece of its XML replaced by one as long, or shorter."""
    assert content.count(old) and len(new) <= len(old)
    return content.replace(old, new.ljust(len(old)), 1)


def _cifti(name: str, write: Callable, *arguments: object) -> Callable[[], list[bytes]]:
    return lambda: [made(name, lambda path: write(path, *arguments))]


DTSERIES = _cifti("a.dtseries.nii", write_dtseries, RANDOM.standard_normal((5, len(MODELS))), MODELS)
PTSERIES = _cifti("a.ptseries.nii", write_ptseries, RUN[:, :3], list("abc"))
DLABEL = _cifti("a.dlabel.nii", write_dlabel, np.arange(len(MODELS)) % 3, TABLE, MODELS)
DSCALAR = _cifti("a.dscalar.nii", write_dscalar, np.arange(len(MODELS)) % 2, MODELS)
HOSTILE_CIFTI = {
    "an extension of 2**31 bytes": DTSERIES()[0][:544] + struct.pack("<i", 2**31 - 1) + DTSERIES()[0][548:],
    "a series unit of 10**12 digits": _with_xml(
        DTSERIES()[0], b'SeriesExponent="0" SeriesStart="0"', b'SeriesExponent="99999999999999"'
    ),
    "a surface of no size": _with_xml(DTSERIES()[0], b'SurfaceNumberOfVertices="12"', b""),
    "vertices beyond the surface": _with_xml(DTSERIES()[0], b'Vertices="12"', b'Vertices="7"'),
}

IMAGES: list[Reader] = [
    Reader(
        "surface run", ".func.gii", _read_surface,
        lambda: [made("a.gii", lambda path: write_gifti(path, RUN)),
                 made("a.gii", lambda path: write_gifti(path, [RUN.T])), gifti(packed(RUN[0].tobytes()))],
        _check_surface, GIFTIS, HOSTILE_GIFTI,
    ),
    Reader(
        "labels of vertices", ".label.gii", _read_labels,
        lambda: [made("a.gii", lambda path: write_label_gifti(path, LABELS, TABLE))], _check_labels, GIFTIS,
        HOSTILE_GIFTI,
    ),
    Reader(
        "compressed labels of vertices", ".label.gii.gz", _read_labels,
        lambda: [made("a.gii.gz", lambda path: write_label_gifti(path, LABELS, TABLE))], _check_labels,
        found={"zeros": bomb(b"", bytes(10**7)), "a comment": bomb(b"<!--", b"x" * 10**7),
               "comments": bomb(b"", b"<!--x-->" * 10**6, 100)}, is_gzipped=True,
    ),
    Reader(
        "mask of vertices", ".shape.gii", _read_mask,
        lambda: [made("a.gii", lambda path: write_gifti(path, [LABELS]))], _check_mask, GIFTIS, HOSTILE_GIFTI,
    ),
    Reader("GIfTI mesh", ".surf.gii", _read_mesh, lambda: [made("a.gii", _mesh)], _check_mesh, GIFTIS),
    Reader("NIfTI run", ".nii", _read_volume, lambda: NIFTI, _check_volume, niftis(lambda: NIFTI[:2], False),
           HOSTILE_NIFTI),
    Reader(
        "compressed NIfTI run", ".nii.gz", _read_volume, lambda: [gzip.compress(one, 1) for one in NIFTI],
        _check_volume, niftis(lambda: [gzip.compress(one, 1) for one in NIFTI[:2]], True), HOSTILE_GZIP,
        is_gzipped=True,
    ),
    Reader(
        "mask of voxels", "_mask.nii.gz", _read_voxels,
        lambda: [made("a.nii.gz", lambda path: write_nifti(path, INSIDE))], _check_voxels,
        niftis(lambda: [made("a.nii.gz", lambda path: write_nifti(path, INSIDE))], True), HOSTILE_GZIP, is_gzipped=True,
    ),
    Reader(
        "labels of voxels", "_dseg.nii", _read_volume_atlas,
        lambda: [made("a.nii", lambda path: write_nifti(path, INSIDE * np.int16(3)))], _check_volume_atlas,
        niftis(lambda: [made("a.nii", lambda path: write_nifti(path, INSIDE * np.int16(3)))], False), HOSTILE_NIFTI,
    ),
    Reader("dtseries", ".dtseries.nii", _read_cifti, DTSERIES, _check_cifti, ciftis(DTSERIES), HOSTILE_CIFTI),
    Reader("ptseries", ".ptseries.nii", _read_cifti, PTSERIES, _check_cifti, ciftis(PTSERIES)),
    Reader("dlabel", ".dlabel.nii", _read_dlabel, DLABEL, _check_dlabel, ciftis(DLABEL), {
        "a key of 80 bits": _with_xml(DLABEL()[0], b'Key="1" Red="0.1"', b'Key="99999999999"')}),
    Reader("dscalar", ".dscalar.nii", _read_dscalar, DSCALAR, others=ciftis(DSCALAR)),
    Reader(
        "pointer", ".nii", pointer_of,
        lambda: [b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
                 b"/annex/objects/MD5E-s1234--0123.nii.gz\n", b"../.git/annex/objects/aa/bb/SHA256-s1--00/x"],
    ),
    *ARRAYS,
]  # fmt: skip
