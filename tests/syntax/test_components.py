"""Components: against plain passes over the model; true words are all syntax; convergence of the mean."""

import numpy as np
import pandas as pd
import pytest
import torch

from brainforecast.encoding.windows import offset_vectors, shift
from brainforecast.errors import BadInput
from brainforecast.language.extraction import ExtractionSettings, cut_layers, extract_activations
from brainforecast.pretrained.loading import LoadSettings, load_model
from brainforecast.storage.activations import read_layer, write_activations
from brainforecast.syntax.components import RunningMean, extract_futures
from helpers.datasets import assert_bad_input
from scripts.syntax import extract_components as script

pytest_plugins = ["helpers.language_models"]
pytestmark = pytest.mark.usefixtures("one_thread")

TEXT = (
    "Once there was a river, and the letter that somebody had carried across it in the morning was told about the "
    "town; she said they didn't believe a word of it."
)
STORY = TEXT.split(" ")
HORIZON = 3
EXTRACTION = ExtractionSettings(context=256, stride=64, word_vector="last", batch_size=16)
CLOSE = {"rtol": 0, "atol": 1e-4}


def futures_of(*stories):
    """A table whose futures are the words of other stories at the same rows."""
    rows = [
        (n, i, " ".join(story[n + 1 : n + 1 + HORIZON]), len(story[n + 1 : n + 1 + HORIZON]))
        for n in range(len(STORY) - 1)
        for i, story in enumerate(stories)
    ]
    return pd.DataFrame(rows, columns=["word", "future", "text", "n_words"])


def extract(words, futures, loaded, X, horizon=HORIZON):
    """Components and convergence of a story."""
    return extract_futures(words, futures, *loaded, activations=X, horizon=horizon, extraction=EXTRACTION)


def extract_all(model_path, futures, layers=(0, 2)):
    """True activations, components and convergence of the story."""
    loaded = load_model(model_path)
    X = extract_activations(STORY, *loaded, EXTRACTION, layers=layers)
    return X, *extract(STORY, futures, loaded, X)


def test_the_true_future_is_all_syntax(tiny_llama):
    """Where the futures are the true words, the syntactic part is the true activation, and nothing is left."""
    X, parts, _ = extract_all(tiny_llama, futures_of(STORY, STORY))
    for layer in (0, 2):
        rest = offset_vectors("semantic", X[layer], seed=0, block=2, ahead=parts[layer])
        for offset in range(-2, HORIZON + 1):
            assert np.abs(rest(offset)).max() < 1e-3
        assert np.allclose(parts[layer][:-2, 1], shift(X[layer], 2)[:-2], **CLOSE)


def test_a_component_is_the_mean_over_plain_passes(tiny_llama):
    """Two futures of other words: each one input with the true words before it, the states of their words averaged."""
    others = [STORY[::-1], sorted(STORY)]
    _, parts, _ = extract_all(tiny_llama, futures_of(*others))
    tokenizer, model = load_model(tiny_llama)
    for n in (4, 11):
        inputs = [STORY[: n + 1] + other[n + 1 : n + 1 + HORIZON] for other in others]
        plain = [extract_activations(words, tokenizer, model, EXTRACTION, layers=[2])[2] for words in inputs]
        expected = np.mean([X[n + 1 : n + 1 + HORIZON] for X in plain], axis=0)
        assert np.allclose(parts[2][n], expected, **CLOSE)


def test_the_past_is_the_true_one(tiny_llama):
    """Another word before changes the component; another one after does not."""
    futures = futures_of(STORY[::-1])
    loaded = load_model(tiny_llama)
    X = extract_activations(STORY, *loaded, EXTRACTION, layers=[2])
    before = extract(STORY, futures, loaded, X)[0][2]
    later = extract([*STORY[:-1], "river"], futures, loaded, X)[0][2]
    earlier = extract(["Here", *STORY[1:]], futures, loaded, X)[0][2]
    assert np.allclose(later[:-1], before[:-1], **CLOSE)
    assert np.abs(earlier[5] - before[5]).max() > 1e-3


def test_missing_futures_do_not_count(tiny_llama):
    """A word with one future has that one's vectors; one without any has zeros."""
    both = futures_of(STORY[::-1], sorted(STORY))
    some = both[~((both["word"] == 6) & (both["future"] == 1)) & (both["word"] != 7)]
    _, single, _ = extract_all(tiny_llama, futures_of(STORY[::-1]))
    _, mixed, convergence = extract_all(tiny_llama, some)
    assert np.allclose(mixed[2][6], single[2][6], **CLOSE)
    assert not mixed[2][7].any()
    assert not mixed[2][-1].any()
    assert convergence["n_futures"].tolist() == [1, 2, 1, 2]


@pytest.fixture
def n_tokens_run(tiny_llama):
    """The number of tokens that pass the model for the futures of a story, padding included."""
    loaded = load_model(tiny_llama)

    def count(story: list[str], n_futures: int, horizon: int) -> int:
        n, counted = len(story), []
        rows = [
            (word, future, " ".join(story[:: 2 * (future % 2) - 1][:horizon]), horizon)
            for word in range(n - 1)
            for future in range(n_futures)
        ]
        futures = pd.DataFrame(rows, columns=["word", "future", "text", "n_words"])
        X = {2: np.ones((n, 16), np.float32)}
        watch = (
            loaded[1].get_input_embeddings().register_forward_pre_hook(lambda _, ids: counted.append(ids[0].numel()))
        )
        try:
            extract(story, futures, loaded, X, horizon)
        finally:
            watch.remove()
        return sum(counted)

    return count


def test_cost_is_linear(n_tokens_run):
    """Twice the futures, words or horizon: no more than twice the tokens that pass the model (a tenth for padding)."""
    once = n_tokens_run(STORY, 2, 3)
    assert n_tokens_run(STORY, 4, 3) == 2 * once
    assert n_tokens_run(STORY, 2, 6) < 2 * 1.1 * once
    assert n_tokens_run(STORY * 2, 2, 3) < 2 * 1.1 * once
    assert n_tokens_run(STORY * 16, 2, 3) < 2 * 1.1 * n_tokens_run(STORY * 8, 2, 3)  # both longer than the context


def test_a_future_of_a_word_outside_the_story_is_refused(tiny_llama):
    """A table of another story is refused."""
    with pytest.raises(BadInput) as error:
        extract_all(tiny_llama, futures_of(STORY).assign(word=lambda t: t["word"] + 20))
    assert_bad_input(error, "futures", "words 0 to")


def test_convergence_separates_signal_from_noise():
    """Futures that are all the same agree at once; futures of noise never; in between as in the formula."""
    rng = np.random.default_rng(0)
    shape, mask = (400, 2, 30), np.ones((400, 2), int)
    signal = rng.standard_normal(shape).astype(np.float32)
    expected = {0.0: 1.0, 2.0: 1 / (1 + 4 / 5)}
    for noise, reliability in expected.items():
        mean = RunningMean(np.ones(30))
        for _ in range(5):
            mean.add(signal + noise * rng.standard_normal(shape).astype(np.float32), mask)
        assert mean.reliability(5) == pytest.approx(reliability, abs=0.03)
        assert mean.reliability(1) == pytest.approx(1 / (1 + noise**2), abs=0.03)
    only_noise = RunningMean(np.ones(30))
    for _ in range(5):
        only_noise.add(rng.standard_normal(shape).astype(np.float32), mask)
    assert only_noise.reliability(5) < 0.05
    assert mean.change[1:] == sorted(mean.change[1:], reverse=True)


def test_fewer_layers_give_the_same_states(tiny_llama, tiny_gpt2):
    """What comes after the last requested layer is removed; the layer itself has no final norm."""
    for path in (tiny_llama, tiny_gpt2):
        tokenizer, model = load_model(path)
        ids = tokenizer("Once there was a river", return_tensors="pt").input_ids
        with torch.no_grad():
            complete = model(ids, output_hidden_states=True).hidden_states
            cut = cut_layers(model, 1)(ids, output_hidden_states=True).hidden_states
        assert len(cut) == 3
        assert torch.equal(cut[1], complete[1])


def test_script_writes_components_and_convergence(tiny_llama, tmp_path):
    """The requested layers, in the shape of continuations."""
    X, parts, _ = extract_all(tiny_llama, futures_of(STORY[::-1]), layers=(1,))
    pd.DataFrame({"word": STORY}).to_parquet(tmp_path / "words.parquet")
    futures_of(STORY[::-1]).to_parquet(tmp_path / "futures.parquet")
    write_activations(X, tmp_path / "true.safetensors", metadata={})
    paths = [str(tmp_path / name) for name in ("words.parquet", "futures.parquet", "true.safetensors")]
    written = [str(tmp_path / name) for name in ("parts.safetensors", "convergence.parquet")]
    script.extract_components(
        *paths,
        *written,
        source=tiny_llama,
        layers=[1],
        horizon=HORIZON,
        loading=LoadSettings(),
        extraction=EXTRACTION,
        threads=1,
    )
    assert np.allclose(read_layer(written[0], 1), parts[1], **CLOSE)
    assert pd.read_parquet(written[1])["layer"].tolist() == [1]
