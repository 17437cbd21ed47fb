"""Readers of arrays: .npy and HDF5 matrices, FreeSurfer's files, audio."""

import io
import struct
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import h5py
import nibabel
import numpy as np
from hypothesis import strategies as st
from scipy.io import wavfile

from brainforecast.dataset.counting import count_matrix_columns
from brainforecast.dataset.formats import count_volumes
from brainforecast.readers.audio import read_audio, read_envelope
from brainforecast.readers.freesurfer import read_annot, read_depths, read_geometry, read_label
from brainforecast.readers.integrity import find_defect
from brainforecast.readers.labels import as_keys, read_columns, read_hemisphere
from brainforecast.readers.matrices import read_matrix
from brainforecast.readers.notes import Notes
from brainforecast.readers.surfaces import load_surface
from helpers.datasets import write_annot
from helpers.fuzzing import EXTREMES, Reader

RUN = np.random.default_rng(0).standard_normal((7, 5)).astype(np.float32)
LABELS = np.arange(12) % 3


def made(name: str, write: Callable[[Path], object]) -> bytes:
    """The bytes of a file that is written under a name."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / name)
        return (Path(folder) / name).read_bytes()


def agree(path: Path, values: np.ndarray, other: Callable[[], np.ndarray]) -> None:
    """Values are those that another library finds, where it reads the file; a download of this file is not broken."""
    assert find_defect(path) is None, find_defect(path)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            expected = np.asarray(other())
        except Exception:
            return
        np.testing.assert_array_equal(values, expected.astype(values.dtype))


# --- matrices ---------------------------------------------------------------------------------------------------------


def _read_matrix(path: Path) -> tuple[Path, np.ndarray]:
    n_volumes, n_columns = count_volumes(path), count_matrix_columns(path)
    run = read_matrix(path)
    assert n_volumes in (None, len(run))
    assert n_columns in (None, run.shape[1])
    return path, run


def _check_npy(value: tuple[Path, np.ndarray]) -> None:
    path, run = value
    agree(path, run, lambda: np.load(path, allow_pickle=False))


def _check_hdf5(value: tuple[Path, np.ndarray]) -> None:
    path, run = value
    assert find_defect(path) is None
    assert run.dtype == np.float32 and run.ndim == 2
    assert run.size <= 1032 * path.stat().st_size


def _read_keys(path: Path) -> tuple[Path, np.ndarray]:
    return path, as_keys(read_columns(path, 12), path)


def _check_keys(value: tuple[Path, np.ndarray]) -> None:
    path, keys = value
    np.testing.assert_array_equal(keys, np.nan_to_num(np.load(path)).ravel())


def npy(descr: str = "'<f4'", shape: str = "(7, 5)", order: str = "False", data: bytes = RUN.tobytes(), **how) -> bytes:
    """A .npy file with this header."""
    header = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, {how.get('more', '')}}}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    version = how.get("version", 1)
    length = struct.pack("<H" if version == 1 else "<I", how.get("length", len(header)) % 2 ** (16 * min(version, 2)))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header + data


NPYS = st.builds(
    npy,
    descr=st.sampled_from(["'<f4'", "'>f4'", "'|O'", "'O'", "'<f2'", "'<f8'", "'<i8'", "'<c8'", "'|S4'", "'<U4'",
                           "'|V4'", "'<M8[s]'", "[('a', '<f4')]", "'<f4,<f4'", "'(2,)f4'", "'|b1'", "'?'", "'f'", "4",
                           "'<f99999'", "None", "'<f16'", "'|u1'"]),
    shape=st.sampled_from(["(7, 5)", "(5, 7)", "(35,)", "()", "(7, 5, 1)", "(0, 5)", "(-7, -5)", "(10**12, 5)", "(7,)",
                           "(1000000000000, 5)", "(7L, 5L)", "(7.0, 5)", "[7, 5]", "(True, 35)", "(7, 5" + "," * 300,
                           "(__import__('os').getpid(), 5)", "(" * 300 + ")" * 300, "(٧, ٥)", "('7', 5)"]),
    order=st.sampled_from(["False", "True", "1", "None"]),
    data=st.sampled_from([RUN.tobytes(), b"", RUN.tobytes()[:-1], RUN.tobytes() + b"more", bytes(280),
                          b"\x80\x04\x95" + bytes(200), np.full(35, np.inf, "<f4").tobytes()]),
    more=st.sampled_from(["", "'x': 1", "'descr': '|O'", "'shape': (1, 1)", "-" * 2000 + "1", " " * 70000]),
    version=st.sampled_from([1, 1, 1, 2, 3, 4, 0]),
)  # fmt: skip


def _pickled() -> bytes:
    file = io.BytesIO()
    np.save(file, np.array([{"a": 1}, print], dtype=object), allow_pickle=True)
    return file.getvalue()


def _archive() -> bytes:
    file = io.BytesIO()
    np.savez(file, run=RUN)
    return file.getvalue()


HOSTILE_NPY = {
    "pickles": _pickled(), "an archive": _archive(), "promises 10**12 values": npy(shape="(1000000000000, 5)"),
    "code in its header": npy(shape="(__import__('os').getpid(), 5)"), "records": npy("[('a', '<f4')]"),
    "a long header": npy(version=2, length=2**32 - 1), "brackets": npy(shape="(" * 3000),
}  # fmt: skip


def hdf5(write: Callable[[h5py.File], object], **how: object) -> bytes:
    """An HDF5 file as h5py writes it."""

    def put(path: Path) -> None:
        with h5py.File(path, "w", **how) as file:
            write(file)

    return made("run.hf5", put)


def _link(file: h5py.File, target: object) -> None:
    file["data"] = target


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((7, 5), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "data", (7, 5))
    file.create_virtual_dataset("data", layout)


def _chain(file: h5py.File) -> None:
    file["data"], file["other"] = h5py.SoftLink("/other"), h5py.SoftLink("/data")


def _in_a_circle() -> bytes:
    """A file whose tree of names leads to itself: the address of its first leaf is that of the tree."""
    content = hdf5(lambda file: file.create_dataset("data", data=RUN), libver="earliest")
    tree = content.index(b"TREE")
    leaf = content.index(b"SNOD")
    return content.replace(struct.pack("<Q", leaf), struct.pack("<Q", tree))


HDF5S = {
    "plain": lambda file: file.create_dataset("data", data=RUN),
    "chunks": lambda file: file.create_dataset("data", data=RUN, chunks=(2, 2), compression="gzip", shuffle=True),
    "several": lambda file: [file.create_dataset(name, data=RUN) for name in ("data", "other")],
    "a link": lambda file: [file.create_dataset("raw/run", data=RUN), _link(file, h5py.SoftLink("raw/run"))],
}
HOSTILE_HDF5 = {
    "another file": hdf5(lambda file: _link(file, h5py.ExternalLink("/etc/passwd", "/data"))),
    "values in another file": hdf5(
        lambda file: file.create_dataset("data", (7, 5), "u1", external=[("/etc/passwd", 0, 35)])
    ),
    "virtual": hdf5(_virtual), "links in a circle": hdf5(_chain), "names in a circle": _in_a_circle(),
    "10**12 values that are not there": hdf5(
        lambda file: file.create_dataset("data", (10**9, 10**3), "f4", chunks=(64, 64))
    ),
    "values never written": hdf5(lambda file: file.create_dataset("data", (7, 5), "f4")),
    "references": hdf5(lambda file: file.create_dataset("data", (7, 5), dtype=h5py.ref_dtype)),
    "words": hdf5(lambda file: file.create_dataset("data", (7, 5), dtype=h5py.string_dtype())),
    "nothing": hdf5(lambda file: file.create_dataset("data", data=h5py.Empty("f4"))),
    "a type": hdf5(lambda file: _link(file, np.dtype("f4"))),
}  # fmt: skip


# --- FreeSurfer -------------------------------------------------------------------------------------------------------


def _read_annot(path: Path) -> tuple[Path, list]:
    labels = read_hemisphere(path, Notes(), "L")
    return path, [labels.names[i] if i >= 0 else None for i in labels.index]


def _check_annot(value: tuple[Path, list]) -> None:
    path, names = value
    assert find_defect(path) is None
    colours, numbers, known = read_annot(path)
    table = dict(zip(numbers.tolist(), known, strict=True))
    assert names == [table.get(colour) if colour else None for colour in colours.tolist()]
    if not np.any(np.diff(np.frombuffer(path.read_bytes(), ">i4", 2 * len(colours), offset=4)[::2]) < 0):
        agree(path, colours, lambda: nibabel.freesurfer.read_annot(path, orig_ids=True)[0])


def _read_mesh(path: Path) -> tuple[Path, np.ndarray, np.ndarray]:
    return path, *_both(path, "pial")["L"]


def _both(path: Path, kind: str) -> dict:
    for side in ("lh", "rh"):
        link = path.with_name(f"{side}.{kind}")
        link.unlink(missing_ok=True)
        link.symlink_to(path)
    return load_surface("fsaverage3", kind, path.parent)


def _check_mesh(value: tuple[Path, np.ndarray, np.ndarray]) -> None:
    path, points, triangles = value
    agree(path, points, lambda: nibabel.freesurfer.read_geometry(path)[0])
    agree(path, triangles, lambda: nibabel.freesurfer.read_geometry(path)[1])
    assert read_geometry(path)[0].shape == (642, 3)


def _check_depths(value: tuple[Path, np.ndarray]) -> None:
    path, depths = value
    agree(path, depths, lambda: nibabel.freesurfer.read_morph_data(path))
    np.testing.assert_array_equal(depths, read_depths(path))


def _check_label(value: tuple[Path, np.ndarray]) -> None:
    agree(*value, lambda: np.atleast_1d(nibabel.freesurfer.read_label(value[0])))


def _mesh(path: Path) -> None:
    points = np.random.default_rng(0).random((642, 3))
    nibabel.freesurfer.write_geometry(path, points, np.array([[0, 1, 2], [5, 6, 641]]), create_stamp="by a test")


ANNOT = made("lh.annot", lambda path: write_annot(path, LABELS))
MESH = made("lh.pial", _mesh)
DEPTHS = made("lh.sulc", lambda path: nibabel.freesurfer.write_morph_data(path, np.arange(642.0)))
LABEL = b"#!ascii label, from subject fsaverage\n3\n1 0.5 1.5 2.5 0.0\n4 0.5 1.5 2.5 0.0\n11 0.5 1.5 2.5 0.0\n"


def _with(content: bytes, at: int, number: int) -> bytes:
    return content[:at] + struct.pack(">i", number) + content[at + 4 :]


@st.composite
def counts(draw: st.DrawFn, content: bytes, places: tuple[int, ...]) -> bytes:
    """Files whose counts are others."""
    for at in draw(st.lists(st.sampled_from(places), min_size=1, max_size=2)):
        number = draw(st.sampled_from([*EXTREMES, -1, -2, 3, 13])) % 2**32
        content = content[:at] + struct.pack(">I", number) + content[at + 4 :]
    return content


# --- audio ------------------------------------------------------------------------------------------------------------


def _read_audio(path: Path) -> tuple[Path, np.ndarray]:
    audio, envelope = read_audio(path), read_envelope(path, tr=1.5, shift=-0.25)
    assert np.isfinite(envelope).all()
    assert 0 < audio.peak < np.inf
    assert np.isfinite(audio.mono(0, 100)).all()
    return path, audio.samples


def _check_audio(value: tuple[Path, np.ndarray]) -> None:
    path, samples = value
    expected = wavfile.read(path)[1]
    np.testing.assert_array_equal(samples, expected.reshape(samples.shape))


def wav(chunks: list[tuple[bytes, bytes]], kind: bytes = b"RIFF", size: int | None = None) -> bytes:
    """A WAV file of chunks."""
    body = b"".join(name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in chunks)
    return kind + struct.pack("<I", (4 + len(body) if size is None else size) % 2**32) + b"WAVE" + body


def _fmt(tag: int = 1, channels: int = 1, rate: int = 800, bits: int = 16) -> bytes:
    block = channels * bits // 8
    return struct.pack("<2H2I2H", tag, channels, rate, rate * block % 2**32, block % 2**16, bits)


SAMPLES = (9000 * np.sin(np.arange(400))).astype("<i2").tobytes()
FORMATS = st.builds(
    _fmt, tag=st.sampled_from([1, 1, 3, 6, 7, 0xFFFE, 0]), channels=st.sampled_from([1, 1, 2, 3, 0, 100]),
    rate=st.sampled_from([800, 1, 0, 48000, 2**32 - 1]), bits=st.sampled_from([16, 8, 24, 32, 64, 12, 1, 0, 40, 128]),
)  # fmt: skip
DATA = st.sampled_from([SAMPLES, SAMPLES[:-1], SAMPLES[:2], b"", bytes(800), b"\xff" * 800,
                        np.full(200, 1e300).tobytes(), np.full(200, 0.5, "<f4").tobytes()])  # fmt: skip
WAVS = st.builds(
    wav,
    st.lists(
        st.one_of(
            st.tuples(st.just(b"fmt "), FORMATS), st.tuples(st.just(b"fmt "), FORMATS),
            st.tuples(st.just(b"data"), DATA), st.tuples(st.just(b"data"), DATA),
            st.tuples(st.sampled_from([b"LIST", b"ds64", b"fact", b"\0\0\0\0"]), st.binary(max_size=30)),
        ),
        max_size=5,
    ),
    kind=st.sampled_from([b"RIFF", b"RIFF", b"RIFX", b"RF64"]),
    size=st.sampled_from([None, None, 0, 2**32 - 1]),
)  # fmt: skip


def _sounds() -> list[bytes]:
    sound = wav([(b"fmt ", _fmt()), (b"LIST", b"odd"), (b"data", SAMPLES)])
    floats = wav([(b"fmt ", _fmt(tag=3, bits=32, channels=2)), (b"data", np.full(200, 0.5, "<f4").tobytes())])
    return [sound, floats, wav([(b"fmt ", _fmt(bits=24)), (b"data", SAMPLES[:798])])]


ARRAYS: list[Reader] = [
    Reader("npy matrix", ".npy", _read_matrix, lambda: [npy(), npy("'>i2'"), npy(order="True"), npy(version=2)],
           _check_npy, NPYS, HOSTILE_NPY),
    Reader("npy labels", "_atlas.npy", _read_keys, lambda: [made("a.npy", lambda path: np.save(path, LABELS))],
           _check_keys, NPYS, HOSTILE_NPY),
    Reader("HDF5 matrix", ".hf5", _read_matrix,
           lambda: [hdf5(write, libver=age) for age in ("earliest", "latest") for write in HDF5S.values()],
           _check_hdf5, found=HOSTILE_HDF5),
    Reader("annot", ".annot", _read_annot, lambda: [ANNOT], _check_annot,
           counts(ANNOT, (0, 100, 104, 108, 112, 116, 120, 124, 128)),
           {"promises 2**31 vertices": _with(ANNOT, 0, 2**31 - 1), "a negative count": _with(ANNOT, 0, -1),
            "2**31 colours": _with(ANNOT, 108, 2**31 - 1), "a name of 2**31 bytes": _with(ANNOT, 112, 2**31 - 1),
            "vertices in another order": _with(ANNOT, 4, 5)}),
    Reader("FreeSurfer mesh", ".pial", _read_mesh, lambda: [MESH], _check_mesh,
           counts(MESH, (0, MESH.index(b"\n\n") + 2, MESH.index(b"\n\n") + 6, 30)),
           {"promises 2**31 vertices": _with(MESH, MESH.index(b"\n\n") + 2, 2**31 - 1),
            "a triangle of no vertex": MESH[:-4] + struct.pack(">i", 642)}),
    Reader("FreeSurfer depths", ".sulc", lambda path: (path, _both(path, "sulc")["L"]), lambda: [DEPTHS], _check_depths,
           counts(DEPTHS, (0, 3, 7, 11, 15)), {"promises 2**31 values": _with(DEPTHS, 3, 2**31 - 1)}),
    Reader("FreeSurfer label", ".label", lambda path: (path, read_label(path)), lambda: [LABEL], _check_label,
           found={"a line before the number": LABEL.replace(b"3", b"\n3", 1)}),
    Reader("audio", ".wav", _read_audio, _sounds, _check_audio, WAVS,
           {"samples in two parts": wav([(b"fmt ", _fmt()), (b"data", SAMPLES), (b"data", SAMPLES)]),
            "samples of 1e300": wav([(b"fmt ", _fmt(tag=3, bits=64)), (b"data", np.full(200, 1e300).tobytes())]),
            "promises 4 GB": wav([(b"fmt ", _fmt())]) + b"data" + struct.pack("<I", 2**32 - 1) + SAMPLES}),
]  # fmt: skip
