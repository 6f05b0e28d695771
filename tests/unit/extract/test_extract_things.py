"""What clients and sessions are, wherever the project makes them; and what a reader of one file would get wrong."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from poetc.config import Options
from poetc.extract import extract_unit
from poetc.extract.effects import ProjectEffects
from poetc.pipeline.modules import Modules
from poetc.scan import find_sites, read_source
from poetc.source.site import PythonUnit

Analysed = Callable[..., PythonUnit]
HEAD = "import httpx, requests\nfrom poetc import poet\nfrom typing import Annotated\nimport shop.deps as deps\n"
DEPS = "import contextlib, functools, dataclasses\nimport boto3, httpx, requests\nfrom typing import Annotated\n"


@pytest.fixture
def analysed(root: Path) -> Analysed:
    """(text of the module, text of what it imports, further files) → its last decorated function."""

    def found(text: str, deps: str = "", **more: str) -> PythonUnit:
        files = {"shop/__init__.py": "", "shop/deps.py": DEPS + deps, "shop/main.py": HEAD + text}
        for name, content in (files | {f"shop/{name}.py": text for name, text in more.items()}).items():
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text(content, "utf-8")
        options = Options(root=root)
        source = read_source(root / "shop/main.py", options)
        assert source is not None
        site = find_sites(source, options.decorators)[0][-1]
        return extract_unit(site, options, {}, ProjectEffects(options, Modules(options)))[0]

    return found


def calling(call: str, head: str = "", parameters: str = "u") -> str:
    """A decorated function around one call."""
    word = "async def" if "await " in call or "async " in call else "def"
    body = call if "\n" in call or call.startswith(("with ", "async ")) else f"return {call}"
    return f"{head}\n@poet()\n{word} f({parameters}):\n    {body}\n"


def inside(call: str, *methods: str, head: str = "class Api:", before: str = "") -> str:
    """A decorated method around one call, in a class with these lines."""
    lines = [line for text in methods for line in text.split("\n")]
    body = "".join(f"    {line}\n" for line in lines)
    return f"{before}\n{head}\n{body}    @poet()\n    def f(self, u):\n        return {call}\n"


WRAPPER = "def ask(self, method, path):\n    return requests.request(method, path)"
SESSION = "session = requests.Session()\n"
KNOWN: dict[str, tuple[str, str]] = {
    "imported client": (calling("session.get(u)", "from shop.deps import session"), SESSION),
    "through the module": (calling("deps.session.get(u)"), SESSION),
    "passed on": (calling("s.get(u)", "from shop.again import s"), SESSION),
    "imported inside": (calling("from shop.deps import session\n    return session.get(u)"), SESSION),
    "imported or nothing": (
        calling("session.get(u)", "try:\n    from shop.deps import session\nexcept ImportError:\n    session = None"),
        SESSION,
    ),
    "library through the project": (calling("deps.requests.get(u)"), ""),
    "made when first needed": (
        calling("deps.get().get(u)"),
        "_s = None\ndef get():\n    global _s\n    if _s is None:\n        _s = requests.Session()\n    return _s\n",
    ),
    "rebound and kept": (
        calling("deps._s.get(u)"),
        "_s = None\ndef start():\n    global _s\n    _s = requests.Session()\n"
        "def stop():\n    global _s\n    _s = None\n",
    ),
    "factory": (calling("deps.make().get(u)"), "def make():\n    s = requests.Session()\n    return s\n"),
    "factory of factories": (
        calling("deps.make().get(u)"),
        "def make():\n    return inner()\ndef inner():\n    return requests.Session()\n",
    ),
    "factory, cached": (
        calling("deps.make().get(u)"),
        "@functools.lru_cache(maxsize=1)\ndef make():\n    return httpx.Client()\n",
    ),
    "factory, async": (
        calling("c = await deps.make()\n    return await c.get(u)"),
        "async def make():\n    return httpx.AsyncClient()\n",
    ),
    "factory with a local import": (
        calling("deps.make().get(u)"),
        "def make():\n    import requests as rq\n    return rq.Session()\n",
    ),
    "context manager": (
        calling("with deps.opened() as c:\n        return c.get(u)"),
        "@contextlib.contextmanager\ndef opened():\n    c = httpx.Client()\n    try:\n        yield c\n"
        "    finally:\n        c.close()\n",
    ),
    "async context manager": (
        calling("async with deps.opened() as c:\n        return await c.get(u)"),
        "@contextlib.asynccontextmanager\nasync def opened():\n"
        "    async with httpx.AsyncClient() as c:\n        yield c\n",
    ),
    "class of one's own with a context": (
        calling("with deps.Opened() as c:\n        return c.get(u)"),
        "class Opened:\n    def __enter__(self):\n        return requests.Session()\n    def __exit__(self, *a): ...\n",
    ),
    "subclass": (calling("s.get(u)", parameters="s: deps.Mine, u"), "class Mine(requests.Session):\n    pass\n"),
    "object of a subclass": (calling("deps.mine.get(u)"), "class Mine(requests.Session):\n    x = 1\nmine = Mine()\n"),
    "subclass of a subclass": (
        calling("s.get(u)", parameters="s: deps.Two, u"),
        "class One(requests.Session):\n    def post(self, *a): ...\nclass Two(One): ...\n",
    ),
    "entered subclass": (
        calling("with deps.Mine() as s:\n        return s.get(u)"),
        "class Mine(requests.Session):\n    pass\n",
    ),
    "super": (inside("super().get(u)", head="class Api(requests.Session):"), ""),
    "overridden by a read": (
        calling("s.get(u)", parameters="s: deps.Mine, u"),
        "class Mine(requests.Session):\n    def get(self, u):\n        return super().get('https://x' + u)\n",
    ),
    "attribute of a parameter": (
        calling("ctx.http.get(u)", parameters="ctx: deps.Ctx, u"),
        "class Ctx:\n    def __init__(self):\n        self.http = httpx.Client()\n",
    ),
    "chain": (
        inside("self.ctx.http.get(u)", "def __init__(self):\n    self.ctx = deps.Ctx()"),
        "class Ctx:\n    def __init__(self):\n        self.http = httpx.Client()\n",
    ),
    "method of what an attribute is": (
        inside("self.ctx.load(u)", "def __init__(self):\n    self.ctx = deps.Ctx()"),
        "class Ctx:\n    def load(self, u):\n        return requests.get(u)\n",
    ),
    "branches that agree": (
        inside(
            "self.s.get(u)",
            "def __init__(self, k=None):\n    if k:\n        self.s = requests.Session()\n    else:\n"
            "        self.s = deps.make()",
        ),
        "def make():\n    return requests.Session()\n",
    ),
    "or made": (inside("self.s.get(u)", "def __init__(self, s=None):\n    self.s = s or requests.Session()"), ""),
    "made where none was given": (
        inside(
            "self.s.get(u)",
            "def __init__(self, s=None):\n    if s is None:\n        s = requests.Session()\n    self.s = s",
        ),
        "",
    ),
    "default of a function": (calling("s = s or requests.Session()\n    return s.get(u)", parameters="u, s=None"), ""),
    "None, then made": (
        inside(
            "self.open().get(u)",
            "s = None\ndef open(self):\n    if self.s is None:\n        self.s = requests.Session()\n    return self.s",
        ),
        "",
    ),
    "property": (inside("self.s.get(u)", "@property\ndef s(self):\n    return requests.Session()"), ""),
    "cached property": (
        inside(
            "self.s.get(u)",
            "@cached_property\ndef s(self):\n    return requests.Session()",
            before="from functools import cached_property",
        ),
        "",
    ),
    "class attribute": (inside("self.s.get(u)", "s = requests.Session()"), ""),
    "class as an attribute": (inside("self.cls().get(u)", "cls = requests.Session"), ""),
    "class as a parameter": (calling("cls().get(u)", parameters="u, cls: type[requests.Session]"), ""),
    "field with a factory": (
        inside(
            "self.s.get(u)",
            "s: object = dataclasses.field(default_factory=requests.Session)",
            head="@dataclasses.dataclass\nclass Api:",
            before="import dataclasses",
        ),
        "",
    ),
    "attrs": (
        inside(
            "self.s.get(u)",
            "s = attrs.field(factory=requests.Session)",
            head="@attrs.define\nclass Api:",
            before="import attrs",
        ),
        "",
    ),
    "attribute of a base elsewhere": (
        inside("self.s.get(u)", head="class Api(deps.Base):"),
        "class Base:\n    def __init__(self):\n        self.s = requests.Session()\n",
    ),
    "alias of an annotation": (
        calling("s.get(u)", parameters="s: deps.Dep, u"),
        "Dep = Annotated[requests.Session, 'given']\n",
    ),
    "alias, imported by name": (
        calling("s.get(u)", "from shop.deps import Dep", "s: Dep, u"),
        "Dep = requests.Session | None\n",
    ),
    "class of the project in quotes": (
        calling("ctx.http.get(u)", "from shop.deps import Ctx", "ctx: 'Ctx', u"),
        "class Ctx:\n    http: 'httpx.Client'\n",
    ),
    "receiver of a class method": (
        inside("self.s.get(u)", "s = None\n@classmethod\ndef up(cls):\n    cls.s = requests.Session()"),
        "",
    ),
    "one of two": (
        inside(
            "self.s.get(u)",
            "def __init__(self, k: bool):\n    self.s = requests.Session() if k else httpx.Client()",
        ),
        "",
    ),
    "one of two, from a factory": (
        calling("deps.make(u).get(u)"),
        "def make(x):\n    if x:\n        return requests.Session()\n    return httpx.Client()\n",
    ),
    "wrapper": (inside("self.ask('GET', u)", WRAPPER), ""),
    "wrapper, by keyword": (inside("self.ask(path=u, method='get')", WRAPPER), ""),
    "wrapper of a wrapper": (
        inside("self.fetch(u)", f"{WRAPPER}\ndef fetch(self, path):\n    return self.ask('GET', path)"),
        "",
    ),
    "wrapper's default": (
        inside("self.ask(u)", "def ask(self, path, method='GET'):\n    return requests.request(method, path)"),
        "",
    ),
    "wrapper elsewhere": (
        calling("deps.ask('GET', u)"),
        "def ask(method, path, **more):\n    return requests.request(method, path, **more)\n",
    ),
    "wrapper of an object": (
        calling("api.ask('GET', u)", parameters="api: deps.Api, u"),
        "class Api:\n    def ask(self, method, path):\n        return requests.request(method, path)\n",
    ),
    "wrapper of a statement": (
        calling("deps.rows(db, 'select 1')", "import sqlite3", "db: sqlite3.Connection"),
        "import sqlite3\ndef rows(db: sqlite3.Connection, query):\n    return db.execute(query).fetchall()\n",
    ),
    "boto3 through two modules": (
        calling("s3.list_buckets()", "from shop.again import s3"),
        "def s3_client():\n    return boto3.client('s3')\n",
    ),
}
AGAIN = "from .deps import session as s\nfrom . import deps\ns3 = deps.s3_client()\n"


@pytest.mark.parametrize("what", KNOWN)
def test_it_is_known(analysed: Analysed, what: str) -> None:
    """One inference over the files that the function's names lead to."""
    text, deps = KNOWN[what]
    assert analysed(text, deps, again=AGAIN).effects in ("reads", "idempotent")


MINE = "class Mine(requests.Session):\n    def get(self, u):\n        return self.post(u)\n"
UNKNOWN: dict[str, tuple[str, str]] = {
    "overridden by a write": (calling("deps.mine.get(u)"), f"{MINE}mine = Mine()\n"),
    "overridden, as a parameter": (calling("s.get(u)", parameters="s: deps.Mine, u"), MINE),
    "overridden below, in the file": (
        inside("self.get(u)", head="class Api(requests.Session):")
        + "class Below(Api):\n    def get(self, u):\n        return self.post(u)\n",
        "",
    ),
    "overridden in a base": (calling("s.get(u)", parameters="s: deps.Two, u"), f"{MINE}class Two(Mine): ...\n"),
    "method set from outside": (
        calling("s.get(u)", "def patch(s):\n    s.get = print", "s: deps.Thin, u"),
        "class Thin(requests.Session): ...\n",
    ),
    "module's client set from outside": (
        calling("deps.session.get(u)", "def patch(other):\n    deps.session = other"),
        SESSION,
    ),
    "its method set where it is made": (calling("deps.session.get(u)"), f"{SESSION}session.get = print\n"),
    "its method set where it is used": (calling("deps.session.get(u)", "deps.session.get = print"), SESSION),
    "set by setattr": (calling("deps.session.get(u)", "setattr(deps, 'session', print)"), SESSION),
    "set by computed names": (calling("deps.session.get(u)", "for n in dir():\n    setattr(deps, n, print)"), SESSION),
    "set among the module's names": (
        calling("deps.session.get(u)", "vars(deps)['session'] = print"),
        SESSION,
    ),
    "set among the module's own names": (
        calling("deps.session.get(u)"),
        f"{SESSION}def swap(n, other):\n    globals()[n] = other\n",
    ),
    "attribute set from outside": (
        calling("ctx.http.get(u)", "def patch(ctx):\n    ctx.http = print", "ctx: deps.Ctx, u"),
        "class Ctx:\n    def __init__(self):\n        self.http = httpx.Client()\n",
    ),
    "attribute set in its file": (
        calling("ctx.http.get(u)", "", "ctx: deps.Ctx, u"),
        "class Ctx:\n    def __init__(self):\n        self.http = httpx.Client()\n"
        "def patch(ctx):\n    ctx.http = print\n",
    ),
    "attributes set by computed names": (
        calling("ctx.http.get(u)", "", "ctx: deps.Ctx, u"),
        "class Ctx:\n    http: httpx.Client\n    def __init__(self, **kw):\n        self.__dict__.update(kw)\n",
    ),
    "attribute set below": (
        inside("self.s.get(u)", "s = requests.Session()")
        + "class Below(Api):\n    def __init__(self, s):\n        self.s = s\n",
        "",
    ),
    "module's __getattr__": (calling("deps.session.get(u)"), "def __getattr__(name):\n    return object()\n"),
    "star import": (calling("session.get(u)", "from shop.deps import *"), SESSION),
    "star import over there": (calling("deps.session.get(u)"), f"{SESSION}from shop.again import *\n"),
    "conditional imports": (
        calling(
            "session.get(u)",
            "try:\n    from shop.deps import session\nexcept ImportError:\n    from other import session",
        ),
        SESSION,
    ),
    "import that is replaced": (
        calling("session.get(u)", "from shop.deps import session\nsession = traced(session)"),
        SESSION,
    ),
    "name bound again": (calling("deps.session.get(u)"), f"{SESSION}session = wrap(session)\n"),
    "bound by a loop": (calling("deps.session.get(u)"), f"{SESSION}for session in everything(): pass\n"),
    "rebound by a function": (
        calling("deps.session.get(u)"),
        f"{SESSION}def swap(other):\n    global session\n    session = other\n",
    ),
    "two kinds of return": (
        calling("deps.make(u).delete(u)"),
        "def make(x):\n    if x:\n        return requests.Session()\n    return Anything()\nclass Anything: ...\n",
    ),
    "factory that calls itself": (
        calling("deps.make(u).get(u)"),
        "def make(x):\n    return make(x - 1) if x else wrap(x)\n",
    ),
    "factories in a circle": (
        calling("deps.one(u).get(u)"),
        "def one(x):\n    return two(x) if x else requests.Session()\n"
        "def two(x):\n    return one(x) if x else other(x)\n",
    ),
    "factory under an unknown decorator": (
        calling("deps.make().get(u)"),
        "@traced\ndef make():\n    return requests.Session()\n",
    ),
    "factory that is rebound": (
        calling("deps.make().get(u)"),
        "def make():\n    return requests.Session()\nmake = traced(make)\n",
    ),
    "nonlocal": (
        calling("deps.make().get(u)"),
        "def make():\n    s = requests.Session()\n    def swap():\n"
        "        nonlocal s\n        s = other()\n    swap()\n    return s\n",
    ),
    "class under an unknown decorator": (
        calling("ctx.http.get(u)", "", "ctx: deps.Ctx, u"),
        "@proxied\nclass Ctx:\n    http = httpx.Client()\n",
    ),
    "class with a metaclass": (
        calling("ctx.http.get(u)", "", "ctx: deps.Ctx, u"),
        "class Ctx(metaclass=Magic):\n    http = httpx.Client()\n",
    ),
    "__getattribute__": (
        calling("ctx.http.get(u)", "", "ctx: deps.Ctx, u"),
        "class Ctx:\n    http = httpx.Client()\n    def __getattribute__(self, n):\n        return print\n",
    ),
    "__getattr__": (
        calling("ctx.http.get(u)", "", "ctx: deps.Ctx, u"),
        "class Ctx:\n    def __getattr__(self, n):\n        return print\n",
    ),
    "__new__": (
        calling("deps.Mine().get(u)"),
        "class Mine(requests.Session):\n    def __new__(cls):\n        return Other()\n",
    ),
    "descriptor": (
        calling("ctx.http.get(u)", "", "ctx: deps.Ctx, u"),
        "class Late(httpx.Client):\n    def __get__(self, *a):\n"
        "        return Other()\nclass Ctx:\n    http = Late()\n",
    ),
    "property of two kinds": (
        inside("self.s.get(u)", "@property\ndef s(self):\n    return requests.Session() if self.x else self.other"),
        "",
    ),
    "property with a setter": (
        inside(
            "self.s.get(u)",
            "@property\ndef s(self):\n    return requests.Session()\n@s.setter\ndef s(self, v):\n    self.x = v",
        ),
        "",
    ),
    "function as a class's attribute": (inside("self.get(u)", "get = requests.post"), ""),
    "hook in place of a default": (
        calling("get = get or deps.load\n    return get(u)", parameters="u, get=None"),
        "def load(u):\n    return requests.get(u)\n",
    ),
    "told apart, and rebound by a nested function": (
        calling(
            "if isinstance(c, httpx.Client):\n        def g():\n            nonlocal c\n            c = u\n"
            "        g()\n        return c.get(u)",
            parameters="c, u",
        ),
        "",
    ),
    "descriptor with an annotation": (
        inside("self.s.get(u)", "s: requests.Session = deps.Late()"),
        "class Late:\n    def __get__(self, *a):\n        return Other()\n",
    ),
    "hook as a default": (calling("get(u)", parameters="u, get=requests.get"), ""),
    "statement as a default": (
        calling(
            "q = q or select(1)\n    return s.execute(q)",
            "from sqlalchemy import select\nfrom sqlalchemy.orm import Session",
            "s: Session, q=None",
        ),
        "",
    ),
    "statement as a default, kept": (
        inside(
            "self.s.execute(self.q)",
            "def __init__(self, s: Session, q=None):\n    self.s = s\n    self.q = q or select(1)",
            before="from sqlalchemy import select\nfrom sqlalchemy.orm import Session",
        ),
        "",
    ),
    "parameter without a default": (
        inside("self.s.get(u)", "def __init__(self, s):\n    self.s = s or requests.Session()"),
        "",
    ),
    "outer function's name": (
        "from shop.deps import session\ndef outer(session):\n    @poet()\n"
        "    def f(u):\n        return session.get(u)\n    return f\n",
        SESSION,
    ),
    "class in a function": (
        "class Api:\n    s = requests.Session()\ndef outer(Api):\n    @poet()\n"
        "    def f(a: Api, u):\n        return a.s.get(u)\n    return f\n",
        "",
    ),
    "attribute of a class beside": (
        "class Api:\n    s = requests.Session()\nclass Other:\n"
        "    @poet()\n    def f(self, u):\n        return self.s.get(u)\n",
        "",
    ),
    "static method's self": (
        "class Api:\n    s = requests.Session()\n    @staticmethod\n"
        "    @poet()\n    def f(self, u):\n        return self.s.get(u)\n",
        "",
    ),
    "one of two that writes": (
        calling("deps.make(u).get(u)"),
        f"{MINE}def make(x):\n    return requests.Session() if x else Mine()\n",
    ),
    "one of two of which one is unknown": (
        inside("self.s.get(u)", "def __init__(self, k, o):\n    self.s = requests.Session() if k else o"),
        "",
    ),
    "one of two, set by a parameter": (
        inside("self.s.get(u)", "def __init__(self, o=None):\n    self.s = requests.Session()\n    self.s = o.s"),
        "",
    ),
    "wrapper that writes": (inside("self.ask('POST', u)", WRAPPER), ""),
    "wrapper of a variable": (inside("self.ask(u.method, u)", WRAPPER), ""),
    "wrapper with both": (inside("self.ask('GET', u), self.ask(u.method, u)", WRAPPER), ""),
    "wrapper with starred arguments": (inside("self.ask(*u)", WRAPPER), ""),
    "wrapper whose default isn't used": (
        inside(
            "self.ask(u, u.method)", "def ask(self, path, method='GET'):\n    return requests.request(method, path)"
        ),
        "",
    ),
    "wrapper that rebinds": (
        inside(
            "self.ask('GET', u)", "def ask(self, m, path):\n    m = self.method\n    return requests.request(m, path)"
        ),
        "",
    ),
    "wrapper that is overridden": (
        inside("self.ask('GET', u)", WRAPPER)
        + "class Below(Api):\n    def ask(self, method, path):\n        return requests.post(path)\n",
        "",
    ),
    "wrapper that writes, too": (
        inside("self.ask('GET', u)", f"{WRAPPER}.json(), requests.post(path)"),
        "",
    ),
    "wrapper through its class": (inside("Api.ask(self, 'POST', 'GET')", WRAPPER), ""),
    "circular imports": (calling("deps.a.get(u)"), "from shop.again import b as a\n"),
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_it_stays_unknown(analysed: Analysed, what: str) -> None:
    """Somebody may have put something else there: that is no read."""
    text, deps = UNKNOWN[what]
    assert analysed(text, deps, again="from shop.deps import a as b\n").effects in ("unknown", "writes")


CIRCLE = """\
import httpx, requests
from poetc import poet
import shop.{other} as other
_kept = None
def {name}0(x):
    return other.{other}1(x) if x else requests.Session()
def {name}1(x):
    global _kept
    if _kept is None:
        _kept = {name}2(x)
    return _kept
def {name}2(x):
    return {name}0(x) if x else {last}
class Holder:
    def __init__(self):
        self.held = other.{other}2(1)
    def give(self, x):
        return self.held if x else {name}1(x)
holder = Holder()
@poet()
def a(u): return {name}0(u).get(u)
@poet()
def b(u): return other._kept.get(u)
@poet()
def c(u): return holder.give(u).get(u)
@poet()
def d(u): return other.holder.held.get(u)
"""


@pytest.mark.parametrize("last", ["httpx.Client()", "requests.Session()", "unknown(x)"])
def test_whoever_asks_first_is_told_the_same(root: Path, last: str) -> None:
    """Factories, globals and attributes of two files that need one another: unknown, from whichever side."""
    (root / "shop").mkdir()
    (root / "shop/__init__.py").write_text("")
    (root / "shop/one.py").write_text(CIRCLE.format(name="one", other="two", last=last))
    (root / "shop/two.py").write_text(CIRCLE.format(name="two", other="one", last="other._kept"))
    options, found = Options(root=root), dict[str, tuple[object, ...]]()
    for seed in range(6):
        project, waiting = ProjectEffects(options, Modules(options)), []
        for name in ("one", "two"):
            source = read_source(root / f"shop/{name}.py", options)
            assert source is not None
            waiting += find_sites(source, options.decorators)[0]
        random.Random(seed).shuffle(waiting)
        for site in waiting:
            unit = extract_unit(site, options, {}, project)[0]
            told = unit.effects, unit.context.things, unit.key, unit.places
            assert found.setdefault(unit.name, told) == told
    assert {effects for effects, *_ in found.values()} == {"unknown"}
