"""A block has two lines more than the user wrote, and nobody sees them: in tracebacks, traces, and inner functions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from built_projects import PYPROJECT, VERSIONS, build, interpreter, run, said, write

CALLS = """
[tool.poet.calls]
"torn_shelf.get" = {effect = "read", late = ["torn_shelf.Torn"], returns = "torn_shelf.Reply"}
"torn_shelf.Reply.read" = {effect = "read", returns = "builtins.str"}
"torn_shelf.Reply" = {effect = "pure", returns = "torn_shelf.Reply"}
"""

SOURCE = '''\
import torn_shelf
from poetc import poet
from torn_shelf import get


@poet()
def inside(key):
    # a remark
    with get(key) as reply:
        text = """over
        some lines""" + reply.read()
        return [text, int(
            "no number" +
            text)]


@poet()
def behind(key):
    with get(key) as reply:
        found = reply.read()

    later = get(key)
    again = (
        later.read()
        + later.read()
    )
    return [int(each)  # here
            for each in [found, again]]


@poet()
def inner(key):
    first = get(key)
    text = f"{first.read()}"

    def deeper(given):
        class Local:
            value = lambda self: given[text]  # noqa: E731

        return Local().value()

    return deeper({})


class Shop:
    if True:
        @poet(timeout=9)
        def indented(self, key):
            try:
                reply = get(key)
                return reply.read().nothing
            finally:
                self.done = key


@poet()
async def waits(key):
    with get(key) as reply:
        return 1 / len(reply.read()[:0])
'''

SCRIPT = """\
import asyncio, inspect, json, linecache, sys, traceback
import shop

answer = {}
for name, function in {**vars(shop), "indented": shop.Shop().indented}.items():
    if name in ("inside", "behind", "inner", "indented", "waits"):
        lines = set()
        def trace(frame, event, argument):
            if frame.f_code.co_filename == shop.__file__ and event == "line":
                lines.add((frame.f_code.co_name, frame.f_lineno))
            return trace
        try:
            sys.settrace(trace)
            found = function("k")
            if inspect.iscoroutine(found):
                asyncio.run(found)
        except Exception as error:
            sys.settrace(None)
            seen = traceback.TracebackException.from_exception(error)
            frames = [f for f in seen.stack if f.filename == shop.__file__]
            named = [(f.name, f.lineno, f.end_lineno, f.colno, f.end_colno) for f in frames]
            answer[name] = [type(error).__name__, named, sorted(lines)]
print("ANSWER", json.dumps(answer))
"""
HERE = Path(__file__).parent


@pytest.mark.parametrize("version", VERSIONS)
def test_places_are_the_users(tmp_path: Path, version: str) -> None:
    """Lines and columns of every frame of the function are those of plain code, and the same lines are traced."""
    python, found = interpreter(version), dict[str, Any]()
    for name in ("plain", "built"):
        root = write(tmp_path / name, {"shop.py": SOURCE, "script.py": SCRIPT, "pyproject.toml": PYPROJECT + CALLS})
        path = {"PYTHONPATH": f"{root}:{HERE}:{HERE.parents[1]}"}
        if name == "built":
            build(root)
            assert (root / "_poet/shop.py").read_text("utf-8").count(".tries(") == 6
            path = {"PYTHONPATH": f"{root}:{HERE}"}
        done = run([python, "-P", root / "script.py"], cwd=root, env=path)
        found[name] = json.loads(said(done).rpartition("ANSWER ")[2])
    assert len(found["plain"]) == 5
    for name, (error, frames, lines) in found["plain"].items():
        ours = found["built"][name]
        assert ours[0] == error, name
        assert [each for each in ours[1] if each[1] not in header_lines()] == frames, name
        assert [each for each in ours[2] if each[1] not in header_lines()] == lines, name


def header_lines() -> set[int]:
    """Lines of decorators, at which a public function around a body stands."""
    return {number for number, line in enumerate(SOURCE.split("\n"), 1) if line.strip().startswith("@poet")}
