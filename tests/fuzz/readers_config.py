"""The reader of the config: its bytes, as Snakemake and then `planning.config` read them."""

import io
import json
from collections.abc import Mapping
from pathlib import Path

import yaml
from hypothesis import strategies as st
from snakemake.common.configfile import load_configfile
from snakemake_interface_common.exceptions import WorkflowError

from brainforecast.errors import BadInput
from brainforecast.planning.config import check_config
from brainforecast.planning.config_files import ConfigFiles
from helpers.datasets import REPOSITORY
from helpers.fuzzing import NUMBERS, Reader

JSON_VALUES = st.one_of(
    st.sampled_from([None, True, False, "", "a", "nan", "1.5", -1, 0, 1e308, 10**400, [], {}, [[]], {"word": 1}]),
    st.floats(),
    st.text(max_size=3),
)

SCHEMA = REPOSITORY / "workflow" / "schemas" / "config.schema.yaml"
FILES = ("config.yaml", "narratives.yaml", "lebel.yaml")


def _read_config(path: Path) -> Mapping:
    """As the Snakefile does: Snakemake loads the file, and what it refuses does not come to us."""
    ConfigFiles([path]).merged()
    try:
        config = load_configfile(path)
    except (
        WorkflowError,
        yaml.YAMLError,
        ValueError,
        RecursionError,
        TypeError,
        AttributeError,
        KeyError,
        OverflowError,
    ) as error:
        raise BadInput(path, type(error).__name__, "a config that Snakemake loads") from error
    return check_config(config, SCHEMA, [path])


def _check_config(config: Mapping) -> None:
    json.dumps(config, allow_nan=False).encode()


def _configs() -> list[bytes]:
    """Without comments, which take time to read."""
    configs = [yaml.safe_load((REPOSITORY / "config" / name).read_text(encoding="utf-8")) for name in FILES]
    return [yaml.safe_dump(config, sort_keys=False, allow_unicode=True).encode() for config in configs]


@st.composite
def _other_configs(draw: st.DrawFn) -> bytes:
    """A config in which a value is another."""
    config = yaml.safe_load(draw(st.sampled_from(_configs())))
    at, places = config, []
    while isinstance(at, dict | list) and at:
        key = draw(st.sampled_from(sorted(at, key=str) if isinstance(at, dict) else list(range(len(at)))))
        places.append((at, key))
        at = at[key]
    inside, key = draw(st.sampled_from(places))
    value = draw(st.one_of(JSON_VALUES, st.sampled_from(NUMBERS), st.lists(JSON_VALUES, max_size=3)))
    if isinstance(inside, dict) and draw(st.booleans()):
        inside[draw(st.sampled_from(["x", 1, None, True, "a.b", "../x", ""]))] = value
    else:
        inside[key] = value
    stream = io.StringIO()
    yaml.safe_dump(config, stream, allow_unicode=draw(st.booleans()))
    return stream.getvalue().encode("utf-8", "replace")


BOMB = b"a: &a [x, x, x, x, x, x, x, x, x]\n" + b"".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n".encode()
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
CONFIGS: list[Reader] = [
    Reader(
        "config",
        ".yaml",
        _read_config,
        _configs,
        _check_config,
        _other_configs(),
        found={
            "anchors that explode": BOMB,
            "a section inside itself": b"a: &a {b: *a}\n",
            "deep lists": b"a: " + b"[" * 90 + b"]" * 90,
            "a date as a key": b"? 2023-01-01\n: x\n",
            "bytes as a key": b"? !!binary aGVsbG8=\n: x\n",
            "a tag of Python": b"a: !!python/object/apply:os.system [ls]\n",
            "a number of thousands of digits": b"a: 0x" + b"f" * 1900 * 3,
            "half of a character": b'a: "\\ud800"\n',
            "a NUL": b'dataset: {root: "a\\0b"}\n',
        },
    ),
]
