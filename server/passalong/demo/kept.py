"""The state of `demo run`: `<data>/demo.json`, with the API key, readable by this user alone."""

import json
import os
import secrets
from pathlib import Path

import msgspec
from msgspec import Struct


class DemoRunError(Exception):
    """The demo cannot run as it was started; one line says what to do."""


class Kept(Struct, frozen=True):
    """The demo site's key, its API key and the port that its address names."""

    site_id: str
    api_key: str
    port: int


def path_in(data_dir: Path) -> Path:
    """Return the path of the file."""
    return data_dir / "demo.json"


def read(data_dir: Path) -> Kept | None:
    """Return the stored state, or None if it cannot be read."""
    try:
        return msgspec.json.decode(path_in(data_dir).read_bytes(), type=Kept)
    except (OSError, msgspec.DecodeError):
        return None


def write(data_dir: Path, state: Kept) -> None:
    """Write the state, never half-written and never readable by others."""
    path = path_in(data_dir)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(msgspec.to_builtins(state), file)
    temporary.replace(path)
