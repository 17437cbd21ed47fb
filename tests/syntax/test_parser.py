"""The parser: words stay words however it splits them; sentences with punctuation, without, or given."""

import pytest

from brainforecast.dataset.alignments import read_rows
from brainforecast.errors import BadInput
from brainforecast.syntax.parser import Word, is_content, load_parser, parse_words, split_words, wider
from helpers.datasets import assert_bad_input

STORY = "The dog that the old man had bought ran home . The cat did not see it .".replace(" .", ".").split()


def parsed(words, nlp, starts=None):
    """Split words, and their parse."""
    split = split_words(words, nlp)
    (found,) = parse_words([split], nlp, starts)
    return split, found


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("don't", ((), ("do", "n't"), ())),
        ("“Don't,”", (("“",), ("Do", "n't"), (",", "”"))),
        ("desert,", ((), ("desert",), (",",))),
        ("well-worn", ((), ("well", "-", "worn"), ())),
        ("—", (("—",), (), ())),
        ("...", (("...",), (), ())),
        ("3:30", ((), ("3:30",), ())),
        ("\x07", (("\x07",), (), ())),
    ],
)
def test_words_are_split_into_marks_and_core(nlp, word, expected):
    """Opening marks, core and closing marks; joined they are the word again."""
    (found,) = split_words([word], nlp)
    assert found == Word(*expected)
    assert found.text == word


def test_a_label_for_every_word(nlp):
    """As many labels as words, tokens joined; a word of only marks has none; marks do not change a label."""
    words = ["She", "didn't", "see", "the", "dog,", "—", "and", "left."]
    split, found = parsed(words, nlp)
    assert len(found.labels) == len(words) == found.word[-1] + 1
    assert found.labels[1].split("+")[1].startswith("RB|PART|neg")
    assert found.labels[5] == ""
    assert found.labels[4].startswith("NN|NOUN")
    assert len(found.head) == sum(len(word.tokens) for word in split)


def test_curly_apostrophes_are_read_as_straight_ones(nlp):
    """The same labels and trees; the words keep their own apostrophes."""
    text = "She didn't say it wasn't Tom's, 'cause they'd've known I'm not one of 'em."
    straight = text.split()
    curly = [word.replace("'", "’") for word in straight]
    split, found = parsed(curly, nlp)
    assert [word.text for word in split] == curly
    _, expected = parsed(straight, nlp)
    assert found.labels == expected.labels
    assert (found.head == expected.head).all()
    assert found.labels[1].split("+")[1].startswith("RB|PART|neg")


def test_real_alignments_have_the_same_labels_with_either_apostrophe(nlp, shared_data):
    """Contractions of a story whose alignment has curly ones."""
    path = shared_data / "narratives/stimuli/gentle/notthefallintact/align.csv"
    words = [row.word for row in read_rows(path)]
    assert sum("’" in word for word in words) > 50
    _, found = parsed(words, nlp)
    _, expected = parsed([word.replace("’", "'") for word in words], nlp)
    assert found.labels == expected.labels
    negated = [label for word, label in zip(words, found.labels, strict=True) if word.endswith("n’t")]
    assert negated and all("|neg" in label for label in negated)


def test_marks_and_contractions_help_the_parser(nlp):
    """The object of a verb stays its object with a comma after it; the verb of "don't" is an auxiliary."""
    _, found = parsed(["I", "don't", "know", "the", "desert,", "but", "I", "like", "it."], nlp)
    assert found.labels[4] == "NN|NOUN|dobj"
    assert found.labels[1].startswith("VBP|AUX|aux+")


def test_sentences_without_marks(nlp):
    """Without punctuation or capitals each word has a label and a sentence, which the parser finds."""
    text = "he opened the door and went out she was waiting in the car they drove to the station"
    _, found = parsed(text.split(), nlp)
    assert all(found.labels)
    assert (found.sentence[1:] >= found.sentence[:-1]).all()


def test_given_sentences_are_kept(nlp):
    """The parser takes the sentences of the story, and no tree crosses from one to another."""
    starts = [i in (0, 9) for i in range(len(STORY))]
    _, found = parsed(STORY, nlp, starts)
    assert found.sentence.tolist() == [0] * 9 + [1] * (len(STORY) - 9)
    sentence = found.sentence[found.word]
    assert (sentence[found.head] == sentence).all()


def test_content_and_wider_classes():
    """A word is content if one of its tokens is; the wider class has no dependencies."""
    assert is_content("NN|NOUN|dobj")
    assert is_content("PRP|PRON|nsubj+VBZ|VERB|ROOT")
    assert not is_content("VBP|AUX|aux+RB|PART|neg")
    assert wider("VBP|AUX|aux+RB|PART|neg") == "VBP|AUX+RB|PART"


@pytest.mark.parametrize("name", ["no_such_parser", "./nowhere"])
def test_a_missing_parser_is_reported(name):
    """One line names it."""
    with pytest.raises(BadInput) as error:
        load_parser(name)
    assert_bad_input(error, f"parser {name}", "found", "expected an installed spaCy package")


def test_a_package_that_does_not_parse(tmp_path, nlp):
    """A spaCy model without tagger and parser is refused."""
    import spacy

    spacy.blank("en").to_disk(tmp_path / "blank")
    with pytest.raises(BadInput) as error:
        load_parser(str(tmp_path / "blank"))
    assert_bad_input(error, "no tagger and no parser")
