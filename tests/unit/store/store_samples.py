"""Units, verified drafts and snapshots for the store's tests."""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path
from typing import Any

from poetc.ir import Draft, Kind, Policy, Role, SourceFile, Span, Unit, Verified
from poetc.source.module import Module
from poetc.source.site import PythonSite, PythonUnit
from poetc.store.changes import gitignore_changes, store_changes
from poetc.store.folders import Folders
from poetc.store.newversion import new_version
from poetc.store.publish import publish


def unit_of(root: Path, name: str = "app.pay.receipt", *, body: str = "return 1", policy: Policy | None = None) -> Unit:
    """A unit named `name`, its last part the function, the part before it the module's end."""
    module, _, function = name.rpartition(".")
    text = f"@poet()\ndef f():\n    {body}\n"
    path = root / (module.replace(".", "/") + ".py")
    source = SourceFile(path, f"{module.replace('.', '/')}.py", module, root, "app", text.encode(), text, "utf-8", "\n")
    tree = ast.parse(text)
    node = tree.body[0]
    assert isinstance(node, ast.FunctionDef)
    span, module = Span(1, 0, 3, 12), Module(source, tree)
    site = PythonSite(source, function, Role.FUNCTION, Kind.SYNC, (), span, node, module, node.decorator_list[0])
    policy = policy or Policy()
    key = hashlib.sha256(f"{name}{text}{policy}".encode()).hexdigest()
    return PythonUnit(site, policy, hashlib.sha256(text.encode()).hexdigest(), key)


def verified_of(unit: Unit, code: str = "def bind(original):\n  return original\n", **metadata: Any) -> Verified:
    """A verified draft for a unit."""
    answer = {
        "version": "1.0.0",
        "engine": "rules",
        "engine_version": "1",
        "original_function_name": unit.site.qualname,
        "decorator_params": {},
        "phases_included": ["perceive", "operate", "enforce"],
        "operate": "relocated",
        "template": {"name": "base", "version": "1", "digest": "0" * 64},
    } | metadata
    return Verified(Draft(unit, None, {"enhanced.py": code}, answer), ("parses", "signature"))


def build(root: Path, verified: Verified, names: tuple[str, ...] = ()) -> int:
    """Store one verified draft; the version it got."""
    stored = new_version(Folders(root, names or (verified.unit.name,)), verified)
    publish(root, [*gitignore_changes(root, local=False), *store_changes(root, stored)])
    return stored.version


def snapshot(root: Path) -> dict[str, bytes | None]:
    """Every file with its content and every folder (None), without lock and journals: no part of the project."""
    store = root / ".dana" / "poet"
    tree: dict[str, bytes | None] = {}
    for path in sorted(root.rglob("*")):
        if path.is_relative_to(store / "lock") or any(
            parent.parent == store and parent.name.startswith("journal") for parent in (path, *path.parents)
        ):
            continue
        tree[path.relative_to(root).as_posix()] = path.read_bytes() if path.is_file() else None
    return tree


def traces(root: Path) -> list[str]:
    """What a publication must not leave behind."""
    store = root / ".dana" / "poet"
    return sorted(path.name for path in store.glob("*") if path.name == "lock" or path.name.startswith("journal"))
