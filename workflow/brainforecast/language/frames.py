"""What a model's input opens and ends with, besides the story's tokens."""

import logging
from typing import NamedTuple

import langcodes

from brainforecast.errors import BadInput

logger = logging.getLogger("brainforecast")

DOCUMENT_END = "<|endoftext|>"
SAMPLE = "a"


class Frame(NamedTuple):
    """Tokens at the start and the end of each input."""

    before: list[int]
    after: list[int]

    @property
    def n(self) -> int:
        """Number of tokens."""
        return len(self.before) + len(self.after)


def opening_token(tokenizer) -> int:
    """The token before a causal model's input: the one that ended each document of its training text.

    The state at the first position of any input has a norm about 100 times that of the others; this token takes that
    position and its state is dropped. ``<|endoftext|>`` where the vocabulary has it (in chat models the declared begin
    and end tokens mark turns of a dialogue instead), else the begin-of-text token, else the end-of-text token.
    """
    document_end = tokenizer.get_vocab().get(DOCUMENT_END)
    candidates = (document_end, tokenizer.bos_token_id, tokenizer.eos_token_id)
    for token in candidates:
        if token is not None:
            return token
    raise BadInput(tokenizer.name_or_path, "a tokenizer without a begin or end of text", "one that has such a token")


def enclosing_tokens(tokenizer, language: str = "en") -> Frame:
    """The tokens around the input of a model that sees both sides of a word: those its tokenizer puts around a text.

    ``[CLS]`` and ``[SEP]`` for BERT, ``</s>`` at the end for T5, ``<s>`` and ``</s>`` for BART, the code of the story's
    language for mBART and NLLB. A tokenizer that puts nothing around a text but has ``[CLS]`` and ``[SEP]``: these.

    Parameters
    ----------
    language : of the story, BCP 47

    Raises
    ------
    BadInput : a tokenizer with none of these.
    """
    _set_language(tokenizer, language)
    plain = tokenizer(SAMPLE, add_special_tokens=False)["input_ids"]
    ids = tokenizer(SAMPLE)["input_ids"]
    start = next((i for i in range(len(ids)) if ids[i : i + len(plain)] == plain), None)
    if start is not None and len(ids) > len(plain):
        return Frame(ids[:start], ids[start + len(plain) :])
    before, after = tokenizer.cls_token_id, tokenizer.sep_token_id
    if before is None or after is None:
        found = "a tokenizer that puts nothing around a text, without [CLS] and [SEP]"
        raise BadInput(tokenizer.name_or_path, found, "one that marks the ends of a text, for a model of both sides")
    return Frame([before], [after])


def _set_language(tokenizer, language: str) -> None:
    """Choose the code of the story's language, for tokenizers that mark it (mBART, NLLB, M2M100)."""
    current = getattr(tokenizer, "src_lang", None)
    if not isinstance(current, str):
        return
    code = _language_code(tokenizer, current, language)
    if code is None:
        logger.info("the tokenizer has no code of the language %s: inputs are marked as %s", language, current)
    elif code != current:
        tokenizer.src_lang = code


def _language_code(tokenizer, current: str, language: str) -> str | None:
    """The tokenizer's code of a language: fr_XX, fra_Latn or __fr__, whichever it has; of several the first one."""
    wanted = langcodes.Language.get(language)
    macro = wanted.prefer_macrolanguage()
    names = {wanted.language, wanted.to_alpha3(), macro.language, macro.to_alpha3()}
    script = wanted.maximize().script
    entries = [*tokenizer.get_added_vocab(), *tokenizer.all_special_tokens]
    codes = [*(entry.strip("_") for entry in entries), *getattr(tokenizer, "lang_code_to_token", ())]
    same = [code for code in codes if code.replace("-", "_").split("_")[0] in names]
    if current in same:
        return current
    return next((code for code in same if code.endswith(f"_{script}")), next(iter(same), None))
