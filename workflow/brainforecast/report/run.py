"""The run a report is about: its tables, stories, subjects and settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from brainforecast.report.lookup import both_hemispheres, rows_where
from brainforecast.results.selection import seconds_ahead
from brainforecast.storage.columns import SCORE_CELLS


@dataclass(frozen=True)
class Run:
    """Everything the report looks numbers up in.

    tables : of the run, by name; stories : a row per story (`data_tables.describe_stories`); subjects : from
    `storage.responses.read_subject_summary`; config : validated; simulated : whether the responses are; tr : s; words :
    table of words of each story.
    """

    tables: Mapping[str, pd.DataFrame]
    stories: pd.DataFrame
    subjects: Sequence[Mapping]
    config: Mapping
    simulated: bool
    tr: float
    words: Mapping[str, pd.DataFrame]

    @property
    def cell(self) -> Mapping:
        """The reported cell: config `maps`."""
        return self.config["maps"]

    @property
    def has_forecast(self) -> bool:
        """Whether windows are scored; else the report is about brain score alone."""
        return self.cell["source"] is not None

    @property
    def has_distances(self) -> bool:
        """Whether the reported window is scored at several distances, so that there is a d*."""
        return self.cell["reference"] is not None

    @property
    def minutes(self) -> list[float]:
        """Listening time of each subject."""
        minutes = self.stories.set_index("story")["minutes"]
        return [float(sum(minutes[story] for story in subject["stories"])) for subject in self.subjects]

    @property
    def n_pairs(self) -> int:
        """Number of pairs of a subject and a story."""
        return sum(len(subject["stories"]) for subject in self.subjects)

    @property
    def word_rate(self) -> float:
        """Words per second of speech."""
        return float(self.stories["n_words"].sum() / self.stories["seconds"].sum())

    def seconds(self, distance: float) -> str:
        """How long a number of words is, such as ``3.1 s (1.5 to 6.4 s)``: the median, and 5 to 95 % of the words."""
        median, low, high = (
            f"{value:z.1f}".replace("-", "−") for value in seconds_ahead(self.words.values(), distance)
        )
        return f"{median} s ({low} to {high} s)"

    @property
    def hidden_state(self) -> dict:
        """Model, layer and base of the reported cell, which its brain score belongs to."""
        return {key: self.cell[key] for key in SCORE_CELLS["brain_scores"]}

    def scores(self, level: str = "all", **equal: object) -> pd.DataFrame:
        """Rows of the group's region scores at a level, hemispheres pooled, of the reported model, layer and base."""
        wanted = {"level": level, **self.hidden_state, **equal}
        return both_hemispheres(rows_where(self.tables["roi_scores"], **wanted))

    def curve(self, source: str) -> pd.DataFrame:
        """F(d) of one source over all targets."""
        return self.scores(score="forecast_score", source=source, width=self.cell["width"])

    def scored_sources(self) -> set[str]:
        """Sources of the windows in the analyses of the config."""
        return {source for analysis in self.config["analyses"].values() for source in analysis.get("sources", ())}
