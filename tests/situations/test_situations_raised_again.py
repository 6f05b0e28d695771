"""One exception object that is raised again and again: each call is one of its own."""

from __future__ import annotations

from pathlib import Path

from both_ways import both

SOURCE = """\
from poetc import poet

BUSY = ConnectionError("busy")
BAD = KeyError("bad")


@poet(retries=2)
def call(n: list) -> None:
    n.append(1)
    raise BUSY


@poet(retries=2)
def outer(n: list) -> None:
    call(n)


@poet(retries=2)
def down(n: list, depth: int) -> None:
    if depth:
        down(n, depth - 1)
    call(n)


@poet(retries=2)
async def waiting(n: list) -> None:
    n.append(1)
    raise BUSY


@poet()
def look(x: int) -> None:
    raise BAD
"""

SCRIPT = """\
import asyncio, contextlib, sys, threading
from concurrent.futures import ThreadPoolExecutor
import shop

def count(work, *more):
    n = []
    with contextlib.suppress(ConnectionError):
        work(n, *more)
    return len(n)

def apart(work):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()

def elsewhere():
    return count(shop.call)

answer = {"call": [count(shop.call) for _ in range(3)], "outer": [count(shop.outer) for _ in range(3)]}
answer["elsewhere"] = [elsewhere(), elsewhere(), apart(elsewhere), apart(elsewhere)]
answer["down"] = [count(shop.down, 3) for _ in range(2)]
answer["async"] = [count(lambda n: asyncio.run(shop.waiting(n))) for _ in range(3)]
answer["notes"] = len(getattr(shop.BUSY, "__notes__", ()))
for _ in range(100):
    with contextlib.suppress(KeyError):
        shop.look("x")
answer["more notes"] = len(getattr(shop.BAD, "__notes__", ()))
"""


def test_each_call_has_its_attempts_and_its_notes(tmp_path: Path) -> None:
    """In loops, nested, recursive, from other stacks and threads, awaited; notes are those of the last call."""
    plain, built = both(tmp_path, SOURCE, SCRIPT, pyproject="breaker = false\n", POET_TESTING="3")
    assert plain["call"] == [1, 1, 1]
    for name in ("call", "outer", "elsewhere", "down", "async"):
        assert set(built[name]) == {3}, name
    assert built["notes"] <= 3
    assert built["more notes"] == 1
