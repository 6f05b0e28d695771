"""What is imported, and what isn't."""

from __future__ import annotations

import importlib.util
import sys

import app.classes
import app.errors
import app.looks
import app.streams  # noqa: F401


def linked_nothing_foreign_is_imported():
    assert importlib.util.find_spec("poetc") is None
    foreign = {name.split(".")[0] for name in sys.modules} - sys.stdlib_module_names
    ours = {name for name in foreign if name not in ("app", "__main__", "poet_shared_1") and not name.startswith("check_")}
    assert not ours, ours
