"""Names of rules, as a module changes them; targets that are no rule."""

from dataclasses import dataclass

import pytest

from brainforecast.errors import BadInput
from brainforecast.jobs.workflow_rules import affixes, check_targets, only_looks_ahead, without_scores


@pytest.mark.parametrize("pattern", ["{}", "study_{}", "{}_small", "all_{}", "{}_of_all", "small_{}_wall"])
def test_what_a_module_adds_to_names_is_found(pattern):
    """From its `all` and the names of its rules, also where the added text has an `all` in it."""
    names = {pattern.format(rule) for rule in ("all", "score_cells", "cost")}
    assert pattern.format("x") == "x".join(affixes(pattern.format("all"), names))


@dataclass(frozen=True)
class Rule:
    """What a check of targets needs of Snakemake's rules."""

    name: str
    makes: tuple[str, ...] = ()

    def has_wildcards(self) -> bool:
        """Whether its name alone is no target."""
        return bool(self.makes)

    def is_producer(self, path: str) -> bool:
        """Whether it makes a file."""
        return path in self.makes


RULES = [Rule("all"), Rule("status"), Rule("fetch_data"), Rule("read_words", ("results/tiny/words/fable.parquet",))]
FILES = ["results/tiny/report.html", "results/tiny/maps/map.func.gii", "results/tiny/group/forecast_depth.parquet",
         "results/tiny/words/fable.parquet"]  # fmt: skip


@pytest.mark.parametrize(
    ("target", "near"),
    [
        ("statsu", "status"),
        ("fetch", "fetch_data"),
        ("repotr.html", "results/tiny/report.html"),
        ("results/tiny/repotr.html", "results/tiny/report.html"),
        ("results/tiny/report.htm", "results/tiny/report.html"),
        ("forcast_report", "results/tiny/report.html"),  # one of its words
        ("report", "results/tiny/report.html"),
        ("read_wrods", "results/tiny/words/fable.parquet"),  # a rule with wildcards is no target
        ("tests", "status"),  # a folder that is there, and that no rule makes
    ],
)
def test_a_target_that_is_none_names_the_nearest(target, near):
    """A rule without wildcards, or a file, by its name alone or by its path."""
    with pytest.raises(BadInput, match=rf"^target {target}: found no rule of this name .*; nearest is {near}$"):
        check_targets([target], iter(RULES), FILES)


def test_targets_that_are_made_pass():
    """By the name of a rule, also of one with wildcards, which Snakemake reports; by any spelling of a path."""
    check_targets(["all", "read_words", "./results/tiny/words/fable.parquet"], RULES, FILES)
    check_targets([], RULES, FILES)


def test_words_can_be_read_before_folds_are_known():
    """What is read and fetched needs no folds; everything else does, also among such targets, and a complete run."""
    read = ["results/tiny/words/fable.parquet", "./results/tiny/responses/sub-01.safetensors", "status"]
    assert without_scores(read)
    assert not without_scores([*read, "results/tiny/scores/sub-01/tiny/layer-2.safetensors"])
    assert not without_scores(["plan"]) and not without_scores([])


def test_a_study_can_be_looked_at_before_its_files_are_here():
    """Plan and cost need no atlas; a complete run does, and so does anything beside them."""
    assert only_looks_ahead(["plan"]) and only_looks_ahead(["fetch_data", "cost"])
    assert not only_looks_ahead([]) and not only_looks_ahead(["plan", "all"])
