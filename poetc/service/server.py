"""One uvicorn server on one bound socket: what the foreground and the local service share."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import TYPE_CHECKING

from poetc.errors import ServiceDown
from poetc.ir import Diagnostic
from poetc.service.activity import Activity
from poetc.service.pool import WorkerPool
from poetc.service.settings import ServiceSettings

if TYPE_CHECKING:
    import uvicorn


def bind(host: str, port: int, *, or_another: bool = False) -> socket.socket:
    """A bound socket; with `or_another`, on any free port when `port` is taken. Raises ServiceDown POET306."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, the event loop turns off Nagle's algorithm, which would cost 40 ms an answer.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        # Elsewhere the option would let two programs share one port.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        # Listening now, not at the server's start, so that nobody else can take the port in between.
        bound.listen(2048)
    except OSError as error:
        bound.close()
        if or_another and error.errno in (errno.EADDRINUSE, errno.EACCES):
            return bind(host, 0)
        raise _cannot_bind(host, port, error) from None
    return bound


def _cannot_bind(host: str, port: int, error: OSError) -> ServiceDown:
    taken = error.errno == errno.EADDRINUSE
    why = "another program uses the port" if taken else str(error.strerror or error)
    return ServiceDown(
        Diagnostic(
            code="POET306",
            message=f"the service cannot listen on {host} port {port}: {why}",
            hint="choose another port with --port" if taken else "choose another address with --host or --port",
        )
    )


async def run_server(
    settings: ServiceSettings,
    bound: socket.socket,
    on_ready: Callable[[uvicorn.Server, Activity], Awaitable[None]],
    drain_seconds: int,
) -> None:
    """Serve until told to end; `on_ready` runs beside the server from the moment it accepts requests.

    Requests that still run at the end have `drain_seconds` to finish.

    Raises Problem NOT_READY when the engine can't be started.
    """
    pool = WorkerPool(settings)
    # A worker loads the engine in its own process while this one loads the web framework.
    identity = asyncio.create_task(pool.identity())
    await asyncio.sleep(0)
    server, activity = _assemble(settings, pool, drain_seconds)
    try:
        await identity
        await _serve(server, bound, on_ready(server, activity))
    finally:
        await pool.close()


def _assemble(settings: ServiceSettings, pool: WorkerPool, drain_seconds: int) -> tuple[uvicorn.Server, Activity]:
    import uvicorn

    from poetc.service.app import create_app
    from poetc.service.protocol import BACKLOG, BoundedProtocol

    activity = Activity()
    config = uvicorn.Config(
        create_app(settings, pool=pool, activity=activity),
        loop="asyncio",
        http=BoundedProtocol,
        backlog=BACKLOG,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=drain_seconds,
    )
    return uvicorn.Server(config), activity


async def _serve(server: uvicorn.Server, bound: socket.socket, beside: Awaitable[None]) -> None:
    serving = asyncio.ensure_future(server.serve(sockets=[bound]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.002)
    companion = asyncio.ensure_future(beside)
    companion.add_done_callback(lambda done: _end_with(server, done))
    try:
        await serving
    finally:
        companion.cancel()
        await asyncio.wait([companion])
    if not companion.cancelled():
        companion.result()


def _end_with(server: uvicorn.Server, companion: asyncio.Future[None]) -> None:
    """A server whose companion failed may be one that nobody can find: it ends too."""
    if not companion.cancelled() and companion.exception() is not None:
        server.should_exit = True


def end_on_sigterm() -> None:
    """Make SIGTERM unwind the process, so that `finally` clauses run.

    The web server raises the signal again after its own orderly end; the default action would kill the process there.
    """

    def leave(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, leave)


def log_to_stderr() -> None:
    """Warnings and errors of the web server, and everything of ours, to standard error."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    for noisy in ("uvicorn", "uvicorn.error", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
