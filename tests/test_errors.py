"""Messages of errors: one line that any terminal and any file can take, whatever an input holds."""

import pytest

from brainforecast.errors import BadInput, shortened


@pytest.mark.parametrize(
    "held", ["a\nb\r\nc", "\x1b[2J", "\0", "\u202etxt.exe", "\u2028", b"sub-\xff".decode("utf-8", "surrogateescape")]
)
def test_a_message_is_one_printable_line(held):
    """What moves the cursor, turns the direction of writing or has no encoding is written as its code."""
    message = str(BadInput(held, held, held))
    assert message.isprintable()
    assert message.encode()


def test_letters_of_any_language_stay():
    """Only what cannot be printed is changed."""
    assert str(BadInput("été.tsv row 2", "听 🧠", "onset")) == "été.tsv row 2: found 听 🧠; expected onset"


def test_a_long_value_loses_its_middle():
    """The first and the last characters stay."""
    text = shortened("a" * 5000 + "z" * 100, 90)
    assert text.startswith("a" * 60)
    assert text.endswith("z" * 30)
    assert len(text) < 100
