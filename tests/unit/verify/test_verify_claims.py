"""What an answer says of itself must be so; what it sets must be what the user asked for."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from verify_answers import ASYNC_GUARDED, DIRECT, GUARDED, RETRIED, SUPPLIED, WRAPPED, Case

from poetc.errors import VerifyError
from poetc.ir import Policy
from poetc.source.site import ModuleContext
from poetc.verify import verify

FALSE: list[tuple[str, Case, dict[str, Any]]] = [
    ("engine", DIRECT, {"engine": "magic"}),
    ("no engine", DIRECT, {"engine": None}),
    ("engine is no text", DIRECT, {"engine": ["rules"]}),
    ("language", DIRECT, {"language": "dana"}),
    ("function", DIRECT, {"original_function_name": "slug2"}),
    ("phases missing", DIRECT, {"phases_included": ["operate"]}),
    ("train unasked", DIRECT, {"phases_included": ["perceive", "operate", "enforce", "train"]}),
    ("phases no list", DIRECT, {"phases_included": "perceive operate enforce"}),
    ("unknown phase", DIRECT, {"phases_included": ["perceive", "operate", "enforce", "profit"]}),
    ("relocated called transformed", DIRECT, {"operate": "transformed"}),
    ("relocated called wrapped", DIRECT, {"operate": "wrapped"}),
    ("transformed called relocated", RETRIED, {"operate": "relocated"}),
    ("wrapped called relocated", WRAPPED, {"operate": "relocated"}),
    ("supplied called relocated", SUPPLIED, {"operate": "relocated"}),
    ("operate unknown", DIRECT, {"operate": "improved"}),
    ("decorator argument", GUARDED, {"decorator_params": {"timeout": 50}}),
    ("decorator domain", DIRECT, {"decorator_params": {"domain": "ml_monitoring"}}),
    ("decorator no mapping", DIRECT, {"decorator_params": [1]}),
    ("dependency", DIRECT, {"dependencies": ["evil"]}),
    ("domain's dependency without the domain", DIRECT, {"dependencies": ["scipy"]}),
    ("dependencies no list", DIRECT, {"dependencies": "scipy"}),
    ("effects", DIRECT, {"effects": "harmless"}),
    ("timeout mechanism", DIRECT, {"timeout_mechanism": "hope"}),
    ("budget unasked", DIRECT, {"timeout_mechanism": "alarm-or-thread"}),
    ("parameter infinite", DIRECT, {"parameters": {"x": float("inf")}}),
    ("parameters no numbers", DIRECT, {"parameters": {"x": "1"}}),
    ("parameters no mapping", DIRECT, {"parameters": [1.0]}),
    ("reason on two lines", DIRECT, {"operate_reason": "a\nb"}),
    ("reason that steers a terminal", DIRECT, {"fallback_reason": "\x1b[2J"}),
    ("model no text", DIRECT, {"llm_model": 1}),
    ("rewrites no list", DIRECT, {"rewrites": {"line": 1}}),
    ("rewrite no mapping", DIRECT, {"rewrites": ["enforce"]}),
    ("rewrite of no kind", DIRECT, {"rewrites": [{"line": 11, "kind": "magic", "before": "", "after": ""}]}),
    ("rewrite on no line", DIRECT, {"rewrites": [{"line": True, "kind": "enforce", "before": "", "after": ""}]}),
    ("code for training", DIRECT, {"train_code": "import os"}),
]


@pytest.mark.parametrize(("case", "claims"), [row[1:] for row in FALSE], ids=[row[0] for row in FALSE])
def test_false_claim_is_refused(case: Case, claims: dict[str, Any]) -> None:
    """One false entry of the metadata is enough."""
    with pytest.raises(VerifyError) as raised:
        verify(case.claiming(**claims).draft())
    assert raised.value.diagnostic.code == "POET407"


TRUE: list[tuple[str, Case, dict[str, Any]]] = [
    ("the other engine", DIRECT, {"engine": "llm"}),
    ("the domain's dependency", SUPPLIED, {"dependencies": ["scipy", "numpy"]}),
    (
        "a dependency that is imported",
        replace(DIRECT, context=ModuleContext(imports=("import requests",))),
        {"dependencies": ["requests"]},
    ),
    ("what nobody reads", DIRECT, {"enhancements": ["anything"], "more": object()}),
    ("decorator arguments of others", DIRECT, {"decorator_params": {"enable_training": False}}),
    (
        "training",
        replace(DIRECT, policy=Policy(optimize_for="accuracy")),
        {"phases_included": ["perceive", "operate", "enforce", "train"]},
    ),
]


@pytest.mark.parametrize(("case", "claims"), [row[1:] for row in TRUE], ids=[row[0] for row in TRUE])
def test_true_claim_is_accepted(case: Case, claims: dict[str, Any]) -> None:
    """What is so may be said."""
    verify(case.claiming(**claims).draft())


NUMBERS = [
    ("more attempts at a call", GUARDED, "rt.Retry(original, 3,", "rt.Retry(original, 4,"),
    ("more attempts of the whole", GUARDED, "rt.Guard(original, 3,", "rt.Guard(original, 4,"),
    ("attempts nobody asked for", ASYNC_GUARDED, "rt.Guard(original, budget", "rt.Guard(original, attempts=2, budget"),
    ("attempts without end", RETRIED, "attempts=3", "attempts=1000000"),
    ("no attempt", RETRIED, "attempts=3", "attempts=0"),
    ("attempts no number", RETRIED, "attempts=3", "attempts=True"),
    ("another budget", GUARDED, "3, 5.0, breaker", "3, 50.0, breaker"),
    ("negative wait", RETRIED, "first=0.1", "first=-0.1"),
    ("endless wait", RETRIED, "first=0.1", "first=1e999"),
    ("wait no number", RETRIED, "first=0.1", "first='x'"),
    ("argument nobody knows", RETRIED, "first=0.1", "jitter=0.1"),
    ("too many arguments", GUARDED, "5.0, 45.0)", "5.0, 45.0, 1, 2)"),
    ("argument given twice", RETRIED, "original, attempts=3, first=0.1", "original, 3, 0.1, first=0.1"),
    ("wait made of something", RETRIED, "first=0.1", "first=rt.Breaker(original)"),
    ("breaker no breaker", GUARDED, "3, 5.0, breaker,", "3, 5.0, retry,"),
    ("breaker that opens at once", GUARDED, "rt.Breaker(original, 5, 30.0)", "rt.Breaker(original, 0, 30.0)"),
    (
        "breaker that opens at the first failure",
        GUARDED,
        "rt.Breaker(original, 5, 30.0)",
        "rt.Breaker(original, 1, 30.0)",
    ),
    (
        "breaker that stays open for an hour",
        GUARDED,
        "rt.Breaker(original, 5, 30.0)",
        "rt.Breaker(original, 5, 3600.0)",
    ),
    ("waits of a day", RETRIED, "first=0.1", "first=86400.0"),
    ("the longest wait of a day", RETRIED, "first=0.1", "first=0.1, most=86400.0"),
    ("a day for all of it", RETRIED, "first=0.1", "first=0.1, budget=86400.0"),
    ("breaker that stays open", GUARDED, "rt.Breaker(original, 5, 30.0)", "rt.Breaker(original, 5, 3e9)"),
    ("domain's strictness unasked", SUPPLIED, "min_rows=30", 'mode="strict"'),
    ("domain's argument unknown", SUPPLIED, "min_rows=30", "hook=30"),
    ("domain's argument made of something", SUPPLIED, "min_rows=30", "min_rows=enforce"),
    ("strict unasked", DIRECT, "Perceive(original,", 'Perceive(original, "strict",'),
    ("strict enforce unasked", DIRECT, '"str")', '"str", "strict")'),
    ("contract narrower than the annotation", DIRECT, 'text="str | None"', 'text="str"'),
    ("contract of another type", DIRECT, 'limit="int"', 'limit="bool"'),
    ("contract of an unannotated parameter", RETRIED, 'url="str"', 'url="str", depth="int"'),
    ("contract of no parameter", DIRECT, 'limit="int"', 'limit="int", other="int"'),
    ("contract of the arguments", GUARDED, 'order="int"', 'order="int", rest="tuple"'),
    ("result's contract of another type", DIRECT, 'rt.Enforce(original, "str")', 'rt.Enforce(original, "int")'),
    ("result's contract computed", DIRECT, 'rt.Enforce(original, "str")', 'rt.Enforce(original, ("str",))'),
    ("result's contract missing", DIRECT, 'rt.Enforce(original, "str")', "rt.Enforce(original)"),
]


@pytest.mark.parametrize(("case", "old", "new"), [row[1:] for row in NUMBERS], ids=[row[0] for row in NUMBERS])
def test_numbers_and_contracts_are_the_users(case: Case, old: str, new: str) -> None:
    """Attempts, budgets and modes are those of the policy, contracts those of the annotations."""
    with pytest.raises(VerifyError) as raised:
        verify(case.edited(old, new).draft())
    assert raised.value.diagnostic.code in ("POET407", "POET403")
    inconsistent = ("text=", 'limit="bool"', 'rt.Enforce(original, "int")')  # with the test in place: found before that
    assert "POET407" in [d.code for d in raised.value.diagnostics] or new.startswith(inconsistent)


ANNOTATIONS = [
    ("int", "int", (), True),
    ("int", "int | None", (), True),
    ("'int | None'", "int | None", (), True),
    ("Optional[int]", "int | None", ("from typing import Optional",), True),
    ("Optional[int]", "int", ("from typing import Optional",), False),
    ("Optional[int]", "int | None", (), False),
    ("t.Union[int, t.List[str], None]", "int | list | None", ("import typing as t",), True),
    ("t.Union[int, str]", "int", ("import typing as t",), False),
    ("Annotated[dict[str, int], 'x']", "dict", ("from typing import Annotated",), True),
    ("Literal['a', 1, None]", "str | int | None", ("from typing import Literal",), True),
    ("Literal[Colour.RED]", "str", ("from typing import Literal",), False),
    ("list[int]", "list", (), True),
    ("Sequence[int]", "list", ("from collections.abc import Sequence",), False),
    ("Optional[int]", "int | None", ("from mine import Optional",), False),
    ("int if x else str", "int", (), False),
    ("'int +'", "int", (), False),
    ("3", "int", (), False),
]


@pytest.mark.parametrize(("annotation", "contract", "imports", "follows"), ANNOTATIONS)
def test_contract_must_follow_from_the_annotation(
    annotation: str, contract: str, imports: tuple[str, ...], follows: bool
) -> None:
    """A contract may admit more than the annotation, never less; what isn't understood has no contract."""
    source = f"@poet()\ndef f(x: {annotation}):\n    return x\n"
    top = DIRECT.code[: DIRECT.code.index("def bind")]
    code = top + f'def bind(original):\n  perceive = rt.Perceive(original, x="{contract}")\n\n  def operate(x):\n\n'
    case = Case(
        source,
        code + "    return x\n\n  return rt.relocate(operate, original, perceive)\n",
        context=ModuleContext(imports=imports),
    )
    if follows:
        verify(case.draft())
    else:
        with pytest.raises(VerifyError) as raised:
            verify(case.draft())
        assert raised.value.diagnostic.code == "POET407"


def test_shadowed_type_has_no_contract() -> None:
    """Where the module has an `int` of its own, `x: int` doesn't mean the builtin."""
    case = replace(DIRECT, context=ModuleContext(bound=("int",)))
    with pytest.raises(VerifyError):
        verify(case.draft())


@pytest.mark.parametrize(
    "policy", [Policy(perceive="off"), Policy(enforce="off"), Policy(perceive="strict"), Policy(enforce="strict")]
)
def test_modes_are_the_policys(policy: Policy) -> None:
    """What was switched off isn't checked, what was asked to be strict is strict."""
    with pytest.raises(VerifyError) as raised:
        verify(replace(DIRECT, policy=policy).draft())
    assert raised.value.diagnostic.code == "POET407"


def test_star_import_hides_builtins() -> None:
    """After `from x import *` a bare builtin may be anything: tests must go through aliases."""
    with pytest.raises(VerifyError):
        verify(replace(DIRECT, context=ModuleContext(star_import=True)).draft())


def test_domain_gives_its_runtime_to_its_own_functions_only() -> None:
    """The runtime of a domain is no runtime for a function of no domain."""
    with pytest.raises(VerifyError) as raised:
        verify(replace(SUPPLIED, policy=Policy()).claiming(decorator_params={}).draft())
    assert raised.value.diagnostic.code == "POET406"


@pytest.mark.parametrize(
    "body", ["return compute(current_data)", "x = 1", "return {'drift_detected': f()}", "raise ValueError", "yield 1"]
)
def test_only_a_stub_is_supplied(body: str) -> None:
    """A body that does something can't be replaced by the domain's."""
    source = SUPPLIED.source.replace('return {"drift_detected": False, "score": 0.0, "method": ["none", -1]}', body)
    case = replace(SUPPLIED, source=source).edited(", extra={'method': ['none', -1]}", "")
    with pytest.raises(VerifyError) as raised:
        verify(case.draft())
    assert "POET403" in [d.code for d in raised.value.diagnostics]


@pytest.mark.parametrize(
    "body", ["...", "pass", "raise NotImplementedError", "raise NotImplementedError('later')", "return None", "return"]
)
def test_every_stub_may_be_supplied(body: str) -> None:
    """Docstring, constants, `...`, `pass` and NotImplementedError make a stub."""
    source = SUPPLIED.source.replace('return {"drift_detected": False, "score": 0.0, "method": ["none", -1]}', body)
    verify(replace(SUPPLIED, source=source).edited(", extra={'method': ['none', -1]}", "").draft())


TIED = {
    "locals": "@poet()\ndef f(self):\n    return locals()\n",
    "vars": "@poet()\ndef f(self):\n    return vars()\n",
    "vars of whatever is given": "@poet()\ndef f(self):\n    return vars(*self)\n",
    "dir": "@poet()\ndef f(self):\n    return dir()\n",
    "eval": "@poet()\ndef f(self):\n    return eval('self')\n",
    "exec": "@poet()\ndef f(self):\n    exec('self')\n",
}


@pytest.mark.parametrize("source", TIED.values(), ids=TIED)
def test_body_that_is_tied_to_its_place_may_not_be_moved(source: str) -> None:
    """What would mean something else in the generated module has to be wrapped."""
    lines = source.split("\n")
    start = next(number for number, line in enumerate(lines) if "def f" in line) + 1
    margin = "  "
    top = DIRECT.code[: DIRECT.code.index("def bind")]
    code = f"{top}def bind(original):\n{margin}def operate(self):\n\n" + "\n".join(lines[start:])
    code += f"\n{margin}return rt.relocate(operate, original)\n"
    with pytest.raises(VerifyError) as raised:
        verify(Case(source, code).draft())
    assert raised.value.diagnostic.code == "POET403"
    assert "the body was moved, but" in raised.value.diagnostic.message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
REWRITE = st.fixed_dictionaries({"line": JSON, "kind": st.just("enforce") | JSON, "before": JSON, "after": JSON})


@settings(max_examples=200, deadline=None)
@given(key=st.sampled_from(sorted(DIRECT.draft().metadata)), value=JSON | st.lists(REWRITE, max_size=2))
def test_metadata_of_any_json_ends_in_a_verdict(key: str, value: object) -> None:
    """Whatever an entry of the metadata is, the answer passes or a VerifyError says why not."""
    with contextlib.suppress(VerifyError):
        assert verify(DIRECT.claiming(**{key: value}).draft()).checks


def test_deeply_nested_metadata_ends_in_a_verdict() -> None:
    """Nesting in the metadata doesn't exhaust the stack."""
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    for key in ("phases_included", "engine", "dependencies", "decorator_params"):
        with pytest.raises(VerifyError):
            verify(DIRECT.claiming(**{key: deep}).draft())
