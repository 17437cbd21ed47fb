"""Training text: any source, streamed, tokenised once, in blocks that hold all of it."""

import tracemalloc
from dataclasses import replace

import pytest
from datasets import Dataset
from transformers import AutoTokenizer

from brainforecast.errors import BadInput
from brainforecast.finetuning.corpus import CorpusSettings, prepare_corpus, read_blocks, read_documents
from helpers.dumps import TEXTS, write_dump

pytest_plugins = ["helpers.language_models"]


@pytest.fixture
def tokenizer(tiny_gpt2):
    return AutoTokenizer.from_pretrained(tiny_gpt2)


def settings(source: object, *, subset: str | None = None, column: str = "text") -> CorpusSettings:
    """A corpus whose first two documents are held out."""
    return CorpusSettings(str(source), subset, split="train", column=column, n_tokens=None, held_out=2)


@pytest.fixture(params=["text", "dump", "parquet"])
def source(request, tmp_path):
    """The same documents as text files, as a Wikipedia dump, and as a folder in the format of a dataset on the hub."""
    if request.param == "text":
        for i, text in enumerate(TEXTS):
            (tmp_path / f"{i}.txt").write_text(text)
        return settings(tmp_path / "*.txt")
    if request.param == "dump":
        write_dump(tmp_path / "dump.xml.bz2")
        return settings(tmp_path / "dump.xml.bz2")
    (tmp_path / "wikipedia/20231101.en").mkdir(parents=True)
    columns = {"title": list("abcdef"), "body": TEXTS}
    Dataset.from_dict(columns).to_parquet(tmp_path / "wikipedia/20231101.en/train-00000-of-00001.parquet")
    (tmp_path / "wikipedia/README.md").write_text(
        "---\nconfigs:\n- config_name: 20231101.en\n  data_files:\n  - {split: train, path: 20231101.en/train-*}\n---\n"
    )
    return settings(tmp_path / "wikipedia", subset="20231101.en", column="body")


def test_every_source_gives_its_documents(source):
    """Documents in order, as a stream."""
    assert [row["text"] for row in read_documents(source)] == TEXTS


def test_blocks_hold_the_complete_text(source, tokenizer, tmp_path):
    """Concatenated blocks are the documents, each after the opening token; the first documents are held out."""
    prepare_corpus(source, tokenizer, tmp_path / "corpus", context=16)
    assert {path.name for path in (tmp_path / "corpus").iterdir()} == {"about.json", "held_out", "train"}
    for part, texts in (("held_out", TEXTS[:2]), ("train", TEXTS[2:])):
        blocks = read_blocks(tmp_path / "corpus", part)
        ids = [token for row in blocks for token in row["input_ids"]]
        expected = [token for text in texts for token in (0, *tokenizer(text)["input_ids"])]
        assert all(len(row["input_ids"]) == 16 for row in blocks)
        assert ids == expected[: len(expected) // 16 * 16]
        assert blocks.cache_files, "not memory-mapped"


def test_reading_stops_once_there_are_enough_blocks(source, tokenizer, tmp_path):
    """Only the blocks that training needs are made, or those that the config allows."""
    prepare_corpus(source, tokenizer, tmp_path / "few", context=16, n_blocks=3)
    assert len(read_blocks(tmp_path / "few", "train")) == 3
    prepare_corpus(replace(source, n_tokens=35), tokenizer, tmp_path / "fewer", context=16, n_blocks=3)
    assert len(read_blocks(tmp_path / "fewer", "train")) == 2


def test_memory_does_not_grow_with_the_text(tokenizer, tmp_path):
    """Four times the text takes the same memory: documents come as a stream and go to disk."""
    peaks = []
    for n in (400, 1600):
        folder = tmp_path / str(n)
        folder.mkdir()
        Dataset.from_dict({"text": [f"{text} {i}" for i in range(n) for text in TEXTS]}).to_parquet(
            folder / "a.parquet"
        )
        tracemalloc.start()
        prepare_corpus(settings(folder), tokenizer, tmp_path / f"corpus{n}", context=64)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


@pytest.mark.parametrize(
    ("source", "found"),
    [("nothing/*.txt", "no file"), ("nothing.xml.bz2", "a file that cannot be read"), ("nothing/at/all", "not")],
)
def test_missing_corpus_is_reported(source, found, tokenizer, tmp_path):
    """One line with the source and what was found; nothing is left that looks finished."""
    with pytest.raises(BadInput, match=f"(?i){source.replace('*', '.')}: found .*{found}.*; expected|corpus"):
        prepare_corpus(settings(source), tokenizer, tmp_path / "corpus", context=16)
    assert not (tmp_path / "corpus").exists()


def test_too_little_text_is_reported(tokenizer, tmp_path):
    """A corpus without a block of one part cannot be trained on."""
    (tmp_path / "a.txt").write_text("Short.")
    (tmp_path / "b.txt").write_text("Short too.")
    with pytest.raises(BadInput, match="no block of 16 tokens in the held-out part"):
        prepare_corpus(settings(tmp_path / "*.txt"), tokenizer, tmp_path / "corpus", context=16)
