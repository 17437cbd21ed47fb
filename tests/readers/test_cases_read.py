"""Case folders whose images, atlases or models are read: arrays and headers, censored rows, labels, tokenizers."""

import shutil
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd
import pytest

from brainforecast.errors import BadInput
from brainforecast.planning.models.files import check_source
from brainforecast.readers.labels import read_hemisphere
from brainforecast.readers.notes import Notes
from brainforecast.readers.responses import read_subject
from brainforecast.readers.runs import READ_RUN
from brainforecast.readers.subject_runs import SubjectRuns
from helpers.cases import (
    CONFIG,
    N_VOLUMES,
    plan_case,
    read_words,
    write_tree,
)
from helpers.datasets import assert_bad_input, write_region_run

pytest_plugins = ["helpers.case_folders", "helpers.language_models"]

CENSORED = (41, 42, 80)  # rows of the table
VERTICES = pd.DataFrame({"hemi": ["L"] * 10_242 + ["R"] * 10_242})


def surface_runs(config: dict) -> list[str]:
    """The files of the run of a case."""
    return [*plan_case(config).runs["01"][0].paths]


def test_arrays_of_one_column(case):
    config = case("gii_n1")
    paths = surface_runs(config)
    for path in paths:
        image = nibabel.load(path)
        arrays = [nibabel.gifti.GiftiDataArray(array.data[:, None]) for array in image.darrays]
        nibabel.save(nibabel.gifti.GiftiImage(darrays=arrays), path)
    run = READ_RUN["surface"](surface_runs(config), VERTICES, "fsaverage5")
    assert run.shape == (N_VOLUMES, 20484)


def test_a_header_that_counts_more_arrays(case):
    config = case("gii_count_more")
    path = Path(surface_runs(config)[0])
    path.write_text(
        path.read_text().replace(f'NumberOfDataArrays="{N_VOLUMES}"', f'NumberOfDataArrays="{N_VOLUMES + 5}"')
    )
    with pytest.raises(BadInput) as error:
        READ_RUN["surface"](surface_runs(config), VERTICES, "fsaverage5")
    assert_bad_input(error, path.name, str(N_VOLUMES + 5), str(N_VOLUMES))


@pytest.mark.parametrize("kind", ["single quotes", "comment after", "UTF-16"])
def test_xml_as_nibabel_reads_it(case, kind):
    config = case("gii_count_more")
    for path in map(Path, surface_runs(config)):
        text = path.read_text()
        if kind == "single quotes":
            text = text.replace('"', "'")
        elif kind == "comment after":
            text += "<!-- written by another program -->\n"
        else:
            text = text.replace('encoding="UTF-8"', 'encoding="UTF-16"')
        path.write_bytes(text.encode("utf-16" if kind == "UTF-16" else "utf-8"))
    plan = plan_case(config)
    assert plan.runs["01"][0].n_volumes in (N_VOLUMES, None)
    assert READ_RUN["surface"]([*plan.runs["01"][0].paths], VERTICES, "fsaverage5").shape == (N_VOLUMES, 20484)


def read_case(config: dict, tmp_path: Path, mode: str):
    """The responses of the subject of a case, as the job that reads them does."""
    plan = plan_case(config)
    words = tmp_path / "words.parquet"
    read_words(config)[0].to_parquet(words)
    run = plan.runs["01"][0]
    names = Path(run.paths[0]).read_text().split("\n", 1)[0].split("\t")
    targets = pd.DataFrame({"target": range(len(names)), "roi": names})
    runs = SubjectRuns("01", [run.story], [run.n_dropped], plan.tr, "region", missing_volumes=mode)
    return read_subject([*run.paths], [str(words)], targets, runs)


def test_censored_volumes_are_named(case, tmp_path):
    """Rows of n/a in every column: which ones, of which file, and what can be done; masked, the others are used."""
    config = case("xcpd_censored")
    (table,) = (tmp_path / "data").rglob("*_timeseries.tsv")
    lines = table.read_text().splitlines()
    for row in CENSORED:  # the header is row 1
        lines[row - 1] = "\t".join(["n/a"] * 6)
    table.write_text("\n".join(lines) + "\n")
    with pytest.raises(BadInput) as error:
        read_case(config, tmp_path, "stop")
    assert_bad_input(error, table.name, "missing_volumes", "mask", "interpolate", "41", "42", "80")
    masked = read_case(config, tmp_path, "mask")
    assert (~masked.used).sum() == len(CENSORED) and masked.responses.shape[1] == 6
    assert np.isfinite(masked.responses).all()
    assert read_case(config, tmp_path, "interpolate").used.all()


def test_one_volume_that_costs_many_regions(tmp_path):
    """A volume that 60 of 100 regions lack is named; masked, no region is lost."""
    write_tree(tmp_path / "data", ["stimuli/gentle/pieman/align.csv", "task-pieman_desc-hubs_timeseries.json"])
    run = np.random.default_rng(0).standard_normal((N_VOLUMES, 100))
    run[40, :60] = np.nan
    path = tmp_path / "data/sub-01/func/sub-01_task-pieman_desc-hubs_timeseries.tsv"
    write_region_run(path, run)
    path.write_text(path.read_text().replace("nan", "n/a"))
    config = CONFIG | {"dataset": CONFIG["dataset"] | {"root": str(tmp_path / "data")}}
    with pytest.raises(BadInput) as error:
        read_case(config, tmp_path, "stop")
    assert_bad_input(error, path.name, "60", "100", "42" if "row 42" in str(error.value) else "41")
    masked = read_case(config, tmp_path, "mask")
    assert masked.responses.shape == (N_VOLUMES, 100) and (~masked.used).sum() == 1


# ---- Atlases and models ----------------------------------------------------------------------------------------------


def test_label_keys_that_are_not_in_the_table(tmp_path):
    array = nibabel.gifti.GiftiDataArray(np.full(10, 99, dtype=np.int32), intent="NIFTI_INTENT_LABEL")
    image = nibabel.gifti.GiftiImage(darrays=[array])
    label = nibabel.gifti.GiftiLabel(key=1)
    label.label = "here"
    image.labeltable.labels.append(label)
    nibabel.save(image, tmp_path / "lh.label.gii")
    with pytest.raises(BadInput) as error:
        read_hemisphere(tmp_path / "lh.label.gii", Notes())
    assert_bad_input(error, "lh.label.gii", "99")
    image.darrays[0].data[:4] = 1
    nibabel.save(image, tmp_path / "lh.label.gii")
    notes = Notes()
    assert read_hemisphere(tmp_path / "lh.label.gii", notes).index.tolist() == [0] * 4 + [-1] * 6
    assert any("6 vertices" in note for note in notes)


def test_colours_of_an_annot(tmp_path):
    """A colour that no region has is counted; one colour of two regions is one line."""
    colours = np.array([[10, 0, 0, 0], [20, 0, 0, 0]])
    path = tmp_path / "lh.annot"
    nibabel.freesurfer.write_annot(path, np.array([0, 0, 1, 1, -1]), colours, ["here", "there"], fill_ctab=True)
    content = bytearray(path.read_bytes())
    content[4 + 8 * 3 + 4 : 4 + 8 * 3 + 8] = (12345).to_bytes(4, "big")  # of the fourth vertex
    path.write_bytes(content)
    notes = Notes()
    labels = read_hemisphere(path, notes)
    assert [labels.names[k] if k >= 0 else None for k in labels.index] == ["here", "here", "there", None, None]
    assert any("1 vertices" in note for note in notes)
    nibabel.freesurfer.write_annot(path, np.array([0, 1]), colours[[0, 0]], ["here", "there"], fill_ctab=True)
    with pytest.raises(BadInput) as error:
        read_hemisphere(path, Notes())
    assert_bad_input(error, "lh.annot", "here", "there", "colour")


@pytest.mark.parametrize("name", ["tiny_gpt2", "tiny_bert"])
def test_a_model_without_a_tokenizer(request, tmp_path, name):
    shutil.copytree(request.getfixturevalue(name), tmp_path / "model")
    for path in (tmp_path / "model").glob("*token*"):
        path.unlink()
    with pytest.raises(BadInput) as error:
        check_source("models.tiny.source", str(tmp_path / "model"))
    assert_bad_input(error, "models.tiny.source", "tokenizer")
