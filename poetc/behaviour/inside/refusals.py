"""An audit hook that refuses network, processes, signals and writes outside one folder, and remembers what it refused.

The same events, refused or not, are what a call is seen to do to the world: `doings` has them in order.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
MOST_DOINGS = 1000

FORBIDDEN = frozenset(
    {
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.kill",
        "os.killpg",
        "os.posix_spawn",
        "os.spawn",
        "os.startfile",
        "os.system",
        "pty.spawn",
        "resource.prlimit",
        "resource.setrlimit",
        "socket.bind",
        "socket.connect",
        "socket.getaddrinfo",
        "socket.gethostbyaddr",
        "socket.gethostbyname",
        "socket.getnameinfo",
        "socket.sendmsg",
        "socket.sendto",
        "subprocess.Popen",
        "webbrowser.open",
    }
)
"""events that are refused whatever their arguments"""

PATHS: dict[str, tuple[tuple[int, int | None], ...]] = {
    "os.chflags": ((0, None),),
    "os.chmod": ((0, 2),),
    "os.chown": ((0, 3),),
    "os.link": ((1, 3),),
    "os.mkdir": ((0, 2),),
    "os.remove": ((0, 1),),
    "os.removexattr": ((0, None),),
    "os.rename": ((0, 2), (1, 3)),
    "os.rmdir": ((0, 1),),
    "os.setxattr": ((0, None),),
    "os.symlink": ((1, 2),),
    "os.truncate": ((0, None),),
    "os.utime": ((0, 3),),
    "shutil.rmtree": ((0, 1),),
    "sqlite3.connect": ((0, None),),
}
"""events that write -> for each path, the position of it and of the descriptor of the folder it is relative to"""

ALSO_DOINGS = frozenset({"time.sleep", "os.chdir"})
NO_FILE = frozenset({"", ":memory:", b"", b":memory:"})
"""what sqlite3 takes for a database in memory"""


class Refusals:
    """What was refused, and everything the code under test has done to the world, since the last `begin`."""

    def __init__(self, folder: Path) -> None:
        self.folder = os.path.realpath(folder)
        self.refused: list[str] = []
        self.doings: list[str] = []
        self.asleep = False

    def begin(self) -> None:
        """Forget what was before."""
        self.refused, self.doings = [], []

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Let this process do what it needs itself."""
        self.asleep = True
        try:
            yield
        finally:
            self.asleep = False

    def hook(self, event: str, args: tuple[Any, ...]) -> None:
        """Raises PermissionError for what isn't allowed; called by the interpreter for every audit event."""
        judge = JUDGES.get(event)
        if judge is not None and not self.asleep:
            judge(self, event, args)

    def forbid(self, event: str, args: tuple[Any, ...]) -> None:
        """Refuse an event."""
        said = f"{event} {shown(args)}".rstrip()
        self.note(said)
        self.refused.append(said)
        raise PermissionError(errno.EACCES, f"refused by poet verify: {said}")

    def judge_open(self, event: str, args: tuple[Any, ...]) -> None:
        """Reading is allowed, but for the environment of other processes; writing in the own folder."""
        path, mode, flags = args
        if isinstance(path, int):
            return
        name = os.fsdecode(path)
        if name.endswith("/environ") and name.startswith("/proc/"):
            self.forbid(event, (name,))
        writes = bool(flags & WRITING) if isinstance(flags, int) else any(c in str(mode) for c in "wax+")
        if writes:
            self.judge_path(event, name, None)

    def judge_paths(self, event: str, args: tuple[Any, ...]) -> None:
        """Events whose arguments name what is changed."""
        for at, folder in PATHS[event]:
            name = args[at]
            if isinstance(name, int) or (event == "sqlite3.connect" and name in NO_FILE):
                continue
            self.judge_path(
                event, os.fsdecode(name), args[folder] if folder is not None and folder < len(args) else None
            )

    def judge_path(self, event: str, name: str, descriptor: object) -> None:
        """Allow a change at or below the own folder, and of the null device."""
        if isinstance(descriptor, int) and descriptor >= 0:
            try:
                name = os.path.join(os.readlink(f"/proc/self/fd/{descriptor}"), name)  # noqa: PTH115, PTH118
            except OSError:
                self.forbid(event, (name,))
        folder, last = os.path.split(name)  # a link is changed itself, not what it points to
        real = os.path.join(os.path.realpath(folder or "."), last)  # noqa: PTH118
        if event in FOLLOWS:
            real = os.path.realpath(name)
        if real not in (os.devnull, self.folder) and not real.startswith(self.folder + os.sep):
            self.forbid(event, (name,))
        self.note(f"{event} {name}")

    def judge_other(self, event: str, args: tuple[Any, ...]) -> None:
        """What is allowed, but is something done."""
        self.note(f"{event} {shown(args)}")

    def note(self, said: str) -> None:
        if len(self.doings) < MOST_DOINGS:
            self.doings.append(said)


FOLLOWS = frozenset({"open", "os.truncate", "sqlite3.connect", "os.chmod", "os.chown", "os.utime"})
"""events that follow a link to what is changed"""

JUDGES: dict[str, Callable[[Refusals, str, tuple[Any, ...]], None]] = {
    **dict.fromkeys(FORBIDDEN, Refusals.forbid),
    **dict.fromkeys(PATHS, Refusals.judge_paths),
    **dict.fromkeys(ALSO_DOINGS, Refusals.judge_other),
    "open": Refusals.judge_open,
}


def shown(args: tuple[Any, ...]) -> str:
    """The arguments of an event that a person can make use of."""
    plain = (a for a in args if isinstance(a, str | bytes | int | float | tuple | list))
    return " ".join(repr(a)[:100] for a in plain)
