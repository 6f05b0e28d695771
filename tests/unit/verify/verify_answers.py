# ruff: noqa: E501 - a row of a table is one line, generated lines are as long as they are
"""Honest answers, written by hand after "The form of generated code" in ARCHITECTURE.md, for the tests of verify."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from verify_drafts import draft_of, unit_of

from poetc.ir import BreakerPolicy, Draft, Policy
from poetc.source.site import ModuleContext

TOP = '''\
# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
"""app.text.it: perceive, operate, enforce. Generated from app/text.py by `poet build`; edit that file, not this one."""

from __future__ import annotations

from app._poet import _runtime as rt


'''


@dataclass(frozen=True)
class Case:
    """A source and an honest answer for it."""

    source: str
    code: str
    policy: Policy = field(default_factory=Policy)
    context: ModuleContext = field(default_factory=ModuleContext)
    metadata: dict[str, Any] = field(default_factory=dict)
    name: str = ""

    def draft(self) -> Draft:
        unit = unit_of(self.source, self.policy, self.context, self.name)
        return draft_of(unit, self.code, **self.metadata)

    def edited(self, old: str, new: str, *, count: int = 1) -> Case:
        """The case with one place of its answer changed."""
        assert self.code.count(old) >= 1, f"{old!r} is not in the answer"
        return replace(self, code=self.code.replace(old, new, count))

    def claiming(self, **metadata: Any) -> Case:
        return replace(self, metadata={**self.metadata, **metadata})


def listed(line: int, kind: str, before: str, after: str) -> dict[str, Any]:
    return {"line": line, "kind": kind, "before": before, "after": after}


DIRECT = Case(
    source="""\
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
""",
    code=TOP
    + '''\
def bind(original):
  """The enhanced `slug`, bound to the function object that the module defines."""

  perceive = rt.Perceive(original, text="str | None", limit="int")
  enforce = rt.Enforce(original, "str")

  def operate(text, limit=...):
    if not ((type(limit) is int or issubclass(type(limit), int)) and (type(text) is str or text is None or issubclass(type(text), str))) and perceive.stops: return perceive(text, limit)
    words = text.split()
    total = 0
    for word in words:
        if len(word) > 3 and total < limit:
            total += 1  # a comment

        def inner(a, b=2):
            return a
    _out = "-".join(words)[:limit]; return _out if type(_out) is str else enforce(_out)

  return rt.relocate(operate, original, perceive)
''',
    metadata={
        "rewrites": [
            listed(
                11,
                "enforce",
                'return "-".join(words)[:limit]',
                '_out = "-".join(words)[:limit]; return _out if type(_out) is str else enforce(_out)',
            )
        ]
    },
)

RETRIED = Case(
    source='''\
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
    policy=Policy(breaker=False),
    context=ModuleContext(imports=("import httpx", "import requests")),
    code=TOP
    + """\
def bind(original):
  retry = rt.Retry(original, attempts=3, first=0.1)
  perceive = rt.Perceive(original, url="str")
  enforce = rt.Enforce(original, "bytes")

  async def operate(client, url, *rest, depth=1, **options):

    if not (type(url) is str or issubclass(type(url), str)) and perceive.stops: return await perceive.awaited(client, url, *rest, depth=depth, **options)
    first = await retry.awaited(client.get)(url, **options)
    try:
        second = retry(requests.get)(f"{url}/{depth!r:>{depth}}", params={"a": 1})
    finally:
        rest = [x async for x in first]
    _out = await (lambda: second)(); return _out if type(_out) is bytes else enforce(_out)

  return rt.relocate(operate, original, perceive)
""",
    metadata={
        "operate": "transformed",
        "rewrites": [
            listed(4, "retry", "client.get", "retry.awaited(client.get)"),
            listed(6, "retry", "requests.get", "retry(requests.get)"),
            listed(
                9,
                "enforce",
                "return await (lambda: second)()",
                "_out = await (lambda: second)(); return _out if type(_out) is bytes else enforce(_out)",
            ),
        ],
    },
)

GENERATOR = Case(
    source="""\
@poet()
@other
def items(a: int, /, b=(1, 2), *, c: float = -1.5):
    for x in b:
        got = yield x
        yield from (got, a)
    return c
""",
    code=TOP
    + """\
def bind(original):
  type_ = type
  perceive = rt.Perceive(original, a="int", c="float")

  def operate(a, /, b=..., *, c=-1.5):

    if not ((type_(a) is int or issubclass(type_(a), int)) and (type_(c) is float or issubclass(type_(c), (float, int)))) and perceive.stops: return (yield from perceive.iterated(a, b, c=c))
    for x in b:
        got = yield x
        yield from (got, a)
    return c

  return rt.relocate(operate, original, perceive)
""",
)

ASYNC_GENERATOR = Case(
    source="""\
@poet()
async def stream(n: int):
    async with open_it() as it:
        yield await it.next(n)
""",
    code=TOP
    + """\
def bind(original):
  perceive = rt.Perceive(original, n="int")

  async def operate(n):
    n = n if (type(n) is int or issubclass(type(n), int)) else perceive.value("n", n)
    async with open_it() as it:
        yield await it.next(n)

  return rt.relocate(operate, original, perceive)
""",
)

GUARDED = Case(
    source='''\
@poet(timeout=5, retries=2)
def receipt(order: int, *rest, currency: str = "EUR", **options) -> dict:
    """A receipt."""
    warnings.warn("old", stacklevel=1)
    name = sys._getframe().f_code
    response = requests.get(f"{BASE}/{order}", params={"currency": currency})
    return response.json()
''',
    policy=Policy(timeout=5.0, retries=2, breaker=BreakerPolicy(per="function")),
    context=ModuleContext(imports=("import requests", "import sys", "import warnings")),
    code=TOP
    + '''\
def bind(original):  # pragma: no cover
  perceive = rt.Perceive(original, order="int", currency="str")
  enforce = rt.Enforce(original, "dict")
  retry = rt.Retry(original, 3, 0.1, 5.0, 45.0)
  breaker = rt.Breaker(original, 5, 30.0)
  guard = rt.Guard(original, 3, 5.0, breaker, alarm=True)

  def operate(order, rest, currency, options, deadline):

    """A receipt."""
    warnings.warn("old", stacklevel=1)
    name = sys._getframe().f_code
    response = retry(requests.get, deadline, "timeout")(f"{BASE}/{order}", params={"currency": currency})
    return response.json()

  operate = rt.relocate(operate, original)

  def receipt(order, *rest, currency="EUR", **options):
    if not (type(order) is int or issubclass(type(order), int)):
      order = perceive.value("order", order)
    currency = currency if type(currency) is str else perceive.value("currency", currency)
    deadline = guard.deadline()
    try:
      with deadline:
        result = operate(order, rest, currency, options, deadline) if not breaker.is_open else breaker(operate, order, rest, currency, options, deadline)
    except Exception as error:
      perceive.explain(error, order=order, currency=currency)
      wait = guard.wait(error, deadline)
      if wait is None:
        raise
      result = guard
    if result is guard:
      result = guard.again(wait, deadline, breaker, operate, order, rest, currency, options, deadline)
    if breaker.failures:
      breaker.succeeded()
    return result if type(result) is dict else enforce(result)

  return rt.dress(receipt, original)
''',
    metadata={
        "operate": "transformed",
        "timeout_mechanism": "cooperative-and-alarm",
        "decorator_params": {"timeout": 5, "retries": 2},
        "rewrites": [
            listed(6, "retry", "requests.get", 'retry(requests.get, deadline, "timeout")'),
        ],
    },
)

FRAMED = Case(
    source="""\
@poet(timeout=5)
def receipt(order: int) -> dict:
    warnings.warn("old", stacklevel=2)
    name = sys._getframe(1).f_code
    return look(order, name)
""",
    policy=Policy(timeout=5.0),
    context=ModuleContext(imports=("import sys", "import warnings")),
    code=TOP
    + """\
def bind(original):  # pragma: no cover
  perceive = rt.Perceive(original, order="int")
  enforce = rt.Enforce(original, "dict")
  guard = rt.Guard(original, 1, 5.0, None, 0.1, 5.0, 45.0, alarm=True)

  def operate(order):

    warnings.warn("old", stacklevel=2 + 1)
    name = sys._getframe(1 + 1).f_code
    return look(order, name)

  operate = rt.relocate(operate, original)

  def receipt(order):
    if not (type(order) is int or issubclass(type(order), int)):
      order = perceive.value("order", order)
    deadline = guard.deadline()
    try:
      with deadline:
        result = operate(order)
    except Exception as error:
      perceive.explain(error, order=order)
      raise
    return result if type(result) is dict else enforce(result)

  return rt.dress(receipt, original)
""",
    metadata={
        "timeout_mechanism": "alarm",
        "decorator_params": {"timeout": 5},
        "rewrites": [listed(3, "frame", "2", "2 + 1"), listed(4, "frame", "1", "1 + 1")],
    },
)

WRAPPED = Case(
    source="""\
class Shop:
    @poet()
    def price(self, item: int, *more, net=False) -> float:
        return base(**locals())
""",
    code=TOP
    + """\
def bind(original):
    perceive = rt.Perceive(original, item="int")
    enforce = rt.Enforce(original, "float")

    operate = original

    def price(self, item, *more, net=False):
      if not (type(item) is int or issubclass(type(item), int)):
        item = perceive.value("item", item)
      try:
        result = operate(self, item, *more, net=net)
      except Exception as error:
        perceive.explain(error, item=item)
        raise
      return result if type(result) is float else enforce(result)

    return rt.dress(price, original)
""",
    metadata={"operate": "wrapped", "operate_reason": "locals()"},
)

BARE = Case(
    source=WRAPPED.source, code=TOP + "def bind(original):\n    return original\n", metadata={"operate": "wrapped"}
)

SUPPLIED = Case(
    source='''\
@poet(domain="ml_monitoring")
def detect_drift(current_data, reference_data, alpha=0.05) -> dict:
    """Has the data drifted?"""
    return {"drift_detected": False, "score": 0.0, "method": ["none", -1]}
''',
    policy=Policy(domain="ml_monitoring"),
    code=TOP
    + """\
def bind(original):
  enforce = rt.Enforce(original, "dict")
  quality = rt.DriftInput(original, current="current_data", reference="reference_data", min_rows=30)
  drift = rt.drift_test(original, current="current_data", reference="reference_data", extra={'method': ['none', -1]})
  verdict = rt.DriftResult(original, "drift_detected, score")

  def detect_drift(current_data, reference_data, alpha=0.05):
    current_data, reference_data = quality(current_data, reference_data)
    result = drift(current_data, reference_data, alpha=alpha)
    result = verdict(result)
    return result if type(result) is dict else enforce(result)

  return rt.dress(detect_drift, original)
""",
    metadata={"operate": "supplied", "decorator_params": {"domain": "ml_monitoring"}},
)

ONE_LINE = Case(
    source="@poet()\ndef double(x: int) -> int: y = x * 2; return y\n",
    code=TOP
    + """\
def bind(original):
  perceive = rt.Perceive(original, x="int")
  enforce = rt.Enforce(original, "int")

  def operate(x):
                             x = x if (type(x) is int or issubclass(type(x), int)) else perceive.value("x", x); y = x * 2; _out = y; return _out if type(_out) is int else enforce(_out)

  return rt.relocate(operate, original, perceive)
""",
    metadata={
        "rewrites": [listed(2, "enforce", "return y", "_out = y; return _out if type(_out) is int else enforce(_out)")]
    },
)

TABBED = Case(
    source="@poet()\ndef f(x):\n\tif x:\n\t\treturn 1\n\treturn 2\n",
    code=TOP
    + "def bind(original):\n\tdef operate(x):\n\n\t\tif x:\n\t\t\treturn 1\n\t\treturn 2\n\n\treturn rt.relocate(operate, original)\n",
)

DOCSTRING_ONLY = Case(
    source='@poet()\ndef f(x):\n    """Nothing."""\n',
    code=TOP + "def bind(original):\n  def operate(x):\n\n    pass\n\n  return rt.relocate(operate, original)\n",
)

MANGLED = Case(
    source="class Shop:\n    @poet()\n    def __price(self, __item=1):\n        return item\n",
    code=TOP
    + "def bind(original):\n    operate = original\n\n    def __price(self, _Shop__item=1):\n"
    + "        return operate(self, _Shop__item)\n\n    return rt.dress(__price, original)\n",
    metadata={"operate": "wrapped"},
)

ASYNC_GUARDED = Case(
    source='@poet(timeout=2)\nasync def ask(q: "int | None"):\n    return await send(q)\n',
    policy=Policy(timeout=2.0),
    code=TOP
    + """\
def bind(original):
  perceive = rt.Perceive(original, q="int | None")
  guard = rt.Guard(original, budget=2.0)

  async def operate(q):

    return await send(q)

  operate = rt.relocate(operate, original)

  async def ask(q):
    deadline = guard.deadline()
    try:
      result = await guard.within_async(deadline, operate(q))
    except Exception as error:
      perceive.explain(error, q=q)
      guard.wait(error, deadline)
      raise
    return result

  return rt.dress(ask, original)
""",
    metadata={"timeout_mechanism": "asyncio", "decorator_params": {"timeout": 2}},
)

GUARDED_GENERATOR = Case(
    source="@poet(retries=1)\ndef rows(n):\n    yield n\n",
    policy=Policy(retries=1),
    code=TOP
    + """\
def bind(original):
  guard = rt.Guard(original, attempts=2)

  def operate(n):

    yield n

  operate = rt.relocate(operate, original)

  def rows(n):
    return (yield from guard.iterated(operate, n))

  return rt.dress(rows, original)
""",
)

GOOD = {name: value for name, value in globals().items() if isinstance(value, Case)}
