"""Recipes of public datasets, planned whole from the lists of their files; numbers are counted anew from the lists."""

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from brainforecast.dataset.plan import Plan
from brainforecast.errors import BadInput
from brainforecast.planning.anatomy import Anatomy
from brainforecast.planning.config import check_config
from brainforecast.planning.study import plan_of
from helpers.datasets import REPOSITORY, assert_bad_input
from helpers.public_datasets import N_CUT, SECTION_LENGTHS, lay_out_lebel, lay_out_petit_prince, listed_files

SCHEMA = REPOSITORY / "workflow/schemas/config.schema.yaml"
SUBJECTS = {"EN": 49, "FR": 28, "CN": 35}


def recipe(name: str, **dataset: object) -> dict:
    """A config that ships, with these changes to its section `dataset`, checked."""
    config = yaml.safe_load((REPOSITORY / f"config/{name}.yaml").read_text())
    config["dataset"] |= dataset
    return check_config(config, SCHEMA)


def plan_recipe(name: str, **dataset: object) -> Plan:
    """Its plan."""
    return plan_of(recipe(name, **dataset))


def numbers(plan: Plan) -> tuple[int, int, int]:
    """Subjects, stories and runs of a plan, which are printed."""
    runs = [run for of_subject in plan.runs.values() for run in of_subject]
    found = (len(plan.subjects), len({run.story for run in runs}), len(runs))
    print("{} subjects, {} stories, {} runs".format(*found))
    return found


@pytest.fixture(scope="module")
def trees(shared_data) -> Path:
    """Folder of the lists."""
    return shared_data / "trees"


@pytest.fixture(scope="module")
def lebel(trees, tmp_path_factory) -> Path:
    """The dataset ds003020."""
    return lay_out_lebel(trees / "ds003020", tmp_path_factory.mktemp("ds003020"))


def test_lebel_is_planned_whole(lebel, trees):
    """Nine subjects, 84 stories, 440 runs; each file starts ten seconds into its story and lacks 20 volumes."""
    plan = plan_recipe("lebel", root=str(lebel))
    matches = [
        re.fullmatch(r"derivative/preprocessed_data/(\w+)/(\w+)\.hf5", p) for p in listed_files(trees / "ds003020")
    ]
    listed = [(match[1], match[2]) for match in matches if match]
    assert numbers(plan) == (9, 84, 440) == (len({s for s, _ in listed}), len({t for _, t in listed}), len(listed))
    assert sorted((s, run.story) for s, runs in plan.runs.items() for run in runs) == sorted(listed)
    assert Counter(len(runs) for runs in plan.runs.values()) == {84: 3, 54: 1, 27: 4, 26: 1}
    (souls,) = (run for run in plan.runs["UTS01"] if run.story == "souls")
    assert (souls.n_dropped, souls.n_trs, souls.n_volumes) == (0, 375 - N_CUT, 375 - N_CUT)
    assert {story.shift for story in plan.stories.values()} == {-10.0}
    assert plan.tr == 2.0


def test_one_subject_of_lebel(lebel):
    """As each is scored: voxels are their own."""
    assert numbers(plan_recipe("lebel", root=str(lebel), subjects=["UTS03"])) == (1, 84, 84)


@pytest.mark.parametrize("language", SUBJECTS)
def test_petit_prince_is_planned_whole(trees, tmp_path, language):
    """Nine sections of every subject who has them in this language, whatever the numbers of the runs."""
    n_subjects = SUBJECTS[language]
    root = lay_out_petit_prince(trees / "ds003643", tmp_path, language)
    plan = plan_recipe(f"petit_prince_{language.lower()}", root=str(root), derivatives=str(root / "derivatives"))
    pattern = (
        rf"derivatives/sub-(\w+)/func/sub-\w+_task-lpp{language}_run-(\d+)_space-MNIColin27_desc-preproc_bold.nii.gz"
    )
    listed = [match.groups() for path in listed_files(trees / "ds003643") if (match := re.fullmatch(pattern, path))]
    assert numbers(plan) == (n_subjects, 9, 9 * n_subjects) == (len({s for s, _ in listed}), 9, len(listed))
    for subject, runs in plan.runs.items():
        assert [run.run for run in runs] == sorted(label for own, label in listed if own == subject)
        assert tuple(run.n_volumes for run in runs) == SECTION_LENGTHS
        assert [run.story for run in runs] == [f"lpp{language}{section}" for section in range(1, 10)]
    assert {story.shift for story in plan.stories.values()} == {0.0}


def test_a_plan_needs_no_mask(trees, tmp_path):
    """Before the mask is made, the plan says that it is missing; the run stops."""
    root = lay_out_petit_prince(trees / "ds003643", tmp_path, "FR")
    folders = {"root": str(root), "derivatives": str(root / "derivatives")}
    config = recipe("petit_prince_fr", **folders)
    assert not Anatomy(config, plan_of(config)).notes
    (root / "derivatives/mask.nii.gz").unlink()
    anatomy = Anatomy(config, plan_of(config))
    (note,) = anatomy.notes
    assert "planned, but cannot be scored" in note and "dataset.mask" in note
    with pytest.raises(BadInput) as error:
        anatomy.check_targets()
    assert_bad_input(error, "dataset.mask", "mask.nii.gz")
