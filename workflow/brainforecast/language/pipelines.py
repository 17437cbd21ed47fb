"""What a spaCy pipeline can do, from the settings that ship with it: nothing is loaded, and spaCy is not imported.

Standard library only: a study is planned with it.
"""

from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, entry_points, version
from importlib.util import find_spec
from pathlib import Path

from brainforecast.errors import BadInput, nearest
from brainforecast.pretrained.checkpoint_files import read_settings
from brainforecast.writing.languages import find_language

PLACEHOLDER = "999.9.9"  # version of packages that hold a name and nothing else
MANY_LANGUAGES = "xx"  # spaCy's code of a pipeline for many languages
TAGGERS = ("tagger", "morphologizer")
OTHERS = (  # spaCy's components that neither tag nor parse; one of another name may do either
    "tok2vec", "transformer", "curated_transformer", "senter", "sentencizer", "attribute_ruler", "lemmatizer",
    "trainable_lemmatizer", "ner", "entity_ruler", "span_ruler", "entity_linker", "textcat", "textcat_multilabel",
    "spancat", "spancat_singlelabel",
)  # fmt: skip
EXPECTED = "an installed spaCy package or the folder of one"


def read_pipeline(where: str, name: str) -> dict:
    """The settings of a spaCy package or folder, its ``meta.json``.

    Parameters
    ----------
    where : for messages: the config key, or ``parser <name>``.

    Raises
    ------
    BadInput : no such package or folder, with the nearest installed; one that is no pipeline; a placeholder.
    """
    folder = Path(name) if Path(name).is_dir() else _package_folder(name)
    if folder is None:
        installed = [entry.name for entry in entry_points(group="spacy_models")]
        near = f"; nearest installed is {nearest(name, installed)}" if installed else ""
        raise BadInput(where, f"no package and no folder {name}", f"{EXPECTED}{near}")
    if _version(name) == PLACEHOLDER:
        raise BadInput(where, f"{name} at version {PLACEHOLDER}, a placeholder that holds no pipeline", EXPECTED)
    try:
        meta = read_settings(folder, "meta.json")
    except BadInput:
        meta = {}
    if not isinstance(meta.get("lang"), str) or not isinstance(meta.get("pipeline") or [], list):
        raise BadInput(where, f"{folder} without the settings of a pipeline, meta.json", EXPECTED)
    return meta


def check_pipeline(where: str, meta: Mapping, language: str) -> None:
    """Check that a pipeline tags and parses the language of the words.

    Parameters
    ----------
    where : for messages.
    meta : from `read_pipeline`.
    language : BCP 47, of the words.

    Raises
    ------
    BadInput : the pipeline of another language; one that surely has no tags, no features or no trees.
    """
    if meta["lang"] != MANY_LANGUAGES and find_language(meta["lang"]).tag != find_language(language).tag:
        expected = f"a pipeline for dataset.language, {language}"
        raise BadInput(where, f"{meta.get('name') or 'a pipeline'} for {meta['lang']}", expected)
    components = [str(component) for component in meta.get("pipeline") or ()]
    missing = _missing(components)
    if missing and not set(components) - {*TAGGERS, "parser", *OTHERS}:
        found = f"{' and '.join(missing)} among its components ({', '.join(components) or 'none'})"
        raise BadInput(where, found, "a spaCy pipeline that tags and parses")


def _missing(components: Sequence[str]) -> list[str]:
    missing = [] if set(components) & set(TAGGERS) else ["no tagger or morphologizer"]
    return missing if "parser" in components else [*missing, "no parser"]


def _package_folder(name: str) -> Path | None:
    """The folder of an installed package, which is not imported."""
    spec = find_spec(name) if name.isidentifier() else None
    return Path(next(iter(spec.submodule_search_locations))) if spec and spec.submodule_search_locations else None


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # a folder, or a package that is not installed but lies on the path
        return ""
