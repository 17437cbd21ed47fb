"""The plan of a study as tables: its subjects, its stories, and its counts compared with those of the paper."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from brainforecast.dataset.bids import read_tsv

logger = logging.getLogger("brainforecast")


def plan_tables(
    rows: Sequence[Mapping],
    starts: Sequence[Mapping],
    story_sets: Mapping[str, Sequence[str]],
    cells: Sequence[int],
    n_jobs: int,
    *,
    paper: Mapping[str, int],
) -> dict[str, pd.DataFrame]:
    """Tables ``subjects``, ``stories`` and ``counts``.

    Parameters
    ----------
    rows : runs, used or not (`dataset.plan.plan_rows`).
    starts : story, n_dropped (volumes) and shift (s) of each run used.
    story_sets : subjects of each story set.
    cells : number of cells of each grid of one subject.
    n_jobs : number of scoring jobs of one subject.
    paper : counts of the paper, from `read_paper_counts`.
    """
    runs = pd.DataFrame(rows)
    used, unused = runs[runs["used"] == "yes"], runs[runs["used"] == "no"]
    story_set = {subject: name for name, subjects in story_sets.items() for subject in subjects}
    subjects = _subjects(used, story_set)
    counts = {**_data_counts(used, unused), **_fit_counts(len(subjects), story_sets, cells, n_jobs)}
    return {"subjects": subjects, "stories": _stories(pd.DataFrame(starts)), "counts": _with_paper(counts, paper)}


def read_paper_counts(path: str | Path) -> dict[str, int]:
    """The paper's number of subjects, and of pairs of a subject and a story, from its table of statements."""
    rows = {row["key"]: row for row in read_tsv(path, ["key", "what", "paper"])}
    return {rows[key]["what"]: int(rows[key]["paper"]) for key in ("listeners", "pairs")}


def log_counts(counts: pd.DataFrame, notes: Sequence[str]) -> None:
    """Log the counts and the notes of the plan, line by line."""
    for what, here, paper, difference in counts.itertuples(index=False):
        compared = f"   (the paper: {paper}, difference {difference:+d})" if pd.notna(paper) else ""
        logger.info("%10s  %s%s", f"{here:,}", what, compared)
    for note in notes:
        logger.info("%s", note)


def _subjects(used: pd.DataFrame, story_set: Mapping[str, str]) -> pd.DataFrame:
    table = used.groupby("subject", sort=False).agg(
        n_runs=("story", "size"), stories=("story", lambda stories: ",".join(dict.fromkeys(stories)))
    )
    return table.reset_index().assign(story_set=lambda table: table["subject"].map(story_set))


def _stories(starts: pd.DataFrame) -> pd.DataFrame:
    """A row per story and distinct onset of its runs; most stories have one."""
    return starts.groupby(["story", "n_dropped", "shift"], sort=False).size().rename("n_runs").reset_index()


def _data_counts(used: pd.DataFrame, unused: pd.DataFrame) -> dict[str, int]:
    pairs = used[["subject", "story"]].drop_duplicates()
    scans = pd.concat([used, unused]).dropna(subset=["run", "session"], how="all")
    scanned = scans[scans["story"].isin(used["story"])].groupby(["subject", "story"]).size()
    reasons = unused["reason"].value_counts()
    return {
        "subjects": used["subject"].nunique(),
        "stories": used["story"].nunique(),
        "pairs of a subject and a story": len(pairs),
        "runs used": len(used),
        "of these stories, pairs scanned more than once": int((scanned > 1).sum()),
        **{f"not used: {reason}": int(n) for reason, n in reasons.items()},
    }


def _fit_counts(n_subjects: int, story_sets: Mapping, cells: Sequence[int], n_jobs: int) -> dict[str, int]:
    return {
        "story sets, each with its own designs": len(story_sets),
        "cells of a subject": sum(cells),
        "cells": n_subjects * sum(cells),
        "scoring jobs": n_subjects * n_jobs,
    }


def _with_paper(counts: Mapping[str, int], paper: Mapping[str, int]) -> pd.DataFrame:
    table = pd.DataFrame({"what": list(counts), "here": list(counts.values())})
    table["paper"] = table["what"].map(paper).astype("Int64")
    table["difference"] = table["here"] - table["paper"]
    return table
