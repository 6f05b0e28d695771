"""asyncio, anyio and trio around and inside of built coroutines, from public trackers."""

from __future__ import annotations

from typing import Any

import pytest
from both_ways import both
from tracked import MISSING

SOURCE = """\
import asyncio
from collections.abc import AsyncIterator

import aiohttp
import anyio
import httpx
from poetc import poet

LOG = []


@poet(timeout=0.3)
async def group() -> str:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(anyio.sleep, 1)
    return "done"


@poet(timeout=0.3)
async def asyncio_group() -> str:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(asyncio.sleep(1))
    return "done"


@poet(timeout=5)
async def cleaned() -> None:
    try:
        await anyio.sleep(5)
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.sleep(0.01)
            LOG.append("cleaned")


@poet(timeout=0.3)
async def sleeps(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "slept"


@poet()
async def read(client: httpx.AsyncClient, url: str) -> int:
    return (await client.get(url)).status_code


@poet(timeout=0.3)
async def patient(client: httpx.AsyncClient, url: str) -> int:
    return (await client.get(url, timeout=None)).status_code


@poet()
async def shorter(client: httpx.AsyncClient, url: str) -> int:
    async with asyncio.timeout(0.2):
        return (await client.get(url)).status_code


@poet()
async def status(session: aiohttp.ClientSession, url: str) -> int:
    async with session.get(url) as response:
        return response.status


@poet()
async def body(session: aiohttp.ClientSession, url: str) -> str:
    async with session.get(url) as response:
        return await response.text()


@poet()
async def lines(client: httpx.AsyncClient, url: str) -> AsyncIterator[str]:
    async with client.stream("GET", url) as response:
        async for line in response.aiter_lines():
            yield line


@poet()
async def gathered(client: httpx.AsyncClient, urls: list) -> list:
    return [each.status_code for each in await asyncio.gather(*[client.get(url) for url in urls])]


@poet()
async def as_task(client: httpx.AsyncClient, url: str) -> int:
    return (await asyncio.create_task(client.get(url))).status_code
"""

SCRIPT = """\
import asyncio, gc, subprocess, sys, weakref
import aiohttp, anyio, httpx, shop
from scripted_server import Scripted, late, reset
from tracked import Cases, awaited, counted, dead, run

answer = case = Cases()


def with_client(function, url, backend="asyncio"):
    async def go():
        async with httpx.AsyncClient() as client:
            return await function(client, url)
    return anyio.run(go, backend=backend)


def with_session(function, url, **options):
    async def go():
        async with aiohttp.ClientSession(**options) as session:
            return await function(session, url)
    return asyncio.run(go())


def cut(handler, body):
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"abc")
    handler.close_connection = True


def cut_stream(handler, body):
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for text in (b"one\\n", b"two\\n"):
        handler.wfile.write(b"%x\\r\\n%s\\r\\n" % (len(text), text))
    handler.close_connection = True


@case
def budget_of_a_group():
    return run(shop.group()), run(shop.asyncio_group())


@case
def scope_that_moves_on():
    async def go():
        with anyio.move_on_after(0.1) as scope:
            await shop.cleaned()
        return scope.cancelled_caught, list(shop.LOG), asyncio.current_task().cancelling()
    return run(go())


@case
def scope_that_fails():
    async def go():
        with anyio.fail_after(0.1):
            await shop.cleaned()
    return run(go())


@case
def trio_waits():
    import trio
    return counted(lambda url: with_client(shop.read, url, "trio"), (503, b""), (200, b""))


@case
def trio_gives_up():
    import trio
    return counted(lambda url: with_client(shop.read, url, "trio"), reset)


@case
def trio_ends_in_time():
    import trio
    return counted(lambda url: with_client(shop.patient, url, "trio"), late(1))


@case
def uvloop_ends_in_time():
    import uvloop
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(awaited(shop.sleeps(1))), runner.run(awaited(shop.sleeps(0)))


@case
def nested_loops():
    import nest_asyncio
    code = '''
import asyncio, nest_asyncio, shop
from tracked import awaited
nest_asyncio.apply()
async def outer():
    return asyncio.run(awaited(shop.sleeps(1))), await shop.sleeps(0)
print(*asyncio.run(outer()))
'''
    return subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True).stdout.split()


@case
def loops_that_are_over():
    loops = []
    async def go():
        loops.append(weakref.ref(asyncio.get_running_loop()))
        await shop.sleeps(0)
    for _ in range(20):
        asyncio.run(go())
    gc.collect()
    return sum(loop() is not None for loop in loops)


@case
def shorter_limit_of_the_body():
    return counted(lambda url: with_client(shop.shorter, url), late(1))


@case
def session_that_raises():
    raising = {"raise_for_status": True}
    return counted(lambda url: with_session(shop.status, url, **raising), (503, b""), (503, b""), (200, b""))


@case
def session_that_raises_for_good():
    return counted(lambda url: with_session(shop.status, url, raise_for_status=True), (404, b""))


@case
def body_that_is_cut_off():
    return counted(lambda url: with_session(shop.body, url), cut)


@case
def stream_that_is_cut_off():
    async def collected(client, url):
        found = []
        try:
            async for line in shop.lines(client, url):
                found.append(line)
        except httpx.TransportError as error:
            found.append(type(error).__name__)
        return found
    return counted(lambda url: with_client(collected, url), cut_stream)


@case
def stream_that_begins_late():
    async def first(client, url):
        async for line in shop.lines(client, url):
            return line
    return counted(lambda url: with_client(first, url), (503, b""), (200, b"one\\n"))


@case
def calls_that_are_gathered():
    return counted(lambda url: with_client(lambda client, url: shop.gathered(client, [url, url]), url), (200, b""))


@case
def call_as_a_task():
    return counted(lambda url: with_client(shop.as_task, url), (404, b""))


@case
def under_gevent():
    import gevent
    code = '''
from gevent import monkey
monkey.patch_all()
import gevent, requests, time
from tracked import dead, tried
import sync
ticks = []
def tick():
    while True:
        ticks.append(time.monotonic())
        gevent.sleep(0.02)
ticking = gevent.spawn(tick)
calls = [gevent.spawn(lambda: tried(lambda: sync.read(dead()))) for _ in range(1)]
gevent.joinall(calls)
ticking.kill()
ticks = ticks or [0]
print(*[call.value for call in calls], max([b - a for a, b in zip(ticks, ticks[1:])], default=0) < 1.5)
'''
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True)
    return done.stdout.split()
"""

SYNC = """\
import requests
from poetc import poet


@poet()
def read(url: str) -> int:
    return requests.get(url).status_code
"""

RIGHT: dict[str, tuple[Any, Any]] = {
    "budget_of_a_group": (["done", "done"], ["BudgetSpentError", "BudgetSpentError"]),
    "scope_that_moves_on": ([True, ["cleaned"], 0], [True, ["cleaned"], 0]),
    "scope_that_fails": ("TimeoutError", "TimeoutError"),
    "trio_waits": ([503, 1], [200, 2]),
    "trio_gives_up": (["ReadError", 1], ["ReadError", 3]),
    "trio_ends_in_time": ([200, 1], ["BudgetSpentError", 1]),
    "uvloop_ends_in_time": (["slept", "slept"], ["BudgetSpentError", "slept"]),
    "nested_loops": (["slept", "slept"], ["BudgetSpentError", "slept"]),
    "loops_that_are_over": (0, 0),
    "shorter_limit_of_the_body": (["TimeoutError", 1], ["TimeoutError", 1]),
    "session_that_raises": (["ClientResponseError", 1], [200, 3]),
    "session_that_raises_for_good": (["ClientResponseError", 1], ["ClientResponseError", 1]),
    "body_that_is_cut_off": (["ClientPayloadError", 1], ["ClientPayloadError", 3]),
    "stream_that_is_cut_off": ([["one", "two", "RemoteProtocolError"], 1], [["one", "two", "RemoteProtocolError"], 1]),
    "stream_that_begins_late": ([None, 1], ["one", 2]),
    "calls_that_are_gathered": ([[200, 200], 2], [[200, 200], 2]),
    "call_as_a_task": ([404, 1], [404, 1]),
    "under_gevent": (["ConnectionError", "True"], ["ConnectionError", "True"]),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """All cases, as written and as built."""
    return both(tmp_path_factory.mktemp("async"), SOURCE, SCRIPT, {"sync.py": SYNC})


def test_loops(found: tuple[Any, Any]) -> None:
    """What a caller gets, and how many requests arrived, plain and built, where the library is installed."""
    plain, built = found
    answers = {name: (plain[name], built[name]) for name in RIGHT if plain[name] != MISSING}
    assert answers == {name: RIGHT[name] for name in answers}
