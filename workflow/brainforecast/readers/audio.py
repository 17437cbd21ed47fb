"""The audio of a story: a WAV file, its samples, and its loudness in each TR of the scan."""

import logging
import math
import os
import struct
import warnings
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.io import wavfile

from brainforecast.errors import BadInput

logger = logging.getLogger("brainforecast")

BLOCK = 2**20  # samples looked at together
HIGHEST_RATE = 1_000_000  # Hz
LOUDEST = 1e6  # of floating point, whose full scale is 1 but where some writers have that of integers
CLIPPED = 1e-3  # share of samples at full scale above which the log has a line


@dataclass(frozen=True, eq=False)
class Audio:
    """The samples of a WAV file, which stay on disk where the format allows.

    Parameters
    ----------
    samples : (n_samples, n_channels) as stored; 24 bits are stored as the upper ones of 32.
    rate : samples per second.
    peak : largest magnitude, where integers at full scale are 1.
    """

    path: str
    samples: np.ndarray
    rate: int
    peak: float = 1.0

    @property
    def seconds(self) -> float:
        """Duration."""
        return len(self.samples) / self.rate

    @property
    def zero(self) -> int:
        """The sample of silence: 8-bit samples are unsigned."""
        return 128 if self.samples.dtype == np.uint8 else 0

    @property
    def full_scale(self) -> float:
        """The sample that counts as 1."""
        is_integer = np.issubdtype(self.samples.dtype, np.integer)
        return 2.0 ** (8 * self.samples.dtype.itemsize - 1) if is_integer else 1.0

    @property
    def ceiling(self) -> float:
        """The magnitude from which a sample counts as clipped: the largest positive one, of integers."""
        return self.full_scale - max(1.0, self.full_scale / 2**15) if self.full_scale > 1 else 1.0

    def mono(self, start: int, stop: int) -> np.ndarray:
        """Mean of the channels from sample `start` to before `stop`, (stop - start,) float32, full scale 1."""
        part = self.samples[start:stop].astype(np.float64).mean(axis=1)
        return ((part - self.zero) / self.full_scale).astype(np.float32)


def read_audio(path: str | Path) -> Audio:
    """Read a WAV file: integers of 8 to 64 bits or floating point of 32 or 64, any rate and number of channels.

    A file of which many samples are at full scale, as clipping leaves them, is logged.

    Raises
    ------
    BadInput : a file that is no WAV, is shorter than its header states, or holds no sample, nothing but silence, or a
        sample that is not a finite number.
    """
    rate, samples = _read_wav(path)
    audio = Audio(str(path), samples if samples.ndim == 2 else samples[:, None], rate)
    if not 0 < rate <= HIGHEST_RATE or not samples.size:
        raise BadInput(path, f"{len(samples)} samples at {rate} Hz", "sound")
    peak, n_clipped = 0.0, 0
    for start in range(0, len(samples), BLOCK):
        with np.errstate(invalid="ignore"):  # what is no number is found below
            loudness = np.abs(audio.samples[start : start + BLOCK].astype(float) - audio.zero)
        finite = np.isfinite(loudness).all(axis=1)
        if not finite.all():
            at = (start + int(np.argmin(finite))) / rate
            raise BadInput(path, f"NaN or infinity at {at:.3f} s", "samples that are finite numbers")
        peak = max(peak, float(loudness.max()))
        n_clipped += int((loudness >= audio.ceiling).sum())
    if peak / audio.full_scale > LOUDEST:
        raise BadInput(path, f"a sample of {peak:g}", f"at most {LOUDEST:g}: full scale is 1")
    if peak == 0:
        raise BadInput(path, f"silence in all of its {audio.seconds:.1f} s", "sound")
    if n_clipped > CLIPPED * samples.size:
        logger.info("%s: %.1f %% of the samples are at full scale, clipped", path, 100 * n_clipped / samples.size)
    return replace(audio, peak=peak / audio.full_scale)


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
    BadInput : as in `read_audio`.
    """
    audio = read_audio(path)
    samples, rate = audio.samples, audio.rate
    n_trs = max(0, math.ceil((audio.seconds + shift) / tr))
    edges = np.ceil((tr * np.arange(n_trs + 1) - shift) * rate).astype(int).clip(0, len(samples))
    energy = [np.square(samples[a:b].astype(float) - audio.zero).sum() for a, b in pairwise(edges)]
    return np.sqrt(np.array(energy) / (tr * rate * samples.shape[1]))


def _read_wav(path: str | Path) -> tuple[int, np.ndarray]:
    """Rate and samples: from disk as they are needed, or all at once where the format has no mapping (24 bits)."""
    _require_samples(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", wavfile.WavFileWarning)  # of chunks beside the samples
            try:
                return wavfile.read(path, mmap=True)
            except ValueError:
                return wavfile.read(path)
    except OSError:
        raise  # of the disk
    except Exception as error:  # scipy raises many types, all of them about the file
        raise BadInput(path, f"no WAV file ({error})", "uncompressed WAV: convert it") from error


def _require_samples(path: str | Path) -> None:
    """Raise where the header promises more samples than the file has, or parts of them; scipy reads what it finds."""
    per_second, lengths = 1, []
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        kind = file.read(4)
        order = ">" if kind == b"RIFX" else "<"
        if kind not in (b"RIFF", b"RIFX", b"RF64"):
            return
        at = file.seek(12)  # the kind of the whole is before its first chunk
        long = None  # of samples, in files of more than 4 GB
        while len(head := file.read(8)) == 8:
            name, length = struct.unpack(f"{order}4sI", head)
            start = at + 8
            if name == b"ds64" and kind == b"RF64":
                long = struct.unpack("<2Q", file.read(16).ljust(16, b"\0"))[1]
            elif name == b"fmt ":
                per_second = struct.unpack(f"{order}4xI4x", file.read(12).ljust(12, b"\0"))[0] or 1
                per_second *= int.from_bytes(file.read(2), "little" if order == "<" else "big") or 1
            elif name == b"data":
                length = length if long is None else long
                lengths.append((length, size - start))
            at = file.seek(min(start + length + length % 2, size))
    for promised, there in lengths:
        if promised > there:
            found = f"{there / per_second:.1f} s of audio, less than its header promises"
            raise BadInput(path, found, "the complete file: copy it, or convert it to a file and not to a pipe, again")
    if len(lengths) > 1:
        raise BadInput(path, f"{len(lengths)} parts of samples", "one: convert it to WAV again")
