"""Starts the local service as a process of its own, and waits until it is ready."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from poetc.client.errors import printable
from poetc.client.state_file import StateFiles
from poetc.errors import ServiceDown
from poetc.ir import Diagnostic

_LOG_BYTES = 256_000
_SHOWN_BYTES = 1_500
_SECRETS = ("AITOMATIC_API_KEY",)
_unfinished: list[subprocess.Popen[bytes]] = []
"""where the system has no fork, the service stays a child of this process: kept, so that nothing warns of it"""


def launch(files: StateFiles, stamp: str, seconds: float, command: Sequence[str] = ()) -> None:
    """Start the service and wait until it has written its state file; raises ServiceDown POET306 with the log's end."""
    arguments = [*(command or default_command()), "--local", "--detach", "--state", str(files.state), "--stamp", stamp]
    with _open_log(files.log) as log:
        begin = log.tell()
        try:
            process = _spawn(arguments, files.folder, log)
        except OSError as error:
            raise _failed(f"it cannot be run: {error.strerror or error}", files, begin) from None
        told = _first_words(process, seconds)
    if told is None:
        _kill_group(process)
        raise _failed(f"it was not ready within {seconds:g} s", files, begin)
    if b"ready" not in told:
        process.wait()
        raise _failed("it ended at once", files, begin)
    if os.name == "posix":
        process.wait()
    else:
        _unfinished.append(process)


def default_command() -> list[str]:
    """This interpreter with the service of this installation; -P keeps the current folder out of its imports."""
    if not sys.executable:
        raise ServiceDown(
            Diagnostic(
                code="POET306",
                message="the service cannot be started: this Python doesn't know its own interpreter",
                hint="run `poet serve` elsewhere and set AITOMATIC_API_URL to its address",
            )
        )
    return [sys.executable, "-P", "-m", "poetc.service"]


def _open_log(path: Path) -> IO[bytes]:
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
    log = os.fdopen(os.open(path, flags, 0o600), "ab")
    if log.seek(0, os.SEEK_END) > _LOG_BYTES:
        log.truncate(0)
        log.seek(0)
    return log


def _spawn(arguments: Sequence[str], folder: Path, log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Its own session and folder; of ours it gets only the log, and the pipe on which it says "ready"."""
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    return subprocess.Popen(
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
        cwd=folder,
        env=_environment(os.environ),
        start_new_session=True,
        creationflags=flags,
    )


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Ours, without secrets it has no use for, and with import paths that still hold in another folder."""
    theirs = {name: value for name, value in ours.items() if name not in _SECRETS}
    if paths := theirs.get("PYTHONPATH"):
        theirs["PYTHONPATH"] = os.pathsep.join(str(Path(part).absolute()) for part in paths.split(os.pathsep) if part)
    return theirs


def _first_words(process: subprocess.Popen[bytes], seconds: float) -> bytes | None:
    """What the service says until it closes its standard output, or None after `seconds`."""
    said: list[bytes] = []
    stream = process.stdout
    assert stream is not None

    def listen() -> None:
        with stream:
            said.append(stream.read())

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    listener.join(seconds)
    return said[0] if said else None


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _failed(why: str, files: StateFiles, begin: int) -> ServiceDown:
    hint = f"its log is {files.log}"
    if shown := _log_end(files.log, begin):
        hint = f"its log ends with: {shown} ({files.log})"
    return ServiceDown(Diagnostic(code="POET306", message=f"the local service cannot be started: {why}", hint=hint))


def _log_end(path: Path, begin: int) -> str:
    """The last lines written since `begin`, on one line."""
    try:
        with path.open("rb") as log:
            log.seek(max(begin, log.seek(0, os.SEEK_END) - _SHOWN_BYTES))
            lines = log.read(_SHOWN_BYTES).decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return printable(" | ".join(line.strip() for line in lines[-4:] if line.strip()), 800)
