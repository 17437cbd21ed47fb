"""Methods to paste name what was run, and every reference that they name is listed, once and in order."""

import re

import pytest

from brainforecast import __version__
from brainforecast.report.cite import cite, read_references
from brainforecast.report.data_tables import describe_stories
from brainforecast.report.run import Run
from helpers.datasets import REPOSITORY
from helpers.synthetic_analyses import all_tables
from helpers.synthetic_tables import config, subject_summaries, surface_targets, words

REFERENCES = read_references(REPOSITORY / "workflow/report/references.tsv")
PROVENANCE = {"versions": {"numpy": "2.4.6", "snakemake": "9.27.1"}, "config_hash": "0123456789abcdef"}


def texts(*, simulated: bool = False, n_subjects: int = 8, commit: dict | None = None, **encoding) -> dict:
    """What may be pasted of a run."""
    settings = config(simulated=simulated)
    settings["encoding"] |= encoding
    subjects = subject_summaries(n_subjects)
    stories = describe_stories(words(), subjects, 1.5)
    tables = all_tables(surface_targets(40))
    run = Run(tables, stories, subjects, settings, simulated=simulated, tr=1.5, words=words())
    return cite(run, REFERENCES, PROVENANCE, 0.01, commit or {})


def test_methods_name_the_settings_of_the_run():
    """Participants, repetition time, layer, window, components, software; another config gives other numbers."""
    text = " ".join(texts()["methods"])
    for part in ("fMRI of 8 participants", "repetition time of 1.5 s", "layer 16", "window of 7 words", "numpy 2.4.6"):
        assert part in text
    assert "20 principal components" in text
    assert "13 principal components" in " ".join(texts(n_components=13)["methods"])


def test_references_are_those_that_the_methods_name():
    """Numbered without gaps, each in the list and in BibTeX; none is listed that no sentence names."""
    found = texts()
    named = {int(number) for text in found["methods"] for number in re.findall(r"\[(\d+)\]", text)}
    assert named == set(range(1, len(found["references"]) + 1))
    assert [int(re.match(r"\[(\d+)\]", row["text"])[1]) for row in found["references"]] == sorted(named)
    order = [int(number) for text in found["methods"] for number in re.findall(r"\[(\d+)\]", text)]
    assert list(dict.fromkeys(order)) == sorted(named)
    assert found["bibtex"].count("@article{") == len(named)
    assert all(row["url"].startswith("https://doi.org/10.") for row in found["references"])
    assert found["bibtex"].count("{") == found["bibtex"].count("}")
    assert not re.search(r"\[[a-z]+\d{4}\]", " ".join(found["methods"]))


@pytest.mark.parametrize("is_changed", [False, True])
def test_the_software_is_cited_with_its_commit(is_changed):
    """Version, commit, its date and the settings; files that differ from it are stated."""
    commit = {"commit": "0a1b2c3d4e5f" + 28 * "0", "date": "2026-02-03", "is_changed": is_changed}
    found = texts(commit=commit)
    version = f"{__version__}, commit 0a1b2c3d4e5f of 2026-02-03"
    version += ", with changes that are in no commit" if is_changed else ""
    assert f"brainforecast, version {version}; settings 0123456789abcdef." in found["software"]
    assert f"brainforecast {version} (settings 0123456789abcdef), with snakemake" in found["methods"][-1]
    assert f"version = {{{version}}}" in found["bibtex"] and "year = {2026}" in found["bibtex"]


def test_without_git_the_version_is_cited():
    """A release that was unpacked has no commit."""
    found = texts()
    assert f"version {__version__}; settings" in found["software"] and "commit" not in str(found)


def test_simulated_data_are_no_fmri():
    text = " ".join(texts(simulated=True)["methods"])
    assert "no brain was measured" in text
    assert "fMRI of" not in text


@pytest.mark.parametrize("row", REFERENCES, ids=lambda row: row["key"])
def test_a_reference_is_complete(row):
    """Its key is its first author's name and year; the DOI has the form of one."""
    family = row["authors"].split(",")[0].lower().replace("ö", "o")
    assert row["key"] == f"{family}{row['year']}"
    assert re.fullmatch(r"10\.\d{4,5}/\S+", row["doi"])
    assert all(row[field] for field in ("title", "journal", "pages"))
