"""The tables of docs/outputs.md: which files it lists with their columns, and what each column means.

``PYTHONPATH=workflow:tests envs/run python -m helpers.output_columns`` renews the list of columns in the document.
"""

import re
from collections import defaultdict

from brainforecast.readers import targets, words
from brainforecast.results.component_peaks import PEAK_UNITS
from brainforecast.simulation import truth
from brainforecast.storage.columns import (
    CONTRAST_UNITS,
    MODEL_UNITS,
    SENSITIVITY_UNITS,
    UNITS,
    VERDICT_UNITS,
    peak_units,
)
from brainforecast.storage.training_tables import CURVE, PROBE, TRAINED
from brainforecast.syntax import components, diagnostics, futures, lexicon
from helpers.datasets import REPOSITORY
from scripts.results.locate_best_layer import BEST
from scripts.results.summarise_gains import MEANS
from scripts.results.summarise_widths import CHOSEN

DOCUMENT = REPOSITORY / "docs/outputs.md"
START, END = "<!-- columns -->", "<!-- /columns -->"
OWN_UNITS = {  # of files that mean something else by a column, or have columns of their own
    "words/<story>.parquet": words.UNITS,
    "targets.parquet": targets.UNITS,
    "truth.parquet": truth.UNITS,
    "lexicon.parquet": lexicon.UNITS,
    "futures/<story>.parquet": futures.UNITS,
    "futures/<story>_labels.parquet": futures.LABEL_UNITS,
    "components/<model>/<story>_convergence.parquet": components.CONVERGENCE_UNITS,
    "group/models.parquet": MODEL_UNITS,
    "group/model_scores.parquet": MODEL_UNITS,
    "group/model_comparison.parquet": MODEL_UNITS,
    "group/component_checks.parquet": diagnostics.UNITS,
    "group/component_peaks.parquet": PEAK_UNITS,
    "group/best_layer.parquet": UNITS | BEST,
    "group/widths.parquet": UNITS | CHOSEN,
    "group/contrasts.parquet": CONTRAST_UNITS,
    "group/forecast_distance.parquet": peak_units("forecast_distance"),
    "group/forecast_depth.parquet": peak_units("forecast_depth"),
    "group/verdicts.parquet": VERDICT_UNITS,
    "group/verdict_checks.parquet": VERDICT_UNITS,
    "group/sensitivity.parquet": SENSITIVITY_UNITS,
    "group/finetuning_gains.parquet": UNITS | MEANS,
    "group/finetuning_losses.parquet": CURVE | TRAINED,
    "group/finetuning_probe.parquet": PROBE | TRAINED,
}


def documented_tables(text: str) -> dict[str, list[str]]:
    """The Parquet files that a document lists in tables, with their columns in order."""
    rows = re.findall(r"^\| `([^`]+\.parquet/?)` \|.*\| ([^|]+) \|$", text, re.MULTILINE)
    return {file: re.findall(r"`(\w+)`", columns) for file, columns in rows}


def units_of(file: str) -> dict[str, str]:
    """What the columns of a file mean."""
    return OWN_UNITS.get(file, UNITS)


def column_table(tables: dict[str, list[str]]) -> str:
    """The list of all columns in Markdown; where files differ in what a column means, the fewer ones by name."""
    meanings: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for file, columns in tables.items():
        for column in columns:
            meanings[column][units_of(file)[column]].append(file)
    lines = ["| column | meaning, unit |", "|---|---|"]
    for column in sorted(meanings):
        usual, *others = sorted(meanings[column].items(), key=lambda pair: -len(pair[1]))
        lines.append(f"| `{column}` | {_cell(usual[0])} |")
        lines += [f"| `{column}` of {_files(files)} | {_cell(meaning)} |" for meaning, files in others]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _files(files: list[str]) -> str:
    return ", ".join(f"`{file}`" for file in files)


def renewed(text: str) -> str:
    """The document with its list of columns made anew."""
    before, rest = text.split(START)
    return f"{before}{START}\n{column_table(documented_tables(before))}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    DOCUMENT.write_text(renewed(DOCUMENT.read_text()))
