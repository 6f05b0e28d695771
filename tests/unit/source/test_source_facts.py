"""The room of source facts: each has one home, and is held against Python itself where Python can tell."""

from __future__ import annotations

import ast
import dis
import symtable
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poetc.effects import Names, analyse, hand_over, keep_effects, kept_effects, load_catalogue
from poetc.ir import Kind, SourceFile
from poetc.source.annotations import Scope, contract_of, parsed_text, satisfies
from poetc.source.bindings import bindings, bound_anywhere, own_bindings
from poetc.source.functions import has_private_names, is_stub, kind_of, mangled, sees_its_namespace, stub_constants
from poetc.source.imports import read_imports
from poetc.source.module import Module
from poetc.source.nodes import children, flat, own_nodes, statements

LIBRARY = Path(ast.__file__).parent
SOURCES = [
    LIBRARY / name for name in ("argparse.py", "dataclasses.py", "typing.py", "asyncio/tasks.py", "fileinput.py")
]
MARKS = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)


def function_of(text: str) -> ast.FunctionDef | ast.AsyncFunctionDef:
    """The first function of a text."""
    node = next(
        n for n in ast.walk(ast.parse(textwrap.dedent(text))) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return node


def module_of(text: str) -> Module:
    """A module `app.m` with this text."""
    source = SourceFile(Path("/p/app/m.py"), "app/m.py", "app.m", Path("/p"), "app", text.encode(), text, "utf-8", "\n")
    return Module(source, ast.parse(text))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_children_are_those_of_ast_but_for_marks(path: Path) -> None:
    """The fast walk sees every node that ast's own sees, in its order, without operators and contexts."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        expected = [child for child in ast.iter_child_nodes(node) if not isinstance(child, MARKS)]
        assert children(node) == expected
    assert set(flat(tree)) == {node for node in ast.walk(tree) if not isinstance(node, MARKS)}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_bindings_are_at_least_those_of_the_compiler(path: Path) -> None:
    """Whatever Python's own symbol table calls assigned or imported at a scope's level is bound there."""
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    table = symtable.symtable(text, path.name, "exec")
    bound = bindings(tree.body)
    assert {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()} <= bound.keys()
    functions = {(n.name, n.lineno): n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}
    inner = list(table.get_children())
    for child in inner:  # grows while it is walked
        inner += child.get_children()
        node = functions.get((child.get_name(), child.get_lineno()))
        if isinstance(child, symtable.Function) and node is not None and not node.decorator_list:
            local = {s.get_name() for s in child.get_symbols() if s.is_local()} - {f".{n}" for n in range(9)}
            assert local <= bound_anywhere(node).keys()
            assert {name for name in own_bindings(node) if not name.startswith("__")} <= {
                s.get_name() for s in child.get_symbols() if s.is_local() or s.is_free() or s.is_declared_global()
            }


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("x = [y for y in z]", {"x"}),
        ("if (a := f()): b: int = 1\nc: int", {"a", "b"}),
        ("try:\n  import p.q as r\nexcept E as e:\n  from s import *", {"r", "e", "*"}),
        ("match v:\n  case {'k': k, **rest} | [*star]: pass", {"k", "rest", "star"}),
        ("def f(p=(w := 1)): q = 1", {"f", "w"}),
        ("with a as (b, [c.d, *e]), f as g[0]: h += 1", {"b", "e", "h"}),
        ("class C:\n  x = 1\ndel C", {"C"}),
    ],
)
def test_what_a_block_binds(text: str, bound: set[str]) -> None:
    """Names of the scope itself; of comprehensions at most their variables are too many."""
    assert bound <= set(bindings(ast.parse(text).body)) <= bound | {"y"}


def test_statements_are_those_of_the_scope_in_order() -> None:
    """Blocks are entered, functions and classes aren't, and the order is that of the text."""
    body = ast.parse("if a:\n  b\nelif c:\n  d\nelse:\n  for e in f:\n    g\n  else: h\ndef i():\n  j\nk").body
    lines = [statement.lineno for statement in statements(body)]
    assert lines == sorted(lines) and {7, 9, 11} <= set(lines) and 10 not in lines


KINDS = [
    ("def f(): return 1", Kind.SYNC),
    ("def f(): yield", Kind.GENERATOR),
    ("def f():\n  def g(): yield\n  return g", Kind.SYNC),
    ("def f():\n  def g(x=(yield)): pass", Kind.GENERATOR),
    ("def f(): return lambda: (yield)", Kind.SYNC),
    ("async def f(): await x", Kind.COROUTINE),
    ("async def f():\n  yield 1", Kind.ASYNC_GENERATOR),
    ("async def f(): return [x async for x in y]", Kind.COROUTINE),
]


@pytest.mark.parametrize(("text", "kind"), KINDS)
def test_the_kind_is_the_compilers(text: str, kind: Kind) -> None:
    """A function's kind is what its compiled code says."""
    namespace: dict[str, object] = {}
    exec(compile(text, "m.py", "exec"), namespace)
    flags = dis.COMPILER_FLAG_NAMES
    names = {flags[bit] for bit in flags if namespace["f"].__code__.co_flags & bit}  # type: ignore[attr-defined]
    shown = {"GENERATOR": Kind.GENERATOR, "COROUTINE": Kind.COROUTINE, "ASYNC_GENERATOR": Kind.ASYNC_GENERATOR}
    assert kind_of(function_of(text)) is kind is next((shown[n] for n in names if n in shown), Kind.SYNC)


@given(st.from_regex(r"_{0,3}[a-z]{1,3}_{0,3}", fullmatch=True), st.from_regex(r"_{0,2}[A-Z]?_?", fullmatch=True))
def test_private_names_are_mangled_as_python_does(name: str, owner: str) -> None:
    """The name that the compiler stores is the one that is foretold."""
    owner = owner or "C"
    if name in {"is", "in", "if", "or", "as", "not", "and", "for", "def", "try", "del"}:
        return
    namespace: dict[str, type] = {}
    exec(f"class {owner}:\n  {name} = 1", namespace)
    assert mangled(name, (owner,)) in vars(namespace[owner])
    assert has_private_names(function_of(f"def f(): return {name}")) is (name != mangled(name, ("X",)))


def test_stubs_and_what_they_say() -> None:
    """A stub does nothing; its constants are what it returns by key."""
    assert is_stub(function_of("def f():\n  '''Doc.'''\n  ..."))
    assert is_stub(function_of("def f(): raise NotImplementedError('later')"))
    assert not is_stub(function_of("def f(): return {}"))
    assert stub_constants(function_of("def f(): return {'a': 1, 'b': [2]}")) == {"a": 1, "b": [2]}
    assert stub_constants(function_of("def f(): pass")) == {}
    assert stub_constants(function_of("def f(): return {'a': g()}")) is None
    assert stub_constants(function_of("def f(): raise ValueError")) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def f(): return locals()", "locals"),
        ("def f(): return [locals() for x in y]", "locals"),
        ("def f(): return builtins.eval('1')", "eval"),
        ("def f(): return eval('1', {}, {})", ""),
        ("def f(vars): return vars()", ""),
        ("def f():\n  global dir\n  dir = 1\n  return dir()", "dir"),
        ("def f(): return x.locals()", ""),
        ("def f(): return vars(x)", ""),
    ],
)
def test_calls_that_see_the_names_of_their_frame(text: str, found: str) -> None:
    """The builtins that would see another frame's names if the body were moved; own names are none."""
    assert sees_its_namespace(function_of(text)) == found


CONTRACTS = [
    ("int", "int"),
    ("'int | None'", "int | None"),
    ("t.Optional[List[str]]", "list | None"),
    ("Literal[1, 'a', None]", "int | str | None"),
    ("Annotated[float, Gt(0)]", "float"),
    ("dict[str, Order]", "dict"),
    ("Order", None),
    ("int | Order", None),
    ("str", None),
    ("t.Any", None),
    ("'int |'", None),
    ("Literal[Color.RED]", None),
]


@pytest.mark.parametrize(("annotation", "contract"), CONTRACTS)
def test_contracts_are_read_by_what_names_mean(annotation: str, contract: str | None) -> None:
    """By the module's imports, with `str` rebound there."""
    texts = ["import typing as t", "from typing import List, Literal", "from typing_extensions import Annotated"]
    node = ast.parse(annotation, mode="eval").body
    assert contract_of(node, Scope(read_imports(texts), frozenset({"str"}))) == contract


@pytest.mark.parametrize(
    ("kind", "parts", "fits"),
    [
        ("int", ["float"], True),
        ("bool", ["int"], True),
        ("bool", ["complex"], True),
        ("float", ["int"], False),
        ("bytearray", ["bytes"], True),
        ("NoneType", ["None"], True),
        ("NoneType", ["str"], False),
    ],
)
def test_the_numeric_tower_has_one_home(kind: str, parts: list[str], fits: bool) -> None:
    """PEP 484's promotions, and a bool that is an int."""
    assert satisfies(kind, parts) is fits


def test_an_import_from_two_places_stands_for_neither_but_for_typings_two_homes() -> None:
    """`typing_extensions` gives what `typing` gives."""
    texts = ["import a as x", "import b as x", "from typing import Literal", "from typing_extensions import Literal"]
    assert read_imports([*texts, "from . import y", "no import"]) == {"Literal": "typing.Literal"}


def test_a_quoted_annotation_over_several_lines_is_read() -> None:
    """As Python's own `get_type_hints` reads it; what is no expression is None."""
    assert parsed_text(ast.Constant("\n  int |\n  None\n")) is not None
    assert parsed_text(ast.Constant("int |")) is None
    assert parsed_text(ast.Constant(3)) is None


def test_a_modules_facts() -> None:
    """Star imports clear what was assigned before; a function's `global` makes a name one of several values."""
    module = module_of(
        "A = 1\nfrom m import *\nB = 2\nC = 3\ndef f():\n  global C\n  C = 4\nrequests.get = f\nsetattr(x, n, 1)\n"
    )
    assert [*module.assigned_once] == ["B"] and module.star and module.rebound == {"C"}
    assert module.sets == (frozenset({"requests.get"}), ("x.",))
    assert module_of("from __future__ import annotations\n").future_annotations
    assert module_of("def f():\n  x = 1\n  def g(): return x\n").free[3, "g"] == ("x",)


def test_effects_are_handed_over_to_the_same_function_parsed_anew() -> None:
    """At other lines, with the nodes of the copy; to another function nothing is handed over."""
    text = "def f(url):\n    with open(url) as file:\n        print(file.read())\n    return requests.post(url)\n"
    original, copy, other = function_of("\n\n" + text), function_of(text), function_of("def f(url):\n    return 1\n")
    names = Names(imports={"requests": "requests"})
    keep_effects(original, analyse(original, names, load_catalogue()))
    hand_over(original, copy)
    hand_over(original, other)
    fresh, handed = analyse(copy, names, load_catalogue()), kept_effects(copy)
    assert handed is not None and (handed.effect, handed.lines) == (fresh.effect, fresh.lines)
    assert [(c.node, c.effect, c.name) for c in handed.calls] == [(c.node, c.effect, c.name) for c in fresh.calls]
    assert kept_effects(other) is None
    assert {call.node for call in handed.calls} <= {*own_nodes(copy.body)}
