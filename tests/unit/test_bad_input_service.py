"""A service that is down, slow, confused, or wants another key: a code and a hint, nothing written, exit code 2."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from fake_services import Answer, Fake, Reply, healthy, honest, serving
from poet_runs import GOOD, IMPORT, POET, build, environment, good_is_built, make, poet, stored, tree

MORE = IMPORT + "@poet()\ndef f(x: int) -> int:\n    return x\n\n\n@poet()\ndef g(x: int) -> int:\n    return -x\n"
NAMES = {"app.good.slug", "app.more.f", "app.more.g"}
ERROR = b'{"error": "no \\u001b[31mred\\u001b[0m", "code": "INTERNAL", "details": {"hint": "h"}}'


def always(reply: Reply) -> Answer:
    return lambda fake, asked: reply


CONFUSED = {
    "500": (always(Reply(ERROR, 500)), "POET303"),
    "500 in HTML": (always(Reply(b"<html>", 502, "text/html")), "POET303"),
    "HTML": (always(Reply(b"<html><h1>Welcome", kind="text/html")), "POET305"),
    "garbage": (always(Reply(b"\x00\x01\xff\r\n\r\n" * 9, raw=True)), "POET305"),
    "nothing": (always(Reply(raw=True)), "POET301"),
    "no JSON": (always(Reply(b"{]")), "POET305"),
    "deep JSON": (always(Reply(b"[" * 200_000)), "POET305"),
    "JSON of another kind": (always(Reply(b'{"hello": "world"}')), "POET305"),
    "truncated": (always(Reply(b'{"poet_implementation": {"code": "', length=5000)), "POET305"),
    "a redirection": (always(Reply(b"", 302)), "POET305"),
    "the key": (always(Reply(b'{"error": "no", "code": "UNAUTHORIZED"}', 401)), "POET304"),
}


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment of the test run has."""
    for name in ("AITOMATIC_API_KEY", "AITOMATIC_API_TIMEOUT"):
        monkeypatch.delenv(name, raising=False)


def assert_nothing_was_built(root: Path, before: dict[str, str]) -> None:
    """The project is as it was, but for what git ignores."""
    after = tree(root)
    assert {name for name in after if after[name] != before.get(name)} <= {".dana/poet/.gitignore"}
    assert set(before) <= set(after)


@pytest.mark.parametrize("what", CONFUSED)
@pytest.mark.parametrize("where", ["health", "transpile"])
def test_a_service_that_answers_nonsense(tmp_path: Path, what: str, where: str) -> None:
    """Every function fails at its own place, with a hint; text of the service can't command the terminal."""
    answer, code = CONFUSED[what]
    root = make(tmp_path, {"app/more.py": MORE, "app/broken.py": IMPORT + "@poet(retrys=1)\ndef h(): ...\n"})
    before = tree(root)
    with serving(answer, healthy if where == "transpile" else answer) as fake:
        ran = build(root, AITOMATIC_API_URL=fake.url)
    assert ran.code == 2
    assert ran.endings == dict.fromkeys({*NAMES, "app.broken.h"}, "failed")
    assert {one["code"] for one in ran.said} == {code, "POET201"}
    of_functions = [one for row in ran.document["outcomes"] for one in row["diagnostics"]]
    assert {(one["path"], one["line"], one["column"]) for one in of_functions} == {
        ("app/good.py", 4, 1),
        ("app/more.py", 4, 1),
        ("app/more.py", 9, 1),
        ("app/broken.py", 4, 7),
    }
    assert all(one["hint"] and "\x1b" not in one["message"] for one in ran.said)
    assert_nothing_was_built(root, before)


def test_one_function_of_three_gets_no_answer(tmp_path: Path) -> None:
    """The other two are built and linked; exit code 1, since the service serves."""
    root = make(tmp_path, {"app/more.py": MORE})

    def answer(fake: Fake, asked: bytes) -> Reply:
        qualname = json.loads(asked)["context"]["qualname"]
        return Reply(ERROR, 500) if qualname == "g" else Reply(json.dumps(honest(asked)).encode())

    with serving(answer) as fake:
        ran = build(root, AITOMATIC_API_URL=fake.url)
        text = poet(root, "build", AITOMATIC_API_URL=fake.url)
    assert (ran.code, ran.endings["app.more.g"]) == (1, "failed")
    assert good_is_built(root)
    assert stored(root) == NAMES - {"app.more.g"}
    assert "app/more.py:9:1 error POET303 app.more.g: the service at " in text.out
    assert text.code == 2, "this time it served nobody"


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def test_a_service_that_is_down(tmp_path: Path) -> None:
    """Said once to people, with what to do; to programs at every function; whatever was fresh stays so."""
    root = make(tmp_path, {"app/more.py": MORE})
    url = f"http://127.0.0.1:{closed_port()}"
    before = tree(root)
    text = poet(root, "build", AITOMATIC_API_URL=url)
    assert text.code == 2
    assert text.out.count("POET301") == 1
    assert f"error POET301 the service at {url} cannot be reached: " in text.out
    assert "\n  hint: start it, or set AITOMATIC_API_URL" in text.out
    ran = build(root, AITOMATIC_API_URL=url)
    assert (ran.code, set(ran.endings)) == (2, NAMES)
    assert {one["code"] for one in ran.said} == {"POET301"}
    assert_nothing_was_built(root, before)
    assert build(root).code == 0
    assert build(root, "--check", AITOMATIC_API_URL=url).code == 0, "--check asks no service"


def test_a_service_that_is_slow(tmp_path: Path) -> None:
    """One that never answers is waited for once, AITOMATIC_API_TIMEOUT seconds, however many functions there are."""
    names = {f"app/m{n}.py": MORE for n in range(20)}
    root = make(tmp_path, names)
    before = tree(root)
    with serving(lambda fake, asked: fake.wait(), lambda fake, asked: fake.wait()) as fake:
        ran = build(root, "--jobs", "1", AITOMATIC_API_URL=fake.url, AITOMATIC_API_TIMEOUT="0.5")
        assert len(fake.asked) == 1
    assert (ran.code, len(ran.endings)) == (2, 41)
    assert {one["code"] for one in ran.said} == {"POET302"}
    assert "gave no answer in 0.5 s" in ran.said[0]["message"]
    assert "AITOMATIC_API_TIMEOUT" in ran.said[0]["hint"]
    assert_nothing_was_built(root, before)


def test_a_service_that_drips(tmp_path: Path) -> None:
    """An answer that comes byte by byte is no answer either: the time is for the whole of it."""
    root = make(tmp_path, {})
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        process = subprocess.Popen(
            [*POET, "build", "--format", "json"],
            cwd=root,
            env=environment(AITOMATIC_API_URL=url, AITOMATIC_API_TIMEOUT="0.6"),
            stdout=subprocess.PIPE,
            text=True,
        )
        listening.settimeout(60)
        peer, _ = listening.accept()
        with peer, suppress(OSError):
            peer.sendall(head)
            while process.poll() is None:
                peer.sendall(b" ")
                time.sleep(0.05)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert {one["code"] for one in json.loads(out)["diagnostics"]} == {"POET302"}


KEY = "team.s3cret-of-the-team"


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real service that wants a key."""
    folder = tmp_path_factory.mktemp("keyed")
    process = subprocess.Popen(
        [*POET, "serve", "--port", "0"],
        cwd=folder,
        env=environment(POET_SERVICE_KEYS=f"team:{hashlib.sha256(KEY.encode()).hexdigest()}"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    told = process.stdout.readline()
    assert told.startswith("listening on http://127.0.0.1:")
    yield told.split()[-1]
    process.terminate()
    process.communicate(timeout=30)
    assert list(folder.iterdir()) == [], "the service wrote into the folder where it was started"


@pytest.mark.parametrize("key", [None, "team.wrong-s3cret", "s3cret", "x" * 5000])
def test_a_wrong_key(tmp_path: Path, keyed: str, key: str | None) -> None:
    """POET304 says what to set, exit code 2, nothing is written; the key is nowhere to be read."""
    root = make(tmp_path, {"app/more.py": MORE})
    before = tree(root)
    extra = {} if key is None else {"AITOMATIC_API_KEY": key}
    ran = build(root, AITOMATIC_API_URL=keyed, **extra)
    assert (ran.code, {one["code"] for one in ran.said}) == (2, {"POET304"})
    assert "AITOMATIC_API_KEY" in ran.said[0]["hint"]
    assert_nothing_was_built(root, before)
    assert_secret_is_kept(root, ran.out + ran.err, key or KEY)


def test_the_right_key_from_a_dotenv_file(tmp_path: Path, keyed: str) -> None:
    """It builds, and the key stands nowhere but in .env."""
    root = make(tmp_path, {".env": f"AITOMATIC_API_URL={keyed}\nAITOMATIC_API_KEY='{KEY}'\n"})
    text = poet(root, "build", POET_DEBUG="1")
    assert text.code == 0
    assert good_is_built(root)
    assert_secret_is_kept(root, text.out + text.err, KEY)


def assert_secret_is_kept(root: Path, printed: str, key: str) -> None:
    assert key not in printed
    for path in root.rglob("*"):
        assert path.name == ".env" or not path.is_file() or key.encode() not in path.read_bytes()


HOSTILE = {
    "module_path": ["../../etc/passwd", "/etc/passwd", "..", "a/../b", "app\0", "C:\\windows", "~root", "${HOME}", ""],
    "qualname": ["../../x", "/x", "..", ".", "f/../g", "f\n", "__import__('os')", "f" * 999],
    "source_file": ["../../etc/passwd", "/etc/passwd", "\\\\host\\share", "x\0y", '"""', "a\nb", "file:///etc/passwd"],
    "link_package": ["os", "..x", "a/b", "/etc", "x; import os", "_poet\n", "a." * 500 + "b"],
    "imports": [["import os; os.system('x')"], ["from .. import *"], ["\0"], ["nonsense ("]],
    "classes": [["../.."], ["class"], ["/"]],
}


def test_hostile_names_sent_to_the_service(keyed: str) -> None:
    """Whatever stands where a name should, it is text: a whole answer or a whole refusal comes, and it serves on."""
    for name, values in HOSTILE.items():
        for value in values:
            status, told = asked(keyed, {"module_path": "app.m", "qualname": "f", name: value})
            if status == 200:
                compile(told["poet_implementation"]["code"], "answer", "exec")
            else:
                assert 400 <= status < 500
                assert set(told) == {"error", "code", "details"}
                assert "Traceback" not in json.dumps(told)
    assert asked(keyed, {"module_path": "app.m", "qualname": "f"})[0] == 200


def asked(url: str, context: dict[str, object]) -> tuple[int, dict[str, dict[str, str]]]:
    """One request for `f` with this context → status and JSON."""
    body = {"function_code": "@poet()\ndef f(x: int) -> int:\n    return x\n", "context": context}
    headers = {"Content-Type": "application/json", "X-API-Key": KEY}
    request = Request(f"{url}/poet/transpile", json.dumps(body).encode(), headers)
    try:
        with urlopen(request, timeout=60) as response:
            return response.status, json.load(response)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


WATCHED = """
import json, sys
from poetc.service.generation import GenerateError, transpile
from poetc.wire import TranspileRequest

touched = []
hostile = json.loads(sys.stdin.read())


def generate(context):
    code = "@poet()\\ndef f(x: int) -> int:\\n    return x\\n"
    try:
        transpile(TranspileRequest(function_code=code, context={"module_path": "app.m", "qualname": "f"} | context))
    except (GenerateError, ValueError):
        pass


generate({})
EVENTS = ("open", "os.", "subprocess.", "socket.", "import", "exec", "ctypes.", "shutil.")
sys.addaudithook(lambda event, arguments: event.startswith(EVENTS) and touched.append((event, repr(arguments[:1]))))
for name, values in hostile.items():
    for value in values:
        generate({name: value})
# A syntax error has the interpreter look for its line in a file called "<unknown>", whatever it was that is parsed.
print(json.dumps([one for one in touched if "templates/" not in one[1] and one[1] != "('<unknown>',)"]))
"""


def test_hostile_names_open_nothing(tmp_path: Path) -> None:
    """While it generates, the engine opens, lists, imports and runs nothing: names of the request are never paths."""
    done = subprocess.run(
        [sys.executable, "-c", WATCHED],
        cwd=tmp_path,
        env=environment(),
        input=json.dumps(HOSTILE),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=True,
    )
    assert json.loads(done.stdout) == []


def test_the_usual_port_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service that a build starts takes another port, and nothing is sent to whoever has the usual one."""
    monkeypatch.setenv("POET_STATE_DIR", str(tmp_path / "state"))
    root = make(tmp_path / "project", {})
    with socket.socket() as usual:
        usual.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):  # if somebody else has it, it is taken just as well
            usual.bind(("127.0.0.1", 8080))
            usual.listen()
        try:
            ran = build(root)
            port = json.loads(next((tmp_path / "state").glob("service-*.json")).read_text())["port"]
        finally:
            poet(root, "serve", "stop")
        usual.settimeout(0.01)
        with pytest.raises(OSError):
            usual.accept()
    assert ran.code == 0
    assert port != 8080
    assert good_is_built(root)


def test_serving_on_a_port_that_is_taken(tmp_path: Path) -> None:
    """`poet serve` says so, with what to do, and ends with exit code 2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = poet(tmp_path, "serve", "--port", str(taken.getsockname()[1]))
    assert (ran.code, ran.out) == (2, "")
    assert "POET306" in ran.err
    assert "hint: choose another port with --port" in ran.err


def test_a_state_folder_that_cannot_be_used(tmp_path: Path) -> None:
    """Where no local service can be started, that is said once, with what to do, at no function's expense."""
    (tmp_path / "state").write_text("")
    root = make(tmp_path / "project", {"app/more.py": MORE})
    before = tree(root)
    ran = poet(root, "build", POET_STATE_DIR=str(tmp_path / "state"))
    assert ran.code == 2
    assert ran.out.count("POET306") == 1
    assert "hint: set POET_STATE_DIR" in ran.out
    assert_nothing_was_built(root, before)


@pytest.mark.skipif(os.name != "posix", reason="process groups")
@pytest.mark.parametrize("form", ["text", "json"])
def test_ctrl_c_in_the_middle(tmp_path: Path, form: str) -> None:
    """While requests are under way, Ctrl-C ends the build at once: 130, nothing half-written, no process left."""
    root = make(tmp_path, {"app/more.py": MORE})
    before = tree(root)
    with serving(lambda fake, asked: fake.wait()) as fake:
        process = subprocess.Popen(
            [*POET, "build", "--format", form],
            cwd=root,
            env=environment(AITOMATIC_API_URL=fake.url),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert fake.begun.wait(60)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert not fake.over.is_set(), "the service was still holding the requests"
    assert process.returncode == 130
    assert err == "interrupted; nothing half-written\n"
    if form == "json":
        document = json.loads(out)
        assert (document["exit_code"], document["interrupted"]) == (130, True)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    assert_nothing_was_built(root, before)
    assert (root / "app" / "good.py").read_text() == GOOD
    assert build(root).code == 0
    assert good_is_built(root)
