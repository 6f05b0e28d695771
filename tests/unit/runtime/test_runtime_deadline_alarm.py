"""SIGALRM on the main thread: what runs is interrupted, nothing of the program's own alarms is lost."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from poetc.runtime.alarm import AlarmedDeadline, AlarmRang
from poetc.runtime.background import ThreadBudget
from poetc.runtime.deadline import BY_CLOCK, BY_WATCHER, Deadline, live_deadline
from poetc.runtime.errors import BudgetSpentError

ROOT = Path(__file__).parents[3]
LONG = 20.0
"""seconds that no test ever waits"""


@pytest.fixture(autouse=True)
def program_alarm() -> Iterator[list[float]]:
    """A handler of the program's own, which must stand after every test, with the timer as it was left."""
    rang: list[float] = []

    def own(number: int, frame: Any) -> None:
        rang.append(time.monotonic())

    before = signal.signal(signal.SIGALRM, own)
    yield rang
    handler, timer = signal.getsignal(signal.SIGALRM), signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)
    assert handler is own
    assert timer == (0.0, 0.0)


def spin(seconds: float = LONG) -> None:
    """Work that never looks at a clock of ours."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(50))


def original() -> None:
    """What a guard belongs to."""


WORK = {"spin": spin, "sleep": lambda: time.sleep(LONG), "wait": threading.Event().wait}


@pytest.mark.parametrize("work", WORK.values(), ids=WORK)
def test_opaque_work_is_interrupted(work: Any) -> None:
    """Work that computes, sleeps or waits for ever ends with the budget's own error."""
    budget = ThreadBudget(original, 0.05)
    with pytest.raises(BudgetSpentError, match=r"budget of 0\.05 s") as caught:
        budget.deadline().run(work)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert live_deadline() is None


def test_work_in_time_is_undisturbed(program_alarm: list[float]) -> None:
    """What ends in time gives its value or raises its error, and no alarm is heard afterwards."""
    budget = ThreadBudget(original, 0.05)
    assert budget.deadline().run(lambda a, *, b: (a, b), 1, b=2) == (1, 2)
    with pytest.raises(KeyError):
        budget.deadline().run({}.__getitem__, 1)
    time.sleep(0.1)
    assert program_alarm == []


def test_except_exception_doesnt_swallow_it() -> None:
    """A body that goes on after any Exception is interrupted all the same."""
    with pytest.raises(BudgetSpentError), AlarmedDeadline(0.05):
        while True:
            try:
                spin()
            except Exception:
                continue


def test_bare_except_is_rung_again() -> None:
    """A body that swallows everything is interrupted again, until it gives in."""
    swallowed = []
    with pytest.raises(BudgetSpentError), AlarmedDeadline(0.05):
        for _ in range(3):
            try:
                spin()
            except BaseException as error:
                swallowed.append(type(error))
        spin()
    assert swallowed == [AlarmRang] * 3


def test_clean_up_runs_undisturbed(monkeypatch: pytest.MonkeyPatch) -> None:
    """`finally` and `except` blocks that run because of the alarm are not interrupted by further ones."""
    monkeypatch.setattr("poetc.runtime.alarm.ALARM_REPEAT", 0.01)
    done: list[str] = []

    def clean(what: str) -> None:
        spin(0.05)
        done.append(what)

    with pytest.raises(BudgetSpentError), AlarmedDeadline(0.03):
        try:
            try:
                spin()
            finally:
                clean("finally")
        except BaseException:
            clean("except")
            raise
    assert done == ["finally", "except"]


def test_error_of_the_clean_up_passes() -> None:
    """If the code's own clean-up raises, that error comes out, with the alarm as its context."""
    with pytest.raises(ZeroDivisionError) as caught, AlarmedDeadline(0.03):
        try:
            spin()
        finally:
            1 / 0  # noqa: B018
    assert isinstance(caught.value.__context__, AlarmRang)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_alarm_in_a_finalizer_is_rung_again() -> None:
    """What is raised in `__del__` is lost there; the next alarm interrupts the code itself."""

    class Slow:
        def __del__(self) -> None:
            spin(0.1)

    with pytest.raises(BudgetSpentError), AlarmedDeadline(0.03):
        Slow()
        gc.collect()
        spin()


def test_programs_own_alarm_rings_first_if_it_is_due_first(program_alarm: list[float]) -> None:
    """An alarm that was set before is heard at its own time, by its own handler, and the budget holds after it."""
    start = time.monotonic()
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    with pytest.raises(BudgetSpentError), AlarmedDeadline(0.15):
        spin()
    assert len(program_alarm) == 1
    assert program_alarm[0] - start >= 0.05


def test_programs_own_alarm_rings_later_if_it_is_due_later(program_alarm: list[float]) -> None:
    """What is left of an alarm that was set before is set again."""
    signal.setitimer(signal.ITIMER_REAL, LONG)
    with AlarmedDeadline(LONG / 2):
        spin(0.05)
    left, every = signal.setitimer(signal.ITIMER_REAL, 0.01)
    assert 0 < left <= LONG - 0.05
    assert every == 0
    spin(0.05)
    assert len(program_alarm) == 1


def test_programs_own_ticks_go_on(program_alarm: list[float]) -> None:
    """A timer that repeats is heard all the while, and repeats afterwards."""
    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
    with pytest.raises(BudgetSpentError), AlarmedDeadline(0.15):
        spin()
    heard = len(program_alarm)
    assert heard >= 3
    spin(0.1)
    assert len(program_alarm) > heard
    signal.setitimer(signal.ITIMER_REAL, 0)


def test_programs_own_handler_may_raise() -> None:
    """An error that the program's handler raises passes through the enhanced call as it is."""

    class Stop(Exception):
        pass

    def stop(number: int, frame: Any) -> None:
        raise Stop

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.03)
    try:
        with pytest.raises(Stop), AlarmedDeadline(LONG):
            spin()
        assert signal.getsignal(signal.SIGALRM) is stop
    finally:
        signal.signal(signal.SIGALRM, before)


def test_ignored_alarm_stays_ignored() -> None:
    """SIG_IGN is put back, and an alarm that was set under it does nothing inside."""
    before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    try:
        with AlarmedDeadline(LONG):
            spin(0.06)
        assert signal.getsignal(signal.SIGALRM) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGALRM, before)


def test_code_that_sets_an_alarm_handler_keeps_it() -> None:
    """A handler that the interrupted code installs on purpose isn't taken away from it."""
    mine = lambda number, frame: None  # noqa: E731
    before = signal.getsignal(signal.SIGALRM)
    with AlarmedDeadline(LONG):
        signal.signal(signal.SIGALRM, mine)
    assert signal.getsignal(signal.SIGALRM) is mine
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_inner_budget_ends_before_the_outer_one() -> None:
    """Nested calls: the inner one ends by its own budget, the outer goes on, and then ends by its own."""
    steps: list[str] = []
    with pytest.raises(BudgetSpentError, match=r"0\.3 s"), AlarmedDeadline(0.3):
        try:
            with AlarmedDeadline(0.05):
                spin()
        except BudgetSpentError as error:
            steps.append(str(error))
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
        spin()
    assert steps == ["the call's budget of 0.05 s is spent"]


def test_outer_budget_ends_the_inner_call() -> None:
    """A larger budget inside is cut to the outer one's, and both end."""
    ended: list[str] = []
    with pytest.raises(BudgetSpentError), AlarmedDeadline(0.05):
        try:
            with AlarmedDeadline(LONG):
                spin()
        finally:
            ended.append("inner")
    assert ended == ["inner"]


def test_swallowed_inner_end_doesnt_outlive_the_outer_budget() -> None:
    """A body that goes on after the inner call's error is interrupted by the outer alarm."""
    with pytest.raises(BudgetSpentError), AlarmedDeadline(0.05):
        while True:
            try:
                with AlarmedDeadline(LONG):
                    spin()
            except Exception:
                continue


def test_interrupts_come_at_any_instruction(program_alarm: list[float]) -> None:
    """However the end falls, before, in or after the work, the handler and the timer are put back."""
    outcomes = set()
    for number in range(300):
        deadline = AlarmedDeadline(0.0005)
        deadline.grace = 0.0
        try:
            with deadline:
                sum(range(number * 400))
            outcomes.add("in time")
        except BudgetSpentError:
            outcomes.add("spent")
        assert deadline.watch == BY_CLOCK
        assert live_deadline() is None
        assert not deadline.armed
    assert outcomes == {"in time", "spent"}
    assert program_alarm == []


def test_late_signal_after_the_end_is_nobodys(program_alarm: list[float]) -> None:
    """A signal that is handled only after the call has ended raises nothing."""
    deadline = AlarmedDeadline(LONG)
    with deadline:
        pass
    deadline.ring(signal.SIGALRM, None)
    deadline.due = 0.0
    deadline.ring(signal.SIGALRM, sys._getframe())
    assert program_alarm == []


def test_cooperative_calls_get_a_moment_more_than_the_budget() -> None:
    """The alarm behind calls that end by themselves rings a little later: their own error says more."""
    deadline = AlarmedDeadline(1.0)
    assert 0 < deadline.grace <= 0.05
    assert AlarmedDeadline(3600.0).grace == 0.5


def test_off_the_main_thread_it_is_a_plain_deadline() -> None:
    """Where no signal can come, calls and loops keep the time, and nothing is set."""
    seen: list[Any] = []

    def work() -> None:
        deadline = AlarmedDeadline(0.05)
        try:
            with deadline:
                for _ in deadline.over(iter(int, 1)):
                    seen.append(deadline.watch)
                    time.sleep(0.02)
        except BudgetSpentError as error:
            seen.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert isinstance(seen.pop(), BudgetSpentError)
    assert set(seen) == {BY_WATCHER}


def test_under_an_event_loop() -> None:
    """A blocking enhanced function that a coroutine calls is interrupted, and the loop lives on."""

    async def main() -> str:
        try:
            with AlarmedDeadline(0.05):
                time.sleep(LONG)
        except BudgetSpentError:
            await asyncio.sleep(0)
            return "alive"
        return "never"

    assert asyncio.run(main()) == "alive"


def test_generator_of_the_program_survives() -> None:
    """A generator that the alarm interrupts is closed as by any error."""
    closed: list[bool] = []

    def items() -> Iterator[int]:
        try:
            while True:
                spin(0.005)
                yield 1
        finally:
            closed.append(True)

    with pytest.raises(BudgetSpentError), AlarmedDeadline(0.03):
        for _ in items():
            pass
    gc.collect()
    assert closed == [True]


def script(text: str) -> subprocess.CompletedProcess[str]:
    """A script in a process of its own."""
    head = "import os, signal, sys, threading, time\nfrom poetc.runtime.alarm import AlarmedDeadline\n"
    head += "from poetc.runtime.deadline import Deadline\nfrom poetc.runtime.errors import BudgetSpentError\n"
    return subprocess.run(
        [sys.executable, "-c", head + textwrap.dedent(text)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_default_action_of_the_programs_alarm_is_kept() -> None:
    """`signal.alarm` without a handler ends the process, inside an enhanced call as outside."""
    done = script("""
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with AlarmedDeadline(20):
            time.sleep(20)
    """)
    assert done.returncode == -signal.SIGALRM


def test_fork_inside_a_call() -> None:
    """A child that is forked inside has no alarm set, and can have one of its own."""
    done = script("""
        with AlarmedDeadline(20):
            child = os.fork()
            if child == 0:
                assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
                try:
                    with AlarmedDeadline(0.05):
                        time.sleep(20)
                except BudgetSpentError:
                    os._exit(7)
                os._exit(1)
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """)
    assert (done.returncode, done.stderr) == (7, "")


def test_ctrl_c_passes_and_puts_back() -> None:
    """KeyboardInterrupt inside an enhanced call is the user's: it passes, and the alarm is off."""
    done = script("""
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
        try:
            with AlarmedDeadline(20):
                time.sleep(20)
        except KeyboardInterrupt:
            assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
            assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
            print("passed")
    """)
    assert (done.stdout, done.stderr) == ("passed\n", "")


def test_no_alarm_in_a_subinterpreter() -> None:
    """Another interpreter than the first gets no signals: there it is a plain deadline."""
    module = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
    done = script(f"""
        import {module} as interpreters
        inner = interpreters.create()
        interpreters.run_string(inner, "\\n".join([
            "import sys; sys.path.insert(0, {str(ROOT)!r})",
            "from poetc.runtime.alarm import AlarmedDeadline",
            "d = AlarmedDeadline(20)",
            "with d: print(d.armed, flush=True)",
        ]))
    """)
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_recursion_near_its_limit() -> None:
    """At the edge of the stack the recursion's own error passes, and the alarm is off."""
    reached: list[int] = []

    def deeper(n: int) -> None:
        reached.append(n)
        with AlarmedDeadline(LONG) if n % 50 == 0 else Deadline(LONG):
            deeper(n + 1)

    with pytest.raises(RecursionError):
        deeper(0)
    assert len(reached) > 100
    assert live_deadline() is None
