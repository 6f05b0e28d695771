"""The driver: the only room that names all stages, in order. It yields outcomes and prints nothing.

A command imports only what it needs: each function's file is imported when the function is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from poetc.pipeline.explanation import explain
    from poetc.pipeline.inspection import diff, status
    from poetc.pipeline.project import Project, open_project
    from poetc.pipeline.setup import doctor, init
    from poetc.pipeline.stages import build
    from poetc.pipeline.staleness import check
    from poetc.pipeline.undo import clean, unlink
    from poetc.pipeline.verification import verify_behaviour

__all__ = [
    "Project",
    "build",
    "check",
    "clean",
    "diff",
    "doctor",
    "explain",
    "init",
    "open_project",
    "status",
    "unlink",
    "verify_behaviour",
]

_HOMES = {
    "build": "stages",
    "check": "staleness",
    "clean": "undo",
    "diff": "inspection",
    "doctor": "setup",
    "explain": "explanation",
    "init": "setup",
    "open_project": "project",
    "Project": "project",
    "status": "inspection",
    "unlink": "undo",
    "verify_behaviour": "verification",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found
