"""Whose a configuration file is: in a folder that others may write to, somebody may have left one for whoever comes by.

A file is believed if it belongs to who runs the command, to root, or to the owner of the folder that the command was
given: who owns a folder may change all in it anyway. So a checkout that is mounted into a container is read by any user
there, and a pyproject.toml that another user left in /tmp isn't, whoever works below it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def belongs_to_stranger(path: Path, folder: Path) -> bool:
    """Whether `path` (or a link in its place) is of somebody who is neither we, nor root, nor the owner of `folder`."""
    if sys.platform == "win32":
        return False
    try:
        owners = {path.lstat().st_uid, path.stat().st_uid}
        trusted = {os.geteuid(), 0, folder.stat().st_uid}
    except OSError:
        return False
    return not owners <= trusted
