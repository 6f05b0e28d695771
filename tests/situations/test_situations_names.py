"""What a build must not refuse: annotations that name used modules, and names that generated code has as well."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest
from generated import runtime

from poetc.ir import Ending
from poetc.link.runtime_files import definitions, module_names, parsed
from poetc.link.tables import used_attributes
from poetc.pipeline import answers, linking, survey
from tests.built_projects import VERSIONS, build, python, said, write

CLIENTS = """\
from __future__ import annotations

import asyncio
import io
import os
import pathlib
import socket
import ssl
import subprocess
import threading
import types
from typing import Union

from poetc import poet


@poet()
def path_of(p: str | os.PathLike[str]) -> str:
    return os.fspath(p)


@poet()
def size(entry: os.DirEntry[str]) -> int:
    return os.stat(entry).st_size


@poet()
def result(name: str) -> os.stat_result:
    return os.stat(name)


@poet()
def peer(s: socket.socket) -> bytes:
    return socket.inet_aton(s.getsockname()[0])


@poet()
async def task() -> asyncio.Task:
    return asyncio.create_task(asyncio.sleep(0))


@poet(timeout=5)
async def gathered(tasks: list[asyncio.Task]) -> list:
    return await asyncio.gather(*tasks)


@poet()
def context(c: ssl.SSLContext) -> None:
    c.verify_mode = ssl.CERT_NONE


@poet(retries=1)
def run(c: list[str]) -> subprocess.CompletedProcess:
    return subprocess.run(c)


@poet()
def either(p: Union["os.PathLike[str]", pathlib.Path]) -> pathlib.Path:
    return pathlib.Path(os.fspath(p))


@poet()
def text(f: io.StringIO) -> io.StringIO:
    return io.StringIO(f.read())


@poet()
def event(e: threading.Event | None) -> threading.Event:
    return e or threading.Event()


@poet()
def module(m: types.ModuleType) -> types.ModuleType:
    return m if isinstance(m, types.ModuleType) else types.ModuleType("m")
"""
GENERATED = [
    *("rt", "bind", "original", "perceive", "enforce", "operate", "retry", "guard", "breaker", "deadline", "budget"),
    *("_out", "result", "result_hint", "error", "failure", "execution", "events", "fallback", "hedge", "type_", "poet"),
    *("_runtime", "annotations", "Link", "__wrapped__", "Perceive", "limits", "attempt"),
]
MARKERS = ["@poet()", "@poet(retries=1)", "@poet(timeout=30)", '@poet(perceive="strict", enforce="strict")']
STORE = """\
import queue
import sqlite3
import threading
from pathlib import Path

from poetc import poet


@poet(timeout=5)
def count(path: Path) -> int:
    conn = sqlite3.connect(path)
    try:
        return conn.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    finally:
        conn.close()


@poet(timeout=5)
def locked(path: Path = Path(), n: int = 1) -> int:
    lock = threading.Lock()
    lock.acquire()
    queue.SimpleQueue().put(n)
    return n
"""


def test_annotations_that_are_text_may_name_modules_that_the_body_uses(tmp_path: Path) -> None:
    """What a hint is told of the module's imports uses up nothing of what the body may mention."""
    root = write(tmp_path, {"src/app/__init__.py": "", "src/app/m.py": CLIENTS})
    outcomes = build(root)
    assert {outcome.ending for outcome in outcomes.values()} == {Ending.BUILT} and len(outcomes) == 12


@pytest.mark.parametrize("version", VERSIONS)
def test_any_name_of_generated_code_may_be_the_users(version: str, tmp_path: Path) -> None:
    """As parameter, local, global, attribute's owner and function's name, each in every form of generated code."""
    lines = ["from types import SimpleNamespace", "from poetc import poet", ""]
    for number, name in enumerate(GENERATED):
        for marker_number, marker in enumerate(MARKERS):
            of = f"{number}_{marker_number}"
            lines += [marker, f"def given_{of}({name}, n: int = 1) -> int:", f"    return {name}.Foo + n", ""]
            lines += [marker, f"def local_{of}(n: int) -> int:", f"    {name} = n", f"    return {name} + 1", ""]
            lines += [marker, f"def world_{of}(n: int) -> int:", f"    return NAMES_{number}.{name}.Foo + n", ""]
    for number, name in enumerate(GENERATED):
        lines += [f"NAMES_{number} = SimpleNamespace({name}=SimpleNamespace(Foo=40))", ""]
    files = {"src/app/__init__.py": "", "src/app/m.py": "\n".join(lines)}
    for number, name in enumerate(n for n in GENERATED if n != "poet"):
        own = f"from types import SimpleNamespace\nfrom poetc import poet\n\n{name} = SimpleNamespace(Foo=40)\n\n"
        own += "".join(f"{m}\ndef f{i}(n: int) -> int:\n    return {name}.Foo + n\n\n" for i, m in enumerate(MARKERS))
        files[f"src/app/world_{number}.py"] = own
        files[f"src/app/named_{number}.py"] = (
            f"from poetc import poet\n\n@poet(retries=1)\ndef {name}(n: int) -> int:\n    return n + 40\n"
        )
        files[f"src/app/{name}.py"] = (
            "from poetc import poet\n\n@poet(timeout=9)\ndef f(n: int) -> int:\n    return n + 40\n"
        )
    root = write(tmp_path, files)
    outcomes = build(root)
    assert {outcome.ending for outcome in outcomes.values()} == {Ending.BUILT}
    check = f"""
import importlib, types
GENERATED = {GENERATED!r}
m = importlib.import_module("app.m")
for number, name in enumerate(GENERATED):
    for marker in range({len(MARKERS)}):
        of = f"{{number}}_{{marker}}"
        assert getattr(m, "given_" + of)(types.SimpleNamespace(Foo=40), 2) == 42
        assert getattr(m, "local_" + of)(41) == getattr(m, "world_" + of)(2) == 42
for number, name in enumerate(n for n in GENERATED if n != "poet"):
    world, named = importlib.import_module(f"app.world_{{number}}"), importlib.import_module(f"app.named_{{number}}")
    assert all(getattr(world, f"f{{i}}")(2) == 42 for i in range({len(MARKERS)}))
    assert getattr(named, name)(2) == importlib.import_module(f"app.{{name}}").f(2) == 42
"""
    said(python(version, "-W", "error", "-c", check, cwd=root))


def test_a_text_that_names_the_runtime_changes_nothing(tmp_path: Path) -> None:
    """Names of the runtime are read from the tree of `bind`: neither texts nor the user's own `rt` are."""
    source = (
        "from poetc import poet\n\nimport types\nrt = types.SimpleNamespace(Bulkhead=1, nothing=2)\n\n"
        "@poet()\ndef ticket(n: int) -> str:\n"
        '    """rt.Hedge is of no concern; see rt.example.org"""\n'
        '    return f"https://rt.example.org/{n}/{rt.nothing}{rt.Bulkhead}"\n'
    )
    root = write(tmp_path, {"src/app/__init__.py": "", "src/app/m.py": source})
    assert build(root)["app.m.ticket"].ending is Ending.BUILT
    copied = "".join(path.read_text("utf-8") for path in runtime(root, "src/app/m.py"))
    assert "class Link" in copied and "class Hedge" not in copied and "class Bulkhead" not in copied
    assert (
        said(python("3.11", "-c", "import app.m; print(app.m.ticket(3))", cwd=root)) == "https://rt.example.org/3/21\n"
    )


def test_names_of_the_runtime_are_those_that_bind_reads() -> None:
    """Whatever the spelling, and whatever the body says."""
    text = "def bind(o):\n  '''rt.Hedge'''\n  a = rt . Retry(o, rt.Enforce)\n  def operate(rt): return rt.Guard\n"
    text += "  return rt.relocate(o)\n"
    assert used_attributes([text]) == {"Retry", "Enforce", "relocate"}
    assert used_attributes(["def bind(o):\n  return rt.relocate(o)\n", text]) == {"Retry", "Enforce", "relocate"}


def test_no_name_of_the_runtime_is_of_two_modules() -> None:
    """`rt.NAME` means one thing."""
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    found = [node.name for name in module_names() for node in parsed(name).body if isinstance(node, kinds)]
    assert sorted(found) == sorted(definitions())


@pytest.mark.parametrize("version", VERSIONS)
def test_limits_and_hints_in_one_joined_runtime(version: str, tmp_path: Path) -> None:
    """Both look up defaults of parameters, each in its own way."""
    root = write(tmp_path, {"src/app/__init__.py": "", "src/app/m.py": STORE})
    build(root)
    program = (
        "import app.m; print(app.m.count('x.db'), app.m.count.__wrapped__('x.db'), app.m.locked(n=4), app.m.locked())"
    )
    assert said(python(version, "-W", "ignore", "-c", program, cwd=root)) == "0 0 4 1\n"


BROKEN_AT = {
    "extract": (survey, "compare"),
    "cache": ("poetc.store.cache", "load_answer"),
    "request": ("poetc.client.request", "to_request"),
    "verify": (answers, "verified"),
    "number": ("poetc.store.newversion", "new_version"),
    "store": ("poetc.store.changes", "store_changes"),
    "link": (linking, "planned_link"),
}


@pytest.mark.parametrize("stage", BROKEN_AT)
def test_a_defect_at_one_function_stops_no_other(stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever of ours fails for one function, the others are built, and POET901 says where it was."""
    body = "from poetc import poet\n\n@poet(retries=1)\ndef {}(n: int) -> int:\n    return n\n"
    files = {"src/app/__init__.py": "", "src/app/good.py": body.format("good"), "src/app/bad.py": body.format("bad")}
    root = write(tmp_path, files)
    module, name = BROKEN_AT[stage]
    owner = importlib.import_module(module) if isinstance(module, str) else module
    real = getattr(owner, name)

    def broken(*arguments: object, **named: object) -> object:
        if any("bad" in ascii(subject(argument)) for argument in arguments):
            raise KeyError("nobody foresaw this")
        return real(*arguments, **named)

    monkeypatch.setattr(owner, name, broken)
    outcomes = build(root, sound=False)
    assert outcomes["app.good.good"].ending is Ending.BUILT
    failed = outcomes["app.bad.bad"]
    assert failed.ending is Ending.FAILED and [d.code for d in failed.diagnostics] == ["POET901"]
    assert failed.diagnostics[0].path == "src/app/bad.py" and "nobody foresaw this" in failed.diagnostics[0].message
    assert (
        said(
            python(
                "3.11",
                "-W",
                "ignore",
                "-c",
                "import app.good, app.bad; print(app.bad.bad(2))",
                cwd=root,
                src=f"src:{Path(__file__).parents[2]}",
            )
        )
        == "2\n"
    )
    monkeypatch.undo()
    assert build(root)["app.bad.bad"].ending is Ending.BUILT


def subject(argument: object) -> object:
    """What of an argument tells which function it is about."""
    if isinstance(argument, str):
        return argument
    for path in ("name", "unit.name", "draft.unit.name", "source.module"):
        found: object = argument
        for part in path.split("."):
            found = getattr(found, part, None)
        if isinstance(found, str):
            return found
    return ""
