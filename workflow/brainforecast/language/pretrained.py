"""Language models on disk: convert a GGUF file to a transformers folder, fetch a model of the hub, load a model."""

from pathlib import Path

import torch
import transformers
from huggingface_hub import snapshot_download
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

from brainforecast.errors import BadInput
from brainforecast.files import atomic, resolve

transformers.utils.logging.disable_progress_bar()  # a job's log has lines of progress instead

SETTINGS_FILES = ("*.json", "*.txt", "*.model")  # files of a model in the hub: settings and tokenizer
SAMPLE = "The pilot's 3 maps, a café, and the well-worn road home."


def convert_gguf(path_to_gguf: str | Path, path_to_model: str | Path) -> None:
    """Convert a GGUF file to a transformers folder, float32 weights and tokenizer, which loads ten times faster.

    Raises
    ------
    BadInput : the file is missing or not GGUF, or its tokenizer does not decode what it encoded.
    """
    path = Path(resolve(path_to_gguf))
    source = {"pretrained_model_name_or_path": str(path.parent), "gguf_file": path.name}
    try:
        tokenizer = AutoTokenizer.from_pretrained(**source)
        model = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32)
    except Exception as error:  # transformers raises many types, all of them about the file
        raise BadInput(path_to_gguf, _first_line(error), "a GGUF file that transformers reads") from error
    _check_round_trip(tokenizer, path_to_gguf)
    # the weights are dequantised; settings that still call them quantised keep them from being saved
    del model.config.quantization_config
    model.hf_quantizer, model.is_quantized = None, False
    with atomic(path_to_model) as temporary:
        model.save_pretrained(temporary)
        tokenizer.save_pretrained(temporary)


def load_model(source: str | Path, device: str | None = None) -> tuple:
    """Load a model without its head, for hidden states, and its tokenizer.

    Parameters
    ----------
    source : local folder, or name in the hub's cache, of any causal or masked transformers model; no network is used
    device : by default a GPU if there is one

    Returns
    -------
    tokenizer, model : the model in float32, without dropout

    Raises
    ------
    BadInput : a model that does not load completely.
    """
    return _load(AutoModel, source, device)


def fetch_from_hub(source: str) -> dict:
    """Download a model of the hub into the hub's cache, where jobs without a network find it, and load it once.

    Files in the cache are not fetched again, and an interrupted download is resumed. Weights are safetensors if the
    hub has them, else PyTorch's own format.

    Returns
    -------
    source, revision, and size in bytes of each file.
    """
    try:
        folder = Path(snapshot_download(source, allow_patterns=[*SETTINGS_FILES, "*.safetensors"]))
        if not any(folder.glob("*.safetensors")):
            folder = Path(snapshot_download(source, allow_patterns=[*SETTINGS_FILES, "*.bin"]))
    except Exception as error:  # the hub and the network raise many types
        expected = "a causal or masked transformers model, in a hub that can be reached or in its cache"
        raise BadInput(f"model {source}", _first_line(error), expected) from error
    load_model(source, device="cpu")
    files = {path.relative_to(folder).as_posix(): path.stat().st_size for path in sorted(folder.rglob("*.*"))}
    return {"source": source, "revision": folder.name, "files": files}


def load_predictor(source: str | Path, device: str | None = None) -> tuple:
    """As `load_model`, with the head that predicts the next token (for perplexity, generation and fine-tuning)."""
    return _load(AutoModelForCausalLM, source, device)


def load_tokenizer(source: str | Path) -> transformers.PreTrainedTokenizerBase:
    """Load the tokenizer alone."""
    try:
        return AutoTokenizer.from_pretrained(str(resolve(source)), local_files_only=True)
    except Exception as error:  # transformers raises many types, all of them about the source
        raise _unloadable(source, _first_line(error)) from error


def _load(model_class, source: str | Path, device: str | None) -> tuple:
    name = str(resolve(source))
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, local_files_only=True)
        model, report = model_class.from_pretrained(
            name, dtype=torch.float32, output_loading_info=True, local_files_only=True
        )
    except Exception as error:  # transformers raises many types, all of them about the source
        raise _unloadable(source, _first_line(error)) from error
    # transformers initialises missing weights at random; only those of the pooler do not affect the hidden states
    absent = sorted(key for key in report["missing_keys"] if "pooler" not in key)
    if absent:
        raise _unloadable(source, f"{len(absent)} weights absent, {absent[0]} the first")
    if not tokenizer.is_fast:
        raise _unloadable(source, "a tokenizer that does not give the characters of a token (a slow one)")
    if model.config.is_encoder_decoder:
        raise _unloadable(source, "an encoder-decoder model")
    model.config.use_cache = False
    return tokenizer, model.eval().to(device or ("cuda" if torch.cuda.is_available() else "cpu"))


def _unloadable(source: str | Path, reason: str) -> BadInput:
    return BadInput(f"model {source}", reason, "a causal or masked transformers model, by hub name or local folder")


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _check_round_trip(tokenizer, source: str | Path) -> None:
    back = tokenizer.decode(tokenizer(SAMPLE, add_special_tokens=False)["input_ids"]).strip()
    if not tokenizer.is_fast or back != SAMPLE:
        found = f"a tokenizer that turns {SAMPLE!r} into {back!r}"
        raise BadInput(source, found, "a fast tokenizer that gives the text back")
