# ruff: noqa: E501 - a row of a table is one line, generated lines are as long as they are
"""Answers that are honest but for one edit are refused, each with the code that says what is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest
from verify_answers import (
    ASYNC_GENERATOR,
    ASYNC_GUARDED,
    BARE,
    DIRECT,
    DOCSTRING_ONLY,
    FRAMED,
    GENERATOR,
    GUARDED,
    GUARDED_GENERATOR,
    MANGLED,
    ONE_LINE,
    RETRIED,
    SUPPLIED,
    TABBED,
    WRAPPED,
    Case,
    listed,
)

from poetc.errors import VerifyError
from poetc.ir import CODES, BreakerPolicy, Policy
from poetc.verify import verify

GATE = "(type(limit) is int or issubclass(type(limit), int)) and "
WORDS = "    words = text.split()\n"

MODULE = [
    ("statement before bind", DIRECT, "def bind", "print(1)\n\n\ndef bind", "POET406"),
    ("statement behind bind", DIRECT, "perceive)\n", "perceive)\n\nbind(print)\n", "POET406"),
    ("second function", DIRECT, "def bind", "def other():\n  pass\n\n\ndef bind", "POET406"),
    ("module import", DIRECT, "\ndef bind", "\nimport os\n\ndef bind", "POET406"),
    ("import on the same line", DIRECT, "as rt\n", "as rt; import os\n", "POET406"),
    ("runtime of another package", DIRECT, "from app._poet", "from evil._poet", "POET406"),
    ("relative runtime", DIRECT, "from app._poet", "from .app._poet", "POET406"),
    ("second name imported", DIRECT, "_runtime as rt", "_runtime as rt, other", "POET406"),
    ("other future", DIRECT, "import annotations", "import annotations, generator_stop", "POET406"),
    ("no future import", DIRECT, "from __future__ import annotations\n", "\n", "POET406"),
    ("module docstring computed", DIRECT, '"""app.text.it', 'f"""{print()}app.text.it', "POET401"),
    ("bind renamed", DIRECT, "def bind(", "def bond(", "POET406"),
    ("bind async", DIRECT, "def bind(", "async def bind(", "POET406"),
    ("bind with default", DIRECT, "bind(original)", "bind(original=print())", "POET406"),
    ("bind with second parameter", DIRECT, "bind(original)", "bind(original, other=1)", "POET406"),
    ("bind decorated", DIRECT, "def bind", "@rt.Retry\ndef bind", "POET406"),
    ("bind annotated", DIRECT, "bind(original)", "bind(original: print())", "POET406"),
    ("bind returns annotated", DIRECT, "bind(original):", "bind(original) -> print():", "POET406"),
    ("module __builtins__", DIRECT, "def bind", "__builtins__ = {}\n\n\ndef bind", "POET406"),
    ("module class", DIRECT, "def bind", "class A(metaclass=print): pass\n\n\ndef bind", "POET406"),
    ("bind deleted", DIRECT, "perceive)\n", "perceive)\n\n\ndel bind\n", "POET406"),
]

IN_BIND = [
    ("import", DIRECT, "  perceive = rt", "  import os\n  perceive = rt", "POET406"),
    ("exec", DIRECT, "  perceive = rt", "  exec('1')\n  perceive = rt", "POET406"),
    ("exec bound", DIRECT, "  perceive = rt", "  x = exec('1')\n  perceive = rt", "POET406"),
    ("alias of a dangerous builtin", DIRECT, "  perceive = rt", "  eval_ = eval\n  perceive = rt", "POET406"),
    ("alias of a runtime global", DIRECT, "  perceive = rt", "  x = rt.import_module\n  perceive = rt", "POET406"),
    ("rt dunder", DIRECT, 'rt.Enforce(original, "str")', "rt.__dict__", "POET406"),
    ("rt dunder called", DIRECT, 'rt.Enforce(original, "str")', "rt.__dict__.get('x')", "POET406"),
    ("rt of something else", DIRECT, "rt.Enforce(", "rt.import_module(", "POET406"),
    ("original's globals", DIRECT, '"str")', '"str", original.__globals__)', "POET406"),
    ("original called", DIRECT, '"str")', '"str", original())', "POET406"),
    ("lambda given", DIRECT, '"str")', '"str", lambda: 1)', "POET406"),
    ("comprehension given", DIRECT, '"str")', '"str", [x for x in original])', "POET406"),
    ("walrus given", DIRECT, '"str")', '"str", (x := 1))', "POET406"),
    ("f-string given", DIRECT, '"str")', 'f"{original}")', "POET406"),
    ("starred given", DIRECT, '"str")', "*original)", "POET406"),
    ("double-starred given", DIRECT, '"str")', "**original)", "POET406"),
    ("subscript given", DIRECT, '"str")', '"str"[0])', "POET406"),
    ("two targets", DIRECT, "  enforce = rt", "  a = enforce = rt", "POET406"),
    ("tuple target", DIRECT, "  enforce = rt", "  a, b = rt", "POET406"),
    ("attribute target", DIRECT, "  enforce = rt", "  original.x = 1\n  enforce = rt", "POET406"),
    ("augmented", DIRECT, "  enforce = rt", "  original += 1\n  enforce = rt", "POET406"),
    ("annotated target", DIRECT, "  enforce = rt", "  enforce: print() = rt", "POET406"),
    ("global", DIRECT, "  enforce = rt", "  global x\n  enforce = rt", "POET406"),
    ("rebound", DIRECT, "  def operate", "  perceive = rt.Retry(original)\n  def operate", "POET406"),
    ("parameter rebound", DIRECT, "  def operate", "  original = rt.Retry(original)\n  def operate", "POET406"),
    ("rt rebound", DIRECT, "  def operate", "  rt = rt.Retry(original)\n  def operate", "POET406"),
    ("builtin rebound", DIRECT, "  def operate", "  isinstance = rt.Retry(original)\n  def operate", "POET406"),
    ("user's name captured", DIRECT, "  def operate", "  LIMIT = rt.Retry(original)\n  def operate", "POET406"),
    ("user's local captured", DIRECT, "  def operate", "  total = rt.Retry(original)\n  def operate", "POET403"),
    ("user's builtin captured", DIRECT, "  def operate", "  len = rt.Retry(original)\n  def operate", "POET406"),
    ("homoglyph", DIRECT, "  def operate", "  pеrceive2 = rt.Retry(original)\n  def operate", "POET406"),
    (
        "compatibility form of a bound name",
        DIRECT,
        "  def operate",
        "  ｐerceive = rt.Retry(original)\n  def operate",
        "POET406",
    ),
    ("compatibility form of a builtin", DIRECT, "  perceive = rt", "  x = ｅval('1')\n  perceive = rt", "POET406"),
    ("if", DIRECT, "  def operate", "  if original: pass\n  def operate", "POET406"),
    ("try", DIRECT, "  def operate", "  try: pass\n  except Exception: pass\n  def operate", "POET406"),
    ("two returns", DIRECT, "  def operate", "  if 1: return original\n  def operate", "POET406"),
    ("returns another thing", DIRECT, "rt.relocate(operate, original, perceive)", "perceive", "POET406"),
    ("returns operate unmoved", DIRECT, "rt.relocate(operate, original, perceive)", "operate", "POET406"),
    (
        "relocates another function",
        DIRECT,
        "relocate(operate, original, p",
        "relocate(perceive, original, p",
        "POET406",
    ),
    ("relocates to another home", DIRECT, "relocate(operate, original, p", "relocate(operate, perceive, p", "POET406"),
    ("returns another expression", BARE, "return original", "return original.x", "POET406"),
    ("returns nothing", BARE, "return original", "return", "POET406"),
    ("no contract", DIRECT, 'limit="int"', 'limit="int | object"', "POET406"),
    ("contract is code", DIRECT, 'limit="int"', "limit=\"__import__('os')\"", "POET406"),
    ("domain's runtime without the domain", DIRECT, "rt.Enforce(", "rt.DriftInput(", "POET406"),
    ("operate decorated", DIRECT, "  def operate", "  @perceive\n  def operate", "POET406"),
    ("operate default runs", DIRECT, "limit=...", "limit=print()", "POET406"),
    ("operate default is a name", DIRECT, "limit=...", "limit=original", "POET406"),
    ("operate annotated", DIRECT, "operate(text,", "operate(text: exec('1'),", "POET406"),
    ("operate returns annotated", DIRECT, "limit=...):", "limit=...) -> print():", "POET406"),
    ("third function", GUARDED, "  operate = rt.relocate", "  def third(): pass\n\n  operate = rt.relocate", "POET406"),
    ("not made for the original", DIRECT, 'rt.Enforce(original, "str")', 'rt.Enforce("str")', "POET406"),
    ("made for something else", DIRECT, 'rt.Enforce(original, "str")', 'rt.Enforce(perceive, "str")', "POET406"),
    (
        "relocated with another thing",
        DIRECT,
        "relocate(operate, original, perceive)",
        "relocate(operate, original, enforce)",
        "POET406",
    ),
    (
        "relocated with a call",
        DIRECT,
        "relocate(operate, original, perceive)",
        "relocate(operate, original, rt.Perceive(original))",
        "POET406",
    ),
    ("operate not relocated", GUARDED, "  operate = rt.relocate(operate, original)\n", "", "POET406"),
    (
        "operate relocated twice",
        GUARDED,
        "original)\n\n  def receipt",
        "original)\n  operate = rt.relocate(operate, original)\n\n  def receipt",
        "POET406",
    ),
    ("operate replaced", GUARDED, "operate = rt.relocate(operate, original)", "operate = original", "POET406"),
    ("public not dressed", GUARDED, "rt.dress(receipt, original)", "receipt", "POET406"),
    ("operate dressed as public", GUARDED, "rt.dress(receipt, original)", "rt.dress(operate, original)", "POET406"),
]

SIGNATURE = [
    ("parameter renamed", DIRECT, "operate(text, limit=...)", "operate(text, limits=...)", "POET402"),
    ("parameter added", DIRECT, "operate(text, limit=...)", "operate(text, limit=..., more=1)", "POET402"),
    ("parameter dropped", DIRECT, "operate(text, limit=...)", "operate(text)", "POET402"),
    ("order changed", RETRIED, "(client, url, *rest", "(url, client, *rest", "POET402"),
    ("default dropped", DIRECT, "limit=...):", "limit):", "POET402"),
    ("default added", DIRECT, "operate(text, ", "operate(text=..., ", "POET402"),
    ("default changed", RETRIED, "*rest, depth=1,", "*rest, depth=2,", "POET402"),
    ("default of another type", RETRIED, "*rest, depth=1,", "*rest, depth=True,", "POET402"),
    ("negative default changed", GENERATOR, "c=-1.5", "c=1.5", "POET402"),
    ("literal for a name", DIRECT, "limit=...):", "limit=60):", "POET402"),
    ("positional-only lifted", GENERATOR, "(a, /, b=", "(a, b=", "POET402"),
    ("keyword-only lifted", GENERATOR, "b=..., *, c", "b=..., c", "POET402"),
    ("star renamed", RETRIED, "*rest, depth=1", "*args, depth=1", "POET402"),
    ("double star dropped", RETRIED, ", **options):", "):", "POET402"),
    ("sync became async", DIRECT, "  def operate", "  async def operate", "POET402"),
    ("async became sync", RETRIED, "async def operate", "def operate", "POET401"),
    ("sync became a generator", DIRECT, "return perceive(text, limit)", "yield perceive(text, limit)", "POET402"),
    ("public renamed", GUARDED, "receipt", "refund", "POET406"),
    ("public's default changed", GUARDED, 'currency="EUR"', 'currency="USD"', "POET402"),
    ("public takes more", GUARDED, "**options):\n", "more=1, **options):\n", "POET406"),
    (
        "flattened parameters swapped",
        GUARDED,
        "operate(order, rest, currency, o",
        "operate(rest, order, currency, o",
        "POET402",
    ),
    ("flattened default", GUARDED, "options, deadline):", "options, deadline=1):", "POET402"),
    ("flattened star", GUARDED, "(order, rest, currency", "(order, *rest, currency", "POET406"),
    ("two parameters more", GUARDED, "options, deadline):", "options, deadline, more):", "POET406"),
    ("not mangled", MANGLED, "_Shop__item", "__item", "POET402"),
    (
        "public of another kind",
        GUARDED_GENERATOR,
        "return (yield from guard.iterated(operate, n))",
        "return guard.iterated(operate, n)",
        "POET406",
    ),
]

BODY = [
    ("constant changed", DIRECT, "> 3", "> 4", "POET403"),
    ("constant's type changed", DIRECT, "total = 0", "total = False", "POET403"),
    ("constant became a float", DIRECT, "total = 0", "total = 0.0", "POET403"),
    ("string changed", DIRECT, '"-".join', '"_".join', "POET403"),
    ("operator changed", DIRECT, "> 3", ">= 3", "POET403"),
    ("boolean operator changed", DIRECT, "3 and total", "3 or total", "POET403"),
    ("name changed", DIRECT, "total < limit", "limit < limit", "POET403"),
    ("attribute changed", DIRECT, "text.split()", "text.strip()", "POET403"),
    ("statement dropped", DIRECT, "    total = 0\n", "\n", "POET403"),
    ("statement added on a line", DIRECT, "total = 0", "total = 0; print(1)", "POET403"),
    ("statement added on a blank line", DIRECT, "a comment\n\n", "a comment\n            print(1)\n", "POET403"),
    ("statements swapped", DIRECT, WORDS + "    total = 0\n", "    total = 0\n" + WORDS, "POET403"),
    ("comment changed", DIRECT, "# a comment", "# noqa: all", "POET403"),
    ("white space changed", DIRECT, "total += 1", "total += (1)", "POET403"),
    (
        "nested return rewritten",
        DIRECT,
        "            return a\n",
        "            _out = a; return _out if type(_out) is str else enforce(_out)\n",
        "POET403",
    ),
    ("nested default changed", DIRECT, "b=2", "b=3", "POET403"),
    ("moved down a line", DIRECT, WORDS, "\n" + WORDS, "POET403"),
    ("moved up a line", DOCSTRING_ONLY, "    pass", "    print(x)", "POET403"),
    ("last line moved", DIRECT, '    _out = "-"', '\n    _out = "-"', "POET403"),
    ("moved right", TABBED, "\t\treturn 2", "\t\tif 1: return 2", "POET403"),
    ("lines joined", RETRIED, "    try:\n        second", "    try: second", "POET403"),
    ("extra finally", TABBED, "\t\treturn 2", "\t\ttry: return 2\n\t\tfinally: pass", "POET403"),
    ("unlisted retry", DIRECT, "text.split()", "retry(text.split)()", "POET403"),
    ("retry around another call", RETRIED, "retry(requests.get)", "retry(requests.post)", "POET403"),
    ("retry lost", RETRIED, "retry(requests.get)", "requests.get", "POET407"),
    ("retry of the result", RETRIED, "retry(requests.get)(", "retry(requests.get(", "POET401"),
    ("retry not awaited", RETRIED, "await retry.awaited(client.get)", "await retry(client.get)", "POET403"),
    ("retry awaited without await", RETRIED, "= retry(requests.get)", "= retry.awaited(requests.get)", "POET403"),
    ("retry with another attribute", RETRIED, "= retry(requests.get)", "= retry.original(requests.get)", "POET403"),
    (
        "retry with a deadline from nowhere",
        RETRIED,
        "= retry(requests.get)",
        '= retry(requests.get, depth, "timeout")',
        "POET403",
    ),
    ("retry of two functions", RETRIED, "= retry(requests.get)", "= retry(requests.get, print)", "POET403"),
    ("retry of a starred function", RETRIED, "= retry(requests.get)", "= retry(*requests.get)", "POET403"),
    ("deadline under another name", GUARDED, 'deadline, "timeout")', 'deadline, "data")', "POET403"),
    ("deadline replaced", GUARDED, 'get, deadline, "timeout"', 'get, order, "timeout"', "POET403"),
    ("frame off by two", FRAMED, "stacklevel=2 + 1", "stacklevel=2 + 2", "POET403"),
    ("frame off by a float", FRAMED, "stacklevel=2 + 1", "stacklevel=2 + 1.0", "POET403"),
    ("frame off by a truth", FRAMED, "stacklevel=2 + 1", "stacklevel=2 + True", "POET403"),
    ("frame subtracted", FRAMED, "_getframe(1 + 1)", "_getframe(1 - 1)", "POET403"),
    ("frame of another number", FRAMED, "stacklevel=2 + 1", "stacklevel=3 + 1", "POET403"),
    ("frame not rewritten", FRAMED, "stacklevel=2 + 1", "stacklevel=2", "POET407"),
    (
        "enforce lost",
        DIRECT,
        '_out = "-".join(words)[:limit]; return _out if type(_out) is str else enforce(_out)',
        'return "-".join(words)[:limit]',
        "POET407",
    ),
    ("enforce of another value", DIRECT, "enforce(_out)\n", "enforce(text)\n", "POET403"),
    ("enforce returns another value", DIRECT, "return _out if", "return text if", "POET403"),
    ("enforce tests another value", DIRECT, "if type(_out) is", "if type(text) is", "POET403"),
    ("enforce by another thing", DIRECT, "else enforce(_out)", "else perceive(_out)", "POET403"),
    ("enforce with a call in its test", DIRECT, "if type(_out) is str", "if print(_out) is str", "POET403"),
    ("enforce over two lines", DIRECT, "[:limit]; return", "[:limit]\n    return", "POET403"),
    ("out is a user's name", DIRECT, "_out", "words", "POET403"),
    ("out is a name of bind", DIRECT, "_out", "perceive", "POET403"),
    ("perceive of other arguments", DIRECT, "perceive(text, limit)", "perceive(limit, text)", "POET403"),
    ("perceive of fewer arguments", DIRECT, "perceive(text, limit)", "perceive(text)", "POET403"),
    ("perceive of constants", DIRECT, "perceive(text, limit)", "perceive(text, 1)", "POET403"),
    ("perceive without return", DIRECT, ": return perceive(text, limit)", ": perceive(text, limit)", "POET403"),
    ("perceive returns something else", DIRECT, "return perceive(text, limit)", "return enforce(text)", "POET403"),
    ("perceive with else", DIRECT, "perceive(text, limit)\n", "perceive(text, limit)\n    else: pass\n", "POET403"),
    ("perceive line twice", ASYNC_GENERATOR, 'perceive.value("n", n)', 'perceive.value("n", n); print(n)', "POET403"),
    ("perceived value of another name", ASYNC_GENERATOR, 'perceive.value("n", n)', 'perceive.value("m", n)', "POET403"),
    ("perceived value of something", ASYNC_GENERATOR, 'perceive.value("n", n)', "perceive.original", "POET403"),
    ("perceive not awaited", RETRIED, "await perceive.awaited(", "perceive(", "POET403"),
    ("perceive not iterated", GENERATOR, "(yield from perceive.iterated(a, b, c=c))", "perceive(a, b, c=c)", "POET403"),
    ("test calls", DIRECT, GATE, "print(limit) and ", "POET403"),
    ("test of an attribute", DIRECT, GATE, "type(limit.x) is int and ", "POET403"),
    ("test of a user's class", DIRECT, "issubclass(type(text), str)", "issubclass(type(text), Str)", "POET403"),
    (
        "test narrower than its contract",
        DIRECT,
        "type(limit) is int or issubclass(type(limit), int)",
        "type(limit) is int",
        "POET403",
    ),
    (
        "test of an unchecked parameter",
        RETRIED,
        "(type(url) is str or issubclass(type(url), str))",
        "(issubclass(type(depth), str))",
        "POET403",
    ),
    ("value asked for its class", DIRECT, "issubclass(type(text), str)", "isinstance(text, str)", "POET403"),
    ("class of another value", DIRECT, "issubclass(type(text), str)", "issubclass(type(limit), str)", "POET403"),
    ("value in place of its class", DIRECT, "issubclass(type(text), str)", "issubclass(text, str)", "POET403"),
    ("not asked whether it stops", DIRECT, " and perceive.stops: ", ": ", "POET403"),
    ("stops always", DIRECT, " and perceive.stops: ", " and perceive: ", "POET403"),
    ("asks another whether it stops", DIRECT, " and perceive.stops: ", " and enforce.stops: ", "POET403"),
    ("test compares", DIRECT, "text is None", "text == None", "POET403"),
    ("column shifted", ONE_LINE, "y = x * 2", "y  = x * 3", "POET403"),
    ("one-line statement added", ONE_LINE, "; y = x", "; print(x); y = x", "POET403"),
    ("import added", DIRECT, "total = 0", "import os; total = 0", "POET403"),
    ("docstring-only body filled", DOCSTRING_ONLY, "    pass", "    return 1", "POET403"),
    ("docstring changed", GUARDED, '"""A receipt."""', '"""A refund."""', "POET403"),
]

PUBLIC = [
    (
        "arguments swapped",
        "= operate(order, rest, currency, options, deadline)",
        "= operate(order, rest, options, currency, deadline)",
    ),
    (
        "argument replaced by a constant",
        "= operate(order, rest, currency, options, deadline)",
        "= operate(1, rest, currency, options, deadline)",
    ),
    (
        "argument dropped",
        "= operate(order, rest, currency, options, deadline)",
        "= operate(order, rest, currency, deadline)",
    ),
    (
        "deadline dropped",
        "result = operate(order, rest, currency, options, deadline)",
        "result = operate(order, rest, currency, options, order)",
    ),
    ("constant returned", "return result if type(result) is dict else enforce(result)", "return None"),
    ("nothing returned", "return result if type(result) is dict else enforce(result)", "return"),
    ("parameter returned", "return result if type(result) is dict else enforce(result)", "return options"),
    ("enforced parameter returned", "else enforce(result)", "else enforce(order)"),
    ("parameter changed", "    deadline = guard", "    order = 1\n    deadline = guard"),
    ("parameter changed by another", "    deadline = guard", "    order = currency\n    deadline = guard"),
    ("parameter changed by a result", "    return result if", "    order = result\n    return result if"),
    ("parameter changed by perceive", 'perceive.value("order", order)', 'perceive.value("order", currency)'),
    ("perceive with another name", 'perceive.value("order", order)', 'perceive.value("currency", order)'),
    ("perceive of an unchecked name", 'perceive.value("order", order)', 'perceive.value("rest", order)'),
    (
        "runs twice",
        "    deadline = guard",
        "    deadline = guard.deadline()\n    result = operate(order, rest, currency, options, deadline)\n    deadline = guard",
    ),
    (
        "runs in the handler",
        "      raise\n      result = guard",
        "      raise\n      result = operate(order, rest, currency, options, deadline)",
    ),
    (
        "runs as a statement",
        "    if breaker.failures",
        "    operate(order, rest, currency, options, deadline)\n    if breaker.failures",
    ),
    ("again without wait", "guard.again(wait,", "guard.again(0,"),
    (
        "again without a failure",
        "    if result is guard:\n      result = guard.again",
        "    if True:\n      result = guard.again",
    ),
    (
        "failure kept",
        "    if result is guard:\n      result = guard.again(wait, deadline, breaker, operate, order, rest, currency, options, deadline)\n",
        "",
    ),
    (
        "again of another function",
        "guard.again(wait, deadline, breaker, operate,",
        "guard.again(wait, deadline, breaker, perceive,",
    ),
    (
        "again of the original",
        "guard.again(wait, deadline, breaker, operate,",
        "guard.again(wait, deadline, breaker, original,",
    ),
    ("runtime by rt", "guard.deadline()", "rt.Deadline(5)"),
    ("runtime's private attribute", "breaker.failures", "breaker._lock"),
    ("runtime's lock", "breaker.failures", "breaker.lock"),
    ("original through the guard", "breaker.failures", "guard.original.__globals__"),
    ("original through perceive", "breaker.succeeded()", "perceive.original(order)"),
    ("method that isn't one", "breaker.succeeded()", "breaker.succeeded"),
    ("effect with arguments", "breaker.succeeded()", "breaker.succeeded(print())"),
    ("call of a parameter", "breaker.succeeded()", "order()"),
    ("call of a builtin", "breaker.succeeded()", "print(order)"),
    ("call of a user's global", "breaker.succeeded()", "exfiltrate(order)"),
    ("f-string", "breaker.succeeded()", 'f"{order}"'),
    ("lambda", "breaker.succeeded()", "lambda: order"),
    ("walrus", "if breaker.failures", "if (x := breaker.failures)"),
    ("comprehension", "if breaker.failures", "if [x for x in order]"),
    ("subscript", "if breaker.failures", "if order[0]"),
    ("attribute of a parameter", "if breaker.failures", "if order.is_open"),
    ("test of a call", "if breaker.failures", "if isinstance(order(), int)"),
    ("arithmetic", "if breaker.failures", "if order + 1"),
    ("global name read", "if breaker.failures", "if SECRET"),
    ("except everything", "except Exception as error", "except BaseException as error"),
    (
        "except everything kept",
        "      if wait is None:\n        raise\n      result = guard\n",
        "      result = guard\n",
    ),
    (
        "bare except",
        "except Exception as error:\n      perceive.explain(error, order=order, currency=currency)\n      wait = guard.wait(error, deadline)\n      if wait is None:\n        raise\n      result = guard",
        "except:\n      result = guard",
    ),
    ("except another name", "except Exception as error", "except order as error"),
    ("exception replaced", "        raise\n", "        raise guard\n"),
    ("raise outside a handler", "    deadline = guard", "    raise\n    deadline = guard"),
    ("import", "    deadline = guard", "    import os\n    deadline = guard"),
    ("while", "    deadline = guard", "    while True: pass\n    deadline = guard"),
    ("for", "    deadline = guard", "    for x in rest: pass\n    deadline = guard"),
    ("with", "    deadline = guard", "    with order: pass\n    deadline = guard"),
    ("del", "    deadline = guard", "    del order\n    deadline = guard"),
    ("global", "    deadline = guard", "    global SECRET\n    deadline = guard"),
    ("nonlocal", "    deadline = guard", "    nonlocal operate\n    deadline = guard"),
    ("assert", "    deadline = guard", "    assert order\n    deadline = guard"),
    ("class", "    deadline = guard", "    class A(order): pass\n    deadline = guard"),
    ("function", "    deadline = guard", "    def f(): pass\n    deadline = guard"),
    ("match", "    deadline = guard", "    match order:\n      case A(): pass\n    deadline = guard"),
    ("tuple target", "deadline = guard.deadline()", "deadline, other = guard.deadline()"),
    ("attribute target", "    deadline = guard", "    order.x = 1\n    deadline = guard"),
    ("bind's name hidden", "deadline = guard.deadline()", "guard = guard.deadline()"),
    ("docstring", "    if not (type(order)", '    """Mine."""\n    if not (type(order)'),
    (
        "result on some calls",
        "    deadline = guard",
        "    if order:\n      deadline = guard.deadline()\n    deadline = guard",
    ),
    ("return on some calls", "    deadline = guard", "    if order:\n      return result\n    deadline = guard"),
    (
        "run on some calls",
        "      with deadline:\n        result = operate(order, rest, currency, options, deadline)",
        "      if order:\n        result = operate(order, rest, currency, options, deadline)",
    ),
    ("no return at the end", "    return result if type(result) is dict else enforce(result)\n", ""),
    (
        "error kept",
        "      if wait is None:\n        raise\n      result = guard\n    if result is guard:\n      result = guard.again(wait, deadline, breaker, operate, order, rest, currency, options, deadline)\n",
        "",
    ),
    (
        "run in finally",
        "    if result is guard:",
        "    finally:\n      result = operate(order, rest, currency, options, deadline)\n    if result is guard:",
    ),
    ("return in finally", "    if result is guard:", "    finally:\n      return order\n    if result is guard:"),
]
"""name, old, new, all of the guarded answer"""

OTHERS = [
    ("wrapped: swapped", WRAPPED, "operate(self, item, *more", "operate(item, self, *more", "POET406"),
    ("wrapped: keyword crossed", WRAPPED, "net=net)", "net=item)", "POET406"),
    ("wrapped: star dropped", WRAPPED, "item, *more, net=net", "item, net=net", "POET406"),
    ("wrapped: not the original", WRAPPED, "operate = original", "operate = perceive", "POET406"),
    (
        "wrapped: body written anew",
        WRAPPED,
        "operate = original",
        "operate = original\n    other = original",
        "POET406",
    ),
    (
        "async: not awaited",
        ASYNC_GUARDED,
        "await guard.within_async(deadline, operate(q))",
        "await operate(deadline)",
        "POET406",
    ),
    ("async: result of something", ASYNC_GUARDED, "operate(q))", "perceive.awaited(q))", "POET406"),
    (
        "async: coroutine given back",
        ASYNC_GUARDED,
        "result = await guard.within_async(deadline, operate(q))",
        "result = operate(q)",
        "POET406",
    ),
    ("async: run without await", ASYNC_GUARDED, "= await guard.within_async", "= guard.within_async", "POET406"),
    (
        "async: runner of another kind",
        ASYNC_GUARDED,
        "guard.within_async(deadline, operate(q))",
        "guard.within(deadline, operate, q)",
        "POET406",
    ),
    (
        "async: deadline nobody asked for",
        replace(ASYNC_GUARDED, policy=Policy()),
        "budget=2.0",
        "budget=None",
        "POET406",
    ),
    ("generator: runner of another kind", GUARDED_GENERATOR, "guard.iterated(", "guard.iterated_async(", "POET406"),
    ("generator: other iterable", GUARDED_GENERATOR, "guard.iterated(operate, n)", "n", "POET406"),
    ("generator: yields more", GUARDED_GENERATOR, "    return (yield", "    yield n\n    return (yield", "POET406"),
    (
        "supplied: crossed",
        SUPPLIED,
        "= quality(current_data, reference_data)",
        "= quality(reference_data, current_data)",
        "POET406",
    ),
    (
        "supplied: constant",
        SUPPLIED,
        "drift(current_data, reference_data, alpha=alpha)",
        "drift(current_data, current_data())",
        "POET406",
    ),
    ("supplied: nothing", SUPPLIED, "drift(current_data, reference_data, alpha=alpha)", "enforce(alpha)", "POET406"),
    ("supplied: other constants", SUPPLIED, "['none', -1]", "['all', -1]", "POET403"),
    ("supplied: another key", SUPPLIED, "{'method': ['none', -1]}", "{'admin': True}", "POET403"),
]

EDITS = [
    *MODULE,
    *IN_BIND,
    *SIGNATURE,
    *BODY,
    *((f"public: {n}", GUARDED, o, w, "POET406") for n, o, w in PUBLIC),
    *OTHERS,
]
EVERYWHERE = ("_out", "receipt", "_Shop__item", "**options):\n")
"""what is replaced wherever it stands"""


def codes_of(case: Case) -> list[str]:
    """The codes of all findings about an answer; [] if it passes."""
    try:
        verify(case.draft())
    except VerifyError as error:
        assert error.diagnostics[0] == error.diagnostic
        return [diagnostic.code for diagnostic in error.diagnostics]
    return []


@pytest.mark.parametrize(("case", "old", "new", "code"), [e[1:] for e in EDITS], ids=[e[0] for e in EDITS])
def test_edited_answer_is_refused(case: Case, old: str, new: str, code: str) -> None:
    """One edit is enough, and the first finding says of what kind it is."""
    codes = codes_of(case.edited(old, new, count=-1 if old in EVERYWHERE else 1))
    assert codes[:1] == [code], codes


def test_edits_differ() -> None:
    """No two rows of the table are the same edit."""
    rows = [edit[1:4] for edit in EDITS]
    assert all(row not in rows[:number] for number, row in enumerate(rows))


def test_every_code_of_verification_is_exercised() -> None:
    """The tables of this room end in every 4xx code but those that have files of their own (401, 404, 405, 407)."""
    assert {edit[4] for edit in EDITS} <= set(CODES)
    assert {"POET402", "POET403", "POET406"} <= {edit[4] for edit in EDITS}


UNLISTED = [
    ("enforce", DIRECT, "POET403"),
    ("retry", RETRIED, "POET403"),
    ("frame", FRAMED, "POET403"),
]


@pytest.mark.parametrize(("kind", "case", "code"), UNLISTED, ids=[row[0] for row in UNLISTED])
def test_unlisted_rewrite_is_refused(kind: str, case: Case, code: str) -> None:
    """A rewrite of a known kind that isn't in the list is a change of the body."""
    rewrites = case.metadata["rewrites"]
    first = next(number for number, each in enumerate(rewrites) if each["kind"] == kind)
    assert codes_of(case.claiming(rewrites=rewrites[:first] + rewrites[first + 1 :]))[:1] == [code]


def test_listed_rewrite_must_be_there() -> None:
    """A rewrite that is listed and can't be found is a false claim."""
    more = [*DIRECT.metadata["rewrites"], listed(3, "retry", "text.split", "retry(text.split)")]
    assert codes_of(DIRECT.claiming(rewrites=more)) == ["POET407"]


@pytest.mark.parametrize("field", ["before", "after", "line"])
def test_listed_rewrite_must_be_the_one_found(field: str) -> None:
    """What people are shown as the rewrite is what stands in the code."""
    entry = dict(DIRECT.metadata["rewrites"][0])
    entry[field] = entry[field] + 1 if field == "line" else entry[field] + " # kept"
    assert codes_of(DIRECT.claiming(rewrites=[entry]))[0] in ("POET403", "POET407")


@pytest.mark.parametrize("called", ["requests.post", "db.insert", "queue.pop", "send"])
def test_call_that_does_something_is_not_repeated(called: str) -> None:
    """A retry is refused, listed or not, where the call's own name says that it is no reading."""
    rewrites = [*RETRIED.metadata["rewrites"]]
    rewrites[1] = listed(6, "retry", called, f"retry({called})")
    case = replace(RETRIED, source=RETRIED.source.replace("requests.get", called))
    case = replace(case, code=case.code.replace("requests.get", called)).claiming(rewrites=rewrites)
    assert codes_of(case) == ["POET403"]


def test_all_findings_are_told() -> None:
    """An answer that is wrong in several ways is said to be so in all of them."""
    case = DIRECT.edited("total = 0", "import os; total = eval('1')").claiming(engine="magic")
    assert codes_of(case) == ["POET403", "POET404", "POET405"]
    foreign = replace(case, code=case.code + "import os\n")
    assert codes_of(foreign) == ["POET406", "POET404", "POET405"]


def test_counted_frames_are_the_same_at_each_attempt() -> None:
    """Neither further attempts nor a breaker stand around a body whose numbers are corrected for one count of frames."""
    verify(FRAMED.draft())
    source = FRAMED.source.replace("timeout=5", "timeout=5, retries=2")
    asked = replace(FRAMED, source=source, policy=Policy(timeout=5.0, retries=2, breaker=BreakerPolicy(per="function")))
    asked = asked.claiming(decorator_params={"timeout": 5, "retries": 2})
    verify(asked.draft())
    again = asked.code.replace("rt.Guard(original, 1,", "rt.Guard(original, 3,")
    assert codes_of(replace(asked, code=again)) == ["POET407"]
    opened = asked.code.replace("  guard =", "  breaker = rt.Breaker(original, 5, 30.0)\n  guard =")
    opened = opened.replace("5.0, None,", "5.0, breaker,").replace(
        "result = operate(order)\n",
        "result = operate(order) if not breaker.is_open else breaker(operate, order)\n",
    )
    opened = opened.replace(
        "      raise\n",
        "      guard.wait(error, deadline)\n      raise\n    if breaker.failures:\n      breaker.succeeded()\n",
    )
    assert codes_of(replace(asked, code=opened)) == ["POET407"]
