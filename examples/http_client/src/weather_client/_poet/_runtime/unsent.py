# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""Failures before anything was sent: after those even a write may be made again."""

from .known import KNOWN
from .lookups import reached, root_of


OF_PYTHON = frozenset({"asyncio", "contextlib", "socket", "ssl"})
"""packages of the standard library through which clients connect"""


def is_unsent(error):
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


def frames_of(error):
    """The frames that an error came through, outermost first."""
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame
        trace = trace.tb_next


def is_clients_own(frames):
    """Whether an error came from a client's code to the runtime's through nobody else's."""
    home = __name__.rpartition(".")[0] + "."
    known = OF_PYTHON.union(KNOWN.frames)
    return all(
        package_named(frame) in known or str(frame.f_globals.get("__name__")).startswith(home) for frame in frames
    )


def package_named(frame):
    """The package of a frame's code."""
    return str(frame.f_globals.get("__name__")).partition(".")[0]


def shows(rule, error, frames):
    """Whether a rule of `Known.unsent` shows that nothing was sent."""
    passed = [frame.f_code.co_name for frame in frames]
    if "reason" in rule and type(reached(error, rule["reason"])).__name__ not in rule["reasons"]:
        return False
    if not set(passed).isdisjoint(rule.get("never", ())):
        return False
    through = [frame for frame in frames if frame.f_code.co_name == rule["through"]]
    through = [frame for frame in through if package_named(frame) == root_of(type(error))]
    return bool(through) and ("empty" not in rule or all(f.f_locals.get(rule["empty"]) == [] for f in through))
