"""The folder of maps as a BIDS derivative: its description, its README, and what BIDS has no name for yet."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from brainforecast import __version__
from brainforecast.dataset.bids import read_json
from brainforecast.files import atomic
from brainforecast.results.map_files import write_json

SOFTWARE = "brainforecast"
BIDS_VERSION = "1.10.0"
LINK = "results"  # what BIDS URIs in sidecars call the folder of all results
IGNORED = "# statistical maps have no name in BIDS yet\n*_statmap.*\n"
README = """# Maps of {dataset}

Statistical maps of encoding models of the brain, one statistic a file; which one stands after `stat-`. The JSON file of
the same name has the title, unit, model, layer, window, test and correction, and the tables that the values come from;
the image itself carries the same metadata. There is no value (NaN) where a target was not scored, or where its test
does not pass (names that end in `masked`). Maps of single subjects, if any, are in `sub-*/func`.

Made by {name} {version}. The tables of all results are in the folder above this one, whose report.html shows the maps.
"""


def write_map_dataset(
    paths: Mapping[str, str | Path],
    *,
    paths_to_sources: Sequence[str | Path],
    dataset: str,
) -> None:
    """Write the files that make a folder of maps a BIDS derivative.

    Parameters
    ----------
    paths : of ``description``, ``readme`` and ``ignored``.
    paths_to_sources : ``dataset_description.json`` of each dataset that was read; none where they have none.
    dataset : name of the dataset.
    """
    folder = Path(paths["description"]).parent
    sources = [describe_source(path, folder) for path in paths_to_sources]
    write_json(description(dataset, sources), paths["description"])
    readme = README.format(dataset=dataset, name=SOFTWARE, version=__version__)
    for path, text in ((paths["readme"], readme), (paths["ignored"], IGNORED)):
        with atomic(path) as temporary:
            temporary.write_text(text, encoding="utf-8")


def description(dataset: str, sources: Sequence[Mapping]) -> dict[str, object]:
    """The content of ``dataset_description.json``.

    Parameters
    ----------
    sources : from `describe_source`.
    """
    generated = {"Name": SOFTWARE, "Version": __version__}
    container = os.environ.get("APPTAINER_CONTAINER") or os.environ.get("SINGULARITY_CONTAINER")
    if container:
        generated["Container"] = {"Type": "apptainer", "Tag": Path(container).name}
    return {
        "Name": f"Brain maps of language models: {dataset}",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [generated],
        "DatasetLinks": {LINK: ".."},
        **({"SourceDatasets": list(sources)} if sources else {}),
    }


def describe_source(path: str | Path, folder: Path) -> dict[str, str]:
    """Where a dataset that was read lies, as seen from the folder of maps, with its DOI and version if it has them.

    Parameters
    ----------
    path : of its ``dataset_description.json``.
    folder : of the maps.
    """
    found = read_json(path)
    given = {"DOI": found.get("DatasetDOI"), "Version": found.get("Version")}
    place = os.path.relpath(Path(path).resolve().parent, folder.resolve())
    return {"URL": place} | {key: value for key, value in given.items() if isinstance(value, str)}


def table_uri(table: str) -> str:
    """The BIDS URI of a table of results, such as ``group/brain_scores.parquet``, for sidecars of maps."""
    return f"bids:{LINK}:{table}"
