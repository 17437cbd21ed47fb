"""The text a language model is fine-tuned on: any source, streamed, tokenised once, in blocks that hold all of it."""

import bz2
import tracemalloc

import pytest
from datasets import Dataset
from transformers import AutoTokenizer

from brainforecast.errors import BadInput
from brainforecast.finetuning.corpus import prepare_corpus, read_blocks, read_documents
from brainforecast.finetuning.wikitext import plain_text, read_articles

pytest_plugins = ["helpers.language_models"]

TEXTS = [
    f"Story number {i}. The fox told the dog of it, and the dog did not believe a word." * (i + 1) for i in range(6)
]
PAGE = "<page><title>{title}</title><ns>{ns}</ns>{more}<revision><text>{text}</text></revision></page>"
MARKUP = """{{Infobox|name={{small|A}}}}
'''Albedo''' ({{IPA|al}}) is the [[diffuse reflection|reflecting]] power of a [[surface]].&lt;ref&gt;A book.&lt;/ref&gt;
[[File:A.svg|thumb|What a [[picture]] shows]]
{| class="wikitable"
| a || b
|}
== Heading ==
* an item of a list
See [http://example.org the page] &amp;mdash; or not.
[[Category:Light]]"""


@pytest.fixture
def tokenizer(tiny_gpt2):
    return AutoTokenizer.from_pretrained(tiny_gpt2)


def about(source: object, **more: object) -> dict:
    """A section `corpus` of a config."""
    return {
        "source": str(source),
        "subset": None,
        "split": "train",
        "column": "text",
        "n_tokens": None,
        "held_out": 2,
    } | more


def write_dump(path) -> None:
    """A Wikipedia dump of the texts, a redirect and a page that is no article."""
    pages = [PAGE.format(title=f"T{i}", ns=0, more="", text=text) for i, text in enumerate(TEXTS)]
    pages += [PAGE.format(title="R", ns=0, more='<redirect title="T1" />', text="#REDIRECT [[T1]]")]
    pages += [PAGE.format(title="W", ns=4, more="", text="About the project.")]
    path.write_bytes(bz2.compress(f"<mediawiki xmlns='x'>{''.join(pages)}</mediawiki>".encode()))


@pytest.fixture(params=["text", "dump", "parquet"])
def source(request, tmp_path):
    """The same documents as text files, as a Wikipedia dump, and as a folder in the format of a hub's dataset."""
    if request.param == "text":
        for i, text in enumerate(TEXTS):
            (tmp_path / f"{i}.txt").write_text(text)
        return about(tmp_path / "*.txt")
    if request.param == "dump":
        write_dump(tmp_path / "dump.xml.bz2")
        return about(tmp_path / "dump.xml.bz2")
    (tmp_path / "wikipedia/20231101.en").mkdir(parents=True)
    columns = {"title": list("abcdef"), "body": TEXTS}
    Dataset.from_dict(columns).to_parquet(tmp_path / "wikipedia/20231101.en/train-00000-of-00001.parquet")
    (tmp_path / "wikipedia/README.md").write_text(
        "---\nconfigs:\n- config_name: 20231101.en\n  data_files:\n  - {split: train, path: 20231101.en/train-*}\n---\n"
    )
    return about(tmp_path / "wikipedia", subset="20231101.en", column="body")


def test_every_source_gives_its_documents(source):
    """Documents in order, as a stream."""
    assert [row["text"] for row in read_documents(source)] == TEXTS


def test_blocks_hold_the_whole_text(source, tokenizer, tmp_path):
    """Blocks one after the other are the documents, each behind the opening token; the first ones are held out."""
    prepare_corpus(source, tokenizer, tmp_path / "corpus", context=16)
    assert {path.name for path in (tmp_path / "corpus").iterdir()} == {"about.json", "held_out", "train"}
    for part, texts in (("held_out", TEXTS[:2]), ("train", TEXTS[2:])):
        blocks = read_blocks(tmp_path / "corpus", part)
        ids = [token for row in blocks for token in row["input_ids"]]
        whole = [token for text in texts for token in (0, *tokenizer(text)["input_ids"])]
        assert all(len(row["input_ids"]) == 16 for row in blocks)
        assert ids == whole[: len(whole) // 16 * 16]
        assert blocks.cache_files, "not memory-mapped"


def test_reading_stops_where_there_is_enough(source, tokenizer, tmp_path):
    """Only the blocks that training asks for are made, or those that the config allows."""
    prepare_corpus(source, tokenizer, tmp_path / "few", context=16, n_blocks=3)
    assert len(read_blocks(tmp_path / "few", "train")) == 3
    prepare_corpus(source | {"n_tokens": 35}, tokenizer, tmp_path / "fewer", context=16, n_blocks=3)
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
        prepare_corpus(about(folder), tokenizer, tmp_path / f"corpus{n}", context=64)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


def test_prose_of_an_article():
    """Links show their text; templates, references, pictures, tables, headings, lists and categories are gone."""
    import html

    text = plain_text(html.unescape(MARKUP))
    assert text == "Albedo () is the reflecting power of a surface.\nSee the page — or not."


def test_a_dump_gives_its_articles_alone(tmp_path):
    """Redirects and other pages are left out."""
    write_dump(tmp_path / "dump.xml.bz2")
    assert list(read_articles(tmp_path / "dump.xml.bz2")) == TEXTS


@pytest.mark.parametrize(
    ("source", "found"),
    [("nothing/*.txt", "no file"), ("nothing.xml.bz2", "a file that does not read"), ("nothing/at/all", "not")],
)
def test_a_corpus_that_is_not_there_says_so(source, found, tokenizer, tmp_path):
    """One line with the source and what was found; nothing is left that looks finished."""
    with pytest.raises(BadInput, match=f"(?i){source.replace('*', '.')}: found .*{found}.*; expected|corpus"):
        prepare_corpus(about(source), tokenizer, tmp_path / "corpus", context=16)
    assert not (tmp_path / "corpus").exists()


def test_too_little_text_says_so(tokenizer, tmp_path):
    """A corpus without a block of one part cannot be trained on."""
    (tmp_path / "a.txt").write_text("Short.")
    (tmp_path / "b.txt").write_text("Short too.")
    with pytest.raises(BadInput, match="no block of 16 tokens in the held-out part"):
        prepare_corpus(about(tmp_path / "*.txt"), tokenizer, tmp_path / "corpus", context=16)
