"""Words that must not come back: private words and names where the field has its own."""

import re
from pathlib import Path

import pytest

from helpers.datasets import REPOSITORY

# word: what to write instead (docs/glossary.md)
WORDS = {
    "told|tells?|telling": "reported, states, logs",
    "said": "stated, reported",
    "asks|asked": "needs, requested",
    "twins?": "shuffled control",
    "deals?|dealt": "group, assign",
    "hear|hears|hearing|heard": "stories of a subject, extract, encode",
    "made up": "simulated",
}
NAMES = {
    "penalty_search|PenaltySearch": "alpha_search, AlphaSearch",
    "principal_scores": "pca_transform",
    "signed_rank|false_discovery|rank_correlation": "wilcoxon_signed_rank, benjamini_hochberg, spearman",
    "hear_past|find_places|Chooser": "prefill, find_branch_points, Sampler",
    "no_rows|on_targets": "empty_frame, as_array",
    "design_job|scoring_job|listeners_file|job_sizes": "jobs.designs, jobs.scoring, response_sums, sizes",
}
ALLOWED = {  # where a person listens, and an example sentence
    ("workflow/report/reading.html.j2", "hears"),
    ("workflow/report/reading.html.j2", "heard"),
    ("workflow/brainforecast/syntax/futures.py", "heard"),
}
SEARCHED = ("workflow", "config", "docs", "README.md", "CONTRIBUTING.md", "Snakefile", "profiles", "envs/run")
SUFFIXES = {".py", ".smk", ".md", ".yaml", ".rst", ".j2", ".toml", ""}
STORIES = {"desert.txt", "piano.txt"}  # texts of the demo
FILES = [
    path
    for name in SEARCHED
    for path in ([REPOSITORY / name] if (REPOSITORY / name).is_file() else sorted((REPOSITORY / name).rglob("*")))
    if path.is_file() and path.suffix in SUFFIXES and path.name not in STORIES and "__pycache__" not in path.parts
]


def test_files_are_found():
    """A glob that matches nothing would pass the test below."""
    assert len(FILES) > 250


@pytest.mark.parametrize("word", WORDS)
def test_a_word_does_not_come_back(word):
    """File, line and word of every use, as a part of names too; `WORDS` has what to write instead."""
    found = uses(rf"(?<![A-Za-z])({word})(?![A-Za-z])")
    assert not found, f"write {WORDS[word]}:\n" + "\n".join(found)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_does_not_come_back(name):
    """File, line and name of every use; `NAMES` has the field's name for it."""
    found = uses(rf"\b({name})\b")
    assert not found, f"write {NAMES[name]}:\n" + "\n".join(found)


def uses(pattern: str) -> list[str]:
    """Uses of a word in the files of the project."""
    return [use for path in FILES for use in uses_in(path, re.compile(pattern))]


def uses_in(path: Path, pattern: re.Pattern) -> list[str]:
    """Uses in one file."""
    name = str(path.relative_to(REPOSITORY))
    lines = enumerate(path.read_text().splitlines(), start=1)
    found = [(number, match[1]) for number, line in lines for match in pattern.finditer(line)]
    return [f"{name}:{number}: {used}" for number, used in found if (name, used) not in ALLOWED]
