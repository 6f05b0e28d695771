"""Landlock: the kernel itself refuses writes outside one folder, whatever library asks for them (Linux 5.13 and newer).

Called through `syscall`, since glibc has no functions for it; the numbers are the same on every architecture. See
`Documentation/userspace-api/landlock.rst` of the kernel.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_FLAG = 1
PATH_BENEATH = 1
PR_SET_NO_NEW_PRIVS = 38
O_PATH = getattr(os, "O_PATH", 0)

WRITE_FILE = 1 << 1
CHANGES = WRITE_FILE | sum(1 << bit for bit in range(4, 13))
"""write to files; remove and make files, folders, links, sockets, pipes and devices"""
REFER, TRUNCATE = 1 << 13, 1 << 14
TCP = 0b11
"""bind and connect"""
SCOPES = 0b11
"""sockets without a path, and signals, of processes outside"""


def restrict_writes(folder: Path) -> bool:
    """Refuse this process writes outside `folder` (and /dev/null), TCP and signals; False where the kernel can't."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(CREATE_RULESET, None, 0, VERSION_FLAG)
    if version < 1:
        return False
    changes = CHANGES | (REFER if version >= 2 else 0) | (TRUNCATE if version >= 3 else 0)
    ruleset = libc.syscall(CREATE_RULESET, *sized(attributes(changes, version)), 0)
    if ruleset < 0:
        return False
    try:
        allow(libc, ruleset, str(folder), changes)
        allow(libc, ruleset, os.devnull, WRITE_FILE)
        return not (libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.syscall(RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)


def attributes(changes: int, version: int) -> bytes:
    """`struct landlock_ruleset_attr`, as long as this version of the interface has it."""
    fields = [changes]
    if version >= 4:
        fields.append(TCP)
    if version >= 6:
        fields.append(SCOPES)
    return struct.pack(f"={len(fields)}Q", *fields)


def sized(data: bytes) -> tuple[ctypes.Array[ctypes.c_char], ctypes.c_size_t]:
    """Bytes as a pointer and a length."""
    return ctypes.create_string_buffer(data, len(data)), ctypes.c_size_t(len(data))


def allow(libc: ctypes.CDLL, ruleset: int, path: str, changes: int) -> None:
    """Add `struct landlock_path_beneath_attr`, which is packed: what may be changed at or below a path."""
    opened = os.open(path, O_PATH | os.O_CLOEXEC)
    try:
        rule, _ = sized(struct.pack("=Qi", changes, opened))
        libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, rule, 0)
    finally:
        os.close(opened)
