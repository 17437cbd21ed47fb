"""Names that nobody means well with, in every place that has one: one line, or a plan that stays in its folders."""

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from brainforecast.errors import BadInput
from brainforecast.jobs.plan_checks import check_atlas_files, check_folds, check_models, check_plan
from brainforecast.planning.config import check_config
from brainforecast.planning.map_names import map_names
from brainforecast.planning.study import Study, plan_of
from helpers.datasets import REPOSITORY, write_dataset, write_lines

SCHEMA = REPOSITORY / "workflow/schemas/config.schema.yaml"
SETTINGS = {"model_type": "gpt2", "n_layer": 3, "n_embd": 4, "n_head": 1, "vocab_size": 2, "n_positions": 64}
NAMES = {
    "up": "../../x",
    "above": "..",
    "here": ".",
    "absolute": "/tmp/x",
    "line feed": "a\nb",
    "line feed at the end": "ab\n",
    "NUL": "a\0b",
    "tab": "a\tb",
    "dash": "-rf",
    "hidden": ".x",
    "long": "a" * 300,
    "look-alike": "р1",  # a Cyrillic letter
    "digit of another script": "１",
    "quotes": "a'b\"c",
    "shell": "; touch x",
    "substitution": "$(touch x)`touch x`",
    "braces": "{subject}",
    "format": "{0.__class__}%s%n",
    "of Windows": "CON",
    "script": "<script>alert(1)<!script>",
    "formula": "=HYPERLINK(1)",
    "escape": "\x1b[2J",
    "direction": "a\u202eb",
    "not UTF-8": "a\udcffb",
    "space": "a b",
    "nothing": "",
}


def rename(folder: Path, old: str, new: str) -> None:
    """Rename every file and folder below a folder."""
    for path in sorted(folder.rglob(f"*{old}*"), key=lambda path: -len(path.parts)):
        os.rename(path, path.with_name(path.name.replace(old, new)))


def name_model(root: Path, config: dict, name: str) -> None:
    """A model, which is a folder of activations, of designs and of scores."""
    config["models"] = {name: {"source": "model"}}
    config["analyses"]["forecast"]["models"] = [name]


def name_analysis(root: Path, config: dict, name: str) -> None:
    """An analysis, which stands in messages alone."""
    config["analyses"] = {name: config["analyses"]["forecast"]}


def name_finetuning(root: Path, config: dict, name: str) -> None:
    """A fine-tuning, whose name is a part of those of its snapshots."""
    layers = {"objective": {"layer": 1}, "evaluation": {"layers": [0, 1]}}
    corpus = {"source": "*.txt"}
    config["finetuning"] = {name: {"base": "tiny", "corpus": corpus, "training": {"n_steps": 10}, **layers}}


def name_subject(root: Path, config: dict, name: str) -> None:
    """A subject, in the table and on disk."""
    rename(root, "sub-01", f"sub-{name}")
    write_lines(root / "participants.tsv", "participant_id", "sub-02", f"sub-{name}")


def name_absent_subject(root: Path, config: dict, name: str) -> None:
    """A subject without a folder."""
    write_lines(root / "participants.tsv", "participant_id", "sub-01", "sub-02", f"sub-{name}")


def name_story(root: Path, config: dict, name: str) -> None:
    """A story that has words and runs."""
    rename(root, "fable", name)


def name_task(root: Path, config: dict, name: str) -> None:
    """A task without words, whose runs are not used."""
    rename(root / "sub-01", "fable", name)


def name_session(root: Path, config: dict, name: str) -> None:
    """A session."""
    folder = root / "sub-01" / f"ses-{name}"
    folder.mkdir()
    (root / "sub-01/func").rename(folder / "func")
    rename(folder, "sub-01_", f"sub-01_ses-{name}_")


def name_run(root: Path, config: dict, name: str) -> None:
    """A run."""
    rename(root / "sub-01", "_desc", f"_run-{name}_desc")


def name_entity(root: Path, config: dict, name: str) -> None:
    """A label of the runs that the config chooses."""
    rename(root, "_desc", f"_acq-{name}_desc")
    config["dataset"]["entities"] = {"acq": name}


def name_region(root: Path, config: dict, name: str) -> None:
    """A region that is drawn."""
    for path in root.rglob("*_timeseries.tsv"):
        path.write_text(path.read_text().replace("region0", name))
    config["figures"] = {"curves": [{"level": "roi", "roi": name, "label": name}]}


def name_contrast(root: Path, config: dict, name: str) -> None:
    """A contrast."""
    first, second = ({"level": "roi", "roi": f"region{index}"} for index in range(2))
    config["contrasts"] = [{"name": name, "first": first, "second": second}]


def name_own_story(root: Path, config: dict, name: str) -> None:
    """A story that the config names."""
    config["dataset"]["stories"] = {name: {"task": "fable"}}


def name_task_of_story(root: Path, config: dict, name: str) -> None:
    """The task of a story that the config names."""
    config["dataset"]["stories"] = {"fable": {"task": name}}


def list_scan(column: str) -> Callable[[Path, dict, str], None]:
    """A run to download, which is written below ``resources/``, with a label in the table of runs."""

    def change(root: Path, config: dict, name: str) -> None:
        row = {"participant_id": "sub-01", "task": "fable", "run": "n/a", "session": "n/a", column: name}
        write_lines(root / "participants.tsv", "participant_id", "sub-02", *{"sub-01", row["participant_id"]})
        rows = [row, row | {"participant_id": "sub-02", "task": "fable", "run": "n/a", "session": "n/a"}]
        write_lines(root / "scans.tsv", "\t".join(row), *("\t".join(one.values()) for one in rows))
        config["dataset"] |= {"scans": "scans.tsv", "url": "http://nowhere.invalid", "tr": 2.0}
        config["dataset"]["stories"] = {"one": {"task": row["task"]}, "fable": {"task": "fable"}}

    return change


def name_reason(root: Path, config: dict, name: str) -> None:
    """Why a subject is excluded."""
    write_lines(root / "poor.tsv", "participant_id\treason", f"sub-02\t{name}")
    config["dataset"]["exclusions"] = ["poor.tsv"]


def name_root(root: Path, config: dict, name: str) -> None:
    """The folder of the dataset."""
    root.rename(root.with_name(name))
    config["dataset"]["root"] = name


def name_key(section: str, key: str) -> Callable[[Path, dict, str], None]:
    """A key of the config."""

    def change(root: Path, config: dict, name: str) -> None:
        config.setdefault(section, {})[key] = name

    return change


PLACES: dict[str, Callable[[Path, dict, str], None]] = {
    "dataset": name_key("dataset", "name"),
    "model": name_model,
    "analysis": name_analysis,
    "fine-tuning": name_finetuning,
    "subject": name_subject,
    "subject without runs": name_absent_subject,
    "story": name_story,
    "task": name_task,
    "session": name_session,
    "run": name_run,
    "entity": name_entity,
    "space": name_key("dataset", "space"),
    "desc": name_key("dataset", "desc"),
    "region": name_region,
    "contrast": name_contrast,
    "story of the config": name_own_story,
    "task of a story": name_task_of_story,
    "listed subject": list_scan("participant_id"),
    "listed task": list_scan("task"),
    "listed run": list_scan("run"),
    "listed session": list_scan("session"),
    "reason": name_reason,
    "folder": name_root,
    "event": name_key("dataset", "onset_event"),
    "language": name_key("dataset", "language"),
}
OUTSIDE = {"up", "above", "here", "absolute", "braces", "format", "NUL", "escape", "not UTF-8", "long"}
IN_PATHS = ("dataset", "model", "fine-tuning", "listed subject", "listed task", "listed run", "listed session")
EVERYWHERE = ("up", "line feed", "long", "braces", "escape", "not UTF-8")  # of places that are like another
CASES = [
    (place, name)
    for place in PLACES
    for name in NAMES
    if name in EVERYWHERE or place in ("model", "subject", "story", "task", "region", "listed run")
]
MADE = re.compile(r"(results|resources)(/[A-Za-z0-9_+=,-][A-Za-z0-9._+=,-]*)+")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> Path:
    """Two subjects and a story, beside the settings of a model."""
    folder = tmp_path_factory.mktemp("hostile")
    write_dataset(folder / "data", stories={"fable": 10})
    write_lines(folder / "model/config.json", json.dumps(SETTINGS))
    write_lines(folder / "model/tokenizer.json", json.dumps({"model": {"vocab": {"a": 0, "b": 1}}}))
    return folder


def base_config() -> dict:
    """The config of the dataset."""
    window = {"sources": ["true"], "widths": [3], "distances": [0, 2]}
    return {
        "dataset": {"name": "tiny", "root": "data", "response": "region", "space": None, "desc": "roi"},
        "models": {"tiny": {"source": "model"}},
        "encoding": {"delays": [0, 1], "n_components": 2, "folds": {"n_folds": 2}},
        "analyses": {"forecast": {"models": ["tiny"], "layers": [2], **window}},
    }


def plan(config: dict) -> Study:
    """Plan a study as a run does."""
    checked = check_config(config, SCHEMA)
    study = Study(checked, plan_of(checked), project=str(REPOSITORY))
    for check in (check_plan, check_models, check_atlas_files, check_folds):
        check(study)
    return study


def made_files(study: Study) -> list[str]:
    """Files that a run makes, of every kind that has a name in it."""
    models = [*study.config["models"], *study.config["finetuning"]]
    names = {"subject": study.subjects, "model": models, "story": study.stories}
    patterns = ("activations/{model}/{story}.parquet", "scores/sub-{subject}/{model}/x.parquet")
    maps = map_names(
        "volume", [None], {"space": study.config["dataset"]["space"], **study.config["dataset"]["entities"]}
    )
    downloads = [path for path in study.fetched_files if path.startswith("resources/")]
    return [*study.in_results(*patterns, **names), *study.in_results(*maps.files("x")), *downloads]


@pytest.mark.parametrize(("place", "name"), CASES)
def test_a_name_is_refused_or_stays_in_its_place(dataset, tmp_path, monkeypatch, place, name):
    """Files that are made stay below their folder; those that are read are paths that Snakemake and a log can take."""
    shutil.copytree(dataset, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    config, text = base_config(), NAMES[name]
    try:
        PLACES[place](tmp_path / "data", config, text)
    except (OSError, ValueError):
        return  # no disk has such a name, or no table such a text
    try:
        study = plan(config)
    except BadInput as error:
        assert str(error).isprintable() and len(str(error)) < 1500
        return
    assert not (place in IN_PATHS and name in OUTSIDE), study.subjects
    assert all(MADE.fullmatch(path) and "/." not in path for path in made_files(study))
    inputs = [path for subject in study.subjects for path in study.run_paths(subject)]
    inputs += [story.alignment for story in study.plan.stories.values()]
    assert not any(set(path) & set("{}\n\t\0\x1b\udcff") for path in inputs)
    assert not (tmp_path / "x").exists()


def test_names_that_some_disks_take_for_one_are_refused(dataset, tmp_path, monkeypatch):
    """GPT2 and gpt2 would be one folder on a Mac: the results of the second would replace those of the first."""
    shutil.copytree(dataset, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    config = base_config()
    config["models"]["Tiny"] = config["models"]["tiny"]
    with pytest.raises(BadInput, match="config key models: found tiny and Tiny; expected names that differ in more"):
        plan(config)


def test_the_label_of_a_figure_may_have_two_lines(dataset, tmp_path, monkeypatch):
    """All other texts of a config are one line."""
    shutil.copytree(dataset, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    curve = {"level": "roi", "roi": "region0", "label": "upper\nlower"}
    assert plan(base_config() | {"figures": {"curves": [curve]}}).subjects == ["01", "02"]
    with pytest.raises(BadInput, match=r"config key figures.curves.0.label: .* expected text in one line"):
        plan(base_config() | {"figures": {"curves": [curve | {"label": "\x1b[2J"}]}})


def link_run(root: Path) -> None:
    """A run is a link into a store elsewhere, as git-annex and DataLad have it."""
    path = next((root / "sub-01/func").glob("*.tsv"))
    store = root.parent / "store/objects"
    store.mkdir(parents=True)
    path.rename(store / "MD5E-s1.tsv")
    path.symlink_to(os.path.relpath(store / "MD5E-s1.tsv", path.parent))


def link_folder(root: Path) -> None:
    """The folder of a subject is a link to another disk."""
    (root / "sub-01").rename(root.parent / "elsewhere")
    (root / "sub-01").symlink_to(root.parent / "elsewhere")


def link_to_itself(root: Path) -> None:
    """Folders that hold themselves."""
    (root / "stimuli/again").symlink_to(root)
    (root / "sub-01/again").symlink_to(root / "sub-01")
    (root / "loop").symlink_to(root / "loop")


@pytest.mark.parametrize("link", [link_run, link_folder, link_to_itself])
def test_links_are_followed_and_never_in_circles(dataset, tmp_path, monkeypatch, link):
    """A dataset of links is planned as one of files, by the paths that it has itself."""
    shutil.copytree(dataset, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    expected = plan(base_config()).run_paths("01")
    link(tmp_path / "data")
    assert plan(base_config()).run_paths("01") == expected


@pytest.mark.parametrize("name", ["participants.tsv", "stimuli/fable/words.tsv", "sub-01/func/{run}"])
def test_a_link_to_itself_is_one_line(dataset, tmp_path, monkeypatch, name):
    """A file that cannot be opened, not one that is not there."""
    shutil.copytree(dataset, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "data" / name.format(run="sub-01_task-fable_desc-roi_timeseries.tsv")
    path.unlink()
    path.symlink_to(path.name)
    with pytest.raises(BadInput) as error:
        plan(base_config())
    assert path.name in str(error.value)


def test_the_config_that_ships_is_no_hostile_one():
    """The demo is planned with the same checks."""
    config = yaml.safe_load((REPOSITORY / "config/config.yaml").read_text())
    assert check_config(config, SCHEMA)["dataset"]["name"] == "demo"
