"""The envelope of audio on the scan's clock."""

import numpy as np
import pytest
from scipy.io import wavfile

from brainforecast.errors import BadInput
from brainforecast.readers.audio import read_envelope

RATE, TR = 800, 1.5


def expected(samples, shift, n_trs):
    """Silence around the samples, then the root mean square of each TR."""
    samples = np.atleast_2d(samples.T).T
    padded = np.zeros((int(n_trs * TR * RATE), samples.shape[1]))
    for i, sample in enumerate(samples):
        at = i + round(shift * RATE)
        if 0 <= at < len(padded):
            padded[at] = sample
    return np.sqrt((padded.reshape(n_trs, -1) ** 2).mean(axis=1))


@pytest.mark.parametrize("shift", [0.0, 2.25, -2.0])
@pytest.mark.parametrize("dtype", [np.float32, np.int16, np.uint8])
def test_each_tr_has_the_root_mean_square_of_its_samples(tmp_path, shift, dtype):
    """Any kind of samples; the file's clock is moved as the words' is; a TR that it fills in part is quieter."""
    rng = np.random.default_rng(0)
    samples = rng.normal(size=5 * RATE) * np.linspace(0.1, 1, 5 * RATE)
    stored, scale, zero = {
        np.float32: (samples.astype(np.float32), 1, 0),
        np.int16: ((samples * 5000).astype(np.int16), 5000, 0),
        np.uint8: ((samples * 25 + 128).round().clip(0, 255).astype(np.uint8), 25, 128),
    }[dtype]
    wavfile.write(tmp_path / "audio.wav", RATE, stored)
    found = read_envelope(tmp_path / "audio.wav", tr=TR, shift=shift)
    n_trs = int(np.ceil((5 + shift) / TR))
    assert found.shape == (n_trs,)
    np.testing.assert_allclose(found, expected(stored.astype(float) - zero, shift, n_trs), rtol=1e-6)
    np.testing.assert_allclose(found / scale, expected(samples, shift, n_trs), rtol=0.1)


def test_channels_are_pooled(tmp_path):
    samples = np.random.default_rng(1).normal(size=(3 * RATE, 2)).astype(np.float32)
    wavfile.write(tmp_path / "audio.wav", RATE, samples)
    np.testing.assert_allclose(
        read_envelope(tmp_path / "audio.wav", tr=TR, shift=0), expected(samples, 0, 2), rtol=1e-6
    )


def test_audio_before_the_first_volume_is_left_out(tmp_path):
    wavfile.write(tmp_path / "audio.wav", RATE, np.ones(RATE, np.float32))
    assert read_envelope(tmp_path / "audio.wav", tr=TR, shift=-1.0).shape == (0,)


def test_another_format_is_refused(tmp_path):
    (tmp_path / "audio.wav").write_bytes(b"ID3 not a wave file, whatever its name says")
    with pytest.raises(BadInput, match=r"audio.wav: found no WAV file .*; expected uncompressed WAV: convert it"):
        read_envelope(tmp_path / "audio.wav", tr=TR, shift=0)
