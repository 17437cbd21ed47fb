"""Tables of the data: stories, story sets, targets, runs used and excluded."""

from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd

from brainforecast.report.formatting import Table, number, number_range
from brainforecast.report.lookup import row_list


def describe_stories(words: Mapping[str, pd.DataFrame], subjects: Sequence[Mapping], tr: float) -> pd.DataFrame:
    """Count each story's words, speech, volumes and subjects, and the words outside its runs.

    Parameters
    ----------
    words : table of words of each story.
    subjects : ``stories``, ``n_trs`` and ``words_outside`` of each subject.
    tr : repetition time (s).

    Returns
    -------
    stories : story, n_words, seconds (of speech), n_subjects, volumes (the most of any subject), fewest (volumes),
        outside (the most words outside a run), minutes (of recording).
    """
    runs = [
        {"story": story, "n_trs": n_trs, "outside": outside}
        for subject in subjects
        for story, n_trs, outside in zip(subject["stories"], subject["n_trs"], subject["words_outside"], strict=True)
    ]
    by_story = pd.DataFrame(runs, columns=["story", "n_trs", "outside"]).groupby("story")
    table = pd.DataFrame(
        {
            "n_words": {story: len(table) for story, table in words.items()},
            "seconds": {story: table["offset"].max() - table["onset"].min() for story, table in words.items()},
        }
    )
    table["n_subjects"] = by_story.size().reindex(table.index, fill_value=0)
    table["volumes"] = by_story["n_trs"].max()
    table["fewest"] = by_story["n_trs"].min()
    table["outside"] = by_story["outside"].max()
    return table.assign(minutes=table["volumes"] * tr / 60).rename_axis("story").reset_index()


def story_table(stories: pd.DataFrame) -> Table:
    """Length of each story, in words and in volumes."""
    text = [
        [row.story, f"{row.n_words:,}", number(row.seconds / 60), number(row.n_words / row.seconds),
         number_range(row.fewest, row.volumes), number(row.minutes), str(row.n_subjects), number(row.outside)]
        for row in row_list(stories)
    ]  # fmt: skip
    columns = ["story", "words", "speech (min)", "words per second", "volumes used", "recording (min)", "subjects",
               "words outside the run"]  # fmt: skip
    note = (
        "Words outside the run (before its first volume or after its last) stay as context for the language model and "
        "for the windows and add nothing to the sums over volumes; the highest count of any subject is shown."
    )
    return Table("stories", "Stories", columns, text, "words/*.parquet, responses/*.safetensors", note)


def story_set_table(subjects: Sequence[Mapping], stories: pd.DataFrame) -> Table:
    """Number of subjects of each story set; they share their design."""
    sets = Counter(tuple(subject["stories"]) for subject in subjects)
    minutes = stories.set_index("story")["minutes"]
    text = [
        [", ".join(names), str(len(names)), number(minutes.reindex(names).sum()), str(count)]
        for names, count in sorted(sets.items(), key=lambda item: (-item[1], item[0]))
    ]
    columns = ["stories, in order", "stories", "recording (min)", "subjects"]
    return Table("sets", "Story sets", columns, text, "responses/*.safetensors", opened=len(text) <= 12)


def target_table(targets: pd.DataFrame, brain_scores: pd.DataFrame, subjects: Sequence[Mapping]) -> Table:
    """Number of targets, and of those that could not be scored."""
    most = brain_scores["n_subjects"].max()
    text = [
        ["targets of the data", f"{len(targets):,}"],
        ["with a region of the atlas", f"{int(targets['roi'].notna().sum()):,}"],
        ["scored in at least one subject", f"{len(brain_scores):,}"],
        ["scored in every subject", f"{int((brain_scores['n_subjects'] == most).sum()):,}"],
        ["masked in a subject: a volume that is not a number (fewest to most)",
         _extremes(subject["n_masked"] for subject in subjects)],
        ["constant in a subject: never changes (fewest to most)",
         _extremes(subject["n_constant"] for subject in subjects)],
    ]  # fmt: skip
    source = "targets.parquet, group/brain_scores.parquet, responses/*.safetensors"
    return Table("targets", "Targets, masked and constant", ["what", "count"], text, source)


def exclusion_table(runs: pd.DataFrame) -> Table:
    """Every run or subject that is not used, with the reason."""
    unused = runs[runs["used"] == "no"]
    reasons = unused["reason"].value_counts(sort=False)
    note = "Nothing was excluded." if unused.empty else f"{len(unused)} rows, {len(reasons)} different reasons."
    columns = ["subject", "story", "run", "reason"]
    text = _cells(unused, columns)
    return Table("exclusions", "Exclusions", columns, text, "exclusions.tsv", note, opened=len(text) <= 12)


def run_table(runs: pd.DataFrame) -> Table:
    """Every run that is used."""
    columns = ["subject", "story", "run"]
    text = _cells(runs[runs["used"] == "yes"], columns)
    return Table("runs", "Runs used", columns, text, "exclusions.tsv", f"{len(text)} runs.", opened=False)


def _extremes(counts) -> str:
    counts = list(counts)
    return number_range(*((min(counts), max(counts)) if counts else (None, None)))


def _cells(table: pd.DataFrame, columns: Sequence[str]) -> list[list[str]]:
    return table[columns].astype(object).where(table[columns].notna(), "").to_numpy().tolist()
