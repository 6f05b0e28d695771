"""Generations that run away, crash or queue up never take the service with them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from poetc.service.problem import Problem

DEF = "def f(): ..."


def pid_of_worker(service) -> int:
    return int(service.transpile("# pid").json()["poet_implementation"]["code"].strip("# \n"))


def is_gone(pid: int, seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        shown = subprocess.run(
            ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
        ).stdout
        if not shown.strip() or shown.strip().startswith("Z"):
            return True
        time.sleep(0.02)
    return False


def begun(path) -> int:
    """The process number that a generation has left in `path`, once it is there."""
    while not (path.exists() and path.read_text()):
        time.sleep(0.01)
    return int(path.read_text())


def test_a_runaway_generation_is_ended_and_the_place_is_free_again(run):
    """An endless loop is answered 504, its process is gone, and the only place serves the next request."""
    with run(generation_seconds=0.5) as service:
        pid = pid_of_worker(service)
        answer = service.transpile("# loop")
        assert (answer.status_code, answer.json()["code"]) == (504, "GENERATION_TIMEOUT")
        assert pid_of_worker(service) != pid
        assert is_gone(pid)


def test_a_crash_takes_only_its_worker(run):
    """A segmentation fault is one 500."""
    with run() as service:
        pid = pid_of_worker(service)
        assert service.transpile("# crash").json()["code"] == "GENERATION_CRASHED"
        assert pid_of_worker(service) != pid


def test_a_worker_killed_while_idle_is_replaced_unnoticed(run):
    """Nobody is refused because a waiting worker died."""
    with run() as service:
        pid = pid_of_worker(service)
        os.kill(pid, 9)
        assert is_gone(pid)
        assert service.transpile(DEF).status_code == 200


def test_a_worker_is_used_again(run):
    """Sound requests share one process, and one that ran out of memory is replaced."""
    with run() as service:
        pid = pid_of_worker(service)
        assert pid_of_worker(service) == pid
        assert service.transpile("# memory").json()["code"] == "TOO_COMPLEX"
        assert pid_of_worker(service) != pid


def test_beyond_the_queue_requests_are_told_to_come_again(run):
    """With the place busy and the queue full, a further request is answered 503 with Retry-After."""
    with run(queue=1) as service, ThreadPoolExecutor(5) as many:
        answers = list(many.map(lambda _: service.transpile("# sleep 0.5"), range(5)))
    statuses = sorted(a.status_code for a in answers)
    assert statuses == [200, 200, 503, 503, 503]
    refused = next(a for a in answers if a.status_code == 503)
    assert refused.json()["code"] == "OVERLOADED"
    assert re.fullmatch(r"\d+", refused.headers["retry-after"])


def test_waiting_has_an_end(run):
    """Who waits longer than allowed is told to come again."""
    with run(queue_seconds=0.1) as service, ThreadPoolExecutor(2) as many:
        statuses = sorted(a.status_code for a in many.map(lambda _: service.transpile("# sleep 1"), range(2)))
    assert statuses == [200, 503]


def test_workers_run_at_once(run, tmp_path):
    """Two places are two processes at the same time."""
    with run(workers=2) as service, ThreadPoolExecutor(2) as many:
        first = many.submit(service.transpile, f"# touch_then_sleep {tmp_path / 'begun'}")
        busy = begun(tmp_path / "begun")
        assert service.transpile(DEF).status_code == 200
        assert not first.done()
        os.kill(busy, 9)
        assert first.result().status_code == 500


def test_health_answers_while_every_worker_is_busy(run, tmp_path):
    """A long generation doesn't make the service look dead."""
    with run() as service, ThreadPoolExecutor(1) as many:
        many.submit(service.transpile, f"# touch_then_sleep {tmp_path / 'begun'}")
        busy = begun(tmp_path / "begun")
        assert service.http.get("/poet/health").status_code == 200
        os.kill(busy, 9)


def test_no_worker_outlives_the_service(run, tmp_path):
    """Ending the service ends idle and busy workers, and whoever waits is told so."""

    def ask(service):
        asked = {"function_code": f"# touch_then_sleep {tmp_path / 'begun'}"}
        return httpx.post(f"http://127.0.0.1:{service.port}/poet/transpile", json=asked, timeout=20, trust_env=False)

    with ThreadPoolExecutor(1) as many:
        with run(workers=2) as service:
            asked = many.submit(ask, service)
            busy, idle = begun(tmp_path / "begun"), pid_of_worker(service)
        assert asked.result().json()["code"] == "SHUTTING_DOWN"
    assert is_gone(busy) and is_gone(idle)


def test_a_worker_ends_when_its_service_was_killed():
    """The closed pipe is the end of an idle worker, so a killed service leaves nothing behind."""
    command = [
        sys.executable,
        "-m",
        "poetc.service.worker",
        "--engine",
        "poetc_fake_engine",
        "--seconds",
        "1",
        "--memory",
        str(1 << 30),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdout.read(8)
        worker.stdin.close()
        assert worker.wait(10) == 0


def test_an_engine_that_cannot_start_is_said_at_once(run):
    """Without an engine the service doesn't pretend to run."""
    import asyncio

    from poetc.service.server import bind, run_server
    from poetc.service.settings import ServiceSettings

    async def never(_server, _activity):
        raise AssertionError("served without an engine")

    with bind("127.0.0.1", 0) as bound, pytest.raises(Problem) as refused:
        asyncio.run(run_server(ServiceSettings(engine="no_such_engine"), bound, never, 1))
    assert refused.value.code == "NOT_READY"
