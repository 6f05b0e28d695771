"""The plan of a publication: which file becomes what, and how far that has come.

A plan is written before anything is changed, and tells for each target the hash it had and the hash it shall have. So
what is left to do can be read off the disk at any time, by any process, however often the last one was interrupted.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from poetc.seal import seal, unseal
from poetc.store.containment import Folders, contained, read_regular

PLAN: Final = "plan.json"
_SCHEMA: Final = 1
_PLAN_BYTES: Final = 100_000_000
_PURPOSE: Final = "journal"
_DIGITS: Final = 9
_HASH: Final = 64


class ForeignPlan(ValueError):
    """A plan without the seal of this user on this machine."""


class Distrusted(Exception):
    """A journal that isn't applied, and why."""


class State(Enum):
    """How one step of the plan stands."""

    DONE = "the target is as planned"
    PENDING = "the target is as it was, and the new content is at hand"
    LOST = "the target is as it was, and the new content is gone or damaged"
    EDITED = "the target is neither: somebody else wrote it since"


@dataclass(frozen=True, slots=True)
class Step:
    """One file: `before` and `after` are sha256 of its content, None where there is no file."""

    path: str
    """posix, from the project's root"""
    before: str | None
    after: str | None
    blob: str
    """name of the file in the journal that holds the new content"""

    def target(self, root: Path, known: Folders | None = None) -> Path:
        """The real path, proven to be inside the project; raises StoreError (POET501)."""
        return contained(root, root / self.path, removing=self.after is None, known=known)


def encode_plan(steps: tuple[Step, ...]) -> bytes:
    """The bytes of plan.json."""
    rows = [{"path": s.path, "before": s.before, "after": s.after, "blob": s.blob} for s in steps]
    return seal(_PURPOSE, json.dumps({"schema": _SCHEMA, "steps": rows}, indent=1).encode("ascii"))


def read_plan(journal: Path) -> tuple[Step, ...]:
    """The steps of a journal; raises ForeignPlan, ValueError or OSError if it is not one of ours."""
    body = unseal(_PURPOSE, read_regular(journal / PLAN, _PLAN_BYTES))
    if body is None:
        raise ForeignPlan("not sealed by this user")
    plan = json.loads(body)
    if not isinstance(plan, dict) or plan.get("schema") != _SCHEMA or not isinstance(plan.get("steps"), list):
        raise ValueError("not a plan")
    return tuple(_step(row) for row in plan["steps"])


def _step(row: Any) -> Step:
    if not isinstance(row, dict) or set(row) != {"path", "before", "after", "blob"}:
        raise ValueError("not a step")
    path, blob = row["path"], row["blob"]
    if not isinstance(path, str) or not isinstance(blob, str):
        raise ValueError("not a step")
    if not (blob.isascii() and blob.isdigit() and len(blob) <= _DIGITS):
        raise ValueError("not a blob")
    for content in (row["before"], row["after"]):
        if content is not None and not (isinstance(content, str) and len(content) == _HASH):
            raise ValueError("not a hash")
    return Step(**row)


def state_of(step: Step, root: Path, journal: Path, known: Folders | None = None) -> State:
    """Read off the disk how a step stands."""
    now = fingerprint(step.target(root, known))
    if now == step.after:
        return State.DONE
    if now != step.before:
        return State.EDITED
    blob = journal / step.blob
    at_hand = step.after is None or (not blob.is_symlink() and fingerprint(blob) == step.after)
    return State.PENDING if at_hand else State.LOST


def fingerprint(path: Path) -> str | None:
    """sha256 of a file's content, of a link's own text, None if nothing is there; OSError for a folder or device."""
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            return digest(b"link:" + os.fsencode(path.readlink()))
        if not stat.S_ISREG(mode):
            raise OSError(f"not a regular file: {path}")
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return None


def digest(data: bytes) -> str:
    """sha256, in hex."""
    return hashlib.sha256(data).hexdigest()
