"""What holds for the current code, whoever has set it: its budget, and the block around it that is repeated as a whole.

What looks for the budget needn't know how it is kept.
"""

from __future__ import annotations

from contextvars import ContextVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from poetc.runtime.deadline import Deadline
    from poetc.runtime.region import Tries

OUTER_DEADLINE: ContextVar[Deadline | None] = ContextVar("poet_outer_deadline", default=None)
"""the budget of the innermost enhanced call around the current code; tasks and copied contexts inherit it, and are not
bound by it (see `live_deadline`)"""

AROUND: ContextVar[Tries | None] = ContextVar("poet_around", default=None)
"""calls in a block that is repeated, and what they call, have one attempt less in each further run of it"""

CLEANUP_GRACE = 1.0
"""seconds that what cleans up gets, in all, once the budget is spent, or nearly"""

NEARLY = 0.25
"""share of the budget with which less than the grace counts as nearly nothing"""


def live_deadline() -> Deadline | None:
    """The budget that holds for the current code, or None.

    A budget binds the thread or task only in which its call runs: what that starts may outlive it. Tasks that it awaits
    are cancelled with it.
    """
    deadline = OUTER_DEADLINE.get()
    while deadline is not None and not (deadline.is_live and deadline.is_here()):
        deadline = deadline.outer
    return deadline


def limited_call(
    deadline: Deadline | None,
    function: Callable[..., Any],
    name: str | None,
    scale: int | None,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
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
