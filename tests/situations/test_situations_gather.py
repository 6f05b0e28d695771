"""Calls that are made here and awaited by something else: each is repeated by itself."""

from __future__ import annotations

from typing import Any

import pytest
from both_ways import both

SOURCE = """\
import asyncio

import aiohttp
import httpx
from poetc import poet


@poet()
async def two(url: str) -> list:
    async with httpx.AsyncClient() as client:
        found = await asyncio.gather(client.get(url + "/a"), client.get(url + "/b"))
    return [each.status_code for each in found]
"""

SCRIPT = """\
import asyncio
import shop
from served import Failing

answer = {}
for name in CASES:
    with Failing({"/b": 2}) as server:
        try:
            found = asyncio.run(getattr(shop, name)(server.url))
        except BaseException as error:
            found = type(error).__name__
        answer[name] = [found, server.counts()]
"""

SERVED = '''\
"""A server that cuts off the first requests of some paths."""

import threading
from scripted_server import Scripted, answer, reset


class Failing(Scripted):
    def __init__(self, fails):
        left, lock, self.seen = dict(fails), threading.Lock(), []

        def act(handler, body):
            with lock:
                self.seen.append(handler.path)
                left[handler.path] = left.get(handler.path, 0) - 1
                failing = left[handler.path] >= 0
            (reset(handler, body) if failing else answer(handler, 200, b"{}"))

        super().__init__(act)
        self.url = self.url.removesuffix("/x")

    def counts(self):
        return {path: self.seen.count(path) for path in sorted(set(self.seen))}
'''


def ran(folder: Any, source: str, *cases: str) -> tuple[Any, Any]:
    """What each function ends with, and how often each path was asked for: (plain, built)."""
    return both(folder, source, f"CASES = {list(cases)!r}\n{SCRIPT}", {"served.py": SERVED})


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """Every function of SOURCE, plain and built."""
    return ran(tmp_path_factory.mktemp("gather"), SOURCE, "two")


def test_only_what_failed_is_made_again(ended: tuple[Any, Any]) -> None:
    """Of two calls in a gather, one fails twice: it is asked for three times, the other one once."""
    plain, built = ended
    assert plain["two"] == ["ReadError", {"/a": 1, "/b": 1}]
    assert built["two"] == [[200, 200], {"/a": 1, "/b": 3}]
