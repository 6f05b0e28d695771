"""What outlives a call isn't bound by its budget, and what cleans up after it may still be done."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.built_projects import VERSIONS, build, python, said, write

SOURCE = """
import asyncio, contextvars, threading, time
from poetc import poet

KEPT = []


@poet(timeout=10)
async def mail(log: list) -> None:
    await asyncio.sleep(0.8)
    log.append("sent")


@poet(timeout=0.4)
async def handler(log: list) -> str:
    KEPT.append(asyncio.create_task(mail(log)))
    await asyncio.sleep(0.01)
    return "ok"


@poet(timeout=0.4)
async def shielded(log: list) -> None:
    await asyncio.shield(mail(log))


@poet(timeout=0.4)
async def awaited(log: list) -> None:
    await mail(log)


@poet(timeout=0.4)
async def gathered(log: list) -> None:
    await asyncio.gather(mail(log), mail(log))


@poet(timeout=10)
def work(log: list) -> None:
    for _ in iter(range(16).__iter__().__next__, -1):
        time.sleep(0.05)
    log.append("done")


@poet(timeout=0.4)
def starts(log: list) -> str:
    thread = threading.Thread(target=contextvars.copy_context().run, args=(work, log))
    KEPT.append(thread)
    thread.start()
    time.sleep(0.01)
    return "ok"


@poet(timeout=5)
def release(log: list) -> None:
    time.sleep(0.05)
    log.append("released")


class Lease:
    def __init__(self, log):
        self.log = log

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        release(self.log)


@poet(timeout=0.4)
def in_finally(log: list) -> None:
    try:
        time.sleep(3)
    finally:
        for _ in iter((1,)):
            time.sleep(0.05)
        release(log)


@poet(timeout=0.4)
def in_except(log: list) -> None:
    try:
        time.sleep(3)
    except BaseException:
        release(log)
        raise


@poet(timeout=0.4)
def in_exit(log: list) -> None:
    with Lease(log):
        time.sleep(3)


@poet(timeout=0.4)
def in_finally_without_an_error(log: list) -> str:
    try:
        end = time.monotonic() + 0.395
        while time.monotonic() < end:
            pass
        return "ok"
    finally:
        release(log)


@poet(timeout=0.4)
async def in_finally_async(log: list) -> None:
    try:
        await asyncio.sleep(3)
    finally:
        await asyncio.sleep(0.05)
        release(log)


@poet(timeout=0.4)
def endless_clean_up(log: list) -> None:
    try:
        time.sleep(3)
    finally:
        time.sleep(30)


@poet(timeout=0.4)
def called_while_cleaning(log: list) -> None:
    time.sleep(3)
"""

RUN = """
import asyncio, sys, threading, time
sys.path.insert(0, "src")
from app import m
log = []
def timed(work):
    began = time.monotonic()
    try:
        value = work()
    except BaseException as error:
        value = type(error).__name__
    return value, time.monotonic() - began
def in_thread(work):
    found = []
    thread = threading.Thread(target=lambda: found.append(timed(work)))
    thread.start(); thread.join()
    return found[0]
async def then(work, seconds):
    try:
        value = await work(log)
    except BaseException as error:
        value = type(error).__name__
    await asyncio.sleep(seconds)
    return value
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The functions above, built."""
    root = write(tmp_path_factory.mktemp("ends"), {"src/app/__init__.py": "", "src/app/m.py": SOURCE})
    build(root)
    return root


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("handler", "ok ['sent']"),
        ("shielded", "BudgetSpentError ['sent']"),
        ("awaited", "BudgetSpentError []"),
        ("gathered", "BudgetSpentError []"),
    ],
)
def test_a_task_that_outlives_its_call_has_its_own_budget(
    project: Path, version: str, name: str, expected: str
) -> None:
    """One that is awaited is cancelled with the call."""
    program = f"{RUN}print(asyncio.run(then(m.{name}, 1.2)), log)"
    assert said(python(version, "-c", program, cwd=project)) == expected + "\n"


def test_a_thread_with_a_copied_context_has_its_own_budget(project: Path) -> None:
    """A budget binds the thread that its call runs in."""
    program = RUN + "print(in_thread(lambda: m.starts(log))[0]); m.KEPT[0].join(); print(log)"
    assert said(python("3.11", "-c", program, cwd=project)) == "ok\n['done']\n"


@pytest.mark.parametrize("place", ["timed", "in_thread"])
@pytest.mark.parametrize("name", ["in_finally", "in_except", "in_exit", "in_finally_without_an_error"])
def test_what_cleans_up_may_start(project: Path, name: str, place: str) -> None:
    """Calls, loops and waits of clean-up, also in functions that it calls, on the main thread and off it."""
    program = f"{RUN}found = {place}(lambda: m.{name}(log)); print(found[0], found[1] < 2, log)"
    value = "ok" if name.endswith("error") else "BudgetSpentError"
    assert said(python("3.11", "-c", program, cwd=project)) == f"{value} True ['released']\n"


def test_what_cleans_up_in_a_coroutine_may_start(project: Path) -> None:
    """Behind the cancellation."""
    program = RUN + "print(asyncio.run(then(m.in_finally_async, 0)), log)"
    assert said(python("3.11", "-c", program, cwd=project)) == "BudgetSpentError ['released']\n"


@pytest.mark.parametrize("place", ["timed", "in_thread"])
def test_clean_up_has_a_second(project: Path, place: str) -> None:
    """Then it ends as well; and a caller's clean-up is no reason to let the call go on."""
    program = f"""{RUN}
value, seconds = {place}(lambda: m.endless_clean_up(log)); print(value, 1 < seconds < 4)
def outside():
    try:
        raise KeyError
    except KeyError:
        m.called_while_cleaning(log)
value, seconds = {place}(outside); print(value, seconds < 1.2)
"""
    assert said(python("3.11", "-c", program, cwd=project)) == "BudgetSpentError True\nBudgetSpentError True\n"
