"""Training text: streamed, tokenised once, packed into blocks, and memory-mapped.

Memory holds one batch of documents and one block, however long the corpus is.
"""

import json
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from glob import glob
from itertools import islice
from pathlib import Path

from datasets import Dataset, Features, IterableDataset, List, Value, load_dataset, load_from_disk
from datasets.exceptions import DatasetGenerationError
from datasets.utils.logging import disable_progress_bar

from brainforecast.dataset.bids import read_text
from brainforecast.errors import BadInput, first_line
from brainforecast.files import atomic, checked
from brainforecast.finetuning.wikitext import read_articles
from brainforecast.language.frames import opening_token
from brainforecast.progress import log_progress

logger = logging.getLogger("brainforecast")

disable_progress_bar()  # a job's log has counted lines instead

LARGEST_TEXT = 2**30  # bytes of one file
BYTES_PER_TOKEN = 4
DOCUMENTS_PER_BATCH = 256  # tokenised together


@dataclass(frozen=True)
class CorpusSettings:
    """A corpus; the names are those of config `finetuning.<name>.corpus`.

    Parameters
    ----------
    source : pattern of text files, Wikipedia dump, or what `datasets` loads; see `read_documents`.
    subset, split, column : of a dataset; column : the one that holds the text.
    n_tokens : maximum number of tokens read; None for as many as training needs.
    held_out : number of documents, from the first, that are never trained on.
    """

    source: str
    subset: str | None
    split: str
    column: str
    n_tokens: int | None
    held_out: int


def prepare_corpus(
    corpus: CorpusSettings, tokenizer, path_to_corpus: str | Path, *, context: int, n_blocks: int | None = None
) -> None:
    """Tokenise a corpus, pack it into blocks of `context` tokens, and write it so that it can be memory-mapped.

    Documents follow each other, each after the token that opens a text. The first `held_out` documents are never
    trained on. Reading stops once there are enough blocks.

    Parameters
    ----------
    tokenizer : of the model to be trained.
    n_blocks : number of blocks that training needs at most; None for all.

    Raises
    ------
    BadInput : a corpus that is missing, or too short for one block of each part.
    """
    limit = min(filter(None, (n_blocks, corpus.n_tokens and corpus.n_tokens // context)), default=None)
    documents = read_documents(corpus)
    parts = {"held_out": (documents.take(corpus.held_out), None), "train": (documents.skip(corpus.held_out), limit)}
    with atomic(path_to_corpus) as folder:
        for part, (texts, max_blocks) in parts.items():
            if next(pack(texts, tokenizer, context), None) is None:
                found = f"no block of {context} tokens in the {part.replace('_', '-')} part"
                raise BadInput(f"corpus {corpus.source}", found, "more text, or fewer documents held out")
            n = _write_part(folder / part, texts, tokenizer, context, max_blocks)
            logger.info("%s: %d blocks of %d tokens, %.1f MB", part, n, context, n * context * BYTES_PER_TOKEN / 1e6)
        (folder / "about.json").write_text(json.dumps({"source": corpus.source, "context": context}))


def read_blocks(path_to_corpus: str | Path, part: str) -> Dataset:
    """Open the blocks of a part (``train`` or ``held_out``), memory-mapped: ``input_ids``, (context,) each."""
    return load_from_disk(str(Path(path_to_corpus) / part))


def read_documents(corpus: CorpusSettings) -> IterableDataset:
    """Stream the documents of a corpus, one ``text`` each.

    A source is a pattern of text files (a file is a document), a Wikipedia dump, or what `datasets` loads: a hub name
    or a local folder of the same format.
    """
    source, column = str(checked(corpus.source)), corpus.column
    if source.endswith((".xml", ".bz2")):
        return IterableDataset.from_generator(_articles, gen_kwargs={"path": source})
    if source.endswith(".txt"):
        files = sorted(glob(source, recursive=True))
        if not files:
            raise BadInput(f"corpus {source}", "no file", "at least one text file")
        return IterableDataset.from_generator(_texts, gen_kwargs={"paths": files})
    try:
        stream = load_dataset(source, corpus.subset, split=corpus.split, streaming=True)
        return stream.select_columns(column).rename_columns({column: "text"} if column != "text" else {})
    except Exception as error:  # datasets raises many types, all of them because of the source
        raise BadInput(f"corpus {source}", first_line(error), "text files, a dump or a dataset") from error


def pack(texts: IterableDataset, tokenizer, context: int) -> Iterator[dict[str, list[int]]]:
    """Concatenate documents and cut them into blocks of `context` tokens; the remainder at the end is dropped."""
    opening, buffer = opening_token(tokenizer), []
    for documents in texts.iter(batch_size=DOCUMENTS_PER_BATCH):
        for ids in tokenizer(documents["text"], add_special_tokens=False, verbose=False)["input_ids"]:
            buffer += [opening, *ids]
            n_packed = len(buffer) // context * context
            for start in range(0, n_packed, context):
                yield {"input_ids": buffer[start : start + context]}
            del buffer[:n_packed]


def _write_part(folder: Path, texts: IterableDataset, tokenizer, context: int, max_blocks: int | None) -> int:
    """Write the blocks as an Arrow table on disk; return their number."""

    def counted() -> Iterator[dict[str, list[int]]]:
        yield from log_progress(islice(pack(texts, tokenizer, context), max_blocks), max_blocks, "block")

    features = Features({"input_ids": List(Value("int32"), length=context)})
    scratch = folder.with_name(f"{folder.name}-scratch")
    try:
        blocks = Dataset.from_generator(counted, features=features, cache_dir=str(scratch))
    except DatasetGenerationError as error:
        if isinstance(error.__cause__, BadInput):
            raise error.__cause__ from None
        raise
    blocks.save_to_disk(str(folder))
    shutil.rmtree(scratch)
    return len(blocks)


def _texts(paths: list[str]) -> Iterator[dict[str, str]]:
    for path in paths:
        yield {"text": read_text(path, LARGEST_TEXT).replace("\r\n", "\n").replace("\r", "\n")}


def _articles(path: str) -> Iterator[dict[str, str]]:
    for text in read_articles(path):
        yield {"text": text}
