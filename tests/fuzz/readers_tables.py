"""Readers of tables and sidecars of a dataset, and of atlases."""

import json
import math
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from brainforecast.dataset.counting import count_columns, count_rows
from brainforecast.dataset.download import ExpectedFile, expected_file
from brainforecast.dataset.events import read_events, read_story_end
from brainforecast.dataset.exclusions import read_exclusions
from brainforecast.dataset.layout import Layout
from brainforecast.dataset.participants import participants_notes, read_participants, require_subject
from brainforecast.dataset.plan import planted_layers
from brainforecast.dataset.scans import expected_volumes, list_scans
from brainforecast.dataset.sidecars import read_timing
from brainforecast.jobs.measured import COLUMNS, read_measured
from brainforecast.planning.sizes import QUANTITIES
from brainforecast.readers.atlas import find_lobes, read_lobes
from brainforecast.readers.formats.region import read_region_run
from brainforecast.readers.labels import look_up, read_label_table
from brainforecast.readers.notes import Notes
from brainforecast.results.map_dataset import describe_source
from brainforecast.simulation.truth import plant, read_regions
from helpers.fuzzing import NUMBERS, Reader

CELLS = st.one_of(
    st.sampled_from(NUMBERS), st.sampled_from(["n/a", "story", "01", "word", "1", "0.5", "-1", "2.5", "A", "L_A"])
)
LINES = re.compile("\r\n?|\n")
VALUES = st.sampled_from(
    [
        None,
        True,
        "1.5",
        "",
        "nan",
        0,
        -1,
        1e-320,
        1e308,
        10**400,
        [],
        [0],
        [0, 1.5, 3.0],
        ["a"],
        {},
        math.nan,
        math.inf,
        2.0,
    ]
)


def rows_of(header: str, separator: str = "\t") -> st.SearchStrategy[bytes]:
    """Tables of this header, with cells of all kinds."""
    row = st.lists(CELLS, min_size=len(header.split(separator)), max_size=len(header.split(separator)))
    rows = st.lists(row.map(separator.join), max_size=6)
    return rows.map(lambda rows: "\n".join([header, *rows, ""]).encode())


def _objects(*keys: str) -> st.SearchStrategy[bytes]:
    """JSON objects with some of these keys."""
    return st.dictionaries(st.sampled_from(keys), VALUES).map(lambda content: json.dumps(content).encode())


def _beside(name: str) -> Callable[[Path], Path]:
    """Copy the file to the name that its reader looks for."""

    def place(path: Path) -> Path:
        return Path(shutil.copyfile(path, path.with_name(name)))

    return place


# --- of a dataset -----------------------------------------------------------------------------------------------------

RUN = "sub-01_task-story_bold.nii.gz"


def _read_timing(path: Path) -> object:
    path.with_name("task-story_bold.json").write_text('{"RepetitionTime": 2.0, "StartTime": 0.5}')
    return read_timing(path.with_name(RUN), Layout(path.parent, path.parent))


def _check_timing(timing) -> None:
    assert timing.tr is not None and 0.05 <= timing.tr <= 30
    assert abs(timing.start) <= 120


def _read_events(path: Path) -> object:
    layout = Layout(path.parent, path.parent)
    events = read_events(path.with_name(RUN), layout, "story")
    start = events.start
    return path, events, start and start.seconds, read_story_end(path.with_name(RUN), layout)


def _check_events(value) -> None:
    path, events, start, end = value
    assert start is None or abs(start) <= 3600
    assert end is None or math.isfinite(end)
    n_rows = sum(bool(line.strip()) for line in LINES.split(path.read_bytes().decode("utf-8-sig"))[1:])
    assert len(events.rows) + sum(events.others.values()) == n_rows


def _read_participants(path: Path) -> object:
    _beside("participants.tsv")(path)
    subjects = read_participants(path.parent)
    participants_notes(path.parent)
    return path, [require_subject(subject, subjects, "x") for subject in subjects]


def _check_participants(value) -> None:
    path, subjects = value
    lines = [line for line in LINES.split(path.read_bytes().decode("utf-8-sig"))[1:] if line.strip()]
    assert len(subjects) == len(set(subjects)) == len(lines)


def _read_exclusions(path: Path) -> object:
    return read_exclusions({"exclusions": [path.name]}, path.parent, ["01", "02"])


DATASET = {"response": "region", "space": None, "desc": "atlas", "name": "x", "scans": "sub-01_scans.tsv"}


def _read_scans(path: Path) -> object:
    dataset = DATASET | {"root": str(path.parent)}
    layout = Layout(path.parent, path.parent)
    scans = list_scans(dataset, layout, ["01", "02"], "resources")
    return [expected_volumes(dataset, str(scan.bids_path.relative_to(path.parent)), 1.5) for scan in scans]


def _check_scans(lengths) -> None:
    for n_volumes, least in lengths:
        assert n_volumes is None or 0 < n_volumes < 10**18
        assert least is None or least >= 0


def _read_checksums(path: Path) -> ExpectedFile:
    return expected_file("a/b.nii.gz", path.parent, path.name)


def _check_expected(expected: ExpectedFile) -> None:
    assert expected.size is None or expected.size >= 0
    assert (expected.digest is None) == (expected.algorithm is None)


ROI = "roi\tkind\tplanted_distance\tplanted_depth\tplanted_source\tplanted_share\tgain"
PLAIN_ROI = ROI.removesuffix("\tplanted_share\tgain")


def _read_truth(path: Path) -> object:
    layers = planted_layers(path)
    regions = read_regions(path, ["A", "B", "C", "D"])
    targets = pd.DataFrame({"target": range(5), "roi": ["A", "B", "C", "D", None]})
    return layers, plant(targets, regions, forecast_share=0.5)


def _check_truth(value) -> None:
    layers, truth = value
    assert len(truth) == 5 and truth["planted_share"].between(0, 1).all() and (truth["gain"] > 0).all()
    assert all(depth >= 0 for depths in layers.values() for depth in depths)


def _check_measured(jobs) -> None:
    for job in jobs:
        assert job.threads >= 0 and job.seconds >= 0 and all(size >= 0 for size in job.sizes.values())


def _measured() -> bytes:
    rows = [
        list(COLUMNS),
        *([name, "3", "1", "0", "2.5", memory, *"0" * len(QUANTITIES), "x"] for name, memory in JOBS),
    ]
    return "".join("\t".join(map(str, row)) + "\n" for row in rows).encode()


JOBS = (("score_cells", "120.5"), ("read_words", "n/a"))

DATA = [
    Reader(
        "sidecar",
        "_task-story_bold.json",
        _read_timing,
        lambda: [
            b'{"RepetitionTime": 1.5, "TaskName": "story", "SliceTiming": [0, 0.5, 1.0]}\n',
            b'{"VolumeTiming": [0, 1.5, 3.0, 4.5], "StartTime": 0.75}',
            b'{"SamplingFrequency": 0.5}',
        ],
        _check_timing,
        _objects("RepetitionTime", "VolumeTiming", "SamplingFrequency", "StartTime"),
        found={
            "a whole number larger than floats": b'{"RepetitionTime": 1' + b"0" * 400 + b"}",
            "a whole number of thousands of digits": b'{"RepetitionTime": 1' + b"0" * 5000 + b"}",
            "lists inside lists": b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}",
            "two repetition times": b'{"RepetitionTime": 1.5, "RepetitionTime": 2.0}',
        },
    ),
    Reader(
        "dataset description",
        ".json",
        lambda path: describe_source(path, path.parent / "maps"),
        lambda: [b'{"Name": "x", "BIDSVersion": "1.8", "DatasetDOI": "doi:10.1/2", "Version": "1"}'],
        lambda found: [text.encode() for text in found.values()],
        _objects("DatasetDOI", "Version"),
    ),
    Reader(
        "events",
        "_task-story_events.tsv",
        _read_events,
        lambda: [
            b"onset\tduration\ttrial_type\n0\t5\tmusic\n9.5\t20\tstory\n30.1\t20\tstory\n",
            b"onset\tduration\n0\tn/a\n",
        ],
        _check_events,
        rows_of("onset\tduration\ttrial_type"),
    ),
    Reader(
        "participants",
        ".tsv",
        _read_participants,
        lambda: [b"participant_id\tage\nsub-01\t20\nsub-02\tn/a\n", b"participant_id\n01 \n02\n\n"],
        _check_participants,
        rows_of("participant_id\tage"),
        found={
            "a separator of lines in the header": b"participant_id\x1c\nsub-01\n",
            "a separator of lines in a row": "participant_id\tage\nsub-01\t2\u2028\n".encode(),
        },
    ),
    Reader(
        "exclusions in TSV",
        ".tsv",
        _read_exclusions,
        lambda: [b"participant_id\ttask\trun\treason\nsub-01\tstory\t1\tmoved\nsub-02\tn/a\tn/a\t\n"],
        lambda value: None,
        rows_of("participant_id\ttask\trun\treason"),
    ),
    Reader(
        "exclusions in JSON",
        ".json",
        _read_exclusions,
        lambda: [b'{"story": {"sub-01": ["sub-01_task-story", "sub-01_task-story_run-2"], "sub-02": []}}'],
        lambda value: None,
        _objects("story"),
        found={"a list in place of subjects": b'{"story": []}', "a number as a name": b'{"story": {"sub-01": [1]}}'},
    ),
    Reader(
        "list of scans",
        "_scans.tsv",
        _read_scans,
        lambda: [b"participant_id\ttask\trun\tn_trs\nsub-01\tstory\t1\t300\nsub-02\tstory\tn/a\tn/a\n"],
        _check_scans,
        rows_of("participant_id\ttask\trun\tn_trs"),
        found={"no number of volumes": b"participant_id\ttask\trun\tn_trs\n01\tstory\t\tmany\n"},
    ),
    Reader(
        "checksums",
        ".tsv",
        _read_checksums,
        lambda: [b"path\tsize\tsha256\na/b.nii.gz\t12\t" + b"a1" * 32 + b"\n", b"path\tmd5\na/b.nii.gz\t" + b"0f" * 16],
        _check_expected,
        st.builds(lambda *cells: ("path\tsize\tmd5\na/b.nii.gz\t" + "\t".join(cells)).encode(), CELLS, CELLS),
        found={"a size that is no number": b"path\tsize\na/b.nii.gz\tlarge\n"},
    ),
    Reader("measured jobs", ".tsv", read_measured, lambda: [_measured()], _check_measured),
    Reader(
        "planted regions",
        ".tsv",
        _read_truth,
        lambda: [
            f"{ROI}\nA\tforecast\t4\t1\ttrue\t0.5\t1.5\nB\tpast\t-3\t2\ttrue\t\t\nC\tpresent\t\t\t\t\t2\n".encode(),
            f"{PLAIN_ROI}\nA\tsilent\t\t\t\n".encode(),
        ],
        _check_truth,
        rows_of(ROI),
        found={"a superscript as a layer": f"{PLAIN_ROI}\nA\tpast\t-1\t²\ttrue\n".encode()},
    ),
]


# --- of atlases and regions -------------------------------------------------------------------------------------------


def _read_labels(path: Path) -> object:
    table = read_label_table(path)
    look_up(np.array(sorted(table), np.int64), table, "x", Notes(), "voxels")
    return path, table


def _check_labels(value) -> None:
    path, table = value
    text = path.read_bytes().decode("utf-8-sig")
    for index in table:
        assert str(abs(index)) in re.sub(r"\b0+(?=\d)", "", text)
    lines = [
        line for line in LINES.split(text) if line.partition("#")[0].strip(' \t,"\v\f\x1c\x1d\x1e\x1f\x85\xa0\u2028')
    ]
    assert len(table) in (len(lines), len(lines) - 1)


def _read_lobes(path: Path) -> object:
    regions = [("L", "A"), ("R", "A"), ("L", "B"), (None, "D"), (None, None)]
    return read_lobes(path), find_lobes(regions, path, Notes())


def _read_region_run(path: Path) -> object:
    run, names = read_region_run(path)
    return path, run, names, count_rows(path), count_columns(path)


def _check_region_run(value) -> None:
    """The numbers that Python reads in each cell, and as many as are counted when planning."""
    path, run, names, n_rows, n_columns = value
    assert run.shape == (n_rows, n_columns) and len(names) == n_columns == len(set(names))
    text = path.read_bytes().decode("utf-8-sig")
    lines = [line.split("\t") for line in LINES.split(text.rstrip("\r\n"))[1:]]
    with np.errstate(over="ignore"):
        expected = np.array([[as_float(cell) for cell in line] for line in lines]).reshape(run.shape).astype(np.float32)
    np.testing.assert_allclose(run, expected, rtol=1e-6, atol=1e-38)


def as_float(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan


def _region_runs() -> list[bytes]:
    numbers = np.random.default_rng(1).normal(size=(8, 3)).round(4)
    rows = ["A\tB\tC", *("\t".join(map(str, row)) for row in numbers)]
    return [
        "\n".join([*rows, ""]).encode(),
        "\r\n".join([*rows[:5], "n/a\t1\t2.5e-3", *rows[5:]]).encode(),
        b"A\n1\n2\n1.5\n",
    ]


REGION_TABLES = [
    Reader(
        "labels in TSV",
        ".tsv",
        _read_labels,
        lambda: [b"index\tname\tcolor\n0\tBackground\t#000000\n3\tA\t#ff0000\n17\tB\t#0\n"],
        _check_labels,
        rows_of("index\tname"),
        found={
            "a minus twice": b"index\tname\n--3\tA\n",
            "a number of 64 bits": b"index\tname\n9223372036854775808\tA\n",
        },
    ),
    Reader(
        "labels in CSV",
        ".csv",
        _read_labels,
        lambda: [b'index,name\n0,Background\n3,"A, left"\n17,B\n'],
        _check_labels,
        rows_of("index,name", ","),
        found={"a quotation mark in a name of a column": b'i"ndex,name\n0,A\n'},
    ),
    Reader(
        "FreeSurfer's colours",
        ".txt",
        _read_labels,
        lambda: [b"# No. Label R G B A\n0  Unknown 0 0 0 0\n\n3 A 1 2 3 0\n17\tB c\t4\t5\t6\t0\n"],
        _check_labels,
    ),
    Reader(
        "lobes",
        ".tsv",
        _read_lobes,
        lambda: [b"roi\tlobe\nL_A\tfrontal\nR_A\tinsula\nB\tparietal\nC\tn/a\n"],
        lambda value: None,
        rows_of("roi\tlobe"),
    ),
    Reader(
        "region run",
        "_timeseries.tsv",
        _read_region_run,
        _region_runs,
        _check_region_run,
        rows_of("A\tB\tC"),
        found={
            "a header that ends as on an old Mac": b"A\tB\tC\r0.3\t0.8\t0.3\r\n-1.3\t0.9\t0.4\r\n-0.5\t0.6\t0.4\r\n"
        },
    ),
]


TABLES: list[Reader] = [*DATA, *REGION_TABLES]
