# ruff: noqa: E501 - a row of a table is one line
"""What stands around a function is just what was asked for: any edit of it in a real answer is refused."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from dataclasses import replace

import pytest
from protected_answers import protected

from poetc.errors import VerifyError
from poetc.ir import Draft
from poetc.verify import verify

NAMES = sorted(protected())


def is_refused(draft: Draft, code: str) -> bool:
    """Whether verification refuses the answer with this code; anything but a VerifyError is a defect."""
    try:
        verify(replace(draft, code=code))
    except VerifyError as error:
        assert error.diagnostic.code.startswith("POET40")
        return True
    return False


@pytest.mark.parametrize("name", NAMES)
def test_the_answers_themselves_pass(name: str) -> None:
    """What the engine writes is accepted as it is."""
    verify(protected()[name])


EDITS: list[tuple[str, str, str, str]] = [
    ("more failures before it opens", "receipt", "rt.Breaker(original, 3,", "rt.Breaker(original, 4,"),
    ("open for less", "receipt", "3, 10.0,", "3, 1.0,"),
    ("open for as long, as an int", "receipt", "3, 10.0,", "3, 10,"),
    ("fewer probes", "receipt", "probes=2", "probes=1"),
    ("no probes", "receipt", "probes=2, ", ""),
    ("slower growth", "receipt", "growth=2.0", "growth=1.0"),
    ("more jitter", "receipt", "jitter=0.25", "jitter=1.0"),
    ("other exclusion", "receipt", '("KeyError",)', '("ConnectionError",)'),
    ("no exclusion", "receipt", ', exclude=("KeyError",)', ""),
    ("more exclusions", "receipt", '("KeyError",)', '("KeyError", "OSError")'),
    ("settings in another order", "receipt", "growth=2.0, jitter=0.25", "jitter=0.25, growth=2.0"),
    ("a clock of its own", "receipt", "probes=2", "clock=None, probes=2"),
    ("another breaker", "receipt", "rt.Breaker(", "rt.WindowBreaker("),
    ("a breaker for each host", "receipt", "rt.Breaker(", "rt.HostBreakers("),
    (
        "errors that nobody knows",
        "receipt",
        ', exclude=("KeyError",)',
        ', exclude=("KeyError",), transient=("ValueError",)',
    ),
    ("breaker passed by", "receipt", "breaker(rate_limit, bulkhead", "(rate_limit, bulkhead"),
    (
        "breaker never asked",
        "receipt",
        " if not breaker.is_open else breaker(rate_limit, bulkhead, operate, order, currency, deadline)",
        "",
    ),
    ("breaker asked the other way round", "receipt", "if not breaker.is_open", "if breaker.is_open"),
    ("breaker asked for something else", "receipt", "if not breaker.is_open", "if not breaker.failures"),
    ("breaker hears of no failure", "receipt", "guard.wait(error, deadline)", "None"),
    ("guard without the breaker", "receipt", "5.0, breaker, 0.1", "5.0, None, 0.1"),
    ("failures never in a row", "receipt", "        if breaker.failures:\n          breaker.succeeded()\n", ""),
    ("failures forgotten only once open", "receipt", "if breaker.failures:", "if breaker.is_open:"),
    (
        "failures forgotten before the call",
        "receipt",
        "      try:\n        deadline",
        "      if breaker.failures:\n        breaker.succeeded()\n      try:\n        deadline",
    ),
    ("no failures counted", "stored", "        guard.wait(error, None)\n", ""),
    (
        "failures counted twice",
        "stored",
        "        guard.wait(error, None)\n",
        "        guard.wait(error, None)\n        guard.wait(error, None)\n",
    ),
    ("nothing counted as failure", "stored", "guard.wait(error, None)", "guard.wait(None, None)"),
    ("higher share of failures", "quote", "rate=0.5", "rate=0.9"),
    ("other slowness", "quote", "slow=2.0", "slow=20.0"),
    ("share of slow calls", "quote", "slow_rate=0.75", "slow_rate=1.0"),
    ("longer window", "quote", "window=60.0", "window=6000.0"),
    ("more calls", "quote", "calls=10", "calls=10000"),
    ("window instead of failures", "page", "rt.HostBreakers(original, 2,", "rt.HostBreakers(original, None,"),
    ("one breaker for all hosts", "page", "rt.HostBreakers(", "rt.Breaker("),
    ("a host looked for elsewhere", "page", '("url@0", ', '("url@1", '),
    ("one way to the host less", "page", '("url@0", ', "("),
    ("one way to the host more", "page", '("url@0", ', '("url@0", "headers@.host:", '),
    ("no way to the host", "page", "host=(", "host=() or ("),
    ("refused as something else", "page", 'refusal="httpx.ConnectError"', 'refusal="builtins.SystemExit"'),
    ("refused as nothing known", "page", ', refusal="httpx.ConnectError"', ""),
    ("breaker that hears of no call", "page", "breaker=breaker, ", ""),
    ("breaker that is none", "page", "breaker=breaker, ", "breaker=None, "),
    ("breaker that is something else", "page", "breaker=breaker, ", "breaker=enforce, "),
    ("breaker made on the spot", "page", "breaker=breaker, ", "breaker=rt.HostBreakers(original, 2, 30.0), "),
    ("hosts unknown to the retries", "page", "45.0, breaker=breaker", "45.0)  # breaker=breaker"),
    (
        "answers counted as failures",
        "page",
        "rt.HostBreakers(original, 2, 30.0)",
        "rt.HostBreakers(original, 2, 30.0, answers=True)",
    ),
    (
        "failures in a row for hosts",
        "page",
        "rt.HostBreakers(original, 2, 30.0)",
        "rt.HostBreakers(original, 1, 3600.0)",
    ),
    (
        "hosts counted unasked",
        "receipt",
        "rt.Retry(original, 3, 0.1, 5.0, 45.0)",
        'rt.Retry(original, 3, 0.1, 5.0, 45.0, breaker=breaker, host=("url@0",))',
    ),
    ("more calls at a time", "receipt", "rt.Bulkhead(original, 4, 1.0)", "rt.Bulkhead(original, 400, 1.0)"),
    ("longer wait for a place", "receipt", "4, 1.0)", "4, 1000.0)"),
    ("bulkhead made, not used", "receipt", "rate_limit(bulkhead, operate", "rate_limit(operate"),
    ("bulkhead not made", "receipt", "  bulkhead = rt.Bulkhead(original, 4, 1.0)\n", ""),
    ("two bulkheads", "receipt", "  fallback =", "  spare = rt.Bulkhead(original, 4, 1.0)\n  fallback ="),
    ("higher rate", "receipt", "rt.RateLimit(original, 100,", "rt.RateLimit(original, 1000,"),
    ("shorter time", "receipt", "100, 1.0, 20", "100, 0.1, 20"),
    ("larger burst", "receipt", "1.0, 20, 0.5", "1.0, 200, 0.5"),
    ("other patience", "receipt", "20, 0.5)", "20, 50.0)"),
    ("limits in the other order", "receipt", "rate_limit(bulkhead, operate", "bulkhead(rate_limit, operate"),
    ("rate limit only at first", "receipt", "breaker, rate_limit, bulkhead, operate", "breaker, bulkhead, operate"),
    ("repeated past the breaker", "receipt", "deadline, breaker, rate_limit", "deadline, rate_limit"),
    ("repeated past the budget", "receipt", "guard.again(wait, deadline,", "guard.again(wait, None,"),
    ("other function stands in", "receipt", 'call="shop.cached"', 'call="shop.other"'),
    ("function elsewhere stands in", "receipt", 'call="shop.cached"', 'call="os.system"'),
    ("literal stands in", "receipt", 'call="shop.cached"', "value={}"),
    ("other literal", "quote", "'price': 0", "'price': 1"),
    ("zero of another type", "quote", "'price': 0", "'price': 0.0"),
    ("more in the literal", "quote", "'price': 0,", "'price': 0, 'paid': True,"),
    ("other order in the literal", "quote", "{'price': 0, 'tags': ['none']}", "{'tags': ['none'], 'price': 0}"),
    ("something for None", "stored", "value=None", "value=''"),
    (
        "stands in with other arguments",
        "receipt",
        "fallback(failure, order, currency=currency)",
        "fallback(failure, order)",
    ),
    (
        "stands in with swapped arguments",
        "quote",
        "fallback.awaited(failure, client, order)",
        "fallback.awaited(failure, order, client)",
    ),
    (
        "stands in unasked",
        "receipt",
        "        result = fallback(failure, order, currency=currency)\n",
        "        raise\n",
    ),
    ("the call's result, dropped", "stored", "        result = operate(order)", "        order_ = operate(order)"),
    (
        "stands in for nobody",
        "stored",
        "      result = fallback(failure, order)",
        "      other = fallback(failure, order)",
    ),
    (
        "stands in for what ends the program",
        "stored",
        "    except Exception as failure",
        "    except BaseException as failure",
    ),
    ("earlier second call", "quote", "rt.Hedge(original, 0.25)", "rt.Hedge(original, 0.01)"),
    (
        "second call behind the limits",
        "quote",
        "hedge.awaited, rate_limit.awaited, bulkhead.awaited",
        "rate_limit.awaited, bulkhead.awaited, hedge.awaited",
    ),
    ("no second call", "quote", "hedge.awaited, ", ""),
    ("a hedge of what has none", "receipt", "  bulkhead = rt", "  hedge = rt.Hedge(original, 1.0)\n  bulkhead = rt"),
    ("more events", "receipt", "__name__, 0.5)", "__name__, 1.0)"),
    ("no events", "receipt", "__name__, 0.5)", "__name__, 0.0)"),
    ("events by another name", "receipt", "original, __name__,", 'original, "shop._poet.other_v1",'),
    (
        "events nobody asked for",
        "stored",
        "  guard = rt",
        "  events = rt.Events(original, __name__, 1.0)\n  guard = rt",
    ),
    ("event with an argument", "page", "execution.succeeded()", "execution.succeeded(secret)"),
    ("event with a keyword", "page", "execution.failed(failure)", "execution.failed(failure, secret=secret)"),
    ("argument for an error", "page", "execution.failed(failure)", "execution.failed(secret)"),
    ("event emitted by hand", "page", "execution.succeeded()", 'events.emit("x", "y", {"secret": secret})'),
    ("result reported", "page", "execution.succeeded()", "execution.succeeded(result)"),
    ("success for failure", "page", "execution.failed(failure)", "execution.succeeded()"),
    ("failure of another error", "page", "execution.failed(failure)", "execution.failed(error)"),
    (
        "no failure reported",
        "page",
        "    except BaseException as failure:\n      if execution is not None:\n        execution.failed(failure)\n      raise\n",
        "    except BaseException as failure:\n      raise\n",
    ),
    ("cancelled calls not reported", "page", "except BaseException as failure", "except Exception as failure"),
    ("no success reported", "page", "    if execution is not None:\n      execution.succeeded()\n", ""),
    (
        "success reported twice",
        "page",
        "      execution.succeeded()\n",
        "      execution.succeeded()\n      execution.succeeded()\n",
    ),
    (
        "success before the call",
        "page",
        "    try:\n      if not (type(url)",
        "    if execution is not None:\n      execution.succeeded()\n    try:\n      if not (type(url)",
    ),
    (
        "reported although off",
        "page",
        "    if execution is not None:\n      execution.succeeded()",
        "    execution.succeeded()",
    ),
    (
        "reported only when off",
        "page",
        "if execution is not None:\n      execution.succeeded",
        "if execution is None:\n      execution.succeeded",
    ),
    (
        "reported by the weather",
        "page",
        "if execution is not None:\n      execution.succeeded",
        "if secret is not None:\n      execution.succeeded",
    ),
    ("begun although off", "page", "events.start() if events.active else None", "events.start()"),
    ("begun with an argument", "page", "events.start()", "events.start(secret)"),
    (
        "failure kept",
        "page",
        "        execution.failed(failure)\n      raise\n",
        "        execution.failed(failure)\n      return None\n",
    ),
    ("other budget", "receipt", "rt.Guard(original, 3, 5.0", "rt.Guard(original, 3, 50.0"),
    ("no budget", "receipt", "rt.Guard(original, 3, 5.0", "rt.Guard(original, 3, None"),
    (
        "budget begun again",
        "receipt",
        "        deadline = guard.deadline()\n",
        "        deadline = guard.deadline()\n        deadline = guard.deadline()\n",
    ),
    ("more attempts", "receipt", "rt.Guard(original, 3", "rt.Guard(original, 4"),
    ("fewer attempts", "receipt", "rt.Guard(original, 3", "rt.Guard(original, 2"),
    ("fewer attempts of the call", "receipt", "rt.Retry(original, 3", "rt.Retry(original, 2"),
    ("a budget of nothing", "stored", "rt.Retry(original, 3, 0.1, 5.0, 45.0)", "rt.Retry(original, 3, 0.1, 5.0, 0)"),
    ("a total of nothing", "stored", "breaker, 0.1, 5.0, 45.0)", "breaker, 0.1, 5.0, 0)"),
    (
        "repair by chance",
        "stored",
        "if not (type(order) is int or issubclass(type(order), int)):",
        "if not (type(order) is int or issubclass(type(order), None)):",
    ),
    (
        "repair of another parameter",
        "page",
        "url = perceive.value('url', url)",
        "url = perceive.value('secret', secret)",
    ),
    ("result not checked", "page", "      result = result if type(result) is str else enforce(result)\n", ""),
    ("result checked for another type", "page", "type(result) is str else", "type(result) is bytes else"),
    (
        "repair for another type",
        "page",
        "(type(url) is str or issubclass(type(url), str))",
        "(type(url) is bytes or issubclass(type(url), str))",
    ),
    (
        "no repair of another type",
        "page",
        "(type(url) is str or issubclass(type(url), str))",
        "(type(url) is str or issubclass(type(url), (str, dict)))",
    ),
    ("result checked under another name", "page", "      result = result if", "      other = result if"),
    (
        "result given another name",
        "page",
        "      result = result if type(result) is str else enforce(result)\n",
        "      result = result if type(result) is str else enforce(result)\n      other = result\n",
    ),
    ("failure not explained", "page", "        perceive.explain(error, url=url, secret=secret)\n", ""),
    ("code behind the end", "page", "    return result\n", "    return result\n    return result\n"),
]


@pytest.mark.parametrize(("name", "old", "new"), [row[1:] for row in EDITS], ids=[row[0] for row in EDITS])
def test_edits_are_refused(name: str, old: str, new: str) -> None:
    """One edit of a real answer, small or not: weaker limits, other fallbacks, lost reports, values that leak."""
    draft = protected()[name]
    top, bind, rest = draft.code.partition("def bind")
    assert old in rest, f"{old!r} is not in the answer"
    assert is_refused(draft, top + bind + rest.replace(old, new, 1))


def lines_around(code: str) -> Iterator[int]:
    """Numbers (from 0) of the lines of `bind` that are not of the user's body, docstrings excepted."""
    lines = code.split("\n")
    start = next(n for n, line in enumerate(lines) if line.startswith("def bind"))
    first = next(n for n, line in enumerate(lines) if "def operate" in line)
    last = next(n for n, line in enumerate(lines) if "operate = rt.relocate" in line)
    for number in range(start + 1, len(lines)):
        if lines[number].strip() and not first < number < last and '"""' not in lines[number]:
            yield number


@pytest.mark.parametrize("name", NAMES)
def test_no_line_can_be_left_out(name: str) -> None:
    """Every line around the user's body is needed: without it the answer is refused."""
    draft = protected()[name]
    lines = draft.code.split("\n")
    passed = [
        lines[n] for n in lines_around(draft.code) if not is_refused(draft, "\n".join([*lines[:n], *lines[n + 1 :]]))
    ]
    assert not passed


@pytest.mark.parametrize("name", NAMES)
def test_no_number_of_a_protection_can_be_changed(name: str) -> None:
    """Each literal of a breaker, bulkhead, rate limit, fallback, hedge or event is the user's, or stands for the
    default where nobody said anything."""
    draft = protected()[name]
    code = draft.code
    lines = code.split("\n")
    things = ("rt.Bulkhead", "rt.RateLimit", "rt.Hedge", "rt.Fallback", "rt.Events", "rt.Breaker(original, 3")
    passed = []
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        line = lines[token.start[0] - 1]
        if token.type not in (tokenize.NUMBER, tokenize.STRING) or not any(thing in line for thing in things):
            continue
        for other in ("0", "1", "7", "0.5", "1.0", "1e9", "-1", "True", "None", "''", "'x'", "order"):
            if other == token.string:
                continue
            edited = line[: token.start[1]] + other + line[token.end[1] :]
            if not is_refused(draft, "\n".join([*lines[: token.start[0] - 1], edited, *lines[token.start[0] :]])):
                passed.append(edited)
    assert not passed


@pytest.mark.parametrize("name", NAMES)
def test_names_of_the_public_function_cannot_be_exchanged(name: str) -> None:
    """In the straight line around Operate′ each name is the only one that can stand there."""
    draft = protected()[name]
    lines = draft.code.split("\n")
    begin = next(n for n, line in enumerate(lines) if "operate = rt.relocate" in line) + 1
    others = (
        "order",
        "url",
        "secret",
        "result",
        "error",
        "failure",
        "execution",
        "deadline",
        "wait",
        "guard",
        "breaker",
        "None",
        "True",
    )
    passed = []
    for token in tokenize.generate_tokens(io.StringIO(draft.code).readline):
        row = token.start[0] - 1
        if row < begin or token.type != tokenize.NAME or "perceive.value" in lines[row]:
            continue
        for other in others:
            if other == token.string:
                continue
            edited = lines[row][: token.start[1]] + other + lines[row][token.end[1] :]
            if not is_refused(draft, "\n".join([*lines[:row], edited, *lines[row + 1 :]])):
                passed.append((token.string, edited))
    assert not passed
