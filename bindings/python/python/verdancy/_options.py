"""What is said of a run, as the engine takes it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from ._errors import bad


def path_of(value: Any) -> str | None:
    """The path that ``value`` is, if it is one."""
    if isinstance(value, (str, os.PathLike)):
        path = os.fspath(value)
        return path.decode() if isinstance(path, bytes) else path
    return None


def document(value: Any, name: str) -> dict[str, str] | None:
    """A schema or metadata: a path, a dict, or an object with ``to_dict`` or ``to_toml``."""
    if value is None:
        return None
    if hasattr(value, "to_toml"):
        return {"text": value.to_toml()}
    if (path := path_of(value)) is not None:
        return {"file": path}
    if hasattr(value, "to_dict"):
        value = value.to_dict()
    if isinstance(value, Mapping):
        return {"text": json.dumps(value)}
    raise bad(
        "bad-argument",
        f"{name} is a {type(value).__name__}.",
        "Give a path, a dict, or an object with to_dict().",
    )


def _texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(v) for v in value]


def _seed(value: Any) -> int:
    """A seed from what scikit-learn calls ``random_state``."""
    if value is None:
        return 0
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        for draw in ("integers", "randint"):
            if hasattr(value, draw):
                return int(getattr(value, draw)(0, 2**31 - 1))
        raise bad("bad-seed", f"The seed is a {type(value).__name__}.", "Give a whole number from 0.")
    seed: int = value.__index__()
    if not 0 <= seed < 2**64:
        raise bad("bad-seed", "The seed is out of range.", "Give a whole number from 0 below 2**64.")
    return seed


def _value(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def drop_of_files(data: Any, drop: Any) -> None:
    """Refuses to leave out columns of a frame, which has methods of its own for it."""
    if drop is not None and path_of(data) is None:
        raise bad("bad-argument", "drop is for files.", "Leave out columns of a frame before, for example data.drop(columns=[...]).")


def build(**said: Any) -> str:
    """Options as JSON; what is None is left to the engine."""
    out: dict[str, Any] = {}
    for name, value in said.items():
        if value is None:
            continue
        if name in ("schema", "metadata"):
            out[name] = document(value, name)
        elif name == "params":
            if not isinstance(value, Mapping):
                raise bad("bad-argument", "params is no dict.", 'Give parameters by name, for example {"hidden": 512}.')
            out["set"] = [[str(k), _value(v)] for k, v in value.items()]
        elif name in ("na", "drop"):
            out[name] = _texts(value)
        elif name == "seed":
            out[name] = _seed(value)
        elif name in ("time_limit", "memory_limit", "skip_rows"):
            out[name] = str(value)
        elif name in ("config", "checkpoints"):
            out[name] = path_of(value)
        elif name == "method":
            out[name] = str(value)
        else:
            out[name] = value.item() if hasattr(value, "item") else value
    return json.dumps(out)
