"""A complete report of small synthetic tables, through the script of its rule."""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from brainforecast.figures.captions import Figure
from brainforecast.figures.style import put_title, save_figure
from helpers.datasets import REPOSITORY
from helpers.synthetic_tables import config, subject_summaries, words
from scripts.report.build_report import build_report

FOLDER = REPOSITORY / "workflow/report"
TEMPLATE = FOLDER / "template.html.j2"
PAPER, REFERENCES = FOLDER / "paper.tsv", FOLDER / "references.tsv"
TABLES = ("targets", "models", "brain_scores", "forecast_scores", "forecast_distance", "forecast_depth", "roi_scores",
          "reliability", "widths", "symmetry", "contrasts")  # fmt: skip
PROVENANCE = {"tr": 1.5, "versions": {"numpy": "2.4.6"}, "config_hash": "0123456789abcdef"}


def build(tables: dict, folder: Path, *, simulated: bool = True, q_level: float = 0.01, notes=(), brain=None) -> str:
    """Write every input of the script to `folder`, run it, return the page."""
    n = int(tables["roi_scores"]["n_subjects"].max())
    folder.mkdir(exist_ok=True)
    peaks = {name: [folder / f"sub-all_{name}.parquet"] for name in ("roi_distances", "roi_depths")}
    for name, (path,) in peaks.items():
        tables[f"subject_{name}"].to_parquet(path)
    paths = {name: folder / f"{name}.parquet" for name in TABLES}
    for name, path in paths.items():
        tables[name].to_parquet(path)
    tables["exclusions"].to_csv(folder / "exclusions.tsv", sep="\t", index=False)
    stories = []
    for story, table in words().items():
        stories.append(folder / f"{story}.parquet")
        table.to_parquet(stories[-1])
    responses = []
    for subject in subject_summaries(n):
        responses.append(folder / f"sub-{subject['subject']}.safetensors")
        save_file({"n_trs": np.ones(1)}, responses[-1], metadata={"about": json.dumps(subject)})
    figures, drawn = [folder / "layers.svg", folder / "layers.png"], Figure(figsize=(1, 1))
    about = {"alt": "An empty square.", "caption": ["Nothing is drawn; 0 is the embedding."]}
    put_title(drawn, "Brain score by layer", "", [n], simulated=simulated, **about)
    save_figure(drawn, *figures, folder / "layers.rst")
    settings = config(simulated=simulated)
    path_to_provenance = folder / "provenance.json"
    path_to_provenance.write_text(json.dumps({**PROVENANCE, "simulated": simulated, "notes": list(notes)}))
    runs, commit = (folder / "exclusions.tsv", path_to_provenance), folder / "commit.json"
    commit.write_text(json.dumps({"commit": 40 * "a", "date": "2026-02-03", "is_changed": False}))
    files = paths | peaks | {
        "exclusions": runs[0], "provenance": runs[1], "words": stories, "responses": responses, "figures": figures,
        "paper": PAPER, "references": REFERENCES, "page": [TEMPLATE], "brain": [brain] if brain else [],
        "commit": commit,
    }  # fmt: skip
    wanted = {"tables": [name for name in TABLES if name != "targets"], "subject_tables": list(peaks)}
    build_report(files, folder / "report.html", config=settings, q_level=q_level, map_files=[], **wanted)
    return (folder / "report.html").read_text(encoding="utf-8")
