"""Compared to what: the verdict on every claim, what each word means, and what this study could have seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from brainforecast.cells import VERDICT
from brainforecast.controls.brains import FORECAST, PASSIVE
from brainforecast.controls.claims import CONTRAST, STRICT_F
from brainforecast.controls.verdict import NOT_ABOVE_PASSIVE, PLACE, SUPPORTED, UNDECIDED, F, M
from brainforecast.report.formatting import Table, measured, number, score, unit_of, with_error, with_interval
from brainforecast.report.lookup import Row, row_list, rows_where
from brainforecast.report.run import Run
from brainforecast.results.frames import without_null_hemispheres
from brainforecast.results.selection import place_label

WORDS = {SUPPORTED: "supported", NOT_ABOVE_PASSIVE: "not above passive", UNDECIDED: "undecided"}
FAMILIES = {"all": "whole brain", "lobe": "lobes", "roi": "regions"}
KINDS = {
    "rate": "rate: each word alike",
    "content": "content: the present word, layer scored",
    "static": "static: the present word, layer 0",
    "past": "past: a window of past words",
}
CHANCE = 0.05  # of the regions judged: so many may seem to leak by chance, at two standard errors
VERDICTS, CHECKS = "group/verdicts.parquet", "group/verdict_checks.parquet"


def verdict_panel(run: Run) -> dict | None:
    """What the panel shows; None for a run without verdicts.

    Returns
    -------
    panel : leak (a paragraph, empty where folds do not leak), sentences (of each level and contrast), words (each
        verdict with its meaning), notes (sentences), tables.
    """
    if "verdicts" not in run.tables:
        return None
    panel = Panel(run.tables["verdicts"], run.tables["verdict_checks"], run.config["verdict"], len(run.stories))
    return {
        "leak": panel.leak,
        "sentences": [*panel.level_sentences(), *panel.contrast_sentences()],
        "words": panel.words(),
        "notes": panel.notes(run.simulated),
        "tables": [
            panel.place_table(panel.wide, "whole brain and lobes"),
            panel.size_table(),
            panel.brain_table(),
            panel.misaligned_table(),
            panel.place_table(panel.regions, "regions"),
        ],
    }


def verdict_places(run: Run) -> pd.DataFrame:
    """A row per place with its verdict and reason, the whole brain first (`Panel.places`)."""
    return Panel(run.tables["verdicts"], run.tables["verdict_checks"], run.config["verdict"], len(run.stories)).places


def verdict_numbers(run: Run) -> list[dict[str, str]]:
    """F and M of the whole brain as the verdict has them: label, value, detail and source of each."""
    panel = Panel(run.tables["verdicts"], run.tables["verdict_checks"], run.config["verdict"], len(run.stories))
    return panel.whole_brain_numbers()


@dataclass(frozen=True, eq=False)
class Panel:
    """The parts of the panel.

    verdicts, checks : the two tables of the group; settings : config `verdict`; n_stories : of the run.
    """

    verdicts: pd.DataFrame
    checks: pd.DataFrame
    settings: Mapping
    n_stories: int

    @cached_property
    def places(self) -> pd.DataFrame:
        """A row per place: F and M in the base `verdict` (suffixes ``_F`` and ``_M``), and F in strict folds."""
        rows = without_null_hemispheres(rows_where(self.verdicts, claim="forecast", base=VERDICT))
        shared = [*PLACE, "n_subjects", "n_shifts", "verdict", "reason"]
        measured = ["effect", "ci_low", "ci_high", "p_value", "p_family", "smallest_effect"]
        sides = (rows[rows["statistic"] == statistic][[*shared, *measured]] for statistic in (F, M))
        both = pd.merge(*sides, on=shared, suffixes=("_F", "_M"), sort=False)
        strict = rows[rows["statistic"] == STRICT_F][[*PLACE, "effect"]].rename(columns={"effect": "strict"})
        return _wide_first(both.merge(strict, on=PLACE, how="left", sort=False))

    @property
    def wide(self) -> pd.DataFrame:
        """`places` of the whole brain and the lobes."""
        return self.places[self.places["level"] != "roi"]

    @property
    def regions(self) -> pd.DataFrame:
        """`places` of regions."""
        return self.places[self.places["level"] == "roi"]

    @cached_property
    def scores(self) -> pd.DataFrame:
        """A row per place and a column per check of it."""
        rows = self.checks[self.checks["region"].notna() & (self.checks["check"] != "supported")]
        table = without_null_hemispheres(rows).pivot(index=PLACE, columns="check", values="value")
        return _wide_first(table.reset_index())

    # ---- sentences ---------------------------------------------------------------------------------------------------

    @property
    def leak(self) -> str:
        """Where R stays above 0 under common shifts: the paragraph that comes first; empty where nothing leaks.

        Single regions count where more of them seem to leak than chance lets.
        """
        judged = self.scores[self.scores["leaks"].notna()]
        found = judged[judged["leaks"] == 1]
        parts = [
            f"{_label(row)} {with_error(row.misaligned_score, row.misaligned_error, score)}, as recorded "
            f"{score(row.brain_score)}"
            for row in row_list(found[found["level"] != "roi"])
        ]
        n_found, n_judged = (int((rows["level"] == "roi").sum()) for rows in (found, judged))
        if n_found > CHANCE * n_judged:
            parts.append(f"{n_found} of {n_judged} regions judged")
        return (
            "Folds leak through slow drift. With responses shifted against the story R should be about 0, and is not "
            f"(mean over shifts ± standard error): {'; '.join(parts)}. Scores there are in part the drift that "
            "training and test volumes share. Read no number of this report before folds with gaps show no such leak."
            if parts
            else ""
        )

    def level_sentences(self) -> list[str]:
        """One sentence for the whole brain, one for the lobes, one that counts regions."""
        sentences = [self._whole_brain(row) for row in row_list(self.wide[self.wide["level"] == "all"])]
        lobes = [f"{row.region} {_word(row)}" for row in row_list(self.wide[self.wide["level"] == "lobe"])]
        if lobes:
            sentences.append(f"Lobes: {'; '.join(lobes)}.")
        return [*sentences, _count(self.regions)] if len(self.regions) else sentences

    def contrast_sentences(self) -> list[str]:
        """One sentence per contrast of distance or depth."""
        return [
            f"{row.region} ({row.statistic.replace('_', ' ')}): {_word(row)}. First minus second "
            f"{with_interval(row.effect, row.ci_low, row.ci_high)} {unit_of(row.statistic)}, p against one common "
            f"curve {number(row.p_value, 2)}, n = {row.n_subjects} subjects."
            for row in row_list(rows_where(self.verdicts, level=CONTRAST))
        ]

    def whole_brain_numbers(self) -> list[dict[str, str]]:
        """F and M of the whole brain with their limits from shifts, for the opening."""
        (row,) = row_list(self.wide[self.wide["level"] == "all"])
        d, what = self.settings["distance"], {"F": "gain in R by the window", "M": "F less that of its mirror"}
        labels = {"F": f"mean forecast score F({d})", "M": f"mean mirror difference M({d})"}
        numbers = []
        for name, label in labels.items():
            value, ends = measured(*(row[f"{key}_{name}"] for key in ("effect", "ci_low", "ci_high")), score)
            shifts = f"95 % limits {ends}, p {self._p(row[f'p_family_{name}'])}, from {row.n_shifts} common shifts"
            detail = f"{what[name]}, whole brain, base verdict; {shifts}"
            numbers.append({"label": label, "value": value, "detail": detail, "source": VERDICTS})
        return numbers

    def words(self) -> list[tuple[str, str]]:
        """Each verdict and its meaning."""
        level, share, d = f"{self.settings['level']:g}", self._share, self.settings["distance"]
        meanings = {
            SUPPORTED: f"F({d}) and M({d}) are above 0 and both above their common shifts: p_family at or below the "
            f"threshold (level {level}).",
            NOT_ABOVE_PASSIVE: f"the response follows the story, and a forecast of share {share} or more, of the "
            "simulated kind, is excluded. Most brains with half that share get the same word.",
            UNDECIDED: "everything else, with the reason why this study cannot decide: evidence in neither direction.",
        }
        return [(WORDS[verdict], meaning) for verdict, meaning in meanings.items()]

    def notes(self, simulated: bool) -> list[str]:
        """What a reader has to know of the numbers."""
        passing = rows_where(self.checks, check="passive_pass")["value"]
        notes = {
            "The responses of this run are simulated: each verdict is on what was planted.": simulated,
            "Passive whole brains, simulated from this study’s own words, pass in more than the level: nothing is "
            "called supported.": (passing == 1).any(),
            "Limits and p-values of R, F and M in this panel are from common shifts: the responses of all subjects of "
            "a story, shifted circularly by the same number of volumes. They are about chance alignments with the "
            "stories. Those of contrasts, and the signed-rank tests elsewhere in this report, are about listeners of "
            "this recording.": True,
            "A p under .01 from one story is not to be read: it is printed as < .01.": self.n_stories == 1,
        }
        return [note for note, applies in notes.items() if applies]

    # ---- tables ------------------------------------------------------------------------------------------------------

    def place_table(self, places: pd.DataFrame, title: str) -> Table:
        """A row per place: verdict, F and M with their limits from shifts, m* and the smallest effect."""
        d = self.settings["distance"]
        smallest = self.scores.set_index(PLACE)["smallest_difference"]
        text = [
            [_label(row), WORDS[row.verdict], row.reason,
             _with_limits(row, "F"), self._p(row.p_family_F), _with_limits(row, "M"), self._p(row.p_family_M),
             score(row.strict), score(smallest.get((row.level, row.hemi, row.region))),
             "no share reaches .8" if pd.isna(row.smallest_effect_M) else score(row.smallest_effect_M),
             str(row.n_shifts), str(row.n_subjects)]
            for row in row_list(places)
        ]  # fmt: skip
        columns = ["where", "verdict", "reason", f"F({d}), 95 % limits", "p_family", f"M({d}), 95 % limits", "p_family",
                   f"F({d}), strict folds", f"m*, share {self._share}", "smallest effect", "shifts", "n"]  # fmt: skip
        note = (
            f"In the base verdict. M({d}) is F({d}) minus its mirror. F in strict folds has no vote. m*: the smallest "
            "M of a simulated forecast of "
            f"share {self._share}; not above passive where the upper limit of M lies below it. Smallest effect: M of "
            "simulated forecasts where .8 of them are supported; it informs and does not decide."
        )
        name, source = f"verdicts_{title.replace(' ', '_')}", f"{VERDICTS}, {CHECKS}"
        return Table(name, f"Verdicts: {title}", columns, text, source, note, opened=title != "regions")

    def size_table(self) -> Table:
        """The rule tried on the shifts themselves, a row per family."""
        values = {(row.check, row.statistic, row.level): row.value for row in row_list(self.checks)}
        checks, statistics = ("size", "threshold"), {"F": F, "M": M}
        columns = {f"{check}, {name}": (check, statistics[name]) for name in statistics for check in checks}
        text = [
            [family, *(number(values[check, statistic, level], 2) for check, statistic in columns.values())]
            for level, family in FAMILIES.items()
            if ("size", F, level) in values
        ]
        note = (
            "Size: each shift in turn takes the place of the recording, and the rule calls it above the others so "
            f"often, at a level of {self.settings['level']:g}. Where that is too often, the threshold of p_family is "
            "lower than the level. A dash: too few shifts to try."
        )
        return Table(
            "verdict_size", "The rule’s own size, and the threshold used", ["family", *columns], text, CHECKS, note
        )

    def brain_table(self) -> Table:
        """Error rates of passive brains by kind, then power by share."""
        table = rows_where(self.checks, check="supported")
        shares = sorted(table.loc[table["kind"] == FORECAST, "share"].unique())
        kinds = [(kind, 0.0, KINDS[kind], "error rate") for kind in PASSIVE]
        kinds += [(FORECAST, share, f"forecast, share {share:g}", "power") for share in shares]
        text = []
        for kind, share, label, rate in kinds:
            here = rows_where(table, kind=kind, share=share)
            means = here.groupby("level")["value"].mean()
            if len(here):
                numbers = [number(means.get(level), 2) for level in FAMILIES]
                text.append([label, rate, *numbers, str(here["n_brains"].max())])
        columns = ["simulated brains that follow", "share supported is the", *FAMILIES.values(), "brains"]
        note = (
            "What this study could have seen. Simulated brains, not measured ones: from the study’s own words, delays "
            "and folds, at each region’s own R, judged by the same rule. Of lobes and regions: mean over them. A "
            "passive brain that is supported is an error."
        )
        return Table("verdict_brains", "Simulated brains that the rule supports", columns, text, CHECKS, note)

    def misaligned_table(self) -> Table:
        """R and its mean over the shifts, of the whole brain and the lobes."""
        text = [
            [_label(row), score(row.brain_score), self._p(row.p_value),
             with_error(row.misaligned_score, row.misaligned_error, score),
             "not judged" if pd.isna(row.leaks) else "yes" if row.leaks else "no"]
            for row in row_list(self.scores[self.scores["level"] != "roi"])
        ]  # fmt: skip
        leaks = self.scores.loc[self.scores["level"] == "roi", "leaks"]
        note = (
            "Misaligned R: mean of R over the shifts, about 0 where folds do not leak. A leak is above a fifth of R "
            "and above twice its standard error. Not judged where R does not pass its own shifts. Regions: a leak in "
            f"{int((leaks == 1).sum())} of {leaks.notna().sum()} judged."
        )
        columns = ["where", "R", "p of R", "misaligned R ± SE", "leak"]
        return Table("verdict_leaks", "Misaligned R", columns, text, CHECKS, note)

    # ---- text --------------------------------------------------------------------------------------------------------

    @property
    def _share(self) -> str:
        return f"{self.settings['share']:g}"

    def _p(self, value: float) -> str:
        """A p-value; the shifts of one story are too much alike for one under .01."""
        return "< .01" if self.n_stories == 1 and value < 0.01 else number(value, 2)

    def _whole_brain(self, row: Row) -> str:
        d = self.settings["distance"]
        tests = (f"{name}({d}) {_with_limits(row, name)}, p {self._p(row[f'p_family_{name}'])}" for name in "FM")
        over = f"{row.n_shifts} common shifts, n = {row.n_subjects} subjects"
        return f"Whole brain: {_word(row)}. {'; '.join(tests)} ({over})."


def _count(regions: pd.DataFrame) -> str:
    counts = regions["verdict"].value_counts()
    reasons = regions.loc[regions["verdict"] == UNDECIDED, "reason"].value_counts()
    often = f" (most often: {reasons.index[0]}, {reasons.iloc[0]})" if len(reasons) else ""
    text = ", ".join(f"{counts.get(verdict, 0)} {word}" for verdict, word in WORDS.items())
    return f"Of {len(regions)} regions: {text}{often}."


def _word(row: Row) -> str:
    """The verdict, and the reason where it is open."""
    return f"{WORDS[row.verdict]} ({row.reason})" if row.verdict == UNDECIDED else WORDS[row.verdict]


def _with_limits(row: Row, name: str) -> str:
    return with_interval(row[f"effect_{name}"], row[f"ci_low_{name}"], row[f"ci_high_{name}"], score)


def _label(row: Row) -> str:
    return place_label(row.level, row.hemi, row.region)


def _wide_first(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values("level", key=lambda level: level.map(list(FAMILIES).index), kind="stable")
