"""The whole project, as it was when a build had nothing to do: if nothing has changed since, nothing has to be done.

A build without anything to do is the common case and takes as long as its imports: so this one imports nothing. The
snapshot lists every folder and file that decided the last build, what it had written, the configuration and the
templates, each with its stat; one call of `stat` for each of them replaces reading, parsing and comparing. Anything
that is not exactly as it was, or that isn't known here, is left to the real build. So is a snapshot that this user
didn't make on this machine (`seal.py`): it lies in the project, and may have come with it.
"""

from __future__ import annotations

import os
import time

import poetc
from poetc.seal import seal, unseal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

PATH = os.path.join(".dana", "poet", "cache", "snapshot.json")
RESTED_NS = 2_000_000_000
"""a file counts as unchanged only if it had rested for so long before the snapshot (see store/index.py)"""
FORM = 3
PURPOSE = "snapshot"
SECRET = "AITOMATIC_API_KEY"


def fresh_functions(root: str) -> int | None:
    """How many functions the project at `root` has, if all are fresh for certain; else None."""
    known = remembered(root)
    return None if known is None else known[0]


def remembered(root: str) -> tuple[int, list[list[Any]]] | None:
    """The number of functions, and those of which something is to be said (see `ir.rows`), if all are fresh for
    certain; else None."""
    try:
        with open(os.path.join(root, PATH), "rb", opener=_open_file) as file:
            data = unseal(PURPOSE, file.read())
        if data is None:  # it came with the checkout, from somebody else
            return None
        import json  # only where there is something to read

        known = json.loads(data)
        if known["form"] != FORM or known["install"] != install() or known["settings"] != settings(os.environ):
            return None
        for path, row in known["rows"].items():
            if stat_row(os.path.join(root, path)) != row:
                return None
        functions, said = known["functions"], known["said"]
        return (functions, said) if type(functions) is int and type(said) is list else None
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None


def take_snapshot(
    root: str,
    paths: Iterable[str],
    rows: Mapping[str, list[int] | None],
    functions: int,
    said: list[list[Any]],
    began: int,
) -> bool:
    """Write the snapshot, atomically; False if it can't be written or something is too young to be told apart.

    `rows` are stats that were taken before files or folders were read, by path (from the root, or absolute); those of
    `paths` are taken now, for what this very run has compared since `began` (`time.monotonic_ns`): what is younger than
    that may have been compared before it changed.
    """
    taken = {path: stat_row(os.path.join(root, path)) for path in paths} | dict(rows)
    import json

    target = os.path.join(root, PATH)
    temporary = f"{target}.{os.getpid()}.tmp"
    try:
        with open(temporary, "xb") as file:
            now = os.fstat(file.fileno()).st_mtime_ns
            rested = now - (time.monotonic_ns() - began) - RESTED_NS
            if any(row is not None and max(row[:2]) > rested for row in taken.values()):
                raise OSError("too young")
            known = {"form": FORM, "install": install(), "settings": settings(os.environ)}
            known |= {"functions": functions, "said": said, "rows": taken}
            file.write(seal(PURPOSE, json.dumps(known).encode("utf-8", "surrogateescape")))
        os.replace(temporary, target)
    except (OSError, ValueError):
        forget_file(temporary)
        return False
    return True


def _open_file(path: str, flags: int) -> int:
    """Never waits for the writer of a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def forget_file(path: str) -> None:
    """Remove a file if it is there."""
    try:
        os.unlink(path)
    except OSError:
        return


def stat_row(path: str) -> list[int] | None:
    """What of a file's stat changes with its content; None if there is no such file. Links are followed."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return row_of(status)


def row_of(status: os.stat_result) -> list[int]:
    """The stat of a file or folder, as it is kept."""
    return [status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino]


def install() -> list[str]:
    """This installation of poetc."""
    return [poetc.__version__, poetc.__file__]


def settings(environment: Mapping[str, str]) -> list[list[str]]:
    """The variables that a build heeds, but the key."""
    names = sorted(n for n in environment if n.startswith(("POET_", "AITOMATIC_")) and n != SECRET)
    return [[name, environment[name]] for name in names]


def told(functions: int, started: float) -> str:
    """The line that a build with nothing to do prints, as report.summary words it."""
    seconds = time.perf_counter() - started
    return f"{functions} function{'' if functions == 1 else 's'} fresh in {seconds * 1000:.0f} ms\n"
