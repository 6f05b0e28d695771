"""What a function's calls do, its project's own functions included, over several files and without importing any."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from poetc.config import Options
from poetc.extract import extract_unit
from poetc.extract.effects import MOST_STEPS, ProjectEffects
from poetc.ir import Unit
from poetc.pipeline.modules import Modules
from poetc.scan import find_sites, read_source

Units = Callable[..., Unit]
HEAD = "import httpx, requests\nfrom poetc import poet\n"


@pytest.fixture
def unit(root: Path) -> Units:
    """(text of app/main.py, other files, options) → the unit of the last site of app/main.py."""

    def extract(main: str, files: Mapping[str, str] | None = None, **settings: Any) -> Unit:
        for relative, text in {"app/__init__.py": "", **(files or {}), "app/main.py": main}.items():
            path = root / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return units_of(root, ["app/main.py"], **settings)[-1]

    return extract


def units_of(root: Path, files: list[str], **settings: Any) -> list[Unit]:
    """The units of some files, as one run of the build extracts them."""
    options = Options(root=root, **settings)
    project = ProjectEffects(options, Modules(options))
    found = []
    for relative in files:
        source = read_source(root / relative, options)
        assert source is not None
        found += [extract_unit(site, options, {}, project)[0] for site in find_sites(source, options.decorators)[0]]
    return found


def calling(call: str, module: str = "") -> str:
    return f"{HEAD}{module}\n@poet()\ndef f(x):\n    return {call}\n"


SAME_FILE = {
    "pure": ("def g(x):\n    return x + 1\n", "g(x)", "pure"),
    "read": ("def g(x):\n    return httpx.get(x).text\n", "g(x)", "reads"),
    "write": ("def g(x):\n    requests.post(x)\n", "g(x)", "writes"),
    "two steps": ("def h(x):\n    return httpx.get(x)\ndef g(x):\n    return h(x)\n", "g(x)", "reads"),
    "unknown callee": ("def g(x):\n    return somewhere(x)\n", "g(x)", "unknown"),
    "defined twice, worst counts": (
        "import sys\nif sys.platform:\n    def g(x): return x\nelse:\n    def g(x): requests.post(x)\n",
        "g(x)", "writes",
    ),
    "rebound": ("def g(x):\n    return x\ng = trace(g)\n", "g(x)", "unknown"),
    "rebound by a function": ("def g(x):\n    return x\ndef h():\n    global g\n    g = 1\n", "g(x)", "unknown"),
    "hidden by a parameter": ("def x(y):\n    return y\n", "x(1)", "unknown"),
    "decorated": ("@register\ndef g(x):\n    return x\n", "g(x)", "unknown"),
    "decorated by the module itself": (
        "def counted(h):\n    return lambda x: open('n', 'a').write(x)\n\n@counted\ndef g(x):\n    return x\n",
        "g(x)",
        "unknown",
    ),
    "cached": ("import functools as ft\n@ft.lru_cache(maxsize=2)\ndef g(x):\n    return x\n", "g(x)", "pure"),
    "marked": ("@poet()\ndef g(x):\n    return httpx.get(x)\n", "g(x)", "reads"),
    "a stub": ("def g(x):\n    raise NotImplementedError\n", "g(x)", "unknown"),
    "star import": ("from x import *\ndef g(x):\n    return x\n", "g(x)", "unknown"),
    "recursive": ("def g(x):\n    return x and g(x - 1)\n", "g(x)", "pure"),
    "a circle": ("def g(x):\n    return h(x)\ndef h(x):\n    httpx.get(x)\n    return g(x)\n", "g(x)", "reads"),
    "a circle that writes": (
        "def g(x):\n    return h(x)\ndef h(x):\n    return k(x)\ndef k(x):\n    requests.post(x)\n    return g(x)\n",
        "g(x)", "writes",
    ),
    "itself": ("", "f(x - 1)", "pure"),
    "argument is changed": ("def g(x):\n    x.append(1)\n", "g(x)", "writes"),
    "plain class": ("class P:\n    def __init__(self, x):\n        self.x = x\n", "P(x)", "pure"),
    "dataclass": ("from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int = 0\n", "P(x)", "pure"),
    "exception": ("class E(ValueError): ...\n", "E(x)", "pure"),
    "class that acts": ("class P:\n    def __init__(self, x):\n        requests.post(x)\n", "P(x)", "unknown"),
    "metaclass": ("class P(metaclass=M): ...\n", "P(x)", "unknown"),
    "base of a known library": ("class P(requests.Session): ...\n", "P(x)", "pure"),
    "foreign base": ("class P(requests.Nothing): ...\n", "P(x)", "unknown"),
    "static method": ("class P:\n    @staticmethod\n    def g(x):\n        return httpx.get(x)\n", "P.g(x)", "reads"),
    "class method": ("class P:\n    @classmethod\n    def g(cls, x):\n        return cls.h(x)\n"
                     "    @classmethod\n    def h(cls, x):\n        return httpx.get(x)\n", "P.g(x)", "reads"),
}  # fmt: skip


@pytest.mark.parametrize(("module", "call", "effect"), SAME_FILE.values(), ids=SAME_FILE.keys())
def test_functions_of_the_same_file(unit: Units, module: str, call: str, effect: str) -> None:
    """What a callee does, its caller does too."""
    assert unit(calling(call, module)).effects == effect


FILES = {
    "app/store.py": "import httpx, requests\n"
    "def load(x):\n    return httpx.get(x)\n"
    "def save(x):\n    requests.post(x)\n"
    "def calc(x):\n    return x * 2\n",
    "app/sub/__init__.py": "from .deep import fetch\nfrom ..store import calc as again\n",
    "app/sub/deep.py": "from .. import store\n"
    "def fetch(x):\n    return store.load(x)\n"
    "def push(x):\n    store.save(x)\n",
    "app/circle_a.py": "from app import circle_b\ndef go(x):\n    return circle_b.go(x)\n",
    "app/circle_b.py": "from app import circle_a\nimport requests\n"
    "def go(x):\n    requests.post(x)\n    circle_a.go(x)\n",
    "app/either.py": "try:\n    from app.store import load as one\n"
    "except ImportError:\n    from app.store import save as one\n",
    "app/loops.py": "from app.loops import gone\n",
    "app/broken.py": "def f(:\n",
    "app/base.py": "import httpx\nclass Base:\n    def read(self, x):\n        return httpx.get(x)\n",
    "lone/far.py": "import httpx\ndef away(x):\n    return httpx.get(x)\n",
}

OTHER_FILES = {
    "from import": ("from app.store import load", "load(x)", "reads"),
    "renamed": ("from app.store import save as s", "s(x)", "writes"),
    "module": ("from app import store", "store.load(x)", "reads"),
    "dotted module": ("import app.store", "app.store.calc(x)", "pure"),
    "dotted module, renamed": ("import app.store as st", "st.save(x)", "writes"),
    "relative": ("from .store import load", "load(x)", "reads"),
    "relative module": ("from . import store", "store.save(x)", "writes"),
    "re-exported": ("from app.sub import fetch", "fetch(x)", "reads"),
    "re-exported, from above": ("from app.sub import again", "again(x)", "pure"),
    "two files on": ("from app.sub.deep import push", "push(x)", "writes"),
    "a circle of files": ("from app import circle_a", "circle_a.go(x)", "writes"),
    "one of two": ("from app.either import one", "one(x)", "writes"),
    "either of two here": (
        "try:\n    from app.store import load as g\nexcept ImportError:\n    from app.store import calc as g",
        "g(x)", "reads",
    ),
    "ours or another's": (
        "try:\n    from fast import g\nexcept ImportError:\n    from app.store import calc as g", "g(x)", "unknown",
    ),
    "an import that leads to itself": ("from app.loops import gone", "gone(x)", "unknown"),
    "no such name": ("from app.store import nothing", "nothing(x)", "unknown"),
    "no such module": ("from app.nowhere import g", "g(x)", "unknown"),
    "broken module": ("from app.broken import f as g", "g(x)", "unknown"),
    "a source root": ("from lone.far import away", "away(x)", "reads"),
    "in the link package": ("from app._poet.store import load", "load(x)", "unknown"),
}  # fmt: skip


@pytest.mark.parametrize(("module", "call", "effect"), OTHER_FILES.values(), ids=OTHER_FILES.keys())
def test_functions_of_other_files(unit: Units, module: str, call: str, effect: str) -> None:
    """Names are followed from file to file; nothing is imported."""
    assert unit(calling(call, module), FILES).effects == effect


METHODS = {
    "own": ("", "def go(self, x):\n        return httpx.get(x)", "self.go(x)", "reads"),
    "own write": ("", "def go(self, x):\n        requests.post(x)", "self.go(x)", "writes"),
    "inherited": ("class B:\n    def go(self, x):\n        return httpx.get(x)\n", "", "self.go(x)", "reads"),
    "inherited from another file": ("from app.base import Base as B\n", "", "self.read(x)", "reads"),
    "of a foreign base": ("from requests import Session as B\n", "", "self.go(x)", "unknown"),
    "abstract": (
        "from abc import ABC as B, abstractmethod\n", "@abstractmethod\n    def go(self, x): ...",
        "self.go(x)", "unknown",
    ),
    "attribute, not method": ("", "def __init__(self, go):\n        self.go = go", "self.go(x)", "unknown"),
    "overridden below": ("", "def go(self, x):\n        return x", "self.go(x)", "writes"),
}  # fmt: skip


@pytest.mark.parametrize(("above", "method", "call", "effect"), METHODS.values(), ids=METHODS.keys())
def test_methods(unit: Units, above: str, method: str, call: str, effect: str) -> None:
    """`self.m` is the class's own, an inherited one, or what a subclass in the file makes of it: the worst counts."""
    base = "(B)" if above else ""
    text = f"{HEAD}{above}class C{base}:\n    @poet()\n    def f(self, x):\n        return {call}\n    {method}\n"
    if effect == "writes":
        text += "class D(C):\n    def go(self, x):\n        requests.post(x)\n"
    assert unit(text, FILES).effects == effect


ATTRIBUTES = {
    "made in __init__": ("def __init__(self):\n        self.http = httpx.Client()", "httpx.Client"),
    "a parameter of it": ("def __init__(self, http: httpx.Client):\n        self.http = http", "httpx.Client"),
    "declared": ("http: httpx.Client", "httpx.Client"),
    "set to another thing": ("http: httpx.Client\n    def other(self):\n        self.http = [x]", None),
    "unknown": ("def __init__(self, http):\n        self.http = http", None),
    "of a base": ("", "httpx.Client"),
    "of a base, set here": ("def __init__(self, http):\n        self.http = http", None),
}


@pytest.mark.parametrize(("body", "held"), ATTRIBUTES.values(), ids=ATTRIBUTES.keys())
def test_attributes(unit: Units, request: pytest.FixtureRequest, body: str, held: str | None) -> None:
    """What the class around the function, or a base of it, tells about `self.http`."""
    has_base = "base" in request.node.name
    base = "class B:\n    def __init__(self):\n        self.http = httpx.Client()\n" if has_base else ""
    text = f"{HEAD}{base}class C{'(B)' if base else ''}:\n    {body or 'pass'}\n    @poet()\n    def f(self, x):\n"
    found = unit(text + "        return self.http.get(x)\n")
    assert dict(found.context.things).get("app.main.C.http") == held
    assert found.effects == ("reads" if held else "unknown")


def test_what_the_module_holds(unit: Units) -> None:
    """A client at module level is known, unless a function rebinds it; strings tell what SQL does."""
    module = 'import sqlite3\nclient = httpx.Client()\nQUERY = "select 1"\ndb = sqlite3.connect("x")\nother = 1\n'
    found = unit(calling("client.get(x), db.execute(QUERY)", module))
    assert dict(found.context.things) == {"app.main.client": "httpx.Client", "app.main.db": "sqlite3.Connection"}
    assert (found.context.constants, found.effects) == ((("QUERY", "select 1"),), "reads")
    assert unit(calling("db.execute(QUERY)", module.replace("select 1", "delete from t"))).effects == "writes"
    swap = "def g():\n    global client\n    client = "
    assert unit(calling("client.get(x)", f"{module}{swap}None\n")).effects == "reads"
    rebound = unit(calling("client.get(x)", f"{module}{swap}[1]\n"))
    assert (rebound.context.things, rebound.effects) == ((), "unknown")


def test_an_import_from_two_places_is_neither(unit: Units) -> None:
    """Which of the two it is isn't known before the program runs."""
    text = "try:\n    from fast import get\nexcept ImportError:\n    from requests import get\n"
    assert unit(calling("get(x)", text)).effects == "unknown"
    assert unit(calling("get(x)", "from requests import get\n")).effects == "reads"


IMPORTED_INSIDE = {
    "from import": ("from app.store import load", "load(x)", "reads"),
    "relative": ("from .store import save", "save(x)", "writes"),
    "module": ("import app.store as st", "st.calc(x)", "pure"),
    "bound to something else too": ("from app.store import calc\n    calc = trace(calc)", "calc(x)", "unknown"),
    "caught under its name": (
        "from app.store import calc\n    try:\n        pass\n    except OSError as calc:\n        pass",
        "calc(x)", "unknown",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("inside", "call", "effect"), IMPORTED_INSIDE.values(), ids=IMPORTED_INSIDE.keys())
def test_imports_inside_of_the_function(unit: Units, inside: str, call: str, effect: str) -> None:
    """As often written to keep two modules from importing each other."""
    found = unit(f"{HEAD}@poet()\ndef f(x):\n    {inside}\n    return {call}\n", FILES)
    assert found.effects == effect


def test_the_users_entries_count_and_only_those_that_matter_are_asked_with(unit: Units) -> None:
    """[tool.poet.calls] says what a library's call or a function of the project does."""
    calls = (
        ("app.store.save", (("effect", "idempotent"),)),
        ("mylib.fetch", (("effect", "read"), ("returns", "other.Thing"))),
        ("other.Thing.go", (("effect", "idempotent"),)),
        ("unused.call", (("effect", "write"),)),
    )
    found = unit(calling("mylib.fetch(x)", "import mylib\n"), calls=calls)
    assert found.effects == "reads"
    assert [name for name, _ in found.context.calls] == ["mylib.fetch", "other.Thing.go"]
    assert unit(calling("mylib.fetch(x)", "import mylib\n")).key != found.key
    assert unit(calling("store.save(x)", "from app import store\n"), FILES, calls=calls).effects == "idempotent"
    plain = unit(calling("x"), calls=calls)
    assert plain.key == unit(calling("x")).key


def test_only_what_changes_the_effect_of_a_callee_changes_the_callers_key(unit: Units) -> None:
    """Its text is its own business."""
    text = calling("load(x)", "from app.store import load")
    before = unit(text, FILES)
    other_text = unit(text, {**FILES, "app/store.py": FILES["app/store.py"].replace("get(x)", "get(x, timeout=1)")})
    other_effect = unit(text, {**FILES, "app/store.py": FILES["app/store.py"].replace("httpx.get", "requests.post")})
    assert other_text.key == before.key
    assert other_effect.key != before.key
    assert (before.effects, other_effect.effects) == ("reads", "writes")


def test_what_the_effects_depend_on_is_named(unit: Units) -> None:
    """The files that were followed, and those that would have been if they were there; not the function's own."""
    found = unit(calling("fetch(x)", "from app.sub import fetch"), FILES)
    assert {"app/sub/__init__.py", "app/sub/deep.py", "app/store.py"} <= set(found.places)
    assert "app/main.py" not in found.places
    assert "app/nowhere.py" in unit(calling("g(x)", "from app.nowhere import g")).places


def test_the_order_of_asking_changes_nothing(root: Path) -> None:
    """Circles of functions, asked from every side: the same effects, keys and places each time."""
    body = "    requests.post(x)\n"
    text = HEAD + "".join(
        f"@poet()\ndef f{n}(x):\n{body if n == 4 else ''}    return f{(n + 1) % 7}(x), f{(n * 3 + 1) % 7}(x)\n"
        for n in range(7)
    )
    for name in ("one", "two"):
        other = "two" if name == "one" else "one"
        last = f"import {other}\n@poet()\ndef last(x):\n    return {other}.last(x), f0(x)\n"
        (root / f"{name}.py").write_text(text + last)
    shuffled = random.Random(1)
    known = {}
    for _ in range(6):
        order = ["one.py", "two.py"]
        shuffled.shuffle(order)
        for found in units_of(root, order):
            told = (found.effects, found.key, found.places)
            assert known.setdefault(found.name, told) == told
    assert {effects for effects, _, _ in known.values()} == {"writes"}
    assert len(known) == 16


def test_a_very_long_chain_ends_in_unknown(unit: Units) -> None:
    """It is followed so far and no farther, wherever one begins."""
    chain = "".join(f"def g{n}(x):\n    return g{n + 1}(x)\n" for n in range(MOST_STEPS + 2))
    chain += f"def g{MOST_STEPS + 2}(x): return x\n"
    assert unit(calling("g0(x)", chain)).effects == "unknown"
    assert unit(calling("g9(x)", chain)).effects == "pure"


def test_a_thousand_functions_deep_is_no_recursion(unit: Units) -> None:
    """The walk has a stack of its own."""
    chain = "".join(f"def g{n}(x):\n    return g{n + 1}(x)\n" for n in range(1500)) + "def g1500(x): return x\n"
    assert unit(calling("g0(x)", chain)).effects == "unknown"


def test_a_link_out_of_the_project_isnt_followed(
    unit: Units, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Files outside of the project are nobody's source here."""
    outside = tmp_path_factory.mktemp("outside") / "far.py"
    outside.write_text("def away(x):\n    return x\n")
    (root / "app").mkdir()
    (root / "app" / "far.py").symlink_to(outside)
    assert unit(calling("away(x)", "from app.far import away")).effects == "unknown"


def test_no_file_is_imported(unit: Units, root: Path) -> None:
    """A module that says so when it runs stays silent."""
    (root / "app").mkdir()
    trap = "open(__file__ + '.ran', 'w')\ndef g(x):\n    return x\n"
    assert unit(calling("g(x)", "from app.trap import g"), {"app/trap.py": trap}).effects == "pure"
    assert not (root / "app/trap.py.ran").exists()
