"""Alignments and transcripts, on disk or to download."""

import pytest

from brainforecast.dataset.plan import make_plan
from brainforecast.dataset.stimuli import find_audio, find_stimuli
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


def test_audio_by_pattern(tmp_path):
    """Where config stimuli.audio says."""
    wave = write_lines(tmp_path / "stimuli/audio/fable_audio.wav", "RIFF")
    assert find_audio(tmp_path, "fable", "stimuli/audio/{story}_audio.wav") == str(wave)
    with pytest.raises(BadInput, match=r"stimuli/audio/myth_audio.wav: found no audio"):
        find_audio(tmp_path, "myth", "stimuli/audio/{story}_audio.wav")


# where alignments lie


def find(root, *, tasks=("fable",), stimuli=None, **dataset) -> dict[str, tuple]:
    """Alignment, transcript and section of each story, paths relative to the root."""
    found = find_stimuli({"root": str(root), **dataset}, tasks, "resources/tiny", stimuli)
    return {
        story: (
            str(own.alignment.relative_to(root)),
            own.transcript and str(own.transcript.relative_to(root)),
            own.options.section,
        )
        for story, own in found.items()
    }


@pytest.mark.parametrize(
    "name",
    [
        *(
            "gentle/fable/align.csv",
            "gentle/fable/align.json",
            "fable/words.tsv",
            "fable/words.csv",
            "fable/words.json",
        ),
        *("fable/words.TextGrid", "fable/fable.TextGrid", "fable/fable.textgrid", "fable/align.json"),
    ],
)
def test_known_places(tmp_path, name):
    """Each of them, extensions in any case."""
    write_lines(tmp_path / "stimuli" / name, "")
    assert find(tmp_path) == {"fable": (f"stimuli/{name}", None, None)}


def test_several_alignments_stop_until_one_is_chosen(tmp_path):
    """Two of one story are listed, with the key that chooses; the two files of Gentle are one alignment."""
    for name in ("gentle/fable/align.csv", "gentle/fable/align.json", "gentle/fable/transcript.txt"):
        write_lines(tmp_path / "stimuli" / name, "")
    gentle = ("stimuli/gentle/fable/align.csv", "stimuli/gentle/fable/transcript.txt", None)
    assert find(tmp_path) == {"fable": gentle}
    write_lines(tmp_path / "stimuli/fable/words.tsv", "")
    with pytest.raises(BadInput) as error:
        find(tmp_path)
    assert_bad_input(error, "fable", "stimuli/gentle/fable/align.csv, stimuli/fable/words.tsv", "stimuli.words")
    table = find(tmp_path, stimuli={"words": "stimuli/{story}/words.tsv"})
    assert table == {"fable": ("stimuli/fable/words.tsv", None, None)}


def test_alignments_and_transcripts_by_pattern(tmp_path):
    """Anywhere under the root; the stories are those of the pattern."""
    write_lines(tmp_path / "derivative/TextGrids/fable.TextGrid", "")
    write_lines(tmp_path / "derivative/TextGrids/myth.TextGrid", "")
    write_lines(tmp_path / "texts/fable.txt", "Once")
    pattern = {"words": "derivative/TextGrids/{story}.TextGrid"}
    assert list(find(tmp_path, stimuli=pattern)) == ["fable", "myth"]
    with_text = {**pattern, "transcript": "texts/{story}.txt"}
    found = find(tmp_path, stimuli=with_text, stories=["fable"])
    assert found == {"fable": ("derivative/TextGrids/fable.TextGrid", "texts/fable.txt", None)}
    with pytest.raises(BadInput) as error:
        find(tmp_path, stimuli=with_text)
    assert_bad_input(error, tmp_path / "texts/myth.txt", "no transcript", "stimuli.transcript: null")


def test_a_transcript_that_is_not_read_is_noted(tmp_path):
    """Beside a table of words; by pattern it is read."""
    dataset = write_dataset(tmp_path)
    write_lines(tmp_path / "stimuli/fable/transcript.txt", "Once")
    (note,) = [note for note in make_plan(dataset).notes if "transcript.txt" in note]
    assert "of fable: stimuli.transcript" in note
    plan = make_plan({**dataset, "stories": ["fable"]}, alignments={"transcript": "stimuli/{story}/transcript.txt"})
    assert not [note for note in plan.notes if "transcript.txt" in note]


def test_stories_by_run_have_their_own_alignment_or_section(tmp_path):
    """By their name or by their task; a section of a table."""
    runs = {f"section{i}": {"task": "prince", "run": 14 + i, "section": i} for i in (1, 2)}
    write_lines(tmp_path / "annotation/words.csv", "")
    found = find(tmp_path, tasks=["prince"], stimuli={"words": "annotation/words.csv"}, stories=runs)
    assert found == {f"section{i}": ("annotation/words.csv", None, str(i)) for i in (1, 2)}
    write_lines(tmp_path / "annotation/prince_15.TextGrid", "")
    first = {"section1": {**runs["section1"], "section": None, "words": "annotation/{task}_{run}.TextGrid"}}
    found = find(tmp_path, tasks=["prince"], stories=first)
    assert found == {"section1": ("annotation/prince_15.TextGrid", None, None)}
    write_lines(tmp_path / "stimuli/prince/words.tsv", "")
    assert find(tmp_path, tasks=["prince"], stories=runs)["section2"] == ("stimuli/prince/words.tsv", None, "2")


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("words/{stori}.tsv", ["stimuli.words", "{stori}", "nearest is {story}"]),
        ("words/{story}_{run}.tsv", ["stimuli.words", "{run}, which fable does not have", "dataset.stories"]),
        ("words/{story.tsv", ["stimuli.words", "words/{story.tsv", "braces in pairs"]),
        ("/words/{story}.tsv", ["stimuli.words", "a path below dataset.root"]),
        ("../words/{story}.tsv", ["stimuli.words", "a path below dataset.root"]),
    ],
)
def test_patterns_that_are_wrong(tmp_path, pattern, parts):
    """The key and the field."""
    write_lines(tmp_path / "words/fable.tsv", "")
    with pytest.raises(BadInput) as error:
        find(tmp_path, stimuli={"words": pattern}, stories=["fable"])
    assert_bad_input(error, *parts)


def test_a_pattern_of_one_file(tmp_path):
    """Its story has to be named; {task} names it too."""
    write_lines(tmp_path / "words/fable.tsv", "")
    with pytest.raises(BadInput) as error:
        find(tmp_path, stimuli={"words": "words/fable.tsv"})
    assert_bad_input(error, "stimuli.words", "one file for every story", "dataset.stories: [fable]")
    assert list(find(tmp_path, stimuli={"words": "words/{task}.tsv"})) == ["fable"]


def test_a_missing_alignment_names_what_lies_there(tmp_path):
    """The places that were looked at, and the files nearest to them; also where another story has one."""
    write_lines(tmp_path / "stimuli/fable/fable_aligned.csv", "")
    with pytest.raises(BadInput) as error:
        find(tmp_path)
    near = "files that lie there: stimuli/fable/fable_aligned.csv"
    assert_bad_input(
        error, "alignment of fable", near, "stimuli/gentle/fable/align.csv", "words.TextGrid", "stimuli.words"
    )
    write_lines(tmp_path / "stimuli/myth/words.tsv", "")
    with pytest.raises(BadInput) as error:
        find(tmp_path)
    assert_bad_input(error, "alignment of fable", near, "of the aligned stories, nearest is myth")
    with pytest.raises(BadInput) as error:
        find(tmp_path, stimuli={"words": "words/{story}.tsv"}, stories=["fable"])
    assert_bad_input(error, "dataset.stories fable", near, "expected words/fable.tsv")


@pytest.mark.parametrize("name", ["words.tsv", "fable.TextGrid"])
def test_pointers_in_place_of_alignments(tmp_path, name):
    """One line that says how to get the content, when planning; stories that no run needs do not matter."""
    path = write_lines(tmp_path / "stimuli/fable" / name, "version https://git-lfs.github.com/spec/v1", "oid sha256:0")
    with pytest.raises(BadInput) as error:
        find(tmp_path)
    assert_bad_input(error, path, "a pointer of git-lfs", "git lfs pull", "an alignment")
    path.unlink()
    path.symlink_to("../../.git/annex/objects/x")
    with pytest.raises(BadInput) as error:
        find(tmp_path)
    assert_bad_input(error, path, "whose content is not here", f"datalad get {path}")
    write_lines(tmp_path / "stimuli/myth/words.tsv", "")
    assert "fable" in find(tmp_path, tasks=["myth"])
