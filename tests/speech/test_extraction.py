"""States of speech models against plain forward passes of transformers over audio that is cut at each word's end."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.io import wavfile
from scipy.signal import resample_poly
from transformers import AutoFeatureExtractor, AutoModel

from brainforecast.errors import BadInput
from brainforecast.readers.audio import Audio, read_audio
from brainforecast.speech.extraction import SpeechSettings, extract_speech, frames_of_word
from brainforecast.speech.loading import load_speech_model
from helpers.speech_models import MODELS, RATE, make_sound

pytest_plugins = ["helpers.language_models", "helpers.speech_folders"]
pytestmark = pytest.mark.usefixtures("one_thread")

SETTINGS = SpeechSettings(audio_context=1.5, batch_size=3)
# a first word that ends before there is a frame, words that touch, overlap, have no duration, or outlast the context
TIMES = np.array([
    [0.0, 0.004], [0.1, 0.35], [0.35, 0.8], [0.7, 1.1], [1.2, 1.2], [1.3, 1.55], [1.6, 1.605], [1.7, 2.0], [2.0, 2.6],
    [0.9, 3.0], [3.2, 3.45], [3.5, 3.7],
])  # fmt: skip
WORDS = [f"word{i}" for i in range(len(TIMES))]
SECONDS, STEREO_RATE = 4.0, 22_050
# samples: middle of the first frame, and step
TIMING = {"moonshine": (447.5, 384), "sew": (360, 640), "sew-d": (360, 640), "wav2vec2-bert": (280, 320),
          "whisper": (0, 320), "speech_to_text": (200, 640)}  # fmt: skip


def stereo() -> np.ndarray:
    """Two channels that differ, (n_samples, 2) int16."""
    left, right = make_sound(SECONDS, STEREO_RATE, seed=1), make_sound(SECONDS, STEREO_RATE, seed=2)
    return (np.stack([left, right], axis=1) * 20_000).astype(np.int16)


@pytest.fixture(scope="module")
def audio(tmp_path_factory) -> Audio:
    """A stereo file of another rate than the models'."""
    return written(tmp_path_factory.mktemp("audio") / "audio.wav", stereo())


def written(path, samples, rate=STEREO_RATE) -> Audio:
    wavfile.write(path, rate, samples)
    return read_audio(path)


def extracted(audio, folder, *, times=TIMES, settings=SETTINGS, **options):
    extractor, model = load_speech_model(folder, device="cpu")
    words = [f"word{i}" for i in range(len(times))]
    return extract_speech(words, times, audio, extractor, model, settings, **options)


def plain_states(name: str, extractor, encoder, samples: np.ndarray, onset: float, offset: float) -> list[np.ndarray]:
    """One word, all layers, by a forward pass over the audio until its end, and a loop over frames."""
    end = round(offset * STEREO_RATE - 0.499)
    start = max(0, end - round(SETTINGS.audio_context * STEREO_RATE))
    sound = resample_poly((samples[start:end] / 32768).mean(axis=1).astype(np.float32), 320, 441)
    middle, step = TIMING.get(name, (200, 320))
    shortest = {"whisper": 1, "speech_to_text": 880, "sew": 720, "sew-d": 720}.get(name, round(2 * middle))
    padding = max(0, shortest - sound.size)
    sound = np.concatenate([np.zeros(padding, np.float32), sound])
    features = extractor([sound], sampling_rate=RATE, return_tensors="pt")
    with torch.inference_mode():
        layers = [states[0].numpy() for states in encoder(**features, output_hidden_states=True).hidden_states]
    at = [start / STEREO_RATE + (middle + step * i - padding) / RATE for i in range(len(layers[0]))]
    if name == "wav2vec2-bert":  # a last one of a single spectrum is masked
        at = [t for t, is_whole in zip(at, features["attention_mask"][0], strict=True) if is_whole]
    if name == "whisper":  # what is after the sound is padding
        at = [t for i, t in enumerate(at) if i * step < sound.size]
    inside = [i for i, t in enumerate(at) if onset <= t + 1e-6 < offset]  # rounding of times decides nothing
    before = [i for i, t in enumerate(at) if t + 1e-6 < offset]
    return [states[inside or before[-1:] or [0]].mean(axis=0) for states in layers]


@pytest.mark.parametrize("name", MODELS)
def test_states_equal_plain_forward_passes(name, speech_model, audio):
    """Every family and layer, from a stereo file of another rate, words of every length."""
    folder = speech_model(name)
    found, counts = extracted(audio, folder)
    between = counts.pop("between_frames")
    assert between >= 1 and counts == {"outside": 0, "silent": 0, "cut_short": 0, "longer_than_context": 1}
    extractor, model = AutoFeatureExtractor.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    encoder = model.get_encoder() if model.config.is_encoder_decoder else model
    expected = [plain_states(name, extractor, encoder, stereo(), *times) for times in TIMES.tolist()]
    assert list(found) == [0, 1, 2]
    for layer, states in found.items():
        assert states.dtype == np.float32 and states.shape == (len(TIMES), 16)
        plain = np.stack([layers[layer] for layers in expected])
        np.testing.assert_allclose(states, plain, rtol=0, atol=5e-6 * np.abs(plain).max())


@pytest.mark.parametrize("name", MODELS)
def test_audio_after_a_word_changes_none_of_its_states(name, speech_model, tmp_path):
    """Noise at full scale from a word's end on: bit by bit the same states of all words until then, others after."""
    folder, clean = speech_model(name), stereo()
    before, _ = extracted(written(tmp_path / "clean.wav", clean), folder)
    for word in (2, 7):
        poisoned = clean.copy()
        end = round(TIMES[word, 1] * STEREO_RATE)
        poisoned[end:] = np.random.default_rng(word).integers(-32768, 32767, size=poisoned[end:].shape)
        after, _ = extracted(written(tmp_path / "poisoned.wav", poisoned), folder)
        early = TIMES[:, 1] <= TIMES[word, 1]
        for layer, states in before.items():
            assert np.array_equal(after[layer][early], states[early])
            assert (np.abs(after[layer] - states)[~early].max(axis=1) > 1e-4).all()


def test_audio_before_the_context_changes_nothing(speech_model, tmp_path):
    """Of words that end later than the context is long; with a longer one it does."""
    folder, clean = speech_model("wav2vec2"), stereo()
    changed = clean.copy()
    changed[: round(0.4 * STEREO_RATE)] = 5000
    files = [written(tmp_path / f"{i}.wav", samples) for i, samples in enumerate((clean, changed))]
    late = TIMES[:, 1] > 0.4 + SETTINGS.audio_context
    (first, _), (second, _) = (extracted(file, folder, layers=[2]) for file in files)
    assert np.array_equal(first[2][late], second[2][late]) and late.any()
    longer = replace(SETTINGS, audio_context=10.0)
    (first, _), (second, _) = (extracted(file, folder, layers=[2], settings=longer) for file in files)
    assert (np.abs(first[2] - second[2]).max(axis=1)[late] > 1e-4).all()


@pytest.mark.parametrize("name", ["wav2vec2", "wav2vec2-large", "wavlm", "wav2vec2-bert", "whisper"])
def test_states_do_not_depend_on_the_batch(name, speech_model, audio):
    """One word at a time or all at once, with other words or without."""
    folder = speech_model(name)
    one, _ = extracted(audio, folder, settings=replace(SETTINGS, batch_size=1))
    many, _ = extracted(audio, folder, settings=replace(SETTINGS, batch_size=100))
    some, _ = extracted(audio, folder, times=TIMES[5:9])
    for layer, states in one.items():
        scale = np.abs(states).max()
        np.testing.assert_allclose(many[layer], states, rtol=0, atol=2e-6 * scale)
        np.testing.assert_allclose(some[layer], states[5:9], rtol=0, atol=2e-6 * scale)


def test_a_click_is_in_the_vector_of_its_word(speech_model, tmp_path):
    """Of ten words of .3 s, the one that a click falls into changes most, and none before it."""
    folder, rng = speech_model("whisper"), np.random.default_rng(0)
    times = np.array([[0.1 + 0.3 * i, 0.4 + 0.3 * i] for i in range(10)])
    noise = rng.normal(scale=0.05, size=4 * RATE).astype(np.float32)
    before, _ = extracted(written(tmp_path / "noise.wav", noise, RATE), folder, times=times, layers=[0])
    for word in (1, 4, 8):
        clicked = noise.copy()
        middle = round(times[word].mean() * RATE)
        clicked[middle : middle + 32] += 0.3 * rng.choice([-1, 1], size=32).astype(np.float32)
        after, _ = extracted(written(tmp_path / "clicked.wav", clicked, RATE), folder, times=times, layers=[0])
        change = np.linalg.norm(after[0] - before[0], axis=1)
        assert change.argmax() == word and (change[:word] == 0).all()


def test_the_frames_of_a_word():
    """From the onset on, before the offset; none between two frames: the last one before the offset, or the first."""
    middles = np.array([0.0, 0.02, 0.04, 0.06])
    assert frames_of_word(middles, 0.02, 0.06) == (slice(1, 3), False)
    assert frames_of_word(middles, 0.02 + 1e-12, 0.06 + 1e-12) == frames_of_word(middles, 0.02 - 1e-12, 0.06 - 1e-12)
    assert frames_of_word(middles, 0.01, 1.0) == (slice(1, 4), False)
    assert frames_of_word(middles, 0.03, 0.03) == (slice(1, 2), True)
    assert frames_of_word(middles, 0.045, 0.055) == (slice(2, 3), True)
    assert frames_of_word(middles + 0.01, 0.0, 0.005) == (slice(0, 1), True)


@pytest.mark.parametrize(
    "kind", ["uint8", "int16", "int24", "int32", "float32", "float64", "stereo", "8000", "11025", "44100", "48000"]
)
def test_formats_of_a_recording_give_nearly_the_same_states(kind, speech_model, tmp_path):
    """Sound below 3 kHz, in every width of samples and at every rate: states of one recording correlate."""
    rate = int(kind) if kind.isdigit() else RATE
    sound = resample_poly(make_sound(SECONDS, 8000), rate // 25, 320).clip(-1, 1) * 0.9
    reference, _ = extracted(
        written(tmp_path / "reference.wav", resample_poly(make_sound(SECONDS, 8000), 2, 1).clip(-1, 1) * 0.9, RATE),
        speech_model("whisper"),
    )
    path = tmp_path / "audio.wav"
    if kind == "int24":
        write_24_bits(path, rate, sound)
    else:
        scale, zero, dtype = {"uint8": (127, 128, "u1"), "int32": (2**31 - 1, 0, "i4"), "float32": (1, 0, "f4"),
                              "float64": (1, 0, "f8")}.get(kind, (32767, 0, "i2"))  # fmt: skip
        samples = np.stack([sound, sound], axis=1) if kind == "stereo" else sound
        wavfile.write(path, rate, (samples * scale + zero).astype(dtype))
    found, _ = extracted(read_audio(path), speech_model("whisper"))
    at_least = 0.9 if kind == "uint8" else 0.99  # 8 bits have noise of their own where there is no sound
    for layer, states in found.items():
        assert np.corrcoef(states.ravel(), reference[layer].ravel())[0, 1] > at_least


def write_24_bits(path, rate: int, sound: np.ndarray) -> None:
    """A WAV file of 24 bits, which scipy does not write."""
    data = b"".join(int(value * (2**23 - 1)).to_bytes(3, "little", signed=True) for value in sound)
    head = (16).to_bytes(4, "little") + b"\x01\x00\x01\x00" + rate.to_bytes(4, "little")
    head += (3 * rate).to_bytes(4, "little") + b"\x03\x00\x18\x00data" + len(data).to_bytes(4, "little")
    path.write_bytes(b"RIFF" + (36 + len(data)).to_bytes(4, "little") + b"WAVEfmt " + head + data)


def test_words_outside_the_audio_are_counted(speech_model, audio, caplog):
    """A few have a vector of zeros, with a line in the log; one that the end cuts has the frames that there are."""
    times = np.concatenate([np.linspace([0.0, 0.2], [3.0, 3.2], 30), [[-1.0, -0.5], [3.9, 4.3], [4.1, 4.4]]])
    with caplog.at_level("INFO"):
        found, counts = extracted(audio, speech_model("hubert"), times=times, layers=[1])
    assert counts == {"outside": 2, "silent": 0, "cut_short": 1, "between_frames": 0, "longer_than_context": 0}
    assert (found[1][[30, 32]] == 0).all() and (np.abs(found[1][31]) > 0).any()
    assert "2 of 33 words outside the audio, a vector of zeros: word30 word32" in caplog.text
    with pytest.raises(
        BadInput, match=r"33 of 33 words before or after its 4\.0 s \('word0', at 10\.00 s of it, the fi"
    ):
        extracted(audio, speech_model("hubert"), times=times.clip(0, 4) + 10)


@pytest.mark.parametrize("name", ["wav2vec2", "whisper"])
def test_what_a_model_cannot_take_is_one_line(name, speech_model, audio, tmp_path):
    """A context beyond Whisper's input, samples of another scale, a layer that is not there."""
    folder = speech_model(name)
    if name == "whisper":
        with pytest.raises(BadInput, match=r"audio_context: found 2\.5 s; expected at most 2 s, the longest input of"):
            extracted(audio, folder, settings=SpeechSettings(2.5))
    loud = written(tmp_path / "loud.wav", make_sound(4.0).astype(np.float32) * 30_000, RATE)
    with pytest.raises(
        BadInput, match=r"loud.wav: found samples of up to \d+; expected floating point samples from -1"
    ):
        extracted(loud, folder)
    opposed = make_sound(4.0).astype(np.float32)
    with pytest.raises(BadInput, match=r"opposed.wav: found channels that cancel each other: their mean is at most 0"):
        extracted(written(tmp_path / "opposed.wav", np.stack([opposed, -opposed], axis=1), RATE), folder)
    with pytest.raises(BadInput, match="layer 3; expected one of its 3 layers"):
        extracted(audio, folder, layers=[3])


def test_a_word_in_silence_has_finite_states(speech_model, tmp_path):
    """Silence of nothing but zeros before and around a word."""
    for name in set(MODELS) - {"speech_to_text"}:
        sound = make_sound(SECONDS, RATE).astype(np.float32)
        sound[: 3 * RATE] = 0
        found, _ = extracted(written(tmp_path / "audio.wav", sound, RATE), speech_model(name))
        assert all(np.isfinite(states).all() for states in found.values())
        assert not math.isclose(np.ptp(found[2]), 0)


def test_words_without_sound_are_counted(speech_model, tmp_path, caplog):
    """Where a recording was muted, words have the states of silence, and are named; a word without duration is not."""
    sound = make_sound(SECONDS, RATE).astype(np.float32)
    sound[: 2 * RATE] = 0
    times = np.array([[0.2, 0.6], [1.0, 1.0], [1.5, 2.5], [3.0, 3.4]])
    with caplog.at_level("INFO"):
        audio = written(tmp_path / "audio.wav", sound, RATE)
        _, counts = extracted(audio, speech_model("hubert"), times=times, layers=[1])
    assert counts["silent"] == 1 and "1 of 4 words without sound: all of its samples are the same: word0" in caplog.text


def test_the_clock_of_the_run_changes_nothing(speech_model, tmp_path):
    """Times moved to the clock of a run and back, which rounds them, of words that start and end where frames do."""
    audio = written(tmp_path / "audio.wav", make_sound(SECONDS).astype(np.float32), RATE)
    times = np.array([[0.1 * i, 0.1 * i + 0.1] for i in range(38)])
    for name in ("whisper", "hubert"):
        exact, _ = extracted(audio, speech_model(name), times=times, layers=[1])
        for shift in (0.7, -13.3, 123.456):
            moved, _ = extracted(audio, speech_model(name), times=times + shift - shift, layers=[1])
            assert np.array_equal(moved[1], exact[1])
