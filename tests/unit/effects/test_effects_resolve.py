"""Names of calls: what is found through imports, bindings and annotations, and what stays unknown."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from effects_samples import NAMES, calls, function, names_of

from poetc.effects import Names, load_catalogue, resolve_calls
from poetc.source.imports import read_imports

LAST = {
    "module": ("requests.get(u)", "requests.get"),
    "module alias": ("r.get(u)", "requests.get"),
    "function alias": ("fetch(u)", "httpx.get"),
    "submodule": ("urllib.request.urlopen(u)", "urllib.request.urlopen"),
    "function of a submodule": ("urlopen(u)", "urllib.request.urlopen"),
    "import inside": ("import httpx as h\nh.get(u)", "httpx.get"),
    "from import inside": ("from requests import post as p\np(u)", "requests.post"),
    "another spelling of a name": ("requests.api.get(u)", "requests.get"),
    "builtin": ("open(p)", "builtins.open"),
    "assignment": ("c = httpx.Client()\nc.get(u)", "httpx.Client.get"),
    "with": ("with httpx.Client() as c:\n  c.get(u)", "httpx.Client.get"),
    "async with": ("async with httpx.AsyncClient() as c:\n  await c.get(u)", "httpx.AsyncClient.get"),
    "walrus": ("if (c := httpx.Client()):\n  c.get(u)", "httpx.Client.get"),
    "walrus in a comprehension": ("[(c := httpx.Client()) for _ in x]\nc.get(u)", "httpx.Client.get"),
    "chain": ("redis.Redis().get(k)", "redis.Redis.get"),
    "chain of results": ("sqlite3.connect(p).cursor().execute(q)", "sqlite3.Cursor.execute"),
    "alias of an object": ("a = httpx.Client()\nb = a\nb.get(u)", "httpx.Client.get"),
    "bound method": ("go = httpx.Client().get\ngo(u)", "httpx.Client.get"),
    "alias of a function": ("go = requests.get\ngo(u)", "requests.get"),
    "either of one class": ("c = httpx.Client() if x else httpx.Client(http2=True)\nc.get(u)", "httpx.Client.get"),
    "branches of one class": (
        "if x:\n  c = httpx.Client()\nelse:\n  c = httpx.Client(http2=True)\nc.get(u)",
        "httpx.Client.get",
    ),
    "None first": ("c = None\nif x:\n  c = httpx.Client()\nc.get(u)", "httpx.Client.get"),
    "annotation": ("def f(c: httpx.Client): c.get(u)", "httpx.Client.get"),
    "annotation by an imported name": ("def f(c: Client): c.get(u)", "httpx.Client.get"),
    "quoted annotation": ("def f(c: 'httpx.Client'): c.get(u)", "httpx.Client.get"),
    "optional": ("def f(c: Optional[httpx.Client] = None): c.get(u)", "httpx.Client.get"),
    "or None": ("def f(c: httpx.Client | None = None): c.get(u)", "httpx.Client.get"),
    "None or": ("def f(c: 'None | Client' = None): c.get(u)", "httpx.Client.get"),
    "Annotated": ("def f(c: Annotated[httpx.Client, 'x']): c.get(u)", "httpx.Client.get"),
    "keyword only": ("def f(*, c: httpx.Client): c.get(u)", "httpx.Client.get"),
    "annotated local": ("c: httpx.Client = make()\nc.get(u)", "httpx.Client.get"),
    "default client": (
        "def f(c: httpx.Client | None = None):\n  c = c or httpx.Client()\n  c.get(u)",
        "httpx.Client.get",
    ),
    "attribute of self": ("def f(self): self.http.get(u)", "httpx.Client.get"),
    "attribute of self under another name": ("def f(self):\n  http = self.http\n  http.get(u)", "httpx.Client.get"),
    "name of the module": ("session.get(u)", "requests.Session.get"),
    "unpacked side by side": ("a, b = httpx.Client(), 1\na.get(u)", "httpx.Client.get"),
    "items of an annotated list": ("def f(cs: list[httpx.Client]):\n  for c in cs: c.get(u)", "httpx.Client.get"),
    "one of an annotated list": ("def f(cs: List['httpx.Client']): cs[0].get(u)", "httpx.Client.get"),
    "closing": ("with closing(sqlite3.connect(p)) as c:\n  c.execute(q)", "sqlite3.Connection.execute"),
    "connection of an engine": (
        "e = sqlalchemy.create_engine(u)\nwith e.begin() as c:\n  c.execute(q)",
        "sqlalchemy.Connection.execute",
    ),
    "response entered": (
        "async with aiohttp.ClientSession() as s:\n  async with s.get(u) as a:\n    await a.json()",
        "aiohttp.ClientResponse.json",
    ),
    "response awaited": (
        "s = aiohttp.ClientSession()\na = await s.get(u)\nawait a.text()",
        "aiohttp.ClientResponse.text",
    ),
    "through several attributes": (
        "openai.OpenAI().chat.completions.create()",
        "openai.OpenAI.chat.completions.create",
    ),
    "attribute of a result": ("requests.get(u).text.strip()", "builtins.str.strip"),
    "path by operator": ("(Path(p) / 'x').read_text()", "pathlib.Path.read_text"),
    "text of a file": ("with open(p) as f:\n  for line in f: line.strip()", "builtins.str.strip"),
    "statement built step by step": ("q = select(a)\nq = q.where(b)\nq.order_by(c)", "sqlalchemy.Select.order_by"),
    "gathered": (
        "c = httpx.AsyncClient()\nts = [c.get(u) for u in us]\nfor a in await asyncio.gather(*ts): a.json()",
        "httpx.Response.json",
    ),
    "task": ("c = httpx.AsyncClient()\nt = asyncio.create_task(c.get(u))\n(await t).json()", "httpx.Response.json"),
    "method of a task": ("t = asyncio.create_task(httpx.AsyncClient().get(u))\nt.cancel()", "asyncio.Task.cancel"),
    "limited in time": ("(await asyncio.wait_for(httpx.AsyncClient().get(u), 1)).json()", "httpx.Response.json"),
    "counted": ("def f(cs: list[httpx.Client]):\n  for n, c in enumerate(cs): c.get(u)", "httpx.Client.get"),
    "side by side": ("def f(cs: list[httpx.Client]):\n  for n, c in zip(x, cs): c.get(u)", "httpx.Client.get"),
    "held by a dict": ("def f(cs: dict[str, httpx.Client]): cs['a'].get(u)", "httpx.Client.get"),
    "values of a dict": ("def f(cs: dict[str, httpx.Client]):\n  for c in cs.values(): c.get(u)", "httpx.Client.get"),
    "items of a dict": ("def f(cs: dict[str, httpx.Client]):\n  for k, c in cs.items(): c.get(u)", "httpx.Client.get"),
    "got from a dict": ("def f(cs: dict[str, httpx.Client]): cs.get('a').get(u)", "httpx.Client.get"),
    "list of clients": ("cs = [httpx.Client(), httpx.Client()]\nfor c in cs: c.get(u)", "httpx.Client.get"),
    "list that is filled": ("cs = [httpx.Client()]\ncs.append(x)\nfor c in cs: c.get(u)", None),
    "list that is set": ("cs = [httpx.Client()]\ncs[0] = x\nfor c in cs: c.get(u)", None),
    "list that grows": ("cs = [httpx.Client()]\ncs += x\nfor c in cs: c.get(u)", None),
    "gathered from two": (
        "a = await asyncio.gather(httpx.AsyncClient().get(u), aioredis.Redis().get(k))\na[0].json()",
        None,
    ),
    "called object": (
        "c = grpc.insecure_channel(a)\nm = c.unary_unary(b)\nm(x)",
        "grpc.UnaryUnaryMultiCallable.__call__",
    ),
    "client made for a service": ("boto3.client('s3').get_object()", "botocore.client.s3.get_object"),
    "inside of a nested scope": ("c = httpx.Client()\n[c.get(u) for u in us]", "httpx.Client.get"),
    "user's own class": ("def f(c: mylib.Client): c.fetch(u)", "mylib.Client.fetch"),
    "unawaited coroutine": ("a = httpx.AsyncClient()\nb = a.get(u)\nb.json()", None),
    "parameter without annotation": ("def f(c): c.get(u)", None),
    "parameter that shadows an import": ("def f(requests): requests.get(u)", None),
    "parameter that shadows a module's object": ("def f(session): session.get(u)", None),
    "rebound import": ("requests = make()\nrequests.get(u)", None),
    "rebound for good": ("c = httpx.Client()\nc.get(u)\nc = redis.Redis()\nc.get(u)", "redis.Redis.get"),
    "parameter rebound for good": ("def f(c):\n  c = httpx.Client()\n  c.get(u)", "httpx.Client.get"),
    "rebound, perhaps": ("c = httpx.Client()\nif x: c = redis.Redis()\nc.get(u)", "httpx.Client.get | redis.Redis.get"),
    "rebound after a nested function": ("x = 1\ndef g(): return c\nc = httpx.Client()\nc = g()\nc.get(u)", None),
    "rebound in a with": (
        "c = httpx.Client()\nwith x:\n  c = redis.Redis()\nc.get(u)",
        "httpx.Client.get | redis.Redis.get",
    ),
    "rebound later": ("c = make()\nc.get(u)\nc = 1", None),
    "seen by a nested function": (
        "c = httpx.Client()\ng = lambda: c\nc = redis.Redis()\n[c for c in x][0].get(u)",
        None,
    ),
    "branches of two classes": (
        "if x:\n  c = httpx.Client()\nelse:\n  c = redis.Redis()\nc.get(u)",
        "httpx.Client.get | redis.Redis.get",
    ),
    "branches of a class and something else": ("if x:\n  c = httpx.Client()\nelse:\n  c = make()\nc.get(u)", None),
    "union with something else": ("def f(c: httpx.Client | Thing): c.get(u)", None),
    "told apart": (
        "def f(c: httpx.Client | redis.Redis):\n  if isinstance(c, redis.Redis): c.get(u)",
        "redis.Redis.get",
    ),
    "told apart, and rebound": (
        "def f(c: httpx.Client | redis.Redis):\n  if isinstance(c, redis.Redis):\n    c = make()\n    c.get(u)",
        None,
    ),
    "rebound in a loop": ("c = httpx.Client()\nfor c in cs: pass\nc.get(u)", None),
    "loop over clients": ("for c in clients: c.get(u)", None),
    "union": ("def f(c: httpx.Client | redis.Redis): c.get(u)", "httpx.Client.get | redis.Redis.get"),
    "typing's union": ("def f(c: Union[httpx.Client, redis.Redis]): c.get(u)", "httpx.Client.get | redis.Redis.get"),
    "class itself": ("def f(c: type[httpx.Client]): c().get(u)", "httpx.Client.get"),
    "variable arguments": ("def f(*c: httpx.Client): c.get(u)", "builtins.tuple.get"),
    "shadowed builtin": ("sorted(x)", None),
    "locally shadowed builtin": ("def f(open): open(p)", None),
    "except": ("try: pass\nexcept E as requests: requests.get(u)", None),
    "del and back": ("c = httpx.Client()\ndel c\nc = make()\nc.get(u)", None),
    "match": ("match x:\n  case {'c': c}: c.get(u)", None),
    "attribute of another self": ("def f(self):\n  self = make()\n  self.http.get(u)", None),
    "self of a function": ("def f(other): other.http.get(u)", None),
    "circle": ("a = b\nb = a\na.get(u)", None),
    "nested function": ("x = 1\ndef g(): pass\ng()", None),
    "lambda": ("(lambda: 1)()", None),
    "subscript": ("x['c'].get(u)", None),
    "relative import": ("from . import requests\nrequests.get(u)", None),
    "annotation that isn't one": ("def f(c: 'not ] an expression'): c.get(u)", None),
    "annotation of a local in a nested function": ("x = 1\ndef g(c: httpx.Client): pass\nc.get(u)", None),
}
"""what it shows → (function or body, name of the last call in source order)"""


@pytest.mark.parametrize("what", LAST)
def test_the_last_call_is(what: str) -> None:
    """Names resolve as far as the source tells, and no further."""
    source, name = LAST[what]
    assert names_of(source)[-1] == name


@pytest.mark.parametrize("what", [what for what, (_, name) in LAST.items() if name is None])
def test_unknown_calls_say_why(what: str) -> None:
    """A call without a name is unknown, with a reason, unless it only runs what the function itself defines."""
    call = calls(LAST[what][0])[-1]
    assert call.entry is None
    assert call.why
    assert call.effect == ("pure" if what in ("nested function", "lambda") else "unknown")


def test_order_is_that_of_the_source() -> None:
    """Calls come as they stand, inner ones before those around them."""
    found = names_of("a = json.loads(requests.get(u).text.strip())\nb = [str(x) for x in range(3)]")
    assert found == ["requests.get", "builtins.str.strip", "json.loads", "builtins.str", "builtins.range"]


def test_only_the_own_frame_counts() -> None:
    """Comprehensions and defaults run in the function's frame; nested functions, lambdas and classes don't."""
    source = """
    @decorated(1)
    def f(x=os.getcwd()):
        [requests.get(u) for u in x]
        def g(y=httpx.get(u)):
            requests.post(u)
        class C:
            z = requests.put(u)
        lambda w=httpx.head(u): requests.patch(u)
    """
    assert names_of(source) == ["requests.get", "httpx.get", "httpx.head"]


FORMS = {
    "requests.get(u)": "call",
    "await c.get(u)": "await",
    "with httpx.stream('GET', u) as s: pass": "context",
    "async with s.get(u) as a: pass": "async context",
    "async with (await g(u)) as a: pass": "await",
    "for x in Path(p).iterdir(): pass": "iterate",
    "[x for x in Path(p).iterdir()]": "iterate",
    "async for x in r.scan_iter(): pass": "async iterate",
    "[x async for x in r.scan_iter()]": "async iterate",
    "print(*c.get(u))": "call",
}


@pytest.mark.parametrize("source", FORMS)
def test_form_is_how_the_value_is_used(source: str) -> None:
    """await, with and loops around a call are seen."""
    last = calls(source)[-1] if not source.startswith("print") else calls(source)[0]
    assert last.form == FORMS[source] or source.startswith("print")
    assert last.awaited == (last.form == "await")


GIVES_TIME = {
    "requests.get(u)": True,
    "requests.get(u, timeout=3)": False,
    "requests.get(u, **more)": False,
    "requests.get(*more)": True,
    "requests.Session().request('GET', u)": True,
    "requests.Session().request('GET', u, None, None, None, None, None, None, 5)": False,
    "requests.Session().request(*more)": False,
    "urlopen(u)": True,
    "urlopen(u, None)": True,
    "urlopen(u, None, 5)": False,
    "urlopen(*more)": False,
    "socket.create_connection(a, 2)": False,
    "json.loads(x)": False,
    "unknown(x)": False,
}


@pytest.mark.parametrize("source", GIVES_TIME)
def test_time_limits_given_are_seen(source: str) -> None:
    """A limit by name, by position, or perhaps by a star, isn't given a second time."""
    assert calls(source)[-1].gives_time is GIVES_TIME[source]


def test_project_functions_are_known_by_their_text() -> None:
    """Functions of the project have the effect that is said of them, in either wording, unless the name is shadowed."""
    assert [c.effect for c in calls("helper(1)\nlookup(2)\nbilling.charge()\nwhatever()")] == [
        "pure",
        "read",
        "write",
        "unknown",
    ]
    assert [c.effect for c in calls("def f(self): self.save(self.load())")] == ["read", "write"]
    assert [c.effect for c in calls("def f(helper, billing): helper(billing.charge())")] == ["unknown", "unknown"]
    assert [c.effect for c in calls("def f(self):\n  self = make()\n  self.load()")][-1] == "unknown"
    assert [c.effect for c in calls("x = 1\ndef helper(): pass\nhelper()")] == ["pure"]


def test_users_entries_come_before_project_functions() -> None:
    """What the user says of a call outweighs what was found out about it."""
    names = Names(imports={"charge": "billing.charge"}, project={"charge": "write"})
    catalogue = load_catalogue({"billing.charge": {"effect": "idempotent"}})
    assert resolve_calls(function("charge(1)"), names, catalogue)[0].effect == "idempotent"


def test_imports_of_a_module() -> None:
    """Import statements become names; relative ones, and names imported from two places, stand for nothing."""
    found = read_imports(
        [
            "import a.b",
            "import a.b as c",
            "from d import e as f, g",
            "from .x import y",
            "import h",
            "from i import h",
            "not python",
        ]
    )
    assert found == {"a": "a", "c": "a.b", "f": "d.e", "g": "d.g"}


def test_every_function_of_this_project_can_be_read() -> None:
    """Real code: every function of poetc resolves without an error, whatever it holds."""
    catalogue, count = load_catalogue(), 0
    for file in (Path(__file__).parents[3] / "poetc").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert resolve_calls(node, NAMES, catalogue) is not None
                count += 1
    assert count > 500


def test_arguments_that_nobody_sees_decide_for_the_worst() -> None:
    """Of what the conditions might say, and of what holds without them; not for more than that."""
    found = calls("c = boto3.client('ecs')\nc.put_object(**kw)\nc.run_task(**kw)\nrequests.request(*a)")
    assert [call.effect for call in found[1:]] == ["write", "write", "unknown"]
