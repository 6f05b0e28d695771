"""This process → one that can do little harm, and a list of what holds it: (what, how far) for the report.

Against accidents of the code under test and of random inputs to it, not against an attacker: each limit is said to hold
only after the system has accepted it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import NamedTuple

from poetc.behaviour.inside.landlock import restrict_writes
from poetc.behaviour.inside.refusals import Refusals

NOT_LIMITED = "not limited"
PARTLY = "which code in C can evade"
"""where only Python's own audit events stand in the way: the kernel refuses nothing"""
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_PDEATHSIG = 1


class Bounds(NamedTuple):
    """How far the process may go; sizes in bytes, times in seconds."""

    wall: float
    cpu: int
    memory: int
    file_size: int
    open_files: int
    processes: int


def confine(bounds: Bounds, folder: Path) -> tuple[list[tuple[str, str]], Refusals]:
    """Limit this process for good; `folder` is where it may write. Has to run before any thread is started."""
    die_with_parent()
    own_network = unshare_network()
    limits = [("wall", f"{bounds.wall:g} s"), *resource_limits(bounds, own_users=own_network)]
    files = restrict_writes(folder)
    refusals = Refusals(folder)
    sys.addaudithook(refusals.hook)
    alone = "only in an empty folder of its own (Landlock, audit hook)"
    limits += [
        ("network", "own namespace, refused by audit hook" if own_network else f"refused by audit hook, {PARTLY}"),
        ("writes", alone if files else f"outside an empty folder of its own refused by audit hook, {PARTLY}"),
        ("new processes", f"refused by audit hook, {PARTLY}"),
    ]
    return limits, refusals


def die_with_parent() -> None:
    """Ask Linux to end this process when the one that started it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def unshare_network() -> bool:
    """Move into a network namespace of its own, which has nothing in it; False where that isn't permitted."""
    if sys.platform != "linux":
        return False
    uid, gid = os.getuid(), os.getgid()
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER | CLONE_NEWNET):
        return False
    # Without a map every file would seem to be nobody's.
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        try:
            Path("/proc/self", name).write_text(text, encoding="ascii")
        except OSError:
            continue
    return True


def resource_limits(bounds: Bounds, *, own_users: bool) -> list[tuple[str, str]]:
    """Set what the system lets us set; `own_users`: processes are counted in a user namespace of our own."""
    try:
        import resource
    except ImportError:  # Windows
        return [(name, NOT_LIMITED) for name in ("cpu", "memory", "file size", "open files", "processes", "core dump")]
    wanted = [
        ("cpu", "RLIMIT_CPU", bounds.cpu, f"{bounds.cpu} s"),
        ("memory", "RLIMIT_AS", bounds.memory, f"{bounds.memory >> 20} MiB"),
        ("file size", "RLIMIT_FSIZE", bounds.file_size, f"{bounds.file_size >> 10} KiB"),
        ("open files", "RLIMIT_NOFILE", bounds.open_files, str(bounds.open_files)),
        ("core dump", "RLIMIT_CORE", 0, "none"),
    ]
    limits = [(name, said if limited(resource, kind, most) else NOT_LIMITED) for name, kind, most, said in wanted]
    # Elsewhere the limit counts all processes of the user; and the superuser isn't bound by it at all.
    counted = own_users and os.getuid() != 0 and limited(resource, "RLIMIT_NPROC", bounds.processes)
    limits.append(("processes", str(bounds.processes) if counted else NOT_LIMITED))
    return limits


def limited(resource: object, kind: str, most: int) -> bool:
    """Whether a resource limit is in force now."""
    import resource as system

    number = getattr(resource, kind, None)
    if number is None:
        return False
    _, hard = system.getrlimit(number)
    least = most if hard == system.RLIM_INFINITY else min(most, hard)
    try:
        system.setrlimit(number, (least, least))
    except (OSError, ValueError):
        return False
    return system.getrlimit(number)[0] == least
