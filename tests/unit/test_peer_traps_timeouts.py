"""What users of timeout decorators report, tried on built functions: see PEER_TRAPS.md for who reported what.

Each script runs in a process of its own, with the linked project and nothing else.
"""

from __future__ import annotations

import pytest
from peer_shop import ran, the_shop

HEAD = """\
import asyncio, contextlib, os, signal, sqlite3, sys, threading, time
from shop import timeouts as app, wire
from shop._poet import _runtime as rt

def elsewhere(work):
    'What `work` gives or raises in a thread that is not the main one.'
    found = []
    def run():
        try:
            found.append(work())
        except BaseException as error:
            found.append(error)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    return found[0]

def here(work):
    try:
        return work()
    except BaseException as error:
        return error

def spent(found):
    assert isinstance(found, TimeoutError), repr(found)
    assert '0.3 s' in str(found) or '0.4 s' in str(found), found

def busy(**headers):
    'A failure that asks to come back.'
    error = wire.Busy()
    error.headers = {name.replace('_', '-'): value for name, value in headers.items()}
    return error

"""

SCRIPTS: dict[str, str] = {
    "off_the_main_thread": """
        spent(here(lambda: app.naps(30)))
        spent(elsewhere(lambda: app.naps(30)))
        assert elsewhere(lambda: app.naps(0)) == "rested"
        assert asyncio.run(asyncio.to_thread(app.naps, 0)) == "rested"
    """,
    "blocked_by_a_lock": """
        lock = threading.Lock()
        lock.acquire()
        spent(here(lambda: app.waits_for(lock)))
        spent(elsewhere(lambda: app.waits_for(lock)))
        lock.release()
    """,
    "catastrophic_pattern": """
        spent(here(lambda: app.matches("a" * 60 + "b")))
        assert app.matches("aaa")
    """,
    "endless_loop": """
        spent(here(app.spins))
        spent(elsewhere(app.spins))
    """,
    "swallowed_by_except_exception": """
        spent(here(lambda: app.swallows(30)))
        spent(elsewhere(lambda: app.swallows(30)))
    """,
    "clean_up_is_not_cut_off": """
        log = []
        spent(here(lambda: app.cleans_up(log)))
        assert log == ["clean"], log
    """,
    "no_noise_of_what_is_left_behind": """
        spent(elsewhere(lambda: app.fails_late(0.6)))
        assert rt.budgets.orphan_count() == 1
        deadline = time.monotonic() + 20
        while rt.budgets.orphan_count() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert rt.budgets.orphan_count() == 0
    """,
    "timers_of_the_program": """
        rang = []
        signal.signal(signal.SIGALRM, lambda *_: rang.append(time.monotonic()))
        handler = signal.getsignal(signal.SIGALRM)
        signal.setitimer(signal.ITIMER_REAL, 600, 7)
        spent(here(lambda: app.naps(30)))
        left, every = signal.getitimer(signal.ITIMER_REAL)
        assert signal.getsignal(signal.SIGALRM) is handler and every == 7 and 500 < left < 600, (left, every)
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        spent(here(lambda: app.naps(30)))
        assert len(rang) == 1
    """,
    "nested_budgets": """
        for where in (here, elsewhere):
            spent(where(app.outer))
        assert app.naps(0) == "rested" and app.inner(0) == "rested"
    """,
    "context_variables": """
        app.WHO.set("caller")
        assert app.who_calls() == "caller" and app.LOCAL.get() == "set inside"
        def work():
            app.WHO.set("thread")
            return app.who_calls(), app.LOCAL.get()
        assert elsewhere(work) == ("thread", "set inside")
    """,
    "connections_of_one_thread": """
        def work():
            with contextlib.closing(sqlite3.connect(":memory:")) as connection:
                return app.counts_rows(connection)
        assert here(work) == 2
        assert elsewhere(work) == 2, elsewhere(work)
    """,
    "waits_count": """
        wire.SCRIPT[:] = [busy(Retry_After="30"), "never asked for"]
        found = here(lambda: app.asks("k"))
        assert isinstance(found, wire.Busy), found
        assert wire.SCRIPT == ["never asked for"]
        wire.SCRIPT[:] = [wire.Busy] * 50
        assert isinstance(here(lambda: app.asks("k")), wire.Busy)
        assert len(wire.SCRIPT) >= 47
    """,
    "a_call_that_takes_longer_is_not_made_again": """
        def slow():
            time.sleep(0.6)
            raise wire.Busy
        for where in (here, elsewhere):
            wire.SCRIPT[:] = [slow, "never asked for"]
            assert isinstance(where(lambda: app.asks("k")), (wire.Busy, TimeoutError))
            assert wire.SCRIPT == ["never asked for"]
    """,
    "generators_with_a_limit": """
        for where in (here, elsewhere):
            assert where(lambda: list(app.items(3))) == [0, 1, 2]
        stream = app.items(3)
        assert next(stream) == 0
        time.sleep(0.5)  # its consumer's own time
        assert list(stream) == [1, 2]
    """,
    "timeouts_of_the_caller": """
        async def cancelled():
            try:
                await asyncio.wait_for(app.anaps_long(30), 0.2)
            except TimeoutError as error:
                return error
        assert not isinstance(asyncio.run(cancelled()), rt.BudgetSpentError)
        spent(here(lambda: asyncio.run(app.anaps(30))))
        async def both():
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(app.anaps(0)) for _ in range(50)]
            return {task.result() for task in tasks}
        assert asyncio.run(both()) == {"rested"}
    """,
    "no_context_of_another": """
        async def main():
            coroutine = app.anaps_long(30)
            task = asyncio.ensure_future(coroutine)
            await asyncio.sleep(0)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                return task.cancelled() and asyncio.current_task().cancelling() == 0
        assert asyncio.run(main())
    """,
    "loop_is_not_blocked": """
        async def main():
            wire.SCRIPT[:] = [busy(Retry_After="1"), "fine"]
            ticks = 0
            task = asyncio.ensure_future(app.patient_async("k"))
            while not task.done():
                await asyncio.sleep(0.05)
                ticks += 1
            return ticks, task.result()
        ticks, result = asyncio.run(main())
        assert result == "fine" and ticks > 3, ticks
    """,
    "ctrl_c_between_attempts": """
        for work in (lambda: app.patient("k"), lambda: asyncio.run(app.patient_async("k"))):
            wire.SCRIPT[:] = [busy(Retry_After="40"), "never asked for"]
            def press():  # once the first attempt has its answer, however slow the machine is
                while len(wire.SCRIPT) > 1:
                    time.sleep(0.01)
                time.sleep(0.3)
                os.kill(os.getpid(), signal.SIGINT)
            threading.Thread(target=press, daemon=True).start()
            began = time.monotonic()
            found = here(work)
            assert isinstance(found, KeyboardInterrupt), repr(found)
            assert time.monotonic() - began < 20 and wire.SCRIPT == ["never asked for"]
    """,
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_timeouts(script: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The script holds, and nothing is printed but its end."""
    assert ran(the_shop(tmp_path_factory), HEAD, SCRIPTS[script]) == ("ok\n", "")
