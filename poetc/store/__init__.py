"""`.dana/poet`: Verified → Stored → FileChanges → disk, all or none. What a no-op build can do without comes late."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from poetc.store.lock import project_lock
from poetc.store.publish import Recovery, interrupted, publish, recover

if TYPE_CHECKING:
    from poetc.store.cache import Cache, load_answer, save_answer
    from poetc.store.changes import KEPT, clean, remove, store_changes
    from poetc.store.folders import Folders
    from poetc.store.index import Index, Known, load_index
    from poetc.store.newversion import new_version
    from poetc.store.versions import StoredVersion, list_names, list_versions, read_current, read_version

__all__ = [
    "KEPT",
    "Cache",
    "Folders",
    "Index",
    "Known",
    "Recovery",
    "StoredVersion",
    "clean",
    "interrupted",
    "list_names",
    "list_versions",
    "load_answer",
    "load_index",
    "new_version",
    "project_lock",
    "publish",
    "read_current",
    "read_version",
    "recover",
    "remove",
    "save_answer",
    "store_changes",
]

_HOMES = {
    "cache": ("Cache", "load_answer", "save_answer"),
    "changes": ("KEPT", "clean", "remove", "store_changes"),
    "folders": ("Folders",),
    "index": ("Index", "Known", "load_index"),
    "newversion": ("new_version",),
    "versions": ("StoredVersion", "list_names", "list_versions", "read_current", "read_version"),
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is first asked for."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"poetc.store.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
