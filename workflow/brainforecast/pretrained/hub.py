"""Models of the hub: downloaded into its cache without loading them, and found there by jobs without a network."""

import difflib
import os
import re
from collections.abc import Iterable
from pathlib import Path

from huggingface_hub import HfApi, constants, snapshot_download, try_to_load_from_cache
from huggingface_hub.errors import (
    DisabledRepoError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import disable_progress_bars

from brainforecast.errors import BadInput, first_line, nearest
from brainforecast.files import sha256
from brainforecast.pretrained.checkpoint_files import (
    ADAPTER,
    INDEX_END,
    INPUT_SETTINGS,
    SETTINGS,
    check_checkpoint,
    check_vocabulary,
    choose_weights,
    refuse_pickle,
    shards_of,
    small_files,
)
from brainforecast.progress import watch_bytes

disable_progress_bars()  # a job's log has lines of progress instead
CACHE_PREFIX = "models--"
SHA256 = re.compile("[0-9a-f]{64}")


def fetch_from_hub(source: str, revision: str | None = None, *, weights: bool = True, pickled: bool = False) -> dict:
    """Download a model of the hub into the hub's cache, where jobs without a network find it; nothing is loaded.

    Files in the cache are not fetched again, and an interrupted download is resumed. The weights are those that
    transformers would choose: safetensors if the hub has them, else PyTorch's own format.

    Parameters
    ----------
    source : its name; revision : commit, tag or branch, by default the main branch.
    weights : whether they are needed; an untrained model has none.
    pickled : whether they may be PyTorch's own files.

    Returns
    -------
    source, revision (the commit), folder in the cache, and size in bytes and sha256 of each file.

    Raises
    ------
    BadInput : a gated, private or missing model, a revision that is not there, no network and not in the cache;
        files that are not complete or not what the hub states; no settings, weights or tokenizer; weights that are
        pickles, before any is fetched.
    """
    with watch_bytes(lambda: _bytes_in_cache(source), None):
        folder = _download(source, revision, weights, pickled)
    check_checkpoint(folder, weights=weights, pickled=pickled)
    if not any((folder / name).exists() for name in INPUT_SETTINGS):
        check_vocabulary(folder)
    files = {path.relative_to(folder).as_posix(): path.stat().st_size for path in sorted(folder.rglob("*.*"))}
    hashes = _hash_files(source, folder, files)
    return {"source": source, "revision": folder.name, "folder": str(folder), "files": files, "sha256": hashes}


def cached_folder(source: str, revision: str | None = None) -> Path:
    """The folder of a model of the hub in the hub's cache.

    Raises
    ------
    BadInput : it is not in the cache.
    """
    for name in (SETTINGS, ADAPTER):
        try:
            found = try_to_load_from_cache(source, name, revision=revision)
        except HFValidationError as error:
            raise _no_name(source) from error
        if isinstance(found, str):
            return Path(found).parent
    at = f" at revision {revision}" if revision else ""
    found = f"no such folder, and no model of this name{at} in the hub's cache ({constants.HF_HUB_CACHE})"
    raise BadInput(f"model {source}", found, f"a local folder, or a model that was fetched{_near_in_cache(source)}")


def _download(source: str, revision: str | None, weights: bool, pickled: bool) -> Path:
    try:
        names = _remote_files(source, revision)
        if names is None and constants.HF_HUB_OFFLINE and not _is_cached(source, revision):
            raise OfflineModeIsEnabled
        if names is None:
            return cached_folder(source, revision)
        chosen = choose_weights(names) if weights else None
        if chosen and not pickled:
            refuse_pickle(f"model {source}", chosen)
        wanted = [*small_files(names), *([chosen] if chosen else [])]
        folder = Path(snapshot_download(source, revision=revision, allow_patterns=wanted))  # notes its commit too
        if chosen and chosen.endswith(INDEX_END):
            shards = [shard for shard in shards_of(folder / chosen) if shard in names]
            snapshot_download(source, revision=folder.name, allow_patterns=[*wanted, *shards])
        return folder
    except BadInput:
        raise
    except Exception as error:  # the hub and the network raise many types
        raise _explain(error, source, revision) from error


def _bytes_in_cache(source: str) -> int:
    """What the hub's cache has of a model, parts of files too."""
    blobs = Path(constants.HF_HUB_CACHE) / f"{CACHE_PREFIX}{source.replace('/', '--')}" / "blobs"
    return sum(path.stat().st_size for path in blobs.glob("*") if path.is_file())


def _remote_files(source: str, revision: str | None) -> list[str] | None:
    """The files of a revision; None where the hub cannot be reached, or needs no second look."""
    if constants.HF_HUB_OFFLINE:
        return None
    try:
        info = HfApi().model_info(source, revision=revision)
    except (RepositoryNotFoundError, RevisionNotFoundError, DisabledRepoError, HFValidationError):
        raise
    except Exception:  # no network, or a hub that is down
        if _is_cached(source, revision):
            return None
        raise
    return [file.rfilename for file in info.siblings]


def _hash_files(source: str, folder: Path, names: Iterable[str]) -> dict[str, str]:
    """The sha256 of each file; that of a large one is what the hub states, by which its cache names it."""
    hashes = {}
    for name in names:
        hashes[name] = sha256(folder / name)
        stored = (folder / name).resolve()
        if SHA256.fullmatch(stored.name) and stored.name != hashes[name]:
            expected = f"{stored.name}, as the hub states; delete {stored}, and it is fetched again"
            raise BadInput(f"model {source}, {name}", f"sha256 {hashes[name]}", expected)
    return hashes


def _is_cached(source: str, revision: str | None) -> bool:
    try:
        return bool(cached_folder(source, revision))
    except BadInput:
        return False


def _explain(error: Exception, source: str, revision: str | None) -> BadInput:
    """What is wrong and what to do, in one line."""
    where, page = f"model {source}", f"{constants.ENDPOINT}/{source}"
    if isinstance(error, GatedRepoError):
        expected = f"its terms accepted at {page}, then `hf auth login` with a token of that account (or HF_TOKEN)"
        return BadInput(where, "a gated model, which this account may not read", expected)
    if isinstance(error, RevisionNotFoundError):
        known = _revisions(source)
        expected = f"a commit, tag or branch of {page}; nearest is {nearest(revision or '', known)}"
        return BadInput(where, f"no revision {revision}", expected)
    if isinstance(error, DisabledRepoError):
        return BadInput(where, "a model that the hub has disabled", f"another one: see {page}")
    if isinstance(error, RepositoryNotFoundError):
        expected = f"a name as in {constants.ENDPOINT}, or `hf auth login` for a private model{_near_in_cache(source)}"
        return BadInput(where, "no model of this name, or a private one", expected)
    if isinstance(error, HFValidationError):
        return _no_name(source)
    if isinstance(error, HfHubHTTPError) and error.response is not None:
        found = f"the answer {error.response.status_code} of {constants.ENDPOINT}"
        return BadInput(where, found, "a hub that can be reached; a later run resumes the download")
    if isinstance(error, OSError) and error.errno is not None and not isinstance(error, LocalEntryNotFoundError):
        expected = f"a disk with room for it at {constants.HF_HUB_CACHE} (HF_HOME), and a hub that can be reached"
        return BadInput(where, first_line(error), expected)
    kind = "HF_HUB_OFFLINE is set" if isinstance(error, OfflineModeIsEnabled) else first_line(error)
    expected = f"a network that reaches {constants.ENDPOINT} (HF_ENDPOINT), or the model in {constants.HF_HUB_CACHE}"
    expected += f"{_near_in_folder(source)}{_near_in_cache(source)}"
    return BadInput(where, f"not in the hub's cache, and no answer of the hub ({kind})", expected)


def _no_name(source: str) -> BadInput:
    return BadInput(f"model {source}", "no folder, and no name of the hub", "a local folder, or owner/name of the hub")


def _revisions(source: str) -> list[str]:
    try:
        refs = HfApi().list_repo_refs(source)
    except Exception:  # the hint is not worth another error
        return []
    return [ref.name for ref in (*refs.branches, *refs.tags)]


def _near_in_folder(source: str) -> str:
    """A local folder whose name is nearly that of a model, as the end of a sentence."""
    parent, name = os.path.split(source)
    parent = parent or os.curdir
    names = [entry.name for entry in os.scandir(parent) if entry.is_dir()] if os.path.isdir(parent) else []
    alike = difflib.get_close_matches(name, names, n=1, cutoff=0.8)
    return f"; nearest here is the folder {alike[0]}" if alike else ""


def _near_in_cache(source: str) -> str:
    """The model nearest in name in the hub's cache, as the end of a sentence."""
    cache = constants.HF_HUB_CACHE
    names = os.listdir(cache) if os.path.isdir(cache) else []
    known = [name.removeprefix(CACHE_PREFIX).replace("--", "/") for name in names if name.startswith(CACHE_PREFIX)]
    return f"; nearest in the cache is {nearest(source, known)}" if known else ""
