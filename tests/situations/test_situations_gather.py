"""Calls that aren't written as calls: awaited, entered or called by something else. Each is repeated by itself."""

from __future__ import annotations

from typing import Any, Final

import pytest
from both_ways import both

SOURCE = """\
import asyncio
import contextlib
import functools
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor

import aiohttp
import httpx
import requests
from poetc import poet

PATHS = ("/a", "/b")


@poet()
async def two(url: str) -> list:
    async with httpx.AsyncClient() as client:
        found = await asyncio.gather(client.get(url + "/a"), client.get(url + "/b"))
    return [each.status_code for each in found]


@poet()
async def starred(url: str) -> list:
    async with httpx.AsyncClient() as client:
        return [each.status_code for each in await asyncio.gather(*[client.get(url + path) for path in PATHS])]


@poet()
async def listed(url: str) -> list:
    async with httpx.AsyncClient() as client:
        calls = [client.get(url + "/a")]
        calls.append(client.get(url + "/b"))
        return [each.status_code for each in await asyncio.gather(*calls)]


@poet()
async def grouped(url: str) -> list:
    async with httpx.AsyncClient() as client:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(client.get(url + path), name=path) for path in PATHS]
        return [(task.get_name(), task.result().status_code) for task in tasks]


@poet()
async def waited(url: str) -> list:
    async with httpx.AsyncClient() as client:
        first = asyncio.create_task(client.get(url + "/a"))
        second = await asyncio.wait_for(client.get(url + "/b"), 30)
        return [(await first).status_code, second.status_code]


@poet()
async def completed(url: str) -> list:
    async with httpx.AsyncClient() as client:
        found = [await each for each in asyncio.as_completed([client.get(url + path) for path in PATHS])]
        return [each.status_code for each in found]


@poet()
async def mapped(url: str) -> list:
    async with httpx.AsyncClient() as client:
        return [each.status_code for each in await asyncio.gather(*map(client.get, [url + path for path in PATHS]))]


@poet()
async def sessions(url: str) -> list:
    async with aiohttp.ClientSession() as session:
        return [each.status for each in await asyncio.gather(session.get(url + "/a"), session.get(url + "/b"))]


@poet()
async def threads(url: str) -> list:
    loop = asyncio.get_running_loop()
    first = await asyncio.to_thread(requests.get, url + "/a")
    second = await loop.run_in_executor(None, requests.get, url + "/b")
    return [first.status_code, second.status_code]


@poet()
async def inside(url: str) -> list:
    async def one(session, path):
        async with session.get(url + path) as found:
            return found.status

    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*(one(session, path) for path in PATHS))


@poet()
async def entered(url: str) -> list:
    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        return [(await stack.enter_async_context(session.get(url + path))).status for path in PATHS]


@poet()
def submitted(url: str) -> list:
    with ThreadPoolExecutor() as pool, requests.Session() as session:
        first, second = pool.submit(requests.get, url + "/a"), pool.submit(session.get, url + "/b")
        return [first.result().status_code, second.result().status_code]


@poet(timeout=30)
def over_items(url: str) -> list:
    with ThreadPoolExecutor() as pool:
        return [each.status_code for each in pool.map(requests.get, [url + path for path in PATHS])]


@poet()
def lazily(url: str) -> list:
    return [each.status_code for each in map(requests.get, (url + path for path in PATHS))]


@poet()
def with_arguments(url: str) -> list:
    get, ask = functools.partial(requests.get, timeout=30), functools.partial(requests.request, "GET")
    return [get(url + "/a").status_code, ask(url + "/b").status_code]


@poet()
def by_name(url: str) -> list:
    return [getattr(requests, "get")(url + path).status_code for path in PATHS]


@poet()
def unnamed(url: str) -> list:
    return [(lambda: requests.get(url + "/a"))().status_code, (lambda path: requests.get(url + path))("/b").status_code]


@poet()
def unnamed_in_threads(url: str) -> list:
    with ThreadPoolExecutor() as pool:
        return [pool.submit(lambda path=path: requests.get(url + path)).result().status_code for path in PATHS]


@poet()
def stacked(url: str) -> list:
    with contextlib.ExitStack() as stack:
        return [stack.enter_context(httpx.stream("GET", url + path)).status_code for path in PATHS]
"""

GOOD: Final = (
    "two",
    "starred",
    "listed",
    "grouped",
    "waited",
    "completed",
    "mapped",
    "sessions",
    "threads",
    "inside",
    "entered",
    "submitted",
    "over_items",
    "lazily",
    "with_arguments",
    "by_name",
    "unnamed",
    "unnamed_in_threads",
    "stacked",
)

LEFT = """

def again(times, work):
    for left in reversed(range(times)):
        try:
            return work()
        except requests.ConnectionError:
            if not left:
                raise


class Pool:
    def submit(self, function, *arguments):
        return [function is requests.get, function(*arguments).status_code]


@poet()
def in_processes(url: str) -> int:
    with ProcessPoolExecutor(1) as pool:
        return pool.submit(requests.get, url + "/b").result().status_code


@poet()
def in_some_executor(url: str, pool: Executor = ProcessPoolExecutor(1)) -> int:
    return pool.submit(requests.get, url + "/b").result().status_code


@poet()
def no_executor(url: str) -> list:
    return Pool().submit(requests.get, url + "/b")


@poet()
def rebound(url: str) -> int:
    ask = functools.partial(requests.request, "GET")
    ask = functools.partial(requests.request, "POST")
    return ask(url + "/b").status_code


@poet()
def chosen(url: str, method: str = "POST") -> int:
    ask = functools.partial(requests.request, "GET") if method == "GET" else functools.partial(requests.request, "POST")
    return ask(url + "/b").status_code


@poet()
def overridden(url: str) -> int:
    ask = functools.partial(requests.request, method="GET")
    return ask(method="POST", url=url + "/b").status_code


@poet()
def overridden_by_others(url: str) -> int:
    return functools.partial(requests.request, method="GET")(**{"method": "POST", "url": url + "/b"}).status_code


@poet()
def changed(url: str) -> int:
    ask = functools.partial(requests.request, method="GET")
    ask.keywords.update(method="POST")
    return ask(url=url + "/b").status_code


@poet()
def posted(url: str) -> int:
    with ThreadPoolExecutor() as pool:
        return pool.submit(requests.post, url + "/b").result().status_code


@poet()
def any_method(url: str, method: str = "POST") -> int:
    with ThreadPoolExecutor() as pool:
        return pool.submit(requests.request, method, url + "/b").result().status_code


@poet()
def methods_of_items(url: str) -> list:
    return [each.status_code for each in map(requests.request, ["POST"], [url + "/b"])]


@poet()
def repeated_by_the_users_own(url: str) -> int:
    return again(2, lambda: requests.get(url + "/b")).status_code


@poet()
def repeated_through_another(url: str) -> int:
    def get():
        return requests.get(url + "/b")

    return again(2, lambda: get()).status_code


@poet()
def repeated_by_a_loop(url: str) -> int:
    def get():
        return requests.get(url + "/b")

    for left in (1, 0):
        try:
            return get().status_code
        except requests.ConnectionError:
            if not left:
                raise


@poet()
async def asked_more_of(url: str) -> int:
    async with aiohttp.ClientSession() as session:
        request = session.get(url + "/b")
        if url:
            async with request as found:
                return found.status
        await asyncio.gather(request)
"""

ALONE: Final = {
    "in_processes": "ConnectionError",
    "in_some_executor": "ConnectionError",
    "no_executor": "ConnectionError",
    "rebound": "ConnectionError",
    "chosen": "ConnectionError",
    "overridden": "ConnectionError",
    "overridden_by_others": "ConnectionError",
    "changed": "ConnectionError",
    "posted": "ConnectionError",
    "any_method": "ConnectionError",
    "methods_of_items": "ConnectionError",
    "asked_more_of": "ClientOSError",
    "repeated_by_the_users_own": "ConnectionError",
    "repeated_through_another": "ConnectionError",
    "repeated_by_a_loop": "ConnectionError",
}

SCRIPT = """\
import asyncio
import inspect
import shop
from served import Failing

answer = {}
for name in CASES:
    with Failing({"/b": 2}) as server:
        try:
            found = getattr(shop, name)(server.url)
            found = asyncio.run(found) if inspect.iscoroutine(found) else found
        except BaseException as error:
            error = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else error
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
    """Every function of the sources, plain and built."""
    return ran(tmp_path_factory.mktemp("gather"), SOURCE + LEFT, *GOOD, *ALONE)


@pytest.mark.parametrize("name", GOOD)
def test_only_what_failed_is_made_again(name: str, ended: tuple[Any, Any]) -> None:
    """Of two calls, one fails twice: it is asked for three times, the other one once, and both have worked."""
    plain, built = (of[name] for of in ended)
    assert plain[0] in ("ReadError", "ConnectionError", "ClientOSError")
    assert plain[1]["/b"] < 3  # aiohttp tries once more by itself
    assert built[1] == {"/a": 1, "/b": 3}
    assert [each[-1] if isinstance(each, list) else each for each in built[0]] == [200, 200]


@pytest.mark.parametrize("name", ALONE)
def test_what_isnt_known_for_sure_is_left_alone(name: str, ended: tuple[Any, Any]) -> None:
    """Writes, processes, callables that are chosen or changed, and what the user repeats run as they were written."""
    plain, built = (of[name] for of in ended)
    assert plain[0] == ALONE[name]
    assert built == plain
    assert plain[1]["/b"] == (1 + name.startswith(("repeated", "asked_more")))
