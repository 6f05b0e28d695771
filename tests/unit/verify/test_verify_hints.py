"""Annotations that are read at run time: honest answers pass, and those that were changed in any way are refused."""

from __future__ import annotations

import pytest
from generated import Generated
from tampers import Edit, another_class, argument, expression, further_argument
from verify_answers import Case, Change, code_of, places, setting, verify, within

from poetc.ir import Policy
from poetc.source.site import ModuleContext

IMPORTS = ("from app.models import Order", "import decimal", "import os.path", "from typing import Literal, Optional")
SHIP = """
@poet()
def ship(order: Order, price: "decimal.Decimal | None" = None, mode: Literal["a", "b"] = "a", *, n: int = N) -> Order:
    if n:
        return order.shipped()
    return order
"""
SHAPE = """
@poet(enforce="strict")
def find(key):
    if key:
        return other(key)
    return {"status": "none", "value": key}
"""


def asked(text: str = SHIP, **policy: object) -> Case:
    """A function of a module with those imports, and what the rules engine answers for it."""
    return Case(text, Policy(**policy), ModuleContext(IMPORTS, (), False, True))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "policy",
    [
        {},
        {"retries": 1},
        {"depth": "deep"},
        {"perceive": "strict", "enforce": "strict"},
        {"perceive": "off"},
        {"enforce": "off"},
        {"perceive": "strict", "enforce": "strict", "depth": "deep", "retries": 1},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["def", "async def"])
def test_honest_answers_pass(policy: dict[str, object], kind: str) -> None:
    """In every mode and depth, in both forms."""
    text = SHIP.replace("poet()", "poet(retries=1)") if "retries" in policy else SHIP
    verify(asked(text.replace("def", kind, 1), **policy).draft)


@pytest.mark.parametrize(
    "body", ["    yield order\n", "    return (yield order)\n", "    x = yield order\n    return x\n"]
)
@pytest.mark.parametrize("kind", ["def", "async def"])
def test_honest_generators_pass(body: str, kind: str) -> None:
    """Generators, and async ones where they are possible."""
    if kind == "def" or "return" not in body:
        verify(asked(f"@poet()\n{kind} ship(order: Order, Größe: Order = None):\n{body}").draft)


@pytest.mark.parametrize(
    "text",
    [
        "class A:\n    @poet()\n    def f(self, other: A, __own: A = None) -> A:\n        return other\n",
        "@poet()\ndef f(x: Literal[1, 2, -3], y: Literal['it\\'s', \"\\\\\"], z: Optional[Literal['a']]): return x\n",
        "@poet()\ndef f(x: 'Literal[\"a\"]\\n | None', y: 'Order\\n'): return x\n",
        "@poet()\ndef order_hint(order: Order, order_hint: Order, hint: Order): return order_hint\n",
        "@poet()\ndef f(original: Order, return_: Order, result: Order, Result: Order) -> Order: return original\n",
        f"@poet()\ndef f(x: Literal[{', '.join(repr(str(n)) for n in range(200))}]): return x\n",
        "@poet()\ndef f(x: os.path.Missing, y: decimal.Decimal): return x\n",
        "@poet()\ndef f(type: Order, isinstance: Literal['a'], str: Literal['b'] = 'b') -> Order: return type\n",
        "@poet()\ndef f(x: Order) -> Order: return Order(x)\n",
    ],
)
@pytest.mark.parametrize("depth", ["shallow", "deep"])
def test_odd_functions_pass(text: str, depth: str) -> None:
    """Odd names, quotes, long annotations, text over several lines."""
    verify(asked(text, depth=depth).draft)


PLANS: list[tuple[str, Change]] = [
    ("another parameter's annotation", within("parameters", 0, subject="price")),
    ("another text", within("parameters", 0, text="int")),
    ("not a parameter", within("parameters", 0, subject="orders")),
    ("a depth that nobody asked for", setting(deep=True)),
    ("no text", within("parameters", 0, text="")),
    ("another import", within("parameters", 0, imports=(("Order", "os.system"),))),
    ("an import of another name", within("parameters", 0, imports=(("Order", "app.models.Order"), ("os", "os")))),
    ("no import", within("parameters", 0, imports=())),
    ("an import computed", within("parameters", 0, imports=(("Order", '" + print() + "'),))),
    ("no annotation read", within("parameters", 0, hint="")),
    ("read under another name", within("parameters", 0, hint="price_hint")),
    ("read as something else", within("parameters", 0, hint="original")),
    ("the result's read as a parameter's", within("result", hint="order_hint")),
    ("the result's not read", within("result", hint="")),
    ("None admitted", within("parameters", 0, optional=True)),
    ("other values", within("parameters", 2, values=("a", "c"))),
    ("values of another type", within("parameters", 2, values=("a", 1))),
    ("no values", within("parameters", 2, values=())),
    ("values for what has none", within("parameters", 0, values=("a",))),
    ("text converted", within("parameters", 0, converts=True)),
    ("a shape that nobody asked for", within("result", keys=("a",))),
    ("contracts exchanged", places("parameters", lambda parts: [parts[1], parts[0], *parts[2:]])),
    ("another mode", setting(enforce="strict")),
]


@pytest.mark.parametrize("change", [row[1] for row in PLANS], ids=[row[0] for row in PLANS])
@pytest.mark.parametrize("form", ["direct", "guarded"])
def test_another_plan_of_the_contracts_is_refused(change: Change, form: str) -> None:
    """Which annotation is read for what, as what, is the client's to say, though text and plan agree."""
    assert code_of(in_form(form).planned(change)) == "POET408"


def in_form(form: str) -> Case:
    """The function, with and without something around it."""
    case = asked(SHIP.replace("poet()", "poet(retries=1)"), retries=1) if form == "guarded" else asked()
    assert case.plan.form == form
    return case


EDITS: list[tuple[str, Edit]] = [
    ("an unknown depth", further_argument("Hint", '"shallow"')),
    ("imports unpacked", further_argument("Hint", "**{}")),
    ("an import computed", argument("Hint", "Order", "print()")),
    ("made of another function", argument("Hint", "original", "print")),
    ("perceive with another's", argument("Perceive", "order", "price_hint")),
    ("perceive with nothing known", argument("Perceive", "order", "original")),
    ("perceive with the result's", argument("Perceive", "order", "result_hint")),
    ("perceive asked for another", argument("Perceive", "prize", "price_hint")),
    ("enforce with a parameter's", argument("Enforce", "contract", "order_hint")),
    ("enforce with more", further_argument("Enforce", "*(1,)")),
    ("enforce with a keyword", further_argument("Enforce", "x=1")),
    ("enforce a shape", argument("Enforce", "contract", 'rt.Shape(original, "a")')),
    ("a shape for a hint", another_class("Hint", "Shape")),
    ("another one asked", expression("order_hint.admits(order)", "price_hint.admits(order)")),
    ("another value asked about", expression("order_hint.admits(order)", "order_hint.admits(price)")),
    ("a value computed", expression("order_hint.admits(order)", "order_hint.admits(print(order))")),
    ("nothing asked", expression("order_hint.admits(order)", "True")),
    ("another method", expression("order_hint.admits(order)", "order_hint.first(order)")),
    ("an attribute in place of the answer", expression("order_hint.admits(order)", "order_hint.deep")),
    ("another attribute", expression("order_hint.kind", "order_hint.original")),
    ("kind of another", expression("order_hint.kind", "price_hint.kind")),
    ("values of another type", expression("{'a', 'b'}", "{'a', 1}")),
    ("values computed", expression("{'a', 'b'}", "{'a', print('b')}")),
    ("values of a name", expression("{'a', 'b'}", "order")),
    ("values without their type", expression("type(mode) is str", "True")),
    ("values of the wrong name", expression("mode in {'a', 'b'}", "order in {'a', 'b'}")),
    ("the type of the wrong name", expression("type(mode)", "type(order)")),
    ("values and nothing else", expression("mode_hint.admits(mode)", "False")),
    ("hint called", expression("order_hint.admits(order)", "order_hint(order)")),
]


@pytest.mark.parametrize("edit", [row[1] for row in EDITS], ids=[row[0] for row in EDITS])
@pytest.mark.parametrize("form", ["direct", "guarded"])
def test_tampered_answers_are_refused(edit: Edit, form: str) -> None:
    """One edit in an honest answer, with the list of rewrites edited alike, or not."""
    case = in_form(form)
    assert code_of(case.edited(edit)) == "POET408"


@pytest.mark.parametrize("form", ["direct", "guarded"])
def test_each_annotation_is_read_for_what_it_stands_at(form: str) -> None:
    """One object for each, made of the annotation's text and of what its names are imported as."""
    case = in_form(form)
    found = Generated(case.code)
    hints = {made.name: made for made in found.made("Hint")}
    assert found.checked == {
        "order": "Order",
        "price": "decimal.Decimal | None",
        "mode": "Literal['a', 'b']",
        "n": found.checked["n"],
    }
    for name, made in hints.items():
        subject = made["name"]
        assert name == ("result_hint" if subject == "return" else f"{subject}_hint")
        asks = [n for n in found.asked(name) if n]
        assert asks and set(asks) <= {subject, "result", "_out"}
    order = hints["order_hint"]
    assert order.values == {"name": "order", "text": "Order", "Order": "app.models.Order"}
    assert found.only("Enforce")["contract"] == "result_hint"


SHAPES: list[Change] = [
    within("result", keys=("status",)),
    within("result", keys=("status", "value", "more")),
    within("result", keys=()),
    within("result", text="dict"),
    setting(enforce="repair"),
    setting(result=None, returns=()),
]


@pytest.mark.parametrize("change", SHAPES)
def test_tampered_shapes_are_refused(change: Change) -> None:
    """The keys are those of the user's own returns, and never more than said."""
    honest = asked(SHAPE, enforce="strict")
    verify(honest.draft)
    assert Generated(honest.code).only("Shape").more and honest.plan.result.keys == ("status", "value")
    assert code_of(honest.planned(change)) == "POET408"


@pytest.mark.parametrize(
    "text",
    [
        SHAPE.replace("(key)", "(key) -> dict", 1),
        SHAPE.replace("return other(key)", 'return {"status": key}'),
        SHAPE.replace('{"status": "none", "value": key}', '{"status": "none", "value": key, **key}'),
        SHAPE.replace('{"status": "none", "value": key}', "key"),
    ],
    ids=["annotated", "two shapes", "open", "none"],
)
def test_a_shape_follows_from_the_returns(text: str) -> None:
    """An answer for one function isn't one for another whose returns say something else."""
    honest, other = asked(SHAPE, enforce="strict"), asked(text, enforce="strict")
    verify(other.draft)
    result = other.plan.result
    assert result is None or result.keys != honest.plan.result.keys
    assert code_of(other.planned(setting(result=honest.plan.result.model_dump()))) == "POET408"
