"""What the grammatical label of a word says: ``tag|pos|dep`` of each of its tokens, joined by +. Needs no parser."""

JOIN, PART = "+", "|"  # between the labels of a word's tokens; between the parts of a label
# parts of speech of Universal Dependencies with content; the others are function words
OPEN_CLASSES = {"ADJ", "ADV", "INTJ", "NOUN", "NUM", "PROPN", "VERB", "X"}


def is_content(label: str) -> bool:
    """Whether a token of the word is of an open class (nouns, verbs and the like)."""
    return any(pos in OPEN_CLASSES for pos in parts_of_speech(label))


def parts_of_speech(label: str) -> list[str]:
    """The part of speech of each token of a word; none of a word of only marks."""
    return [token.split(PART)[1] for token in label.split(JOIN)] if label else []


def word_class(label: str) -> str:
    """The part of speech of a word: that of its first token of an open class, else of its first token; ``""`` of none.

    In French "l'arbre" is a noun, as in English "dog's" is.
    """
    found = parts_of_speech(label)
    return next((pos for pos in found if pos in OPEN_CLASSES), found[0] if found else "")


def wider(label: str) -> str:
    """The label of the wider class, without dependencies: ``tag|pos`` of each token."""
    return JOIN.join(token.rpartition(PART)[0] for token in label.split(JOIN))
