"""JSON → the same under a seal that only this user on this machine can have made.

Caches, and the journal of an interrupted build, lie in the project: so they may have come with it, from a stranger.
They are believed only under the seal: an HMAC with a secret that lies in a folder of the user's own, outside of every
project. A build with nothing to do reads one, so this file imports nothing that is slow to load.
"""

from __future__ import annotations

import os
import stat
import sys
from _operator import _compare_digest as same_digest
from importlib import import_module

from poetc.state_folder import flaw_of, make_private, state_folders

try:  # hashlib would load OpenSSL, which takes longer than all else here
    sha256 = import_module("_sha2" if sys.version_info >= (3, 12) else "_sha256").sha256
except ImportError:
    sha256 = import_module("hashlib").sha256

FILE = "secret"
_BYTES = 32
_BLOCK = 64
_MARK = 64
_TAIL = b"]\n"
_secrets: dict[str, bytes] = {}


def seal(purpose: str, body: bytes) -> bytes:
    """JSON behind a proof of who wrote it and what for, itself JSON; the secret is made when there is none."""
    return _head(_mark(_secret(make=True), purpose, body)) + body + _TAIL


def unseal(purpose: str, sealed: bytes) -> bytes | None:
    """What was sealed for that purpose by this user on this machine; None for anything else."""
    secret = _secret(make=False)
    at = len(_head(b"")) + _MARK
    head, body, tail = sealed[:at], sealed[at : -len(_TAIL)], sealed[at:][-len(_TAIL) :]
    if not secret or tail != _TAIL or not same_digest(head, _head(_mark(secret, purpose, body))):
        return None
    return body


def _head(mark: bytes) -> bytes:
    return b'["%s",\n' % mark


def _mark(secret: bytes, purpose: str, body: bytes) -> bytes:
    """HMAC-SHA256, in hex."""
    inner = sha256(secret.translate(_INNER) + b"\x36" * (_BLOCK - _BYTES) + purpose.encode() + b"\0" + body).digest()
    outer = sha256(secret.translate(_OUTER) + b"\x5c" * (_BLOCK - _BYTES) + inner)
    return bytes(outer.hexdigest(), "ascii")


_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


def _secret(*, make: bool) -> bytes:
    """This user's secret; b"" if there is none. Where none can be kept, what is sealed holds for this process only."""
    for folder in state_folders(os.environ):
        if folder in _secrets:
            return _secrets[folder]
        if not (make_private(folder) if make else flaw_of(folder)):
            found = _read(folder) or (_write(folder) if make else b"")
            if found:
                _secrets[folder] = found
                return found
    if make:
        return _secrets.setdefault("", os.urandom(_BYTES))
    return _secrets.get("", b"")


def _is_mine(status: os.stat_result) -> bool:
    """Whether this user alone can read and write a file."""
    return sys.platform == "win32" or (status.st_uid == os.geteuid() and not status.st_mode & 0o077)


def _read(folder: str) -> bytes:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(os.path.join(folder, FILE), flags)
    except OSError:
        return b""
    try:
        status = os.fstat(handle)
        fine = stat.S_ISREG(status.st_mode) and _is_mine(status)
        data = os.read(handle, _BYTES + 1) if fine else b""
    except OSError:
        data = b""
    finally:
        os.close(handle)
    return data if len(data) == _BYTES else b""


def _write(folder: str) -> bytes:
    """Make the secret; if another process has made it meanwhile, that is the one."""
    path = os.path.join(folder, FILE)
    draft = f"{path}.{os.getpid()}.{os.urandom(4).hex()}"
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            os.write(handle, os.urandom(_BYTES))
            os.fsync(handle)
        finally:
            os.close(handle)
        _place(draft, path)
    except OSError:
        return b""
    return _read(folder)


def _place(draft: str, path: str) -> None:
    """Under its name, but not over one that can be used: somebody may have sealed something with it."""
    try:
        os.link(draft, path)
        os.unlink(draft)
    except OSError:  # it is there, or the file system has no links
        if _read(os.path.dirname(path)):
            os.unlink(draft)
        else:
            os.replace(draft, path)
