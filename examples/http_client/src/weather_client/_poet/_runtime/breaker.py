# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""A circuit breaker: after failures in a row calls are refused for a while, then a few probes decide.

closed ──`limit` failures in a row──▶ open ──its time is up──▶ half-open ──`successes` probes worked──▶ closed
                                       ▲                           │
                                       └──────── a probe failed ───┘         isolate() ▶ isolated ▶ reset() ▶ closed
"""

from threading import RLock

from .breakers_by_name import BREAKERS
from .clock import monotonic
from .current import live_deadline
from .errors import CircuitOpenError
from .forks import fork_aware
from .hooks import name_of, notice, shielded
from .marks import mark_final
from .rng import chance
from .testing import LEFT_BY_TESTS, look_for_new_test
from .transient import is_transient
from .travel import Stays
from .validate import checked_count, checked_seconds, checked_share


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
        original,
        limit = 5,
        open_for = 30.0,
        *,
        probes = 1,
        successes = None,
        growth = 1.0,
        jitter = 0.0,
        exclude = (),
        transient = (),
        clock = monotonic,
        name = None,
    ):
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
        self.listeners = []
        """called with the breaker, the state it left and the one it is in, outside of the lock"""
        self.changes = []
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

    def now(self):
        """The clock, which never goes backwards here; call it with the lock held."""
        self.reached = max(self.reached, self.clock())
        return self.reached

    def __call__(self, function, /, *args, **kwargs):
        """`function(*args)` if it is let through, else `CircuitOpenError`; how it ends is taken note of."""
        call = self.begin()
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            self.finish(call, self.verdict_on(error), error)
            raise
        self.finish(call, True)
        return result

    async def awaited(self, function, /, *args, **kwargs):
        """`__call__` for a coroutine function."""
        call = self.begin()
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            self.finish(call, self.verdict_on(error), error)
            raise
        self.finish(call, True)
        return result

    def begin(self):
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

    def finish(self, call, worked, error = None):
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

    def is_slow(self, began):
        """Whether a call took too long."""
        return False

    def judge(self, failed, is_slow):
        """Count a call that was no probe; call it with the lock held. Here nothing: that is done where it was made."""

    def refused(self):
        """Say that a call isn't let through; call it without the lock."""
        self.tell()
        notice("function.refusal", self.name, by="breaker")

    def admitted(self):
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

    def lets_probe(self, now):
        """Whether another probe may start; with all places taken for too long they are given anew."""
        if self.running < self.probes:
            return True
        if now - self.probed_at < self.time_open:
            return False
        self.forget_probes()
        return True

    def forget_probes(self):
        """Give up the probes under way for lost; call it with the lock held."""
        self.epoch += 1
        self.running = 0
        self.enter(self.state)

    def ended(self, probe, worked, error = None):
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

    def succeeded(self):
        """A call worked while it was closed: count from zero."""
        with self.lock:
            if self.state == "closed":
                self.failures = 0

    def failed(self, error):
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

    def verdict_on(self, error):
        """False if an error is the failure of what is called, None if it says nothing about that."""
        if not isinstance(error, Exception):  # cancelled: a failure if it is because its time was up
            deadline = live_deadline()
            return False if deadline is not None and deadline.end <= monotonic() else None
        return False if self.counts(error) else None

    def counts(self, error):
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

    def trip(self):
        """Open, for a time that grows with every opening; call it with the lock held."""
        self.opened += 1
        grown = min(self.open_for * self.growth ** min(self.opened - 1, 100), LONGEST_OPEN)
        self.time_open = grown * (1.0 + self.jitter * (2.0 * chance() - 1.0))
        self.until = self.now() + self.time_open
        self.enter("open")

    def enter(self, state):
        """Change the state; call it with the lock held."""
        if state != self.state:
            self.changes.append((self.state, state))
        self.state = state
        self.generation += 1
        self.proved = 0
        if state == "closed":
            self.failures = self.opened = 0
        self.is_open = state != "closed"

    def isolate(self):
        """Refuse every call until `reset`."""
        look_for_new_test()
        with self.lock:
            self.enter("isolated")
        self.tell()

    def reset(self):
        """Close, and count from zero."""
        with self.lock:
            self.enter("closed")
        self.tell()

    def forget(self):
        """Close as if nothing had happened, for another test."""
        with self.lock:
            self.enter("closed")
            self.changes.clear()

    def tell(self):
        """Say what has changed; call it without the lock."""
        while self.changes:
            with self.lock:
                if not self.changes:
                    return
                before, state = self.changes.pop(0)
            for listener in tuple(self.listeners):
                shielded(listener, self, before, state)
            notice("breaker.state", self.name, before=before, state=state, failures=self.failures)

    def refusal(self, now):
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

    def why(self):
        """What opened it."""
        return f"{self.failures} failures in a row"

    def snapshot(self):
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

    def forked(self):
        """In the child of a fork: the other threads, their locks and their probes are gone."""
        self.lock = RLock()
        self.forget_probes()
