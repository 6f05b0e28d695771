"""The local service as its state file names it, and whether it is really the one that answers there."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from poetc.client.errors import ExchangeFailed
from poetc.client.exchange import Exchange
from poetc.client.proof import challenge_and_proof, is_proof
from poetc.wire import Health

_STATE_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class RunningService:
    """What the state file says; none of it is believed before `greet` has answered."""

    pid: int
    port: int
    token: str = field(repr=False)
    version: str
    stamp: str
    started: float
    """seconds since the epoch"""

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self.port}"


def read_running(state: Path) -> RunningService | None:
    """State file → the service it names; None when there is none, or nothing to make sense of, or not ours."""
    try:
        descriptor = os.open(state, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(descriptor, "rb") as stream:
            if hasattr(os, "geteuid") and os.fstat(descriptor).st_uid != os.geteuid():
                return None
            told = json.loads(stream.read(_STATE_BYTES))
        found = RunningService(
            pid=int(told["pid"]),
            port=int(told["port"]),
            token=str(told["token"]),
            version=str(told["version"]),
            stamp=str(told["stamp"]),
            started=float(told["started"]),
        )
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return found if 0 < found.port < 65_536 and found.pid > 1 and found.token else None


def greet(service: RunningService, seconds: float) -> Health | None:
    """The health of the service, or None when what answers there within `seconds` can't prove that it knows the token.

    The token itself is not sent: the port may belong to anybody by now.
    """
    challenge, due = challenge_and_proof(service.token)
    exchange = Exchange(service.url, connect_seconds=seconds, read_seconds=seconds)
    try:
        answer = exchange.send("GET", f"{service.url}/poet/health", headers={"X-Poet-Challenge": challenge})
        if not is_proof(due, answer.headers.get("x-poet-proof", "")):
            return None
        return Health.model_validate_json(answer.body)
    except (ExchangeFailed, ValidationError):
        return None
    finally:
        exchange.close()
