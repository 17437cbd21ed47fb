"""Tiny models in folders, in which one file at a time is replaced; made once for a process.

Libraries are imported where they are used, so that a list of readers is made without them.
"""

import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

TEXT = "Once upon a time the pilot's 3 maps, a café, and the well-worn road home."


def in_folder(make: Callable[[], Path], name: str) -> Callable[[Path], Path]:
    """A function from the path of a file to a folder like the one that is made, with that file under a name in it."""

    def place(path: Path) -> Path:
        folder = path.parent / "model"
        if not folder.exists():
            shutil.copytree(make(), folder)
        shutil.copyfile(path, folder / name)
        return folder

    return place


def _folder(name: str) -> Path:
    return Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-")) / name


@cache
def gpt2() -> Path:
    """A GPT-2 of one layer, with a fast tokenizer in one file."""
    from transformers import GPT2Config, GPT2LMHeadModel

    from helpers.language_models import ENDS, byte_tokenizer, save_tiny

    config = GPT2Config(vocab_size=300, n_positions=64, n_embd=8, n_layer=1, n_head=2, **ENDS)
    return Path(save_tiny(GPT2LMHeadModel, config, byte_tokenizer(), _folder("gpt2")))


@cache
def gpt2_pairs() -> Path:
    """The same with a vocabulary and its merges in place of tokenizer.json."""
    import json

    folder = Path(shutil.copytree(gpt2(), _folder("pairs")))
    model = json.loads((folder / "tokenizer.json").read_text())["model"]
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.json").write_text(json.dumps(model["vocab"]))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(" ".join(pair) for pair in model["merges"]) + "\n")
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "GPT2Tokenizer", "eos_token": "<|endoftext|>"}')
    return folder


@cache
def gpt2_shards() -> Path:
    """The same with its weights in two files, and their index."""
    import json

    from safetensors.torch import load_file, save_file

    folder = Path(shutil.copytree(gpt2(), _folder("shards")))
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    half, index = len(weights) // 2, {}
    for number, names in enumerate((list(weights)[:half], list(weights)[half:]), start=1):
        file = f"model-{number}.safetensors"
        save_file({name: weights[name] for name in names}, folder / file, {"format": "pt"})
        index |= dict.fromkeys(names, file)
    total = sum(weight.nbytes for weight in weights.values())
    content = {"metadata": {"total_size": total}, "weight_map": index}
    (folder / "model.safetensors.index.json").write_text(json.dumps(content))
    return folder


@cache
def gpt2_pickled() -> Path:
    """The same with its weights as torch.save writes them."""
    import torch
    from safetensors.torch import load_file

    folder = Path(shutil.copytree(gpt2(), _folder("pickled")))
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    return folder


@cache
def bert() -> Path:
    """A BERT of one layer, with a vocabulary in lines."""
    from transformers import BertConfig, BertForMaskedLM

    from helpers.language_models import save_tiny, wordpiece_tokenizer

    sizes = {"hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = BertConfig(vocab_size=300, max_position_embeddings=64, **sizes)
    tokenizer = wordpiece_tokenizer()
    folder = Path(save_tiny(BertForMaskedLM, config, tokenizer, _folder("bert")))
    vocabulary = tokenizer.get_vocab()
    (folder / "vocab.txt").write_text("\n".join(sorted(vocabulary, key=vocabulary.get)) + "\n")
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "BertTokenizer", "do_lower_case": true}')
    return folder


@cache
def t5() -> Path:
    """A T5 of one layer, with a model of sentencepiece."""
    from sentencepiece import SentencePieceTrainer
    from transformers import T5Config, T5ForConditionalGeneration

    from helpers.language_models import TEXT as LINES

    folder = _folder("t5")
    folder.mkdir()
    (folder / "lines").write_text("\n".join(LINES.split(" . ")))
    SentencePieceTrainer.train(
        input=str(folder / "lines"),
        model_prefix=str(folder / "spiece"),
        vocab_size=60,
        minloglevel=2,
        num_threads=1,
        normalization_rule_name="identity",
    )
    for name in ("lines", "spiece.vocab"):
        (folder / name).unlink()
    sizes = {"d_model": 8, "d_kv": 4, "d_ff": 16, "num_layers": 1, "num_decoder_layers": 1, "num_heads": 2}
    config = T5Config(vocab_size=200, decoder_start_token_id=0, **sizes)
    T5ForConditionalGeneration(config).save_pretrained(folder)
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "T5Tokenizer", "extra_ids": 100}')
    return folder


@cache
def tiktoken() -> Path:
    """A GPT-2 with ranked pieces of bytes, as tiktoken has them."""
    import base64
    import json

    folder = Path(shutil.copytree(gpt2(), _folder("tiktoken")))
    (folder / "tokenizer.json").unlink()
    pieces = [bytes([byte]) for byte in range(256)] + [b"th", b"the", b" t"]
    lines = "\n".join(f"{base64.b64encode(piece).decode()} {rank}" for rank, piece in enumerate(pieces))
    (folder / "own.tiktoken").write_text(lines + "\n")
    special = {str(len(pieces)): {"content": "<|endoftext|>"}}
    settings = {"added_tokens_decoder": special, "eos_token": {"content": "<|endoftext|>"}}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return folder


@cache
def wav2vec2() -> Path:
    """A speech model of two layers, with its feature extractor."""
    from helpers.speech_models import save_speech_model

    return Path(save_speech_model("wav2vec2", _folder("wav2vec2")))


@cache
def whisper() -> Path:
    """A Whisper of two layers, with its feature extractor."""
    from helpers.speech_models import save_speech_model

    return Path(save_speech_model("whisper", _folder("whisper")))


@cache
def pipeline(use_upper: bool = True) -> Path:
    """A small spaCy pipeline that tags and parses; its parser scores moves in a layer of its own, or in its first."""
    import spacy
    from spacy.training import Example

    nlp = spacy.blank("en")
    sizes = {"width": 8, "depth": 1, "embed_size": 16, "window_size": 1, "maxout_pieces": 2, "subword_features": True}
    model = {"@architectures": "spacy.HashEmbedCNN.v2", "pretrained_vectors": None, **sizes}
    nlp.add_pipe("tok2vec", config={"model": model})
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 8, "upstream": "tok2vec"}
    nlp.add_pipe("tagger", config={"model": {"@architectures": "spacy.Tagger.v2", "tok2vec": listener}})
    nlp.add_pipe("morphologizer", config={"model": {"@architectures": "spacy.Tagger.v2", "tok2vec": listener}})
    parser = {"@architectures": "spacy.TransitionBasedParser.v2", "state_type": "parser", "extra_state_tokens": False}
    parser |= {"hidden_width": 8, "maxout_pieces": 2, "use_upper": use_upper, "tok2vec": listener}
    nlp.add_pipe("parser", config={"model": parser})
    words = ["The", "cat", "sat"]
    annotations = {
        "words": words, "tags": ["DT", "NN", "VB"], "pos": ["DET", "NOUN", "VERB"], "morphs": ["", "", ""],
        "heads": [1, 2, 2], "deps": ["det", "nsubj", "ROOT"],
    }  # fmt: skip
    example = Example.from_dict(nlp.make_doc(" ".join(words)), annotations)
    nlp.initialize(lambda: [example] * 5)
    folder = _folder("pipeline")
    nlp.to_disk(folder)
    return folder


@cache
def dictionary() -> Path:
    """Word vectors and their words."""
    import numpy as np
    import pandas as pd

    folder = _folder("dictionary")
    folder.mkdir()
    np.save(folder / "vectors.npy", np.arange(12, dtype=np.float32).reshape(6, 2) + 1)
    pd.DataFrame({"word": ["once", "upon", "a", "time", "the", "null"]}).to_parquet(folder / "words.parquet")
    return folder
