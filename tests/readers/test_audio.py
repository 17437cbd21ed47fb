"""Audio as labs bring it: every width of samples, broken files; and its envelope on the scan's clock."""

import struct

import numpy as np
import pytest
from scipy.io import wavfile

from brainforecast.errors import BadInput
from brainforecast.readers.audio import read_audio, read_envelope

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


def wav(path, data: bytes, *, bits=16, channels=1, rate=RATE, promised=None, kind=1):
    """A WAV file whose header promises a number of bytes; `kind` 1 is integers, 3 floating point, 7 mu-law."""
    frame = channels * bits // 8
    head = struct.pack("<IHHIIHH", 16, kind, channels, rate, rate * frame, frame, bits)
    n = len(data) if promised is None else promised
    path.write_bytes(
        b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + head + b"data" + struct.pack("<I", n) + data
    )
    return path


@pytest.mark.parametrize("bits", [8, 16, 24, 32, 64])
def test_full_scale_is_one_in_every_width(tmp_path, bits):
    """Integers of any width, read back to half a step of theirs, channels averaged."""
    rng = np.random.default_rng(0)
    sound = rng.uniform(-0.9, 0.9, size=(200, 2))
    scale = 2 ** (bits - 1)
    steps = [int(value) for value in np.rint(sound * scale).ravel()]
    offset = 128 if bits == 8 else 0
    data = b"".join((step + offset).to_bytes(bits // 8, "little", signed=bits > 8) for step in steps)
    audio = read_audio(wav(tmp_path / "audio.wav", data, bits=bits, channels=2))
    assert audio.seconds == 0.25 and audio.rate == RATE
    found = audio.mono(50, 150)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, sound[50:150].mean(axis=1), rtol=0, atol=0.5 / scale + 1e-7)
    assert audio.peak == pytest.approx(np.abs(sound).max(), abs=1 / scale)


@pytest.mark.parametrize("dtype", ["<f4", "<f8"])
def test_floating_point_is_taken_as_it_is(tmp_path, dtype):
    sound = np.random.default_rng(0).normal(size=300).astype(dtype)
    audio = read_audio(wav(tmp_path / "audio.wav", sound.tobytes(), bits=8 * sound.itemsize, kind=3))
    np.testing.assert_allclose(audio.mono(0, 300), sound, rtol=1e-6)
    assert audio.peak == pytest.approx(np.abs(sound).max())


def test_the_envelope_of_24_bits(tmp_path):
    """Which cannot be read from disk piece by piece."""
    data = b"".join((1000 * (-1) ** i).to_bytes(3, "little", signed=True) for i in range(2 * RATE))
    found = read_envelope(wav(tmp_path / "audio.wav", data, bits=24), tr=1.0, shift=0)
    np.testing.assert_allclose(found, [256_000, 256_000])


def test_broken_files_are_one_line(tmp_path):
    """FLAC under another name, mu-law, a head alone, no sample, a copy that broke off, no channel, no rate."""
    sound = (np.sin(np.arange(RATE)) * 9000).astype("<i2").tobytes()
    path = tmp_path / "audio.wav"

    def reason(match):
        with pytest.raises(BadInput, match=match) as error:
            read_audio(path)
        assert "\n" not in str(error.value)

    for content in (b"fLaC" + bytes(100), b"", b"ID3", b"RIFF", b"RIFF\0\0\0\0WAVE"):
        path.write_bytes(content)
        reason(r"audio.wav: found no WAV file .*; expected uncompressed WAV: convert it")
    wav(path, sound, kind=7, bits=8)
    reason("no WAV file .*MULAW")
    wav(path, sound)
    path.write_bytes(path.read_bytes()[:30])
    reason("no WAV file")
    wav(path, sound[:1000], promised=len(sound))
    reason(r"found 0\.6 s of audio, less than its header promises; expected the complete file")
    wav(path, sound, promised=0)
    reason("0 samples at 800 Hz")
    wav(path, sound, rate=0)
    reason("samples at 0 Hz")
    wav(path, sound, channels=0)
    reason("no WAV file")


def test_silence_and_missing_samples_are_one_line(tmp_path):
    """A file of nothing but silence, of 8 bits too, and NaN with its time."""
    path = tmp_path / "audio.wav"
    for bits, silent in ((8, b"\x80" * RATE), (16, bytes(2 * RATE))):
        wav(path, silent, bits=bits)
        with pytest.raises(BadInput, match=r"found silence in all of its 1\.0 s"):
            read_audio(path)
    sound = np.ones(RATE, dtype="<f4")
    sound[RATE // 4] = np.nan
    wav(path, sound.tobytes(), bits=32, kind=3)
    with pytest.raises(BadInput, match=r"NaN or infinity at 0\.250 s"):
        read_audio(path)


def test_clipped_audio_is_logged(tmp_path, caplog):
    """From one sample in a thousand on; a peak or two at full scale are usual."""
    tone = 40_000 * np.sin(np.arange(RATE))
    for sound, n_lines in ((tone.clip(-32_768, 32_767), 1), (tone / 2, 0)):
        caplog.clear()
        with caplog.at_level("INFO"):
            read_audio(wav(tmp_path / "audio.wav", sound.astype("<i2").tobytes()))
        assert caplog.text.count("at full scale, clipped") == n_lines
