"""The circuit breaker: closed, open, half-open, isolated."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from poetc.runtime.breaker import Breaker
from poetc.runtime.breakers_by_name import breakers
from poetc.runtime.cancel import AsyncDeadline
from poetc.runtime.deadline import Deadline
from poetc.runtime.errors import CircuitOpenError
from poetc.runtime.guard import Guard
from poetc.runtime.marks import is_final


class Clock:
    """Seconds that pass only when somebody says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def target() -> None:
    """What breakers are made for here."""


def breaker(clock: Callable[[], float] | None = None, *numbers: Any, **settings: Any) -> Breaker:
    return Breaker(target, *numbers, **settings, **({} if clock is None else {"clock": clock}))


def opened(clock: Clock, **settings: Any) -> Breaker:
    """A breaker of one failure that has had it."""
    made = breaker(clock, 1, 10.0, **settings)
    made.failed(ConnectionError())
    assert made.is_open and made.state == "open"
    return made


def raising(error: BaseException) -> Callable[[], None]:
    def function() -> None:
        raise error

    return function


def called(made: Breaker, function: Callable[[], Any]) -> Any:
    """One call as generated code makes it: inline while it is closed."""
    try:
        result = function() if not made.is_open else made(function)
    except Exception as error:
        made.failed(error)
        raise
    if made.failures:
        made.succeeded()
    return result


class AgainstModel(RuleBasedStateMachine):
    """Calls that overlap in any way, a clock that goes anywhere, hands on the lever: the breaker does what a few lines
    of arithmetic say."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.made = Breaker(target, 3, 10.0, probes=2, successes=3, growth=2.0, clock=self.clock)
        self.state, self.failures, self.opened, self.until = "closed", 0, 0, 0.0
        self.time_open, self.probed_at, self.proved, self.period, self.reached = 0.0, 0.0, 0, 0, self.clock.now
        self.under_way: list[tuple[tuple[int, int], int, int]] = []
        self.epoch = 0

    def time(self) -> float:
        self.reached = max(self.reached, self.clock.now)
        return self.reached

    def go(self, state: str) -> None:
        self.state, self.period, self.proved = state, self.period + 1, 0
        if state == "closed":
            self.failures = self.opened = 0
        if state == "open":
            self.opened += 1
            self.time_open = min(10.0 * 2.0 ** (self.opened - 1), 3600.0)
            self.until = self.time() + self.time_open

    def running(self) -> int:
        return sum(1 for _, _, epoch in self.under_way if epoch == self.epoch)

    @rule(seconds=st.sampled_from([-50.0, -1.0, 0.5, 3.0, 9.9, 10.0, 25.0, 4000.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.now += seconds

    @precondition(lambda self: self.state == "closed")
    @rule(worked=st.booleans())
    def a_call_while_closed(self, worked: bool) -> None:
        if worked:
            assert called(self.made, lambda: 5) == 5
            self.failures = 0
            return
        with pytest.raises(ConnectionError):
            called(self.made, raising(ConnectionError()))
        self.failures += 1
        if self.failures >= 3:
            self.go("open")

    @precondition(lambda self: self.state != "closed")
    @rule()
    def a_call_asks(self) -> None:
        now = self.time()
        if self.state == "open" and now >= self.until:
            self.go("half-open")
        lets = self.state == "half-open" and self.running() < 2
        if self.state == "half-open" and not lets and now - self.probed_at >= self.time_open:
            self.go("half-open")
            self.epoch += 1
            lets = True
        if not lets:
            with pytest.raises(CircuitOpenError):
                self.made.begin()[1]
            return
        mark = self.made.begin()[1]
        assert mark is not None
        self.probed_at = now
        self.under_way.append((mark, self.period, self.epoch))

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), verdict=st.sampled_from([True, False, None]))
    def a_probe_ends(self, data: Any, verdict: bool | None) -> None:
        mark, period, _ = self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))
        self.made.ended(mark, verdict)
        if period != self.period:
            return
        if verdict:
            self.proved += 1
            if self.proved >= 3:
                self.go("closed")
        elif verdict is False:
            self.go("open")

    @rule()
    def late_results_say_nothing(self) -> None:
        if self.state != "closed":
            self.made.succeeded()
            self.made.failed(ConnectionError())

    @rule(isolate=st.booleans())
    def somebody_pulls_the_lever(self, isolate: bool) -> None:
        if isolate:
            self.made.isolate()
            self.go("isolated")
        else:
            self.made.reset()
            self.go("closed")

    @invariant()
    def they_agree(self) -> None:
        assert self.made.state == self.state
        assert self.made.is_open == (self.state != "closed")
        assert self.made.failures == self.failures or self.state != "closed"
        assert self.made.running == self.running() <= 2


TestAgainstModel = AgainstModel.TestCase
TestAgainstModel.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_opens_after_failures_in_a_row_only() -> None:
    """A success in between starts the count anew."""
    made = breaker(Clock(), 2, 10.0)
    made.failed(ConnectionError())
    called(made, lambda: None)
    made.failed(ConnectionError())
    assert made.state == "closed"
    made.failed(TimeoutError())
    assert made.state == "open"


@pytest.mark.parametrize("error", [ValueError(), KeyError("x"), CircuitOpenError()])
def test_errors_of_the_program_dont_count(error: Exception) -> None:
    """Only what passes by itself says something about what is called; another breaker's refusal doesn't either."""
    made = breaker(Clock(), 1)
    made.failed(error)
    assert made.state == "closed" and made.failures == 0


def test_excluded_exceptions_dont_count() -> None:
    """By dotted name, subclasses included; builtins by their bare name."""

    class Mine(ConnectionError):
        pass

    name = f"{Mine.__module__}.{Mine.__qualname__}"
    for exclude, error in (((name,), Mine()), (("TimeoutError",), TimeoutError()), (("builtins.OSError",), Mine())):
        made = breaker(Clock(), 1, exclude=exclude)
        made.failed(error)
        assert made.state == "closed"
    made = breaker(Clock(), 1, exclude=(name,))
    made.failed(ConnectionResetError())
    assert made.state == "open", "the class above it still counts"


def test_named_errors_count() -> None:
    """The errors that the user's catalogue says pass by themselves."""
    made = breaker(Clock(), 1, transient=("builtins.LookupError",))
    made.failed(KeyError("busy"))
    assert made.state == "open"


def test_refusal_says_when_and_is_final() -> None:
    """An open circuit names the function and the time to wait, and no outer call tries again."""
    clock = Clock()
    made = opened(clock)
    clock.now += 4
    with pytest.raises(CircuitOpenError, match=r"target open: 1 failures in a row; next try in 6\.0 s") as caught:
        made(target)
    assert is_final(caught.value)


def test_probe_closes_it() -> None:
    """After its time one call is let through, and its success closes the circuit."""
    clock = Clock()
    made = opened(clock)
    clock.now += 10
    assert made(lambda: "back") == "back"
    assert made.state == "closed" and made.failures == 0


def test_failed_probe_opens_it_again_for_longer() -> None:
    """Growth is counted from opening to opening, bounded, and forgotten once it was closed."""
    clock = Clock()
    made = opened(clock, growth=3.0)
    for seconds in (10.0, 30.0, 90.0):
        assert made.snapshot()["retry_in"] == pytest.approx(seconds)
        clock.now += seconds
        with pytest.raises(TimeoutError):
            made(raising(TimeoutError()))
    made.opened = 10_000
    made.trip()
    assert made.time_open == 3600.0
    made.reset()
    made.failed(ConnectionError())
    assert made.time_open == 10.0


def test_jitter_stays_within_its_share() -> None:
    """An open time varies by its jitter, both ways, and no more."""
    times = [opened(Clock(), jitter=0.2).time_open for _ in range(200)]
    assert 8.0 <= min(times) < 10.0 < max(times) <= 12.0


def test_failed_probe_is_final() -> None:
    """The whole-call retry doesn't go on against a circuit that the first attempt's probe has opened again."""
    clock = Clock()
    made = opened(clock)
    clock.now += 10
    guard = Guard(target, 3, breaker=made)
    with pytest.raises(ConnectionError) as caught:
        made(raising(ConnectionError("no")))
    assert guard.on_failure(caught.value) is None and made.opened == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt(), asyncio.CancelledError(), SystemExit(3), GeneratorExit()])
def test_probe_whose_caller_dies_frees_its_place(error: BaseException) -> None:
    """It says nothing about what is called, and the next call may probe at once."""
    clock = Clock()
    made = opened(clock)
    clock.now += 10
    with pytest.raises(type(error)):
        made(raising(error))
    assert (made.state, made.running) == ("half-open", 0)
    made(target)
    assert made.state == "closed"


def test_probe_cut_off_by_its_deadline_has_failed() -> None:
    """A coroutine that is cancelled because its time is up is a failure of what it waited for."""
    clock = Clock()
    made = opened(clock)
    clock.now += 10

    async def hangs() -> None:
        await asyncio.sleep(30)

    deadline = AsyncDeadline(0.02)
    with pytest.raises(TimeoutError):
        asyncio.run(deadline.within(made.awaited(hangs)))
    assert made.state == "open"


def test_probe_cancelled_by_its_user_says_nothing() -> None:
    """Cancelling with time left is the caller's own doing."""
    clock = Clock()
    made = opened(clock)
    clock.now += 10

    async def cancelled() -> None:
        with Deadline(60.0):
            task = asyncio.create_task(made.awaited(asyncio.sleep, 30))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(cancelled())
    assert (made.state, made.running) == ("half-open", 0)


def test_ignored_error_of_a_probe_frees_its_place() -> None:
    """A ValueError neither closes nor opens."""
    clock = Clock()
    made = opened(clock)
    clock.now += 10
    with pytest.raises(ValueError):
        made(raising(ValueError()))
    assert (made.state, made.running) == ("half-open", 0)


def test_lost_probe_is_replaced() -> None:
    """One that never comes back doesn't keep the circuit open for ever, and counts no more if it does come back."""
    clock = Clock()
    made = opened(clock)
    clock.now += 10
    lost = made.begin()[1]
    with pytest.raises(CircuitOpenError, match="1 of 1 probes under way"):
        made.begin()[1]
    clock.now += 10
    second = made.begin()[1]
    assert lost is not None and second is not None and lost != second
    made.ended(lost, True)
    assert made.state == "half-open"
    made.ended(second, True)
    assert made.state == "closed"


def test_clock_that_goes_backwards_is_harmless() -> None:
    """It stays open no longer than its time from the last look on."""
    clock = Clock()
    made = opened(clock)
    clock.now -= 500
    assert made.snapshot()["retry_in"] <= 10.0
    clock.now += 510
    made(target)
    assert made.state == "closed"


def test_isolated_until_reset() -> None:
    """A hand on the lever counts for more than successes and time."""
    clock = Clock()
    made = breaker(clock)
    made.isolate()
    clock.now += 1e6
    with pytest.raises(CircuitOpenError, match="isolated by hand"):
        made(target)
    made.succeeded()
    assert made.state == "isolated"
    made.reset()
    assert made(lambda: 3) == 3


def test_listeners_hear_every_change_once() -> None:
    """In order, outside of the lock, and what they raise is kept from the call."""
    clock, heard = Clock(), []
    made = opened(clock)

    def listen(heard_of: Breaker, before: str, after: str) -> None:
        assert not heard_of.lock._is_owned()  # type: ignore[attr-defined]
        heard.append((before, after))
        raise RuntimeError("a bad listener")

    made.listeners.append(listen)
    clock.now += 10
    made(target)
    made.isolate()
    made.reset()
    made.reset()
    assert heard == [
        ("open", "half-open"),
        ("half-open", "closed"),
        ("closed", "isolated"),
        ("isolated", "closed"),
    ]


def test_snapshot_tells_everything() -> None:
    """What operators see."""
    clock = Clock()
    assert opened(clock).snapshot() == {
        "name": f"{__name__}.target",
        "state": "open",
        "failures": 1,
        "opened": 1,
        "running": 0,
        "retry_in": 10.0,
    }


def test_registry_knows_living_breakers() -> None:
    """By the function's dotted name, weakly: what nobody holds is gone."""

    def passing() -> None: ...

    name = f"{__name__}.{passing.__qualname__}"
    made = Breaker(passing)
    assert breakers()[name] is made
    breakers()[name].isolate()
    assert made.state == "isolated"
    del made
    gc.collect()
    assert name not in breakers()


@pytest.mark.parametrize("numbers", [(0,), (-1,), (1, 0.0), (1, -1.0), (1, float("nan")), (1, float("inf")), (2.5,)])
def test_impossible_numbers_are_refused(numbers: tuple[Any, ...]) -> None:
    """At import, not at the first failure."""
    with pytest.raises(ValueError):
        Breaker(target, *numbers)


def test_never_more_probes_than_allowed_among_threads() -> None:
    """Many threads hammer on a circuit that half-opens again and again: no more than `probes` run at a time."""

    class Patient(Breaker):
        """Gives no probe up for lost."""

        def lets_probe(self, now: float) -> bool:
            return self.running < self.probes

    made = Patient(target, 1, 0.001, probes=2, successes=10**9)
    running, most, calls, lock, stop = 0, 0, 0, threading.Lock(), threading.Event()

    def probe() -> None:
        nonlocal running, most, calls
        with lock:
            running, calls = running + 1, calls + 1
            most, fails = max(most, running), calls % 5 == 0
        stop.wait(0.0005)
        with lock:
            running -= 1
        if fails:
            raise ConnectionError

    def hammer() -> None:
        while not stop.is_set():
            try:
                made(probe)
            except (CircuitOpenError, ConnectionError):
                continue

    made.failed(ConnectionError())
    threads = [threading.Thread(target=hammer) for _ in range(16)]
    for thread in threads:
        thread.start()
    stop.wait(0.5)
    stop.set()
    for thread in threads:
        thread.join()
    assert most == 2 and made.opened > 2
    assert made.running == 0


def test_never_more_probes_than_allowed_among_tasks() -> None:
    """The same for tasks of one event loop, some of which are cancelled."""
    made = Breaker(target, 1, 0.0005, probes=3, successes=10**6)
    running = most = 0

    async def probe() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            await asyncio.sleep(0.0005)
        finally:
            running -= 1

    async def one() -> None:
        try:
            await made.awaited(probe)
        except CircuitOpenError:
            return

    async def many() -> None:
        made.failed(ConnectionError())
        await asyncio.sleep(0.001)
        made.time_open = 60.0
        for turn in range(40):
            tasks = [asyncio.create_task(one()) for _ in range(20)]
            await asyncio.sleep(0)
            if turn % 2:
                for task in tasks[::3]:
                    task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(many())
    assert most == 3 and made.running == 0


def test_no_lock_is_held_during_a_call() -> None:
    """A probe that looks at its own breaker from another thread gets an answer."""
    clock = Clock()
    made = opened(clock)
    clock.now += 10

    def looks() -> Any:
        found: list[Any] = []
        thread = threading.Thread(target=lambda: found.append(made.snapshot()["running"]))
        thread.start()
        thread.join(5)
        return found

    assert made(looks) == [1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_child_of_a_fork_has_no_probes_of_its_parents_threads() -> None:
    """Neither a lock that another thread held nor a probe under way survives the fork."""
    clock = Clock()
    made = opened(clock)
    clock.now += 10
    made.begin()[1]
    with made.lock:
        child = os.fork()
        if child == 0:  # the lock is held here for ever, unless it is a new one
            thread = threading.Thread(target=made.snapshot, daemon=True)
            thread.start()
            thread.join(5)
            os._exit(0 if not thread.is_alive() and made.begin()[1] is not None else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
