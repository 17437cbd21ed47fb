"""The words that Chinese is cut into: those of jieba, or of another list."""

import warnings
from pathlib import Path

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of its source, where it is compiled anew
    import jieba


def read_segmenter(path_to_words: str | Path | None = None) -> jieba.Tokenizer:
    """Read what cuts Chinese into words.

    By itself jieba reads its words from a cache in the folder of temporary files, which other users may have written,
    and writes it: jobs of a node would share it.

    Parameters
    ----------
    path_to_words : a list of words with their counts; by default jieba's own.
    """
    segmenter = jieba.Tokenizer(str(path_to_words) if path_to_words else None)
    with segmenter.get_dict_file() as file:
        segmenter.FREQ, segmenter.total = segmenter.gen_pfdict(file)
    segmenter.initialized = True
    return segmenter


def prepare_wordfreq() -> None:
    """Read the words that wordfreq cuts Chinese into, which it would read through jieba's cache."""
    from wordfreq import chinese  # after jieba, whose source warns where it is compiled anew

    if chinese.jieba_tokenizer is None:
        chinese.jieba_tokenizer = read_segmenter(chinese.DICT_FILENAME)
