"""Bodies that look at the frames above their own see what the plain function sees, or nothing is around them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from generated import linked_code, rewrites

from tests.built_projects import VERSIONS, build, poet, python, run, said, write

LOOKING = """
import builtins
import inspect
import logging
import sys
import traceback
import warnings
from poetc import poet

LEVEL = 2
EVENTS = []

def warn(user, channel, level):
    return f"{user} by {channel}: level {level}"

class Camera:
    def _getframe(self, number):
        return f"frame {number}"

class Base:
    def __init__(self):
        self.module = ""

class Old(Base):
    @poet(timeout=5)
    def __init__(self, size: int) -> None:
        super().__init__()
        warnings.warn("use New", DeprecationWarning, stacklevel=2)
        self.module = sys._getframe(1).f_code.co_name

@poet(SETTINGS)
def by_extract(x: int = 0) -> str:
    return traceback.extract_stack(limit=2)[-2].name

@poet(SETTINGS)
def by_stack(x: int = 0) -> str:
    return inspect.stack()[1].function

@poet(SETTINGS)
def by_currentframe(x: int = 0) -> str:
    return inspect.currentframe().f_back.f_code.co_name

@poet(SETTINGS)
def by_variable(x: int = 0) -> str:
    return sys._getframe(LEVEL - 1).f_code.co_name

@poet(SETTINGS)
def by_getframe(x: int = 0) -> str:
    return sys._getframe(1).f_code.co_name

@poet(SETTINGS)
def warned(x: int = 0) -> None:
    warnings.warn("w", DeprecationWarning, stacklevel=2)

@poet(SETTINGS)
def warned_by_position(x: int = 0) -> None:
    warnings.warn("w", DeprecationWarning, 2)

@poet(SETTINGS)
def warned_by_variable(x: int = 0) -> None:
    warnings.warn("w", DeprecationWarning, stacklevel=LEVEL)

@poet(SETTINGS)
def logged(x: int = 0) -> None:
    logging.getLogger("x").warning("w", stacklevel=2)

@poet(SETTINGS)
def own(user: str, camera: Camera) -> tuple:
    return warn(user, "mail", 3), camera._getframe(7)

@poet(SETTINGS)
def names(host: str, port: int) -> dict:
    return dict(builtins.locals()) | dict(sys._getframe().f_locals)
"""

ASK = """
import logging, sys, warnings
import app.m as m

class Handler(logging.Handler):
    def emit(self, record):
        self.last = record.funcName

handler = Handler()
logging.getLogger("x").addHandler(handler)
logging.getLogger("x").propagate = False

def line_of(call, *arguments):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", "f.*was made")
        call(*arguments)
    return [(w.filename.rpartition("/")[2], w.lineno, w.category.__name__) for w in caught]

def user():
    for x in (0, "no number"):
        for name in ("by_extract", "by_stack", "by_currentframe", "by_variable", "by_getframe"):
            print(name, getattr(m, name)(x))
        for name in ("warned", "warned_by_position", "warned_by_variable"):
            print(name, line_of(getattr(m, name), x))
        m.logged(x)
        print(handler.last)
    print(line_of(m.Old, 3), m.Old(3).module)
    print(m.own("ann", m.Camera()), m.names("h", 1))

user()
"""

IN_THE_PROJECT = ["rate_limit = '1000/s'\nbulkhead = 8\n", "breaker = {rate = 0.5, window = 60}\nevents = true\n"]


def source(settings: str) -> dict[str, str]:
    """The project, its decorators with these settings."""
    return {"app/__init__.py": "", "app/m.py": LOOKING.replace("SETTINGS", settings), "ask.py": ASK}


@pytest.mark.parametrize("settings", ["", "timeout=5", "retries=1"])
def test_frames_that_are_looked_at(settings: str, tmp_path: Path) -> None:
    """Callers by every way of finding them, also with an argument of another type, are those of the plain function."""
    root = write(tmp_path, source(settings))
    plain = said(python("3.11", "ask.py", cwd=root, src=f"{root}:{Path(__file__).parents[2]}"))
    assert plain.count("user") >= 10
    build(root)
    for version in VERSIONS:
        assert said(python(version, "ask.py", cwd=root, src=root)) == plain


@pytest.mark.parametrize("project", IN_THE_PROJECT)
def test_frames_under_limits_of_the_project(project: str, tmp_path: Path) -> None:
    """The same where the whole project has limits, breakers and events."""
    root = write(tmp_path, source("") | {"pyproject.toml": f'[project]\nname = "app"\n\n[tool.poet]\n{project}'})
    plain = said(python("3.11", "ask.py", cwd=root, src=f"{root}:{Path(__file__).parents[2]}"))
    build(root)
    assert said(python("3.11", "ask.py", cwd=root, src=root)) == plain


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    """The time limit of a function that looks for its caller has no effect: said with its place, and by explain."""
    root = write(tmp_path, source("timeout=5"))
    done = poet(root, "build", "--format", "text")
    report = done.stdout + done.stderr
    at = LOOKING.split("\n").index("def by_stack(x: int = 0) -> str:")
    lines = [line for line in report.split("\n") if "POET216" in line and f"m.py:{at}:" in line]
    assert lines, report
    assert "looks at the frames above its own: line 3" in lines[0]
    assert "looks at the frames above its own" in poet(root, "explain", "by_stack").stdout
    assert rewrites(root, "app.m.warned", "frame") == [("2", "2 + 1")]
    assert rewrites(root, "app.m.own", "frame") == [] and "_getframe(7)" in linked_code(root, "app.m.own")


AT_THE_DECORATOR = """
from poetc import poet

@poet(retries=1)
def slow(x: int) -> int:
    total = 0
    for i in range(3):
        total += i * x
    return total // x

@poet(timeout=5)
def gen(n: int):
    yield n

@poet(retries=1)
def items(n: int):
    yield from range(n)

@poet(timeout=5)
async def later(n: int) -> int:
    return n
"""
WHERE = """
import cProfile, inspect, pstats, traceback
from app import m

for name in ("slow", "gen", "items", "later"):
    function = getattr(m, name)
    print(name, inspect.getfile(function), inspect.getsource(function), function.__code__.co_firstlineno)
items = m.items(2)
print(list(items), items.gi_code.co_filename)
coroutine = m.later(3)
print(coroutine.cr_code.co_filename, coroutine.cr_frame.f_code.co_name)
coroutine.close()
profile = cProfile.Profile()
profile.runcall(m.slow, 3)
print([key for key in pstats.Stats(profile).stats if key[2] == "slow"])
try:
    m.slow(0)
except ZeroDivisionError as error:
    shown = [(s.filename, s.line) for s in traceback.extract_tb(error.__traceback__)[1:]]
    print([each for each in shown if each[1] != "@poet(retries=1)"])
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_what_stands_around_a_body_is_of_the_users_file(version: str, tmp_path: Path) -> None:
    """Files, sources, frames of generators and coroutines, profiles; in tracebacks it is at the decorator's line."""
    root = write(tmp_path, {"app/__init__.py": "", "app/m.py": AT_THE_DECORATOR, "where.py": WHERE})
    plain = said(python(version, "where.py", cwd=root, src=f"{root}:{Path(__file__).parents[2]}"))
    build(root)
    built = said(python(version, "where.py", cwd=root, src=root))
    assert built == plain
    assert "_poet" not in built and built.count("m.py") > 7


COUNTED = """
import sys
import warnings
from poetc import poet

TRIED = []

@poet(retries=2)
def again(x: int) -> str:
    TRIED.append(sys._getframe(1).f_code.co_name)
    if len(TRIED) < 3:
        raise ConnectionResetError(x)
    return TRIED[-1]

@poet(timeout=5)
def opens(x: int) -> str:
    warnings.warn(f"call {x}", DeprecationWarning, stacklevel=2)
    if x < 3:
        raise ConnectionResetError(x)
    return sys._getframe(1).f_code.co_name
"""
EACH = """
import warnings
from app import m

def user(function, x):
    try:
        return function(x)
    except OSError as error:
        return repr(error)

warnings.simplefilter("always")
with warnings.catch_warnings(record=True) as caught:
    print([user(m.opens, x) for x in range(9)], [(str(w.message), w.filename[-7:], w.lineno) for w in caught])
print([user(m.again, x) for x in range(3)], m.TRIED)
"""
BREAKER = "[project]\nname = 'app'\n\n[tool.poet]\nbreaker = {failures = 2, open_for = 0.001, per = 'function'}\n"


def test_numbers_of_frames_are_right_at_every_attempt(tmp_path: Path) -> None:
    """Further attempts and a breaker that was open put other frames around a body: it gets neither, which is said."""
    root = write(tmp_path, {"app/__init__.py": "", "app/m.py": COUNTED, "each.py": EACH, "pyproject.toml": BREAKER})
    plain = said(python("3.11", "each.py", cwd=root, src=f"{root}:{Path(__file__).parents[2]}"))
    done = poet(root, "build", "--format", "text")
    assert done.returncode == 0, done.stderr
    report = done.stdout + done.stderr
    assert "`retries` has no effect: no further attempts of it" in report, report
    assert said(python("3.11", "each.py", cwd=root, src=root)) == plain
    assert rewrites(root, "app.m.opens", "frame") == [("2", "2 + 1"), ("1", "1 + 1")]


PREFIXES = """
import os, warnings
from poetc import poet

PKG = os.path.dirname(__file__)

@poet(retries=1)
def outside(x: int) -> None:
    warnings.warn("outside", UserWarning, skip_file_prefixes=(PKG,))

@poet(timeout=5)
def nested(x: int) -> None:
    inner(x)

def inner(x):
    warnings.warn("inner", UserWarning, skip_file_prefixes=(PKG,))
"""
LOGURU = """
import sys
from loguru import logger
from poetc import poet

logger.remove()
logger.add(sys.stdout, format="{function}:{message}")

@poet(retries=1)
def deeper(x: int) -> None:
    logger.opt(depth=1).info("deeper")

@poet(retries=1)
def own(x: int) -> None:
    logger.info("own")
"""


@pytest.mark.parametrize("version", ["3.12", "3.13"])
def test_frames_that_are_skipped_by_their_files(version: str, tmp_path: Path) -> None:
    """`skip_file_prefixes` finds the caller outside of the package, from a built body and from below one."""
    program = "import app.m as m\nm.outside(1)\nm.nested(2)\n"
    root = write(tmp_path, {"app/__init__.py": "", "app/m.py": PREFIXES, "skips.py": program})
    plain = python(version, "skips.py", cwd=root, src=f"{root}:{Path(__file__).parents[2]}").stderr
    assert "skips.py:2" in plain and "skips.py:3" in plain
    build(root)
    assert python(version, "skips.py", cwd=root, src=root).stderr == plain


def test_depth_of_loguru(tmp_path: Path) -> None:
    """`opt(depth=1)` names the caller, and a plain record the function itself."""
    pytest.importorskip("loguru", reason="loguru is not installed: its depth is NOT tested")
    program = "import app.m as m\ndef user():\n    m.deeper(1)\n    m.own(1)\nuser()\n"
    root = write(tmp_path, {"app/__init__.py": "", "app/m.py": LOGURU, "log.py": program})
    build(root)
    assert said(run([sys.executable, "log.py"], cwd=root, env={"PYTHONPATH": str(root)})) == "user:deeper\nown:own\n"
