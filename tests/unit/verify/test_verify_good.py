# ruff: noqa: E501 - a row of a table is one line
"""Honest answers pass, and stay what they are."""

from __future__ import annotations

import pytest
from generated import Generated
from verify_answers import GOOD, Case, code_of, code_of_text, verify

from poetc.source.site import ModuleContext
from poetc.verify import CHECKS


@pytest.mark.parametrize("case", GOOD.values(), ids=GOOD)
def test_honest_answer_passes(case: Case) -> None:
    """Every form is accepted, also where only the text is looked at, and the draft is handed on unchanged."""
    verified = verify(case.draft)
    assert verified.draft is case.draft
    assert verified.checks == CHECKS == ("plan", "parses", "signature", "body", "variables", "safety", "bytes")
    assert code_of_text(case) == ""


def test_every_form_is_among_them() -> None:
    """Direct and guarded functions, wrapped and supplied ones, those that stay as they are, and every kind of rewrite."""
    plans = [case.plan for case in GOOD.values()]
    assert {plan.form for plan in plans} == {"direct", "guarded"}
    assert {plan.operate for plan in plans} == {"relocated", "transformed", "wrapped", "supplied"}
    assert {case.unit.site.kind.value for case in GOOD.values()} >= {
        "sync",
        "generator",
        "coroutine",
        "async generator",
    }
    for field in ("calls", "frames", "returns", "parameters", "result", "budget", "breaker", "steps"):
        assert any(getattr(plan, field) for plan in plans), field
    assert "original" in {Generated(case.code).form for case in GOOD.values()}


BODIES = {
    "nested returns": "def inner():\n    return 1\nclass A:\n    def b(self):\n        return super().b()\nreturn [inner, A]",
    "try": "try:\n    return f(x)\nexcept* ValueError as error:\n    raise\nelse:\n    x = 1\nfinally:\n    del x",
    "match": "match x:\n    case {'a': [*rest], **others} if rest:\n        return others\n    case str() | None as it:\n        return it",
    "strings": "a = '''one\\n  two\\t'''\nb = f'{a!r:>{x}} {f\"{x}\"}'\nreturn b, rb'\\x00', u'k', 1_000, 0x_ff, 1e999, -0.0, 2j",
    "type comment": "a = []  # type: list[int]\nfor x in a:  # type: int\n    pass",
    "import": "import os.path as p\nfrom . import other\nglobal counter\ncounter = p.join(x)\nreturn eval('x', {}), other.__dict__",
    "comprehensions": "return [y for z in x if z for y in z], {k: v for k, v in x}, (lambda *a, k=1: a), {*x}",
    "loops": "while x:\n    x -= 1\n    if x == 2:\n        continue\nelse:\n    return None\nwith x as y, x:\n    assert y, 'm'",
    "docstring": "'''Says much,\nover lines.'''\n# and a comment\nreturn x",
    "walrus": "if (y := x) is not None and y[1:2, ...] @ 3:\n    y.a.b[c] += ~y\nreturn y",
    "form feed": "a = 1\n\x0c\nb = 2  # \x0c\nreturn a",
    "wide characters": "naïve = 'é' * x; größe = naïve\nreturn größe",
    "line continuation": "a = x + \\\n    1; b = (a,\n  2)\nreturn b",
    "direction marks": "return '\u202e' + x",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_body_of_any_statement_passes(body: str) -> None:
    """A body moved as it is passes, whatever Python it is made of, with and without blank lines for its docstring."""
    indented = "\n".join("    " + line if line else line for line in body.split("\n"))
    case = Case(f"@poet()\ndef f(x):\n{indented}\n")
    assert case.plan.operate == "relocated" or "\x0c" in body, case.plan.reason
    verify(case.draft)


NAMES = {
    "the generator's": "@poet()\ndef f(type: int, original) -> int:\n    _out = perceive(type)\n    return _out\n",
    "shadowed builtins": "@poet()\ndef f(x: str):\n    return x\n",
}


@pytest.mark.parametrize("source", NAMES.values(), ids=NAMES)
def test_names_of_the_user_push_the_generators_aside(source: str) -> None:
    """A function that uses `perceive`, `_out`, `type` and `original`, or whose module rebinds builtins, is served."""
    case = Case(source, context=ModuleContext(bound=("issubclass", "type")))
    assert code_of(case.draft) == "" and Generated(case.code).checked
