"""The service that a client starts in the background: loopback only, behind a token, gone when idle."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import stat
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import poetc
from poetc.service.server import bind, end_on_sigterm, log_to_stderr, run_server
from poetc.service.settings import LOOPBACK, ServiceSettings
from poetc.service.state import holds, publish, withdraw

if TYPE_CHECKING:
    import uvicorn

    from poetc.service.activity import Activity

_HOST = "127.0.0.1"
_LOG_BYTES = 1_000_000
_DRAIN_SECONDS = 1
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LocalOptions:
    """What the starting client decides."""

    state: Path
    stamp: str
    """the client's name for the code it wants to be served by; handed back in the state file"""
    idle_seconds: float
    port: int = 8080


def run_local(options: LocalOptions, settings: ServiceSettings) -> None:
    """Serve until idle, replaced, or told to end by SIGTERM; says "ready" on standard output, then closes it.

    Raises Problem NOT_READY when the engine can't be started.
    """
    log_to_stderr()
    end_on_sigterm()
    token = secrets.token_urlsafe(32)
    bound = bind(_HOST, options.port, or_another=True)
    port = bound.getsockname()[1]
    own = settings.model_copy(update={"keys": (), "token": token, "hosts": LOOPBACK})

    async def accompany(server: uvicorn.Server, activity: Activity) -> None:
        publish(options.state, _state(options, port, token))
        _log.info("poetc service %s, pid %d, port %d", poetc.__version__, os.getpid(), port)
        _say_ready()
        await _watch(server, activity, options, token)

    try:
        asyncio.run(run_server(own, bound, accompany, _DRAIN_SECONDS))
    except KeyboardInterrupt:
        return
    finally:
        withdraw(options.state, token)
        bound.close()


def _state(options: LocalOptions, port: int, token: str) -> dict[str, object]:
    return {
        "pid": os.getpid(),
        "port": port,
        "token": token,
        "version": poetc.__version__,
        "stamp": options.stamp,
        "started": time.time(),
    }


def _say_ready() -> None:
    """The client waits for this line, or for the end of the stream."""
    print("ready", flush=True)
    os.dup2(2, 1)


async def _watch(server: uvicorn.Server, activity: Activity, options: LocalOptions, token: str) -> None:
    """Ends the server when it is idle, or when nobody can find it any more; keeps its log small."""
    pause = min(1.0, options.idle_seconds / 4)
    while True:
        await asyncio.sleep(pause)
        _bound_log()
        if activity.running:
            continue
        if activity.idle_seconds >= options.idle_seconds or not holds(options.state, token):
            _log.info("ending: idle or replaced")
            # Before the socket closes, so that a client that comes now starts another at once.
            withdraw(options.state, token)
            server.should_exit = True
            return


def _bound_log() -> None:
    """Empty standard error when it is a file that has grown too large; it is open for appending."""
    status = os.fstat(sys.stderr.fileno())
    if stat.S_ISREG(status.st_mode) and status.st_size > _LOG_BYTES:
        os.ftruncate(sys.stderr.fileno(), 0)
