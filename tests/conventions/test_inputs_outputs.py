"""docs/inputs.md, docs/datasets.md and docs/outputs.md say what the schema, the readers and the tables do."""

import json
import re
from pathlib import Path

import pytest
import yaml

from brainforecast.dataset.alignments import read_alignment
from brainforecast.dataset.bids import read_tsv
from brainforecast.dataset.participants import read_participants
from brainforecast.planning.config import check_config
from brainforecast.planning.study import plan_of
from helpers.datasets import REPOSITORY
from helpers.documents import DATASETS, INPUTS, TUTORIAL, apply_diff, code_blocks
from helpers.output_columns import DOCUMENT, documented_tables, renewed

SCHEMA = REPOSITORY / "workflow/schemas/config.schema.yaml"
MOST_LINES = 8  # of a config that a lab changes


def named_examples() -> dict[str, str]:
    """The examples of files in docs/inputs.md: their path, on the line before, and their content."""
    pattern = r"^`([\w./-]+)`[^\n]*\n\n```(?:text|json)\n(.*?)^```"
    return dict(re.findall(pattern, INPUTS.read_text(), re.DOTALL | re.MULTILINE))


@pytest.mark.parametrize("section", ["dataset", "stimuli", "atlas"])
def test_every_key_is_in_a_task(section):
    """The first table of docs/inputs.md names every key of the sections about inputs, and no other."""
    table = INPUTS.read_text().split("## Which key")[1].split("\n## ")[0]
    schema = yaml.safe_load(SCHEMA.read_text())["properties"][section]["properties"]
    named = re.findall(rf"`{section}\.(\w+)`", table)
    assert sorted(named) == sorted(schema)


def test_formats_of_words_give_the_same_words(tmp_path):
    """The same story in four formats of docs/inputs.md: words and times agree, a pause is no word."""
    found = {}
    for name, text in named_examples().items():
        if "/stimuli/" in name:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            found[path.name] = [(row.word.strip("."), row.onset, row.offset) for row in read_alignment(path).words]
    assert set(found) == {"words.tsv", "align.csv", "words.json", "words.TextGrid"}
    for name, words in found.items():
        assert [word for word, *_ in words] == ["The", "river", "rose"], name
        times = [time for _, *both in words for time in both]
        assert times == pytest.approx([0.5, 0.7, 0.7, 1.05, 1.4, 1.7]), name


def test_examples_of_tables_are_read(tmp_path):
    """Participants, events, regions, atlases, exclusions: tab-separated, with the columns that the page lists."""
    examples = named_examples()
    for name, text in examples.items():
        (tmp_path / Path(name).name).write_text(text)
    assert read_participants(tmp_path) == ["01", "02"]
    needed = {
        "sub-01_ses-01_task-river_events.tsv": ["onset", "duration", "trial_type"],
        "sub-01_task-river_desc-hubs_timeseries.tsv": ["lh_auditory"],
        "regions.tsv": ["index", "name"],
        "lobes.tsv": ["roi", "lobe"],
        "exclusions.tsv": ["participant_id", "task", "run", "reason"],
    }
    for name, columns in needed.items():
        assert read_tsv(tmp_path / name, columns), name
    assert json.loads((tmp_path / "sub-01_ses-01_task-river_bold.json").read_text())["StartTime"] == 0.98
    assert len(examples) == len(needed) + 2 + 4  # participants, the sidecar, four alignments


def test_a_lab_changes_few_lines():
    """The diff turns a config that ships into that of an fMRIPrep study; at most eight lines are the lab's."""
    text, added = apply_diff(DATASETS)
    assert 0 < len(added) <= MOST_LINES
    dataset = check_config(yaml.safe_load(text), SCHEMA)["dataset"]
    assert (dataset["response"], dataset["desc"], bool(dataset["derivatives"])) == ("surface", None, True)


def test_columns_are_those_of_the_tables():
    """The list of columns in docs/outputs.md is made from the tables' own units."""
    text = DOCUMENT.read_text()
    assert len(documented_tables(text)) > 35
    assert text == renewed(text), "renew it: PYTHONPATH=workflow:tests envs/run python -m helpers.output_columns"


def test_the_tutorials_config_plans_the_real_dataset(shared_data):
    """Its ten participants have the story, on the dataset's own tables; the runs are taken from its list of scans."""
    (text,) = code_blocks(TUTORIAL, "yaml")
    config = yaml.safe_load(text)
    config["dataset"] |= {"root": str(shared_data / "narratives"), "derivatives": None, "scans": "scans.tsv"}
    plan = plan_of(check_config(config, SCHEMA))
    assert list(plan.runs) == config["dataset"]["subjects"]
    assert {run.story for runs in plan.runs.values() for run in runs} == {"pieman"}
    fetched = re.search(r"for s in ([\d ]+);", TUTORIAL.read_text())[1].split()
    assert fetched == config["dataset"]["subjects"]
