"""Sets of characters: marks, letters of scripts with and without spaces, parts of letters. Standard library only."""

import re
import string

from brainforecast.writing.records import SENTENCE_ENDS

CLAUSE_ENDS = ",;:，、；：،؛፣፤፥"
STOPS = SENTENCE_ENDS + CLAUSE_ENDS
OPENING_MARKS = "([{“‘"
CLOSING_MARKS = "\"'”’)]»›」』）》〉】〟"  # may follow the end of a clause or a sentence
ALWAYS_OPENING = "„‚¿¡「『（《〈【〔〝"  # in every language; « closes a word in German
OPENING_ALONE = OPENING_MARKS + "«‹" + ALWAYS_OPENING  # where a mark has a row of its own
STOPS_BEFORE_SPACE = "།༎။၊។៕"  # of Tibetan, Burmese and Khmer, which have no other spaces
SPACED_OPENING, SPACED_CLOSING = "«‹", "»›"  # with a space inside the quotation, as in French
DASHES, HYPHEN = "–—", "-"
APOSTROPHES = "'’ʼ‘＇"
# removed around a word before a dictionary is searched
PUNCTUATION = string.punctuation + "‘’“”„‚«»‹›…–—¿¡。！？，、；：「」『』（）《》〈〉【】〔〕〝〟．｡،؛؟۔।॥։።፣፤፥፧។៕။၊༎།"
# accents, points of Hebrew and Arabic, vowel signs of Indic scripts: parts of a letter that are no letters for `re`
COMBINING = (
    "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u0900-\u0963\u0966-\u0dff\u1ab0-\u1aff\u20d0-\u20ff"
)
IDEOGRAPHS = (  # and kana
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
# letters of scripts without spaces between words: Thai, Lao, Tibetan, Burmese, Khmer, Japanese and Chinese
UNSPACED_LETTERS = f"\u0e00-\u0f0c\u0f15-\u0fff\u1000-\u1049\u1050-\u109f\u1780-\u17d3\u17d7-\u17ff{IDEOGRAPHS}"
UNSPACED = re.compile(f"[{UNSPACED_LETTERS}]")
CHARACTER = rf"[\w{COMBINING}]"  # of a word


def any_of(characters: str) -> str:
    """The pattern of one of some characters."""
    return f"[{re.escape(characters)}]"


def is_letter(character: str) -> bool:
    """Whether a character is a letter, a digit, or part of one in a script without spaces."""
    return character.isalnum() or bool(UNSPACED.match(character))
