"""Opaque code off the main thread: left behind in a daemon thread when its budget is spent."""

from __future__ import annotations

import decimal
import gc
import os
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
import traceback
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest

from poetc.runtime import background
from poetc.runtime.background import ORPHANS, ThreadBudget, ThreadDeadline, orphan_count, within_thread
from poetc.runtime.deadline import Deadline, live_deadline
from poetc.runtime.errors import BudgetSpentError
from poetc.runtime.marks import is_final

ROOT = Path(__file__).parents[3]
COLOUR: ContextVar[str] = ContextVar("colour", default="none")


@pytest.fixture(autouse=True)
def no_orphans() -> Iterator[None]:
    """Every test lets its own orphans end."""
    yield
    deadline = time.monotonic() + 10
    while orphan_count() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert orphan_count() == 0


def elsewhere(function: Callable[[], Any]) -> Any:
    """The outcome of `function` off the main thread: its value, or the error it raised."""
    outcome: list[Any] = []

    def work() -> None:
        try:
            outcome.append(function())
        except BaseException as error:
            outcome.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return outcome[0]


def original() -> None:
    """What a guard belongs to."""


def test_work_that_never_looks_is_left_behind_and_counted() -> None:
    """The caller goes on with the budget's error; the work ends when it ends, and is counted until then."""
    go_on = threading.Event()
    budget = ThreadBudget(original, 0.05)
    error = elsewhere(lambda: budget.deadline().run(go_on.wait, 20))
    assert isinstance(error, BudgetSpentError)
    assert is_final(error)
    assert orphan_count() == 1
    go_on.set()


def test_values_and_errors_come_back() -> None:
    """Arguments go in, values come out, errors are raised as they are, BaseExceptions too."""
    assert elsewhere(lambda: ThreadDeadline(5).run(lambda: (1, 2))) == (1, 2)
    error = KeyError("mine")

    def fail() -> None:
        raise error

    assert elsewhere(lambda: ThreadDeadline(5).run(fail)) is error
    assert any(frame.name == "fail" for frame in traceback.extract_tb(error.__traceback__))
    for kind in (SystemExit, KeyboardInterrupt):

        def stop(kind: type[BaseException] = kind) -> None:
            raise kind(3)

        raised = elsewhere(lambda stop=stop: ThreadDeadline(5).run(stop))
        assert type(raised) is kind


def test_context_goes_in_and_comes_back() -> None:
    """The work sees the caller's context variables, and what it sets, the caller sees; also decimal's context."""

    def work() -> str:
        seen = COLOUR.get()
        COLOUR.set("green")
        decimal.getcontext().prec = 7
        return seen

    def caller() -> tuple[str, str, int, object]:
        COLOUR.set("red")
        seen = within_thread(Deadline(5), work)
        return seen, COLOUR.get(), decimal.getcontext().prec, live_deadline()

    assert elsewhere(caller) == ("red", "green", 7, None)


def test_inner_calls_share_the_budget_and_orphans_end_early() -> None:
    """What is left behind finds its budget spent in the next enhanced call, or at the next step of a loop."""
    ends: list[str] = []

    def by_call() -> None:
        time.sleep(0.1)
        try:
            Deadline(20).left()
        except BudgetSpentError:
            ends.append("call")

    def by_loop(deadline: Deadline) -> None:
        try:
            for _ in deadline.over(iter(int, 1)):
                time.sleep(0.005)
        except BudgetSpentError:
            ends.append("loop")

    def by_condition(deadline: Deadline) -> None:
        try:
            while deadline.lasts():
                time.sleep(0.005)
        except BudgetSpentError:
            ends.append("condition")

    assert isinstance(elsewhere(lambda: ThreadDeadline(0.05).run(by_call)), BudgetSpentError)
    for work in (by_loop, by_condition):
        deadline = Deadline(0.05)
        outcome = elsewhere(lambda work=work, deadline=deadline: deadline.run(lambda: work(deadline)))
        assert isinstance(outcome, BudgetSpentError) or outcome is None
    wait_for(lambda: len(ends) == 3)
    assert sorted(ends) == ["call", "condition", "loop"]


def wait_for(condition: Callable[[], bool]) -> None:
    """Until it holds, 10 s at most."""
    end = time.monotonic() + 10
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    assert condition()


def test_number_of_orphans_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many calls left behind are enough: the next one isn't begun."""
    monkeypatch.setattr(background, "MOST_ORPHANS", 3)
    go_on, begun = threading.Event(), []

    def work() -> None:
        begun.append(1)
        go_on.wait(20)

    errors = [elsewhere(lambda: ThreadDeadline(0.02).run(work)) for _ in range(5)]
    assert all(isinstance(error, BudgetSpentError) for error in errors)
    assert "still run in the background" in str(errors[-1])
    assert len(begun) == 3
    go_on.set()
    wait_for(lambda: orphan_count() == 0)
    assert elsewhere(lambda: ThreadDeadline(5).run(lambda: "again")) == "again"


def test_many_at_once() -> None:
    """Threads, each with calls in time and out of time: every outcome is its own."""
    outcomes: list[Any] = []

    def caller(number: int) -> None:
        for turn in range(10):
            late = turn == 5
            try:
                value = within_thread(
                    Deadline(0.02 if late else 5), lambda n=number, t=turn, late=late: work(n, t, late)
                )
                outcomes.append(value == (number, turn))
            except BudgetSpentError:
                outcomes.append(late)

    def work(number: int, turn: int, late: bool) -> tuple[int, int]:
        if late:
            time.sleep(0.2)
        return number, turn

    threads = [threading.Thread(target=caller, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [True] * 80


def test_no_thread_left_in_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where none can be started, the work is done in place: late is better than not at all."""

    def start(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    assert within_thread(Deadline(5), lambda: threading.current_thread() is threading.main_thread())
    deadline = Deadline(0.01)
    with pytest.raises(BudgetSpentError):
        within_thread(deadline, lambda: [time.sleep(0.005) for _ in deadline.over(iter(int, 1))])
    assert live_deadline() is None
    assert ORPHANS == []


def test_spent_before_it_began() -> None:
    """Nothing is started once the budget is spent."""
    deadline = ThreadDeadline(0.001)
    time.sleep(0.005)
    assert isinstance(elsewhere(lambda: deadline.run(lambda: pytest.fail("begun"))), BudgetSpentError)


def test_error_leaves_no_circle() -> None:
    """What an error holds on to goes when the error goes, without waiting for the collector."""

    class Big:
        pass

    def fail(big: Big) -> None:
        raise ValueError(big)

    def caller() -> weakref.ref[Big]:
        big = Big()
        seen = weakref.ref(big)
        with suppress(ValueError):
            within_thread(Deadline(5), lambda: fail(big))
        return seen

    gc.collect()
    gc.disable()
    try:
        seen = elsewhere(caller)
        wait_for(lambda: seen() is None)
    finally:
        gc.enable()


def script(text: str) -> subprocess.CompletedProcess[str]:
    """A script in a process of its own."""
    head = "import os, sys, threading, time\nfrom poetc.runtime.background import within_thread, orphan_count\n"
    head += "from poetc.runtime.deadline import Deadline\nfrom poetc.runtime.errors import BudgetSpentError\n"
    return subprocess.run(
        [sys.executable, "-c", head + textwrap.dedent(text)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_interpreter_ends_with_orphans() -> None:
    """Calls left behind neither hold the process nor make a noise at its end."""
    done = script("""
        def spin():
            while True:
                pass

        for work in (lambda: time.sleep(30), spin):
            try:
                within_thread(Deadline(0.05), work)
            except BudgetSpentError:
                pass
        print(orphan_count())
    """)
    assert (done.returncode, done.stdout, done.stderr) == (0, "2\n", "")


def test_child_of_a_fork_has_no_orphans() -> None:
    """After a fork only the forking thread lives on; the child counts none and can start its own."""
    done = script("""
        import warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12: fork with threads
        try:
            within_thread(Deadline(0.05), lambda: time.sleep(30))
        except BudgetSpentError:
            pass
        child = os.fork()
        if child == 0:
            ok = orphan_count() == 0 and within_thread(Deadline(5), lambda: "done") == "done"
            os._exit(0 if ok else 1)
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """)
    assert (done.returncode, done.stderr) == (0, "")


def test_ctrl_c_while_waiting() -> None:
    """KeyboardInterrupt reaches the caller at once; the work is left behind and counted."""
    done = script("""
        import signal
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
        try:
            within_thread(Deadline(20), lambda: time.sleep(30))
        except KeyboardInterrupt:
            print("passed", orphan_count())
    """)
    assert (done.stdout, done.stderr) == ("passed 1\n", "")


IMPORTED_IN_A_THREAD = """\
import importlib, sys, threading

sys.path.insert(0, {folder!r})
done = []

def load():
    import slowly
    done.append(slowly.FOUND)

thread = threading.Thread(target=load, daemon=True)
thread.start()
thread.join(20)
assert done == ["slowly"], done
"""


def test_a_module_that_calls_it_while_it_is_imported_is_not_waited_for(tmp_path: Path) -> None:
    """Off the main thread, a body that imports the module which is just being imported gets it, without a deadlock."""
    (tmp_path / "slowly.py").write_text(
        "import importlib\n"
        "from poetc.runtime.background import ThreadDeadline\n"
        "def found():\n"
        "    return importlib.import_module('slowly').__name__\n"
        "FOUND = ThreadDeadline(60.0).run(found)\n",
        encoding="utf-8",
    )
    script = IMPORTED_IN_A_THREAD.format(folder=str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


class Store:
    """Holds a connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (lambda c: (c,), {}),
        (lambda c: (c.execute("select 1"),), {}),
        (lambda c: (Store(c),), {}),
        (lambda c: ((1, c),), {}),
        (lambda c: (), {"connection": None}),
        (lambda c: ({"connection": c},), {}),
    ],
    ids=["connection", "cursor", "attribute", "*args", "keyword", "**kwargs"],
)
def test_what_may_not_change_threads_keeps_its_own(given: Callable[[Any], Any], named: dict[str, Any]) -> None:
    """Off the main thread, a call that is given a connection of sqlite3 runs where the connection was made."""
    budget = ThreadBudget(original, 5.0)

    def ident(*_: Any, **__: Any) -> int:
        return threading.get_ident()

    def call() -> tuple[int, int, int]:
        connection = sqlite3.connect(":memory:")
        try:
            arguments, keywords = given(connection), dict.fromkeys(named, connection)
            found = budget.deadline().run(ident, *arguments, **keywords)
            other = budget.deadline().run(ident, 1, "text", object(), more={})
            return found, other, threading.get_ident()
        finally:
            connection.close()

    found, other, own = elsewhere(call)
    assert found == own
    assert other != own
