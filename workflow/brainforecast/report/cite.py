"""What a paper can take over: the methods of this run in the past tense, and the references that they name."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from brainforecast import __version__
from brainforecast.cells import VERDICT
from brainforecast.planning.denoising import describe_denoising
from brainforecast.report.formatting import number, power_of_ten
from brainforecast.report.models import model_texts
from brainforecast.report.run import Run

NAME, AUTHORS = "brainforecast", "the brainforecast developers"
CITED = {"snakemake": "molder2021", "nilearn": "abraham2014", "numpy": "harris2020", "scipy": "virtanen2020"}
UNITS = {"surface": "vertices", "dtseries": "grayordinates", "volume": "voxels", "matrix": "voxels"}


def cite(
    run: Run, references: Sequence[Mapping[str, str]], provenance: Mapping, q_level: float, commit: Mapping
) -> dict[str, object]:
    """The software in words, the methods as paragraphs, the references in words, and all of them as BibTeX.

    Parameters
    ----------
    references : from `read_references`; those that the methods name are listed, in the order in which they do.
    provenance : ``versions`` and ``config_hash`` of the run.
    commit : of the code (`jobs.commit.find_commit`); empty where it is not known.
    """
    version = software_version(commit)
    methods = [
        _participants(run),
        _model(run),
        _encoding(run),
        *([_windows(run)] if run.has_forecast else []),
        _statistics(run, q_level),
        _software(provenance, version),
    ]
    text = " ".join(methods)
    named = sorted((row for row in references if _mark(row) in text), key=lambda row: text.index(_mark(row)))
    numbers = {row["key"]: index for index, row in enumerate(named, start=1)}
    for key, index in numbers.items():
        methods = [text.replace(f"[{key}]", f"[{index}]") for text in methods]
    listed = [{"text": f"[{numbers[row['key']]}] {_in_words(row)}", "url": _url(row)} for row in named]
    settings = f"settings {provenance['config_hash']}"
    return {
        "software": f"{AUTHORS[0].upper()}{AUTHORS[1:]}. {NAME}, version {version}; {settings}.",
        "methods": methods,
        "references": listed,
        "bibtex": "\n\n".join([_software_entry(commit, settings), *map(_entry, named)]),
    }


def software_version(commit: Mapping) -> str:
    """The version, and the commit with its date and what differs from it, where it is known."""
    if not commit:
        return __version__
    changed = ", with changes that are in no commit" if commit["is_changed"] else ""
    return f"{__version__}, commit {commit['commit'][:12]} of {commit['date']}{changed}"


def read_references(path: str | Path) -> list[dict[str, str]]:
    """The references that methods may name: a row each."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


# --- methods ----------------------------------------------------------------------------------------------------------


def _participants(run: Run) -> str:
    stories, dataset = run.stories, run.config["dataset"]
    who = f"{len(run.subjects)} participant{'s' if len(run.subjects) != 1 else ''}"
    what = f"{len(stories)} {'story' if len(stories) == 1 else 'stories'} ({number(stories['minutes'].sum())} min)"
    kind = UNITS.get(dataset["response"], "regions")
    where = f" in {dataset['space']}" if dataset["space"] else ""
    start = (
        f"We analysed simulated responses of {who} to {what}; no brain was measured."
        if run.simulated
        else f"We analysed the fMRI of {who} who listened to {what}."
    )
    removed = [f"{text[0].upper()}{text[1:]}." for text in describe_denoising(dataset)]
    targets = f"Responses were {len(run.tables['targets']):,} {kind}{where}, with a repetition time of {run.tr:g} s."
    return " ".join([start, targets, *removed])


def _model(run: Run) -> str:
    models = run.tables["models"]
    reported = models[models["model"] == run.cell["model"]]
    described = " ".join(model_texts(reported, run.config))
    library = " [wolf2020]" if set(reported["model_kind"]) & {"pretrained", "untrained"} else ""
    named = described.replace(":", f"{library}:", 1)  # behind the model's name
    layer = f"We took the activations of layer {run.cell['layer']} of {named}"
    sums = "Vectors of the words that began within a volume were summed."
    return f"{layer} Every word's vector depended on that word and on earlier ones only. {sums}"


def _encoding(run: Run) -> str:
    encoding = run.config["encoding"]
    folds, alphas, delays = encoding["folds"], encoding["alphas"], encoding["delays"]
    held_out = (
        f"{folds['n_folds']} contiguous blocks of volumes"
        if folds["scheme"] == "paper"
        else f"whole stories or {folds['n_folds']} blocks, with {folds['gap']} volumes left out on both sides"
    )
    return (
        f"In each of {folds['n_folds']} cross-validation folds ({held_out}) activations were standardised and reduced "
        f"to {encoding['n_components']} principal components, delayed by {delays[0]} to {delays[-1]} volumes, and "
        f"mapped to the BOLD response by ridge regression [caucheteux2023]. Its penalty was the one of {alphas['n']} "
        f"between {power_of_ten(alphas['first'])} and {power_of_ten(alphas['last'])} with the least leave-one-out "
        "error on the training volumes, for each target and fold. The brain score R is the Pearson correlation of "
        "predicted and measured responses on the held-out volumes, averaged over folds."
    )


def _windows(run: Run) -> str:
    cell = run.cell
    beside = {
        "paper": "",
        "lexical": " Word rate, word length, word frequency and silence stood beside the present word in both models.",
        VERDICT: (
            " Word rate, word length, word frequency, silence and the present word's embedding stood beside the "
            "present word in both models, with delays up to 12 s."
        ),
    }
    return (
        f"To this we added a window of {cell['width']} words whose last one was d words ahead, reduced and delayed in "
        f"the same way; the forecast score F(d) is the gain in R. The reported distance was {cell['distance']} "
        f"words: a word {cell['distance']} ahead starts {run.seconds(cell['distance'])} later (median, 5 to 95 % of "
        f"the words).{beside[cell['base']]}"
    )


def _statistics(run: Run, q_level: float) -> str:
    if len(run.subjects) == 1:
        return "Scores of this one participant were not tested over participants."
    text = (
        "Scores were compared with 0 across participants by two-sided Wilcoxon signed-rank tests [wilcoxon1945], "
        f"corrected over targets for a false discovery rate of {q_level:g} [benjamini1995]; intervals are 95 %."
    )
    if "verdicts" in run.tables:
        settings = run.config["verdict"]
        n_shifts = int(pd.to_numeric(run.tables["verdicts"]["n_shifts"]).max())
        text += (
            f" Whether F({settings['distance']}) exceeds what a listener shows who never looks ahead was judged "
            f"against the mirrored window and {n_shifts} circular shifts common to all participants, at a level of "
            f"{settings['level']:g}; simulated listeners with this study's words and noise gave the rule's error rates "
            "and power."
        )
    return text


def _software(provenance: Mapping, version: str) -> str:
    versions = provenance["versions"]
    used = ", ".join(f"{package} {versions[package]} [{key}]" for package, key in CITED.items() if package in versions)
    return f"We used {NAME} {version} (settings {provenance['config_hash']}){f', with {used}' if used else ''}."


# --- references -------------------------------------------------------------------------------------------------------


def _mark(row: Mapping[str, str]) -> str:
    return f"[{row['key']}]"


def _in_words(row: Mapping[str, str]) -> str:
    authors = row["authors"].replace(" and others", " et al.").replace(" and ", "; ")
    volume = f" {row['volume']}" if row["volume"] else ""
    return f"{authors} ({row['year']}). {row['title']}. {row['journal']}{volume}, {row['pages'].replace('-', '–')}."


def _url(row: Mapping[str, str]) -> str:
    return f"https://doi.org/{row['doi']}"


def _entry(row: Mapping[str, str]) -> str:
    fields = {
        "author": row["authors"], "title": f"{{{row['title']}}}", "journal": row["journal"], "year": row["year"],
        "volume": row["volume"], "pages": row["pages"].replace("-", "--"), "doi": row["doi"],
    }  # fmt: skip
    return _bibtex("article", row["key"], fields.items())


def _software_entry(commit: Mapping, settings: str) -> str:
    fields = {"author": f"{{{AUTHORS}}}", "title": f"{{{NAME}}}", "year": commit.get("date", "")[:4],
              "version": software_version(commit), "note": settings}  # fmt: skip
    return _bibtex("software", NAME, fields.items())


def _bibtex(kind: str, key: str, fields: Iterable[tuple[str, str]]) -> str:
    lines = [f"  {name} = {{{value}}}," for name, value in fields if value]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"])
