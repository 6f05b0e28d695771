"""What the scripts of the tracker tests share: cases by name, each tried alone, and servers to try them on."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Any

from scripted_server import Action, Scripted, tried

MISSING = "missing"
"""the answer of a case whose library isn't installed"""


class Cases(dict[str, Any]):
    """The answers of a script: name -> what the case gives, or the name of its error."""

    def __call__(self, work: Callable[[], Any]) -> Callable[[], Any]:
        """Run a case at once, and keep its answer."""
        try:
            self[work.__name__] = work()
        except ImportError:
            self[work.__name__] = MISSING
        except Exception as error:
            self[work.__name__] = type(error).__name__
        return work


def dead() -> str:
    """An address where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/x"


def counted(call: Callable[[str], Any], *actions: Action, times: int = 1) -> tuple[Any, int]:
    """What calls of a server with these answers give, and how many requests came."""
    with Scripted(*actions) as server:
        found = [tried(lambda: call(server.url)) for _ in range(times)]
        return found if times > 1 else found[0], len(server.got)


async def awaited(work: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine gives, or the name of what it raises."""
    try:
        return await work
    except Exception as error:
        return type(error).__name__


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """`awaited`, in a loop of its own."""
    return asyncio.run(awaited(work))
