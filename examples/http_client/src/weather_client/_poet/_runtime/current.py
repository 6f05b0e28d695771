# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""The budget that holds for the current code, whoever has set it; what looks for it needn't know how it is kept."""

from contextvars import ContextVar


OUTER_DEADLINE = ContextVar("poet_outer_deadline", default=None)
"""the budget of the innermost enhanced call around the current code; tasks and copied contexts inherit it, and are not
bound by it (see `live_deadline`)"""

CLEANUP_GRACE = 1.0
"""seconds that what cleans up gets, in all, once the budget is spent, or nearly"""

NEARLY = 0.25
"""share of the budget with which less than the grace counts as nearly nothing"""


def live_deadline():
    """The budget that holds for the current code, or None.

    A budget binds the thread or task only in which its call runs: what that starts may outlive it. Tasks that it awaits
    are cancelled with it.
    """
    deadline = OUTER_DEADLINE.get()
    while deadline is not None and not (deadline.is_live and deadline.is_here()):
        deadline = deadline.outer
    return deadline


def limited_call(
    deadline,
    function,
    name,
    scale,
    args,
    kwargs,
):
    """`function(*args, **kwargs)` with what is left of the budget as `name`, and no longer than that; raises
    `BudgetSpentError` if nothing is.

    Without a deadline of its own, a call shares that of an enhanced call around it. Without a name it is just made.
    """
    if name is None:
        return function(*args, **kwargs)
    if deadline is None or not deadline.is_live:
        deadline = live_deadline()
    if deadline is None:
        return function(*args, **kwargs)
    return deadline.call(function, name, scale, args, kwargs)
