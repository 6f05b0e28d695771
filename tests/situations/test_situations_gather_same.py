"""What is made here and awaited or called elsewhere behaves as it did: lazily, cancelled, in its context and line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from both_ways import both
from built_projects import VERSIONS, build, python, said, write
from test_situations_gather import SERVED

HERE = Path(__file__).parent

SOURCE = """\
import asyncio
import contextvars
import functools
import gc
import pickle
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import httpx
import requests
from poetc import poet

NOW = contextvars.ContextVar("now", default="outside")
LOG = []


async def hook(request):
    LOG.append([request.url.path, NOW.get()])


@poet()
async def lazy(url: str) -> list:
    async with httpx.AsyncClient(event_hooks={"request": [hook]}) as client:
        call = client.get(url + "/a")
        await asyncio.sleep(0.05)
        LOG.append("made")
        return [(await call).status_code, *LOG]


@poet()
async def never_awaited(url: str) -> list:
    async with httpx.AsyncClient(event_hooks={"request": [hook]}) as client:
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            call = client.get(url + "/a")
            if url:
                del call
                gc.collect()
                return [found[0].category.__name__, len(found), str(found[0].message).partition("was ")[2], *LOG]
            await call


@poet()
async def in_its_context(url: str) -> list:
    async with httpx.AsyncClient(event_hooks={"request": [hook]}) as client:
        NOW.set("before")
        task = asyncio.create_task(client.get(url + "/a"), name="mine")
        NOW.set("after")
        await task
        return [task.get_name(), *LOG]


@poet()
async def cancelled(url: str) -> list:
    async with httpx.AsyncClient() as client:
        try:
            await asyncio.wait_for(client.get(url + "/slow"), 0.3)
        except TimeoutError:
            return ["TimeoutError", len(asyncio.all_tasks())]


@poet()
async def cancelled_while_waiting(url: str) -> list:
    async with httpx.AsyncClient() as client:
        task = asyncio.create_task(client.get(url + "/slow"))
        await asyncio.sleep(0.1)
        task.cancel("enough")
        try:
            await task
        except asyncio.CancelledError as error:
            return [error.args, task.cancelled()]


@poet()
async def others_are_cancelled(url: str) -> list:
    async with httpx.AsyncClient() as client:
        try:
            async with asyncio.TaskGroup() as group:
                slow = group.create_task(client.get(url + "/slow"))
                group.create_task(client.get("http://a:b"))
        except BaseExceptionGroup as error:
            return [[type(each).__name__ for each in error.exceptions], slow.cancelled()]


@poet()
async def given_back(url: str) -> list:
    async with httpx.AsyncClient() as client:
        found = await asyncio.gather(client.get("http://a:b"), client.get(url + "/a"), return_exceptions=True)
        return [type(each).__name__ for each in found]


@poet()
async def in_its_line(url: str) -> list:
    async with httpx.AsyncClient() as client:
        try:
            await asyncio.gather(client.get(url + "/a"),
                                 client.get("http://a:b"))
        except httpx.InvalidURL as error:
            trace, lines = error.__traceback__, []
            while trace is not None:
                if trace.tb_frame.f_code.co_name == "in_its_line":
                    lines.append([trace.tb_lineno, trace.tb_frame.f_code.co_filename.rpartition("/")[2]])
                trace = trace.tb_next
            return lines


@poet()
def bound_late(url: str) -> list:
    calls = [lambda: requests.get(url + path).url.removeprefix(url) for path in ("/a", "/b")]
    return [call() for call in calls]


@poet()
def one_by_one(url: str) -> list:
    def paths():
        for path in ("/a", "/b"):
            LOG.append(path)
            yield url + path

    found = map(requests.get, paths())
    return [next(found).status_code, *LOG]


@poet()
def goes_on_elsewhere(url: str) -> list:
    get = functools.partial(requests.get, timeout=30)
    again = pickle.loads(pickle.dumps(get))
    return [get(url + "/a").status_code, again.func is requests.get, again.keywords]


@poet()
def in_another_thread(url: str) -> list:
    with ThreadPoolExecutor(1) as pool:
        return [pool.submit(threading.get_ident).result() != threading.get_ident(),
                pool.submit(requests.get, url=url + "/a").result().status_code]


@poet()
def wrong_arguments(url: str) -> list:
    with ThreadPoolExecutor(1) as pool:
        try:
            pool.submit(requests.get).result()
        except TypeError as error:
            return [str(error)]


def counted(function):
    @functools.wraps(function)
    def inner(*arguments):
        LOG.append(function.__name__)
        return function(*arguments)

    return inner


@poet()
def decorated_inside(url: str) -> list:
    @counted
    def one(path):
        return requests.get(url + path).status_code

    return [one("/a"), *LOG]
"""

NAMES = [
    "lazy",
    "never_awaited",
    "in_its_context",
    "cancelled",
    "cancelled_while_waiting",
    "others_are_cancelled",
    "given_back",
    "in_its_line",
    "bound_late",
    "one_by_one",
    "goes_on_elsewhere",
    "in_another_thread",
    "wrong_arguments",
    "decorated_inside",
]

SCRIPT = """\
import asyncio
import inspect
import time
import shop
from scripted_server import Scripted, answer as reply

def act(handler, body):
    time.sleep(0.6 * handler.path.endswith("slow"))
    paths.append(handler.path)
    reply(handler, 200, b"{}")

answer, paths = {}, []
for name in NAMES:
    with Scripted(act) as server:
        shop.LOG.clear()
        found = getattr(shop, name)(server.url.removesuffix("/x"))
        found = asyncio.run(found) if inspect.iscoroutine(found) else found
        answer[name] = [found, sorted(path for path in paths if path != "/slow")]
        paths.clear()
"""


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """Every function, plain and built."""
    return both(tmp_path_factory.mktemp("same"), SOURCE, f"NAMES = {NAMES!r}\n{SCRIPT}")


EXPECTED = {
    "lazy": [200, "made", ["/a", "outside"]],
    "never_awaited": ["RuntimeWarning", 1, "never awaited"],
    "in_its_context": ["mine", ["/a", "before"]],
    "cancelled_while_waiting": [["enough"], True],
    "others_are_cancelled": [["InvalidURL"], True],
    "given_back": ["InvalidURL", "Response"],
    "bound_late": ["/b", "/b"],
    "one_by_one": [200, "/a"],
    "goes_on_elsewhere": [200, True, {"timeout": 30}],
}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_else_has_changed(name: str, ended: tuple[Any, Any]) -> None:
    """Without a fault, the built function does what the plain one does, in the same order."""
    plain, built = (of[name] for of in ended)
    assert built == plain
    assert plain[0] == EXPECTED.get(name, plain[0])


LIBRARIES_ONLY = """\
import asyncio
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from poetc import poet


@poet()
async def grouped(url: str) -> list:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(asyncio.to_thread(urllib.request.urlopen, url + path)) for path in ("/a", "/b")]
    return [task.result().status for task in tasks]


@poet()
async def opened(url: str) -> list:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(asyncio.open_connection("127.0.0.1", 1), name="opened")
    calls = [asyncio.open_connection("h", number) for number in (1, 2, 3)]
    one, two, error = await asyncio.gather(*calls, return_exceptions=True)
    return [task.get_name(), task.result(), one, two, type(error).__name__, *error.__notes__]


@poet()
def threads(url: str) -> list:
    def one(path):
        with urllib.request.urlopen(url + path) as found:
            return found.status

    with ThreadPoolExecutor() as pool:
        return [*pool.map(one, ("/a", "/b")), *map(lambda call: call("/a"), [one]), partial(one, "/b")()]


@poet(timeout=0.4)
def limited(url: str) -> str:
    try:
        (lambda: urllib.request.urlopen(url + "/slow"))()
    except OSError as error:
        return type(error).__name__


@poet(timeout=0.4)
def left_to_a_thread(url: str) -> list:
    pool = ThreadPoolExecutor(1)
    waiting = pool.submit(urllib.request.urlopen, url + "/slow")
    pool.shutdown(wait=False)
    return waiting
"""

ON_ALL = """\
import asyncio, inspect, json, sys, threading, time
sys.path.insert(0, HERE)
import shop
from served import Failing

tries = {}

async def open_connection(host, port):
    tries[host, port] = tries.get((host, port), 0) + 1
    if tries[host, port] < 3 or port == 3:
        raise ConnectionResetError
    return port * 10

asyncio.open_connection = open_connection
answer = {}
for name in ("grouped", "opened", "threads"):
    with Failing({"/b": 2}) as server:
        found = getattr(shop, name)(server.url)
        found = asyncio.run(found) if inspect.iscoroutine(found) else found
        answer[name] = [found, server.counts()]

def slow(handler, body):
    time.sleep(1.5)
    reply(handler, 200, b"{}")

from scripted_server import Scripted, answer as reply
for name in ("limited", "left_to_a_thread"):
    with Scripted(slow) as server:
        def run():
            began = time.monotonic()
            found = getattr(shop, name)(server.url.removesuffix("/x"))
            took = time.monotonic() - began
            answer[name] = [found.result().status if name != "limited" else found, took < 1.2]
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
print(json.dumps(answer))
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_tasks_and_threads_on_every_python(version: str, tmp_path: Path) -> None:
    """With the standard library alone: each task and thread repeats its own call; a budget binds its own thread."""
    write(tmp_path, {"shop.py": LIBRARIES_ONLY, "served.py": SERVED, "script.py": f"HERE = {str(HERE)!r}\n{ON_ALL}"})
    build(tmp_path)
    answer = json.loads(said(python(version, "script.py", cwd=tmp_path, src=tmp_path)))
    assert "called in shop.opened: 3 attempts" in answer["opened"][0][5]
    assert answer == {
        "grouped": [[200, 200], {"/a": 1, "/b": 3}],
        "opened": [["opened", 10, 10, 20, "ConnectionResetError", *answer["opened"][0][5:]], {}],
        "threads": [[200, 200, 200, 200], {"/a": 2, "/b": 4}],
        "limited": ["TimeoutError", True],
        "left_to_a_thread": [200, True],
    }
