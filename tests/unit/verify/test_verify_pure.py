"""What an engine, a domain or a model may bring of its own: it computes, and everything else is refused by its kind."""

from __future__ import annotations

import ast

import pytest

from poetc.verify.pure import flaw_of
from poetc.wire.enhancement import Check
from tests.plans import small_plan

STUB = ast.parse("def reduced(price, discount): ...").body[0]
SHARE = "def is_share(value):\n    return 0 <= value <= 1"

COMPUTES = [
    "0 <= discount <= 1",
    "len(price) == len(discount) and price",
    "is_share(discount)",
    "all(each >= 0 for each in price)",
    "price[0] < price[-1] if price else discount is None",
    "max(price, default=0) * 2 >= sum([discount, 1])",
    "not isinstance(price, str)",
]
REFUSED = [
    "print(price)",
    "open(discount)",
    "eval(price)",
    "getattr(price, discount)",
    "price.real > 0",
    "price.__class__",
    "__import__(discount)",
    "other > 0",
    "discount(price)",
    "(lambda: price)()",
    "[each.pop() for each in price]",
    "(total := price) > 0",
    "price ** discount",
    "1 << price",
    "f'{price!r}'",
    "(yield price)",
    "(await price)",
    "*price",
    "price > 0\nimport os",
    "price >",
    "sum(price) if (len := print) else 0",
    f"price < 1{'0' * 200}",
    "is_share.__globals__",
    "+".join(["price"] * 1_500),
]
BODIES_REFUSED = [
    "def f(price):\n    return price",
    "def f(price, discount=open):\n    return price",
    "def f(price, discount):\n    import os",
    "def f(price, discount):\n    global price_list\n    price_list = 1",
    "def f(price, discount):\n    price[0] = discount",
    "def f(price, discount):\n    price.value = discount",
    "def f(price, discount):\n    def g():\n        return 1\n    return g()",
    "def f(price, discount):\n    raise price",
    "def f(price, discount):\n    with price:\n        pass",
    "def f(price, discount):\n    try:\n        return 1\n    finally:\n        pass",
    "def f(price, discount):\n    while price:\n        pass",
    "@price\ndef f(price, discount):\n    return 1",
    "async def f(price, discount):\n    return 1",
    "def f(price, discount: open('x')):\n    return 1",
    "def f(price, discount):\n    return 1\nopen('x')",
    "def f(price, discount):\n    is_share = discount\n    return is_share(price)",
]


def flaw(expression: str, phase: str = "perceive") -> str:
    """What is wrong with one condition of a plan that brings `is_share`, too."""
    check = Check(phase=phase, expression=expression, message="so it is")  # type: ignore[arg-type]
    return flaw_of(STUB, small_plan(checks=(check,), functions=(SHARE,)))  # type: ignore[arg-type]


@pytest.mark.parametrize("expression", COMPUTES)
def test_what_computes_is_let_in(expression: str) -> None:
    """Comparisons, arithmetic, indexing, comprehensions, harmless builtins, and the plan's own functions."""
    assert flaw(expression) == ""


@pytest.mark.parametrize("expression", REFUSED, ids=lambda text: text[:30])
def test_what_is_more_is_refused(expression: str) -> None:
    """Calls, attributes, unknown names, bindings, growth without bounds, what can't be read: each with a reason."""
    assert flaw(expression)


def test_a_result_is_there_once_there_is_one() -> None:
    """A precondition can't name it."""
    assert flaw("result >= 0", "enforce") == ""
    assert flaw("result >= 0", "perceive")


@pytest.mark.parametrize("body", BODIES_REFUSED)
def test_bodies_and_functions_have_the_same_grammar(body: str) -> None:
    """As the body of a stub, and as a function that a condition calls."""
    assert flaw_of(STUB, small_plan(body=body, functions=(SHARE,)))  # type: ignore[arg-type]
    if "def f(price):" not in body:
        assert flaw_of(STUB, small_plan(functions=(SHARE, body)))  # type: ignore[arg-type]


def test_a_body_that_computes_is_let_in() -> None:
    """Loops over what is given, branches, local variables."""
    body = (
        "def reduced(price, discount):\n    total = 0\n    for each in price:\n        if each > 0:\n"
        "            total += each\n    return total * (1 - discount) if is_share(discount) else total"
    )
    assert flaw_of(STUB, small_plan(body=body, functions=(SHARE,))) == ""  # type: ignore[arg-type]


@pytest.mark.parametrize("source", ["def g():\n    yield 1", "async def g():\n    yield 1"])
def test_nothing_is_brought_around_generators(source: str) -> None:
    """What is passed through them can't be checked in one place."""
    check = Check(phase="perceive", expression="1 < 2", message="so it is")
    assert flaw_of(ast.parse(source).body[0], small_plan(checks=(check,)))  # type: ignore[arg-type]


def test_a_message_steers_no_terminal() -> None:
    """It is shown to people."""
    check = Check(phase="perceive", expression="price", message="\x1b[2J")
    assert flaw_of(STUB, small_plan(checks=(check,)))  # type: ignore[arg-type]
