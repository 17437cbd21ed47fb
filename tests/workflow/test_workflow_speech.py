"""Speech models: complete runs on sound that is made here, to the report."""

import numpy as np
import pandas as pd
import pytest
from scipy.io import wavfile

from brainforecast.readers.audio import read_audio
from brainforecast.speech.extraction import SpeechSettings, extract_speech
from brainforecast.speech.loading import load_speech_model
from brainforecast.storage.activations import read_layer, read_metadata
from helpers.datasets import write_dataset, write_lines
from helpers.pages import visible_text
from helpers.speech_models import make_sound, save_speech_model
from helpers.studies import DISTANCES, ENCODING, Study

pytest_plugins = ["helpers.language_models", "helpers.workflow_runs"]

N_TRS = 45  # volumes of 2 s, two words in each
LATE, RATE = 3.3, 11_025  # s from the start of a run of the fable to its audio; Hz
CONTEXT = {"whisper": 2.0, "wav2vec2": 4.0}  # s
SECTIONS = {
    "fanout": {"cells_per_job": 50},
    "encoding": ENCODING,
    "sources": {"shuffled": {"block": 10}},
    "analyses": {
        "brain_score": {"models": ["whisper", "wav2vec2"], "layers": [0, 1, 2]},
        "forecast": {
            "models": ["whisper"], "layers": [2], "sources": ["true", "shuffled"], "widths": [1, 3],
            "distances": DISTANCES,
        },
    },
    "maps": {"model": "whisper", "layer": 2, "width": 3, "distance": 2},
}  # fmt: skip


def write_spoken_dataset(root) -> dict:
    """Two subjects and a story with stereo audio, which starts late in its runs."""
    dataset = write_dataset(root, subjects=["01", "02"], stories={"fable": N_TRS})
    write_lines(root / "task-fable_events.tsv", "onset\tduration\ttrial_type", f"{LATE}\t80\tstory")
    sound = (make_sound(2 * N_TRS, RATE) * 32_000).astype(np.int16)
    wavfile.write(root / "stimuli/fable/audio.wav", RATE, np.stack([sound, sound // 2], axis=1))
    return dataset | {"onset_marks": "audio"}


@pytest.fixture(scope="module")
def spoken(new_study, tmp_path_factory) -> Study:
    """A complete run of a Whisper and a wav2vec 2.0 model."""
    folders = {name: save_speech_model(name, tmp_path_factory.mktemp(name)) for name in CONTEXT}
    models = {name: {"source": folders[name], "audio_context": seconds} for name, seconds in CONTEXT.items()}
    study = new_study(write_spoken_dataset, **SECTIONS | {"models": models})
    study.run()
    return study


def test_speech_models_run_to_a_report(spoken):
    """Brain scores of both models at every layer, forecast scores of true and shuffled windows, and the page."""
    scores = pd.read_parquet(spoken.results / "group/brain_scores.parquet")
    assert set(scores["model"]) == set(CONTEXT) and set(scores["layer"]) == {0, 1, 2} and scores["mean"].notna().all()
    forecast = pd.read_parquet(spoken.results / "group/forecast_scores.parquet")
    assert set(forecast["source"]) == {"true", "shuffled"} and set(forecast["width"]) >= {1, 3}
    assert set(forecast["distance"]) >= set(DISTANCES) and forecast["mean"].notna().all()
    assert "model whisper" in visible_text((spoken.results / "report.html").read_text())


@pytest.mark.parametrize("name", CONTEXT)
def test_words_have_the_audio_of_their_time(spoken, name):
    """States are those at the times of the alignment, whenever the audio starts in a run."""
    table = pd.read_csv(spoken.folder / "data/stimuli/fable/words.tsv", sep="\t")
    times = np.stack([table["onset"], table["onset"] + table["duration"]], axis=1)
    extractor, model = load_speech_model(spoken.config["models"][name]["source"], device="cpu")
    audio = read_audio(spoken.folder / "data/stimuli/fable/audio.wav")
    words, settings = table["word"].tolist(), SpeechSettings(CONTEXT[name])
    expected, _ = extract_speech(words, times, audio, extractor, model, settings)
    path = spoken.results / f"activations/{name}/fable.safetensors"
    for layer, states in expected.items():
        found = read_layer(path, layer)
        assert len(found) == 2 * N_TRS - 2
        np.testing.assert_allclose(found, states, rtol=0, atol=1e-5 * np.abs(states).max())
    metadata = read_metadata(path)
    assert metadata["audio_context"] == CONTEXT[name] and metadata["words"]["outside"] == 0
    assert metadata["shift"] == pytest.approx(LATE % 2)  # whole volumes are dropped


def test_a_speech_model_needs_audio(spoken):
    """Planning stops in one line where a story has it in another format, or not at all."""
    wave = spoken.folder / "data/stimuli/fable/audio.wav"
    other = wave.rename(wave.with_suffix(".mp3"))
    try:
        assert "audio.mp3: found audio in the format .mp3; expected" in spoken.run("-n", exit_code=1)
    finally:
        other.rename(wave)
    config = spoken.with_config("elsewhere", stimuli={"audio": "sounds/{story}.wav"})
    output = spoken.run("-n", "--configfile", config, exit_code=1)
    assert "data/sounds/fable.wav: found no audio; expected the story's audio" in output
