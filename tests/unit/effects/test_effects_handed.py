# ruff: noqa: E501 - a row of a table is one line
"""Calls that aren't written as calls: which are seen, how they are used, and which must not be taken for reads."""

from __future__ import annotations

import ast
import textwrap

import pytest

from poetc.effects import Names, analyse, load_catalogue
from poetc.source.nodes import FunctionNode

IMPORTS = {
    name: name
    for name in (
        "aiohttp",
        "anyio",
        "asyncio",
        "concurrent",
        "contextlib",
        "functools",
        "httpx",
        "multiprocessing",
        "requests",
        "trio",
        "urllib",
    )
}
IMPORTS |= {"partial": "functools.partial", "Pool": "concurrent.futures.ThreadPoolExecutor"}
IMPORTS |= {"Executor": "concurrent.futures.Executor"}
PARAMETERS = "c: httpx.AsyncClient, a: aiohttp.ClientSession, s: requests.Session, pool: Pool, any: Executor, u, us, x"

Seen = list[tuple[str, str, str, str]]


def seen(body: str) -> Seen:
    """(name, effect, use, where) of each call of an HTTP client in an asynchronous function."""
    source = f"async def f({PARAMETERS}):\n{textwrap.indent(textwrap.dedent(body), '    ')}"
    node = ast.parse(source).body[0]
    assert isinstance(node, FunctionNode)
    found = analyse(node, Names(imports=IMPORTS), load_catalogue())
    calls = [call for call in (*found.calls, *found.inner) if call.name and call.entry and call.entry.transient]
    return [(call.name or "", call.effect.value, call.form, "given" if call.is_given else call.where) for call in calls]


AWAITED = [("httpx.AsyncClient.get", "read", "await", "own")]
GOT = ("requests.get", "read", "call")


@pytest.mark.parametrize(
    "body",
    [
        "await asyncio.gather(c.get(u))",
        "await asyncio.gather(*[c.get(u) for u in us])",
        "await asyncio.gather(*(c.get(u) for u in us), return_exceptions=True)",
        "await asyncio.gather(*([c.get(u)] + []))",
        "await asyncio.gather(c.get(u) if x else asyncio.sleep(1))",
        "await asyncio.wait_for(c.get(u), 3)",
        "await asyncio.wait_for(asyncio.shield(c.get(u)), 3)",
        "await asyncio.create_task(c.get(u))",
        "asyncio.ensure_future(c.get(u))",
        "asyncio.get_running_loop().create_task(c.get(u))",
        "async with asyncio.TaskGroup() as group:\n    group.create_task(c.get(u), name='x')",
        "for each in asyncio.as_completed([c.get(u)]):\n    await each",
        "await asyncio.wait({asyncio.create_task(c.get(u))})",
        "each = c.get(u)\nawait each",
        "await (each := c.get(u))",
        "calls = [c.get(u) for u in us]\nawait asyncio.gather(*calls)",
        "calls = []\nfor u in us:\n    calls.append(c.get(u))\nawait asyncio.gather(*calls)",
        "calls = [c.get(u)]\nprint(len(calls))\nfor each in calls:\n    await each",
        "calls = [c.get(u)]\nreturn [await each for each in calls]",
        "calls = [c.get(u)]\nothers = calls\nawait asyncio.gather(*others)",
    ],
)
def test_what_something_else_awaits_is_awaited(body: str) -> None:
    """Through displays, comprehensions and names, if all that is done with these is to fill them and hand them on."""
    assert seen(body) == AWAITED


@pytest.mark.parametrize(
    "body",
    [
        "return c.get(u)",
        "x.put(c.get(u))",
        "await x(c.get(u))",
        "each = c.get(u)\nx(each)\nawait each",
        "each = c.get(u)\nasync with each:\n    pass\nawait each",
        "each = c.get(u)\nprint(each.cr_frame)\nawait each",
        "calls = [c.get(u)]\nx.calls = calls\nawait asyncio.gather(*calls)",
        "calls = [c.get(u)]\nawait asyncio.gather(*calls)\nreturn calls",
        "calls = {1: c.get(u)}\nawait asyncio.gather(*calls.values())",
    ],
)
def test_what_may_be_used_otherwise_is_left(body: str) -> None:
    """Where a coroutine goes elsewhere, too, nobody knows what is asked of it."""
    assert {use for _, _, use, _ in seen(body)} == {"call"}


def test_what_begins_when_it_is_called_isnt_made_later() -> None:
    """Between a call and the place where its name is awaited, it is under way."""
    source = "async def f(c: mine.Client, u):\n    call = c.get(u)\n    await asyncio.gather(call)\n    await asyncio.gather(c.get(u))"
    node = ast.parse(source).body[0]
    assert isinstance(node, FunctionNode)
    entry = {"effect": "read", "form": "await", "transient": ["mine.Busy"]}
    names = Names(imports={"asyncio": "asyncio", "mine": "mine"})
    for begins, forms in ((False, ["await", "await"]), (True, ["call", "await"])):
        found = analyse(node, names, load_catalogue({"mine.Client.get": {**entry, "begins": begins}}))
        assert [call.form for call in found.calls if call.entry and call.entry.transient] == forms


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("await asyncio.to_thread(requests.get, u)", [(*GOT, "handed")]),
        ("await asyncio.get_running_loop().run_in_executor(None, requests.get, u)", [(*GOT, "handed")]),
        ("await asyncio.get_running_loop().run_in_executor(pool, requests.get, u)", [(*GOT, "handed")]),
        ("await anyio.to_thread.run_sync(requests.get, u)", [(*GOT, "handed")]),
        ("pool.submit(requests.get, u)", [(*GOT, "handed")]),
        ("pool.submit(requests.request, 'GET', u)", [("requests.request", "read", "call", "handed")]),
        ("pool.submit(requests.request, method='GET', url=u)", [("requests.request", "read", "call", "handed")]),
        ("pool.submit(requests.request, 'POST', u)", [("requests.request", "write", "call", "handed")]),
        ("pool.submit(requests.request, x, u)", [("requests.request", "unknown", "call", "handed")]),
        ("pool.submit(requests.request, *x)", [("requests.request", "unknown", "call", "handed")]),
        ("pool.submit(requests.delete, u)", [("requests.delete", "write", "call", "handed")]),
        ("list(pool.map(requests.get, us))", [(*GOT, "handed")]),
        ("map(requests.get, us)", [(*GOT, "handed")]),
        ("multiprocessing.pool.ThreadPool(4).imap_unordered(requests.get, us)", [(*GOT, "handed")]),
        ("map(requests.request, ['GET'], us)", [("requests.request", "unknown", "call", "handed")]),
        ("await asyncio.gather(*map(c.get, us))", [("httpx.AsyncClient.get", "read", "await", "handed")]),
        ("await asyncio.gather(*pool.map(c.get, us))", [("httpx.AsyncClient.get", "read", "await", "handed")]),
        (
            "async with anyio.create_task_group() as group:\n    group.start_soon(c.get, u)",
            [("httpx.AsyncClient.get", "read", "await", "handed")],
        ),
        (
            "async with trio.open_nursery() as nursery:\n    nursery.start_soon(c.get, u)",
            [("httpx.AsyncClient.get", "read", "await", "handed")],
        ),
        ("pool.submit(partial(requests.get, timeout=3), u)", [(*GOT, "handed")]),
        ("get = partial(requests.get, timeout=3)\nget(u)", [(*GOT, "own")]),
        ("partial(requests.request, 'GET')(u)", [("requests.request", "read", "call", "own")]),
        ("partial(requests.request, method='GET')(url=u)", [("requests.request", "read", "call", "own")]),
        ("await partial(c.get, timeout=3)(u)", AWAITED),
        ("getattr(requests, 'get')(u)", [(*GOT, "own")]),
        ("get = getattr(s, 'get')\nget(u)", [("requests.Session.get", "read", "call", "own")]),
        ("(lambda: requests.get(u))()", [(*GOT, "inner")]),
        ("pool.submit(lambda: requests.get(u))", [(*GOT, "inner")]),
        ("def one(session, v):\n    return session.get(v)\none(s, u)", [("requests.Session.get", "read", "call", "inner")]),
        ("def one(session, v):\n    return session.get(v)\npool.submit(one, s, u)", [("requests.Session.get", "read", "call", "inner")]),
        ("def one(session=s):\n    return session.get(u)\none()", [("requests.Session.get", "read", "call", "inner")]),
        ("one = lambda session: session.get(u)\nlist(map(one, [s]))", [("requests.Session.get", "read", "call", "inner")]),
        ("with contextlib.ExitStack() as stack:\n    stack.enter_context(httpx.stream('GET', u))", [("httpx.stream", "read", "context", "own")]),
        (
            "async with contextlib.AsyncExitStack() as stack:\n    await stack.enter_async_context(a.get(u))",
            [("aiohttp.ClientSession.get", "read", "async context", "own")],
        ),
        ("s.send(requests.Request('GET', u).prepare())", [("requests.Session.send", "read", "call", "own")]),
        ("urllib.request.urlopen(urllib.request.Request(u, headers=x))", [("urllib.request.urlopen", "read", "call", "own")]),
        ("r = urllib.request.Request(u, None)\nr.add_header('A', 'b')\nurllib.request.urlopen(r)", [("urllib.request.urlopen", "read", "call", "own")]),
        ("urllib.request.urlopen(urllib.request.Request(u, method='HEAD'))", [("urllib.request.urlopen", "read", "call", "own")]),
        ("r = requests.Request('GET', u)\ns.send(s.prepare_request(r))", [("requests.Session.send", "read", "call", "own")]),
    ],
)  # fmt: skip
def test_what_something_else_calls_is_a_call(body: str, expected: Seen) -> None:
    """Callables that are handed over, partials and functions inside are known as the calls that they become."""
    assert seen(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        "any.submit(requests.get, u)",
        "concurrent.futures.ProcessPoolExecutor().submit(requests.get, u)",
        "await asyncio.get_running_loop().run_in_executor(any, requests.get, u)",
        "await asyncio.get_running_loop().run_in_executor(x, requests.get, u)",
        "x.submit(requests.get, u)",
        "pool.submit(*x, requests.get)",
        "get = x or partial(requests.get)\nget(u)",
        "def one(session):\n    return session.get(u)\none(s)\none(x)",
        "def one(session):\n    return session.get(u)\none(s)\nreturn one",
        "def one(session):\n    return session.get(u)\none(s)\nx(one)",
        "def one(session):\n    return session.get(u)\none(*x)",
        "def one(session):\n    session = x\n    return session.get(u)\none(s)",
        "@x\ndef one(session):\n    return session.get(u)\none(s)",
        "class One:\n    def one(self, session):\n        return session.get(u)\nOne().one(s)",
        "getattr(requests, x)(u)",
        "getattr(s, 'get', x)(u)",
    ],
)
def test_what_isnt_clear_is_unknown(body: str) -> None:
    """Executors of processes, functions that others may call, names that may mean something else."""
    assert seen(body) == []


@pytest.mark.parametrize(
    "body",
    [
        "ask = partial(requests.request, 'GET')\nask = partial(requests.request, 'POST')\nask(u)",
        "ask = partial(requests.request, 'GET') if x else partial(requests.request, 'POST')\nask(u)",
        "ask = partial(requests.request, method='GET')\nask(method='POST', url=u)",
        "ask = partial(requests.request, method='GET')\nask(url=u, **x)",
        "ask = partial(requests.request, method='GET')\nask.keywords['method'] = 'POST'\nask(url=u)",
        "ask = partial(requests.request, method='GET')\nask.keywords.update(x)\nask(url=u)",
        "m = 'POST'\nask = partial(requests.request, m)\nm = 'GET'\nask(u)",
        "m = 'GET'\nask = partial(requests.request, m)\n[ask(u) for m in us]",
        "m = 'GET'\nask = partial(requests.request, m)\ndef g(m):\n    return ask(u)\ng('POST')",
        "for m in ('GET', 'POST'):\n    pool.submit(requests.request, m, u)",
        "r = requests.Request('GET', u)\nr.method = 'POST'\ns.send(r.prepare())",
        "r = requests.Request('GET', u).prepare()\nr.method = 'POST'\ns.send(r)",
        "r = requests.Request('POST', u)\ns.send(s.prepare_request(r))",
        "r = requests.Request(x, u)\ns.send(r.prepare())",
        "urllib.request.urlopen(urllib.request.Request(u, x))",
        "urllib.request.urlopen(urllib.request.Request(u, data=b'x'))",
        "urllib.request.urlopen(urllib.request.Request(u, method=x))",
        "urllib.request.urlopen(urllib.request.Request(u, method='POST'))",
        "urllib.request.urlopen(urllib.request.Request(u, method='GET'), x)",
        "urllib.request.urlopen(urllib.request.Request(u, **x))",
        "urllib.request.urlopen(urllib.request.Request(*x))",
        "r = urllib.request.Request(u)\nr.data = x\nurllib.request.urlopen(r)",
        "r = urllib.request.Request(u)\nr.method = 'POST'\nurllib.request.urlopen(r)",
        "r = urllib.request.Request(u)\nsetattr(r, 'method', 'POST')\nurllib.request.urlopen(r)",
        "r = urllib.request.Request(u)\nx.change(r)\nr = x.other(r)\nurllib.request.urlopen(r)",
    ],
)
def test_none_of_these_is_a_read(body: str) -> None:
    """Methods that are overridden, changed, or not known until it runs."""
    assert all(effect in ("write", "unknown") for _, effect, _, _ in seen(body))


@pytest.mark.parametrize(
    "body",
    [
        "x(lambda: requests.get(u))",
        "x(again=lambda: requests.get(u))",
        "def one():\n    return requests.get(u)\nx(3, one)",
        "one = lambda: requests.get(u)\nx(one)",
        "def one():\n    return requests.get(u)\nx(lambda: one())",
        "@x(times=3)\ndef one():\n    return requests.get(u)\none()",
        "def again(work):\n    while True:\n        return work()\nagain(lambda: requests.get(u))",
    ],
)
def test_what_others_may_run_again_is_said(body: str) -> None:
    """A function that is given to what nobody knows, or decorated by it: attempts might multiply."""
    assert seen(body) == [(*GOT, "given")]
