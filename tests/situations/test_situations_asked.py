"""Nothing asked for is dropped in silence: each setting, on each kind of function, is done or said at its place."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from built_projects import PYPROJECT, build, write
from generated import generated

from poetc.ir import Diagnostic, Outcome, Severity
from poetc.pipeline.explanation import explain_function
from poetc.pipeline.project import open_project
from poetc.pipeline.staleness import check_project

HEAD = """\
import httpx
import inspect
import sys
from collections.abc import AsyncIterator, Iterator
from poetc import poet
"""
KINDS = {
    "sync_pure": "def {name}(a: int) -> list[int]:\n    return [a]\n",
    "sync_bare": "def {name}(a):\n    return a\n",
    "sync_reads": "def {name}(url: str) -> str:\n    return httpx.get(url).text\n",
    "sync_writes": "def {name}(url: str) -> str:\n    return httpx.post(url).text\n",
    "sync_opaque": "def {name}(client, url: list[str]) -> str:\n    return client.fetch(url)\n",
    "sync_wrapped": "def {name}(url: str) -> str:\n    locals()\n    return httpx.get(url).text\n",
    "sync_frames": "def {name}(a: int) -> object:\n    return helper(inspect.stack()[1], a)\n",
    "sync_frame": "def {name}(a: int) -> object:\n    return sys._getframe(1).f_globals\n",
    "stub": "def {name}(reference, current) -> dict:\n    ...\n",
    "stub_raises": "def {name}(a: int) -> int:\n    raise NotImplementedError\n",
    "coroutine_reads": "async def {name}(c: httpx.AsyncClient, url: str) -> str:\n    return (await c.get(url)).text\n",
    "coroutine_pure": "async def {name}(a: int) -> int:\n    return a\n",
    "coroutine_wrapped": "async def {name}(a: int) -> int:\n    locals()\n    return a\n",
    "generator_reads": "def {name}(url: str) -> Iterator[str]:\n    yield httpx.get(url).text\n",
    "generator_bare": "def {name}(a):\n    yield a\n",
    "generator_wrapped": "def {name}(a: int) -> Iterator[int]:\n    locals()\n    yield a\n",
    "agen_reads": "async def {name}(c: httpx.AsyncClient) -> AsyncIterator[str]:\n    yield (await c.get()).text\n",
    "agen_bare": "async def {name}(a):\n    yield a\n",
    "agen_wrapped": "async def {name}(a: int) -> AsyncIterator[int]:\n    locals()\n    yield a\n",
}
IN_CLASS = {
    "method_reads": ("", "def {name}(self, url: str) -> str:\n    return httpx.get(url).text\n"),
    "static_pure": ("@staticmethod", "def {name}(a: int) -> int:\n    return a\n"),
    "class_reads": ("@classmethod", "def {name}(cls, url: str) -> str:\n    return httpx.get(url).text\n"),
    "getter_pure": ("@property", "def {name}(self) -> int:\n    return 1\n"),
    "getter_bare": ("@property", "def {name}(self):\n    return 1\n"),
    "getter_reads": ("@property", "def {name}(self) -> str:\n    return httpx.get('https://x').text\n"),
}
DECORATED = {
    "timeout": "3",
    "retries": "4",
    "perceive": '"strict"',
    "enforce": '"strict"',
    "depth": '"deep"',
    "domain": '"ml_monitoring"',
    "optimize_for": '"accuracy"',
}
CONFIGURED = DECORATED | {
    "breaker": "{failures = 7}",
    "bulkhead": "3",
    "rate_limit": '"5/s"',
    "fallback": '"None"',
    "hedge": "1.5",
    "events": "true",
}


PROVEN = {("sync_pure", "enforce"), ("getter_pure", "enforce")}
"""what needs nothing at run time: each result is written out, of the type that is promised"""


class Asked(NamedTuple):
    """A project in which each function is asked one thing."""

    root: Path
    outcomes: dict[str, Outcome]


def source(module: str, settings: dict[str, str], written: bool) -> str:
    """Every kind of function once for every setting; `written`: in the decorator."""
    lines = [HEAD]
    for setting, value in settings.items():
        mark = f"@poet({setting}={value})" if written else "@poet()"
        for kind, text in KINDS.items():
            lines.append(f"\n\n{mark}\n{text.format(name=f'{kind}__{setting}')}")
        lines.append(f"\n\nclass C_{setting}:\n")
        for kind, (above, text) in IN_CLASS.items():
            body = "\n".join([*filter(None, [above]), mark, text.format(name=f"{kind}__{setting}")])
            lines.append("".join(f"    {line}\n" if line else "\n" for line in body.split("\n")))
    return "".join(lines)


def names(module: str, settings: dict[str, str]) -> list[tuple[str, str, str]]:
    """(qualified name, kind, setting) of all of them."""
    found = [(f"{module}.{kind}__{s}", kind, s) for s in settings for kind in KINDS]
    return found + [(f"{module}.C_{s}.{kind}__{s}", kind, s) for s in settings for kind in IN_CLASS]


def bound(root: Path, name: str) -> str:
    """What was made of a function, without the text around it."""
    return ast.dump(generated(root, name).bind)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """The whole cross product, asked for in decorators and in tables, and once more with nothing asked for."""
    root = tmp_path_factory.mktemp("asked")
    tables = "".join(
        f'\n[tool.poet.functions."{name}"]\n{setting} = {CONFIGURED[setting]}\n'
        for name, _, setting in names("configured", CONFIGURED)
    )
    write(
        root,
        {
            "pyproject.toml": PYPROJECT + tables,
            "plain.py": source("plain", CONFIGURED, written=False),
            "configured.py": source("configured", CONFIGURED, written=False),
            "decorated.py": source("decorated", DECORATED, written=True),
        },
    )
    return Asked(root, build(root, sound=False))


CROSS = [("configured", *rest) for rest in names("configured", CONFIGURED)]
CROSS += [("decorated", *rest) for rest in names("decorated", DECORATED)]


@pytest.mark.parametrize(("module", "name", "kind", "setting"), CROSS, ids=[f"{n}" for _, n, _, _ in CROSS])
def test_a_setting_is_done_or_said(module: str, name: str, kind: str, setting: str, asked: Asked) -> None:
    """What is made of the function differs from what is made without the setting; else a diagnostic stands at it."""
    said = [d for d in asked.outcomes[name].diagnostics if f"`{setting}" in d.message and d.code != "POET214"]
    for one in said:
        assert_place(one, module, setting, asked.root)
    if asked.outcomes[name].version:
        plain = name.replace(module, "plain", 1)
        done = bound(asked.root, name) != bound(asked.root, plain) or (kind, setting) in PROVEN
        assert said or done
    else:
        assert any(one.severity is Severity.ERROR for one in said)


def assert_place(one: Diagnostic, module: str, setting: str, root: Path) -> None:
    """The place is that of the very setting: the decorator's argument, or the line of its table."""
    assert one.path == ("pyproject.toml" if module == "configured" else f"{module}.py")
    line = (root / one.path).read_text().split("\n")[one.line - 1]
    assert line[one.column - 1 :].startswith(setting)
    assert one.excerpt == line
    assert one.column < one.end_column
    assert re.fullmatch(r"POET2\d\d", one.code)


def test_the_same_is_said_when_nothing_was_to_do(asked: Asked) -> None:
    """By the next build, by --check and by explain."""
    again = build(asked.root, sound=False)
    for name, outcome in asked.outcomes.items():
        assert again[name].diagnostics == outcome.diagnostics
    project = open_project((), root=asked.root, env=os.environ)
    checked = {item.name: item for item in check_project(project) if isinstance(item, Outcome)}
    for name, outcome in asked.outcomes.items():
        if outcome.version:
            assert checked[name].diagnostics == outcome.diagnostics
    name = "decorated.generator_reads__timeout"
    told = explain_function(project, name)["not_done"]
    assert [d.message for d in asked.outcomes[name].diagnostics] == [line for line in told if line.startswith("`")]
