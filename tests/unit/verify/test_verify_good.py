# ruff: noqa: E501 - a row of a table is one line
"""Honest answers pass, and stay what they are."""

from __future__ import annotations

import pytest
from verify_answers import DIRECT, GOOD, Case
from verify_drafts import draft_of, unit_of

from poetc.source.site import ModuleContext
from poetc.verify import CHECKS, verify


@pytest.mark.parametrize("case", GOOD.values(), ids=GOOD)
def test_honest_answer_passes(case: Case) -> None:
    """Every form of the contract is accepted, and the draft is handed on unchanged."""
    draft = case.draft()
    verified = verify(draft)
    assert verified.draft is draft
    assert verified.checks == CHECKS == ("parses", "shape", "signature", "body", "imports", "safety", "claims")


BODIES = {
    "nested returns": "def inner():\n    return 1\nclass A:\n    def b(self):\n        return super().b()\nreturn [inner, A]",
    "try": "try:\n    return f(x)\nexcept* ValueError as error:\n    raise\nelse:\n    x = 1\nfinally:\n    del x",
    "match": "match x:\n    case {'a': [*rest], **others} if rest:\n        return others\n    case str() | None as it:\n        return it",
    "strings": "a = '''one\n  two\\t'''\nb = f'{a!r:>{x}} {f\"{x}\"}'\nreturn b, rb'\\x00', u'k', 1_000, 0x_ff, 1e999, -0.0, 2j",
    "type comment": "a = []  # type: list[int]\nfor x in a:  # type: int\n    pass",
    "import": "import os.path as p\nfrom . import other\nglobal counter\ncounter = p.join(x)\nreturn eval('x', {}), other.__dict__",
    "comprehensions": "return [y for z in x if z for y in z], {k: v for k, v in x}, (lambda *a, k=1: a), {*x}",
    "loops": "while x:\n    x -= 1\n    if x == 2:\n        continue\nelse:\n    return None\nwith x as y, x:\n    assert y, 'm'",
    "docstring": "'''Says much,\nover lines.'''\n# and a comment\nreturn x",
    "walrus": "if (y := x) is not None and y[1:2, ...] @ 3:\n    y.a.b[c] += ~y\nreturn y",
    "form feed": "a = 1\n\x0c\nb = 2  # \x0c\nreturn a",
    "wide characters": "naïve = 'é' * x; größe = naïve\nreturn größe",
    "line continuation": "a = x + \\\n    1; b = (a,\n  2)\nreturn b",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_body_of_any_statement_passes(body: str) -> None:
    """A body moved as it is passes, whatever Python it is made of, with and without blank lines for its docstring."""
    indented = "\n".join("    " + line if line else line for line in body.split("\n"))
    source = f"@poet()\ndef f(x):\n{indented}\n"
    code = DIRECT.code[: DIRECT.code.index("def bind")]
    code += f"def bind(original):\n  def operate(x):\n\n{indented}\n\n  return rt.relocate(operate, original)\n"
    verify(draft_of(unit_of(source), code))


def test_names_of_the_user_push_the_generators_aside() -> None:
    """A function that uses `perceive`, `_out`, `type` and `original` itself is served with other names."""
    source = "@poet()\ndef f(type: int, original) -> int:\n    _out = perceive(type)\n    return _out\n"
    code = DIRECT.code[: DIRECT.code.index("def bind")] + (
        "def bind(original_):\n"
        "  type_ = type\n"
        '  perceive_ = rt.Perceive(original_, type="int")\n'
        '  enforce = rt.Enforce(original_, "int")\n\n'
        "  def operate(type, original):\n"
        "    if not (type_(type) is int or issubclass(type_(type), int)) and perceive_.stops: "
        "return perceive_(type, original)\n"
        "    _out = perceive(type)\n"
        "    _out_ = _out; return _out_ if type_(_out_) is int else enforce(_out_)\n\n"
        "  return rt.relocate(operate, original_, perceive_)\n"
    )
    rewrite = {"line": 4, "kind": "enforce", "before": "return _out"}
    after = "_out_ = _out; return _out_ if type_(_out_) is int else enforce(_out_)"
    verify(draft_of(unit_of(source), code, rewrites=[{**rewrite, "after": after}]))


def test_shadowed_builtins_are_reached_by_aliases() -> None:
    """Where the module rebinds `issubclass` or `int`, tests through aliases made in `bind` are accepted."""
    source = "@poet()\ndef f(x: str):\n    return x\n"
    code = DIRECT.code[: DIRECT.code.index("def bind")] + (
        "def bind(original):\n  perceive = rt.Perceive(original, x='str')\n  issubclass_ = issubclass\n  type_ = type\n\n"
        "  def operate(x):\n    if not (type_(x) is str or issubclass_(type_(x), str)) and perceive.stops: "
        "return perceive(x)\n    return x\n\n"
        "  return rt.relocate(operate, original, perceive)\n"
    )
    verify(draft_of(unit_of(source, context=ModuleContext(bound=("issubclass", "type"))), code))
