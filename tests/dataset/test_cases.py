"""Every case folder beside the shared data, and cases without one: what an input gives, or the one line it gives."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from brainforecast.dataset.alignments import first_onset
from brainforecast.errors import BadInput
from brainforecast.readers.words import prepare_words
from brainforecast.syntax.parser import parse_words, split_words
from helpers.cases import (
    CONFIG,
    N_VOLUMES,
    STORY,
    lay_over,
    notes_with,
    one_listener,
    plan_case,
    read_words,
)
from helpers.datasets import assert_bad_input, write_gentle

pytest_plugins = ["helpers.case_folders"]

CENSORED = (41, 42, 80)  # rows of the table
VERTICES = pd.DataFrame({"hemi": ["L"] * 10_242 + ["R"] * 10_242})
BAKER = ["the", "old", "baker", "opened", "his", "shop"]
READ = {  # case -> its words
    "tg_praat_escapes": ["the", "naïve", "garçon", "étoile", "Begrüßung", "café", "øre"],
    "tg_utf16le": ["le", "garçon", "a", "vu", "l'étoile", "là", "où", "naïve"],
    "tg_tiny_exponent": ["the", "old"],
    "tg_old_points": BAKER,
    "tg_duplicate_other": BAKER,
    "tg_zero_length": ["the", "old", "baker"],
    "words_tsv_na_and_quotes": ["The", "old", "baker", '"No"', 'said,"', "null", "NaN", "done."],
}
SENTENCES = {  # case -> the last word of each of its sentences, without marks
    "sentences_guillemets": ["dit-il", "partit", "rien", "Fin"],
    "sentences_chinese": ["小王子", "那里", "完"],
}


def test_every_case_is_here(cases):
    """A new folder needs a test of its own: its name has to occur here or in the tests of reading."""
    text = "".join(
        path.read_text() for path in (Path(__file__), Path(__file__).parents[1] / "readers/test_cases_read.py")
    )
    assert not [path.name for path in cases.iterdir() if path.is_dir() and path.name not in text]


# ---- Words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", READ)
def test_words_are_read(case, name):
    words, _ = read_words(case(name))
    assert words["word"].tolist() == READ[name]
    assert (np.diff(words["onset"]) >= 0).all() and np.isfinite(words[["onset", "offset"]]).all().all()


def test_labels_that_are_no_words_are_counted(case):
    words, provenance = read_words(case("tg_noise_labels"))
    assert " ".join(words["word"]).lower() == "the old baker opened his shop before dawn and lit both of the ovens done"
    labels = {
        "{BR}",
        "ns",
        "{LG}",
        "#",
        "{NS}",
        "spn",
        "<unk>",
        "sil",
        "<p:>",
        "{SL}",
        "sp",
        "br",
        "<SIL>",
        "[noise]",
        "lg",
    }
    counted = json.dumps(provenance)
    assert not [label for label in labels - {"sp"} if json.dumps(label) not in counted]


def test_rows_without_a_word_are_counted(case):
    _, provenance = read_words(case("words_tsv_na_and_quotes"))
    assert {"sp": 1}.items() <= provenance["not_words"].items() or provenance["not_words"] == {"sp": 1, "n/a": 1}


@pytest.mark.parametrize(("name", "part"), [("tg_utterances", "several words"), ("tg_single_phones", "phones")])
def test_labels_of_another_kind_are_one_line(case, name, part):
    with pytest.raises(BadInput) as error:
        read_words(case(name))
    assert_bad_input(error, "words.TextGrid", part, "stimuli.tier")


def test_an_alignment_of_another_name_is_read(case):
    words, provenance = read_words(case("alignment_other_name"))
    assert len(words) and "pieman.TextGrid" in provenance["alignment"]


@pytest.mark.parametrize(
    ("name", "text"), [("nfd_transcript", "The café opened."), ("zero_width_transcript", "The old baker.")]
)
def test_a_transcript_is_compared_in_one_form(case, name, text):
    words, _ = read_words(case(name))
    assert " ".join(words["word"]) == text


@pytest.mark.parametrize("name", SENTENCES)
def test_sentences_end_where_they_end(case, name):
    words, _ = read_words(case(name))
    last = words.groupby("sentence")["word"].last()
    assert [re.sub(r"[^\w-]", "", word) for word in last] == SENTENCES[name]


def test_a_number_ends_no_sentence(case):
    words, _ = read_words(case("numbers_gentle"))
    assert words["sentence"].nunique() == 1


def test_curly_apostrophes_have_the_labels_of_straight_ones(shared_data, nlp):
    """Of the parser: both spellings of a story give the same parts of speech and dependencies."""
    folder = shared_data / "narratives/stimuli/gentle/notthefallintact"
    words = prepare_words(folder / "align.csv")[0]["word"].tolist()[:400]
    spellings = [[re.sub("['’]", mark, word) for word in words] for mark in "'’"]
    assert spellings[0] != spellings[1]
    straight, curly = (next(parse_words([split_words(spelled, nlp)], nlp)) for spelled in spellings)
    assert straight.labels == curly.labels


def test_two_alignments_of_a_story_stop_the_plan(shared_data, tmp_path, case):
    config = case("words_tsv_na_and_quotes")
    write_gentle(tmp_path / "data/stimuli/gentle" / STORY, "the,the,0.5,0.7")
    with pytest.raises(BadInput) as error:
        plan_case(config)
    assert_bad_input(error, "align.csv", "words.tsv", "stimuli.words")
    chosen = config | {"stimuli": {"words": "stimuli/{story}/words.tsv"}}
    assert plan_case(chosen).stories[STORY].alignment.endswith("words.tsv")


# ---- Events and clocks ---------------------------------------------------------------------------------------------


def test_another_label_of_events_is_reported(case):
    config = case("events_other_label")
    try:
        plan = plan_case(config)
    except BadInput as error:
        assert "Story" in str(error) and "fixation" in str(error) and "onset_event" in str(error)
    else:
        assert notes_with(plan, "Story", "fixation")
    named = plan_case(config | {"dataset": config["dataset"] | {"onset_event": "Story"}})
    starts = 1.5 * named.runs["01"][0].n_dropped + named.stories[STORY].shift  # s from the start of the run
    assert starts == pytest.approx(12 - first_onset(named.stories[STORY].alignment))


def test_events_without_a_type(case):
    config = case("events_no_trial_type")
    assert notes_with(plan_case(config), "trial_type")
    plan = plan_case(config | {"dataset": config["dataset"] | {"onsets": 8}})
    assert plan.runs["01"][0].n_dropped == 8 and not notes_with(plan, "trial_type")


def test_start_time_moves_the_words(case):
    plan = plan_case(case("sidecar_starttime"))
    assert plan.stories[STORY].shift - 1.5 * plan.runs["01"][0].n_dropped == pytest.approx(-6.75)
    assert notes_with(plan, "StartTime", "6.75")


def test_a_repetition_time_in_milliseconds(cases, shared_data, tmp_path):
    config = lay_over(cases / "participants_id_space", shared_data / "pieman", tmp_path / "data")
    with pytest.raises(BadInput) as error:
        plan_case(config | {"dataset": config["dataset"] | {"tr": 1500}})
    assert_bad_input(error, "tr", "1500", "seconds")


# ---- Runs ----------------------------------------------------------------------------------------------------------


def test_files_without_desc(case):
    """As fMRIPrep names its surfaces; where another desc is wanted, the line names the nearest file that is there."""
    config = case("fmriprep_no_desc")
    assert plan_case(config).runs["01"][0].n_volumes == N_VOLUMES
    config["dataset"]["desc"] = "preproc"
    with pytest.raises(BadInput) as error:
        plan_case(config)
    assert_bad_input(error, "sub-01_task-pieman_hemi-L_space-fsaverage5_bold.func.gii")


@pytest.mark.parametrize(
    ("key", "values"), [("acq", ("mb", "sb")), ("dir", ("AP", "PA")), ("atlas", ("Glasser", "Tian"))]
)
def test_a_choice_between_files_is_made_by_config(shared_data, tmp_path, key, values):
    folder = tmp_path / "data"
    one_listener(shared_data / "pieman", folder)
    run = folder / "sub-01/func/sub-01_task-pieman_desc-hubs_timeseries.tsv"
    for value in values:
        run.with_name(f"sub-01_task-pieman_{key}-{value}_desc-hubs_timeseries.tsv").write_text(run.read_text())
    run.unlink()
    dataset = CONFIG["dataset"] | {"root": str(folder)}
    with pytest.raises(BadInput) as error:
        plan_case(CONFIG | {"dataset": dataset})
    assert_bad_input(error, "dataset.entities", *values)
    chosen = plan_case(CONFIG | {"dataset": dataset | {"entities": {key: values[0]}}})
    assert f"{key}-{values[0]}" in chosen.runs["01"][0].paths[0]


def test_sections_as_runs(case):
    """Nothing is dropped in silence; each run is its own part, or the plan says what it leaves out."""
    config = case("lpp_sections_as_runs")
    try:
        plan = plan_case(config)
        assert len(plan.runs["01"]) == 3 or notes_with(plan, "run")
    except BadInput as error:
        assert "section" in str(error)
    by_part = config["dataset"] | {"repeated_runs": "parts"}
    plan = plan_case(config | {"dataset": by_part, "stimuli": {"columns": {"section": "section"}}})
    assert [(run.story, run.run) for run in plan.runs["01"]] == [(f"lppEN{k + 1}", str(15 + k)) for k in range(3)]
    stories = {f"section{k}": {"task": "lppEN", "run": 14 + k, "section": k} for k in (1, 2, 3)}
    plan = plan_case(
        config | {"dataset": config["dataset"] | {"stories": stories}, "stimuli": {"columns": {"section": "section"}}}
    )
    assert [(run.story, run.run) for run in plan.runs["01"]] == [(f"section{k}", str(14 + k)) for k in (1, 2, 3)]


def test_words_of_a_section(case):
    config = case("lpp_sections_as_runs")
    config["dataset"]["repeated_runs"] = "parts"
    config["stimuli"] = {"columns": {"section": "section"}}
    words, _ = read_words(config, "lppEN2")
    assert words["word"].tolist() == [f"w{k}" for k in range(200, 400)]


def test_a_pointer_is_no_run(case):
    with pytest.raises(BadInput) as error:
        plan_case(case("lfs_pointer_run"))
    assert_bad_input(error, "sub-01_task-pieman_desc-hubs_timeseries.tsv", "pointer", "git lfs")


@pytest.mark.parametrize("name", ["participants_id_space", "participants_excel_blank_rows"])
def test_blanks_in_the_table_of_participants(case, name):
    plan = plan_case(case(name))
    assert plan.subjects == ["01"]
