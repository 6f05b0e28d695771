"""Generated code → what stands around the function: attempts, budget, breaker and the like, in words."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from poetc.emit.objects import BUDGETS, OBJECTS, RETRIES

MECHANISMS: Final = {
    "asyncio": "the task is cancelled when it is over",
    "cooperative": "calls and loops get what is left of it",
    "cooperative-and-alarm": "calls and loops get what is left of it; on the main thread an alarm ends what goes on",
    "alarm": "an alarm ends it on the main thread; elsewhere opaque code isn't interrupted",
    "alarm-or-thread": "an alarm on the main thread, a thread that is given up elsewhere",
}
CHECKS: Final = frozenset({"Perceive", "Enforce", "Hint"})
"""what only looks at values"""


def protections(code: str, metadata: Mapping[str, Any]) -> list[dict[str, str]]:
    """{what, how} of everything that `bind` makes, in its order."""
    found = []
    for name, thing, call in bound_objects(code):
        if thing in RETRIES:
            row = {"what": "repeated calls", "how": retry_text(given(thing, call))}
            found += [row] * (row not in found)
        elif thing == "Region":
            found.append(
                {"what": "repeated blocks", "how": f"{retry_text(given(thing, call))}; calls in them included"}
            )
        elif thing == "Guard":
            found += guard_texts(given(thing, call))
        elif thing in BUDGETS.values():
            found.append({"what": "budget", "how": budget_text(given(thing, call), metadata)})
        elif thing == "Breaker":
            found.append({"what": "breaker", "how": breaker_text(given(thing, call))})
        elif thing.endswith("HostBreakers"):
            found.append({"what": "breaker for each host", "how": hosts_text(call)})
        elif thing in TEXTS:
            found.append({"what": name.rstrip("_").replace("_", " "), "how": TEXTS[thing](given(thing, call), call)})
        elif thing not in CHECKS:
            found.append({"what": name, "how": ast.unparse(call)})
    return found


def hosts_text(call: ast.Call) -> str:
    """When calls to a host are refused, and what isn't counted."""
    status = "a failure" if any(keyword.arg == "answers" for keyword in call.keywords) else "an answer"
    return (
        f"{windowed_text(given('HostBreakers', call), call)}; repeated calls count by the host that they go to, "
        f"if that can be told; a status like 503 is {status}"
    )


def windowed_text(numbers: Mapping[str, Any], call: ast.Call) -> str:
    """When calls are refused by a breaker that looks at shares, at failures in a row, or at both."""
    window, judged = numbers.get("window"), numbers.get("calls", 20)
    among = f"calls in {window:g} s ({judged} at least)" if window is not None else f"last {judged} calls"
    reasons = [f"{numbers['rate']:g} of the {among} failed"] if numbers.get("rate") is not None else []
    if numbers.get("slow") is not None:
        reasons.append(f"{numbers.get('slow_rate', 0.5):g} of the {among} took {numbers['slow']:g} s or more")
    if numbers.get("limit") is not None:
        reasons.append(f"{numbers['limit']} failures in a row")
    text = f"opens after {' or '.join(reasons)}, for {numbers.get('open_for', 30.0):g} s"
    if numbers.get("growth", 1.0) != 1.0:
        text += f", {numbers['growth']:g} times as long after each opening"
    if numbers.get("probes", 1) != 1:
        text += f"; {numbers['probes']} probes at a time"
    excluded = next((keyword.value for keyword in call.keywords if keyword.arg == "exclude"), None)
    return f"{text}; without {', '.join(ast.literal_eval(excluded))}" if excluded is not None else text


def bulkhead_text(numbers: Mapping[str, Any], call: ast.Call) -> str:
    """How many calls there may be at a time."""
    return f"{counted(numbers.get('limit', 1))} at a time, {waiting(numbers)}"


def rate_text(numbers: Mapping[str, Any], call: ast.Call) -> str:
    """How many calls there may be in a time."""
    burst = numbers.get("burst")
    at_once = f", {burst} of them at once" if burst not in (None, numbers.get("calls")) else ""
    return f"{counted(numbers.get('calls', 1))} in {numbers.get('seconds', 1.0):g} s{at_once}, {waiting(numbers)}"


def counted(number: int) -> str:
    """ "1 call", "2 calls"."""
    return f"{number} call{'s' * (number != 1)}"


def waiting(numbers: Mapping[str, Any]) -> str:
    """What becomes of the others."""
    wait = numbers.get("wait", 0.0)
    return f"others wait up to {wait:g} s and are then refused" if wait else "others are refused"


def hedge_text(numbers: Mapping[str, Any], call: ast.Call) -> str:
    """When a second call begins."""
    return f"a second call beside one that takes longer than {numbers.get('after', 0.0):g} s; the first result counts"


def fallback_text(numbers: Mapping[str, Any], call: ast.Call) -> str:
    """What stands in for a call that has finally failed."""
    given = call.keywords[0]
    what = f"{numbers['call']}(...)" if "call" in numbers else ast.unparse(given.value)
    return f"{what} in place of what has finally failed in passing, or was refused"


def events_text(numbers: Mapping[str, Any], call: ast.Call) -> str:
    """How many calls are reported."""
    sample = numbers.get("sample", 1.0)
    return "of each call, to whatever sinks are in use" if sample == 1 else f"of {sample:g} of the calls"


def attempts_of(code: str) -> int:
    """How often the whole function is tried."""
    guards = [given(thing, call) for _, thing, call in bound_objects(code) if thing == "Guard"]
    return max((int(numbers.get("attempts", 1)) for numbers in guards), default=1)


def bound_objects(code: str) -> Iterator[tuple[str, str, ast.Call]]:
    """(name, class of the runtime, call) of every `name = rt.Thing(...)` in `bind`; the code was verified before."""
    for statement in bind_of(code).body:
        value = statement.value if isinstance(statement, ast.Assign) else None
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr[:1].isupper():
            target = statement.targets[0] if isinstance(statement, ast.Assign) else None
            yield target.id if isinstance(target, ast.Name) else "", value.func.attr, value


def bind_of(code: str) -> ast.FunctionDef:
    """The function `bind`, which may stand in a class."""
    top = ast.parse(code).body
    inner = [each for node in top if isinstance(node, ast.ClassDef) for each in node.body]
    return next(node for node in (*top, *inner) if isinstance(node, ast.FunctionDef))


def given(thing: str, call: ast.Call) -> dict[str, Any]:
    """The literal arguments by name."""
    found = dict(zip(OBJECTS[thing].parameters if thing in OBJECTS else (), call.args[1:], strict=False))
    found |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    return {key: node.value for key, node in found.items() if isinstance(node, ast.Constant)}


TEXTS: Final[dict[str, Callable[[Mapping[str, Any], ast.Call], str]]] = {
    "WindowBreaker": windowed_text,
    "Bulkhead": bulkhead_text,
    "RateLimit": rate_text,
    "Hedge": hedge_text,
    "Fallback": fallback_text,
    "Events": events_text,
}
"""class of the runtime → what says in words what an object of it does"""


def waits(numbers: Mapping[str, Any]) -> str:
    """How long is waited between attempts."""
    return f"waits from {numbers.get('first', 0.1):g} s, doubling to {numbers.get('most', 5.0):g} s, with full jitter"


def retry_text(numbers: Mapping[str, Any]) -> str:
    """What is done for a call that fails in a way that passes."""
    attempts, budget = numbers.get("attempts", 3), numbers.get("budget", 45.0)
    return f"{attempts} attempts, {waits(numbers)}, Retry-After kept to, {budget:g} s at most for all of them"


def budget_text(numbers: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
    """How long a call may take, and how that is kept."""
    mechanism = metadata.get("timeout_mechanism")
    how = f" ({mechanism}: {MECHANISMS[mechanism]})" if mechanism in MECHANISMS else ""
    return f"{numbers['seconds']:g} s for all of it{how}"


def guard_texts(numbers: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Attempts of the whole function."""
    if numbers.get("attempts", 1) > 1:
        yield {"what": "whole function", "how": f"{numbers['attempts']} attempts, {waits(numbers)}"}


def breaker_text(numbers: Mapping[str, Any]) -> str:
    """When calls are refused."""
    return f"opens after {numbers.get('limit', 5)} failures in a row, for {numbers.get('open_for', 30.0):g} s"
