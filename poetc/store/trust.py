"""Whether the journal of an interrupted build may be applied: it lies in the project, and may have come with it.

It may if this user wrote it on this machine (`poetc/seal.py`), if git doesn't bring it along, and if it does nothing
but what a build does: write the store and the linked copies, and change the marker's import in a source file. The last
is true of whatever carries our seal; it is proven all the same, so that no defect of a build becomes a file elsewhere.
"""

from __future__ import annotations

import ast
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from poetc.errors import StoreError
from poetc.marker import is_link_folder, is_linked
from poetc.source.imports import ImportNode, bindings_of, without_imports
from poetc.store.containment import read_regular
from poetc.store.layout import journal_folder
from poetc.store.plan import Distrusted, ForeignPlan, State, Step, read_plan, state_of

_INDEX_BYTES: Final = 200_000_000
_SOURCE_BYTES: Final = 10_000_000


def trusted_steps(root: Path) -> list[tuple[Step, State]]:
    """The steps of the journal and how each stands, all proven to be a build's; raises Distrusted, OSError."""
    journal = journal_folder(root)
    if hasattr(os, "geteuid") and journal.lstat().st_uid != os.geteuid():
        raise Distrusted("it belongs to another user")
    if _tracked(root, journal):
        raise Distrusted("git tracks it, so it came with the repository")
    try:
        steps = [(step, state_of(step, root, journal)) for step in read_plan(journal)]
    except ForeignPlan:
        raise Distrusted("this user didn't write it on this machine") from None
    except (ValueError, RecursionError, OSError) as error:
        raise Distrusted(f"its plan can't be read ({type(error).__name__})") from None
    except StoreError as error:
        raise Distrusted(error.diagnostic.message) from None
    for step, state in steps:
        if not _is_a_builds(step, state, root, journal):
            raise Distrusted(f"it would change {step.path[:200]!a}, which no build does")
    return steps


def _is_a_builds(step: Step, state: State, root: Path, journal: Path) -> bool:
    """Whether a build makes such a change; one that is made already, or never will be, needs no proof."""
    parts = step.target(root).relative_to(root).parts
    if any(part.lower() == ".git" for part in parts):
        return False
    in_store = parts[:2] == (".dana", "poet") and len(parts) > 2 and not parts[2].startswith("journal")
    if in_store or any(map(is_link_folder, parts[:-1])) or state is not State.PENDING:
        return True
    if step.before is None or step.after is None or not parts[-1].endswith(".py"):
        return False
    before, after = (read_regular(p, _SOURCE_BYTES) for p in (step.target(root), journal / step.blob))
    return only_relinked(before, after)


def only_relinked(before: bytes, after: bytes) -> bool:
    """Whether two source texts differ in imports alone, which bind the same names and of which one is a link's."""
    try:
        old, new = ast.parse(before), ast.parse(after)
        was, will = (Counter(_bindings(tree)) for tree in (old, new))
        if without_imports(old) != without_imports(new):
            return False
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    gone, come = was - will, will - was
    linked = any(is_linked(path) for path, _ in (*gone, *come))
    return linked and Counter(name for _, name in gone.elements()) == Counter(name for _, name in come.elements())


def _bindings(tree: ast.Module) -> Iterable[tuple[str, str]]:
    """(dotted path, bound name) of all imports."""
    return (pair for node in ast.walk(tree) if isinstance(node, ImportNode) for pair in bindings_of(node))


def _tracked(root: Path, journal: Path) -> bool:
    """Whether git's index has files of the journal. Git isn't asked: in a stranger's repository it runs programs.

    An index of version 4 may hide a path that shares its beginning with the one before it; the seal stands behind this.
    """
    for folder in (root, *root.parents):
        index = _index_of(folder / ".git")
        if index is not None:
            path = os.fsencode(journal.relative_to(folder).as_posix()) + b"/"
            return path in index
    return False


def _index_of(git: Path) -> bytes | None:
    """The bytes of a repository's index; None if there is no repository, b"" if it can't be read."""
    try:
        if git.is_file():
            told = read_regular(git, 10_000).decode("utf-8", "replace").removeprefix("gitdir:").strip()
            git = git.parent / told
        elif not git.is_dir():
            return None
        return read_regular(git / "index", _INDEX_BYTES)
    except (OSError, ValueError):
        return b""
