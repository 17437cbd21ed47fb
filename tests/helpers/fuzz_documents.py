"""Valid documents with other values in them, which no changed byte reaches: JSON, headers of safetensors, msgpack."""

import copy
import json
from collections.abc import Callable, Sequence

from hypothesis import strategies as st

from helpers.fuzzing import WHERE

VALUES = (
    None, True, False, 0, 1, 2, 3, -1, 7, 1.5, 16.0, 1e308, -1e308, 10**9, 10**12, 2**31, 2**63, -(2**63), 10**30,
    float("nan"), float("inf"), "", "a", "0", "12", "../other", "/etc/passwd", "a/b", "<s>", "\ud800", "\0", "é" * 200,
    "float16", "bert", "llama", "t5", "mamba", "albert", "whisper", "wav2vec2",
    [], {}, [0], [1, 2], [10**12], [[]], {"a": 1}, [None], ["a"],
)  # fmt: skip
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["set", "set", "set", "delete", "add", "rename", "swap", "wrap", "many"]),
        st.lists(WHERE, min_size=1, max_size=6),
        st.lists(WHERE, min_size=1, max_size=6),
        st.sampled_from(VALUES),
    ),
    min_size=1,
    max_size=3,
)


def changed_json(document: Callable[[], object], change_keys: Sequence[str] = ()) -> st.SearchStrategy[bytes]:
    """The document with a few of its values set to others, deleted, added, renamed, swapped, wrapped or repeated.

    change_keys : of a mapping at the top: those that changes begin with, half of the time; by default all alike.
    """

    def write(changes: Sequence[tuple], is_of_keys: bool) -> bytes:
        content = json.loads(json.dumps(document()))
        for kind, walk, other, value in changes:
            content = _change(content, kind, walk, other, value, change_keys if is_of_keys else ())
        return json.dumps(content).encode()

    return st.builds(write, CHANGES, st.booleans())


def with_safetensors_header(header: bytes, values: bytes) -> bytes:
    """A safetensors file of this header: with the length of it, and these values behind."""
    return len(header).to_bytes(8, "little") + header + values


def changed_safetensors(content: Callable[[], bytes]) -> st.SearchStrategy[bytes]:
    """A safetensors file with other values in its header."""

    def parts() -> tuple[dict, bytes]:
        whole = content()
        end = 8 + int.from_bytes(whole[:8], "little")
        return json.loads(whole[8:end]), whole[end:]

    return changed_json(lambda: parts()[0]).map(lambda header: with_safetensors_header(header, parts()[1]))


def changed_msgpack(content: Callable[[], bytes]) -> st.SearchStrategy[bytes]:
    """The weights of a spaCy component with other sizes, shapes, types and attributes."""
    from srsly.msgpack._packer import Packer
    from srsly.msgpack._unpacker import unpackb

    def pack(value: object) -> bytes:
        # what msgpack has no type for, such as 10**30, as a text
        return Packer(use_bin_type=True, unicode_errors="surrogatepass", default=str).pack(value)

    def write(changes: Sequence[tuple]) -> bytes:
        # without a decoder of arrays: their shapes and types are values of mappings; attributes are packed once more
        whole = unpackb(content(), raw=False)
        whole["attrs"] = [{key: unpackb(value) for key, value in attrs.items()} for attrs in whole["attrs"]]
        for kind, walk, other, value in changes:
            whole = _change(whole, kind, walk, other, value, ())
        if isinstance(whole, dict) and isinstance(whole.get("attrs"), list):
            all_attrs = whole["attrs"]
            whole["attrs"] = [{k: pack(v) for k, v in a.items()} if isinstance(a, dict) else a for a in all_attrs]
        return pack(whole)

    return st.builds(write, CHANGES)


def _change(content, kind: str, walk: Sequence[int], other: Sequence[int], value: object, keys: Sequence[str]):
    root = [content]
    parent, key = _find(root, walk, keys)
    if kind in ("set", "wrap", "many"):
        parent[key] = copy.deepcopy({"set": value, "wrap": [parent[key]], "many": [parent[key]] * 3}[kind])
    elif kind == "swap":
        parent_b, key_b = _find(root, other, ())
        parent[key], parent_b[key_b] = copy.deepcopy([parent_b[key_b], parent[key]])
    elif kind == "delete" and parent is not root:
        del parent[key]
    elif kind == "rename" and isinstance(parent, dict):
        parent[str(value)] = parent.pop(key)
    elif kind == "add" and isinstance(parent[key], dict):
        parent[key][str(value)] = copy.deepcopy(value)
    elif kind == "add" and isinstance(parent[key], list):
        parent[key].append(copy.deepcopy(value))
    return root[0]


def _find(root: list, walk: Sequence[int], keys: Sequence[str]) -> tuple[list | dict, int | str]:
    """A place in a document: down from the root, as far as the walk goes."""
    parent, key = root, 0
    for step, where in enumerate(walk):
        inside = parent[key]
        names = (
            list(inside) if isinstance(inside, dict) else list(range(len(inside))) if isinstance(inside, list) else []
        )
        if step == 0 and keys and isinstance(inside, dict):
            names = [name for name in names if name in keys] or names
        if not names:
            break
        parent, key = inside, names[where * len(names) >> 16]
    return parent, key
