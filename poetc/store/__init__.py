"""`.dana/poet`: Verified → Stored → FileChanges → disk, all or none. Cheap to import: pydantic comes late."""

from poetc.store.cache import Cache, load_answer, save_answer
from poetc.store.changes import KEPT, clean, remove, store_changes
from poetc.store.folders import Folders
from poetc.store.index import Index, Known, load_index
from poetc.store.lock import project_lock
from poetc.store.newversion import new_version
from poetc.store.publish import Recovery, interrupted, publish, recover
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
