"""FreeSurfer's files are read as nibabel reads them, those of the last century too."""

import struct

import nibabel
import numpy as np

from brainforecast.readers.freesurfer import read_annot, read_depths, read_geometry, read_label

COLOURS = [(10, 20, 30), (40, 50, 60), (255, 0, 255)]
NAMES = ["bankssts", "S_temporal sup", "Unknown"]
LABELS = np.array([0, 2, 1, 1, 0])


def code(colour):
    """A colour as its vertices have it."""
    return colour[0] + 256 * colour[1] + 65536 * colour[2]


def test_annot_of_both_versions(tmp_path):
    """Colours of vertices, and the name of each."""
    table = np.array([[*colour, 0, 0] for colour in COLOURS])
    nibabel.freesurfer.write_annot(tmp_path / "new.annot", LABELS, table, NAMES, fill_ctab=True)
    vertices = b"".join(struct.pack(">2i", i, code(COLOURS[label])) for i, label in enumerate(LABELS))
    rows = b"".join(
        struct.pack(">i", len(name) + 1) + name.encode() + b"\0" + struct.pack(">4i", *colour, 0)
        for name, colour in zip(NAMES, COLOURS, strict=True)
    )
    head = struct.pack(">3i", 1, len(NAMES), 4) + b"lut\0"
    (tmp_path / "old.annot").write_bytes(struct.pack(">i", len(LABELS)) + vertices + head + rows)
    for name in ("new.annot", "old.annot"):
        colours, numbers, names = read_annot(tmp_path / name)
        expected, codes, others = nibabel.freesurfer.read_annot(tmp_path / name, orig_ids=True)
        np.testing.assert_array_equal(colours, expected)
        np.testing.assert_array_equal(numbers, codes[:, 4])
        assert names == [other.decode() for other in others] == NAMES


def test_names_keep_their_colours_in_any_order(tmp_path):
    """Entries are listed with their numbers; vertices too."""
    table = np.array([[*colour, 0, 0] for colour in COLOURS])
    path = tmp_path / "lh.annot"
    nibabel.freesurfer.write_annot(path, LABELS, table, NAMES, fill_ctab=True)
    content = path.read_bytes()
    pairs = [content[4 + 8 * i : 12 + 8 * i] for i in range(len(LABELS))]
    path.write_bytes(content[:4] + b"".join(reversed(pairs)) + content[4 + 8 * len(LABELS) :])
    assert read_annot(path)[0].tolist() == [code(COLOURS[label]) for label in LABELS]


def test_meshes_of_triangles_and_of_quads(tmp_path):
    """Coordinates and faces."""
    points = np.random.default_rng(0).standard_normal((4, 3))
    nibabel.freesurfer.write_geometry(tmp_path / "new", points, np.array([[0, 1, 2], [1, 2, 3]]))
    head = b"\xff\xff\xff" + (4).to_bytes(3, "big") + (1).to_bytes(3, "big")
    quad = b"".join(i.to_bytes(3, "big") for i in (0, 1, 2, 3))
    (tmp_path / "old").write_bytes(head + (100 * points).astype(">i2").tobytes() + quad)
    for name in ("new", "old"):
        for own, other in zip(
            read_geometry(tmp_path / name), nibabel.freesurfer.read_geometry(tmp_path / name), strict=True
        ):
            np.testing.assert_array_equal(own, other)


def test_values_of_both_versions(tmp_path):
    """Floating point, and hundredths."""
    nibabel.freesurfer.write_morph_data(tmp_path / "new", np.arange(5) / 4)
    (tmp_path / "old").write_bytes((3).to_bytes(3, "big") + (1).to_bytes(3, "big") + struct.pack(">3h", 25, -50, 7))
    assert read_depths(tmp_path / "new").tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert read_depths(tmp_path / "old").tolist() == nibabel.freesurfer.read_morph_data(tmp_path / "old").tolist()


def test_a_label_of_one_vertex(tmp_path):
    """One row is one vertex."""
    (tmp_path / "a.label").write_text("#!ascii label\n1\n7 0.5 0.5 0.5 0\n")
    assert read_label(tmp_path / "a.label").tolist() == [7]
