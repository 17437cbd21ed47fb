"""Tiny random models of the families of transformers, each with a tokenizer of its own kind, in local folders."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import torch
import transformers
from transformers import AutoConfig, AutoModel, PreTrainedTokenizerBase

from brainforecast.pretrained.architectures import text_part
from helpers import vocabularies

N_LAYERS, WIDTH = 2, 32
# names of the same sizes in the settings of many families; those that a family does not have are ignored
SIZES = {
    "hidden_size": WIDTH, "intermediate_size": 48, "num_hidden_layers": N_LAYERS, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 8, "initializer_range": 0.3, "attention_dropout": 0.0,
}  # fmt: skip
HALF_KEYS = {**{name: SIZES[name] for name in SIZES if name != "head_dim"}, "num_kv_heads": 2}
GPT = {"n_embd": WIDTH, "n_layer": N_LAYERS, "n_head": 4, "n_inner": 48, "initializer_range": 0.3}
TWO_STACKS = {
    "d_model": WIDTH, "encoder_layers": N_LAYERS, "decoder_layers": 1, "encoder_attention_heads": 4,
    "decoder_attention_heads": 4, "encoder_ffn_dim": 48, "decoder_ffn_dim": 48, "init_std": 0.3,
}  # fmt: skip
T5 = {"d_model": WIDTH, "d_kv": 8, "d_ff": 48, "num_layers": N_LAYERS, "num_decoder_layers": 1, "num_heads": 4}
MAMBA = {"hidden_size": WIDTH, "num_hidden_layers": N_LAYERS, "state_size": 4, "initializer_range": 0.3}
RELATIVE = {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_biased_input": False}


@dataclass(frozen=True)
class Family:
    """A family: its type in transformers, its settings, its tokenizer, and the tokens it puts around a text.

    before, after : the entries around an input of the model in this project, by language where a code marks it
    """

    model_type: str
    tokenizer: Callable[[], PreTrainedTokenizerBase]
    before: str = ""
    after: str = ""
    sizes: dict = field(default_factory=lambda: SIZES)
    more: dict = field(default_factory=dict)
    kind: str = "causal"


@cache
def _gpt2(special: str = "", kind: str = "GPT2Tokenizer", **settings):
    return lambda: vocabularies.gpt2(kind, special=tuple(special.split()), **settings)


@cache
def _unigram(kind: str, special: str = "<s> <pad> </s> <unk>"):
    return lambda: vocabularies.unigram(kind, tuple(special.split()))


@cache
def _merged(kind: str, special: str = ""):
    return lambda: vocabularies.merged(kind, special=tuple(special.split()))


END = "<|endoftext|>"
ROBERTA = "<s> <pad> </s> <unk> <mask>"
BERT = {"before": "[CLS]", "after": "[SEP]", "kind": "masked"}
MASKED_S = {"before": "<s>", "after": "</s>", "kind": "masked"}
ENCODER = {"after": "</s>", "kind": "encoder"}
FAMILIES = {
    # causal models
    "GPT-2": Family("gpt2", _gpt2(), END, sizes=GPT),
    "GPT-Neo": Family(
        "gpt_neo", _gpt2(), END, sizes={**SIZES, "num_layers": 2, "attention_types": [[["global", "local"], 1]]},
        more={"num_heads": 4, "window_size": 16},
    ),
    "GPT-J": Family("gptj", _gpt2(), END, sizes={**GPT, "rotary_dim": 8}),
    "GPT-NeoX (Pythia)": Family("gpt_neox", _gpt2(kind="GPTNeoXTokenizer"), END),
    "GPT-BigCode": Family("gpt_bigcode", _gpt2(), END, sizes=GPT),
    "OPT": Family("opt", _gpt2("</s>", eos_token="</s>", bos_token="</s>"), END,
                  sizes={**SIZES, "ffn_dim": 48, "word_embed_proj_dim": WIDTH, "init_std": 0.3}),
    "BLOOM": Family("bloom", vocabularies.claude, "<EOT>", sizes={**SIZES, "n_layer": 2, "n_head": 4}),
    "Falcon": Family("falcon", vocabularies.claude, "<EOT>", sizes=HALF_KEYS,
                     more={"new_decoder_architecture": True}),
    "MPT": Family("mpt", _gpt2(), END, sizes={"d_model": WIDTH, "n_layers": 2, "n_heads": 4, "initializer_range": 0.3}),
    "XGLM": Family("xglm", _unigram("XGLMTokenizer"), "<s>",
                   sizes={"d_model": WIDTH, "ffn_dim": 48, "num_layers": 2, "attention_heads": 4, "init_std": 0.3}),
    "Llama": Family("llama", _merged("LlamaTokenizer"), "<s>"),
    "Mistral": Family("mistral", _merged("LlamaTokenizer"), "<s>", more={"sliding_window": 64}),
    "Mixtral": Family("mixtral", _merged("LlamaTokenizer"), "<s>", more={"num_local_experts": 4}),
    "Qwen2": Family("qwen2", vocabularies.qwen, END),
    "Qwen3": Family("qwen3", vocabularies.qwen, END),
    "Gemma": Family("gemma", _merged("GemmaTokenizer", "<pad> <eos> <bos> <unk>"), "<bos>"),
    "Gemma 2": Family("gemma2", _merged("GemmaTokenizer", "<pad> <eos> <bos> <unk>"), "<bos>",
                      more={"sliding_window": 64}),
    "Gemma 3": Family("gemma3_text", _merged("GemmaTokenizer", "<pad> <eos> <bos> <unk>"), "<bos>",
                      more={"sliding_window": 64}),
    "Phi": Family("phi", _gpt2(), END),
    "Phi-3": Family("phi3", _merged("LlamaTokenizer"), "<s>", more={"pad_token_id": 0}),
    "StableLM": Family("stablelm", _gpt2(kind="GPTNeoXTokenizer"), END),
    "OLMo": Family("olmo", _gpt2(kind="GPTNeoXTokenizer"), END),
    "OLMo 2": Family("olmo2", _gpt2(kind="GPTNeoXTokenizer"), END),
    "SmolLM3": Family("smollm3", _gpt2(), END, more={"pad_token_id": 0}),
    "Granite": Family("granite", _gpt2(), END),
    "Cohere": Family("cohere", vocabularies.claude, "<EOT>"),
    "Mamba": Family("mamba", _gpt2(kind="GPTNeoXTokenizer"), END, sizes=MAMBA),
    "RWKV": Family("rwkv", _gpt2(kind="GPTNeoXTokenizer"), END, sizes={**SIZES, "attention_hidden_size": WIDTH}),
    # masked models
    "BERT": Family("bert", vocabularies.wordpiece, **BERT),
    "DistilBERT": Family("distilbert", vocabularies.wordpiece, **BERT,
                         sizes={"dim": WIDTH, "hidden_dim": 48, "n_layers": 2, "n_heads": 4, "initializer_range": 0.3}),
    "ELECTRA": Family("electra", vocabularies.wordpiece, **BERT, more={"embedding_size": 16}),
    "MPNet": Family("mpnet", lambda: vocabularies.wordpiece("MPNetTokenizer"), **MASKED_S),
    "ConvBERT": Family("convbert", vocabularies.wordpiece, **BERT, more={"embedding_size": WIDTH}),
    "Nyströmformer": Family("nystromformer", _unigram("AlbertTokenizer", "<pad> <unk> [CLS] [SEP] [MASK]"), **BERT),
    "RoBERTa": Family("roberta", _gpt2(ROBERTA, "RobertaTokenizer"), **MASKED_S, more={"pad_token_id": 1}),
    "CamemBERT": Family("camembert", _unigram("CamembertTokenizer", "<s>NOTUSED <pad> </s>NOTUSED <unk> <unk>NOTUSED"),
                        **MASKED_S, more={"pad_token_id": 1}),
    "XLM-RoBERTa": Family("xlm-roberta", _unigram("XLMRobertaTokenizer"), **MASKED_S, more={"pad_token_id": 1}),
    "DeBERTa": Family("deberta", _gpt2("[CLS] [PAD] [SEP] [UNK] [MASK]", "DebertaTokenizer"), **BERT,
                      more=RELATIVE),
    "DeBERTa v2, v3": Family(
        "deberta-v2", _unigram("DebertaV2Tokenizer", "[PAD] [CLS] [SEP] [UNK]"), **BERT,
        more={**RELATIVE, "position_buckets": 32},
    ),
    "ALBERT": Family("albert", _unigram("AlbertTokenizer", "<pad> <unk> [CLS] [SEP] [MASK]"), **BERT,
                     more={"embedding_size": 16}),
    "ModernBERT": Family("modernbert", _gpt2("[CLS] [PAD] [SEP] [UNK] [MASK]", "DebertaTokenizer"), **BERT,
                         more={"local_attention": 16, "initializer_cutoff_factor": 2.0, "embedding_dropout": 0.0}),
    "Longformer": Family("longformer", _gpt2(ROBERTA, "RobertaTokenizer"), **MASKED_S,
                         more={"pad_token_id": 1, "attention_window": 32, "sep_token_id": 2}),
    "BigBird": Family("big_bird", _unigram("BigBirdTokenizer", "<unk> <s> </s> [CLS] [SEP] <pad>"), **BERT),
    "XLNet": Family(
        "xlnet", _unigram("XLNetTokenizer", "<unk> <s> </s> <cls> <sep> <pad> <mask> <eod> <eop>"), "", "<sep> <cls>",
        sizes={"d_model": WIDTH, "n_layer": 2, "n_head": 4, "d_inner": 48, "initializer_range": 0.3}, kind="masked",
    ),
    # encoders of encoder-decoders
    "T5": Family("t5", _unigram("T5Tokenizer", "<pad> </s> <unk>"), **ENCODER, sizes=T5),
    "Flan-T5": Family("t5", _unigram("T5Tokenizer", "<pad> </s> <unk>"), **ENCODER, sizes=T5,
                      more={"feed_forward_proj": "gated-gelu"}),
    "mT5": Family("mt5", _unigram("T5Tokenizer", "<pad> </s> <unk>"), **ENCODER, sizes=T5),
    "UMT5": Family("umt5", _unigram("T5Tokenizer", "<pad> </s> <unk>"), **ENCODER, sizes=T5),
    "ByT5": Family("t5", transformers.ByT5Tokenizer, **ENCODER, sizes=T5, more={"tokenizer_class": "ByT5Tokenizer"}),
    "BART": Family("bart", _gpt2(ROBERTA, "RobertaTokenizer"), "<s>", **ENCODER, sizes=TWO_STACKS,
                   more={"pad_token_id": 1}),
    "mBART": Family("mbart", _unigram("MBartTokenizer"), "", "</s> {mbart}", kind="encoder", sizes=TWO_STACKS,
                    more={"pad_token_id": 1}),
    "NLLB (M2M-100)": Family("m2m_100", _merged("NllbTokenizer"), "{nllb}", **ENCODER, sizes=TWO_STACKS,
                             more={"pad_token_id": 1}),
    "Pegasus": Family("pegasus", _unigram("PegasusTokenizer", "<pad> </s> <mask_1> <mask_2> <unk>"), **ENCODER,
                      sizes=TWO_STACKS, more={"pad_token_id": 0}),
    "Marian": Family("marian", vocabularies.marian, **ENCODER, sizes=TWO_STACKS),
    "LED": Family("led", _gpt2(ROBERTA, "RobertaTokenizer"), "<s>", **ENCODER, sizes=TWO_STACKS,
                  more={"pad_token_id": 1, "attention_window": 32}),
}  # fmt: skip
CODES = {"en": {"mbart": "en_XX", "nllb": "eng_Latn"}, "fr": {"mbart": "fr_XX", "nllb": "fra_Latn"},
         "zh": {"mbart": "zh_CN", "nllb": "zho_Hans"}}  # fmt: skip


def frame(family: Family, language: str) -> tuple[list[str], list[str]]:
    """The entries before and after an input of a family."""
    return tuple(entries.format(**CODES[language]).split() for entries in (family.before, family.after))


@cache
def tokenizer_of(make: Callable[[], PreTrainedTokenizerBase]) -> PreTrainedTokenizerBase:
    """The tokenizer of a family, made once for all that share it; the code of a language is all that is set anew."""
    return make()


def draw(family: Family) -> tuple[PreTrainedTokenizerBase, torch.nn.Module]:
    """A family's tokenizer, and a complete model, without a head for words, of weights that are always the same."""
    tokenizer = tokenizer_of(family.tokenizer)
    ends = {f"{name}_token_id": getattr(tokenizer, f"{name}_token_id") for name in ("bos", "eos", "pad")}
    settings = {**ends, **family.sizes, **family.more, "vocab_size": len(tokenizer)}
    torch.manual_seed(0)
    return tokenizer, AutoModel.from_config(AutoConfig.for_model(family.model_type, **settings))


def build_family(family: Family) -> tuple[PreTrainedTokenizerBase, torch.nn.Module]:
    """Tokenizer and model as `pretrained.loading.load_model` returns them, in memory."""
    tokenizer, model = draw(family)
    model.config.use_cache = False
    part = text_part(model.eval(), family.model_type)
    part.name_or_path = family.model_type
    return tokenizer, part


def save_family(family: Family, folder: Path) -> Path:
    """The same, in a local folder."""
    tokenizer, model = draw(family)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
