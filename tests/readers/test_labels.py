"""Labels of atlases in each of their formats; what lookups miss is counted, and what cannot be right is refused."""

import nibabel
import numpy as np
import pytest

from brainforecast.errors import BadInput
from brainforecast.readers.atlas import find_lobes, find_masks, name_regions, read_vertex_mask, read_vertex_rois
from brainforecast.readers.labels import as_keys, look_up, read_hemisphere, read_image_keys, read_label_table
from brainforecast.readers.notes import Notes
from helpers.brain_files import (
    AFFINE,
    SHAPE,
    brain_models,
    write_dlabel,
    write_dscalar,
    write_label_gifti,
    write_nifti,
)
from helpers.datasets import assert_bad_input, write_annot, write_gifti, write_lines

TABLE = {0: "???", 1: "A", 2: "B"}


def named(labels) -> list[str | None]:
    """Names of vertices, None without a label."""
    return [labels.names[index] if index >= 0 else None for index in labels.index]


def write_colours(path, colours, labels, names):
    """An .annot whose vertices have these rows of a colour table, the last column left to nibabel."""
    table = np.array([[*colour, 0, 0] for colour in colours])
    nibabel.freesurfer.write_annot(path, np.asarray(labels), table, names, fill_ctab=True)
    return path


def test_colour_that_is_not_in_the_table(tmp_path):
    """The vertex gets no region, not its neighbour's in the table; how many there are is noted."""
    path = write_colours(tmp_path / "lh.annot", [(9, 9, 9), (20, 0, 0), (40, 0, 0)], [0, 1, 2, 1, 1], list("ABC"))
    content = bytearray(path.read_bytes())
    # the colour of vertices 3 and 4 becomes 30, which no region has: vertices are pairs of 4 bytes after the count
    for vertex in (3, 4):
        at = 4 + 8 * vertex + 4
        assert int.from_bytes(content[at : at + 4], "big") == 20
        content[at : at + 4] = (30).to_bytes(4, "big")
    path.write_bytes(bytes(content))
    notes = Notes()
    assert named(read_hemisphere(path, notes)) == ["A", "B", "C", None, None]
    assert len(notes) == 1
    assert "2 vertices have labels that its table has not (30)" in notes[0]


def test_two_regions_of_one_colour(tmp_path):
    """Nothing says which vertex is whose; unless none has it."""
    names = ["A", "B", "C"]
    path = write_colours(tmp_path / "lh.annot", [(9, 9, 9), (20, 0, 0), (20, 0, 0)], [0, 1, 2, 0], names)
    with pytest.raises(BadInput) as error:
        read_hemisphere(path, Notes())
    assert_bad_input(error, path, "2 vertices of one colour, that of both B and C")
    path = write_colours(tmp_path / "rh.annot", [(9, 9, 9), (20, 0, 0), (20, 0, 0)], [0, 0, 0, 0], names)
    assert named(read_hemisphere(path, Notes())) == ["A"] * 4


def test_keys_that_are_not_in_the_table(tmp_path):
    """All of them: refused. Some: counted. Labels without a vertex: counted."""
    path = write_label_gifti(tmp_path / "lh.label.gii", [11, 12, 11], TABLE)
    with pytest.raises(BadInput) as error:
        read_hemisphere(path, Notes())
    assert_bad_input(error, path, "vertices with labels 11, 12", "labels of its table")
    notes = Notes()
    path = write_label_gifti(tmp_path / "lh.label.gii", [1, 12, 0, 1], TABLE)
    assert named(read_hemisphere(path, notes)) == ["A", None, "???", "A"]
    assert any("1 vertices have labels that its table has not (12)" in note for note in notes)
    assert any("1 labels of its table have none of its vertices: B" in note for note in notes)


@pytest.mark.parametrize("name", ["Medial_wall", "FreeSurfer_Defined_Medial_Wall", "unknown", "L_???"])
def test_left_and_right_are_paired(tmp_path, name):
    """One name for both hemispheres, without the medial wall."""
    atlas = {}
    for hemi in "LR":
        table = {1: f"7Networks_{hemi}H_Vis_1", 2: f"7Networks_{hemi}H_Default_PFC_2", 3: name}
        atlas[hemi] = str(write_label_gifti(tmp_path / f"{hemi}.label.gii", [1, 2, 3, 2], table))
    rois = read_vertex_rois(atlas, 4, "fsaverage5", Notes())
    expected = ["7Networks_Vis_1", "7Networks_Default_PFC_2", None, "7Networks_Default_PFC_2"]
    assert rois == {"L": expected, "R": expected}
    with pytest.raises(BadInput) as error:
        read_vertex_rois({"L": atlas["R"], "R": atlas["L"]}, 4, "fsaverage5", Notes())
    assert_bad_input(error, atlas["R"], "7Networks_RH_Vis_1, of hemisphere R", "regions of hemisphere L")


def test_names_that_would_collide_are_kept(tmp_path):
    """A region with a hemisphere in its name beside one of the rest of it."""
    path = write_label_gifti(tmp_path / "l.label.gii", [1, 2], {1: "L_x", 2: "x"})
    assert name_regions(read_hemisphere(path, Notes()))[1] == (None, "x")
    path = write_label_gifti(tmp_path / "l.label.gii", [1, 2], {1: "L_x", 2: "lh.x"})
    assert [roi for _, roi in name_regions(read_hemisphere(path, Notes()))] == ["L_x", "lh.x"]


def test_atlas_of_another_space(tmp_path):
    """The space that it fits is named."""
    atlas = {hemi: str(write_label_gifti(tmp_path / f"{hemi}.label.gii", np.ones(32_492), TABLE)) for hemi in "LR"}
    with pytest.raises(BadInput) as error:
        read_vertex_rois(atlas, 10_242, "fsaverage5", Notes())
    assert_bad_input(error, atlas["L"], "32,492 vertices (those of fsLR (den-32k))", "10,242 of fsaverage5")


def test_dlabel_of_a_surface(tmp_path):
    """Vertices that the file lacks are the medial wall."""
    axis = brain_models(cortex={"L": np.arange(2, 642), "R": np.arange(642)}, n_voxels=0)
    keys = np.r_[np.ones(640), np.full(642, 2)]
    path = str(write_dlabel(tmp_path / "a.dlabel.nii", keys, {1: "L_A", 2: "R_A"}, axis))
    rois = read_vertex_rois({"dlabel": path}, 642, "fsaverage3", Notes())
    assert rois == {"L": [None] * 2 + ["A"] * 640, "R": ["A"] * 642}
    with pytest.raises(BadInput) as error:
        read_vertex_rois({"dlabel": path}, 10_242, "fsaverage5", Notes())
    assert_bad_input(error, path, "642 vertices (those of fsaverage3)")


# tables of names


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("a.tsv", ["index\tname\tcolor", "0\tBackground\t#000000", "3\tA\t#ff0000", "17\tB\t#00ff00"]),
        ("a.tsv", ["label\tindex", "Background\t0", "A\t3", "B\t17"]),
        ("a.csv", ["index,name", "0,Background", "3,A", "17,B"]),
        ("a.txt", ["# No. Label R G B A", "0  Background 0 0 0 0", "", "3 A 1 2 3 0", "17\tB\t4\t5\t6\t0"]),
    ],
)
def test_tables_of_names(tmp_path, name, lines):
    """TemplateFlow's, XCP-D's, a CSV, FreeSurfer's colours."""
    assert read_label_table(write_lines(tmp_path / name, *lines)) == {0: "Background", 3: "A", 17: "B"}


@pytest.mark.parametrize(
    ("lines", "parts"),
    [
        (["index\tcolour", "1\tred"], ["row 1", "columns index, colour", "a column name"]),
        (["index\tname", "1\tA", "1\tB"], ["row 3", "index 1 a second time"]),
        (["index\tname", "one\tA"], ["row 2", "index one", "a whole number"]),
        (["A B C"], ["row 1", "A B C", "index and name"]),
        (["# nothing"], ["no labels"]),
    ],
)
def test_tables_that_are_none(tmp_path, lines, parts):
    """What is wrong, and where."""
    path = write_lines(tmp_path / "a.tsv", *lines)
    with pytest.raises(BadInput) as error:
        read_label_table(path)
    assert_bad_input(error, path, *parts)


def test_labels_of_an_image(tmp_path):
    """On the grid of the runs, whole numbers; another grid is named, and nothing is resampled."""
    keys = np.arange(210, dtype=np.int16).reshape(SHAPE)
    path = write_nifti(tmp_path / "a.nii.gz", keys)
    assert as_keys(read_image_keys(path, SHAPE, AFFINE), path).tolist() == list(range(210))
    with pytest.raises(BadInput) as error:
        read_image_keys(path, (10, 12, 14), AFFINE @ np.diag([0.5, 0.5, 0.5, 1]))
    assert_bad_input(error, path, "5 x 6 x 7 voxels of 4 x 4 x 4 mm", "10 x 12 x 14 voxels of 2 x 2 x 2 mm", "nearest")
    with pytest.raises(BadInput) as error:
        as_keys(np.array([0.5, 1]), path)
    assert_bad_input(error, path, "a label 0.5", "whole numbers")


def test_whole_atlas_or_part():
    """Labels that lie outside a part of the atlas are worth no note."""
    for is_whole, n_notes in ((True, 1), (False, 0)):
        notes = Notes()
        look_up(np.array([1, 1]), TABLE, "a", notes, "voxels", is_whole=is_whole)
        assert len(notes) == n_notes


# lobes and masks


def test_lobes_by_either_name(tmp_path):
    """A table may list the names of the file, or those of both hemispheres; what it lacks, and what is too much."""
    path = write_lines(tmp_path / "lobes.tsv", "roi\tlobe", "L_A\tfrontal", "R_A\tinsula", "B\tparietal", "C\tfrontal")
    notes, regions = Notes(), [("L", "A"), ("R", "A"), ("L", "B"), ("R", "D"), (None, None)]
    assert find_lobes(regions, path, notes) == ["frontal", "insula", "parietal", None, None]
    assert any("1 regions of the atlas have no lobe: D" in note for note in notes)
    assert any("1 of its regions are not in the atlas: C" in note for note in notes)
    assert find_lobes(regions, None, Notes()) == [None] * 5


def test_masks_of_vertices(tmp_path):
    """GIfTI of labels or values, FreeSurfer's list of vertices, CIFTI; a hemisphere may be missing."""
    values = np.zeros(642, np.float32)
    values[[3, 5]] = 2, np.nan
    shape = write_gifti(tmp_path / "a.shape.gii", [values])
    label = write_label_gifti(tmp_path / "a.label.gii", (np.arange(642) == 3).astype(int), TABLE)
    listed = write_lines(tmp_path / "lh.x.label", "#!ascii label", "1", "3 0.0 0.0 0.0 0.5")
    for path in (shape, label, listed):
        inside = read_vertex_mask({"L": str(path)}, 642, "fsaverage3")
        assert np.flatnonzero(inside["L"]).tolist() == [3]
        assert not inside["R"].any()
    axis = brain_models(cortex={"L": np.arange(2, 642), "R": np.arange(642)})
    path = write_dscalar(tmp_path / "a.dscalar.nii", np.arange(len(axis)) == 1, axis)
    assert np.flatnonzero(read_vertex_mask(str(path), 642, "fsaverage3")["L"]).tolist() == [3]
    with pytest.raises(BadInput) as error:
        read_vertex_mask({"L": str(shape)}, 10_242, "fsaverage5")
    assert_bad_input(error, shape, "642 vertices (those of fsaverage3)", "10,242 of fsaverage5")
    with pytest.raises(BadInput) as error:
        read_vertex_mask({"L": str(write_lines(tmp_path / "b.label.gii", "x"))}, 642, "fsaverage3")
    assert_bad_input(error, "b.label.gii", "no XML")


def test_masks_do_not_overlap():
    """Each target lies in one mask; an empty one is refused."""
    masks = {"language": [0, 1], "control": [3]}

    def read(listed):
        return np.isin(np.arange(5), listed)

    assert find_masks(masks, 5, read) == ["language", "language", None, "control", None]
    assert find_masks(None, 2, read) == [None, None]
    for files, parts in (([1, 2], ["1 targets of language too", "no overlap"]), ([], ["no target of the runs"])):
        with pytest.raises(BadInput) as error:
            find_masks({**masks, "more": files}, 5, read)
        assert_bad_input(error, "atlas.masks.more", *parts)


def test_an_annot_without_a_label(tmp_path):
    """0 stands for no label, whatever the table has."""
    assert named(read_hemisphere(write_annot(tmp_path / "lh.annot", [0, 1, -1]), Notes())) == [None, "here", None]
