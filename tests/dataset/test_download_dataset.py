"""Alignments, transcripts, surfaces and an atlas that are not here are planned, fetched whole, and nothing else is."""

import gzip
import hashlib
import shutil
from pathlib import Path

import nibabel
import numpy as np
import pytest

from brainforecast.dataset.download import ExpectedFile, fetch
from brainforecast.dataset.freesurfer import locate_labels, locate_surfaces, surface_files
from brainforecast.dataset.plan import make_plan
from brainforecast.dataset.scans import expected_volumes
from brainforecast.errors import BadInput
from brainforecast.readers.integrity import find_defect
from brainforecast.readers.surfaces import load_surface
from helpers.datasets import assert_bad_input, write_dataset, write_gifti, write_lines
from helpers.loopback import serving
from helpers.studies import SURFACE_SECTIONS, write_surface_dataset

pytest_plugins = ["helpers.language_models", "helpers.workflow_runs"]
TRIANGLES = np.array([[0, 1, 2], [1, 2, 3]])


def write_kind(path: Path) -> Path:
    """A small whole file of the kind that its name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    labels = np.array([0, 1, 1, 0], np.int32)
    if path.suffix in (".pial", ".inflated"):
        nibabel.freesurfer.write_geometry(path, np.eye(4, 3), TRIANGLES)
    elif path.suffix == ".sulc":
        nibabel.freesurfer.write_morph_data(path, np.arange(4.0))
    elif path.suffix == ".annot":
        colours = np.array([[1, 2, 3, 0], [4, 5, 6, 0]])
        nibabel.freesurfer.write_annot(path, labels, colours, ["here", "there"], fill_ctab=True)
    elif path.suffix == ".gz":
        path.write_bytes(gzip.compress(np.random.default_rng(0).bytes(500)))
    else:
        text = {".csv": "Once,once,0.5,0.9\nupon,upon,1.0,1.2", ".tsv": "onset\tduration\tword\n1.0\t0.5\tonce"}
        write_lines(path, text.get(path.suffix, "Once upon a time"))
    return path


# whole files


@pytest.mark.parametrize(
    "name",
    ["lh.pial", "rh.inflated", "lh.sulc", "lh.aparc.annot", "lh.label.gii.gz", "align.csv", "words.tsv"],
)
def test_half_a_file_and_a_page_are_seen_by_its_kind(tmp_path, name):
    """Without a checksum too: a file that breaks off, or a page that asks for a password."""
    path = write_kind(tmp_path / name)
    whole = path.read_bytes()
    assert find_defect(path) is None
    path.write_bytes(whole[: len(whole) - 8])
    assert find_defect(path)
    path.write_bytes(b"<html>Please log in</html>")
    assert find_defect(path)


@pytest.mark.parametrize("text", ["<html>Please log in</html>", "  \n"])
def test_a_page_is_no_transcript(tmp_path, text):
    path = write_lines(tmp_path / "transcript.txt", "Once upon a time")
    assert find_defect(path) is None
    path.write_text(text)
    assert find_defect(path)


# lengths of runs


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ({"n_volumes": 13}, "of 12 volumes in place of 13"),
        ({"least": 13}, "of 12 volumes, where its story ends after 13"),
        ({"n_volumes": 12, "least": 12}, None),
        ({"least": 13, "kind": "md5"}, None),
        ({"n_volumes": 13, "kind": "md5"}, "in place of 13"),
    ],
    ids=["of another length", "shorter than its story", "right", "shorter, by its digest right", "by its digest right"],
)
def test_a_run_has_the_length_that_the_dataset_tells(tmp_path, known, told):
    """A whole file of another length is told at once: asking again would not mend it."""
    content = write_gifti(tmp_path / "run.func.gii", np.ones((12, 5))).read_bytes()
    digest = {"digest": hashlib.md5(content).hexdigest()} if "kind" in known else {}
    path = tmp_path / "here/run.func.gii"
    with serving({"/run": content}) as server:
        if told is None:
            fetch(server.url + "run", path, ExpectedFile(**known, **digest), find_defect=find_defect, wait=0.01)
        else:
            with pytest.raises(BadInput, match=told):
                fetch(server.url + "run", path, ExpectedFile(**known, **digest), find_defect=find_defect, wait=0.01)
        assert len(server.asked) == 1
    assert path.exists() == (told is None)


def test_the_length_of_a_run_is_in_the_list_of_scans_or_in_its_events(tmp_path):
    """A column n_trs of that run and no other; the volume in which the last row `story` ends."""
    rows = ["sub-01\tfable\t1\t40", "sub-01\tfable\t2\tn/a"]
    write_lines(tmp_path / "scans.tsv", "participant_id\ttask\trun\tn_trs", *rows)
    rows = ["0.0\t5.0\tmusic", "6.0\t30.0\tstory", "40.0\t9.0\tmusic"]
    write_lines(tmp_path / "sub-01/func/sub-01_task-fable_run-2_events.tsv", "onset\tduration\ttrial_type", *rows)
    dataset = {"root": tmp_path, "scans": "scans.tsv"}
    name = "sub-01/func/sub-01_task-fable_run-{}_space-fsaverage5_hemi-L_desc-clean.func.gii"
    assert expected_volumes(dataset, name.format(1), 1.5) == (40, None)
    assert expected_volumes(dataset, name.format(2), 1.5) == (None, 24)


# the plan


def remote_dataset(root: Path, **changes: object) -> dict:
    """A dataset of two stories, one of which has no alignment here."""
    dataset = write_dataset(root)
    shutil.rmtree(root / "stimuli/myth")
    return dataset | {"url": "http://nowhere.invalid"} | changes


def test_a_story_to_fetch_is_planned_the_same_before_and_after(tmp_path):
    """Named in the config; where nothing tells otherwise, as Narratives has it. The other story stays where it is."""
    dataset = remote_dataset(tmp_path / "data", stories=["fable", "myth"])
    plan = make_plan(dataset, stimuli=str(tmp_path / "resources"))
    folder = tmp_path / "resources/tiny/stimuli/gentle/myth"
    assert (plan.stories["myth"].alignment, plan.stories["myth"].transcript) == (
        str(folder / "align.csv"),
        str(folder / "transcript.txt"),
    )
    assert plan.stories["fable"].alignment == f"{dataset['root']}/stimuli/fable/words.tsv"
    assert [run.story for run in plan.runs["01"]] == ["fable", "myth"]
    write_lines(folder / "align.csv", "Once,once,0.5,0.9")
    write_lines(folder / "transcript.txt", "Once")
    assert make_plan(dataset, stimuli=str(tmp_path / "resources")) == plan


def test_what_cannot_be_fetched_is_told_as_before(tmp_path):
    """Without a URL, and a story that nobody heard."""
    dataset = remote_dataset(tmp_path, stories=["fable", "myth"])
    with pytest.raises(BadInput) as error:
        make_plan(dataset | {"url": None})
    assert_bad_input(error, "dataset.stories myth", "no alignment under")
    with pytest.raises(BadInput, match=r"dataset\.stories mith"):
        make_plan(dataset | {"stories": ["fable", "mith"]})


def test_unnamed_stories_are_fetched_if_something_tells_of_their_alignment(tmp_path):
    """A row of the table of checksums, or a link of git-annex; else a story has no alignment."""
    dataset = remote_dataset(tmp_path)
    assert list(make_plan(dataset).stories) == ["fable"]
    link = tmp_path / "stimuli/myth/words.TextGrid"
    link.parent.mkdir()
    link.symlink_to("../.git/annex/objects/x")
    assert make_plan(dataset).stories["myth"].alignment == "resources/tiny/stimuli/myth/words.TextGrid"
    assert make_plan(dataset).stories["myth"].transcript is None
    link.unlink()
    write_lines(tmp_path / "sums.tsv", "path\tmd5", f"stimuli/gentle/myth/align.csv\t{'a' * 32}")
    plan = make_plan(dataset | {"checksums": "sums.tsv"})
    assert plan.stories["myth"].alignment == "resources/tiny/stimuli/gentle/myth/align.csv"


def test_events_need_the_alignment_or_an_onset(tmp_path):
    """Where a story starts in its run cannot be told from events without its first word."""
    dataset = remote_dataset(tmp_path, stories=["myth"])
    rows = ["0.0\t1.0\tmusic", "4.5\t9.0\tstory"]
    write_lines(tmp_path / "sub-01/func/sub-01_task-myth_events.tsv", "onset\tduration\ttrial_type", *rows)
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, "dataset.onsets myth", "events.tsv")
    assert make_plan(dataset | {"onsets": {"myth": 2}}).runs["01"][0].n_dropped == 2


def test_surfaces_and_atlas_stay_where_they_are(tmp_path):
    """Only what is missing has another place, and only with a URL."""
    at = {"space": "fsaverage6", "folder": "resources/tiny/freesurfer"}
    mine = str(tmp_path / "surf")
    assert locate_surfaces(mine, None, **at) == mine
    assert locate_surfaces(None, "http://a", **at) is None
    assert locate_surfaces(mine, "http://a", **at) == "resources/tiny/freesurfer/fsaverage6/surf"
    for file in surface_files(mine):
        write_kind(Path(file))
    assert locate_surfaces(mine, "http://a", **at) == mine
    label = tmp_path / "lh.annot"
    assert locate_labels(str(label), None, **at) == str(label)
    assert locate_labels("package:a/lh.annot", "http://a", **at) == "package:a/lh.annot"
    assert locate_labels(str(label), "http://a", **at) == "resources/tiny/freesurfer/fsaverage6/label/lh.annot"
    assert locate_labels(str(write_kind(label)), "http://a", **at) == str(label)


# a whole run of it


def lay_dataset(root: Path, server) -> dict:
    """Lists and the left half of an atlas are here; runs, words, surfaces and the right half are on the server."""
    dataset, remote, freesurfer = write_surface_dataset(root), root.with_name("remote"), root.with_name("subjects")
    shutil.rmtree(root / "stimuli")
    words = (remote / "stimuli/fable/words.tsv").read_bytes()
    digest = hashlib.sha256(words).hexdigest()
    write_lines(root / "sums.tsv", "path\tsha256\tsize", f"stimuli/fable/words.tsv\t{digest}\t{len(words)}")
    space = freesurfer / "fsaverage5"
    (space / "surf").mkdir(parents=True)
    (space / "label").mkdir()
    for kind in ("pial", "inflated", "sulc"):
        for side, part in zip(("lh", "rh"), load_surface("fsaverage5", kind).values(), strict=True):
            write = nibabel.freesurfer.write_morph_data if kind == "sulc" else nibabel.freesurfer.write_geometry
            write(space / f"surf/{side}.{kind}", *([part] if kind == "sulc" else part))
    colours = np.array([[1, 2, 3, 0], [4, 5, 6, 0]])
    for side in ("lh", "rh"):
        labels = np.arange(10242, dtype=np.int32) % 2
        nibabel.freesurfer.write_annot(space / f"label/{side}.halves.annot", labels, colours, ["odd", "even"])
    shutil.copy(space / "label/lh.halves.annot", root)
    for folder in (remote, freesurfer):
        files = [path for path in folder.rglob("*") if path.is_file()]
        server.files |= {f"/{path.relative_to(folder.parent)}": path.read_bytes() for path in files}
    return dataset | {"url": f"{server.url}remote", "checksums": "sums.tsv"}


def test_only_what_is_missing_and_needed_is_fetched(new_study):
    """Planning asks the server nothing; then each missing file once, and what is read is what the server has."""
    with serving({}) as server:
        atlas = {"L": "data/lh.halves.annot", "R": "data/rh.halves.annot"}
        sections = SURFACE_SECTIONS | {"atlas": atlas, "surfaces": "data/surf"}
        freesurfer = {"url": f"{server.url}subjects"}
        study = new_study(lambda root: lay_dataset(root, server), **sections, freesurfer=freesurfer)
        asked = ["fetch_data", "results/tiny/targets.parquet", "results/tiny/words/fable.parquet"]
        jobs = study.planned(*asked)
        assert (jobs["fetch_run"], jobs["fetch_file"]) == (4, 1 + 6 + 1)
        assert server.paths == []
        server.moods = ["truncates", 503]
        study.run(*asked)
        wanted = {path for path in server.files if path.endswith((".func.gii", "words.tsv", "rh.halves.annot"))}
        wanted |= {path for path in server.files if "/surf/" in path}
        assert set(server.paths) == wanted
        assert len(server.paths) == len(wanted) + 2
        for path in wanted:
            inner = path.removeprefix("/remote/").replace("/subjects/", "freesurfer/")
            assert (study.folder / "resources/tiny" / inner).read_bytes() == server.files[path]
        assert study.planned(*asked) == {}
