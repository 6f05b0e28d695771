"""The body stays in its thread and its context; what ends it there, what doesn't, and how that is said."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from tests.built_projects import VERSIONS, build, poet, python, run, said, write

HEAD = "import asyncio, contextvars, logging, sqlite3, threading, time, urllib.request\nfrom poetc import poet\n"

VENDOR = "import time\n\n\ndef query(x):\n    for _ in range(20):\n        time.sleep(0.1)\n    return x\n"

RUN = """
import sys, threading, time, warnings
sys.path[:0] = sys.argv[1:]
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
"""

SERVER = "from tests.situations.slow_server import SlowServer\n"


def project(root: Path, source: str, **files: str) -> Path:
    """A project with that module, and one of a vendor of whom nothing is known."""
    return write(root, {"src/app/__init__.py": "", "src/app/m.py": HEAD + source, "src/app/vendor.py": VENDOR, **files})


def ran(root: Path, program: str) -> str:
    """What a program prints that has the linked project and a slow server."""
    here = str(Path(__file__).resolve().parents[2])
    return said(run([sys.executable, "-P", "-c", f"{RUN}{SERVER}{program}", "src", here], cwd=root))


OBSERVED = """
var = contextvars.ContextVar("var", default=0)
local = threading.local()


@poet(timeout=5)
def where(x: int) -> bool:
    local.x = x
    return threading.current_thread().name == "mine"


@poet(timeout=5)
def logs(text: str) -> None:
    logging.exception(text)


@poet(timeout=5)
def again(text: str) -> None:
    raise


@poet(timeout=5)
def begin(x: int) -> object:
    return var.set(x)


@poet(timeout=5)
def loop(x: int) -> str:
    return type(asyncio.get_running_loop()).__name__


@poet(timeout=5)
def known(url: str) -> bytes:
    urllib.request.install_opener(urllib.request.build_opener(Watched))
    return urllib.request.urlopen(url).read()


class Watched(urllib.request.HTTPHandler):
    seen = ""

    def http_open(self, request):
        Watched.seen = threading.current_thread().name
        return super().http_open(request)
"""

OBSERVE = """
import asyncio, io, logging
from app import m
text = io.StringIO(); logging.basicConfig(stream=text)
def inside(function):
    try:
        1 / 0
    except ZeroDivisionError:
        return function("x")
def go():
    print(m.where(1), m.local.x)
    inside(m.logs); print("ZeroDivisionError" in text.getvalue())
    print(timed(lambda: inside(m.again))[0])
    print(m.var.reset(m.begin(1)))
    async def main(): return m.loop(1)
    print(asyncio.run(main()).endswith("EventLoop"))
    with SlowServer() as server:
        m.known(server.base + "/fast"); print(m.Watched.seen)
thread = threading.Thread(target=go, name="mine"); thread.start(); thread.join()
"""


@pytest.mark.parametrize("built", [False, True])
def test_nothing_of_the_users_can_tell_that_there_is_a_budget(tmp_path: Path, built: bool) -> None:
    """Thread, thread-locals, the handled exception, tokens, the running loop and hooks of known clients."""
    root = project(tmp_path, OBSERVED)
    if built:
        build(root)
    text = ran(root, OBSERVE if built else "import types; sys.modules['poetc'] = types.ModuleType('poetc')\n"
               "sys.modules['poetc'].poet = lambda *a, **k: lambda f: f\n" + OBSERVE)  # fmt: skip
    assert text == "True 1\nTrue\nZeroDivisionError\nNone\nTrue\nmine\n"


SESSION = """
here = threading.local()


def connection() -> sqlite3.Connection:
    if not hasattr(here, "connection"):
        here.connection = sqlite3.connect("orders.db", isolation_level=None)
    return here.connection


@poet(timeout=10)
def save(customer: str) -> str:
    connection().execute("insert into orders values (?)", (customer,))
    return "saved"
"""


def test_a_write_in_a_transaction_of_the_callers_thread_is_rolled_back_with_it(tmp_path: Path) -> None:
    """The connection of a thread, as scoped sessions and Django have it, is the caller's."""
    root = project(tmp_path, SESSION)
    build(root)
    text = ran(root, '''
from app import m
m.connection().execute("create table orders (customer)")
def request():
    m.connection().execute("begin"); m.save("ann"); m.connection().execute("rollback")
    m.connection().execute("begin"); m.save("bob"); m.connection().execute("commit")
print(in_thread(request)[0], m.connection().execute("select * from orders").fetchall())
''')  # fmt: skip
    assert text == "None [('bob',)]\n"


def test_scoped_sessions_of_sqlalchemy(tmp_path: Path) -> None:
    """The documented pattern for web applications keeps its rows."""
    pytest.importorskip("sqlalchemy", reason="SQLAlchemy isn't installed; the test above shows the same with sqlite3")
    root = project(tmp_path, "", **{"src/app/s.py": '''
from poetc import poet
from sqlalchemy import create_engine, text
from sqlalchemy.orm import scoped_session, sessionmaker
engine = create_engine("sqlite:///x.db")
Session = scoped_session(sessionmaker(engine))


@poet(timeout=10)
def save_order(customer: str, amount: int) -> str:
    Session.execute(text("insert into orders values (:c, :a)"), {"c": customer, "a": amount})
    return "saved"
'''})  # fmt: skip
    build(root)
    text = ran(root, '''
from app import s
with s.engine.begin() as c: c.execute(s.text("create table orders (customer, amount)"))
def request():
    s.save_order("ann", 5); s.Session.commit(); s.Session.remove()
in_thread(request)
with s.engine.connect() as c: print(c.execute(s.text("select count(*) from orders")).scalar())
''')  # fmt: skip
    assert text == "1\n"


BUDGETS = """
from app import vendor


@poet(timeout=0.5)
def sleeps(base: str) -> str:
    urllib.request.urlopen(base + "/fast")
    time.sleep(3)
    return "late"


@poet(timeout=0.5)
def polls(base: str) -> str:
    while True:
        time.sleep(0.05)


@poet(timeout=0.5)
def counts(base: str) -> int:
    n = 0
    for _ in iter(int, 1):
        n += 1
    return n


@poet(timeout=0.5)
def silence(base: str) -> bytes:
    return urllib.request.urlopen(base + "/slow").read()


@poet(timeout=0.5)
def own_limit(base: str) -> bytes:
    return urllib.request.urlopen(base + "/slow", timeout=30).read()


@poet(timeout=0.5)
def drips(base: str) -> bytes:
    return urllib.request.urlopen(base + "/drip").read()


@poet(timeout=0.5)
def select(base: str) -> int:
    connection = sqlite3.connect(":memory:")
    try:
        rows = connection.execute(
            "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 300000000) SELECT count(*) FROM c"
        )
        return rows.fetchone()[0]
    finally:
        connection.close()


LOCK = threading.Lock()


@poet(timeout=0.5)
def locked(base: str) -> str:
    LOCK.acquire()
    return "without the lock"


@poet(timeout=0.5)
def opaque(base: str) -> str:
    urllib.request.urlopen(base + "/fast")
    return vendor.query("value")


@poet(timeout=0.5, own_thread=True)
def alone(base: str) -> str:
    return vendor.query("value")
"""


@pytest.fixture(scope="module")
def budgets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built project of functions that take longer than their budgets."""
    root = project(tmp_path_factory.mktemp("budgets"), BUDGETS)
    build(root)
    return root


@pytest.mark.parametrize("place", ["timed", "in_thread"])
@pytest.mark.parametrize(
    "name", ["sleeps", "polls", "counts", "silence", "own_limit", "drips", "select", "locked", "alone"]
)
def test_loops_waits_known_calls_and_statements_end_in_their_own_thread(budgets: Path, name: str, place: str) -> None:
    """On the main thread and off it: an error of time, long before the function would have come back."""
    text = ran(budgets, f'''
from app import m
m.LOCK.acquire()
with SlowServer() as server:
    error, seconds = {place}(lambda: m.{name}(server.base))
print(error, seconds < 2.5 and len([t for t in threading.enumerate() if t.name.startswith("poet call")]))
''')  # fmt: skip
    error, orphans = text.split()
    assert error in ("BudgetSpentError", "TimeoutError", "URLError"), text
    assert orphans == str(int(name == "alone" and place == "in_thread")), "a thread of its own only by name"


def test_a_value_that_comes_too_late_is_a_value_and_is_said(budgets: Path) -> None:
    """Once as a warning with the function's place, each time as an event."""
    text = ran(budgets, '''
from app import m
from app._poet._runtime import core as rt
said = []
def hear(kind, name, told):
    said.append((kind, name, told["late_ms"] > 1000))
rt.OBSERVERS.append(hear)
with SlowServer() as server, warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for _ in range(2):
        value, seconds = in_thread(lambda: m.opaque(server.base))
print(value, seconds > 1.5, said)
print([(w.category.__name__, w.lineno, str(w.message)[:23]) for w in caught if "came back" in str(w.message)])
''')  # fmt: skip
    value, warned = text.splitlines()
    assert value == "value True [('function.late', 'app.m.opaque', True), ('function.late', 'app.m.opaque', True)]"
    line = (HEAD + BUDGETS).split("def opaque")[0].count("\n")
    assert warned == f"[('BudgetMissedWarning', {line}, 'app.m.opaque came back ')]"


def test_the_mechanism_is_named(budgets: Path) -> None:
    """In the metadata, with the thread only where it was asked for."""
    found = {
        path.parents[1].name: json.loads(path.read_text())["timeout_mechanism"]
        for path in (budgets / ".dana/poet/functions").glob("*/v1/metadata.json")
    }
    assert found.pop("app.m.alone") == "alarm-or-thread"
    assert found["app.m.sleeps"] == found["app.m.counts"] == "cooperative-and-alarm"
    assert found["app.m.own_limit"] == "alarm"
    assert set(found.values()) == {"cooperative-and-alarm", "alarm"}


def test_the_build_says_what_it_cannot_interrupt(tmp_path: Path) -> None:
    """A note with a place and a code, naming the calls, at every build; explain says it of the line."""
    source = (
        "from app import vendor\n\n\n@poet(timeout=1)\ndef ask(x):\n    time.sleep(0)\n    return vendor.query(x)\n"
    )
    root = project(tmp_path, source)
    for _ in range(3):
        done = poet(root, "build")
        assert done.returncode == 0, done.stdout + done.stderr
        assert re.search(r"m\.py:9:12 note POET230 .*`vendor\.query\(\.\.\.\)` after 1 s\n", done.stdout), done.stdout
    told = poet(root, "explain", "ask").stdout
    assert "off the main thread, nothing interrupts it" in told
    assert "alarm" in told
    assert poet(root, "build", "--check").returncode == 0


@pytest.mark.parametrize(
    ("decorator", "function", "why"),
    [
        ("own_thread=True", "def f(x): return x", "`timeout=` stands"),
        ("own_thread=True, timeout=1", "async def f(x): return x", "a coroutine"),
        ("own_thread=True, timeout=1", "def f(x): yield x", "a generator"),
    ],
)
def test_a_thread_that_is_asked_for_in_vain_is_said(tmp_path: Path, decorator: str, function: str, why: str) -> None:
    """With the argument's place."""
    outcome = build(project(tmp_path, f"\n\n@poet({decorator})\n{function}\n"))["app.m.f"]
    said_of = [d for d in outcome.diagnostics if d.code == "POET216" and "own_thread" in d.message]
    assert [(d.line, d.column) for d in said_of] == [(5, 7)]
    assert why in said_of[0].message


@pytest.mark.parametrize("table", ["[tool.poet]", '[tool.poet.functions."app.m.*"]'])
def test_the_thread_can_be_asked_for_in_the_configuration(tmp_path: Path, table: str) -> None:
    """For functions with a budget in the decorator; the decorator's word comes first."""
    source = "\n\n@poet(timeout=5)\ndef moved(x): return threading.current_thread().name\n\n\n"
    source += "@poet(timeout=5, own_thread=False)\ndef stays(x): return threading.current_thread().name\n"
    text = f'[project]\nname = "a"\nversion = "1"\n{table}\nown_thread = true\n'
    root = project(tmp_path, source, **{"pyproject.toml": text})
    build(root)
    program = "from app import m; print(in_thread(lambda: m.moved(1) != threading.current_thread().name)[0],"
    assert ran(root, program + "in_thread(lambda: m.stays(1) == threading.current_thread().name)[0])") == "True True\n"


NESTED = """
@poet(timeout=0.4)
def outer(x: int) -> str:
    return inner(x)


@poet(timeout=5)
def inner(x: int) -> str:
    time.sleep(2)
    return "late"


def numbers():
    while True:
        yield 1


@poet(timeout=0.4)
def total() -> int:
    found = 0
    for step in numbers():
        found += step
    return found


@poet(timeout=0.4)
def deep(n: int) -> int:
    if n:
        return deep(n - 1)
    time.sleep(2)
    return 0
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_nested_recursive_and_generated(tmp_path: Path, version: str) -> None:
    """An inner budget is never longer than the outer one, in any thread."""
    root = project(tmp_path, NESTED)
    build(root)
    program = """
from app import m
for work in (lambda: m.outer(1), m.total, lambda: m.deep(20)):
    for place in (timed, in_thread):
        error, seconds = place(work); print(error, seconds < 1.5)
"""
    text = said(python(version, "-c", RUN + program, "src", cwd=root))
    assert text == "BudgetSpentError True\n" * 6
