"""Answers of the service for functions of every form: honest ones, and those of somebody who changes plan or text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from tampers import Edit, edited
from verify_drafts import unit_of

from poetc.client.request import to_draft, to_request
from poetc.emit import emit
from poetc.errors import VerifyError
from poetc.ir import BreakerPolicy, Draft, Policy, Verified
from poetc.pipeline.agreement import verified
from poetc.refusal import GenerateError
from poetc.service.generation import transpile
from poetc.source.function import parse_function
from poetc.source.site import ModuleContext, PythonUnit
from poetc.verify import check_text, read_module
from poetc.wire.enhancement import Enhancement

Change = Callable[[Enhancement], Enhancement]


@dataclass(frozen=True)
class Case:
    """A function, what was asked for it, and the answer."""

    source: str
    policy: Policy = field(default_factory=Policy)
    context: ModuleContext = field(default_factory=ModuleContext)
    name: str = ""

    @cached_property
    def unit(self) -> PythonUnit:
        """The function, as the client sends it."""
        return unit_of(self.source, self.policy, self.context, self.name)

    @cached_property
    def draft(self) -> Draft:
        """The honest answer."""
        return to_draft(self.unit, transpile(to_request(self.unit)))

    @property
    def plan(self) -> Enhancement:
        return self.draft.plan

    @property
    def code(self) -> str:
        return self.draft.code

    def edited(self, *edits: Edit) -> Draft:
        """The answer with another text of the same plan; each edit has to change something."""
        return self.saying(edited(self.code, *edits))

    def saying(self, code: str) -> Draft:
        """The answer with that text."""
        return replace(self.draft, files={**self.draft.files, "enhanced.py": code})

    def claiming(self, **metadata: Any) -> Draft:
        """The answer with other metadata."""
        return replace(self.draft, metadata={**self.draft.metadata, **metadata})

    def planned(self, change: Change) -> Draft:
        """The answer with another plan, and what poetc would write of that."""
        return planned(self.draft, change)


def planned(draft: Draft, change: Change) -> Draft:
    """The answer of somebody who has another plan, and writes its text and metadata as poetc would.

    A plan of which nothing can be written comes with the honest text.
    """
    plan = change(draft.plan)
    assert plan != draft.plan, "the plan is as it was"
    try:
        emitted = emit(plan, parse_function(to_request(draft.unit)))
    except (GenerateError, SyntaxError, ValueError, LookupError, TypeError, AttributeError, StopIteration):
        return replace(draft, plan=plan)
    return replace(draft, plan=plan, files=emitted.files, metadata=emitted.metadata.model_dump(mode="json"))


def verify(draft: Draft) -> Verified:
    """What a build does with an answer."""
    return verified(draft)


def code_of(draft: Draft) -> str:
    """The code with which an answer is refused; "" if it passes."""
    try:
        verified(draft)
    except VerifyError as error:
        assert error.diagnostics == (error.diagnostic,)
        return error.diagnostic.code
    return ""


def code_of_text(case: Case, *edits: Edit) -> str:
    """The code with which a text is refused if the client had written it itself; "" if it passes."""
    try:
        check_text(read_module(case.unit, case.plan, edited(case.code, *edits) if edits else case.code))
    except VerifyError as error:
        return error.diagnostic.code
    return ""


def setting(**fields: Any) -> Change:
    """The plan with other fields; they are validated, as what comes over the wire is."""

    def change(plan: Enhancement) -> Enhancement:
        return Enhancement.model_validate({**plan.model_dump(), **fields})

    return change


def places(name: str, change: Callable[[list[Any]], list[Any]]) -> Change:
    """The plan with another list of parts: with more, fewer, or in another order."""
    return lambda plan: Enhancement.model_validate({**plan.model_dump(), name: change(list(plan.model_dump()[name]))})


def without(name: str, at: int) -> Change:
    """The plan with one part of a list less."""
    return places(name, lambda parts: parts[:at] + parts[at + 1 :])


def within(name: str, at: int | None = None, /, **fields: Any) -> Change:
    """The plan with other fields in one part of it, or in the entry of a list of parts."""

    def change(plan: Enhancement) -> Enhancement:
        told = plan.model_dump()
        part = told[name] if at is None else told[name][at]
        unknown = fields.keys() - part.keys()
        assert not unknown, f"{name} has no {unknown}"
        changed = {**part, **fields}
        if at is None:
            return Enhancement.model_validate({**told, name: changed})
        return Enhancement.model_validate(
            {**told, name: [changed if n == at else each for n, each in enumerate(told[name])]}
        )

    return change


DIRECT = Case(
    """\
from poetc import poet

@poet()
def slug(text: str | None, limit: int = LIMIT) -> str:
    words = text.split()
    total = 0
    for word in words:
        if len(word) > 3 and total < limit:
            total += 1  # a comment

        def inner(a, b=2):
            return a
    return "-".join(words)[:limit]
"""
)

RETRIED = Case(
    '''\
@poet()
async def load(client: httpx.AsyncClient, url: str, *rest, depth=1, **options) -> bytes:
    """What stands at the url."""
    first = await client.get(url, **options)
    try:
        second = requests.get(f"{url}/{depth!r:>{depth}}", params={"a": 1})
    finally:
        rest = [x async for x in first]
    return await (lambda: second)()
''',
    Policy(breaker=False),
    ModuleContext(imports=("import httpx", "import requests")),
)

GENERATOR = Case(
    """\
@poet()
@other
def items(a: int, /, b=(1, 2), *, c: float = -1.5):
    for x in b:
        got = yield x
        yield from (got, a)
    return c
"""
)

ASYNC_GENERATOR = Case(
    """\
@poet()
async def stream(n: int):
    async with open_it() as it:
        yield await it.next(n)
"""
)

GUARDED = Case(
    '''\
@poet(timeout=5, retries=2)
def receipt(order: int, *rest, currency: str = "EUR", **options) -> dict:
    """A receipt."""
    warnings.warn("old", stacklevel=1)
    name = sys._getframe().f_code
    response = requests.get(f"{BASE}/{order}", params={"currency": currency})
    return response.json()
''',
    Policy(timeout=5.0, retries=2, breaker=BreakerPolicy(per="function")),
    ModuleContext(imports=("import requests", "import sys", "import warnings")),
)

FRAMED = Case(
    """\
@poet(timeout=5)
def receipt(order: int) -> dict:
    warnings.warn("old", stacklevel=2)
    name = sys._getframe(1).f_code
    return look(order, name)
""",
    Policy(timeout=5.0),
    ModuleContext(imports=("import sys", "import warnings")),
)

WRAPPED = Case(
    """\
class Shop:
    @poet()
    def price(self, item: int, *more, net=False) -> float:
        return base(**locals())
"""
)

BARE = Case("@poet()\ndef price(item):\n    return base(**locals())\n")

SUPPLIED = Case(
    '''\
@poet(domain="ml_monitoring")
def detect_drift(current_data, reference_data, alpha=0.05) -> dict:
    """Has the data drifted?"""
    return {"drift_detected": False, "score": 0.0, "method": ["none", -1]}
''',
    Policy(domain="ml_monitoring"),
)

ONE_LINE = Case("@poet()\ndef double(x: int) -> int: y = x * 2; return y\n")

TABBED = Case("@poet()\ndef f(x):\n\tif x:\n\t\treturn 1\n\treturn 2\n")

DOCSTRING_ONLY = Case('@poet()\ndef f(x):\n    """Nothing."""\n')

MANGLED = Case("class Shop:\n    @poet()\n    def __price(self, __item=1) -> float:\n        return locals()\n")

ASYNC_GUARDED = Case(
    '@poet(timeout=2)\nasync def ask(q: "int | None"):\n    return await send(q)\n',
    Policy(timeout=2.0),
)

GUARDED_GENERATOR = Case("@poet(retries=1)\ndef rows(n):\n    yield n\n", Policy(retries=1))

GOOD = {name: value for name, value in globals().items() if isinstance(value, Case)}
