"""Pickling, processes, forks, threads at exit, depth: what peers' users report of them, see PEER_TRAPS.md."""

from __future__ import annotations

import pytest
from built_projects import VERSIONS
from peer_shop import ran, the_shop

HEAD = """\
import asyncio, atexit, concurrent.futures, copy, functools, multiprocessing, os, pickle, signal, sys, threading, time
from shop import processes as app, wire
from shop._poet import _runtime as rt

def caught(function, *args):
    try:
        function(*args)
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")

def forked(work):
    'The exit code of a child that does `work`.'
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if work() else 1)
        finally:
            os._exit(2)
    for _ in range(600):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    raise AssertionError("the child hangs")
"""

SCRIPTS: dict[str, str] = {
    "pickled_by_name": """
        for function in (app.double, app.slow_double, app.Counter.of, app.Counter.add):
            assert pickle.loads(pickle.dumps(function)) == function
            assert copy.deepcopy(function) == function
        method = pickle.loads(pickle.dumps(app.Counter(3).add))
        assert method(1) == 4
        assert pickle.loads(pickle.dumps(functools.partial(app.double, 4)))() == 8
    """,
    "spawned_workers": """
        if __name__ == "__main__":
            context = multiprocessing.get_context("spawn")
            with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
                assert list(pool.map(app.double, [1, 2])) == [2, 4]
                assert pool.submit(app.slow_double, 3).result() == 6
                assert pool.submit(app.Counter(5).add, 1).result() == 6
                error = pool.submit(app.naps, 30).exception()
            assert type(error) is rt.BudgetSpentError and "0.2 s" in str(error), error
    """,
    "errors_cross_processes": """
        app.naps(0)
        breaker = rt.breakers()["shop.processes.posts"]
        wire.SCRIPT[:] = [wire.Busy("full")] * 3
        with rt.testing(3):
            breaker.isolate()  # inside: tests start with breakers that know of nothing
            errors = [caught(app.posts, "k"), caught(app.asks, "k"), caught(app.naps, 30)]
        for error in errors:
            again = pickle.loads(pickle.dumps(error))
            assert (type(again), again.args) == (type(error), error.args)
    """,
    "fork_while_another_thread_is_inside": """
        import warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12: fork with threads
        inside, leave = threading.Event(), threading.Event()
        def hold():
            inside.set()
            leave.wait(60)
            return "held"
        wire.SCRIPT[:] = [hold, "child", "child"]
        breaker = rt.breakers()["shop.processes.posts"]
        thread = threading.Thread(target=app.posts, args=("k",), daemon=True)
        thread.start()
        assert inside.wait(30)
        with breaker.lock:  # as another thread might hold it at that very moment
            assert forked(lambda: app.posts("k") == "child" and app.slow_double(2) == 4) == 0
        leave.set()
        thread.join(30)
    """,
    "fork_of_a_thread_with_a_budget": """
        import warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        found = []
        def work():
            found.append(forked(lambda: app.slow_double(2) == 4 and isinstance(caught(app.naps, 30), TimeoutError)))
        thread = threading.Thread(target=work)
        thread.start()
        thread.join(60)
        assert found == [0], found
    """,
    "child_has_an_alarm_of_its_own": """
        assert forked(lambda: isinstance(caught(app.naps, 30), TimeoutError)) == 0
        assert isinstance(caught(app.naps, 30), TimeoutError)
    """,
    "chance_differs_in_children": """
        import random
        retry = rt.Retry(app.double)
        waits = [retry.pause_after(2, None, 100.0) for _ in range(4)]
        assert len(set(waits)) == 4 and max(waits) <= 0.2
        out, into = os.pipe()
        for _ in range(2):
            assert forked(lambda: os.write(into, pickle.dumps(retry.pause_after(2, None, 100.0)))) == 0
        os.close(into)
        with os.fdopen(out, "rb") as pipe:
            assert len({pickle.load(pipe), pickle.load(pipe)}) == 2
    """,
    "depth_of_recursion": """
        for function in (app.deep, app.deep_guarded, app.deep_timed):
            error = caught(function, 100_000)
            assert type(error) is RecursionError, repr(error)
            assert function(50) == 50
    """,
    "exits_in_threads": """
        wire.SCRIPT[:] = [SystemExit(3), KeyboardInterrupt(), "fine"]
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            assert type(pool.submit(app.asks, "k").exception(30)) is SystemExit
            assert type(pool.submit(app.asks, "k").exception(30)) is KeyboardInterrupt
            assert pool.submit(app.asks, "k").result(30) == "fine"
    """,
    "many_threads_import_and_call_first": """
        barrier = threading.Barrier(8)
        def work(number):
            barrier.wait(30)
            return app.double(number), app.slow_double(number)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            assert list(pool.map(work, range(8))) == [(2 * n, 2 * n) for n in range(8)]
    """,
}
"""what asserts its own"""

ENDINGS: dict[str, tuple[str, str]] = {
    "called_at_exit": (
        """
        @atexit.register
        def last():
            wire.SCRIPT[:] = [wire.Busy, "fine"]
            print(app.asks("k"), app.slow_double(2), app.naps(0), caught(app.naps, 30).__class__.__name__)
        """,
        "fine 4 rested BudgetSpentError\n",
    ),
    "called_by_a_thread_after_the_main_one": (
        """
        main = threading.main_thread()
        def later():
            main.join()
            wire.SCRIPT[:] = [wire.Busy, "fine"]
            print(app.asks("k"), app.slow_double(2), app.naps(0), flush=True)
        threading.Thread(target=later).start()
        """,
        "fine 4 rested\n",
    ),
    "called_by_a_finalizer_when_modules_are_gone": (
        """
        class Last:
            def __init__(self):
                self.calls, self.write = (app.double, app.Counter(2).add), os.write
            def __del__(self):
                self.write(1, b"%d %d\\n" % tuple(function(2) for function in self.calls))
        last = Last()
        last.itself = last  # collected when the modules are gone
        """,
        "4 4\n",
    ),
    "daemon_threads_that_still_call": (
        """
        def forever():
            while True:
                app.double(1), app.slow_double(2)
        for _ in range(3):
            threading.Thread(target=forever, daemon=True).start()
        time.sleep(0.2)
        """,
        "",
    ),
}
"""what happens while the interpreter ends, and what it prints"""


LATE = """
class Last:
    def __init__(self):
        self.call, self.write = app.naps, os.write
    def __del__(self):
        try:
            told = self.call(0)
        except BaseException as error:
            told = repr(error)
        self.write(1, told.encode())
last = Last()
last.itself = last
"""


def test_a_budget_when_modules_are_gone(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A finalizer that calls a function with a budget, once nothing can be imported, gets its result like any other."""
    assert ran(the_shop(tmp_path_factory), HEAD, LATE) == ("ok\nrested", "")


@pytest.mark.parametrize("script", SCRIPTS)
def test_processes(script: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The script holds, and nothing is printed but its end."""
    assert ran(the_shop(tmp_path_factory), HEAD, SCRIPTS[script]) == ("ok\n", "")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("script", ENDINGS)
def test_the_end_of_the_interpreter(script: str, version: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Calls at the very end do what they always do, and the interpreter ends in silence."""
    text, printed = ENDINGS[script]
    assert ran(the_shop(tmp_path_factory), HEAD, text, version) == (f"ok\n{printed}", "")
