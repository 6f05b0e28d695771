"""Analysis of any program: it ends, it doesn't fail, and what it calls pure changes nothing."""

from __future__ import annotations

import ast
import contextlib
import copy
import sys
import textwrap
from collections.abc import Mapping
from typing import Any

import pytest
from effects_samples import NAMES, effects, function
from hypothesis import given, settings
from hypothesis import strategies as st

from poetc.effects import Names, analyse, load_catalogue, resolve_calls

CATALOGUE = load_catalogue()
WORST = ("pure", "reads", "idempotent", "writes", "unknown")

NAME = st.sampled_from(["a", "b", "c", "self", "session", "requests", "httpx", "open", "len", "helper", "x"])
ATTRIBUTE = st.sampled_from(["get", "append", "Client", "cursor", "execute", "update", "x", "read", "items"])
LEAF = st.one_of(NAME, st.sampled_from(["1", "'SELECT 1'", "None", "[]", "{}", "...", "b''", "f'{a}'", "True"]))


def wider(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Expressions made of smaller ones, in every form that Python has."""
    some = st.lists(inner, max_size=3).map(", ".join)
    return st.one_of(
        st.tuples(inner, ATTRIBUTE).map("({0[0]}).{0[1]}".format),
        st.tuples(NAME, ATTRIBUTE, some).map("{0[0]}.{0[1]}({0[2]})".format),
        st.tuples(inner, some).map("({0[0]})({0[1]})".format),
        st.tuples(inner, inner).map("({0[0]})(*{0[1]}, k=1, **{0[1]})".format),
        st.tuples(inner, inner).map("({0[0]})[{0[1]}]".format),
        st.tuples(inner, inner).map("({0[0]})[{0[1]}:]".format),
        st.tuples(inner, inner).map("({0[0]} + {0[1]})".format),
        st.tuples(inner, inner).map("({0[0]} / {0[1]} if not {0[0]} else -{0[1]})".format),
        st.tuples(inner, inner).map("({0[0]} or {0[1]} < {0[0]})".format),
        st.tuples(NAME, inner).map("({0[0]} := {0[1]})".format),
        st.tuples(NAME, inner).map("[{0[1]} for {0[0]} in a if {0[0]}]".format),
        st.tuples(NAME, inner).map("{{{0[0]}: {0[1]} for {0[0]}, *b in c}}".format),
        st.tuples(NAME, inner).map("(lambda {0[0]}=1, *p, **q: {0[1]})".format),
        some.map("[{0}]".format),
        inner.map("({0}, *a)".format),
        inner.map("{{**{0}, 'k': {0}}}".format),
        inner.map("await ({0})".format),
        inner.map("(yield {0})".format),
    )


EXPRESSION = st.recursive(LEAF, wider, max_leaves=8)
TARGET = st.one_of(NAME, st.sampled_from(["a.x", "b[0]", "(a, *b)", "[a.y, (b, c)]", "self.http", "self.x[0].y"]))
SIMPLE = st.one_of(
    EXPRESSION,
    st.tuples(TARGET, EXPRESSION).map("{0[0]} = {0[1]}".format),
    st.tuples(NAME, EXPRESSION).map("{0[0]}: httpx.Client = {0[1]}".format),
    st.tuples(st.sampled_from(["a", "a.x", "a[0]"]), EXPRESSION).map("{0[0]} += {0[1]}".format),
    EXPRESSION.map("return {0}".format),
    EXPRESSION.map("raise E({0}) from {0}".format),
    EXPRESSION.map("assert {0}, {0}".format),
    st.sampled_from(["del a, b.x, c[0]", "import httpx as a", "from requests import get as b", "global g; g = 1"]),
)


def blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Statements with statements inside."""
    body = st.lists(inner, min_size=1, max_size=3).map("\n".join).map(lambda text: textwrap.indent(text, "  "))
    return st.one_of(
        st.tuples(EXPRESSION, body, body).map("if {0[0]}:\n{0[1]}\nelse:\n{0[2]}".format),
        st.tuples(TARGET, EXPRESSION, body).map("for {0[0]} in {0[1]}:\n{0[2]}".format),
        st.tuples(TARGET, EXPRESSION, body).map("async for {0[0]} in {0[1]}:\n{0[2]}".format),
        st.tuples(EXPRESSION, TARGET, body).map("with {0[0]} as {0[1]}:\n{0[2]}".format),
        st.tuples(EXPRESSION, TARGET, body).map("async with {0[0]} as {0[1]}:\n{0[2]}".format),
        st.tuples(EXPRESSION, body).map("while {0[0]}:\n{0[1]}".format),
        st.tuples(body, body).map("try:\n{0[0]}\nexcept E as a:\n{0[1]}\nfinally:\n  pass".format),
        st.tuples(NAME, EXPRESSION, body).map("@a\ndef {0[0]}(p: 'httpx.Client' = {0[1]}, *a, **b):\n{0[2]}".format),
        st.tuples(EXPRESSION, body).map("class C({0[0]}):\n{0[1]}".format),
        st.tuples(EXPRESSION, body).map("match {0[0]}:\n case [a, *b]:\n{0[1]}\n case {{'k': c, **x}}: pass".format),
    )


PROGRAM = st.lists(st.recursive(SIMPLE, blocks, max_leaves=6), min_size=1, max_size=5).map("\n".join)


def parsed(program: str) -> ast.AsyncFunctionDef:
    """The program as the body of a coroutine."""
    text = "async def f(self, a: 'httpx.Client', b=1, *c):\n" + textwrap.indent(program, "  ")
    node = ast.parse(text).body[0]
    assert isinstance(node, ast.AsyncFunctionDef)
    return node


@given(PROGRAM)
@settings(max_examples=300, deadline=None)
def test_any_program_is_analysed(program: str) -> None:
    """Whatever Python can parse: an answer in the right words, complete, and the same twice."""
    node = parsed(program)
    found = analyse(node, NAMES, CATALOGUE)
    assert found.effect in WORST
    own = resolve_calls(node, NAMES, CATALOGUE)
    assert [(c.node, c.effect, c.why) for c in own] == [(c.node, c.effect, c.why) for c in found.calls]
    assert {id(c.node) for c in own} <= {id(n) for n in ast.walk(node) if isinstance(n, ast.Call)}
    assert found.lines == analyse(node, NAMES, CATALOGUE).lines
    assert all(line.why and line.line and line.effect != "pure" for line in found.lines)


# ---- what is said to be pure, run

VARIABLE = st.sampled_from(["p", "m", "m", "n", "n", "o"])
PATH = st.sampled_from(["", "[0]", "[0][0]"])
VALUE = st.one_of(
    VARIABLE,
    st.tuples(VARIABLE, PATH).map("".join),
    st.sampled_from(["[]", "[[]]", "[[[]]]", "[p]", "[m, n]", "[[m]]", "[*m]", "list(p)", "list(m)", "p[:]", "m[:]"]),
    st.sampled_from(["[r for r in p]", "[list(r) for r in p]", "m + n", "p + m", "m or p", "m if n else p"]),
    st.sampled_from(["copy.copy(m)", "copy.deepcopy(p)", "[{} for r in p]", "(o := m)", "(o := p)", "o", "sorted(p)"]),
)
STEP = st.one_of(
    st.tuples(VARIABLE, VALUE).map("{0[0]} = {0[1]}".format),
    st.tuples(VARIABLE, PATH, VALUE).map("{0[0]}{0[1]}.append({0[2]})".format),
    st.tuples(VARIABLE, PATH, VALUE).map("{0[0]}{0[1]}[0] = {0[2]}".format),
    st.tuples(VARIABLE, PATH, VALUE).map("{0[0]}{0[1]}.insert(0, {0[2]})".format),
    st.tuples(VARIABLE, PATH, VALUE).map("{0[0]}{0[1]}.extend({0[2]})".format),
    st.tuples(VARIABLE, PATH).map("{0[0]}{0[1]}.clear()".format),
    st.tuples(VARIABLE, PATH).map("del {0[0]}{0[1]}[0]".format),
    st.tuples(VARIABLE, VALUE).map("{0[0]} += {0[1]}".format),
    st.tuples(VARIABLE, VARIABLE, VALUE).map("({0[0]}, *{0[1]}) = {0[2]}".format),
    st.tuples(VARIABLE, VARIABLE, PATH).map("{0[0]} = {0[1]}{0[2]}.pop(0)".format),
)
LINE = st.one_of(
    STEP,
    st.tuples(VARIABLE, STEP).map("if {0[0]}:\n  {0[1]}".format),
    st.tuples(VARIABLE, VALUE, STEP).map("for {0[0]} in list({0[1]})[:3]:\n  {0[2]}".format),
    STEP.map("def inner(m=m):\n  n = m\n  {0}\ninner()".format),
    STEP.map("def inner():\n  nonlocal m, n, o\n  {0}\ninner()".format),
    STEP.map("try:\n  {0}\nexcept IndexError:\n  pass".format),
)
ARGUMENT = [[[[]], []], [[1], [[2]]]]


@given(st.lists(LINE, min_size=2, max_size=8))
@settings(max_examples=1500, deadline=None)
def test_what_is_called_pure_changes_no_argument(lines: list[str]) -> None:
    """Programs that move lists about: if no line is said to write, the arguments are what they were before."""
    body = textwrap.indent("m = [[[]]]\nn = []\no = []\n" + "\n".join(lines), "  ")
    source = f"def f(p):\n{body}"
    try:
        compile(source, "f", "exec")
    except SyntaxError:
        return  # a name that is both `nonlocal` and bound
    if effects(source, Names(imports={"copy": "copy"})).effect != "pure":
        return
    space = {"copy": copy}
    exec(source, space)
    given_ = copy.deepcopy(ARGUMENT)
    with contextlib.suppress(Exception):  # up to there, too, nothing may have changed
        space["f"](given_)  # type: ignore[operator]
    assert given_ == ARGUMENT, source


# ---- sizes


def deep(expression: str, times: int) -> str:
    """An expression that grows to the right, which Python parses however long it is."""
    return "x" + expression * times


@pytest.mark.parametrize(
    "source",
    [
        deep(".a", 900),
        deep(".get(1)", 900),
        deep("[0]", 900),
        deep(" + 1", 900),
        "x = " + "(" * 80 + "f()" + ")" * 80,
        "".join(f"{'  ' * n}if x:\n" for n in range(90)) + "  " * 90 + "f()",
        "".join(f"{' ' * n}def g{n}():\n" for n in range(90)) + " " * 90 + "f()",
        "\n".join(f"x{n} = x{n + 1}" for n in range(2000)),
        "\n".join(f"if a: x{n} = x{(n * 7 + 1) % 300}" for n in range(300)),
        "\n".join("x = x.f(x)" for _ in range(1000)),
        "if a:\n" + "\n".join(f"  x = [x, y{n}]" for n in range(1000)),
        "f(" + "'SELECT ' + " * 900 + "x)",
        "c = sqlite3.connect(p)\nc.execute(" + "'SELECT ' + " * 900 + "x)",
    ],
    ids=[
        "attributes",
        "calls",
        "items",
        "sum",
        "brackets",
        "ifs",
        "functions",
        "chain",
        "circle",
        "steps",
        "list",
        "text",
        "sql",
    ],
)
def test_long_and_deep_programs_end(source: str) -> None:
    """Nothing recurses as deep as the source is nested, and nothing takes time beyond measure."""
    before = sys.getrecursionlimit()
    found = effects(source)
    assert found.effect in WORST
    assert sys.getrecursionlimit() == before


def test_an_endless_annotation_is_passed_over() -> None:
    """Quoted annotations that quote again, or are longer than any, name nothing."""
    assert effects(f"def f(a: {'Optional[' * 40}str{']' * 40}): a.strip()").effect == "unknown"
    assert effects(f"def f(a: '{'x' * 2000}'): a.strip()").effect == "unknown"
    nested = "str"
    for _ in range(4):
        nested = repr(nested)
    assert effects(f"def f(a: {nested}): a.strip()").effect == "pure"


def test_trees_without_places_are_analysed() -> None:
    """A tree that was built, not parsed, has no line numbers; `fix_missing_locations` is all it needs."""
    node = function("def f(a): a = 1\n")
    node.body.append(ast.Expr(ast.Call(ast.Name("print", ast.Load()), [], [])))
    assert analyse(ast.fix_missing_locations(node), NAMES, CATALOGUE).effect == "idempotent"


# ---- what is said to be repeatable, run twice

KEY = st.sampled_from(["'a'", "'b'", "x", "y"])
GIVEN = st.one_of(
    st.sampled_from(["1", "2", "x", "y", "x + 1", "y + x", "r.get('a')", "r.get('b') + 1", "len(out)"]),
    st.sampled_from(["[x for x in (r.get('a'),)][0]", "(lambda: r.get('b'))()", "r.exists('a')"]),
)
ACT = st.one_of(
    st.tuples(st.sampled_from(["x", "y"]), GIVEN).map("{0[0]} = {0[1]}".format),
    st.tuples(st.sampled_from(["x", "y"]), GIVEN).map("{0[0]} += {0[1]}".format),
    st.tuples(KEY, GIVEN).map("r.set({0[0]}, {0[1]})".format),
    st.tuples(KEY, GIVEN).map("r.set({0[0]}, {0[1]})".format),
    KEY.map("r.delete({0})".format),
    st.tuples(KEY, GIVEN).map("r.incrby({0[0]}, {0[1]})".format),
    GIVEN.map("out.append({0})".format),
    GIVEN.map("given.append({0})".format),
    st.just("x = out.pop() if out else 0"),
)
CHOICE = st.one_of(
    ACT,
    st.tuples(GIVEN, ACT, ACT).map("if ({0[0]}) % 2:\n  {0[1]}\nelse:\n  {0[2]}".format),
    st.tuples(GIVEN, ACT).map("if ({0[0]}) > 2:\n  {0[1]}\n  return x".format),
    st.tuples(GIVEN, ACT).map("for _ in range(({0[0]}) % 3):\n  {0[1]}".format),
    st.tuples(GIVEN, ACT).map("n = 0\nwhile n < ({0[0]}) % 3:\n  n += 1\n  {0[1]}".format),
    ACT.map("def g():\n  nonlocal x, y\n  {0}\ng()".format),
)


class Store:
    """As much of a Redis as the programs use, with integers in it."""

    def __init__(self, held: Mapping[Any, int]) -> None:
        self.held: dict[Any, int] = dict(held)

    def get(self, key: object) -> int:
        return self.held.get(key, 0)

    def exists(self, key: object) -> int:
        return int(key in self.held)

    def set(self, key: object, value: int) -> None:
        self.held[key] = value

    def delete(self, key: object) -> None:
        self.held.pop(key, None)

    def incrby(self, key: object, by: int) -> None:
        self.held[key] = self.held.get(key, 0) + by


@given(st.lists(CHOICE, min_size=1, max_size=6))
@settings(max_examples=1500, deadline=None)
def test_what_is_called_repeatable_leaves_the_same_when_it_is_repeated(lines: list[str]) -> None:
    """Programs that read and write a store: twice is as good as once, in the store and in the argument."""
    body = textwrap.indent("x = 1\ny = 2\nout = []\n" + "\n".join(lines) + "\nreturn out", "  ")
    source = f"def f(r: redis.Redis, given):\n{body}"
    node = ast.parse(source).body[0]
    assert isinstance(node, ast.FunctionDef)
    found = analyse(node, Names(imports={"redis": "redis"}), CATALOGUE)
    if found.effect not in ("pure", "reads", "idempotent"):
        return
    node.args.args[0].annotation = None
    space: dict[str, Any] = {}
    exec(compile(ast.fix_missing_locations(ast.Module([node], [])), "f", "exec"), space)
    for start in ({}, {"a": 1}, {"a": 2, "b": 3}, {"a": 5, "b": 1, 1: 4, 2: 7}):
        once, first = Store(start), [0]
        twice, second = Store(start), [0]
        space["f"](once, first)
        space["f"](twice, second)
        space["f"](twice, second)
        assert (once.held, first) == (twice.held, second), source
