"""Where the local service's files lie: a folder that belongs to this user alone."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from poetc.errors import ServiceDown
from poetc.ir import Diagnostic


@dataclass(frozen=True, slots=True)
class Place:
    """The files of the service of one installation of poetc; two installations don't share a service."""

    folder: Path

    @property
    def state(self) -> Path:
        """Written by the service: how to reach it."""
        return self.folder / f"service-{_installation()}.json"

    @property
    def lock(self) -> Path:
        """Held by a client while it starts or stops the service."""
        return self.state.with_suffix(".lock")

    @property
    def log(self) -> Path:
        """Standard error of the service and its workers."""
        return self.state.with_suffix(".log")


def find_place(environment: Mapping[str, str]) -> Place:
    """The first folder that can be made private; POET_STATE_DIR leaves no choice. Raises ServiceDown POET306."""
    asked = environment.get("POET_STATE_DIR")
    candidates = [Path(asked).absolute()] if asked else list(_candidates(environment))
    problems = []
    for folder in candidates:
        problem = _make_private(folder)
        if problem is None:
            return Place(folder)
        problems.append(f"{folder}: {problem}")
    raise ServiceDown(
        Diagnostic(
            code="POET306",
            message=f"no folder for the state of the local service: {'; '.join(problems)}",
            hint="set POET_STATE_DIR to a folder that belongs to you and that others cannot write to",
        )
    )


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    runtime = environment.get("XDG_RUNTIME_DIR")
    if runtime and Path(runtime).is_dir():
        yield Path(runtime) / "poetc"
    if sys.platform == "win32":
        yield Path(environment.get("LOCALAPPDATA", tempfile.gettempdir())) / "poetc"
        return
    yield Path(tempfile.gettempdir()) / f"poetc-{os.getuid()}"
    yield Path(environment.get("XDG_CACHE_HOME") or Path(environment.get("HOME", "/")) / ".cache") / "poetc"


def _make_private(folder: Path) -> str | None:
    """None, or why the folder can't be used: what others can write to could send the source code to them."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        return error.strerror or str(error)
    if not stat.S_ISDIR(status.st_mode):
        return "is not a folder"
    if sys.platform == "win32":
        return None
    if status.st_uid != os.geteuid():
        return "belongs to another user"
    if status.st_mode & 0o022:
        return "can be written to by others"
    return None if os.access(folder, os.W_OK | os.X_OK) else "cannot be written to"


def _installation() -> str:
    """A name for this interpreter with this copy of poetc."""
    here = f"{sys.executable}\n{Path(__file__).resolve().parent.parent}"
    return hashlib.sha256(here.encode("utf-8", "surrogatepass")).hexdigest()[:12]
