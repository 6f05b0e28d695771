"""The state file of the local service: how its clients find it, and the token that lets them in."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any


def publish(path: Path, state: dict[str, Any]) -> None:
    """Write the file whole or not at all, readable by its owner only."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(state, stream)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def holds(path: Path, token: str) -> bool:
    """Whether the file is still that of the service with `token`, and not of one that replaced it."""
    try:
        return bool(json.loads(path.read_text(encoding="utf-8"))["token"] == token)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def withdraw(path: Path, token: str) -> None:
    """Remove the file if it is still that of the service with `token`."""
    if holds(path, token):
        path.unlink(missing_ok=True)
