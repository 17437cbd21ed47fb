"""Every family of models with three languages: right tokens, no word sees a later one, the states of a plain pass.

The table of docs/models.md is made here. After a change that is meant to change it:

    PYTHONPATH=workflow:tests envs/run python -m language.test_families
"""

import sys
import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
import torch

from brainforecast.language.extraction import ExtractionSettings, extract_activations, is_causal
from brainforecast.language.known_tokens import count_known
from brainforecast.language.tokens import read_tokens
from brainforecast.pretrained.loading import load_model
from helpers.datasets import REPOSITORY
from helpers.model_families import FAMILIES, Family, build_family, frame, save_family
from helpers.texts_languages import chinese, english, french

pytest_plugins = ["helpers.language_models"]
pytestmark = pytest.mark.usefixtures("one_thread")

STORIES = {"en": english(), "fr": french(), "zh": chinese()}
EXTRACTED, CUT = 30, 18  # words whose states are extracted; the words after the second number are changed
LARGEST = 2e-6  # relative difference of states in float32
SETTINGS = ExtractionSettings()  # context and stride left to the model
MODELS = REPOSITORY / "docs/models.md"
BEGIN, END = "<!-- families: made by tests/language/test_families.py -->", "<!-- end of families -->"
KINDS = {"causal": "causal", "masked": "masked", "encoder": "encoder of two"}


class Measured(NamedTuple):
    """One family and language: words with right tokens, words in all, words with an unknown token, share of unknown
    tokens, leak, and difference from a plain pass."""

    n_right: int
    n_words: int
    n_unknown: int
    share: float
    leak: float
    difference: float


def letters(text: str) -> str:
    """Letters and digits alone, without case, width and accents, which some tokenizers remove."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if letter.isalnum())


def relative(a: np.ndarray, b: np.ndarray) -> float:
    """The largest distance between the rows of two arrays, over their norm."""
    return float((np.linalg.norm(a - b, axis=-1) / np.linalg.norm(b, axis=-1)).max())


def plain_states(family: Family, language: str, words, tokenizer, model) -> np.ndarray:
    """Last states of a few words, each from one input that ends with it: (n_words, n_features)."""
    tokens = read_tokens(words, tokenizer, language)
    before, after = (tokenizer.convert_tokens_to_ids(entries) for entries in frame(family, language))
    states = []
    for n in (0, CUT, len(words) - 1):
        last = np.flatnonzero(tokens.word == n)[-1]
        ids = [*before, *tokens.ids[: last + 1].tolist(), *after]
        with torch.no_grad():
            output = model(input_ids=torch.tensor([ids]))
        states.append(output.last_hidden_state[0, len(before) + last].numpy())
    return np.stack(states)


@cache
def measure(name: str) -> dict[str, Measured]:
    """All three languages with one family."""
    family = FAMILIES[name]
    tokenizer, model = build_family(family)
    assert is_causal(model) == (family.kind == "causal")
    return {language: measure_language(family, language, tokenizer, model) for language in STORIES}


def measure_language(family: Family, language: str, tokenizer, model) -> Measured:
    """Tokens of the complete story, states of its first words."""
    words = STORIES[language]
    tokens = read_tokens(words, tokenizer, language)
    spelled = [tokenizer.decode(tokens.ids[tokens.word == i]) for i in range(len(words))]
    unknown = np.isin(tokens.ids, tokenizer.all_special_ids)
    settings = ExtractionSettings(language=language)
    first = words[:EXTRACTED]
    states, others = (
        extract_activations(story, tokenizer, model, settings) for story in (first, first[:CUT] + words[:-CUT:-1])
    )
    last = max(states)
    plain = plain_states(family, language, first, tokenizer, model)
    assert relative(states[last][CUT:], others[last][CUT : len(first)]) > 1e-3
    return Measured(
        n_right=sum(letters(word) == letters(text) for word, text in zip(words, spelled, strict=True)),
        n_words=len(words),
        n_unknown=len(set(tokens.word[unknown]) - {-1}),
        share=count_known(words, tokenizer, language).share,
        leak=max(relative(others[layer][:CUT], states[layer][:CUT]) for layer in states),
        difference=relative(states[last][[0, CUT, len(first) - 1]], plain),
    )


@pytest.mark.parametrize("name", FAMILIES)
def test_family(name):
    """Every word has its own letters, no later word changes a state, and states are those of a plain pass."""
    for language, measured in measure(name).items():
        assert measured.n_right + measured.n_unknown == measured.n_words, language
        assert measured.leak <= LARGEST, language
        assert measured.difference <= LARGEST, language


def test_enough_families():
    """At least thirty, of each kind some."""
    kinds = [family.kind for family in FAMILIES.values()]
    assert len(kinds) >= 30
    assert min(kinds.count(kind) for kind in KINDS) >= 5


@pytest.mark.parametrize("name", ["GPT-2", "Gemma 3", "BERT", "mBART", "ByT5", "Marian"])
def test_family_on_disk(name, tmp_path):
    """The same states from a local folder, as users have it."""
    family, words = FAMILIES[name], STORIES["fr"][:20]
    settings = ExtractionSettings(language="fr")
    loaded = load_model(save_family(family, tmp_path), device="cpu")
    found, expected = (extract_activations(words, *pair, settings) for pair in (loaded, build_family(family)))
    assert list(found) == list(expected) == [0, 1, 2]
    assert all(relative(found[layer], expected[layer]) <= LARGEST for layer in found)


def table() -> str:
    """The table of docs/models.md."""
    lines = [
        "| family | kind | words with right tokens: EN | FR | ZH | unknown tokens: EN | FR | ZH | leak | plain pass |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, family in FAMILIES.items():
        found = measure(name).values()
        right = [f"{one.n_right}/{one.n_words}" for one in found]
        unknown = [f"{100 * one.share:.1f} %" for one in found]
        largest = [max(one.leak for one in found), max(one.difference for one in found)]
        bounds = ["< 2e-6" if value <= LARGEST else "above" for value in largest]
        lines.append(f"| {' | '.join([name, KINDS[family.kind], *right, *unknown, *bounds])} |")
    return "\n".join(lines)


def test_table():
    """The docs show what is measured."""
    text = MODELS.read_text(encoding="utf-8")
    assert text.split(BEGIN)[1].split(END)[0].strip() == table()


def write_table() -> None:
    """Put the table between its two marks in docs/models.md."""
    text = MODELS.read_text(encoding="utf-8")
    start, end = text.split(BEGIN)[0], text.split(END)[1]
    MODELS.write_text(f"{start}{BEGIN}\n\n{table()}\n\n{END}{end}", encoding="utf-8")


if __name__ == "__main__":
    torch.set_num_threads(1)
    sys.exit(write_table())
