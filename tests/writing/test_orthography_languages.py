"""Orthography and punctuation of many languages: words joined, found, looked up, and cut into sentences."""

import importlib
from itertools import pairwise

import pytest
import spacy

from brainforecast.writing.languages import find_language
from brainforecast.writing.orthography import (
    find_word,
    join_words,
    lower,
    space_between,
    spelling,
    spellings,
    with_capital_of,
    without_sentence_capital,
    words_in,
)
from brainforecast.writing.punctuation import SENTENCE_END, ends_sentence, marks_between, side_of_mark
from brainforecast.writing.records import RECORDS
from helpers.texts_languages import STORIES, story

UNSPACED = ("zh", "ja", "th")
# languages with texts in spaCy, and a tokenizer that needs no other package
TOKENIZED = sorted(set(RECORDS) - {"yue", "ja", "th", "lo", "km", "my", "bo", "ko", "vi", "ca", "bn", "id"})


# joining


@pytest.mark.parametrize("language", sorted(set(STORIES) - set(UNSPACED)))
def test_a_story_is_joined_to_its_text(language):
    """Of words cut as alignments cut them, as it was before; each is found at its position."""
    words = story(language)
    text, starts = join_words(words, language)
    assert text == " ".join(STORIES[language].split())
    assert [text[start : start + len(word)] for start, word in zip(starts, words, strict=True)] == words


@pytest.mark.parametrize("language", UNSPACED)
def test_a_story_without_spaces_is_joined(language):
    """All spaces go, but the one inside New York."""
    text, starts = join_words(story(language), language)
    assert text.split(" ") == ("".join(story(language)).replace("NewYork", "New York")).split(" ")
    assert [text[a : a + len(word)] for a, word in zip(starts, story(language), strict=True)] == story(language)


@pytest.mark.parametrize("language", TOKENIZED)
def test_tokens_of_another_library_are_joined(language):
    """spaCy cuts sentences of its own into tokens, and knows which have a space after them; signs apart."""
    sentences = importlib.import_module(f"spacy.lang.{language}.examples").sentences
    docs = list(spacy.blank(language).pipe(sentences))
    pairs = [(a, b) for doc in docs for a, b in pairwise(doc) if a.text.strip() and b.text.strip()]
    pairs = [(a, b) for a, b in pairs if not any(one.is_punct or one.is_currency or one.text == "°" for one in (a, b))]
    assert len(pairs) > 5
    wrong = [(a.text, b.text) for a, b in pairs if space_between(a.text, b.text, language) != a.whitespace_]
    assert wrong == []


@pytest.mark.parametrize(
    ("language", "before", "after", "text"),
    [
        ("en", "it", "'s", "it's"),
        ("en", "do", "n’t,", "don’t,"),
        ("en", "I", "'d", "I'd"),
        ("en", "'d", "'ve", "'d've"),
        ("en", "“Fox”", "’s", "“Fox”’s"),
        ("en", "Mr.", "'s", "Mr.'s"),
        ("en", "GON", "NA", "GONNA"),
        ("en", "O'", "clock", "O'clock"),
        ("en", "dogs'", "bark", "dogs' bark"),
        ("en", "get", "'em", "get 'em"),
        ("en", "so", "'tis", "so 'tis"),
        ("en", "rock", "'n'", "rock 'n'"),
        ("en", "end.", "'s", "end. 's"),
        ("en", "he", "-il", "he -il"),
        ("en", "l'", "arbre", "l' arbre"),
        ("en", "fox", ",", "fox ,"),
        ("fr", "l'", "arbre", "l'arbre"),
        ("fr", "«L’", "arbre»", "«L’arbre»"),
        ("fr", "l'", "«arbre»", "l'«arbre»"),
        ("fr", "qu'", "il", "qu'il"),
        ("fr", "d'l'", "eau", "d'l'eau"),
        ("fr", "aujourd'", "hui", "aujourd'hui"),
        ("fr", "dit", "-il", "dit-il"),
        ("fr", "dit-", "il", "dit-il"),
        ("fr", "peut-", "alors", "peut- alors"),
        ("fr", "donne", "-m'", "donne-m'"),
        ("fr", "a", "-t-il?", "a-t-il?"),
        ("fr", "celui", "-là,", "celui-là,"),
        ("fr", "oui", "-alors", "oui -alors"),
        ("fr", "amis’", "disait", "amis’ disait"),
        ("fr-CA", "j'", "sais", "j'sais"),
        ("it", "dell'", "acqua", "dell'acqua"),
        ("it", "dev'", "essere", "dev'essere"),
        ("it", "cent’", "anni", "cent’anni"),
        ("it", "po'", "di", "po' di"),
        ("it", "po'", "alto", "po' alto"),
        ("it", "di'", "a", "di' a"),
        ("it", "‘film’", "è", "‘film’ è"),
        ("ca", "l'", "hort", "l'hort"),
        ("ca", "«Dona", "'m", "«Dona'm"),
        ("ca", "menja", "-te'l", "menja-te'l"),
        ("pt", "d'", "água", "d'água"),
        ("pt", "disse", "-lhe", "disse-lhe"),
        ("ro", "într-", "o", "într-o"),
        ("de", "geht", "'s", "geht's"),
        ("de", "hast", "'ne", "hast 'ne"),
        ("de", "Regen.", "'s", "Regen. 's"),
        ("nl", "want", "'t", "want 't"),
        ("nl", "’s", "Morgens", "’s Morgens"),
        ("tr", "İstanbul", "’da", "İstanbul’da"),
        ("ru", "кто", "-то", "кто-то"),
        ("el", "σ'", "αυτόν", "σ' αυτόν"),
        ("ko", "아이가", "물었다.", "아이가 물었다."),
        ("sw", "ng'", "ombe", "ng' ombe"),
        ("zh", "从前", "有", "从前有"),
        ("zh", "小镇，", "“镇", "小镇，“镇"),
        ("zh-TW", "New", "York", "New York"),
        ("zh", "York，", "Bob", "York，Bob"),
        ("zh", "York", "回来", "York回来"),
        ("zh", "iPhone", "15", "iPhone 15"),
        ("zh", "3", "天", "3天"),
        ("zh", "Новый", "год", "Новый год"),
        ("zh", "——", "他", "——他"),
        ("zh-Latn", "nǐ", "hǎo", "nǐ hǎo"),
        ("yue", "佢", "哋", "佢哋"),
        ("ja", "スーパー", "で", "スーパーで"),
        ("ja", "時々", "来る", "時々来る"),
        ("th", "คน", "วัน", "คนวัน"),
        ("th", "มี", "3", "มี 3"),
        ("th", "ไป", "Paris", "ไป Paris"),
        ("km", "ទៅ", "ផ្ទះ", "ទៅផ្ទះ"),
        ("my", "သွား", "မယ်", "သွားမယ်"),
        ("bo", "བོད་", "ཡིག", "བོད་ཡིག"),
        ("bo", "རེད།", "ང་", "རེད། ང་"),
    ],
)
def test_space_between(language, before, after, text):
    """Elided words, clitics, words that keep their apostrophe, and words of other scripts."""
    assert before + space_between(before, after, language) + after == text


# sentences


@pytest.mark.parametrize("language", sorted(set(TOKENIZED) | {"ko", "ca"}))
def test_sentences_of_another_library_are_found(language):
    """spaCy's example sentences in a row: those that end with a mark end a sentence, and nothing else does."""
    sentences = importlib.import_module(f"spacy.lang.{language}.examples").sentences
    words, ends = [], []
    for sentence in sentences:
        found = words_in(sentence, language)
        marked = SENTENCE_END.search(found[-1]) or (language == "el" and found[-1].endswith(";"))
        words += found
        ends += [False] * (len(found) - 1) + [bool(marked)]
    assert found_ends(words, language) == ends


def found_ends(words: list[str], language: str) -> list[bool]:
    """Whether each word of a story ends a sentence."""
    neighbours = zip(words, [*words[1:], ""], ["", *words[:-1]], strict=True)
    return [ends_sentence(*one, language=language) for one in neighbours]


@pytest.mark.parametrize(
    ("language", "n_sentences"),
    [
        *(
            ("en", 18),
            ("fr", 17),
            ("de", 14),
            ("zh", 18),
            ("es", 5),
            ("it", 4),
            ("ca", 3),
            ("pt", 3),
            ("nl", 5),
            ("sv", 5),
        ),
        *(("pl", 4), ("tr", 6), ("ru", 5), ("el", 4), ("ar", 4), ("he", 5), ("hi", 4), ("ko", 5), ("ja", 5), ("th", 0)),
    ],
)
def test_sentences_of_a_story(language, n_sentences):
    """As counted by hand; a question within quotes is a sentence."""
    assert sum(found_ends(story(language), language)) == n_sentences


@pytest.mark.parametrize(
    ("language", "before", "word", "after", "ends"),
    [
        ("de", "Am", "3.", "Mai", False),
        ("de", "am", "3.", "kam", False),
        ("de", "im", "19.", "Jahrhundert", False),
        ("de", "der", "3.", "Mann", False),
        ("de", "um", "12.", "Dann", True),
        ("de", "Jahr", "1998.", "Dann", True),
        ("de", "Ludwig", "XIV.", "war", False),
        ("de", "so", "z.B.", "Hunde", False),
        ("de", "so", "z.", "B.", False),
        ("de", "und", "bzw.", "Hunde", False),
        ("de", "zu", "Str.", "5", False),
        ("de", "usw.", "usw.", "Dann", True),
        ("de", "er", "mag.", "Dann", True),
        ("en", "on", "3.", "Mai", True),
        ("en", "was", "bzw.", "Hunde", True),
        ("en", "of", "Mme.", "Bovary", False),
        ("fr", "que", "M.", "Perrin", False),
        ("fr", "que", "Mme.", "Perrin", False),
        ("fr", "avec", "moi.", "Puis", True),
        ("fr", "le", "3.", "puis", True),
        ("es", "El", "Sr.", "Ramos", False),
        ("es", "dijo", "Ud.", "Ayer", False),
        ("it", "il", "sig.", "Rossi", False),
        ("it", "e", "ecc.", "Poi", True),
        ("it", "e", "ecc.", "poi", False),
        ("da", "den", "3.", "maj", False),
        ("nb", "den", "17.", "mai", False),
        ("fi", "lauantaina", "3.", "toukokuuta", False),
        ("cs", "dne", "3.", "května", False),
        ("hr", "godine", "1998.", "godine", False),
        ("hu", "a", "1998.", "évben", False),
        ("tr", "Saat", "3.", "kattan", False),
        ("pl", "Dn.", "3.", "maja", False),
        ("ru", "и", "т.д.", "Потом", True),
        ("ru", "и", "т.д.", "потом", False),
        ("ru", "А.", "С.", "Пушкин", False),
        ("el", "το", "φως;", "Η", True),
        ("el", "ο", "κ.", "Νίκος", False),
        ("fr", "fin", "oui;", "Puis", False),
        ("ur", "ہے", "گیا۔", "پھر", True),
        ("hi", "एक", "था।", "फिर", True),
        ("hi", "तब", "डॉ.", "वर्मा", False),
        ("hi", "में", "यू.के.", "में", False),
        ("hy", "նա", "եկավ։", "Հետո", True),
        ("am", "ቤት", "ሄደ።", "ከዚያ", True),
        ("km", "ទៅ", "ផ្ទះ។", "គាត់", True),
        ("my", "အိမ်", "သွားတယ်။", "သူ", True),
        ("ja", "です", "か？」", "と", True),
        ("zh", "问", "修钟？”", "老人", True),
        ("zh", "很", "久……", "他", True),
        ("es", "dijo", "¿Qué?", "Nada", True),
        ("de", "sagte", "„Nein.“", "Dann", True),
        ("sv", "sa", "”Nej.”", "Sedan", True),
        ("fi", "sanoi", "»En!»", "Sitten", True),
        ("th", "เขา", "ไป?", "แล้ว", False),
        ("sw", "na", "Dkt.", "Juma", True),
    ],
)
def test_ends_of_sentences(language, before, word, after, ends):
    """Abbreviations of the language alone, ordinals, question marks, marks of every script."""
    assert ends_sentence(word, after, before, language=language) is ends


# marks


@pytest.mark.parametrize(
    ("language", "mark", "n_same", "side"),
    [
        ("fr", "«", 0, "before"),
        ("de", "«", 0, "after"),
        ("de", "»", 0, "before"),
        ("de", "“", 0, "after"),
        ("de", "„", 0, "before"),
        ("en", "“", 0, "before"),
        ("sv", "”", 0, "before"),
        ("sv", "”", 1, "after"),
        ("fi", "»", 3, "after"),
        ("pl", "”", 0, "after"),
        ("da", "»", 0, "before"),
        ("ja", "「", 0, "before"),
        ("ja", "」", 0, "after"),
        ("zh", '"', 0, "before"),
        ("es", "¡", 0, "before"),
        ("el", ";", 0, "after"),
        ("hi", "।", 0, "after"),
        ("zh", "——", 0, None),
    ],
)
def test_sides_of_marks(language, mark, n_same, side):
    """A mark with a row of its own: « opens in French and closes in German; what does both takes turns."""
    assert side_of_mark(mark, n_same, language) == side


@pytest.mark.parametrize(
    ("language", "gap", "n_quotes", "closing", "opening"),
    [
        ("zh", "：“", 0, "：", "“"),
        ("zh", "。”“", 0, "。”", "“"),
        ("zh", '："', 0, "：", '"'),
        ("zh", '。"', 1, '。"', ""),
        ("zh", "《", 0, "", "《"),
        ("zh", "》，《", 0, "》，", "《"),
        ("zh", "——", 0, "", ""),
        ("zh", "……\n“", 0, "……", "“"),
        ("zh", "。（笑）", 0, "。", ""),
        ("ja", "。」「", 0, "。」", "「"),
        ("es", ": ¿", 0, ":", "¿"),
        ("es", ":¿", 0, ":", "¿"),
        ("sv", ": ”", 0, ":", "”"),
        ("sv", "?” ", 0, "?”", ""),
        ("fr", "\u00a0!\u00a0» ", 0, "!»", ""),
        ("fr", " «\u00a0", 0, "", "«"),
        ("de", "“, »", 0, "“,", "»"),
        ("hi", "। “", 0, "।", "“"),
    ],
)
def test_marks_between_words(language, gap, n_quotes, closing, opening):
    """With spaces, those show which word a mark belongs to; without them, the mark itself does."""
    assert marks_between(gap, n_quotes=n_quotes, language=language) == (closing, opening)


# finding


@pytest.mark.parametrize(
    ("language", "word", "text", "found"),
    [
        ("fr", "arbre", "sous l'arbre", "arbre"),
        ("fr", "l'", "sous l’arbre", "l’"),
        ("fr", "l'arbre", "sous L’arbre", "L’arbre"),
        ("fr", "-il", "dit-il", "-il"),
        ("fr", "coeur", "un Cœur", "Cœur"),
        ("fr", "1000,5", "vaut 1 000,5", "1 000,5"),
        ("fr", "1 000", "vaut 1\u202f000", "1\u202f000"),
        ("fr", "1000", "vaut 10000", None),
        ("de", "1000,5", "kostet 1.000,5", "1.000,5"),
        ("de", "1.000", "kostet 1000", "1000"),
        ("en", "1204", "had 1,204", "1,204"),
        ("en", "12", "had 1,204", None),
        ("en", "new york", "in New\nYork", "New\nYork"),
        ("de", "strasse", "die Straße", "Straße"),
        ("de", "Grüße", "viele Gruesse", "Gruesse"),
        ("de", "neue", "eine neue", "neue"),
        ("en", "strasse", "the Straße", None),
        ("ru", "ежик", "Ёжик", "Ёжик"),
        ("tr", "i̇rfan", "ve İrfan", "İrfan"),
        ("tr", "ışık", "IŞIK", "IŞIK"),
        ("el", "ΝΙΚΟΣ", "ο νικος", "νικος"),
        ("hi", "राम", "रामा और राम", "राम"),
        ("zh", "小王子", "一个小王子他", "小王子"),
        ("zh", "New", "从New York来", "New"),
        ("zh", "3", "坐了３天", "３"),
        ("zh", "3", "坐了13天", None),
        ("ja", "時々", "私は時々来る", "時々"),
        ("th", "วัน", "ทุกวันแต่", "วัน"),
        ("he", "לוי", 'ד"ר לוי צחק', "לוי"),
        ("ko", "아이", "아이가", None),
    ],
)
def test_a_word_is_found(language, word, text, found):
    """Complete and in any case; inside a run of letters where the script has no spaces; as numbers are written."""
    match = find_word(word, text, 0, language)
    assert (match and match.group()) == found


@pytest.mark.parametrize(
    ("words", "text", "language"),
    [
        (["do", "n't", "do"], "Don't do", "en"),
        (["it", "'s", "gon", "na"], "It’s gonna", "en"),
        (["geht", "'s"], "Geht’s", "de"),
        (["dit", "-il", "d'", "abord"], "dit-il d'abord", "fr"),
    ],
)
def test_parts_of_a_word_are_found_beside_each_other(words, text, language):
    """As alignments cut it; alone, a part is not found inside."""
    position, spans = 0, []
    for before, word, after in zip(["", *words], words, [*words[1:], ""], strict=False):
        match = find_word(word, text, position, language, before=before, after=after)
        spans.append(match.group().lower().replace("’", "'"))
        position = match.end()
    assert spans == words
    assert find_word("do", "I don't", 0) is None


# words of a text, dictionaries, capitals


def test_a_text_that_is_not_cut_has_a_word_for_each_character():
    """But for numbers and words of other scripts; marks stay; a text that is cut already stays as it is."""
    text = "从前有一座小镇，镇上的“大钟”从New York来，共3天！——完"
    words = words_in(text, "zh")
    assert " ".join(words[6:]) == "镇， 镇 上 的 “大 钟” 从 New York 来， 共 3 天！—— 完"
    assert "".join(words) == text.replace(" ", "")
    assert words_in(" ".join(story("zh")), "zh") == story("zh")
    assert words_in("l'arbre est\nlà", "fr") == ["l'arbre", "est", "là"]


@pytest.mark.parametrize(
    ("language", "word", "entry"),
    [
        ("tr", "IŞIK", "ışık"),
        ("tr", "“İlk", "ilk"),
        ("en", "IT", "it"),
        ("de", "Straße,", "straße"),
        ("fr", "l'", "l"),
        ("zh", "《书》。", "书"),
        ("hi", "था।", "था"),
        ("ar", "كتاب؟", "كتاب"),
        ("ar", "كِتَابٌ", "كِتَابٌ"),
    ],
)
def test_spelling(language, word, entry):
    """Lower case as in the language, without marks; points of Arabic stay."""
    assert spelling(word, language) == entry
    assert lower("I", language) == ("ı" if language == "tr" else "i")


@pytest.mark.parametrize(
    ("language", "word", "options", "entries"),
    [
        ("en", "Fox,", {}, ["fox"]),
        ("en", "'s", {}, ["'s", "s"]),
        ("en", "n’t,", {}, ["n't", "n’t"]),
        ("en", "don’t", {}, ["don’t", "don't"]),
        ("en", "Paris", {"is_cased": True}, ["paris", "Paris"]),
        ("fr", "«L’", {}, ["l'", "l"]),
        ("fr", "cœur", {}, ["cœur", "coeur"]),
        ("de", "Straße", {}, ["straße", "strasse"]),
        ("de", "Weg", {}, ["weg"]),
        ("de", "Weg", {"is_cased": True}, ["Weg", "weg"]),
        ("de", "Weg", {"is_cased": True, "is_first": True}, ["weg", "Weg"]),
    ],
)
def test_entries_of_dictionaries(language, word, options, entries):
    """The best one first; nouns of German with their capital where the dictionary has capitals."""
    assert spellings(word, language, **options) == entries


def test_capitals():
    """Of Turkish i, of Dutch ij, of I in English alone."""
    assert with_capital_of(["Vos"], ["ijs"], capitals=True, language="nl") == ("IJs",)
    assert with_capital_of(["Kedi"], ["ilk"], capitals=True, language="tr") == ("İlk",)
    assert with_capital_of(["Kedi"], ["ışık"], capitals=True, language="tr") == ("Işık",)
    assert with_capital_of(["KEDİ"], ["Işık"], capitals=False, language="tr") == ("ışık",)
    assert without_sentence_capital(["İlk"], "tr") == ("ilk",)
    assert without_sentence_capital(["IJs"], "nl") == ("ijs",)
    assert without_sentence_capital(["I"], "en") == ("I",)
    assert without_sentence_capital(["I"], "it") == ("i",)
    assert without_sentence_capital(["L'", "arbre"], "fr") == ("l'", "arbre")


def test_every_language_joins_any_words():
    """No word, no mark and no language fails."""
    for language in (*RECORDS, "sw"):
        assert find_language(language).name
        for before, after in [("", "a"), ("a", ""), ("'", "'"), ("—", "…"), ("🦊", "-"), ("1", "'"), ("'", "s")]:
            assert space_between(before, after, language) in ("", " ")
