"""Files are fetched whole from a server that truncates, refuses, sends something else or stalls."""

import hashlib

import numpy as np
import pytest

from brainforecast.dataset.download import ExpectedFile, address, expected_file, fetch, find_mismatch
from brainforecast.dataset.formats import count_volumes
from brainforecast.errors import BadInput
from brainforecast.readers.integrity import find_defect
from helpers.datasets import write_gifti, write_lines
from helpers.loopback import serving

NAME = "sub-01_task-fable_space-fsaverage5_hemi-L_desc-clean.func.gii"


@pytest.fixture
def server(tmp_path):
    """A server of one run of 12 volumes."""
    path = tmp_path / NAME
    write_gifti(path, np.random.default_rng(0).normal(size=(12, 50)).astype(np.float32))
    with serving({f"/{NAME}": path.read_bytes()}) as server:
        yield server


def md5(content: bytes) -> ExpectedFile:
    return ExpectedFile(len(content), "md5", hashlib.md5(content).hexdigest())


@pytest.mark.parametrize("told", [True, False], ids=["checksum", "GIfTI alone"])
@pytest.mark.parametrize(
    ("moods", "resumed"),
    [
        ([], [0]),
        (["truncates", "truncates"], [0, 1 / 2, 3 / 4]),
        (["short"], [0, 1 / 2]),
        ([503, 429, "truncates"], [0, 0, 0, 1 / 2]),
        (["other"], [0, 0]),
        (["stalls"], [0, 1 / 2]),
    ],
    ids=["well", "truncates", "says it is whole", "busy", "another file", "stalls"],
)
def test_a_file_comes_whole(server, tmp_path, moods, resumed, told):
    """Whatever goes wrong for a while; what came once is not asked for again, unless it was wrong."""
    server.moods, path = list(moods), tmp_path / "here" / NAME
    known = md5(server.files[f"/{NAME}"]) if told else ExpectedFile()
    if moods == ["short"] and not told:
        resumed = [0, 0]  # nothing tells that more is to come, but that the XML breaks off: it is not to be trusted
    fetch(server.url + NAME, path, known, find_defect=find_defect, wait=0.01, stall=1)
    assert path.read_bytes() == server.files[f"/{NAME}"]
    assert count_volumes(path) == 12
    np.testing.assert_allclose(server.asked, np.array(resumed) * len(server.files[f"/{NAME}"]), atol=2)
    assert [file.name for file in path.parent.iterdir()] == [NAME]


@pytest.mark.parametrize(
    ("mood", "n_asked", "told"),
    [(503, 3, "503"), (404, 1, "404"), ("other", 3, "md5 .* in place of"), ("truncates", 3, "transfer closed")],
)
def test_what_does_not_come_is_told_in_one_line(server, tmp_path, mood, n_asked, told):
    """Where it was, what was found; a page that is not there is asked for once; nothing that looks finished."""
    server.moods, path = [mood] * 9, tmp_path / "here" / NAME
    with pytest.raises(BadInput, match=told) as error:
        fetch(server.url + NAME, path, md5(server.files[f"/{NAME}"]), find_defect=find_defect, wait=0.01, attempts=3)
    assert len(server.asked) == n_asked
    assert server.url + NAME in str(error.value)
    assert "\n" not in str(error.value)
    assert not path.exists()


def test_a_second_run_goes_on_where_the_first_ended(server, tmp_path):
    """After a failure for good, what came is kept; a whole part is not fetched again."""
    server.moods, path = ["truncates", 503], tmp_path / NAME.replace("L", "R")
    with pytest.raises(BadInput):
        fetch(server.url + NAME, path, ExpectedFile(), find_defect=find_defect, wait=0.01, attempts=2)
    fetch(server.url + NAME, path, ExpectedFile(), find_defect=find_defect, wait=0.01)
    assert server.asked[-1] == len(server.files[f"/{NAME}"]) // 2
    part = tmp_path / ".part-again.func.gii"
    part.write_bytes(server.files[f"/{NAME}"])
    again, known = tmp_path / "again.func.gii", md5(server.files[f"/{NAME}"])
    fetch(server.url + NAME, again, known, find_defect=find_defect, wait=0.01, attempts=1)
    assert server.asked[-1] == len(server.files[f"/{NAME}"])


def test_waits_double(server, tmp_path, monkeypatch):
    """Attempts leave a busy server alone for longer and longer."""
    waits = []
    monkeypatch.setattr("brainforecast.dataset.download.time.sleep", waits.append)
    server.moods = [503] * 4
    fetch(server.url + NAME, tmp_path / "run.func.gii", ExpectedFile(), find_defect=find_defect, wait=3.0)
    assert waits == [3, 6, 12, 24]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text[: len(text) * 2 // 3], "breaks off"),
        (lambda text: text.replace(b'NumberOfDataArrays="12"', b'NumberOfDataArrays="13"'), "12 arrays that says 13"),
        (lambda _: b"<html>Please log in</html>", "0 arrays that says nothing"),
    ],
    ids=["truncated", "volumes missing", "a page"],
)
def test_a_gifti_file_is_read_to_its_end(server, tmp_path, change, told):
    """Well-formed, with as many volumes as it says; else told and removed."""
    path = tmp_path / "run.func.gii"
    path.write_bytes(server.files[f"/{NAME}"])
    assert find_mismatch(path, ExpectedFile(), find_defect) is None
    path.write_bytes(change(server.files[f"/{NAME}"]))
    assert told in find_mismatch(path, ExpectedFile(), find_defect)
    assert not path.exists()


def test_checksums_are_known_from_a_table_or_from_an_annexed_link(tmp_path):
    """The table wins; a link of git-annex has size and digest in its target; else nothing is known."""
    (tmp_path / "sub-01").mkdir()
    key = f"MD5E-s27--{'a' * 32}.func.gii"
    (tmp_path / "sub-01/run.func.gii").symlink_to(f"../.git/annex/objects/x/y/{key}/{key}")
    write_lines(tmp_path / "sums.tsv", "path\tsha256\tsize", f"sub-02/run.func.gii\t{'B' * 64}\tn/a")
    assert expected_file("sub-01/run.func.gii", tmp_path, None) == ExpectedFile(27, "md5", "a" * 32)
    assert expected_file("sub-01/run.func.gii", tmp_path, "sums.tsv") == ExpectedFile(27, "md5", "a" * 32)
    assert expected_file("sub-02/run.func.gii", tmp_path, "sums.tsv") == ExpectedFile(None, "sha256", "b" * 64)
    assert expected_file("sub-03/run.func.gii", tmp_path, "sums.tsv") == ExpectedFile()


def test_no_base_url_is_told():
    with pytest.raises(BadInput, match=r"no dataset\.url"):
        address(None, "sub-01/run.func.gii")
    assert address("http://a/b/", "c") == "http://a/b/c"
