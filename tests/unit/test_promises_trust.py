"""Promises 6 and 8: nothing unverified is stored or linked, and a build that is killed leaves a project that works."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from built_projects import PYPROJECT, ROOT, build, python, run, said, write
from generated import Generated
from tampers import above, comment, decorated, in_module, returning, signature

SOURCE = """\
from poetc import poet


@poet()
def safe(x: int) -> int:
    return x + 1


@poet(retries=2)
def guarded(x: int) -> int:
    return x + 2
"""
FILES = {"app/__init__.py": "", "app/drift.py": SOURCE}
USE = """\
import app.drift as d
original = getattr(d.safe, "__wrapped__", d.safe)
print(d.safe(1), d.guarded(1), d.safe.__code__ is not original.__code__)
"""

Tamper = Callable[[str], str]
TAMPERED: dict[str, Tamper] = {
    "another result": lambda code: with_one(code).replace("x + 2", "x + 7"),
    "a call more": lambda code: above(code, Generated(code).body.body[-1], "print(x)"),
    "an import": in_module("import os"),
    "code at import": lambda code: code + "\nprint('hello')\n",
    "another signature": signature("x, y=1"),
    "a decorator": decorated("rt.copy_metadata"),
    "no code": lambda code: "",
    "no Python": lambda code: "<html>" + code,
    "something else returned": returning("rt.relocate(original, original)"),
    "an escape": comment('\n__import__("os").sep'),
}


def with_one(code: str) -> str:
    """Tampers with one of the two functions."""
    return code.replace("x + 1", "x + 7")


@contextmanager
def tampering(tamper: Tamper) -> Iterator[str]:
    """The address of a service that passes everything on to the real one, and tampers with the code that it answers."""
    from poetc.client.running import read_running
    from poetc.client.state_file import find_state_files

    real = read_running(find_state_files(os.environ).state)
    assert real is not None, "the real service isn't running"

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

        def do_GET(self) -> None:
            self.answer(None)

        def do_POST(self) -> None:
            self.answer(self.rfile.read(int(self.headers["Content-Length"])))

        def answer(self, body: bytes | None) -> None:
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {real.token}"}
            with urllib.request.urlopen(urllib.request.Request(real.url + self.path, body, headers)) as response:
                told = json.load(response)
            if "poet_implementation" in told:
                code = told["poet_implementation"]["code"]
                told["poet_implementation"]["code"] = tamper(code)
                assert told["poet_implementation"]["code"] != code or tamper in (honest, with_one), (
                    "nothing was tampered with"
                )
            data = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def honest(code: str) -> str:
    """No tampering."""
    return code


def files_of(root: Path) -> dict[str, bytes]:
    """Every file but the caches that a build may keep."""
    paths = (p for p in root.rglob("*") if p.is_file() and not {"cache", "__pycache__", "lock"} & set(p.parts))
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in paths}


def build_with(url: str, root: Path) -> tuple[int, str]:
    """`poet build` against a service: exit code and report."""
    env = {"PYTHONPATH": str(ROOT), "AITOMATIC_API_URL": url, "AITOMATIC_API_KEY": "kid.secret"}
    done = run([sys.executable, "-P", "-m", "poetc", "build"], cwd=root, env=env)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def real_service(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The local service runs."""
    build(write(tmp_path_factory.mktemp("warm"), FILES))


@pytest.mark.parametrize("how", TAMPERED)
def test_tampered_answer_writes_nothing(how: str, real_service: None, tmp_path: Path) -> None:
    """A service that lies is refused with a code; neither store nor link nor source has changed, now and later."""
    root = write(tmp_path, FILES)
    before = files_of(root)
    with tampering(TAMPERED[how]) as url:
        code, shown = build_with(url, root)
        assert code in (1, 2), shown
        assert "error POET4" in shown, shown
        left = files_of(root)
        assert left.keys() - before.keys() <= {".dana/poet/.gitignore"}, left.keys()
        assert {name: left[name] for name in before} == before


def test_tampering_with_one_function_leaves_the_others(real_service: None, tmp_path: Path) -> None:
    """The refused function is left as it is; what was answered honestly is built and linked."""
    root = write(tmp_path, FILES)
    with tampering(with_one) as url:
        code, shown = build_with(url, root)
    assert code == 1
    assert "app.drift.safe" in shown and "POET408" in shown
    assert not [name for name in files_of(root) if "app.drift.safe" in name or "safe_v" in name]
    done = python("3.11", "-c", USE, cwd=root, src=f"{root}:{ROOT}")
    assert said(done) == "2 3 False\n"
    assert "PoetStaleWarning" not in done.stderr
    with tampering(honest) as url:
        code, shown = build_with(url, root)
    assert code == 0, shown
    assert said(python("3.11", "-W", "error", "-c", USE, cwd=root, src=root)) == "2 3 True\n"


OLD = SOURCE.replace("x + 1", "x + 100").replace("x + 2", "x + 200")
EVENTS = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate")


def build_until(root: Path, step: int, done: Path) -> None:
    """Build in this (forked) process, killed at its `step`th change to the disk; writes `done` if it got to the end."""
    count = 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal count
        writes = event == "open" and int(arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR)  # type: ignore[call-overload]
        if event in EVENTS or (writes and str(root) in str(arguments[0])):
            count += 1
            if count == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    build(root)
    done.touch()


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
@pytest.mark.parametrize("state", ["first build", "rebuild"])
def test_killed_at_any_step(state: str, real_service: None, tmp_path: Path) -> None:
    """Killed at any change to the disk, the project can be imported and does what it did before or after the build.

    The build that follows brings it to what an undisturbed build gives.
    """
    start, goal = tmp_path / "start", tmp_path / "goal"
    write(start, FILES if state == "first build" else {**FILES, "app/drift.py": OLD})
    if state == "rebuild":
        build(start)
        linked = (start / "app" / "drift.py").read_text("utf-8")
        text = linked.replace("x + 100", "x + 1").replace("x + 200", "x + 2")
        (start / "app" / "drift.py").write_text(text, "utf-8")
    shutil.copytree(start, goal)
    build(goal)
    wanted, steps = files_of(goal), 0
    for step in range(1 if state == "first build" else 2, 400, 3):
        root, done = tmp_path / f"killed{step}", tmp_path / f"done{step}"
        shutil.copytree(start, root)
        child = multiprocessing.get_context("fork").Process(target=build_until, args=(root, step, done))
        child.start()
        child.join(60)
        if done.exists():
            steps = step
            break
        assert child.exitcode == -signal.SIGKILL
        path = f"{root}:{ROOT}"
        shown = said(python("3.11", "-B", "-W", "ignore", "-c", USE, cwd=root, src=path))
        assert shown in ("2 3 True\n", "2 3 False\n"), (step, shown)
        build(root)
        assert {n: d for n, d in files_of(root).items() if ".poet-" not in n} == wanted, step
        shutil.rmtree(root)
    assert steps > 8, "the build was never killed"


def test_stale_policy_reaches_the_link(tmp_path: Path) -> None:
    """A policy that is changed in the configuration is linked by the next build."""
    root = write(tmp_path, FILES)
    build(root)
    (root / "pyproject.toml").write_text(PYPROJECT + 'stale = "error"\n', "utf-8")
    build(root)
    write(root, {"app/drift.py": (root / "app/drift.py").read_bytes().replace(b"x + 1", b"x + 3")})
    done = python("3.11", "-c", "import app.drift", cwd=root, src=root)
    assert done.returncode == 1 and "PoetStale" in done.stderr, done.stderr
