"""`poet serve`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

NOT_RUNNING = 1


class Action(StrEnum):
    """What to do about the service in the background."""

    STOP = "stop"
    STATUS = "status"


def serve(
    action: Annotated[
        Action | None,
        typer.Argument(
            metavar="stop|status", help="End the service in the background, or say whether it runs.", show_default=False
        ),
    ] = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0: any free one.")] = 8080,
) -> None:
    """Run the code-generation service, until Ctrl-C.

    A build needs no `poet serve`: with AITOMATIC_API_URL=local (the default) it starts a service in the background,
    which ends itself when idle. `stop` ends that one, `status` tells whether it runs.

    \b
    Examples:
      poet serve
      poet serve --host 0.0.0.0 --port 9000
      poet serve status
      poet serve stop

    \b
    Exit codes:
      0    ended in order; stop: it ran and was ended; status: it runs
      1    stop, status: none runs
      2    broken: the port is taken, or the configuration makes no sense
    """
    from poetc.cli.guard import guarded

    asked = {Action.STOP: _stop, Action.STATUS: _status}
    raise typer.Exit(guarded(asked[action] if action else lambda: _serve(host, port)))


def _serve(host: str, port: int) -> int:
    from poetc.service.serve import serve as serve_until_ended

    serve_until_ended(host, port, on_ready=lambda url: print(f"listening on {url}", flush=True))
    return 0


def _stop() -> int:
    from poetc.cli.streams import deliver
    from poetc.client.local import stop_local

    ended = stop_local()
    text = "stopped" if ended else "no background service is running"
    return deliver(lambda stream: print(text, file=stream), 0 if ended else NOT_RUNNING)


def _status() -> int:
    from datetime import datetime

    from poetc.cli.streams import deliver
    from poetc.client.local import local_status

    found = local_status()
    if found is None:
        return deliver(lambda stream: print("no background service is running", file=stream), NOT_RUNNING)
    since = datetime.fromtimestamp(found.started).strftime("%Y-%m-%d %H:%M:%S")
    age = "" if found.current else "; it runs other code than is installed, and the next build replaces it"
    lines = (f"running at {found.url}, pid {found.pid}, since {since}{age}", f"log: {found.log}")
    return deliver(lambda stream: stream.writelines(f"{line}\n" for line in lines))
