"""Which tier of an alignment has its words."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from brainforecast.dataset.alignment_rows import listed
from brainforecast.errors import BadInput, nearest

WORDS = re.compile(r"(?:.*[-_ .])?words?", re.IGNORECASE)  # words, word, "Speaker 1 - words"
PHONES = re.compile(r"(?:.*[-_ .])?(?:phone(?:me)?s?|segments?|mau)", re.IGNORECASE)
ARPABET = re.compile(
    "AA|AE|AH|AO|AW|AX|AXR|AY|B|CH|D|DH|DX|EH|EL|EM|EN|ER|EY|F|G|HH|HV|IH|IX|IY|JH|K|L|M|N|NG|NX|OW|OY|P|R|S|SH|T|TH|"
    "UH|UW|UX|V|W|WH|Y|Z|ZH"
)
# what follows or ties the letters of a phone: stress, length, tone, aspiration and other diacritics
MODIFIERS = re.compile(r"[\d:'ˈˌːˑ˥-˩ʰʱʲʷˠˤⁿˡ˞_~^\u0300-\u036f]")
FEWEST_LABELS = 4  # of a tier that only its labels make one of phones
SHARE = 0.8  # of labels; in the languages that are written with letters, a quarter of words has one or two


@dataclass(frozen=True)
class Tier:
    """Name of a tier, and whether it has intervals (not points)."""

    name: str
    has_intervals: bool = True


def choose_tier(path: str | Path, tiers: Sequence[Tier], wanted: str | None) -> Tier:
    """Choose the tier named in config ``stimuli.tier``, else the one named words or word, else the only one.

    Raises
    ------
    BadInput : none, or more than one.
    """
    names = listed(f"{tier.name}{'' if tier.has_intervals else ' (points)'}" for tier in tiers)
    intervals = [tier for tier in tiers if tier.has_intervals]
    if wanted is not None:
        chosen = [tier for tier in intervals if tier.name.lower() == wanted.lower()]
        if not chosen:
            close = nearest(wanted, [tier.name for tier in intervals])
            raise BadInput(path, f"tiers {names}", f"an interval tier {wanted}, as in stimuli.tier; nearest is {close}")
    else:
        exact = [tier for tier in intervals if tier.name.strip().lower() in ("words", "word")]
        chosen = exact or [tier for tier in intervals if WORDS.fullmatch(tier.name.strip())] or intervals
    if len(chosen) != 1:
        expected = "one interval tier named words, or its name in stimuli.tier"
        raise BadInput(path, f"tiers {names}", expected)
    return chosen[0]


def are_phones(labels: Iterable[str], tier: str | None = None) -> bool:
    """Whether the labels of a tier are phones: ARPAbet, or single letters of the phonetic alphabet."""
    labels = list(labels)
    n_phones = sum(_is_phone(label) for label in labels)
    if tier and PHONES.fullmatch(tier.strip()):
        return n_phones > 0.5 * len(labels)
    return len(labels) >= FEWEST_LABELS and n_phones >= SHARE * len(labels)


def _is_phone(label: str) -> bool:
    """A, I, y and other words of a letter are phones too; so most labels of a tier decide."""
    letters = MODIFIERS.sub("", label)
    if ARPABET.fullmatch(letters.upper()):
        return True
    # letters of Latin and Greek and the phonetic alphabet: a character of Chinese may be a word
    return 0 < len(letters) <= 2 and all(character < "\u0400" for character in letters)
