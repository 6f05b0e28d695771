"""Testing mode, as the tests of a linked project use it: no waits, bounded attempts, everywhere and only inside."""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path

import pytest
from built_projects import build, run, said, write

from poetc.runtime.testing import TESTING_ATTEMPTS, testing, testing_attempts

SOURCE = """\
from poetc import poet

CALLS = []


@poet(retries=3)
def charge(order: int) -> int:
    CALLS.append(order)
    raise ConnectionError(order)


@poet(retries=3)
async def charge_later(order: int) -> int:
    CALLS.append(order)
    raise ConnectionError(order)
"""

TESTS = """\
import asyncio, threading, time

slept = []
time.sleep = slept.append

from shop import pay
from shop._poet._runtime import breakers, testing  # there, though no function here has a breaker

def tried(order=1, call=pay.charge):
    pay.CALLS.clear()
    for breaker in breakers().values():
        breaker.reset()
    try:
        result = call(order)
        asyncio.run(result) if asyncio.iscoroutine(result) else None
    except ConnectionError:
        return len(pay.CALLS)

"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built project."""
    root = write(tmp_path_factory.mktemp("testing"), {"shop/__init__.py": "", "shop/pay.py": SOURCE})
    build(root)
    return root


def program(root: Path, code: str, **env: str) -> str:
    """Standard output of a program in the project."""
    return said(run([sys.executable, "-c", TESTS + code], cwd=root, env=env))


def test_a_linked_project_in_its_own_tests(shop: Path) -> None:
    """`with testing(n)` bounds functions and coroutines, and doesn't wait; a thread made in it is in it too."""
    code = """
with testing():
    assert tried() == tried(call=pay.charge_later) == 1
    found = []
    thread = threading.Thread(target=lambda: found.append(tried()))
    thread.start(); thread.join()
    assert found == [1]
    with testing(attempts=3):
        assert tried() == tried(call=pay.charge_later) == 3
    assert tried() == 1
assert not any(slept), slept
"""
    program(shop, code)


def test_a_whole_process_by_its_environment(shop: Path) -> None:
    """POET_TESTING does so without a change of the tests; a `with` inside of it wins."""
    code = """
assert tried() == tried(call=pay.charge_later) == 2
with testing():
    assert tried() == 1
assert tried() == 2
assert not any(slept), slept
"""
    program(shop, code, POET_TESTING="2")


def test_without_it_there_are_waits(shop: Path) -> None:
    """Outside of testing mode the same function is tried four times, with waits between."""
    program(shop, "assert tried() == 4 and len([s for s in slept if s > 0]) == 3, slept")


def test_blocks_nest() -> None:
    """The innermost block counts, also where an outer one asks for as many attempts as it."""
    assert testing_attempts() is None
    with testing(1):
        with testing(2):
            with testing(1):
                assert testing_attempts() == 1
            assert testing_attempts() == 2
        assert testing_attempts() == 1
    assert testing_attempts() is None


def test_one_object_entered_again() -> None:
    """A block that a fixture made may be entered inside itself, and again later."""
    mode = testing(3)
    with mode, testing(2):
        with mode:
            assert testing_attempts() == 3
        assert testing_attempts() == 2
    with mode:
        assert testing_attempts() == 3
    assert not TESTING_ATTEMPTS


@pytest.mark.parametrize("error", [ValueError(), KeyboardInterrupt(), asyncio.CancelledError()])
def test_left_by_an_exception(error: BaseException) -> None:
    """Whatever ends the block, testing mode ends with it, and the exception passes."""
    with pytest.raises(type(error)), testing():
        raise error
    assert testing_attempts() is None


def test_blocks_of_threads_that_overlap() -> None:
    """Many threads that enter and leave blocks at the same time leave none behind."""
    gate = threading.Barrier(8)

    def enters(attempts: int) -> None:
        gate.wait()
        for _ in range(500):
            with testing(attempts):
                assert testing_attempts() in range(1, 9)

    threads = [threading.Thread(target=enters, args=(n,)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not TESTING_ATTEMPTS


def test_tasks_are_in_it() -> None:
    """Tasks made before and inside of the block are in testing mode while it lasts."""

    async def main() -> list[int | None]:
        entered = asyncio.Event()

        async def sees() -> int | None:
            await entered.wait()
            return testing_attempts()

        before = asyncio.create_task(sees())
        with testing(4):
            entered.set()
            inside = asyncio.create_task(sees())
            return [await before, await inside]

    assert asyncio.run(main()) == [4, 4]


@pytest.mark.parametrize(
    ("text", "attempts"),
    [
        ("", None),
        ("0", None),
        ("00", None),
        ("1", 1),
        ("07", 7),
        ("-1", None),
        ("yes", None),
        ("1.5", None),
        ("²", None),
    ],
)
def test_the_variable(monkeypatch: pytest.MonkeyPatch, text: str, attempts: int | None) -> None:
    """A whole number of attempts; anything else means no testing."""
    monkeypatch.setenv("POET_TESTING", text)
    assert testing_attempts() == attempts


def test_a_variable_of_many_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A number that Python refuses to read doesn't break a call that has failed."""
    monkeypatch.setenv("POET_TESTING", "9" * 100_000)
    assert testing_attempts() == 999_999_999
