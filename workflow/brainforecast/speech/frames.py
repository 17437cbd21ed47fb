"""When each frame of a speech model is, by the family of the model; standard library only.

A frame is one position of the encoder's states. It sums up some samples of the audio, a constant number after those of
the frame before; its time is the middle of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from brainforecast.errors import BadInput

RATE = 16_000  # Hz, of these families
WINDOW, HOP = 400, 160  # samples: the frames of spectra, which these families' feature extractors have alike
CONVOLUTIONS = (  # strided convolutions over the samples themselves
    "data2vec-audio", "hubert", "sew", "sew-d", "unispeech", "unispeech-sat", "wav2vec2", "wav2vec2-conformer", "wavlm",
)  # fmt: skip
FAMILIES = tuple(sorted([*CONVOLUTIONS, "moonshine", "speech_to_text", "wav2vec2-bert", "whisper"]))
WHISPER_FRAMES = 1500  # of an input, where its settings do not say
MOONSHINE = ((127, 64), (7, 3), (3, 2))  # kernel and stride of its convolutions, which its settings do not have


@dataclass(frozen=True)
class Frames:
    """The frames of an input, in samples at the rate of the model.

    Frame i is at ``middle + i * step``; there are ``1 + (n_samples - width) // step`` of them.

    Parameters
    ----------
    width : samples of the first frame, without which there is none.
    shortest : samples that an input has at least.
    longest : samples that an input has at most; None without a limit.
    """

    width: int
    step: int
    middle: float
    shortest: int
    longest: int | None = None

    def count(self, n_samples: int) -> int:
        """Frames of an input; those of padding behind it do not count."""
        return max(0, 1 + (n_samples - self.width) // self.step)


def frames_of(where: str, settings: Mapping) -> Frames:
    """The frames of a model.

    Parameters
    ----------
    where : the model, for the error.
    settings : its ``config.json``, complete.

    Raises
    ------
    BadInput : a model of a family whose frames are not known.
    """
    family = settings.get("model_type")
    require_family(where, family)
    if family in CONVOLUTIONS:
        convolutions = zip(settings["conv_kernel"], settings["conv_stride"], strict=True)
        return _squeezed(_of_convolutions(convolutions), settings.get("squeeze_factor", 1))
    if family == "moonshine":
        return _of_convolutions(MOONSHINE)
    if family == "whisper":  # spectra centred on their time, of which a second convolution leaves every second
        step = 2 * HOP
        return Frames(1, step, 0.0, 1, longest=settings["max_source_positions"] * step)
    if family == "wav2vec2-bert":  # two spectra side by side
        width = WINDOW + HOP
        return Frames(width, 2 * HOP, width / 2, width)
    # speech_to_text: each convolution leaves every second spectrum; it is scaled by the deviation of several
    return Frames(WINDOW, 2 ** settings["num_conv_layers"] * HOP, WINDOW / 2, WINDOW + 3 * HOP)


def require_family(where: str, family: str | None) -> None:
    """Raise `BadInput` for a model of a family, transformers' `model_type`, whose frames are not known."""
    if family not in FAMILIES:
        expected = f"a speech encoder ({', '.join(FAMILIES)}), or modality: text"
        raise BadInput(where, f"a model of type {family}", expected)


def longest_seconds(settings: Mapping) -> float | None:
    """Seconds of audio that an input has at most, by a model's ``config.json``; None without a limit."""
    if settings.get("model_type") != "whisper":
        return None
    frames = settings.get("max_source_positions", WHISPER_FRAMES)
    return (frames if isinstance(frames, int) else WHISPER_FRAMES) * 2 * HOP / RATE


def _of_convolutions(convolutions) -> Frames:
    """width = 1 + sum of (kernel - 1) times the strides before; step = product of the strides."""
    width, step = 1, 1
    for kernel, stride in convolutions:
        width += (kernel - 1) * step
        step *= stride
    return Frames(width, step, width / 2, width)


def _squeezed(frames: Frames, factor: int) -> Frames:
    """Means of `factor` neighbouring frames."""
    width = frames.width + (factor - 1) * frames.step
    return Frames(width, factor * frames.step, width / 2, width)
