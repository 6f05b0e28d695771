"""What hostile text, a hostile peer or a hostile neighbour may cost: time, files, and what is told to whom."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from built_projects import ROOT, poet, write

from poetc.client.local_address import LocalAddress
from poetc.client.transpiler import Transpiler
from poetc.config import load_options
from poetc.config.dotenv import parse_dotenv
from poetc.effects.sql import sql_effect
from poetc.errors import ConfigError
from poetc.report.explain import render_explanation
from poetc.report.status import render_status
from poetc.service.generation import GenerateError, transpile
from poetc.service.protocol import HEAD_SECONDS
from poetc.store.layout import lock_file
from poetc.store.lock import project_lock
from poetc.wire import TranspileContext, TranspileRequest

SMALL = "@poet()\ndef f(x: int) -> int:\n    return x\n"
posix_only = pytest.mark.skipif(os.name == "nt", reason="POSIX")

MEGABYTE = 400_000
SQL = {
    "one word": "a" * MEGABYTE,
    "comments that stay open": "[/*" * (MEGABYTE // 3),
    "brackets": "[" * MEGABYTE,
    "quotes": "'\"" * (MEGABYTE // 2),
    "dollars": "$a" * (MEGABYTE // 2),
    "spaces before a bracket": "a" + " " * MEGABYTE + "b",
    "opening brackets": "a(" * (MEGABYTE // 2),
    "with": "with a(" * (MEGABYTE // 7),
    "dashes": "--" * (MEGABYTE // 2),
    "an end and many beginnings": "*/" + "/*" * (MEGABYTE // 2),
    "locks": "for " * (MEGABYTE // 4),
}


@pytest.mark.parametrize("text", SQL)
def test_sql_of_any_kind_is_read_in_proportion_to_its_length(text: str) -> None:
    """400 kB of what made the reading quadratic: hours before, about a second now."""
    started = time.monotonic()
    sql_effect(f"SELECT {SQL[text]} FROM t")
    assert time.monotonic() - started < 60


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        ("SELECT count(*) FROM t", "read"),
        ("SELECT charge (1)", None),
        ("SELECT charge/**/(1)", None),
        ("SELECT charge -- now\n(1)", None),
        ("SELECT charge/* ( */(1)", None),
        ("SELECT lower(name) /* charge ( of them", None),
        ("SELECT lower(name) FROM t -- all of them", "read"),
    ],
)
def test_what_sql_means_is_as_before(text: str, effect: str | None) -> None:
    """Comments between a function and its bracket hide nothing."""
    assert sql_effect(text) == effect


def test_a_dotenv_of_blanks_is_read_at_once() -> None:
    """A line of a megabyte of blanks, and one of `=`."""
    started = time.monotonic()
    parse_dotenv("POET_X=a" + " " * 900_000 + "b\n" + "=" * 900_000 + "\n" + " " * 900_000)
    assert time.monotonic() - started < 20


def test_a_project_names_few_decorators(tmp_path: Path) -> None:
    """Each is looked for at every import of every file, so ten thousand held every command up for 20 s."""
    names = ", ".join(f'"a{n}.b{n}"' for n in range(101))
    (tmp_path / "pyproject.toml").write_text(f"[tool.poet]\ndecorators = [{names}]\n")
    with pytest.raises(ConfigError, match="at most 100"):
        load_options(tmp_path, {})


TOO_MUCH = {
    "digits in a default": "def f(x=0x" + "f" * 5000 + "): return x\n",
    "digits in an annotation": "def f(x: Literal[0x" + "f" * 5000 + "]): return x\n",
    "two thousand calls": "def f(x):\n" + "    requests.get(x)\n" * 2000,
    "two thousand parameters": "def f(" + ", ".join(f"a{n}: int" for n in range(2000)) + "): return a1\n",
}


@pytest.mark.parametrize("what", TOO_MUCH)
def test_what_is_too_much_is_the_requests_fault(what: str) -> None:
    """Refused with a reason (422), not an error of the service (500)."""
    with pytest.raises(GenerateError) as error:
        code = "@poet()\n" + TOO_MUCH[what]
        transpile(TranspileRequest(function_code=code, context=TranspileContext(imports=["import requests"])))
    assert error.value.status == 422 and error.value.code in ("INVALID_SOURCE", "TOO_COMPLEX")


def test_such_a_function_leaves_the_others_alone(tmp_path: Path) -> None:
    """It is refused by name, and its neighbour is built."""
    large, small = "@poet()\n" + TOO_MUCH["digits in a default"], SMALL.replace(" f(", " g(")
    text = f"from poetc import poet\n\n\n{large}\n\n{small}"
    write(tmp_path, {"app/__init__.py": "", "app/m.py": text})
    done = poet(tmp_path, "build")
    assert done.returncode == 1 and "POET307 app.m.f" in done.stdout and "built app.m.g" in done.stdout


def test_metadata_has_bounds(tmp_path: Path) -> None:
    """Three million numbers in the decorator's parameters are no answer."""
    from test_situations_trust_service import PLAIN, built

    done = built(tmp_path, lambda told: told["metadata"].update(decorator_params={"x": [0] * 2_000_000}), "", PLAIN)
    assert done.returncode == 2 and "metadata" in done.stdout
    assert not (tmp_path / ".dana/poet/functions").exists()


HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\r\nX"


def harmless(text: str) -> bool:
    return not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]", text)


def test_whatever_metadata_says_a_terminal_only_shows_it() -> None:
    """Every field of `explain` and `status`, in plain text and in colour."""
    row: dict[str, Any] = {
        "name": HOSTILE, "path": HOSTILE, "line": 1, "version": 1, "fresh": True, "why": HOSTILE, "operate": HOSTILE,
        "operate_reason": HOSTILE, "effects": HOSTILE,
        "achieved": {"state": HOSTILE, "checks": [HOSTILE], "around": [HOSTILE],
                     "calls": [{"name": HOSTILE, "line": 1, "ways": [HOSTILE]}]},
        "asked": [{"setting": HOSTILE, "value": HOSTILE, "origin": HOSTILE}],
        "around": [{"what": HOSTILE, "how": HOSTILE}],
        "lines": [{"line": 1, "text": HOSTILE, "effects": [{"text": HOSTILE, "effect": HOSTILE, "why": HOSTILE}],
                   "rewrites": [{"kind": HOSTILE, "before": HOSTILE, "after": HOSTILE, "why": HOSTILE}],
                   "not_done": [HOSTILE]}],
        "checked": [HOSTILE], "not_done": [HOSTILE],
        "project": [{"text": HOSTILE, "effect": HOSTILE, "why": HOSTILE, "through": HOSTILE,
                     "functions": [{"name": HOSTILE, "path": HOSTILE, "line": 4}]}],
    }  # fmt: skip
    status = {
        **dict.fromkeys(("name", "path", "operate", "operate_reason", "timeout_mechanism", "engine", "why"), HOSTILE),
        "template": HOSTILE, "line": 1, "version": 1, "versions": [{"version": 1, "why": HOSTILE}], "fresh": True,
        "phases": [HOSTILE], "enhancements": [HOSTILE], "rewrites": [{"line": 1, "kind": HOSTILE, "before": HOSTILE}],
    }  # fmt: skip
    plain = io.StringIO()
    render_explanation(row, plain)
    render_status([status], plain, full=True)
    render_status([status], plain)
    assert harmless(plain.getvalue()), ascii(plain.getvalue())


@contextmanager
def serving(*options: str, files: int = 0, **env: str) -> Iterator[str]:
    """`python -m poetc.service` on a free port; `files`: as many may be open."""
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({files}, {files})); " if files else ""
    arguments = ["--port", "0", *options]
    start = f"{limit}import sys; sys.argv[1:] = {arguments!r}; from poetc.service.__main__ import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", start],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | env,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[-1]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def ask(url: str, code: str = SMALL, key: str = "", imports: Sequence[str] = ()) -> int | str:
    """The status of one request, and its code if it was refused."""
    body = json.dumps({"function_code": code, "context": {"imports": [*imports]}}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url + "/poet/transpile", body, headers), timeout=100) as r:
            return int(r.status)
    except urllib.error.HTTPError as error:
        with error:
            return f"{error.code} {json.load(error)['code']}"


@posix_only
def test_half_requests_keep_nobody_out_and_end() -> None:
    """More of them than files may be open: others are served all the while, and each is closed after its time."""
    with serving("--workers", "1", files=256) as url:
        port = int(url.rpartition(":")[2])
        halves = []
        for _ in range(300):
            half = socket.create_connection(("127.0.0.1", port), timeout=5)
            half.sendall(b"POST /poet/transpile HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")
            halves.append(half)
        assert ask(url) == 200
        last = halves[-1]
        last.settimeout(6 * HEAD_SECONDS)
        with suppress(ConnectionError):
            assert last.recv(1) == b""
        for half in halves:
            half.close()


def test_one_tenant_does_not_hold_the_others_up() -> None:
    """As many endless requests of one key as there are workers: a worker stays for the others."""
    keys = " ".join(f"{n}:{hashlib.sha256(n.encode()).hexdigest()}" for n in ("evil", "good"))
    slow = "@poet()\ndef f(x: int) -> int:\n" + "".join(f"    x += {n}\n" for n in range(40_000)) + "    return x\n"
    with serving("--workers", "2", "--generation-seconds", "20", POET_SERVICE_KEYS=keys) as url:
        assert ask(url, key="good") == 200
        threads = [threading.Thread(target=ask, args=(url, slow, "evil")) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(1)
        assert ask(url, key="good") == 200
        for thread in threads:
            thread.join()


class Squatter:
    """Another program at the port of a service that has ended."""

    def __init__(self, port: int) -> None:
        self.got = b""
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self._socket.listen()
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            with peer:
                peer.settimeout(1)
                try:
                    self.got += peer.recv(65536)
                    peer.sendall(b"HTTP/1.1 200 OK\r\nX-Poet-Proof: 00\r\nContent-Length: 2\r\n\r\n{}")
                    self.got += peer.recv(65536)
                except OSError:
                    continue

    def close(self) -> None:
        self._socket.close()


@posix_only
def test_whoever_takes_the_port_of_an_ended_service_gets_neither_token_nor_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that has kept its connection in mind challenges whoever answers, and finds the new service."""
    from poetc.client.local import stop_local

    tmp_path.chmod(0o700)
    monkeypatch.setenv("POET_STATE_DIR", str(tmp_path))
    request = TranspileRequest(function_code=SMALL.replace("return x", "return x  # secret source"))
    with Transpiler(start_seconds=60) as transpiler:
        transpiler.transpile(request)
        addresses = transpiler._addresses
        assert isinstance(addresses, LocalAddress)
        old = addresses.current()
        stop_local()
        squatter = Squatter(int(old.url.rpartition(":")[2]))
        try:
            assert "operate" in transpiler.transpile(request).poet_implementation.code
        finally:
            squatter.close()
            stop_local()
    assert b"X-Poet-Challenge" in squatter.got
    assert b"secret" not in squatter.got and old.key.encode() not in squatter.got


@posix_only
def test_no_other_user_can_lock_a_project(tmp_path: Path) -> None:
    """Who may read a file may hold its lock for ever: the lock file isn't for others to read."""
    with project_lock(tmp_path):
        assert lock_file(tmp_path).stat().st_mode & 0o007 == 0
