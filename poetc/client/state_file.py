"""The files of the local service: how it is reached, who starts it, what it says."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from poetc.errors import ServiceDown
from poetc.ir import Diagnostic
from poetc.state_folder import make_private, state_folders


@dataclass(frozen=True, slots=True)
class StateFiles:
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


def find_state_files(environment: Mapping[str, str]) -> StateFiles:
    """In the first state folder that is private and can be written to. Raises ServiceDown POET306."""
    problems = []
    for folder in state_folders(environment):
        problem = make_private(folder) or ("" if os.access(folder, os.W_OK | os.X_OK) else "cannot be written to")
        if not problem:
            return StateFiles(Path(folder))
        problems.append(f"{folder}: {problem}")
    message = f"no folder for the state of the local service: {'; '.join(problems)}"
    hint = "set POET_STATE_DIR to a folder that belongs to you and that others cannot write to"
    raise ServiceDown(Diagnostic(code="POET306", message=message, hint=hint))


def _installation() -> str:
    """A name for this interpreter with this copy of poetc, on this machine: homes are shared by several."""
    here = f"{platform.node()}\n{sys.executable}\n{Path(__file__).resolve().parent.parent}"
    return hashlib.sha256(here.encode("utf-8", "surrogatepass")).hexdigest()[:12]
