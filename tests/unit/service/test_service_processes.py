"""The service as a process: in the foreground, and as clients start it."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

COMMAND = [sys.executable, "-P", "-m", "poetc.service", "--engine", "poetc_fake_engine", "--workers", "1"]
ASKED = {"function_code": "def f(): ..."}


@contextmanager
def process(*arguments, **more):
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more
    ) as it:
        try:
            yield it
        finally:
            it.kill()


@contextmanager
def local(tmp_path, *arguments):
    state = tmp_path / "state.json"
    with process("--local", "--state", str(state), "--stamp", "S", "--port", "0", *arguments) as it:
        assert it.stdout.readline() == "ready\n"
        yield it, state, json.loads(state.read_text())


def ask(state, path="/poet/transpile", **more):
    url = f"http://127.0.0.1:{state['port']}{path}"
    headers = {"Authorization": f"Bearer {state['token']}"}
    return httpx.post(url, json={**ASKED, **more}, headers=headers, timeout=20, trust_env=False)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_foreground_service_says_where_it_is_and_ends_on_a_signal(number):
    """It answers without a key on loopback, and Ctrl-C or SIGTERM end it with exit code 0 and no traceback."""
    with process("--port", "0") as it:
        url = it.stdout.readline().removeprefix("listening on ").strip()
        assert httpx.post(f"{url}/poet/transpile", json=ASKED, timeout=20, trust_env=False).status_code == 200
        assert httpx.get(f"{url}/poet/health", headers={"Host": "evil.example"}, trust_env=False).status_code == 421
        it.send_signal(number)
        assert it.wait(15) == 0
        assert "Traceback" not in it.stderr.read()


def test_a_taken_port_in_the_foreground_is_said_and_exits_2():
    """Who names a port wants that port."""
    with socket.create_server(("127.0.0.1", 0)) as taken, process("--port", str(taken.getsockname()[1])) as it:
        assert it.wait(15) == 2
        assert it.stderr.read().startswith("POET306: the service cannot listen on 127.0.0.1 port")


def test_a_missing_engine_exits_2():
    """The reason stands above."""
    with process("--port", "0", "--engine", "no_such_engine") as it:
        assert it.wait(15) == 2
        assert "No module named 'no_such_engine'" in it.stderr.read()


def test_an_open_service_on_every_address_warns(tmp_path):
    """A service that everybody can reach without a key says so once."""
    with process("--port", "0", "--host", "0.0.0.0") as it:
        assert it.stdout.readline().startswith("listening on http://0.0.0.0:")
        it.send_signal(signal.SIGTERM)
        assert it.wait(15) == 0
        assert "POET_SERVICE_KEYS is not set" in it.stderr.read()


def test_the_state_file_is_private_and_tells_what_a_client_needs(tmp_path):
    """Only its owner can read the token; the file is gone when the service is."""
    with local(tmp_path) as (it, path, state):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert (state["pid"], state["stamp"], len(state["token"]) >= 32) == (it.pid, "S", True)
        assert ask(state).status_code == 200
        assert ask({**state, "token": "other"}).status_code == 401
        it.send_signal(signal.SIGTERM)
        assert it.wait(10) == 0
        assert list(tmp_path.iterdir()) == []
        assert state["token"] not in it.stderr.read()


def test_a_taken_port_makes_the_local_service_choose_another(tmp_path):
    """Whatever sits on the usual port stays there, untouched."""
    state = tmp_path / "state.json"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with process("--local", "--state", str(state), "--port", str(port)) as it:
            assert it.stdout.readline() == "ready\n"
            told = json.loads(state.read_text())
            assert told["port"] != port
            assert ask(told).status_code == 200


def test_an_idle_local_service_ends_and_withdraws(tmp_path):
    """After the idle time the process is gone, and so is its state file."""
    with local(tmp_path, "--idle", "0.4") as (it, path, _):
        assert it.wait(15) == 0
        assert not path.exists()


def test_a_running_request_keeps_the_service_from_idling(tmp_path):
    """A generation longer than the idle time is answered."""
    with local(tmp_path, "--idle", "0.3") as (_, _, state):
        assert ask(state, function_code="# sleep 1.2").status_code == 200


def test_a_replaced_service_ends_and_leaves_the_file_of_its_successor(tmp_path):
    """Nobody can find it any more, so it goes; the file isn't its own any more, so it stays."""
    with local(tmp_path, "--idle", "60") as (it, path, state):
        successor = json.dumps({**state, "token": "another"})
        path.with_suffix(".new").write_text(successor)
        path.with_suffix(".new").replace(path)
        assert it.wait(15) == 0
        assert path.read_text() == successor


def test_a_service_whose_state_file_is_gone_ends(tmp_path):
    """Deleting the folder of the state is a way to end it."""
    with local(tmp_path, "--idle", "60") as (it, path, _):
        path.unlink()
        assert it.wait(15) == 0


def test_sigterm_ends_it_soon_even_while_it_generates(tmp_path):
    """A generation that runs away doesn't hold up the end, and whoever waits for it is told to ask again."""
    begun = tmp_path / "begun"
    with local(tmp_path) as (it, path, state), ThreadPoolExecutor(1) as beside:
        asked = beside.submit(ask, state, function_code=f"# touch_then_sleep {begun}")
        while not begun.exists():
            time.sleep(0.01)
        it.send_signal(signal.SIGTERM)
        assert it.wait(15) == 0
        assert (asked.result().status_code, asked.result().json()["code"]) == (503, "SHUTTING_DOWN")
    assert not path.exists()


def test_a_state_file_that_cannot_be_written_ends_the_service(tmp_path):
    """A server that nobody can find must not stay."""
    with process("--local", "--state", str(tmp_path / "no" / "folder.json"), "--port", "0") as it:
        assert it.wait(15) not in (0, None)
        assert it.stdout.read() == ""


def test_a_log_that_grows_too_large_is_emptied(tmp_path):
    """The log file stays bounded while the service runs."""
    log = tmp_path / "log"
    with log.open("ab") as stream:
        arguments = ["--local", "--state", str(tmp_path / "s.json"), "--port", "0", "--idle", "1"]
        with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=stream) as it:
            assert it.stdout.readline() == b"ready\n"
            os.write(stream.fileno(), b"x" * 1_500_000)
            assert it.wait(15) == 0
    assert log.stat().st_size < 100_000
