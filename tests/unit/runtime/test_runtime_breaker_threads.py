"""Breakers under threads, tasks, forks and at the end of the interpreter: nothing waits for a call."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from built_projects import build, run, said, write

from poetc.runtime.breaker import Breaker
from poetc.runtime.breaker_hosts import HostBreakers
from poetc.runtime.breaker_window import WindowBreaker, WindowHostBreakers
from poetc.runtime.errors import CircuitOpenError
from poetc.runtime.retry_forms import AnyRetry as Retry

SECONDS = 10
"""that a thread is waited for before it counts as blocked"""


def target() -> None:
    """What breakers are made for here."""


def hosts(function: object, *args: object, **settings: float) -> Callable[..., object]:
    """A breaker of hosts, as what calls go through: all to one host."""
    breaker = (WindowHostBreakers if "rate" in settings else HostBreakers)(target, *args, **settings)  # type: ignore[arg-type]

    def made(function: Callable[[], object]) -> object:
        return Retry(target, 1, breaker=breaker, host=("url@",))(lambda url: function())(url="http://a.example")

    for name in ("isolate", "reset", "snapshot"):
        setattr(made, name, getattr(breaker, name))
    return made


def made(kind: Callable[..., object]) -> Any:
    """A closed breaker of each kind."""
    return kind(target, 1, 60.0) if kind is Breaker else kind(target, 1, 60.0, rate=0.5, calls=2)


@pytest.mark.parametrize("kind", [Breaker, WindowBreaker, hosts])
def test_a_call_that_blocks_blocks_nobody(kind: Callable[..., object]) -> None:
    """While a call doesn't come back, others go through, and isolate, reset and snapshot answer."""
    breaker = made(kind)
    begun, release, done = threading.Event(), threading.Event(), threading.Event()

    def blocks() -> None:
        begun.set()
        assert release.wait(SECONDS)

    def others() -> None:
        assert breaker(lambda: "through") == "through"
        assert breaker.snapshot()["state"] == "closed"
        breaker.isolate()
        with pytest.raises(CircuitOpenError):
            breaker(target)
        breaker.reset()
        assert breaker(lambda: "again") == "again"
        done.set()

    blocked = threading.Thread(target=breaker, args=(blocks,))
    blocked.start()
    assert begun.wait(SECONDS)
    other = threading.Thread(target=others)
    other.start()
    was_done = done.wait(SECONDS)
    release.set()
    blocked.join()
    other.join()
    assert was_done


@pytest.mark.parametrize("kind", [Breaker, WindowBreaker])
def test_a_probe_that_blocks_refuses_others_at_once(kind: type) -> None:
    """Half-open with one probe under way: a second call is refused without waiting for it; isolating works too."""
    now = [1000.0]
    breaker = kind(target, 1, 10.0, clock=lambda: now[0])
    with breaker.lock:
        breaker.trip()
    now[0] += 10.0
    begun, release = threading.Event(), threading.Event()

    def blocks() -> None:
        begun.set()
        assert release.wait(SECONDS)

    probe = threading.Thread(target=breaker, args=(blocks,))
    probe.start()
    assert begun.wait(SECONDS)
    with pytest.raises(CircuitOpenError, match="1 of 1 probes under way"):
        breaker(target)
    breaker.isolate()
    release.set()
    probe.join()
    assert breaker.state == "isolated", "a late probe doesn't undo what was done by hand"
    breaker.reset()
    assert breaker.state == "closed"


def test_a_task_that_waits_blocks_no_task() -> None:
    """The same within one event loop: a coroutine in flight holds nothing."""
    breaker = WindowBreaker(target, 1, 60.0, rate=0.5, calls=2)

    async def main() -> list[str]:
        release = asyncio.Event()

        async def waits() -> str:
            await release.wait()
            return "late"

        async def quick() -> str:
            return "quick"

        late = asyncio.create_task(breaker.awaited(waits))
        await asyncio.sleep(0)
        found = [await breaker.awaited(quick)]
        breaker.isolate()
        breaker.reset()
        release.set()
        return [*found, await late]

    assert asyncio.run(asyncio.wait_for(main(), SECONDS)) == ["quick", "late"]


def test_a_listener_may_use_its_breaker() -> None:
    """Listeners are called without the lock: from another thread they can isolate, reset and look."""
    breaker = Breaker(target, 1, 60.0)
    seen: list[str] = []

    def listener(changed: Breaker, before: str, state: str) -> None:
        if state == "open":
            thread = threading.Thread(target=changed.isolate)
            thread.start()
            thread.join(SECONDS)
            assert not thread.is_alive()
        seen.append(state)

    breaker.listeners.append(listener)
    breaker.failed(ConnectionError())
    assert breaker.state == "isolated"
    assert sorted(seen) == ["isolated", "open"]


@pytest.mark.parametrize("kind", [Breaker, WindowBreaker])
def test_a_clock_that_jumps_back_while_open(kind: type) -> None:
    """It stays open for the time that was said, counted from what the clock had reached; it never stays open longer
    than the clock takes to get there again, and snapshots show no negative time."""
    now = [1000.0]
    breaker = kind(target, 1, 10.0, clock=lambda: now[0])
    with breaker.lock:
        breaker.trip()
    now[0] = 5.0
    assert breaker.snapshot()["retry_in"] == 10.0
    with pytest.raises(CircuitOpenError, match=r"next try in 10\.0 s"):
        breaker(target)
    now[0] = 1009.0
    with pytest.raises(CircuitOpenError, match=r"next try in 1\.0 s"):
        breaker(target)
    now[0] = 1010.0
    breaker(target)
    assert breaker.state == "closed"


SOURCE = """\
import threading
from poetc import poet

BEGUN, RELEASE = threading.Event(), threading.Event()
CALLS = []


@poet(retries=0)
def charge(order: int) -> int:
    CALLS.append(order)
    if order < 0:
        raise ConnectionError(order)
    if order == 0:
        BEGUN.set()
        RELEASE.wait()
    return order
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built function with a breaker."""
    root = write(
        tmp_path_factory.mktemp("breakers"),
        {
            "pyproject.toml": '[tool.poet.functions."shop.pay.charge"]\nbreaker = {failures = 3, open_for = 60}\n',
            "shop/__init__.py": "",
            "shop/pay.py": SOURCE,
        },
    )
    build(root)
    return root


def program(root: Path, code: str) -> str:
    """Standard output of a program in the project, which may say nothing else."""
    start = """
import contextlib, os, sys, threading
from shop import pay
from shop._poet._runtime import CircuitOpenError, breakers

breaker = breakers()["shop.pay.charge"]

def fails(times):
    for _ in range(times):
        with contextlib.suppress(ConnectionError):
            pay.charge(-1)
"""
    done = run([sys.executable, "-c", start + code], cwd=root)
    assert not done.stderr
    return said(done)


def test_a_built_function_that_blocks(shop: Path) -> None:
    """A call in flight neither keeps others from going through nor the breaker from opening and being isolated."""
    code = """
thread = threading.Thread(target=pay.charge, args=(0,))
thread.start()
pay.BEGUN.wait()
assert pay.charge(5) == 5
fails(3)
assert breaker.state == "open"
with contextlib.suppress(CircuitOpenError):
    pay.charge(5)
    raise SystemExit("it is open")
breaker.reset()
breaker.isolate()
assert breaker.state == "isolated"
breaker.reset()
pay.RELEASE.set()
thread.join()
assert breaker.state == "closed" and pay.charge(7) == 7
"""
    program(shop, code)


def test_many_threads_open_it_once(shop: Path) -> None:
    """Failures of many threads at the same time open it once, and not a call goes through behind that."""
    code = """
changes = []
breaker.listeners.append(lambda b, before, state: changes.append((before, state)))
gate = threading.Barrier(16)

def hammer():
    gate.wait()
    fails(50)

threads = [threading.Thread(target=hammer) for _ in range(16)]
[t.start() for t in threads]; [t.join() for t in threads]
assert changes == [("closed", "open")], changes
calls = len(pay.CALLS)
assert 3 <= calls <= 3 + 16, calls
fails(10)
assert len(pay.CALLS) == calls
"""
    program(shop, code)


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="no fork here")
def test_fork_after_import(shop: Path) -> None:
    """A child that is forked while another thread holds the lock can call, fail and open its own breaker; the
    parent's stays as it is."""
    code = """
import warnings
warnings.simplefilter("ignore")
fails(2)
with breaker.lock:
    child = os.fork()
    if child == 0:
        def works():
            assert pay.charge(1) == 1
            fails(3)
            assert breaker.state == "open"
            os._exit(0)
        thread = threading.Thread(target=works, daemon=True)
        thread.start()
        thread.join(10)
        os._exit(1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert breaker.state == "closed" and breaker.failures == 2
"""
    program(shop, code)


def test_interpreter_exit_with_calls_under_way(shop: Path) -> None:
    """Threads that call while the interpreter ends neither hang it nor print a traceback."""
    code = """
import time
breaker.isolate()

def hammer():
    while True:
        with contextlib.suppress(ConnectionError):
            pay.charge(1)
        breaker.reset() if breaker.state == "isolated" else breaker.isolate()

for _ in range(4):
    threading.Thread(target=hammer, daemon=True).start()
time.sleep(0.2)
print("end")
"""
    assert program(shop, code) == "end\n"
