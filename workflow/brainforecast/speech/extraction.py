"""Extract the states of a speech model, one vector per word of a story and layer."""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import torch
from scipy.signal import resample_poly
from transformers import SequenceFeatureExtractor

from brainforecast.errors import BadInput
from brainforecast.language.extraction import check_finite, checked_layers
from brainforecast.language.tokens import batches
from brainforecast.progress import log_progress
from brainforecast.speech.frames import Frames, frames_of
from brainforecast.speech.loading import prepare_features

logger = logging.getLogger("brainforecast")

MOST_OUTSIDE = 0.1  # share of a story's words without audio: above it, the audio is another one or on another clock
LOUDEST = 4.0  # of floating point samples: beyond it full scale is not 1, and not every model scales its input
CANCELLED = 1e-2  # of the peak of the channels: a mean of them that stays below it is no sound
BLOCK = 2**20  # samples looked at together
SLACK = 1e-3  # samples: times in s times the rate are whole numbers only to the precision of the computer
SAME_TIME = 1e-6  # s: a frame this long before a time is at it
KINDS = {
    "outside": "outside the audio, a vector of zeros",
    "silent": "without sound: all of its samples are the same",
    "cut_short": "cut by the end of the audio",
    "between_frames": "between two frames, the last frame before their end",
    "longer_than_context": "longer than the context, their last part",
}


@dataclass(frozen=True)
class SpeechSettings:
    """How the states of a speech model are extracted; from the model's section of the config.

    audio_context : s of audio in one input, the word and what is before it
    batch_size : inputs in a forward pass; no vector depends on the others in its batch
    """

    audio_context: float
    batch_size: int = 8


class Sound(Protocol):
    """What is needed of the audio of a story; `readers.audio.Audio` has it."""

    path: str
    samples: np.ndarray  # (n_samples, n_channels)
    rate: int  # Hz
    peak: float  # largest magnitude, where full scale is 1

    @property
    def seconds(self) -> float:
        """Duration."""

    def mono(self, start: int, stop: int) -> np.ndarray:
        """Mean of the channels from one sample to before another, (stop - start,) float32."""


def extract_speech(
    words: Sequence[str],
    times: np.ndarray,
    audio: Sound,
    extractor: SequenceFeatureExtractor,
    model,
    settings: SpeechSettings,
    *,
    layers: Sequence[int] | None = None,
) -> tuple[dict[int, np.ndarray], dict[str, int]]:
    """Extract the states of a speech model, one vector per word and layer; no vector depends on audio after the word.

    Parameters
    ----------
    words : (n_words,) the story
    times : (n_words, 2) onset and offset of each, s from the start of the audio
    audio : from `readers.audio.read_audio`
    extractor, model : from `speech.loading.load_speech_model`
    layers : layers to keep; all by default. Layer k is ``hidden_states[k]`` of transformers, 0 what enters the first
        transformer layer.

    Returns
    -------
    activations : layer -> (n_words, n_features) float32
    counts : number of words of each of `KINDS`

    Raises
    ------
    BadInput : a layer or context out of range; more than `MOST_OUTSIDE` of the words outside the audio; samples of
        another scale; channels that cancel; a state that is not a finite number.

    Notes
    -----
    One input per word: the audio from ``audio_context`` before its offset, or from the start, to its offset. It is cut
    first and then resampled to the model's rate (polyphase filter), so that neither the filter nor a normalisation over
    the input reaches beyond the word. Channels are averaged. A word's vector is the mean of the frames whose middle
    lies from its onset to before its offset; of a word between two frames, the last frame before its offset
    (`speech.frames`). Frames of padding, as a feature extractor may put behind the audio, are not used.
    """
    frames = frames_of(model.name_or_path, model.config.to_dict())
    layers = checked_layers(layers, model)
    _check_scale(audio, settings, frames, extractor, model)
    inputs, counts = _plan_inputs(words, times, audio, extractor.sampling_rate, frames, settings)
    activations: dict[int, torch.Tensor] = {}
    for batch in log_progress(batches(inputs, settings.batch_size), len(inputs), "word", len):
        sounds = [_sound(one, audio, extractor.sampling_rate, frames) for one in batch]
        with torch.inference_mode():
            output = model(**prepare_features(sounds, extractor, model), output_hidden_states=True)
        for layer in layers:
            states = output.hidden_states[layer]  # (n_inputs, n_frames, n_features)
            vectors = activations.setdefault(layer, torch.zeros(len(words), states.shape[2]))
            for row, one in enumerate(batch):
                vectors[one.word] = states[row, one.frames].float().mean(dim=0).cpu()
            check_finite(vectors[[one.word for one in batch]], model, layer, [words[one.word] for one in batch])
    return {layer: vectors.numpy() for layer, vectors in activations.items()}, counts


class _Input(NamedTuple):
    """One word, its samples of the audio, and the frames of it that are the word's."""

    word: int
    start: int
    stop: int
    frames: slice


def _plan_inputs(
    words: Sequence[str], times: np.ndarray, audio: Sound, rate: int, frames: Frames, settings: SpeechSettings
) -> tuple[list[_Input], dict[str, int]]:
    """The input of each word that has audio, and how many words are of each of `KINDS`; both are logged."""
    inputs, kinds = [], {kind: [] for kind in KINDS}
    n_samples, length = len(audio.samples), max(1, math.floor(settings.audio_context * audio.rate + SLACK))
    for word, (onset, offset) in enumerate(times.tolist()):
        end = math.floor(offset * audio.rate + SLACK)
        if end < 1 or onset >= audio.seconds:
            kinds["outside"].append(word)
            continue
        stop = min(end, n_samples)
        start = max(0, stop - length)
        n_padded, n_resampled = _lengths(stop - start, audio.rate, rate, frames)
        middles = frames.middle + frames.step * np.arange(frames.count(n_resampled)) - n_padded  # samples at `rate`
        own, is_between = frames_of_word(start / audio.rate + middles / rate, onset, offset)
        inputs.append(_Input(word, start, stop, own))
        sound = audio.mono(max(0, math.floor(onset * audio.rate)), stop)
        kinds["silent"] += [word] if sound.size > 1 and not np.ptp(sound) else []
        kinds["cut_short"] += [word] if end > n_samples else []
        kinds["between_frames"] += [word] if is_between else []
        kinds["longer_than_context"] += [word] if onset * audio.rate < start - SLACK and start else []
    _check_outside(words, times, kinds["outside"], audio)
    for kind, of_kind in kinds.items():
        if of_kind:
            named = " ".join(words[word] for word in of_kind[:20])
            logger.info("%d of %d words %s: %s", len(of_kind), len(words), KINDS[kind], named)
    return inputs, {kind: len(of_kind) for kind, of_kind in kinds.items()}


def frames_of_word(middles: np.ndarray, onset: float, offset: float) -> tuple[slice, bool]:
    """The frames of a word among those of its input, and whether it lies between two frames.

    Parameters
    ----------
    middles : (n_frames,) times of the frames, increasing; onset, offset : of the word.
    """
    first, last = np.searchsorted(middles, [onset - SAME_TIME, offset - SAME_TIME])  # the first from these times on
    if first < last:
        return slice(int(first), int(last)), False
    nearest = max(0, int(last) - 1)
    return slice(nearest, nearest + 1), True


def _lengths(n_samples: int, rate: int, model_rate: int, frames: Frames) -> tuple[int, int]:
    """Samples of silence before an input that is too short for the model, and of the input with them, resampled."""
    n_resampled = -(-n_samples * model_rate // rate)
    n_padded = max(0, frames.shortest - n_resampled)
    return n_padded, min(n_padded + n_resampled, frames.longest or math.inf)


def _sound(one: _Input, audio: Sound, rate: int, frames: Frames) -> np.ndarray:
    """The audio of an input at the model's rate, (n_samples,) float32."""
    sound = audio.mono(one.start, one.stop)
    common = math.gcd(audio.rate, rate)
    if audio.rate != rate:
        sound = resample_poly(sound, rate // common, audio.rate // common)
    n_padded, n_resampled = _lengths(one.stop - one.start, audio.rate, rate, frames)
    return np.concatenate([np.zeros(n_padded, dtype=np.float32), sound])[:n_resampled]


def _check_scale(audio: Sound, settings: SpeechSettings, frames: Frames, extractor, model) -> None:
    rate = extractor.sampling_rate
    if frames.longest and settings.audio_context * rate > frames.longest:
        expected = f"at most {frames.longest / rate:g} s, the longest input of {model.name_or_path}"
        raise BadInput("audio_context", f"{settings.audio_context:g} s", expected)
    if audio.peak > LOUDEST:
        raise BadInput(audio.path, f"samples of up to {audio.peak:g}", "floating point samples from -1 to 1")
    if audio.samples.shape[1] > 1:
        starts = range(0, len(audio.samples), BLOCK)
        peak = max(float(np.abs(audio.mono(start, start + BLOCK)).max()) for start in starts)
        if peak < CANCELLED * audio.peak:
            found = (
                f"channels that cancel each other: their mean is at most {peak:.2g}, they are up to {audio.peak:.2g}"
            )
            raise BadInput(audio.path, found, "channels in phase, or one channel")
        logger.info("%s: the mean of its %d channels is taken", audio.path, audio.samples.shape[1])
    if audio.rate < rate:
        logger.info(
            "%s: %d Hz, for a model of %d Hz: nothing above %d Hz", audio.path, audio.rate, rate, audio.rate / 2
        )


def _check_outside(words: Sequence[str], times: np.ndarray, outside: Sequence[int], audio: Sound) -> None:
    if len(outside) > MOST_OUTSIDE * len(words):
        word = outside[0]
        found = f"{len(outside)} of {len(words)} words before or after its {audio.seconds:.1f} s"
        at = f"{words[word]!r}, at {times[word, 0]:.2f} s of it, the first"
        raise BadInput(audio.path, f"{found} ({at})", "the audio of the alignment, on the same clock")
