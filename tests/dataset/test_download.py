"""Files are downloaded completely from a server that truncates, refuses, stalls or sends another file."""

import hashlib

import numpy as np
import pytest

from brainforecast.dataset.download import ExpectedFile, expected_file, fetch, file_url, find_mismatch
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
    """Size and checksum of a file."""
    return ExpectedFile(len(content), "md5", hashlib.md5(content).hexdigest())


@pytest.mark.parametrize("has_checksum", [True, False], ids=["checksum", "GIfTI alone"])
@pytest.mark.parametrize(
    ("faults", "resumed"),
    [
        ([], [0]),
        (["truncates", "truncates"], [0, 1 / 2, 3 / 4]),
        (["short"], [0, 1 / 2]),
        ([503, 429, "truncates"], [0, 0, 0, 1 / 2]),
        (["other"], [0, 0]),
        (["stalls"], [0, 1 / 2]),
    ],
    ids=["no fault", "truncates", "claims to be complete", "busy", "another file", "stalls"],
)
def test_a_file_is_downloaded_completely(server, tmp_path, faults, resumed, has_checksum):
    """Whatever goes wrong at first; no byte is requested twice, unless it was wrong."""
    server.faults, path = list(faults), tmp_path / "here" / NAME
    expected = md5(server.files[f"/{NAME}"]) if has_checksum else ExpectedFile()
    if faults == ["short"] and not has_checksum:
        resumed = [0, 0]  # only the truncated XML shows that bytes are missing, so none of them are trusted
    fetch(server.url + NAME, path, expected, find_defect=find_defect, wait=0.01, stall=1)
    assert path.read_bytes() == server.files[f"/{NAME}"]
    assert count_volumes(path) == 12
    np.testing.assert_allclose(server.starts, np.array(resumed) * len(server.files[f"/{NAME}"]), atol=2)
    assert [file.name for file in path.parent.iterdir()] == [NAME]


@pytest.mark.parametrize(
    ("fault", "n_requests", "problem"),
    [(503, 3, "503"), (404, 1, "404"), ("other", 3, "md5 .* instead of"), ("truncates", 3, "transfer closed")],
)
def test_a_failed_download_is_reported_in_one_line(server, tmp_path, fault, n_requests, problem):
    """Where it was, what was found; a missing page is requested once; no file is left under the final name."""
    server.faults, path = [fault] * 9, tmp_path / "here" / NAME
    with pytest.raises(BadInput, match=problem) as error:
        fetch(server.url + NAME, path, md5(server.files[f"/{NAME}"]), find_defect=find_defect, wait=0.01, attempts=3)
    assert len(server.starts) == n_requests
    assert server.url + NAME in str(error.value)
    assert "\n" not in str(error.value)
    assert not path.exists()


def test_a_second_run_resumes_where_the_first_ended(server, tmp_path):
    """After the last attempt failed, what was downloaded is kept; a complete part is not downloaded again."""
    server.faults, path = ["truncates", 503], tmp_path / NAME.replace("L", "R")
    with pytest.raises(BadInput):
        fetch(server.url + NAME, path, ExpectedFile(), find_defect=find_defect, wait=0.01, attempts=2)
    fetch(server.url + NAME, path, ExpectedFile(), find_defect=find_defect, wait=0.01)
    assert server.starts[-1] == len(server.files[f"/{NAME}"]) // 2
    part = tmp_path / ".part-again.func.gii"
    part.write_bytes(server.files[f"/{NAME}"])
    again, expected = tmp_path / "again.func.gii", md5(server.files[f"/{NAME}"])
    fetch(server.url + NAME, again, expected, find_defect=find_defect, wait=0.01, attempts=1)
    assert server.starts[-1] == len(server.files[f"/{NAME}"])


def test_waits_double(server, tmp_path, monkeypatch):
    """Attempts wait longer and longer for a busy server."""
    waits = []
    monkeypatch.setattr("brainforecast.dataset.download.time.sleep", waits.append)
    server.faults = [503] * 4
    fetch(server.url + NAME, tmp_path / "run.func.gii", ExpectedFile(), find_defect=find_defect, wait=3.0)
    assert waits == [3, 6, 12, 24]


def test_a_broken_file_is_removed(server, tmp_path):
    """What cannot be completed by another attempt must not be resumed."""
    path = tmp_path / "run.func.gii"
    path.write_bytes(server.files[f"/{NAME}"])
    assert find_mismatch(path, ExpectedFile(), find_defect) is None
    path.write_bytes(server.files[f"/{NAME}"][:-100])
    assert "truncated" in find_mismatch(path, ExpectedFile(), find_defect)
    assert not path.exists()


@pytest.mark.parametrize(
    ("expected", "problem"),
    [
        ({"n_volumes": 13}, "of 12 volumes instead of 13"),
        ({"min_volumes": 13}, "of 12 volumes, but its story ends after 13"),
        ({"n_volumes": 12, "min_volumes": 12}, None),
        ({"min_volumes": 13, "algorithm": "md5"}, None),
        ({"n_volumes": 13, "algorithm": "md5"}, "instead of 13"),
    ],
    ids=["wrong length", "shorter than story", "right length", "shorter, right digest", "wrong length, right digest"],
)
def test_a_run_has_the_length_that_the_dataset_states(tmp_path, expected, problem):
    """A complete file of another length is refused at once: a retry would not change it."""
    content = write_gifti(tmp_path / "run.func.gii", np.ones((12, 5))).read_bytes()
    digest = {"digest": hashlib.md5(content).hexdigest()} if "algorithm" in expected else {}
    path = tmp_path / "here/run.func.gii"
    with serving({"/run": content}) as server:
        if problem is None:
            fetch(server.url + "run", path, ExpectedFile(**expected, **digest), find_defect=find_defect, wait=0.01)
        else:
            with pytest.raises(BadInput, match=problem):
                fetch(server.url + "run", path, ExpectedFile(**expected, **digest), find_defect=find_defect, wait=0.01)
        assert len(server.starts) == 1
    assert path.exists() == (problem is None)


def test_checksums_come_from_a_table_or_a_git_annex_link(tmp_path):
    """The table wins; a git-annex link has size and digest in its target; else nothing is known."""
    (tmp_path / "sub-01").mkdir()
    key = f"MD5E-s27--{'a' * 32}.func.gii"
    (tmp_path / "sub-01/run.func.gii").symlink_to(f"../.git/annex/objects/x/y/{key}/{key}")
    write_lines(tmp_path / "sums.tsv", "path\tsha256\tsize", f"sub-02/run.func.gii\t{'B' * 64}\tn/a")
    assert expected_file("sub-01/run.func.gii", tmp_path, None) == ExpectedFile(27, "md5", "a" * 32)
    assert expected_file("sub-01/run.func.gii", tmp_path, "sums.tsv") == ExpectedFile(27, "md5", "a" * 32)
    assert expected_file("sub-02/run.func.gii", tmp_path, "sums.tsv") == ExpectedFile(None, "sha256", "b" * 64)
    assert expected_file("sub-03/run.func.gii", tmp_path, "sums.tsv") == ExpectedFile()


def test_missing_base_url_is_reported():
    """A file that is not on disk needs dataset.url."""
    with pytest.raises(BadInput, match=r"no dataset\.url"):
        file_url(None, "sub-01/run.func.gii")
    assert file_url("http://a/b/", "c") == "http://a/b/c"
