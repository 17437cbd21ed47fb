"""The settings of a run as text: key by key, and as YAML."""

from collections.abc import Mapping

import yaml


def parameters(config: Mapping, prefix: str = "") -> list[tuple[str, str]]:
    """Every setting of the config as (key, value), nested keys joined by dots."""
    flat = []
    for key, value in config.items():
        if isinstance(value, Mapping) and value:
            flat += parameters(value, f"{prefix}{key}.")
        else:
            flat.append((f"{prefix}{key}", _text(value)))
    return flat


def config_text(config: Mapping) -> str:
    """The config as YAML."""
    return yaml.safe_dump(_plain(config), sort_keys=False, allow_unicode=True)


def _text(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_text, value)) or "none"
    if isinstance(value, Mapping):
        return "; ".join(f"{key} {_text(inner)}" for key, inner in value.items()) or "none"
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _plain(value: object) -> object:
    """Config values as plain dicts and lists; Snakemake passes its own classes."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
