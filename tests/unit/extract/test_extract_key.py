"""Hash and key change exactly when the answer would."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poetc.config import Options
from poetc.extract import UnitError, extract_unit
from poetc.extract.unit import CONTRACT, LARGEST
from poetc.ir import Policy
from poetc.scan import decode_source, find_sites
from poetc.source.site import ModuleContext
from poetc.wire import LIMITS, ResponseMetadata

Extract = Callable[..., Any]
IMPORT = "from poetc import poet\n"
PLAIN = IMPORT + "import os\n@poet()\ndef f(x):\n    return os.path.join(x)\n"

SURROUNDINGS = {
    "imports": (
        "import a\nimport b.c\nfrom d import e as g, h\n",
        "a, b.c, g",
        ("import a", "import b.c", "from d import e as g"),
    ),
    "each of one package": ("import a.b\nimport a.c\n", "a.b.x", ("import a.b", "import a.c")),
    "renamed": ("import a.b as n, c as c\n", "n, c", ("import a.b as n", "import c as c")),
    "once": ("import a\nimport a\n", "a", ("import a",)),
    "in branches": ("try:\n  import a\nexcept E:\n  import b as a\n", "a", ("import a", "import b as a")),
    "unused": ("import a\nfrom b import c\n", "d", ()),
    "of another function": ("def g():\n  import a\n", "a", ()),
    "used in an inner function": ("import a\n", "lambda: [a for _ in b]", ("import a",)),
    "marker": ("import poetc\nfrom poetc import feedback\nimport app._poet.x\n", "poetc, feedback, app, poet", ()),
    "relative": (
        "from . import a\nfrom .b import c\nfrom .. import d\n",
        "a, c, d",
        ("from pkg import a", "from pkg.b import c", "from .. import d"),
    ),
}


@pytest.mark.parametrize(("module", "used", "imports"), SURROUNDINGS.values(), ids=SURROUNDINGS.keys())
def test_imports(extract: Extract, module: str, used: str, imports: tuple[str, ...]) -> None:
    """Only those that bind a name of the function's text, each for itself, absolute, in source order."""
    extract(IMPORT + "@poet()\ndef z(): ...", "pkg/__init__.py")
    unit, _ = extract(f"{IMPORT}{module}@poet()\ndef f():\n    return {used}\n", "pkg/m.py")
    assert unit.context.imports == imports


def test_names_in_decorators_defaults_and_annotations_count(extract: Extract) -> None:
    """Quoted annotations too."""
    text = "import a, b, c, d, e, g\n@a.x\n@poet()\ndef f(x: b.T = c.v, *y: 'list[d.T]') -> 'e.T':\n    z: 'g.T'\n"
    unit, _ = extract(IMPORT + text)
    assert unit.context.imports == tuple(f"import {n}" for n in "abcdeg")


@pytest.mark.parametrize(
    ("module", "bound"),
    [
        ("", ()),
        ("x = 1\n", ()),
        ("type = list = 1\n", ("list", "type")),
        ("(id, [len, *map]) = x\n", ("id", "len", "map")),
        ("import os as open\nfrom x import input\n", ("input", "open")),
        ("def sum(): ...\nclass set: ...\nasync def iter(): ...\n", ("iter", "set", "sum")),
        ("for id in x: ...\nwith a as (min, max): ...\n", ("id", "max", "min")),
        ("if (any := 1): ...\n[all := y for y in x]\n", ("all", "any")),
        ("try: ...\nexcept E as type: ...\n", ("type",)),
        ("match a:\n  case {'k': id, **dict}: ...\n  case [*list] as str: ...\n", ("dict", "id", "list", "str")),
        ("def g():\n  global print\n", ("print",)),
        ("if a:\n  while b:\n    hash = 1\n", ("hash",)),
        ("def g():\n  id = 1\nclass C:\n  type = 2\nx = lambda len: len\n[map for map in y]\n", ("map",)),
        ("exit = help = copyright = __doc__ = _ = 1\n", ()),
        ("id: int\nlen += 1\ndel sum\n", ("len", "sum")),
    ],
)
def test_hidden_builtins(extract: Extract, module: str, bound: tuple[str, ...]) -> None:
    """Every way to bind a name at the top of a module; one too many costs an alias, one too few is wrong."""
    unit, _ = extract(f"{IMPORT}{module}@poet()\ndef f(): ...\n")
    assert unit.context.bound == bound


@pytest.mark.parametrize(
    ("module", "star", "future"),
    [
        ("", False, False),
        ("from __future__ import annotations\n", False, True),
        ("from __future__ import division, annotations as a\n", False, True),
        ("from __future__ import division\n", False, False),
        ("from x import *\n", True, False),
        ("try:\n  from . import *\nexcept E: ...\n", True, False),
        ("from poetc import *\n", False, False),
        ("from app._poet.m import *\n", False, False),
    ],
)
def test_star_and_future(extract: Extract, module: str, star: bool, future: bool) -> None:
    """The marker's own star hides no builtin."""
    unit, _ = extract(f"{module}{IMPORT}@poet()\ndef f(): ...\n")
    assert (unit.context.star_import, unit.context.future_annotations) == (star, future)


def test_dependencies_are_other_distributions(extract: Extract) -> None:
    """Neither the standard library nor the project itself."""
    text = "import os, requests.adapters\nfrom numpy import x as y\nfrom .near import z\n"
    extract(IMPORT + "@poet()\ndef z(): ...", "app/__init__.py")
    unit, _ = extract(f"{IMPORT}{text}@poet()\ndef f(): return os, requests, y, z\n", "app/m.py")
    assert unit.dependencies == ("numpy", "requests")


def test_the_hash_is_that_of_the_functions_lines(extract: Extract) -> None:
    """The link computes the same one at import."""
    unit, _ = extract(PLAIN + "# after\n")
    assert unit.source_hash == sha256(b"@poet()\ndef f(x):\n    return os.path.join(x)\n").hexdigest()


SAME = {
    "CRLF": PLAIN.replace("\n", "\r\n").encode(),
    "CR": PLAIN.replace("\n", "\r").encode(),
    "byte-order mark": PLAIN.encode("utf-8-sig"),
    "encoding": b"# coding: latin-1\n" + PLAIN.encode("latin-1"),
    "moved": "\n\nx = 1\n" + PLAIN,
    "linked": PLAIN.replace("from poetc import", "from _poet.app import"),
    "other import": PLAIN.replace("import os\n", "import os\nimport sys\n"),
    "other spelling of an import": PLAIN.replace("import os\n", "import sys, os\n"),
    "function above": PLAIN.replace("@poet()", "@poet(retries=1)\ndef g(): ...\n@poet()"),
    "function below": PLAIN + "def g():\n    return 1\n",
}

OTHER = {
    "body": PLAIN.replace("(x)\n", "(x, x)\n"),
    "comment": PLAIN.replace("def f(x):", "def f(x):  # why"),
    "decorator": PLAIN.replace("@poet()", "@poet(retries=1)"),
    "its import": PLAIN.replace("import os\n", "import posix as os\n"),
    "hidden builtin": PLAIN + "type = 1\n",
    "star": "from x import *\n" + PLAIN,
    "future": "from __future__ import annotations\n" + PLAIN,
    "in a class": PLAIN.replace("@poet()\ndef f(x):\n    return", "class C:\n @poet()\n def f(x):\n    return"),
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME.keys())
def test_the_key_stays(extract: Extract, text: str | bytes) -> None:
    """Nothing that leaves the answer as it is asks again."""
    unit, _ = extract(PLAIN)
    same, _ = extract(text)
    assert (same.source_hash, same.key) == (unit.source_hash, unit.key)


@pytest.mark.parametrize("text", OTHER.values(), ids=OTHER.keys())
def test_the_key_changes(extract: Extract, text: str) -> None:
    """What may change the answer asks again."""
    assert extract(text)[0].key != extract(PLAIN)[0].key


@pytest.mark.parametrize(
    "change",
    [
        {"domain": "ml_monitoring"},
        {"optimize_for": "cost"},
        {"retries": 1},
        {"timeout": 1.0},
        {"perceive": "off"},
        {"enforce": "off"},
        {"depth": "deep"},
    ],
)
def test_the_key_follows_the_policy(root: Path, extract: Extract, change: dict[str, Any]) -> None:
    """Each setting that is asked for counts."""
    assert extract(PLAIN, options=replace(Options(root=root), **change))[0].key != extract(PLAIN)[0].key


def test_what_a_link_does_when_stale_makes_no_new_version(root: Path, extract: Extract) -> None:
    """`stale` is the link table's business: the generated code is the same."""
    assert extract(PLAIN, options=replace(Options(root=root), stale="error"))[0].key == extract(PLAIN)[0].key


def test_the_key_is_the_same_in_another_checkout(extract: Extract, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No path of this machine is in it; the module's name is."""
    elsewhere = tmp_path_factory.mktemp("elsewhere").resolve()
    assert extract(PLAIN)[0].key == extract(PLAIN, options=Options(root=elsewhere))[0].key
    assert extract(PLAIN)[0].key != extract(PLAIN, "other.py")[0].key


def test_every_field_that_is_asked_counts_for_the_key() -> None:
    """A field that is added to policy or surroundings gets into the key by itself; this names those there are."""
    assert set(Policy.__dataclass_fields__) == {
        "domain", "optimize_for", "retries", "timeout", "perceive", "enforce", "depth", "own_thread", "engine",
        "breaker", "bulkhead", "rate_limit", "fallback", "hedge", "events",
    }  # fmt: skip
    assert set(ModuleContext.__dataclass_fields__) == {
        "imports", "bound", "star_import", "future_annotations", "things", "constants", "project_effects", "calls",
        "defaults", "free", "outer",
    }  # fmt: skip


def test_the_contract_is_the_wires() -> None:
    """Its version and its limits are written twice, since the wire's models cost an import."""
    assert ResponseMetadata.model_fields["version"].default == CONTRACT
    assert LIMITS.function_bytes == LARGEST


def test_a_function_that_is_too_large(extract: Extract) -> None:
    """What the contract can't carry is said before it is sent."""
    with pytest.raises(UnitError) as caught:
        extract(f"{IMPORT}@poet()\ndef f():\n    return '{'x' * LARGEST}'\n")
    assert caught.value.diagnostic.code == "POET106"


def test_a_name_that_no_folder_can_have(extract: Extract) -> None:
    """A qualified name becomes a folder's name."""
    with pytest.raises(UnitError) as caught:
        extract(f"{IMPORT}@poet()\ndef f{'é' * 120}(): ...\n")
    assert caught.value.diagnostic.code == "POET213"


BODIES = [
    "return 1",
    "yield x",
    "x = '''\n  text é\n'''\n    return x",
    "# note\n    return [x for x in y]",
    "pass; pass",
]
FILLERS = [
    "",
    "\n",
    "# comment @poet()\n",
    "x = 1\n",
    'y = """\n@poet()\ndef no(): ...\n"""\n',
    "def plain():\n    return 1\n",
]
functions = st.tuples(
    st.sampled_from(["", "async "]), st.sampled_from(BODIES), st.sampled_from(["poet()", "poet", "poet(retries=2)"])
)


def laid_out(parts: list[tuple[tuple[str, str, str], bool]], fillers: list[str]) -> str:
    text = IMPORT
    for number, ((kind, body, marker), in_class) in enumerate(parts):
        function = f"@{marker}\n{kind}def f{number}(x=1, y=()):\n    {body}\n"
        if in_class:
            function = f"class C{number}:\n" + textwrap.indent(function, "  ", lambda line: line[0] in "@da ")
        text += fillers[number % len(fillers)] + function
    return text + fillers[-1]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(functions, st.booleans()), min_size=1, max_size=6),
    st.lists(st.sampled_from(FILLERS), min_size=1, max_size=6),
    st.lists(st.sampled_from(FILLERS), min_size=1, max_size=6),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig"]),
)
def test_edits_elsewhere_leave_text_hash_and_key(
    root: Path,
    parts: list[tuple[tuple[str, str, str], bool]],
    before: list[str],
    after: list[str],
    newline: str,
    encoding: str,
) -> None:
    """Whatever changes around the functions, and however the file is written, each is the same unit."""
    options = Options(root=root)

    def units(text: str, newline: str = "\n", encoding: str = "utf-8") -> list[tuple[str, str, str, str]]:
        source = decode_source(root / "app.py", text.replace("\n", newline).encode(encoding), options)
        sites, said = find_sites(source, options.decorators)
        assert said == []
        found = [extract_unit(site, options, {})[0] for site in sites]
        return [(u.name, u.site.text, u.source_hash, u.key) for u in found]

    first = units(laid_out(parts, before))
    assert len(first) == len(parts)
    assert units(laid_out(parts, after), newline, encoding) == first
    for name, text, _, _ in first:
        assert text.lstrip().startswith("@poet")
        assert name.rpartition(".")[2] in text
        assert text.endswith("\n")


@pytest.mark.parametrize(
    ("module", "function", "types"),
    [
        ("BASE = 'x'\nN = -1\n", "def f(a=BASE, *, n=N, m=2): ...", (("BASE", "str"), ("N", "int"))),
        ("BASE: Final = 1.5\n", "def f(a=BASE): ...", (("BASE", "float"),)),
        ("BASE = 'x'\nBASE = 1\n", "def f(a=BASE): ...", ()),
        ("BASE = make()\n", "def f(a=BASE): ...", ()),
        ("BASE = 'x'\ndef g():\n    global BASE\n    BASE = 1\n", "def f(a=BASE): ...", ()),
        ("BASE = 'x'\nfrom os import *\n", "def f(a=BASE): ...", ()),
        ("BASE = 'x'\nOTHER = 1\n", "def f(a): return OTHER", ()),
        ("", "def f(a=BASE): ...", ()),
    ],
)
def test_constants_as_defaults_have_the_types_of_their_literals(
    extract: Extract, module: str, function: str, types: tuple[tuple[str, str], ...]
) -> None:
    """`base: str = BASE` is as plain as `base: str = "x"`; what may be bound twice isn't judged."""
    unit, _ = extract(f"{IMPORT}{module}@poet()\n{function}\n")
    assert unit.context.defaults == types


def test_a_default_of_the_class_around_is_no_constant_of_the_module(extract: Extract) -> None:
    """The class binds the name before the function's default is evaluated."""
    unit, _ = extract(f"{IMPORT}N = 1\nclass A:\n    N = 'x'\n    @poet()\n    def f(self, n=N): ...\n")
    assert unit.context.defaults == ()
