"""Long loops are told of the end of their budget by one thread that watches all of them."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from poetc.runtime import deadline as deadline_module
from poetc.runtime import watcher as watcher_module
from poetc.runtime.deadline import BY_CLOCK, BY_WATCHER, LOOKS, Deadline
from poetc.runtime.errors import BudgetSpentError
from poetc.runtime.watcher import Watcher

ROOT = Path(__file__).parents[3]


@pytest.fixture
def watcher(monkeypatch: pytest.MonkeyPatch) -> Watcher:
    """A watcher of this test's own."""
    watcher = Watcher()
    monkeypatch.setattr(watcher_module, "WATCHERS", [watcher])
    return watcher


def endless(deadline: Deadline, form: str) -> None:
    """A loop that only its budget ends."""
    with deadline:
        if form == "for":
            for _ in deadline.over(iter(int, 1)):
                pass
        while deadline.lasts():
            pass


@pytest.mark.parametrize("form", ["for", "while"])
def test_long_loop_ends(watcher: Watcher, form: str) -> None:
    """A loop of many quick steps hands its budget over, and is ended at its end."""
    deadline = Deadline(0.1)
    with pytest.raises(BudgetSpentError):
        endless(deadline, form)
    assert deadline.watch == BY_WATCHER
    assert time.monotonic() >= deadline.end


def test_loop_inside_a_coroutine_ends(watcher: Watcher) -> None:
    """The same where the event loop can't interrupt, because the loop never awaits."""

    async def work() -> None:
        endless(Deadline(0.1), "for")

    with pytest.raises(BudgetSpentError):
        asyncio.run(work())


def test_short_loop_is_not_watched(watcher: Watcher) -> None:
    """A loop of few steps costs the watcher nothing."""
    deadline = Deadline(10)
    with deadline:
        assert sum(deadline.over(range(LOOKS - 2))) == sum(range(LOOKS - 2))
        assert deadline.watch == BY_CLOCK
    assert (watcher.entries, watcher.is_running) == ([], False)


def test_many_at_once_end_in_their_own_time(watcher: Watcher) -> None:
    """Each ends at its own end, whichever was given first."""
    ended: dict[float, float] = {}

    def work(seconds: float) -> None:
        deadline = Deadline(seconds)
        with pytest.raises(BudgetSpentError):
            endless(deadline, "for")
        ended[seconds] = time.monotonic() - deadline.end

    threads = [threading.Thread(target=work, args=(seconds,)) for seconds in (0.3, 0.1, 0.2, 0.15)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ended) == 4
    assert min(ended.values()) >= 0


def test_ended_calls_are_let_go(watcher: Watcher) -> None:
    """Neither the budget of a call that has ended, nor what it cost to watch it, stays."""
    gc.disable()
    try:
        for _ in range(3 * watcher_module.LEAST_PURGED):
            deadline = Deadline(3600)
            deadline.have_watched()
            assert deadline.watch == BY_WATCHER
            del deadline
        assert len(watcher.entries) <= watcher_module.LEAST_PURGED
    finally:
        gc.enable()


def test_no_thread_to_be_had(watcher: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no thread can be started, loops go on reading the clock."""

    class Refused(threading.Thread):
        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    monkeypatch.setattr(watcher_module, "Thread", Refused)
    deadline = Deadline(0.1)
    with pytest.raises(BudgetSpentError):
        endless(deadline, "for")
    assert deadline.watch == BY_CLOCK


def test_thread_ends_when_idle(watcher: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing left to watch the thread ends, and the next long loop starts another."""
    monkeypatch.setattr(watcher_module, "IDLE_SECONDS", 0.02)
    for _ in range(2):
        with pytest.raises(BudgetSpentError):
            endless(Deadline(0.05), "while")
        until = time.monotonic() + 10
        while watcher.is_running and time.monotonic() < until:
            time.sleep(0.005)
        assert not watcher.is_running


def test_alarm_and_watcher_keep_apart(watcher: Watcher) -> None:
    """A budget that something else keeps isn't handed over."""
    deadline = Deadline(5)
    for other in (deadline_module.BY_ALARM, deadline_module.BY_WAITER):
        deadline.watch = other
        deadline.have_watched()
        assert deadline.watch == other
    assert watcher.entries == []


def script(text: str) -> subprocess.CompletedProcess[str]:
    """A script in a process of its own."""
    head = "import os, sys, threading, time\nfrom poetc.runtime.deadline import Deadline\n"
    head += "from poetc.runtime.errors import BudgetSpentError\n"
    return subprocess.run(
        [sys.executable, "-c", head + textwrap.dedent(text)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork")
def test_child_of_a_fork_is_told_too() -> None:
    """A loop that was being watched when the process forked ends in the child as well, and so does a new one."""
    done = script("""
        import warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12: fork with threads

        def ended(deadline, fork):
            child = None
            try:
                with deadline:
                    for step in deadline.over(iter(int, 1)):
                        if fork and child is None and deadline.watch == 3:
                            child = os.fork()
            except BudgetSpentError:
                if child:
                    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
                return True

        ok = ended(Deadline(0.3), True) and ended(Deadline(0.1), False)
        os._exit(0 if ok else 1)
    """)
    assert (done.returncode, done.stderr) == (0, "")


def test_interpreter_ends_while_watching() -> None:
    """The thread neither holds the process nor makes a noise at its end."""
    done = script("""
        deadline = Deadline(3600)
        deadline.have_watched()
        print(deadline.watch, threading.active_count())
    """)
    assert (done.returncode, done.stdout, done.stderr) == (0, "3 2\n", "")
