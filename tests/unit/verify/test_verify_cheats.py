"""Cheats in what callers get: other statements, other expressions and other arguments, at every place of every form."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from generated import Generated
from protected_answers import protected
from tampers import above, span, spliced
from verify_answers import ASYNC_GUARDED, GUARDED, GUARDED_GENERATOR, MANGLED, SUPPLIED, WRAPPED

from poetc.errors import VerifyError
from poetc.ir import Draft
from poetc.source.site import PythonUnit
from poetc.verify import check_files, check_text, read_module

FORMS = {
    "guarded": GUARDED,
    "wrapped": WRAPPED,
    "supplied": SUPPLIED,
    "coroutine": ASYNC_GUARDED,
    "generator": GUARDED_GENERATOR,
    "in a class": MANGLED,
}
DRAFTS: dict[str, Draft] = {name: case.draft for name, case in FORMS.items()} | protected()

QUIET = ["pass", "raise", "return", "return None", "result = None", "result = original", "'text'", "1", "if rt: pass"]
"""what names nothing from outside: shown by the comparison alone, or by the form that it has"""
LOUD = [
    *("import os", "from os import path", "print(1)", "exec('1')"),
    *("exfiltrate(1)", "SECRET", "x = eval('1')", "assert SECRET"),
    *("global SECRET", "del rt", "while rt: pass"),
    *("for x in (): pass", "with SECRET: pass", "class A: pass", "f'{1}'"),
    *("rt.x = 1", "x = rt.__dict__", "x = lambda: 1"),
    *("x = [y for y in ()]", "x = (y := 1)", "x = 1 + 1", "x = (1,)[0]"),
    *("match rt:\n  case 1: pass", "raise SECRET", "x: int = 1"),
    *("rt += 1", "async def f(): await rt", "original()", "original.x"),
]  # fmt: skip
"""what does more than generated code does, wherever it stands"""
EXPRESSIONS = [
    *("SECRET", "exfiltrate(1)", "print(1)", "(lambda: 1)"),
    *("(x := 1)", "[y for y in ()]", "f'{1}'", "(1,)[0]", "(1 + 1)"),
    *("rt.__dict__", "rt._x", "original()", "original.__globals__"),
    *("open", "isinstance(rt, type)", "(yield 1)", "__import__('os')"),
]  # fmt: skip


def statements(code: str) -> Iterator[ast.stmt]:
    """The statements of `bind` that the generator writes, also inside of the function that callers get."""
    found = Generated(code)
    inside = {id(n) for n in ast.walk(found.functions[0])} if found.functions[0] is not found.public else set()
    for node in ast.walk(found.bind):
        if isinstance(node, ast.stmt) and node is not found.bind and id(node) not in inside:
            yield node


def expressions(code: str) -> list[ast.expr]:
    """The expressions of the function that callers get."""
    found = [n for n in ast.walk(Generated(code).public) if isinstance(n, ast.expr)]
    return [n for n in found if not isinstance(getattr(n, "ctx", None), ast.Store)]


def is_other(draft: Draft, code: str) -> bool:
    """Whether a text isn't the one that the client writes."""
    assert isinstance(draft.unit, PythonUnit)
    try:
        check_files(draft.unit, {"enhanced.py": code}, draft.files)
    except VerifyError as error:
        return error.diagnostic.code == "POET408"
    return False


def reading(draft: Draft, code: str) -> str:
    """The code with which a text is refused by who reads it alone; "" if it isn't."""
    assert isinstance(draft.unit, PythonUnit)
    try:
        check_text(read_module(draft.unit, draft.plan, code))
    except VerifyError as error:
        return error.diagnostic.code
    return ""


@pytest.mark.parametrize("name", DRAFTS)
def test_no_statement_can_be_put_in(name: str) -> None:
    """Above each statement; those that do more than generated code does are seen without the comparison."""
    draft, believed = DRAFTS[name], []
    places = list(statements(draft.code))
    assert len(places) > 3
    for at, node in enumerate(places):
        for statement in (*QUIET, *LOUD):
            code = above(draft.code, node, statement)
            assert is_other(draft, code)
            if statement in LOUD and at % 3 == 0 and not reading(draft, code):
                believed.append((statement, ast.unparse(node)))
    assert not believed


@pytest.mark.parametrize("name", DRAFTS)
def test_no_statement_can_be_left_out_or_doubled(name: str) -> None:
    """Each is needed once, where it stands."""
    draft = DRAFTS[name]
    for node in statements(draft.code):
        start, end = span(draft.code, node)
        text = draft.code[start:end]
        assert is_other(draft, draft.code[:start] + "pass" + draft.code[end:])
        assert is_other(draft, draft.code[:start] + text + "\n" + " " * node.col_offset + text + draft.code[end:])


@pytest.mark.parametrize("name", DRAFTS)
def test_no_expression_can_be_another(name: str) -> None:
    """In the place of each: what names, calls or computes more is seen without the comparison."""
    draft, believed = DRAFTS[name], []
    for at, node in enumerate(expressions(draft.code)):
        for other in EXPRESSIONS:
            code = spliced(draft.code, node, other)
            assert is_other(draft, code)
            if at % 3 == 0 and not reading(draft, code):
                believed.append((other, ast.unparse(node)))
    assert not believed


@pytest.mark.parametrize("name", DRAFTS)
def test_no_name_can_be_exchanged_for_another_of_the_same_text(name: str) -> None:
    """Arguments crossed, results dropped, other objects called: each name is the only one that can stand there."""
    draft = DRAFTS[name]
    names = [n for n in ast.walk(Generated(draft.code).public) if isinstance(n, ast.Name)]
    words = sorted({n.id for n in names})
    for node in names:
        assert all(is_other(draft, spliced(draft.code, node, other)) for other in words if other != node.id)


@pytest.mark.parametrize("name", DRAFTS)
def test_no_argument_can_be_left_out_doubled_or_crossed(name: str) -> None:
    """In every call of `bind` that the generator writes."""
    draft = DRAFTS[name]
    found = Generated(draft.code)
    calls = [n for n in ast.walk(found.bind) if isinstance(n, ast.Call) and (n.args or n.keywords)]
    assert calls
    for call in calls:
        function = ast.unparse(call.func)
        given = [*map(ast.unparse, call.args), *(f"{k.arg}={ast.unparse(k.value)}" for k in call.keywords)]
        for at in range(len(given)):
            for changed in (
                given[:at] + given[at + 1 :],
                [*given[:at], given[at], *given[at:]],
                [*given[at:], *given[:at]],
            ):
                code = spliced(draft.code, call, f"{function}({', '.join(changed)})")
                assert changed == given or is_other(draft, code)
