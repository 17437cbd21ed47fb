"""Speech models are checked before any job runs."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from brainforecast.errors import BadInput
from brainforecast.planning.models.speech import check_speech
from helpers.datasets import write_lines

ANALYSIS = {"models": ["spoken"], "layers": [2], "sources": ["true"], "widths": [3], "distances": [1]}


@pytest.fixture
def spoken_study(new_study, region_plan, tmp_path):
    """A function that makes a study of a model with these settings, and audio of every story."""

    def make(settings: dict, stories=("pieman", "myth"), analysis=ANALYSIS, audio_context=16.0, **changes):
        source = write_lines(tmp_path / "model/config.json", json.dumps(settings)).parent
        for story in stories:
            write_lines(tmp_path / f"stimuli/{story}/audio.wav", "RIFF")
        model = {"source": str(source), "audio_context": audio_context, "modality": "speech"}
        analyses = {"analyses__spoken": analysis} if analysis else {}
        return new_study(
            "pieman", region_plan, dataset__root=str(tmp_path), models__spoken=model, **analyses, **changes
        )

    return make


@pytest.mark.parametrize("kind", ["whisper", "wav2vec2", "sew-d", "wav2vec2-bert"])
def test_a_speech_model_with_audio_is_taken(spoken_study, kind):
    study = spoken_study({"model_type": kind})
    check_speech(study)
    assert study.models.speech == ["spoken"] and study.models.extraction("spoken")["audio_context"] == 16


def test_every_story_needs_audio_if_the_model_is_analysed(spoken_study):
    """A model that no analysis names needs none."""
    with pytest.raises(BadInput, match=r"stimuli/myth/audio.wav: found no audio; expected the story's audio"):
        check_speech(spoken_study({"model_type": "hubert"}, stories=["pieman"]))
    check_speech(spoken_study({"model_type": "hubert"}, stories=[], analysis=None))


def test_whisper_takes_thirty_seconds(spoken_study):
    """Or what its settings say; others have no limit."""
    with pytest.raises(BadInput, match=r"models.spoken.audio_context: found 31 s; expected at most 30 s, the longest"):
        check_speech(spoken_study({"model_type": "whisper"}, audio_context=31))
    with pytest.raises(BadInput, match="expected at most 10 s"):
        check_speech(spoken_study({"model_type": "whisper", "max_source_positions": 500}))
    check_speech(spoken_study({"model_type": "wavlm"}, audio_context=60))


@pytest.mark.parametrize("kind", ["speecht5", "seamless_m4t", "mctct", "bert"])
def test_another_family_is_one_line(spoken_study, kind):
    with pytest.raises(
        BadInput, match=f"models.spoken.source: found a model of type {kind}; expected a speech encoder"
    ):
        check_speech(spoken_study({"model_type": kind}))


def test_layer_0_of_a_speech_model_is_not_static(spoken_study):
    analysis = ANALYSIS | {"sources": ["true", "static"]}
    with pytest.raises(
        BadInput, match=r"sources.static.model: found spoken, whose layer 0 has .* expected word vectors"
    ):
        check_speech(spoken_study({"model_type": "wavlm"}, analysis=analysis, sources__static={"model": None}))
    check_speech(spoken_study({"model_type": "wavlm"}, analysis=analysis, sources__static={"model": "smollm2"}))


def test_a_model_that_is_not_here_yet_is_checked_by_its_job(spoken_study, tmp_path):
    study = spoken_study({"model_type": "whisper"})
    Path(tmp_path / "model/config.json").unlink()
    check_speech(study)


def test_variants_of_tokens_are_of_no_speech_model(spoken_study):
    """Those of a config's sensitivity: other contexts in tokens, other vectors of a word's tokens."""
    reported = {"model": "spoken", "layer": 2, "width": 3, "distance": 1}
    others = {"strict": False, "long_delays": False, "components": [], "shuffles": 0, "exclusions": {}}
    for key, value in {"word_vectors": ["mean"], "contexts": [64]}.items():
        study = spoken_study({"model_type": "hubert"})
        config = study.config | {"maps": study.config["maps"] | reported, "sensitivity": others | {key: value}}
        with pytest.raises(BadInput, match=f"sensitivity.{key}: found variants of spoken"):
            check_speech(replace(study, config=config))
