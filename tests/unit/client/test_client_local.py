"""The service on this machine: started when needed, shared, replaced when it dies, never confused with another."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import COMMAND, DEF, http, request, started, tcp_server
from generated import Generated

from poetc.client import local_address
from poetc.client.local import local_status, stop_local
from poetc.client.running import RunningService, greet, read_running
from poetc.client.state_file import find_state_files
from poetc.client.transpiler import Transpiler
from poetc.errors import ServiceDown

ONE_CLIENT = """
import sys
from poetc.client.running import RunningService, greet, read_running
from poetc.client.transpiler import Transpiler
from poetc.wire import TranspileRequest
with Transpiler(command=sys.argv[1:]) as service:
    print(service.transpile(TranspileRequest(function_code="def f(): ...")).poet_implementation.code)
"""


@pytest.fixture
def place(state_dir):
    return find_state_files({"POET_STATE_DIR": str(state_dir)})


def state_of(place):
    return json.loads(place.state.read_text())


def wait_for(path) -> str:
    while not (path.exists() and path.read_text()):
        time.sleep(0.01)
    return path.read_text()


def test_it_is_started_once_and_used_again(transpiler, ask, state_dir):
    """The first request starts it; later requests, and later clients, find it."""
    first, second = transpiler(), transpiler()
    assert [ask(first), ask(first), ask(second)] == [f"# {DEF}"] * 3
    assert first.health().pid == second.health().pid == local_status().pid
    assert len(started(state_dir)) == 1


def test_nothing_is_started_before_it_is_needed(transpiler, place):
    """Making a client, or asking for the status, starts nothing."""
    transpiler()
    assert local_status() is None
    assert stop_local() is False
    assert not place.log.exists()


def test_it_lives_apart_from_whoever_started_it(transpiler, place):
    """Own session, own folder, no descriptor of ours, no standard input: closing the build's terminal can't end it."""
    with socket.create_server(("127.0.0.1", 0)) as ours:
        os.set_inheritable(ours.fileno(), True)
        inode = f"socket:[{os.fstat(ours.fileno()).st_ino}]"
        pid = transpiler().health().pid
        assert os.getsid(pid) != os.getsid(0)
        if sys.platform == "linux":
            assert Path(f"/proc/{pid}/cwd").readlink() == place.folder
            files = [str(Path(f"/proc/{pid}/fd/{number}").readlink()) for number in (0, 1, 2)]
            assert files == [os.devnull, str(place.log), str(place.log)]
            assert inode not in _descriptors(pid)


def _descriptors(pid):
    found = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            found.append(str(link.readlink()))
    return found


def test_its_files_are_private(transpiler, place):
    """Folder, state and log can be read by their owner only."""
    transpiler().health()
    assert stat.S_IMODE(place.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(f.stat().st_mode) for f in (place.state, place.lock, place.log)} == {0o600}
    assert state_of(place)["token"] not in place.log.read_text()


def test_two_processes_at_once_share_one_service(state_dir):
    """Who comes second waits for the first one's service."""
    command = [sys.executable, "-c", ONE_CLIENT, *COMMAND]
    clients = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = [client.communicate(timeout=60)[0] for client in clients]
    assert said == ["# def f(): ...\n"] * 3
    assert len(started(state_dir)) == 1


def test_threads_share_one_client_and_one_service(transpiler, ask, state_dir):
    """A client may be used from many threads, from its very first request on."""
    service = transpiler()
    with ThreadPoolExecutor(8) as many:
        codes = list(many.map(lambda n: ask(service, f"# {n}"), range(40)))
    assert codes == [f"# # {n}" for n in range(40)]
    assert len(started(state_dir)) == 1


def test_killed_between_requests_it_is_replaced_unnoticed(transpiler, ask, place, state_dir):
    """The same client goes on with a new service."""
    service = transpiler()
    ask(service)
    os.kill(state_of(place)["pid"], signal.SIGKILL)
    assert ask(service) == f"# {DEF}"
    assert len(started(state_dir)) == 2


def test_killed_during_requests_it_is_replaced_within_the_same_calls(transpiler, ask, place, state_dir, tmp_path):
    """Every call that was under way is repeated; all threads together start one successor."""
    service, begun = transpiler(), tmp_path / "begun"
    with ThreadPoolExecutor(4) as many:
        asked = [many.submit(ask, service, f"# touch_then_sleep {begun}") for _ in range(4)]
        wait_for(begun)
        os.kill(state_of(place)["pid"], signal.SIGKILL)
        codes = [one.result() for one in asked]
    assert codes == [f"# # touch_then_sleep {begun}"] * 4
    assert len(started(state_dir)) == 2


def test_ended_in_order_during_a_request_it_is_replaced_too(transpiler, ask, state_dir, tmp_path):
    """`poet serve stop` in another terminal doesn't break a build."""
    service, begun = transpiler(), tmp_path / "begun"
    with ThreadPoolExecutor(1) as beside:
        asked = beside.submit(ask, service, f"# touch_then_sleep {begun}")
        wait_for(begun)
        assert stop_local() is True
        assert asked.result() == f"# # touch_then_sleep {begun}"
    assert len(started(state_dir)) == 2


def test_a_service_that_dies_again_and_again_is_given_up(transpiler, place, tmp_path):
    """The number of attempts is bounded, and the error says so."""
    service, done = transpiler(attempts=2), threading.Event()
    service.health()

    def kill_whatever_runs():
        while not done.wait(0.02):
            with contextlib.suppress(OSError, ValueError):
                os.kill(state_of(place)["pid"], signal.SIGKILL)

    killer = threading.Thread(target=kill_whatever_runs)
    killer.start()
    try:
        with pytest.raises(ServiceDown) as failed:
            service.transpile(request("# sleep 30"))
    finally:
        done.set()
        killer.join()
    assert failed.value.diagnostic.code in ("POET301", "POET306")


def test_idle_it_ends_and_the_next_request_starts_another(transpiler, ask, place, state_dir):
    """A client that outlives its service doesn't notice."""
    service = transpiler([*COMMAND, "--idle", "0.3"])
    ask(service)
    port = state_of(place)["port"]
    while _accepts(port):
        time.sleep(0.02)
    assert ask(service) == f"# {DEF}"
    assert len(started(state_dir)) == 2


def _accepts(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


def test_whatever_sits_on_the_usual_port_does_not_confuse(transpiler, ask):
    """Another program's port is left alone: nothing is sent there."""
    heard = []
    with tcp_server(lambda peer, asked: heard.append(asked)) as port:
        assert ask(transpiler([*COMMAND, "--port", str(port)])) == f"# {DEF}"
        assert local_status().url != f"http://127.0.0.1:{port}"
    assert heard == []


STRANGERS = {
    "http": lambda asked: http(200, b'{"status":"ok","version":"0","engines":{},"pid":2}', X_Poet_Proof="0" * 64),
    "no proof": lambda asked: http(200, b'{"status":"ok","version":"0","engines":{},"pid":2}'),
    "silent": None,
    "garbage": lambda asked: b"SSH-2.0-x\r\n",
    "echo": lambda asked: asked,
    "closed": lambda asked: b"",
}


def stranger(what, heard):
    """A server that isn't ours, and notes what it is told."""

    def talk(peer, asked):
        heard.append(asked)
        peer.recv(1) if STRANGERS[what] is None else peer.sendall(STRANGERS[what](asked))

    return tcp_server(talk)


@pytest.mark.parametrize("what", STRANGERS)
def test_a_stranger_is_not_taken_for_the_service(what):
    """Whatever answers on the port of a dead service can't prove that it knows the token, and isn't told it."""
    heard = []
    with stranger(what, heard) as port:
        service = RunningService(pid=2, port=port, token="t0ken", version="1", stamp="S", started=0.0)
        assert greet(service, 0.2) is None
    assert heard and b"t0ken" not in heard[0]


def test_a_stale_state_file_harms_nobody(transpiler, ask, place):
    """The stranger on its port learns neither token nor source, and the process that has its number now lives on."""
    heard = []
    ask(transpiler())
    told = state_of(place)
    stop_local()
    with (
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bystander,
        stranger("http", heard) as port,
    ):
        place.state.write_text(json.dumps({**told, "pid": bystander.pid, "port": port}))
        assert ask(transpiler()) == f"# {DEF}"
        assert stop_local() is True
        place.state.write_text(json.dumps({**told, "pid": bystander.pid, "port": port}))
        assert stop_local() is False
        assert bystander.poll() is None
        bystander.communicate(b"\n")
    assert heard and not any(told["token"].encode() in asked or b"def f" in asked for asked in heard)


NONSENSE = ["", "{", "[]", "7", '{"pid": 1}', '{"pid":"x","port":1,"token":"t"}', "\x00", "[" * 10_000, "9" * 70_000]
WHOLE = {"pid": 7, "port": 8080, "token": "t", "version": "1", "stamp": "s", "started": 1.0}


@pytest.mark.parametrize(
    "change", [{"port": 0}, {"port": 70_000}, {"pid": 1}, {"pid": -1}, {"token": ""}, {"started": "x"}]
)
def test_impossible_values_in_a_state_file_make_it_none(place, change):
    """No signal goes to process 1 or to a group, and no request to an impossible port."""
    place.state.write_text(json.dumps(WHOLE))
    assert read_running(place.state) is not None
    place.state.write_text(json.dumps({**WHOLE, **change}))
    assert read_running(place.state) is None


def test_a_state_file_of_nonsense_is_no_state_file(transpiler, ask, place):
    """Whatever stands there, a service is found or started; a link isn't followed."""
    for text in NONSENSE:
        place.state.write_text(text)
        assert read_running(place.state) is None
    elsewhere = place.folder / "elsewhere"
    elsewhere.write_text(json.dumps(WHOLE))
    place.state.unlink()
    place.state.symlink_to(elsewhere)
    assert read_running(place.state) is None
    assert ask(transpiler()) == f"# {DEF}"
    assert json.loads(elsewhere.read_text()) == WHOLE


def test_the_server_of_an_older_poetc_is_replaced(transpiler, ask, place, state_dir, monkeypatch):
    """After an upgrade the old code doesn't answer any more."""
    with monkeypatch.context() as before:
        before.setattr(local_address, "install_id", lambda: "older")
        ask(transpiler())
    old = state_of(place)
    assert local_status().current is False
    ask(transpiler())
    new = state_of(place)
    assert (new["pid"] != old["pid"], local_status().current, len(started(state_dir))) == (True, True, 2)
    assert not _accepts(old["port"])


def test_status_and_stop(transpiler, place):
    """Status tells where it is; stop ends it, removes its file, and is no error when nothing runs."""
    pid = transpiler().health().pid
    status = local_status()
    assert (status.pid, status.current, status.health.engines) == (pid, True, {"rules": "7"})
    assert status.url == f"http://127.0.0.1:{state_of(place)['port']}"
    assert [stop_local(), stop_local()] == [True, False]
    assert (local_status(), place.state.exists()) == (None, False)


def test_a_service_that_cannot_start_shows_the_end_of_its_log(transpiler):
    """The reason of the failure is in the error, without control characters."""
    service = transpiler([sys.executable, "-c", r"import sys; sys.exit('\x1b[31mengine is missing')"])
    with pytest.raises(ServiceDown) as failed:
        service.health()
    told = failed.value.diagnostic
    assert told.code == "POET306" and "engine is missing" in told.hint and "\x1b" not in told.hint


def test_a_service_that_is_never_ready_is_ended(transpiler, tmp_path):
    """After the start's time is up, nothing of it is left."""
    mark = tmp_path / "pid"
    script = f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    with pytest.raises(ServiceDown, match="not ready within 1 s"):
        transpiler([sys.executable, "-c", script], start_seconds=1).health()
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


def test_a_command_that_does_not_exist_is_said(transpiler):
    """An interpreter that is gone is an error for people too."""
    with pytest.raises(ServiceDown, match="cannot be run: No such file"):
        transpiler(["/nowhere/python"]).health()


def test_a_folder_that_others_can_write_to_is_refused(transpiler, state_dir):
    """Whoever can write the state file could have the source sent to them."""
    state_dir.mkdir()
    state_dir.chmod(0o777)
    with pytest.raises(ServiceDown) as failed:
        transpiler().health()
    assert failed.value.diagnostic.code == "POET306" and "written to by others" in str(failed.value)


def test_a_state_folder_that_is_a_file_is_refused(transpiler, state_dir):
    """Said, not raised as an OSError."""
    state_dir.write_text("")
    state_dir.chmod(0o600)
    with pytest.raises(ServiceDown) as failed:
        transpiler().health()
    assert failed.value.diagnostic.code == "POET306"
    state_dir.unlink()


def test_proxies_and_keys_of_the_environment_do_not_reach_the_local_service(transpiler, ask, monkeypatch):
    """Loopback needs no proxy; the key of a remote service is none of the local one's business."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("AITOMATIC_API_KEY", "s3cret")
    service = transpiler(api_key="s3cret")
    assert ask(service) == f"# {DEF}"
    if sys.platform == "linux":
        assert b"s3cret" not in Path(f"/proc/{service.health().pid}/environ").read_bytes()


def test_the_project_in_the_current_folder_is_not_imported(transpiler, ask, tmp_path, monkeypatch):
    """A project's own `fastapi.py` or `poetc` doesn't get into the service."""
    project = tmp_path / "project"
    project.mkdir()
    for name in ("fastapi", "uvicorn", "poetc"):
        (project / f"{name}.py").write_text("raise SystemExit('imported the project')")
    monkeypatch.chdir(project)
    assert ask(transpiler()) == f"# {DEF}"


def test_relative_import_paths_hold_in_the_service(transpiler, ask, monkeypatch):
    """PYTHONPATH=. means the caller's folder there too."""
    monkeypatch.chdir(os.environ["PYTHONPATH"])
    monkeypatch.setenv("PYTHONPATH", ".")
    assert ask(transpiler()) == f"# {DEF}"


def test_a_large_old_log_is_begun_anew(transpiler, place):
    """The log doesn't grow from service to service."""
    place.folder.mkdir(exist_ok=True)
    place.log.write_bytes(b"x" * 300_000)
    transpiler().health()
    assert place.log.stat().st_size < 10_000


def test_the_real_engine_answers(state_dir):
    """The default command serves the engine of this installation."""
    with Transpiler() as service:
        health = service.health()
        assert "rules" in health.engines and "base" in health.templates
        code = service.transpile(request("@poet()\ndef f(x: int) -> int:\n    return x + 1\n")).poet_implementation.code
    assert Generated(code).checked == {"x": "int"}
