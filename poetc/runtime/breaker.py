"""A circuit breaker: after failures in a row calls are refused for a while, then a few probes decide.

closed ──`limit` failures in a row──▶ open ──its time is up──▶ half-open ──`successes` probes worked──▶ closed
                                       ▲                           │
                                       └──────── a probe failed ───┘         isolate() ▶ isolated ▶ reset() ▶ closed
"""

from __future__ import annotations

from threading import RLock

from poetc.runtime.breakers_by_name import BREAKERS
from poetc.runtime.clock import monotonic
from poetc.runtime.current import live_deadline
from poetc.runtime.errors import CircuitOpenError
from poetc.runtime.forks import fork_aware
from poetc.runtime.hooks import name_of, notice, shielded
from poetc.runtime.marks import mark_final
from poetc.runtime.rng import chance
from poetc.runtime.testing import LEFT_BY_TESTS, look_for_new_test
from poetc.runtime.transient import is_transient
from poetc.runtime.travel import Stays
from poetc.runtime.validate import checked_count, checked_seconds, checked_share

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Begun = tuple[int, tuple[int, int] | None, float]
    """the generation of a call, its mark if it is a probe, and when it began"""

LONGEST_OPEN = 3600.0
"""seconds that a breaker stays open at most, however much it has grown"""


class Breaker(Stays):
    """Opens after `limit` failures in a row. What counts is what passes by itself (see `is_transient`, which also gets
    the dotted names in `transient`) and isn't in `exclude`.

    It stays open for `open_for * growth ** (n - 1)` seconds, at most 3600, where n counts the openings since it was
    last closed; times a uniform share of 1 ± `jitter`. Then at most `probes` calls at a time are let through;
    `successes` of them in a row close it, one failure opens it again. A probe that ends in an error that doesn't
    count, or whose caller dies, says nothing and frees its place; one that isn't heard of for as long as the breaker
    was open counts as lost.

    Calls don't come here while it is closed: generated code reads `is_open` before a call and `failures` behind it,
    both without the lock, which is never held during a call. Late results of calls from before it opened are ignored.
    """

    __slots__ = (
        "__weakref__",
        "changes",
        "clock",
        "epoch",
        "exclude",
        "failures",
        "generation",
        "growth",
        "is_open",
        "jitter",
        "limit",
        "listeners",
        "lock",
        "name",
        "open_for",
        "opened",
        "probed_at",
        "probes",
        "proved",
        "reached",
        "running",
        "state",
        "successes",
        "time_open",
        "transient",
        "until",
    )

    def __init__(
        self,
        original: Callable[..., Any],
        limit: int = 5,
        open_for: float = 30.0,
        *,
        probes: int = 1,
        successes: int | None = None,
        growth: float = 1.0,
        jitter: float = 0.0,
        exclude: tuple[str, ...] = (),
        transient: tuple[str, ...] = (),
        clock: Callable[[], float] = monotonic,
        name: str | None = None,
    ) -> None:
        self.name = name_of(original) if name is None else name
        self.limit = checked_count("limit", limit)
        self.open_for = checked_seconds("open_for", open_for, above=0.0)
        self.probes = checked_count("probes", probes)
        self.successes = self.probes if successes is None else checked_count("successes", successes)
        self.growth = checked_share("growth", growth, 1.0, 10.0)
        self.jitter = checked_share("jitter", jitter)
        self.exclude = frozenset(exclude)
        self.transient = transient
        self.clock = clock
        self.listeners: list[Callable[[Breaker, str, str], None]] = []
        """called with the breaker, the state it left and the one it is in, outside of the lock"""
        self.changes: list[tuple[str, str]] = []
        """of state, not yet told"""
        self.lock = RLock()
        self.state = "closed"
        """ "closed", "open", "half-open" or "isolated" """
        self.is_open = False
        """whether calls have to ask: in every state but "closed" """
        self.failures = 0
        """in a row"""
        self.generation = 0
        """counts the changes of state, so that what began before one is known after it"""
        self.opened = 0
        """openings since it was last closed"""
        self.until = 0.0
        self.time_open = 0.0
        self.running = 0
        """probes, those from before the last change of state included"""
        self.epoch = 0
        """counts how often the probes under way were given up for lost"""
        self.proved = 0
        self.probed_at = 0.0
        self.reached = self.clock()
        if name is None:
            BREAKERS[self.name] = self
            LEFT_BY_TESTS.add(self)
        fork_aware(self)

    def now(self) -> float:
        """The clock, which never goes backwards here; call it with the lock held."""
        self.reached = max(self.reached, self.clock())
        return self.reached

    def __call__(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """`function(*args)` if it is let through, else `CircuitOpenError`; how it ends is taken note of."""
        call = self.begin()
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            self.finish(call, self.verdict_on(error), error)
            raise
        self.finish(call, True)
        return result

    async def awaited(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """`__call__` for a coroutine function."""
        call = self.begin()
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            self.finish(call, self.verdict_on(error), error)
            raise
        self.finish(call, True)
        return result

    def begin(self) -> Begun:
        """Let a call through; raises `CircuitOpenError`."""
        look_for_new_test()
        try:
            with self.lock:
                probe = self.admitted()
                generation = self.generation
        except CircuitOpenError:
            self.refused()
            raise
        self.tell()
        return generation, probe, self.clock()

    def finish(self, call: Begun, worked: bool | None, error: BaseException | None = None) -> None:
        """Take note of a call's end; None: it says nothing."""
        generation, probe, began = call
        is_slow = worked is not None and self.is_slow(began)
        if probe is not None:
            self.ended(probe, worked and not is_slow if worked is not None else None, error)
            return
        with self.lock:
            if generation != self.generation or worked is None:
                return
            self.judge(not worked, is_slow)
            is_open = self.is_open
        self.tell()
        if is_open and error is not None:
            mark_final(error)

    def is_slow(self, began: float) -> bool:
        """Whether a call took too long."""
        return False

    def judge(self, failed: bool, is_slow: bool) -> None:
        """Count a call that was no probe; call it with the lock held. Here nothing: that is done where it was made."""

    def refused(self) -> None:
        """Say that a call isn't let through; call it without the lock."""
        self.tell()
        notice("function.refusal", self.name, by="breaker")

    def admitted(self) -> tuple[int, int] | None:
        """None if it is closed, else a probe's mark for `ended`, or `CircuitOpenError`; call it with the lock held."""
        if self.state == "closed":
            return None
        now = self.now()
        if self.state == "open" and now >= self.until:
            self.enter("half-open")
        if self.state != "half-open" or not self.lets_probe(now):
            raise self.refusal(now)
        self.running += 1
        self.probed_at = now
        return self.generation, self.epoch

    def lets_probe(self, now: float) -> bool:
        """Whether another probe may start; with all places taken for too long they are given anew."""
        if self.running < self.probes:
            return True
        if now - self.probed_at < self.time_open:
            return False
        self.forget_probes()
        return True

    def forget_probes(self) -> None:
        """Give up the probes under way for lost; call it with the lock held."""
        self.epoch += 1
        self.running = 0
        self.enter(self.state)

    def ended(self, probe: tuple[int, int], worked: bool | None, error: BaseException | None = None) -> None:
        """Take note of a probe's end; None: it says nothing."""
        generation, epoch = probe
        with self.lock:
            self.running -= epoch == self.epoch
            if generation != self.generation:
                return
            if worked:
                self.proved += 1
                if self.proved >= self.successes:
                    self.enter("closed")
            elif worked is False:
                self.trip()
        self.tell()
        if worked is False and error is not None:
            mark_final(error)  # it is open: a further attempt would only be refused

    def succeeded(self) -> None:
        """A call worked while it was closed: count from zero."""
        with self.lock:
            if self.state == "closed":
                self.failures = 0

    def failed(self, error: BaseException) -> None:
        """A call failed while it was closed: count it if it counts, and open at the limit."""
        if not self.counts(error):
            return
        look_for_new_test()
        with self.lock:
            if self.state == "closed":
                self.failures += 1
                if self.failures >= self.limit:
                    self.trip()
        self.tell()

    def verdict_on(self, error: BaseException) -> bool | None:
        """False if an error is the failure of what is called, None if it says nothing about that."""
        if not isinstance(error, Exception):  # cancelled: a failure if it is because its time was up
            deadline = live_deadline()
            return False if deadline is not None and deadline.end <= monotonic() else None
        return False if self.counts(error) else None

    def counts(self, error: BaseException) -> bool:
        """Whether an error passes by itself, and none of its classes is in `exclude`, by its dotted name; builtins go
        by their bare name too."""
        if not is_transient(error, self.transient):
            return False
        if not self.exclude:
            return True
        classes = type(error).__mro__
        names = {f"{c.__module__}.{c.__qualname__}" for c in classes}
        names |= {c.__qualname__ for c in classes if c.__module__ == "builtins"}
        return self.exclude.isdisjoint(names)

    def trip(self) -> None:
        """Open, for a time that grows with every opening; call it with the lock held."""
        self.opened += 1
        grown = min(self.open_for * self.growth ** min(self.opened - 1, 100), LONGEST_OPEN)
        self.time_open = grown * (1.0 + self.jitter * (2.0 * chance() - 1.0))
        self.until = self.now() + self.time_open
        self.enter("open")

    def enter(self, state: str) -> None:
        """Change the state; call it with the lock held."""
        if state != self.state:
            self.changes.append((self.state, state))
        self.state = state
        self.generation += 1
        self.proved = 0
        if state == "closed":
            self.failures = self.opened = 0
        self.is_open = state != "closed"

    def isolate(self) -> None:
        """Refuse every call until `reset`."""
        look_for_new_test()
        with self.lock:
            self.enter("isolated")
        self.tell()

    def reset(self) -> None:
        """Close, and count from zero."""
        with self.lock:
            self.enter("closed")
        self.tell()

    def forget(self) -> None:
        """Close as if nothing had happened, for another test."""
        with self.lock:
            self.enter("closed")
            self.changes.clear()

    def tell(self) -> None:
        """Say what has changed; call it without the lock."""
        while self.changes:
            with self.lock:
                if not self.changes:
                    return
                before, state = self.changes.pop(0)
            for listener in tuple(self.listeners):
                shielded(listener, self, before, state)
            notice("breaker.state", self.name, before=before, state=state, failures=self.failures)

    def refusal(self, now: float) -> CircuitOpenError:
        """Why a call isn't let through; never retried."""
        if self.state == "isolated":
            why = "isolated by hand, until it is reset"
        elif self.state == "half-open":
            why = f"{self.running} of {self.probes} probes under way"
        else:
            why = f"{self.why()}; next try in {self.until - now:.1f} s"
        error = CircuitOpenError(f"circuit of {self.name} open: {why}")
        mark_final(error)
        return error

    def why(self) -> str:
        """What opened it."""
        return f"{self.failures} failures in a row"

    def snapshot(self) -> dict[str, Any]:
        """What it knows: `name`, `state`, `failures` in a row, `opened` times since it was closed, `running` probes,
        and `retry_in` seconds until the next one may start."""
        with self.lock:
            left = max(0.0, self.until - self.now()) if self.state == "open" else 0.0
            return {
                "name": self.name,
                "state": self.state,
                "failures": self.failures,
                "opened": self.opened,
                "running": self.running,
                "retry_in": left,
            }

    def forked(self) -> None:
        """In the child of a fork: the other threads, their locks and their probes are gone."""
        self.lock = RLock()
        self.forget_probes()
