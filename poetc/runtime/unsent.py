"""Failures before anything was sent: after those even a write may be made again."""

from __future__ import annotations

from poetc.runtime.known import KNOWN
from poetc.runtime.lookups import reached

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

OF_PYTHON = frozenset({"asyncio", "contextlib", "socket", "ssl"})
"""packages of the standard library through which clients connect"""


def is_unsent(error: Exception) -> bool:
    """Whether a call failed while it was still connecting, for clients that let that be seen.

    Not if it may be the connection of a further request, after a first one did arrive: where that was redirected to,
    what a hook, an authentication or a transport of the user's sent. What can't be looked at may have been sent.
    """
    try:
        name = f"{type(error).__module__}.{type(error).__qualname__}"
        frames = list(frames_of(error))
        rules = [rule for rule in KNOWN.unsent if name in rule["errors"]]
        return any(shows(rule, error, frames) for rule in rules) and is_clients_own(frames)
    except Exception:  # stand-ins in tests, clients of another version
        return False


def frames_of(error: BaseException) -> Iterator[Any]:
    """The frames that an error came through, outermost first."""
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame
        trace = trace.tb_next


def is_clients_own(frames: list[Any]) -> bool:
    """Whether an error came from a client's code to the runtime's through nobody else's."""
    home = __name__.rpartition(".")[0] + "."
    modules = [str(frame.f_globals.get("__name__")) for frame in frames]
    known = OF_PYTHON.union(KNOWN.frames)
    return all(module.partition(".")[0] in known or module.startswith(home) for module in modules)


def shows(rule: dict[str, Any], error: Exception, frames: list[Any]) -> bool:
    """Whether a rule of `Known.unsent` shows that nothing was sent."""
    passed = [frame.f_code.co_name for frame in frames]
    if "reason" in rule and type(reached(error, rule["reason"])).__name__ not in rule["reasons"]:
        return False
    if not set(passed).isdisjoint(rule.get("never", ())):
        return False
    package = type(error).__module__.partition(".")[0] + "."
    through = [
        frame
        for frame in frames
        if frame.f_code.co_name == rule["through"] and str(frame.f_globals.get("__name__")).startswith(package)
    ]
    return bool(through) and ("empty" not in rule or all(f.f_locals.get(rule["empty"]) == [] for f in through))
