"""How to cite: CITATION.cff has what the Citation File Format 1.2 wants; one version and one paper are everywhere."""

import csv
import re
import tomllib

import yaml

import brainforecast
from helpers.datasets import REPOSITORY

CITATION = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text())
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
# of the format's schema, 1.2.0
REQUIRED = {"cff-version", "message", "title", "authors"}
KEYS = REQUIRED | {
    "abstract", "commit", "contact", "date-released", "doi", "identifiers", "keywords", "license", "license-url",
    "preferred-citation", "references", "repository", "repository-artifact", "repository-code", "type", "url",
    "version",
}  # fmt: skip
PERSON = {"family-names", "given-names", "name-particle", "name-suffix", "alias", "affiliation", "orcid", "email"}
ARTICLE = {"type", "title", "authors", "journal", "volume", "issue", "start", "end", "year", "month", "doi", "notes"}


def test_the_file_is_of_the_format():
    """Its keys, and those of an author and of an article, are those of the format; what is required is there."""
    assert CITATION["cff-version"] == "1.2.0"
    assert REQUIRED <= set(CITATION) <= KEYS
    assert CITATION["type"] == "software"
    assert all(isinstance(word, str) for word in CITATION["keywords"])
    for author in CITATION["authors"]:
        assert "name" in author or set(author) <= PERSON
    for reference in CITATION["references"]:
        assert {"type", "title", "authors"} <= set(reference) <= ARTICLE
        assert re.fullmatch(r"10\.\d{4,}/\S+", reference["doi"])
        assert all({"family-names", "given-names"} <= set(author) <= PERSON for author in reference["authors"])


def test_one_version_and_licence_are_everywhere():
    """Those of pyproject.toml; the newest heading of CHANGELOG.md has the date that CITATION.cff has, or none."""
    assert (CITATION["version"], CITATION["license"]) == (PROJECT["version"], PROJECT["license"])
    assert brainforecast.__version__ == PROJECT["version"]
    heading = re.search(r"^## \[(\S+)\](?: - (\S+))?", (REPOSITORY / "CHANGELOG.md").read_text(), re.MULTILINE)
    released = CITATION.get("date-released")
    assert heading.groups() == (PROJECT["version"], str(released) if released else "unreleased")
    assert (REPOSITORY / "LICENSE").read_text().startswith("BSD 3-Clause License")
    assert CITATION["authors"][0]["name"] in (REPOSITORY / "LICENSE").read_text()


def test_the_paper_is_the_one_that_reports_name():
    """The same title, journal, pages and DOI as in the references that a report offers."""
    (paper,) = CITATION["references"]
    with (REPOSITORY / "workflow/report/references.tsv").open(newline="") as file:
        known = {row["doi"]: row for row in csv.DictReader(file, delimiter="\t")}
    row = known[paper["doi"]]
    assert (row["title"], row["journal"], row["year"]) == (paper["title"], paper["journal"], str(paper["year"]))
    assert (row["volume"], row["pages"]) == (str(paper["volume"]), f"{paper['start']}-{paper['end']}")
    assert row["authors"] == " and ".join(f"{one['family-names']}, {one['given-names']}" for one in paper["authors"])
