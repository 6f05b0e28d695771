"""Repeating a read by a session that comes from outside: only the first one of a transaction that nobody has begun.

Then nothing of the caller's is lost when the session is rolled back, and a connection out of a pool, which the server
has closed meanwhile, is replaced.
"""

from __future__ import annotations

import sys
from functools import partial

from poetc.runtime.attempts import repeat, repeat_async
from poetc.runtime.consumed import is_spent
from poetc.runtime.current import limited_call
from poetc.runtime.known import KNOWN
from poetc.runtime.lookups import looked_up, reached, root_of
from poetc.runtime.repeats import STUCK, USED_ONCE
from poetc.runtime.retry import bound
from poetc.runtime.retry_forms import AnyRetry
from poetc.runtime.retry_state import RetryState
from poetc.runtime.transient import has_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from poetc.runtime.deadline import Deadline


class FreshState(RetryState):
    """What has failed so far of the first read of a session; `rule` says what shows that its connection was stale."""

    __slots__ = ("ended", "rule")

    rule: Any
    ended: bool

    def obstacle(self, error: Exception) -> str:
        """Why it can't be made again after `error`, or "": after a stale connection, connecting may fail as well."""
        if not self.ended and reached(error, self.rule["shown"]) is not True:
            return STUCK
        return USED_ONCE if is_spent(self.args, self.kwargs, self.places) else ""

    def end(self) -> Any:
        """Before a further attempt: end the transaction that the last one has begun; to be awaited if the call is."""
        self.ended = True
        return getattr(looked_up(self.function, "__self__"), self.rule["ends"])()


class SessionRetry(AnyRetry):
    """A `Retry` for reads by sessions from outside as well."""

    __slots__ = ()

    def fresh(
        self,
        function: Callable[..., Any],
        deadline: Deadline | None = None,
        timeout: str | None = None,
        scale: int | None = None,
    ) -> Any:
        """`function`, a method of a session that reads, made again only if its session has begun nothing."""

        def attempt(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
            call = partial(limited_call, deadline, function, timeout, scale, args, kwargs)
            rule = freshness(function, kwargs)
            if rule is None:
                return call()
            state = FreshState.of(self, function, deadline, args, kwargs, blocks=True)
            state.rule, state.ended = rule, False
            first = state.tried

            def again() -> Any:
                if state.tried > first:
                    state.end()
                return call()

            return repeat(state, again)

        return bound(attempt, function)

    def fresh_awaited(self, function: Callable[..., Any]) -> Any:
        """`fresh` for a function whose result is awaited."""

        async def attempt(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
            rule = freshness(function, kwargs)
            if rule is None:
                return await function(*args, **kwargs)
            state = FreshState.of(self, function, None, args, kwargs, blocks=False)
            state.rule, state.ended = rule, False
            first = state.tried

            async def again() -> Any:
                if state.tried > first:
                    await state.end()
                return await function(*args, **kwargs)

            return await repeat_async(state, again)

        return bound(attempt, function)


def freshness(function: Callable[..., Any], kwargs: dict[str, Any]) -> Any:
    """The rule of `Known.fresh` by which a method's session has begun nothing and holds nothing; None: it may have."""
    owner = looked_up(function, "__self__")
    try:
        rules = [rule for rule in KNOWN.fresh if has_name(owner, rule["of"])]
        return next((rule for rule in rules if is_fresh(owner, rule, kwargs)), None)
    except Exception:  # stand-ins in tests, clients of another version
        return None


def is_fresh(owner: Any, rule: dict[str, Any], kwargs: dict[str, Any]) -> bool:
    """Whether that holds by one rule: of the library's own classes only, for others may do more when they begin."""
    session = reached(owner, rule["session"]) if rule["session"] else owner
    return (
        reached(session, rule["begun"]) is False
        and all(is_known(cls, rule["own"]) for each in {type(owner), type(session)} for cls in each.__mro__)
        and all(len(reached(session, path)) == 0 for path in rule["empty"])
        and [len(each) for path in rule["either"] if (each := reached(session, path)) is not None] == [0]
        and has_name(reached(session, rule["by"]), rule["engines"])
        and not any(kwargs.get(name) for name in rule["never"])
    )


def is_known(cls: type, own: tuple[str, ...]) -> bool:
    """Whether a class is the language's, or one of those packages'."""
    root = root_of(cls)
    return root in own or root in sys.stdlib_module_names
