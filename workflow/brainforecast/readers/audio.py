"""The loudness of a story's audio in each TR of the scan."""

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.io import wavfile

from brainforecast.errors import BadInput


def read_envelope(path: str | Path, *, tr: float, shift: float) -> np.ndarray:
    """Root mean square of the audio in each TR, from the scan's time 0 to the end of the audio, (n_trs,) float64.

    e[t] = sqrt(mean of s^2 over [t tr, (t + 1) tr)), over all channels; outside the file the audio is silent.

    Parameters
    ----------
    path : a WAV file.
    tr : repetition time, s; shift : s, added to the file's times to make them relative to the first volume kept, as for
        the words.

    Raises
    ------
    BadInput : a file that is no WAV.
    """
    try:
        rate, samples = wavfile.read(path, mmap=True)
    except ValueError as error:
        raise BadInput(path, f"no WAV file ({error})", "uncompressed WAV: convert it") from error
    middle = 128 if samples.dtype == np.uint8 else 0  # 8-bit samples are unsigned
    samples = samples.reshape(len(samples), -1)  # (n_samples, n_channels)
    n_trs = max(0, math.ceil((len(samples) / rate + shift) / tr))
    edges = np.ceil((tr * np.arange(n_trs + 1) - shift) * rate).astype(int).clip(0, len(samples))
    energy = [np.square(samples[a:b].astype(float) - middle).sum() for a, b in pairwise(edges)]
    return np.sqrt(np.array(energy) / (tr * rate * samples.shape[1]))
