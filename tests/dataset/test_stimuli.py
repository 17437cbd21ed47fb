"""Alignments and transcripts, on disk or to download."""

import pytest

from brainforecast.dataset.plan import make_plan
from brainforecast.dataset.stimuli import find_audio
from brainforecast.errors import BadInput
from helpers.datasets import assert_bad_input, write_dataset, write_lines, write_remote_dataset


def test_story_without_alignment_is_excluded_unless_configured(tmp_path):
    """A run of a story without an alignment is excluded; naming the story in the config is an error."""
    dataset = write_dataset(tmp_path)
    (tmp_path / "stimuli/myth/words.tsv").unlink()
    assert {row.reason for row in make_plan(dataset).exclusions} == {"no alignment"}
    with pytest.raises(BadInput) as error:
        make_plan({**dataset, "stories": ["fable", "myth"]})
    assert_bad_input(error, "dataset.stories", "myth", "fable", tmp_path)


def test_a_story_to_download_is_planned_the_same_before_and_after(tmp_path):
    """A story named in the config, by default in the layout of Narratives. The other story stays where it is."""
    dataset = write_remote_dataset(tmp_path / "data", stories=["fable", "myth"])
    plan = make_plan(dataset, stimuli=str(tmp_path / "resources"))
    folder = tmp_path / "resources/tiny/stimuli/gentle/myth"
    assert (plan.stories["myth"].alignment, plan.stories["myth"].transcript) == (
        str(folder / "align.csv"),
        str(folder / "transcript.txt"),
    )
    assert plan.stories["fable"].alignment == f"{dataset['root']}/stimuli/fable/words.tsv"
    assert [run.story for run in plan.runs["01"]] == ["fable", "myth"]
    write_lines(folder / "align.csv", "Once,once,0.5,0.9")
    write_lines(folder / "transcript.txt", "Once")
    assert make_plan(dataset, stimuli=str(tmp_path / "resources")) == plan


def test_a_story_that_cannot_be_downloaded_is_refused(tmp_path):
    """Without a URL, and a story without runs."""
    dataset = write_remote_dataset(tmp_path, stories=["fable", "myth"])
    with pytest.raises(BadInput) as error:
        make_plan(dataset | {"url": None})
    assert_bad_input(error, "dataset.stories myth", "no alignment under")
    with pytest.raises(BadInput, match=r"dataset\.stories mith"):
        make_plan(dataset | {"stories": ["fable", "mith"]})


def test_unnamed_stories_are_downloaded_if_their_alignment_is_listed(tmp_path):
    """In the table of checksums, or by a git-annex link; else a story has no alignment."""
    dataset = write_remote_dataset(tmp_path)
    assert list(make_plan(dataset).stories) == ["fable"]
    link = tmp_path / "stimuli/myth/words.TextGrid"
    link.parent.mkdir()
    link.symlink_to("../.git/annex/objects/x")
    assert make_plan(dataset).stories["myth"].alignment == "resources/tiny/stimuli/myth/words.TextGrid"
    assert make_plan(dataset).stories["myth"].transcript is None
    link.unlink()
    write_lines(tmp_path / "sums.tsv", "path\tmd5", f"stimuli/gentle/myth/align.csv\t{'a' * 32}")
    plan = make_plan(dataset | {"checksums": "sums.tsv"})
    assert plan.stories["myth"].alignment == "resources/tiny/stimuli/gentle/myth/align.csv"


def test_audio_is_a_wav_file_in_the_folder_of_its_story(tmp_path):
    """Another format is to be converted, and a story without audio says what it lacks."""
    with pytest.raises(BadInput, match=r"stimuli/fable/audio.wav: found no audio; expected .* without envelope$"):
        find_audio(tmp_path, "fable")
    write_lines(tmp_path / "stimuli/fable/audio.mp3", "ID3")
    with pytest.raises(BadInput, match=r"audio.mp3: found audio in the format .mp3; expected .*audio.wav: convert it"):
        find_audio(tmp_path, "fable")
    wave = write_lines(tmp_path / "stimuli/fable/audio.WAV", "RIFF")
    assert find_audio(tmp_path, "fable") == str(wave)
