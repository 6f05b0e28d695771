"""Whose method a call is: clients through classes, modules and factories; and what makes one of them unknown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from poetc.config import Options
from poetc.extract import extract_unit
from poetc.extract.effects import ProjectEffects
from poetc.pipeline.modules import Modules
from poetc.scan import find_sites, read_source

HEAD = (
    "import dataclasses, httpx, requests, redis\nfrom typing import TYPE_CHECKING\nfrom poetc import poet\n"
    "from app.lib import Mine, Thin, many, make, quoted, traced\n"
)
LIB = (
    "import contextlib, httpx\nfrom collections.abc import Iterator\n"
    "def make() -> httpx.Client:\n    return httpx.Client()\n"
    "def quoted() -> 'httpx.Client | None':\n    return httpx.Client()\n"
    "def many():\n    return httpx.Client()\n"
    "@contextlib.contextmanager\ndef traced() -> Iterator[httpx.Client]:\n    yield httpx.Client()\n"
    "class Mine(httpx.Client):\n    def get(self, u):\n        return self.post(u)\n"
    "class Thin(httpx.Client):\n    pass\n"
)
Effect = Callable[[str], str]


@pytest.fixture
def effect(root: Path) -> Effect:
    """Text of a module → the effect of its last decorated function."""

    def found(text: str) -> str:
        for name, content in {"app/__init__.py": "", "app/lib.py": LIB, "app/main.py": HEAD + text}.items():
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text(content, "utf-8")
        options = Options(root=root)
        source = read_source(root / "app/main.py", options)
        assert source is not None
        site = find_sites(source, options.decorators)[0][-1]
        return extract_unit(site, options, {}, ProjectEffects(options, Modules(options)))[0].effects

    return found


def method(body: str, call: str = "self.client.get(u)", *, head: str = "class C:") -> str:
    inside = "".join(f"    {line}\n" for line in body.split("\n") if line)
    return f"{head}\n{inside}    @poet()\n    def f(self, u):\n        return {call}\n"


def function(call: str, module: str = "") -> str:
    return f"{module}\n@poet()\ndef f(u):\n    return {call}\n"


KNOWN = {
    "class-level annotation": method("client: httpx.Client"),
    "annotation with a default": method("client: httpx.Client | None = None"),
    "injected": method("def __init__(self, client: httpx.Client):\n    self.client = client"),
    "injected by keyword": method("def __init__(self, *, client: httpx.Client):\n    self.client = client"),
    "made": method("def __init__(self):\n    self.client = httpx.Client(timeout=5)"),
    "annotated assignment": method("def __init__(self, c):\n    self.client: httpx.Client = c"),
    "field of a dataclass": method("client: httpx.Client", head="@dataclasses.dataclass\nclass C:"),
    "of another library": method("store: redis.Redis", "self.store.get(u)"),
    "configured": method("def __init__(self):\n    self.client = httpx.Client()\n    self.client.headers = {}"),
    "module's client": function("CLIENT.get(u)", "CLIENT = httpx.Client()"),
    "factory": function("make().get(u)"),
    "factory, optional and quoted": function("quoted().get(u)"),
    "factory in a name": "@poet()\ndef f(u):\n    c = make()\n    return c.get(u)\n",
    "factory in a with": "@poet()\ndef f(u):\n    with make() as c:\n        return c.get(u)\n",
    "factory without annotation": function("many().get(u)"),
    "factory that is decorated": "@poet()\ndef f(u):\n    with traced() as c:\n        return c.get(u)\n",
    "inherited by a client": method("", "self.get(u)", head="class C(httpx.Client):"),
    "walrus": "@poet()\ndef f(u):\n    if c := httpx.Client():\n        return c.get(u)\n",
    "conditional import": function(
        "requests.get(u)", "try:\n    import requests\nexcept ImportError:\n    requests = None"
    ),
}
UNKNOWN = {
    "property of that name": method("client: httpx.Client\n@property\ndef client(self):\n    return Mine()"),
    "set elsewhere": method("client: httpx.Client\ndef other(self):\n    self.client = Mine()"),
    "set by setattr": method("client: httpx.Client\ndef other(self):\n    setattr(self, 'client', Mine())"),
    "set by a computed name": method("client: httpx.Client\ndef other(self, n):\n    setattr(self, n, Mine())"),
    "set in a subclass's __init__": (
        "class B:\n    client: httpx.Client\n"
        + method("def __init__(self, x):\n    self.client = x", head="class C(B):")
    ),
    "method replaced": method(
        "def __init__(self, c: httpx.Client):\n    self.client = c\n    c = self.client.get = print"
    ),
    "overridden in a client": method("def get(self, u):\n    requests.post(u)", "self.get(u)", head="class C(Mine):"),
    "class of the project": function("Mine().get(u)"),
    "subclass as a parameter": "@poet()\ndef f(u, c: Mine):\n    return c.get(u)\n",
    "client replaced in the module": function("CLIENT.get(u)", "CLIENT = httpx.Client()\nCLIENT.get = print"),
    "client rebound by a function": function(
        "CLIENT.get(u)", "CLIENT = httpx.Client()\ndef swap():\n    global CLIENT\n    CLIENT = Mine()"
    ),
    "library replaced": function("requests.get(u)", "requests.get = print"),
    "library replaced in a function": function("requests.get(u)", "def patch():\n    requests.get = print"),
    "library replaced by setattr": function("requests.get(u)", "setattr(requests, 'get', print)"),
    "library replaced by computed names": function(
        "requests.get(u)", "for n in dir(u):\n    setattr(requests, n, print)"
    ),
    "class of a library replaced": function("httpx.Client.get(u)", "httpx.Client.get = print"),
    "import for type checkers": function(
        "requests.get(u)", "if TYPE_CHECKING:\n    import requests\nelse:\n    import mine as requests"
    ),
    "import that falls back": function(
        "requests.get(u)", "try:\n    import requests\nexcept ImportError:\n    import mine as requests"
    ),
    "factory under another name": "@poet()\ndef f(u, make):\n    return make().get(u)\n",
    "star import": function("get(u)", "from httpx import *"),
    "session that is a dict": method("session: dict", "self.session.get(u)(1)"),
}


@pytest.mark.parametrize("what", KNOWN)
def test_it_is_known(effect: Effect, what: str) -> None:
    """The class is certain, so the call's effect is."""
    text = KNOWN[what]
    assert effect(text) == "reads"


@pytest.mark.parametrize("what", UNKNOWN)
def test_it_stays_unknown(effect: Effect, what: str) -> None:
    """Somebody may have put something else there."""
    assert effect(UNKNOWN[what]) in ("unknown", "writes")
