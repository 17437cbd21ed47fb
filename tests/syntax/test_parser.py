"""The parser: words stay words however it splits them; sentences with punctuation, without, or given."""

import pytest
import spacy
from spacy.language import Language

from brainforecast.dataset.alignments import read_rows
from brainforecast.errors import BadInput
from brainforecast.syntax.labels import is_content, wider, word_class
from brainforecast.syntax.parser import Word, load_parser, parse_words, split_words
from helpers.datasets import FRENCH_PARSER, PARSER, assert_bad_input, write_lines

STORY = "The dog that the old man had bought ran home . The cat did not see it .".replace(" .", ".").split()


@Language.component("silent_parser")
def silent_parser(doc):
    """A component that gives nothing."""
    return doc


class Spy:
    """A component that shows the documents it is given."""

    func = None

    def __call__(self, doc):
        self.func(doc)
        return doc


Language.factory("spy", func=lambda nlp, name: Spy())


def parsed(words, nlp, starts=None, language="en"):
    """Split words, and their parse."""
    split = split_words(words, nlp, language)
    (found,) = parse_words([split], nlp, starts, language)
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
    spacy.blank("en").to_disk(tmp_path / "blank")
    with pytest.raises(BadInput) as error:
        load_parser(str(tmp_path / "blank"))
    assert_bad_input(error, "no tagger or morphologizer and no parser")


def test_a_pipeline_that_only_splits_sentences(tmp_path):
    """One line names what is missing; a trained component that gives nothing is found too."""
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.to_disk(tmp_path / "sentences")
    with pytest.raises(BadInput) as error:
        load_parser(str(tmp_path / "sentences"))
    assert_bad_input(error, "no parser", "sentencizer", "tags and parses")
    nlp.add_pipe("silent_parser")
    nlp.to_disk(tmp_path / "silent")
    with pytest.raises(BadInput) as error:
        load_parser(str(tmp_path / "silent"))
    assert_bad_input(error, "no parts of speech and no dependencies", "silent_parser")


def test_a_package_that_is_no_pipeline(tmp_path, monkeypatch):
    """A placeholder of a package index, a package without settings, and a folder of something else: one line each."""
    for name, version in (("xx_placeholder", "999.9.9"), ("xx_other", "1.0")):
        write_lines(tmp_path / name / "__init__.py", "")
        write_lines(tmp_path / f"{name}-{version}.dist-info/METADATA", f"Name: {name}", f"Version: {version}")
    monkeypatch.syspath_prepend(tmp_path)
    for name, found in (("xx_placeholder", "a placeholder"), ("xx_other", "meta.json"), (str(tmp_path), "meta.json")):
        with pytest.raises(BadInput) as error:
            load_parser(name)
        assert_bad_input(error, f"parser {name}", found)


def test_a_pipeline_whose_components_are_not_installed(tmp_path, nlp):
    """Transformer pipelines need a package of their own: spaCy's reason, in one line."""
    folder = tmp_path / "trf"
    nlp.to_disk(folder)
    config = (folder / "config.cfg").read_text().replace('factory = "tok2vec"', 'factory = "curated_transformer"')
    (folder / "config.cfg").write_text(config)
    with pytest.raises(BadInput) as error:
        load_parser(str(folder))
    assert_bad_input(error, str(folder), "curated_transformer")


def test_a_pipeline_that_names_code_of_others(tmp_path):
    """Functions come from spaCy and from installed packages alone; a file beside the pipeline is never imported."""
    spacy.blank("en").to_disk(tmp_path / "own")
    (tmp_path / "own" / "evil.py").write_text("raise SystemExit('run')")
    config = (tmp_path / "own" / "config.cfg").read_text()
    for before, after in [
        ("before_creation = null", '[nlp.before_creation]\n@callbacks = "evil.run"'),
        ("[components]", '[components]\n[components.evil]\nfactory = "evil"'),
        ("pipeline = []", 'pipeline = ["evil"]'),
        ('lang = "en"', 'lang = "evil"'),
        ("[nlp]", "[nlp]\n[nlp]"),
        ("[nlp]", "\0"),
    ]:
        assert before in config
        (tmp_path / "own" / "config.cfg").write_text(config.replace(before, after))
        with pytest.raises(BadInput, match="parser ") as error:
            load_parser(str(tmp_path / "own"))
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("language", ["fr", "FR-ca", "fra"])
def test_the_language_of_a_pipeline(language):
    """Its own language passes, whatever the region; the pipeline of another one is refused."""
    assert load_parser(FRENCH_PARSER, language).lang == "fr"
    with pytest.raises(BadInput) as error:
        load_parser(PARSER, language)
    assert_bad_input(error, f"parser {PARSER}", "for en", f"dataset.language, {language}")


def test_a_pipeline_without_a_tagger_has_features_in_place_of_tags(french_nlp):
    """Number, gender, tense and person are in the label, so that its classes are as fine as English tags."""
    _, found = parsed(["Les", "petites", "filles", "étaient", "dans", "le", "jardin."], french_nlp, language="fr")
    tags = [label.split("|") for label in found.labels]
    assert {len(parts) for parts in tags} == {3}
    assert tags[2][:2] == ["Gender=Fem,Number=Plur", "NOUN"]
    assert "Tense=Imp" in tags[3][0] and tags[4] == ["_", "ADP", "case"]
    assert wider(found.labels[2]) == "Gender=Fem,Number=Plur|NOUN"


FRENCH_WORDS = [
    ("l'arbre", ((), ("l'", "arbre"), ())),
    ("L’", ((), ("L’",), ())),
    ("«Qu'", (("«",), ("Qu'",), ())),
    ("aujourd'hui,", ((), ("aujourd'hui",), (",",))),
    ("a-t-il", ((), ("a", "-t", "-il"), ())),
    ("dit-il;", ((), ("dit", "-il"), (";",))),
    ("du", ((), ("du",), ())),
    ("grand-mère", ((), ("grand-mère",), ())),
    ("y", ((), ("y",), ())),
    ("-il", ((), ("-il",), ())),
]


@pytest.mark.parametrize(("word", "expected"), FRENCH_WORDS)
def test_french_words_are_split_at_elision_and_clitics(french_nlp, word, expected):
    """With straight and curly apostrophes; an elided word by itself is one token."""
    for written in (word, word.replace("'", "’")):
        (found,) = split_words([written], french_nlp, "fr")
        assert found.text == written
        assert [[part.replace("’", "'") for part in parts] for parts in found] == [
            [part.replace("’", "'") for part in parts] for parts in expected
        ]


def test_an_elided_word_is_parsed_as_with_its_word(french_nlp):
    """Alignments have l'arbre as one row or as two: the tokens, the tree and the labels are the same."""
    whole = ["Il", "n'a", "pas", "vu", "l'arbre", "qu'elle", "aime", "aujourd'hui,", "dit-il."]
    apart = ["Il", "n'", "a", "pas", "vu", "l'", "arbre", "qu'", "elle", "aime", "aujourd'hui,", "dit-il."]
    _, one = parsed(whole, french_nlp, language="fr")
    _, two = parsed(apart, french_nlp, language="fr")
    assert "+".join(one.labels) == "+".join(two.labels)
    assert (one.head == two.head).all() and len(two.labels) == len(apart)
    assert two.labels[5].split("|")[1:] == ["DET", "det"] and word_class(one.labels[4]) == "NOUN"


@pytest.mark.parametrize("word", ["im", "zum", "Hund,", "z.B.", "geht's", "„Haus“", "3."])
def test_german_words_stay_words(word):
    """Contracted words are one token, as in the parsers' training texts."""
    (found,) = split_words([word], spacy.blank("de"), "de")
    assert found.text == word and len(found.core) == 1


def test_words_of_a_language_without_spaces_touch():
    """A word may be several tokens of the pipeline; no space is put between tokens or words."""
    nlp = spacy.blank("zh")
    seen = []
    nlp.add_pipe("spy").func = seen.append
    words = ["老师", "说，", "“你好。”"]
    split, found = parsed(words, nlp, language="zh")
    assert [word.text for word in split] == words and split[0].core == ("老", "师")
    assert seen[0].text == "老师说，“你好。”"
    assert found.word[-1] == 2


def test_the_class_of_a_word():
    """That of its first token with content."""
    assert word_class("_|DET|det+_|NOUN|nsubj") == "NOUN"
    assert word_class("VBP|AUX|aux+RB|PART|neg") == "AUX"
    assert word_class("") == ""
