# ruff: noqa: E501 - a row of a table is one line
"""What a model brings: conditions, functions and bodies that compute are built and run; whatever does more is refused."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from verify_answers import Case, code_of

from poetc.client.request import to_request
from poetc.emit import emit
from poetc.generate.rules.plan import with_proposals
from poetc.ir import Draft
from poetc.refusal import GenerateError
from poetc.runtime.condition import Proposal
from poetc.source.function import parse_function
from poetc.verify.pure import flaw_of
from poetc.wire.enhancement import Check

PRICE = Case(
    "@poet()\ndef price(amount: float, rate: float, items: list, name, count) -> float:\n    return amount * rate\n"
)
STUB = Case('@poet()\ndef price(amount: float, items: list, name):\n    """A price."""\n    ...\n')
IS_SHARE = "def is_share(value):\n    return 0 <= value <= 1"


def proposed(
    case: Case, *checks: tuple[str, str] | str, functions: tuple[str, ...] = (), body: str | None = None
) -> Draft:
    """What an engine answers that brings this, with the text and metadata that its plan means."""
    source = parse_function(to_request(case.unit))
    made = case.plan.provenance.model_copy(update={"engine": "llm", "engine_version": "1", "llm_model": "m"})
    told = [("perceive", each) if isinstance(each, str) else each for each in checks]
    found = tuple(Check(phase=phase, expression=each, message="it holds") for phase, each in told)  # type: ignore[arg-type]
    plan = with_proposals(case.plan.model_copy(update={"provenance": made}), source, found, functions, body)
    try:
        emitted = emit(plan, source)
    except (GenerateError, SyntaxError, ValueError, RecursionError, AttributeError):
        return Draft(case.unit, plan, case.draft.files, case.draft.metadata)
    return Draft(case.unit, plan, emitted.files, emitted.metadata.model_dump(mode="json"))


GOOD = [
    "0 < rate <= 1",
    "amount * rate < 1_000_000",
    "len(items) > 0",
    "all(each > 0 for each in items)",
    "min(items) >= 0 if items else True",
    "name is None or len(name) < 10",
    "isinstance(name, (str, bytes))",
    "name[0] in 'abc' and name[1:] != ''",
    "sum(items) / len(items) < amount",
    "sorted(items) == items",
    "sorted(items, key=abs, reverse=True)[0] < amount",
    "max(items, default=0) <= count",
    "abs(amount - round(amount, 2)) < 0.001",
    "all(a <= b for a, b in zip(items, items[1:]))",
    "all(items[at] >= at for at in range(len(items)))",
    "type(name) is str",
    "{'a': 1, 'b': 2}['a'] < amount",
    "divmod(count, 2)[1] == 0",
    "amount % 2 == 0",
    "sum(each * rate for each in items) >= 0",
    "[each for each in items if each] != [0]",
]


@pytest.mark.parametrize("condition", GOOD)
def test_a_condition_that_computes_is_accepted(condition: str) -> None:
    """Arithmetic, comparisons, sums over the data, lookups: before the call and of its result."""
    assert code_of(proposed(PRICE, condition)) == ""
    assert code_of(proposed(PRICE, ("enforce", f"({condition}) and result >= 0"))) == ""


BODIES = [
    "def price(amount, items, name):\n    return amount",
    "def price(amount, items, name):\n    total = 0\n    for each in items:\n        total += each * amount\n    return total / len(items)",
    "def price(amount, items, name):\n    ordered = sorted(items)\n    middle = len(ordered) // 2\n    return (ordered[middle] + ordered[-middle - 1]) / 2",
    "def price(amount, items, name):\n    mean = sum(items) / len(items)\n    return sum((each - mean) * (each - mean) for each in items)",
    "def price(amount, items, name):\n    if not items:\n        return {'price': 0.0, 'name': name}\n    return {'price': amount, 'all': sorted(items)}",
    "def price(amount, items, name):\n    low, high = min(items), max(items)\n    return 'low' if amount < low else 'high' if amount > high else name",
    "def price(amount, items, name):\n    grown = 1.0\n    for each in items:\n        grown = grown * (1 + each)\n    return amount * grown",
    "def price(amount, items, name):\n    for each in items:\n        if each > amount:\n            break\n    else:\n        return None\n    return 'a ' + name",
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_body_that_computes_is_accepted(body: str) -> None:
    """Sums, means, medians, choices, and what they return."""
    assert code_of(proposed(STUB, body=body)) == ""


HOSTILE = [
    # reaching outside
    *("__import__('os').system('id')", "open('x')", "eval('1')", "exec('1')", "compile('1', '', 'exec')", "print(amount)"),
    *("getattr(amount, 'real')", "setattr(items, 'x', 1)", "vars()", "globals()", "locals()", "dir(amount)", "input()"),
    *("name.upper()", "amount.real", "amount.__class__", "().__class__.__base__.__subclasses__()", "f'{amount.real}'"),
    *("f'{amount}'", "'{0.real}'.format(amount)", "name()", "name[0]()", "items[0].pop()", "(lambda: 1)()", "lambda: 1"),
    *("rt", "rt.Retry", "original", "original(1)", "perceive", "operate", "bind", "__name__", "__builtins__", "__class__"),
    *("os", "price(1)", "SECRET", "Order", "help", "NotImplemented", "object", "Exception", "BaseException('x')"),
    *("(x := amount)", "[x := 1 for y in items]", "await name", "(yield amount)", "(yield from items)", "*items", "amount, *items"),
    *("[x async for x in items]", "[await x for x in items]", "amount if", "amount; 1", "return 1", "import os", "", "# x"),
    # scopes: a name of a comprehension is none around it
    *("[open for open in items] and open", "max(['print(1)'], key=exec) if [exec for exec in items] else 1"),
    *("sorted(items, key=open) if [open for open in [1]] else 1", "[exec for exec in items] and exec", "{eval for eval in items} == {eval}"),
    *("all(input for input in items) or input", "[[print for print in items] for x in items] and print", "max(items, key=[abs for abs in items] and abs)"),
    # calling what the caller gave
    *("sorted(items, key=name)", "max(items, key=name)", "min(items, key=name)", "sorted(items, cmp=name)", "max(**name)", "max(*items)"),
    *("{**name}", "isinstance(amount, type('T', (name,), {}))", "type('T', (name,), {})", "str(name, 'utf-7')", "bytes(name)"),
    *("bytearray(10)", "memoryview(name)", "iter(items)", "next(items)", "map(name, items)", "filter(name, items)", "super()"),
    *("hash(name)", "id(name)", "repr(name)", "format(name)", "chr(1)", "pow(2, 9)", "slice(1)", "callable(name)", "breakpoint()"),
    # memory and time
    *("10 ** 10 ** 10", "1 << 10 ** 9", "amount ** 2", "items @ items", "count | 1", "count & 1", "count ^ 1", "count >> 1"),
    *("'a' * 1000000000", "[0] * 1000000000", "(0,) * count", "items * 10000000", "items * count", "name * 1000000", "name * amount * amount"),
    *("'%1000000000d' % 1", "'%s' % name", "b'%9d' % 1", "sum(range(10 ** 12))", "sum(range(1000000000000))", "list(range(1000000000))"),
    *("range(count)", "all(1 for x in range(count))", "sum([[1], [2]], [])", "sum(items, start=[])", "str(amount) * 10000000", "list(items) * 2"),
    *("all(1 for a in items for b in items for c in items for d in items)", "all(sum(sum(sum(x) for x in y) for y in z) for z in items)"),
    *("all(1 for a in range(1000) for b in range(1000))", "[[0] * 10 for x in items]", f"amount < {'9' * 100}", "1" * 5000),
    *(f"name == '{'x' * 9000}' * 9", "+".join(["amount"] * 1500), "-" * 50 + "amount", "(" * 60 + "amount" + ")" * 60 + "[0]" * 50),
    # spelling
    *("amount > 0\n", "amount >\n0", "amount\t> 0\x0c", "'\u202e' == name", "amount > 0 # \u200b", "'\x1b[2J'", "ａmount.real", "ｅval('1')"),
    *("аmount > 0", "result > 0", "Result", "amount > 0 \\\n", "'\ud800'", "\0"),
]  # fmt: skip


@pytest.mark.parametrize("condition", HOSTILE, ids=range(len(HOSTILE)))
def test_a_condition_that_does_more_than_compute_is_refused(condition: str) -> None:
    """Other code, other names, other calls, what takes all memory or all time, and what can't be shown."""
    try:
        draft = proposed(PRICE, condition)
    except ValidationError:
        return  # longer than anything that comes in
    assert code_of(draft) == "POET408"
    assert flaw_of(PRICE.unit.site.node, draft.plan)


DOES = """\
def f(x):
    {}
    return x
"""
FUNCTIONS = [
    *("import os\ndef f(x): return x", "def f(x): return x\ndef g(x): return x", "f = 1", "class f: pass", "", "def f(x: return"),
    *("def f(x=1): return x", "def f(*x): return x", "def f(**x): return x", "def f(*, x): return x", "def f(x, /): return x"),
    *("def f(x: print()): return x", "def f(x) -> print(): return x", "@print\ndef f(x): return x", "async def f(x): return x"),
    *("def f(x): return f(x)", "def f(x): return g(x)", "def f(x): yield x", "def f(x): return (yield x)", "def f(x): 'doc'"),
    *("def rt(x): return x", "def original(x): return x", "def operate(x): return x", "def len(x): return 0", "def type(x): return x"),
    *("def __import__(x): return x", "def _f(x): return x", "def amount(x): return x", "def result(x): return x", "def print(x): return x"),
    *("def price(x): return x", "def perceive(x): return x", "def f(__x): return __x", "def f(f): return f", "def f[T](x): return x"),
    *(DOES.format(each) for each in (
        "global y; y = 1", "nonlocal y", "x[0] = 1", "x.y = 1", "x[0] += 1", "x.y += 1", "del x", "raise x", "assert x",
        "import os", "from os import path", "while True: pass", "while x: x = x - 1", "with x: pass", "try: x()\n    except: pass",
        "def g(): return 1", "class A: pass", "async for y in x: pass", "match x:\n        case 1: pass", "x: int = 1", "x: print() = 1",
        "for x[0] in x: pass", "for x.y in x: pass", "[x.y for x.y in x]", "x()", "x", "print(x)", "y = print; y(x)", "len = eval; len('1')",
        "(y := 1)", "y = [open for open in x]; open", "exec = 1", "__y = 1", "type X = int", "y, *z = x",
        "for i in range(100): x = x + x", "x = x + x; x = x + x; x = x + x", "y = [x, x]; y = [y, y]; y = [y, y]", "y = x * 10000000",
        "y = (x, x)\n    for i in range(90): y = (y, y)", "n = 3\n    for i in range(90): n = n * n", "n = 3; n = n * n; n = n * n; n = n * n; n = n * n; n = n * n; n = n * n",
        "y = 'a'\n    for i in range(90): y = y + y", "y = 'a'\n    for i in range(90): y += y", "y = str(x); y = y + y; y = y + y",
        "for i in range(10000000): pass", "for i in range(x): pass", "n = 1000000000000\n    for i in range(n): pass",
        "for a in x:\n        for b in x:\n            for c in x:\n                for d in x: pass", "y = sorted(x) * 2", "y = x % x % x",
        "y = [x for i in x]; y = [y for i in x]; y = [y for i in x]", "y = {1: x}; y = {1: y, 2: y}; y = {1: y, 2: y}",
        "y = 1000000000\n    return x * y", "y = list(x); z = [y, y]; w = [z, z]",
    )),
]  # fmt: skip


@pytest.mark.parametrize("source", FUNCTIONS, ids=range(len(FUNCTIONS)))
def test_a_function_that_does_more_than_compute_is_refused(source: str) -> None:
    """As what conditions call, and as a stub's body."""
    plan = PRICE.plan.model_copy(update={"functions": (source,)})
    flaw = flaw_of(PRICE.unit.site.node, plan)
    assert flaw or code_of(proposed(PRICE, "amount > 0", functions=(source,))) != ""
    body = source.replace("def f(x)", "def price(amount, items, name)").replace("return f(x)", "return price(1, 2, 3)")
    if "price" in body and source not in ("def price(x): return x",):
        body = body.replace("x", "items")
        assert flaw_of(STUB.unit.site.node, STUB.plan.model_copy(update={"body": body})) or "items)" not in body


def test_functions_in_a_row_cost_what_they_cost() -> None:
    """Twenty functions that call the one before ten times each are ten to the twentieth."""
    tower = ["def f0(x): return x"]
    tower += [f"def f{n}(x): return {' + '.join([f'f{n - 1}(x)'] * 10)}" for n in range(1, 20)]
    assert code_of(proposed(PRICE, "f19(amount) > 0", functions=tuple(tower))) == "POET408"
    assert code_of(proposed(PRICE, "f1(amount) > 0", functions=tuple(tower[:2]))) == ""


def test_there_is_a_place_for_what_is_brought() -> None:
    """No body for what isn't a stub, no parameter left out, no checks where none can stand, none under the rules' name."""
    body = "def price(amount, rate, items, name, count): return 0"
    for case, brought in ((PRICE, {"body": body}), (STUB, {"body": "def price(amount): return 0"})):
        with_it = case.plan.model_copy(update={**brought, "form": "guarded", "operate": "supplied"})
        assert code_of(Draft(case.unit, with_it, case.draft.files, case.draft.metadata)) == "POET408"
    generator = Case("@poet()\ndef rows(n):\n    yield n\n")
    plan = generator.plan.model_copy(update={"checks": (Check(phase="perceive", expression="n > 0", message="m"),)})
    assert code_of(Draft(generator.unit, plan, generator.draft.files, generator.draft.metadata)) == "POET408"
    honest = proposed(PRICE, "amount > 0")
    rules = honest.plan.provenance.model_copy(update={"engine": "rules"})
    plan = honest.plan.model_copy(update={"provenance": rules})
    emitted = emit(plan, parse_function(to_request(PRICE.unit)))
    told = emitted.metadata.model_dump(mode="json")
    assert code_of(Draft(PRICE.unit, plan, emitted.files, told)) == "POET408"


@settings(max_examples=300, deadline=None)
@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=60)
    | st.text(alphabet="aounmt ()[]{}.,=:'\"*%+-<>#\\\n_ifrforlambda", max_size=60)
)
def test_a_condition_of_any_text_ends_in_a_verdict(condition: str) -> None:
    """Whatever is proposed, it is refused or names nothing but the parameters."""
    made = Check.model_construct(phase="perceive", expression=condition, message="m")
    plan = PRICE.plan.model_copy(update={"checks": (made,)})
    assert isinstance(flaw_of(PRICE.unit.site.node, plan), str)


def original(items: Any) -> Any:
    """A function to speak of."""
    return items


@pytest.mark.parametrize(
    "make",
    [
        lambda rows: rows,
        lambda rows: [rows],
        lambda rows: {"rows": rows},
        lambda rows: {rows: 1},
        lambda rows: [[(rows,)]],
        lambda rows: [[[[[rows]]]]],
    ],
    ids=["itself", "in a list", "in a dict", "as a key", "deeper", "too deep to look"],
)
def test_a_condition_uses_nothing_up(make: Any) -> None:
    """An iterator goes on whole to the function, wherever it stands among the arguments."""
    rows = iter([1, 2, 3])
    value = make(rows)
    Proposal(original, lambda items: list(rows) == [], "m", "perceive", "strict")(value)
    assert list(rows) == [1, 2, 3]


class Column:
    """A value that can be changed in place, as a column of a data frame."""

    def __init__(self) -> None:
        self.changed = False

    def __add__(self, other: object) -> int:
        return 7

    def __iadd__(self, other: object) -> Column:
        self.changed = True
        return self


def test_what_is_assigned_anew_leaves_the_callers_values_alone() -> None:
    """`x += y` in what was brought is written as `x = x + y`."""
    function = "def total(values):\n    values += 1\n    return values"
    draft = proposed(PRICE, "total(items) > 0", functions=(function,))
    assert code_of(draft) == ""
    (written,) = (n for n in ast.walk(ast.parse(draft.code)) if isinstance(n, ast.FunctionDef) and n.name == "total")
    space: dict[str, Any] = {}
    exec(compile(ast.Module([written], []), "<written>", "exec"), space)
    column = Column()
    assert (space["total"](column), column.changed) == (7, False)


@pytest.mark.parametrize("engine", ["rules", "auto", "", "other"])
def test_what_is_brought_bears_the_name_of_an_engine_that_brings(engine: str) -> None:
    """The rules bring nothing of their own."""
    honest = proposed(PRICE, "amount > 0")
    plan = honest.plan.model_copy(update={"provenance": honest.plan.provenance.model_copy(update={"engine": engine})})
    if engine == "rules":
        assert code_of(Draft(honest.unit, plan, honest.files, honest.metadata)) == "POET408"
    else:
        assert code_of(Draft(honest.unit, plan, honest.files, honest.metadata)) == "POET407"
