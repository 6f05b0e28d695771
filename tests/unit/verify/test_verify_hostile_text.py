"""Answers that are no text, too much text, or text that Python would read in another way than the checks."""

from __future__ import annotations

import ast
import sys
import warnings
from dataclasses import replace
from typing import Any

import pytest
from tampers import Edit, in_bind, in_module, text
from verify_answers import DIRECT, Case, code_of, setting, verify

from poetc.errors import VerifyError
from poetc.wire.enhancement import Check, Enhancement

TOPS = {
    "first line": "# -*- coding: utf-7 -*-\n",
    "vim": "# vim: set fileencoding=latin-1 :\n",
    "behind a form feed": "\x0c# coding: utf-7\n",
    "byte-order mark": "\ufeff",
    "free comment": "# exec(open('x').read())\n",
    "shebang": "#!/usr/bin/python -c x\n",
}
HIDDEN = {
    "null byte": "\0",
    "form feed": "\x0c",
    "carriage return": "\r",
    "vertical tab": "\x0b",
    "escape": "\x1b[2J",
    "right-to-left override": "\u202e",
    "line separator": "\u2028",
    "zero-width space": "\u200b",
    "tag": "\U000e0041",
    "half a surrogate pair": "\ud800",
}
NO_ANSWERS = ["", "\n", "def bind(original):", "<html>", "\\", "x = 1", "bind = 1", "'", "(" * 100_000, "\0"]


@pytest.mark.parametrize("top", TOPS.values(), ids=TOPS)
def test_top_of_the_file_is_the_clients(top: str) -> None:
    """Nothing above it names an encoding, or says anything else."""
    assert code_of(DIRECT.saying(top + DIRECT.code)) == "POET408"


@pytest.mark.parametrize("character", HIDDEN.values(), ids=HIDDEN)
def test_hidden_characters_are_refused(character: str) -> None:
    """What can't be seen, or steers a terminal, may not stand even in a comment."""
    assert code_of(DIRECT.edited(text("# a comment", f"# a comment{character}"))) == "POET408"
    assert code_of(DIRECT.edited(lambda code: f"# {character}\n{code}")) == "POET408"


@pytest.mark.parametrize("code", NO_ANSWERS, ids=range(len(NO_ANSWERS)))
def test_what_is_no_answer_is_refused(code: str) -> None:
    """Text of any kind ends in a VerifyError."""
    assert code_of(DIRECT.saying(code)) == "POET408"


@pytest.mark.parametrize("code", [*NO_ANSWERS, DIRECT.code + "x = 1\n" * 3_333_333], ids=range(len(NO_ANSWERS) + 1))
def test_text_of_an_answer_is_never_parsed(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a nest of brackets nor 20 MB cost anything: it is compared with what the client writes."""
    honest, parsed, real = DIRECT.draft, [], ast.parse
    monkeypatch.setattr(ast, "parse", lambda source, *a, **k: parsed.append(source) or real(source, *a, **k))
    assert code_of(replace(honest, files={"enhanced.py": code})) == "POET408"
    assert parsed and code not in parsed


def test_nothing_is_printed_of_the_users_warnings() -> None:
    """SyntaxWarnings of the user's own code are not said again, nor turned into errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        case = Case("@poet()\ndef f(x):\n    assert (x, 'm')\n    return x is 1, '\\d'\n")
        draft = case.draft
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("error")
        verify(draft)
    assert not caught


@pytest.mark.parametrize("edit", [in_module("x = '\\x1b[2J'; y = 'é\u00a0'"), in_bind("print('\x1b]0;owned\x07')")])
def test_excerpts_can_not_steer_a_terminal(edit: Edit) -> None:
    """What is shown of a hostile answer is printable, and on one line."""
    with pytest.raises(VerifyError) as raised:
        verify(DIRECT.edited(edit))
    for said in (raised.value.diagnostic.message, raised.value.diagnostic.excerpt, raised.value.diagnostic.hint):
        assert said.isprintable()
    assert raised.value.diagnostic.unit == "app.text.slug"
    assert (raised.value.diagnostic.path, raised.value.diagnostic.line) == ("app/text.py", 4)


def proposing(**fields: Any) -> Any:
    """The plan of another engine that brings something of its own."""

    def change(plan: Enhancement) -> Enhancement:
        made = {**plan.provenance.model_dump(), "engine": "llm"}
        return setting(provenance=made, form="guarded", **fields)(plan)

    return change


def checking(expression: str, phase: str = "perceive", message: str = "it holds") -> Any:
    """The plan with a condition."""
    return proposing(checks=[{"phase": phase, "expression": expression, "message": message}])


SOURCE = "@poet(retries=1)\ndef price(amount: int, rate: float) -> float:\n    return amount * rate\n"
PRICE = Case(SOURCE, replace(DIRECT.policy, retries=1))
STUB = Case("@poet(retries=1)\ndef price(amount: int, rate: float) -> float:\n    ...\n", PRICE.policy)

PURE = [
    "amount > 0",
    "0 <= rate <= 1 and amount in (1, 2, 3)",
    "all(x > 0 for x in [amount, rate])",
    "len(str(amount)) < 10",
    "isinstance(amount, int) or amount is None",
    "{'a': 1}['a'] == [amount][0]",
]
IMPURE = [
    "__import__('os').system('x')",
    "amount.__class__",
    "amount.real",
    "print(amount)",
    "open('x')",
    "eval('1')",
    "getattr(amount, 'real')",
    "(lambda: 1)()",
    "(x := amount)",
    "f'{amount}'",
    "f'{amount.__class__}'",
    "await amount",
    "[*rate]",
    "globals()",
    "rt",
    "original",
    "price(1, 2)",
    "amount()",
    "rate ** 10 ** 9",
    "1 << 10 ** 9",
    "secret",
    "result > 0",
    "__debug__",
    "len.__self__",
    "amount > 0\nimport os",
    "amount > 0; 1",
    "x = 1",
    "yield amount",
    "len(",
    "",
    "'" + "a" * 9_000 + "\x1b'",
    "10 ** 5",
    "9" * 9_000 + " > amount",
    "ｅval('1')",
    "[len for len in [print]][0](amount)",
    "sum(print for print in [amount])(1)",
]


@pytest.mark.parametrize("expression", PURE)
def test_a_pure_condition_is_admitted(expression: str) -> None:
    """It computes with the parameters, and nothing else."""
    assert code_of(PRICE.planned(checking(expression))) == ""


@pytest.mark.parametrize("expression", IMPURE, ids=range(len(IMPURE)))
def test_a_condition_that_does_more_is_refused(expression: str) -> None:
    """Whatever reaches an attribute, a name or a call beyond the listed ones isn't in the grammar."""
    assert code_of(PRICE.planned(checking(expression))) == "POET408"


def test_conditions_of_the_rules_engine_are_refused() -> None:
    """It never makes any."""
    honest = checking("amount > 0")(PRICE.plan)
    lying = honest.model_copy(update={"provenance": PRICE.plan.provenance})
    assert code_of(PRICE.planned(lambda _: lying)) == "POET408"


@pytest.mark.parametrize("message", ["\x1b[2J", "two\nlines", "\u202e", "\u2028"])
def test_a_message_that_steers_a_terminal_is_refused(message: str) -> None:
    """It is shown to people."""
    assert code_of(PRICE.planned(checking("amount > 0", message=message))) == "POET408"


FUNCTIONS = [
    "import os",
    "def is_good(x): return open(x)",
    "def is_good(x): return x.y",
    "def is_good(x=print()): return x",
    "def is_good(*x): return x",
    "def is_good(x: print()): return x",
    "@print\ndef is_good(x): return x",
    "async def is_good(x): return x",
    "def is_good(x):\n    global y\n    y = x\n    return y",
    "def is_good(x):\n    x[0] = 1\n    return x",
    "def is_good(x):\n    x.y = 1\n    return x",
    "def is_good(x):\n    while True: pass",
    "def is_good(x):\n    import os\n    return os",
    "def is_good(x):\n    del x",
    "def is_good(x):\n    raise x",
    "def is_good(x):\n    with x: pass",
    "def is_good(x):\n    def inner(): return 1\n    return inner()",
    "def is_good(x):\n    class A: pass\n    return A",
    "def is_good(x): return is_good(x)",
    "def is_good(x): return 1\nprint(1)",
    "def rt(x): return x",
    "def is_good(x):\n    len = print\n    return len(x)",
]


@pytest.mark.parametrize("source", FUNCTIONS, ids=range(len(FUNCTIONS)))
def test_a_function_that_does_more_than_compute_is_refused(source: str) -> None:
    """What conditions call is held to the same grammar, and so is a stub's body."""
    checks = [{"phase": "perceive", "expression": "is_good(amount)", "message": "it holds"}]
    assert code_of(PRICE.planned(proposing(functions=[source], checks=checks))) == "POET408"
    body = source.replace("is_good(x", "price(amount, rate")
    assert code_of(STUB.planned(proposing(body=body, operate="supplied", reason="the body is a stub"))) == "POET408"


def test_a_body_that_is_none_is_not_replaced() -> None:
    """Only a stub's is."""
    body = "def price(amount, rate):\n    return 0"
    assert code_of(PRICE.planned(proposing(body=body, operate="supplied", reason="the body is a stub"))) == "POET408"


DEEP = {
    "parentheses": "(" * 5_000 + ")" * 5_000,
    "unary": "-" * 9_000 + "1",
    "attributes": "a" + ".b" * 4_000,
    "operators": "1" + "+1" * 4_000,
    "calls": "f" + "()" * 4_000,
    "conditions": "1 if 1 else " * 800 + "1",
    "lambdas": "lambda: " * 1_000 + "1",
    "brackets": "[" * 150 + "]" * 150,
}


@pytest.mark.parametrize("expression", DEEP.values(), ids=DEEP)
@pytest.mark.parametrize("place", ["check", "function", "body"])
def test_deep_nesting_is_refused(expression: str, place: str) -> None:
    """Nesting that exhausts parser, compiler or checks ends in a finding, never in a crash."""
    change = {
        "check": lambda: checking(expression),
        "function": lambda: proposing(functions=[f"def is_good(x): return {expression}"]),
        "body": lambda: proposing(body=f"def price(amount, rate): return {expression}", operate="supplied"),
    }[place]()
    case = STUB if place == "body" else PRICE
    assert code_of(replace(case.draft, plan=change(case.plan))) == "POET408"


def test_low_recursion_limit_ends_in_a_finding() -> None:
    """Even with hardly any stack left a verdict comes as a VerifyError."""
    draft = replace(PRICE.draft, plan=checking("(1 + " * 60 + "1" + ")" * 60 + " > amount.x")(PRICE.plan))
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len([*frames()]) + 90)
    try:
        with pytest.raises(VerifyError):
            verify(draft)
    finally:
        sys.setrecursionlimit(limit)


def frames() -> list[object]:
    """The frames on the stack."""
    found, frame = [], sys._getframe()
    while frame is not None:
        found.append(frame)
        frame = frame.f_back  # type: ignore[assignment]
    return found


def test_a_plan_has_bounds() -> None:
    """What is larger than anybody's plan is refused where bytes enter."""
    with pytest.raises(ValueError, match="checks"):
        setting(checks=[Check(phase="perceive", expression="1", message="m").model_dump()] * 101)(PRICE.plan)
    with pytest.raises(ValueError, match="functions"):
        setting(functions=["def f(x): return x"] * 21)(PRICE.plan)
    with pytest.raises(ValueError, match="expression"):
        checking("1" * 10_001)(PRICE.plan)
