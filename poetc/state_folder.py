"""Where this user's secret, and the files of the local service, lie: a folder that belongs to this user alone.

A build with nothing to do asks for it, so nothing slow is imported where the answer is a line of the XDG specification:
`platformdirs`, whose answer that is, takes longer to load than all of such a build. Elsewhere it is asked.
"""

from __future__ import annotations

import os
import stat
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def state_folders(environment: Mapping[str, str]) -> Iterator[str]:
    """Absolute paths, the best first; POET_STATE_DIR leaves no choice. The last doesn't survive a restart of the
    machine."""
    if asked := environment.get("POET_STATE_DIR"):
        yield os.path.abspath(asked)
        return
    yield _user_state_folder(environment)
    if sys.platform != "win32":
        yield os.path.join(environment.get("TMPDIR") or "/tmp", f"poetc-{os.getuid()}")


def _user_state_folder(environment: Mapping[str, str]) -> str:
    if sys.platform == "linux":
        kept = environment.get("XDG_STATE_HOME", "")
        return os.path.join(kept if os.path.isabs(kept) else os.path.expanduser("~/.local/state"), "poetc")
    from platformdirs import user_state_dir

    return user_state_dir("poetc", appauthor=False)


def make_private(folder: str) -> str:
    """Make a folder that is there for this user alone; why it can't be used, "" if it can."""
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError as error:
        return error.strerror or str(error)
    return flaw_of(folder)


def flaw_of(folder: str) -> str:
    """Why a folder can't be used, "" if it can: it is this user's, and nobody else can put a file into it."""
    try:
        status = os.lstat(folder)
    except OSError as error:
        return error.strerror or str(error)
    if not stat.S_ISDIR(status.st_mode):
        return "is not a folder"
    if sys.platform == "win32":
        return ""
    if status.st_uid != os.geteuid():
        return "belongs to another user"
    return "can be written to by others" if status.st_mode & 0o022 else ""
