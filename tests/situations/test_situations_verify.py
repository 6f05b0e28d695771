"""`poet verify` calls none of its own rewrites a difference, and takes nothing installed for the project's code."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from built_projects import build, write
from generated import generated, linked_code

from poetc.behaviour.inside.project import is_own
from poetc.ir.comparison import Comparison, Limits, Verdict
from poetc.pipeline.project import open_project
from poetc.pipeline.verification import verify_behaviour

pytest.importorskip("hypothesis")

QUICK = Limits(examples=60, seconds=20, enough=5)
CLIENT = """\
import warnings


class Refused(Exception):
    def __init__(self, options):
        super().__init__("refused")
        self.options = options


def get(url, *, timeout=5.0, tries=1):
    if len(url) % 2:
        raise Refused({"timeout": timeout, "url": url})
    return {"timeout": timeout, "url": url}


def old(url, timeout=None):
    warnings.warn("old", DeprecationWarning, stacklevel=3)
    return get(url, timeout=timeout)
"""
SOURCE = """\
import warnings

import client
from poetc import poet


@poet(timeout=3)
def limited(url: str) -> str:
    return client.get(url)["url"]


@poet(timeout=3)
def shows_its_limit(url: str) -> dict[str, object]:
    return client.get(url)


@poet(retries=2)
def warns(url: str) -> str:
    warnings.warn("mine", DeprecationWarning, stacklevel=2)
    return client.get(url)["url"]


@poet(timeout=3, retries=2)
def loops(urls: list[str]) -> list[str]:
    return [client.get(url)["url"] for url in urls]


@poet(timeout=3)
def helped(url: str) -> str:
    return helper(url)


def helper(url: str) -> str:
    return client.get(url)["url"]
"""
CALLS = """\
[project]
name = "sample"
version = "1"

[tool.poet.calls]
"client.get" = {effect = "read", timeout = "timeout", transient = ["TimeoutError"]}
"""
WARM = """\
KNOWN = set()


def learn(x):
    KNOWN.add(x)


def ask(x):
    if x not in KNOWN:
        learn(x)
    return x
"""
USES_WARM = """\
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).with_name(".venv") / "lib"))
import warm
from poetc import poet


@poet(retries=1)
def f(x: int) -> int:
    return warm.ask(x)
"""


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for the project, with a client library beside it."""
    write(tmp_path / "lib", {"client.py": CLIENT})
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "lib"))
    return tmp_path / "project"


def compared(root: Path) -> dict[str, Comparison]:
    """How each function's comparison ended."""
    project = open_project((), root=root, env=os.environ)
    items = list(verify_behaviour(project, None, QUICK))
    return {item.name.rpartition(".")[2]: item for item in items if isinstance(item, Comparison)}


def test_the_builds_own_rewrites_are_no_differences(library: Path) -> None:
    """A passed limit that an error or a result carries, frames more, attempts more: all are the same."""
    write(library, {"pyproject.toml": CALLS, "app.py": SOURCE})
    build(library)
    assert [call.limit for call in generated(library, "app.limited").limited] == [("timeout",)]
    for name, comparison in compared(library).items():
        assert comparison.verdict is Verdict.SAME, (name, comparison.reason, comparison.counterexample)


def test_a_limit_of_the_users_own_is_compared(library: Path) -> None:
    """Only what the build adds is left out: what the body itself passes has to arrive."""
    source = SOURCE.replace("get(url)", "get(url, timeout=1)")
    write(
        library,
        {"pyproject.toml": CALLS, "app.py": source},
    )
    build(library)
    assert "timeout=1" in linked_code(library, "app.shows_its_limit")
    assert compared(library)["shows_its_limit"].verdict is Verdict.SAME


@pytest.mark.parametrize(
    ("inside", "own"),
    {
        "app/pay.py": True,
        "src/venvs.py": True,
        "app/site_packages.py": True,
        ".venv/lib/python3.11/site-packages/x/y.py": False,
        "venv/lib/x.py": False,
        "tools/.tox/py311/lib/x.py": False,
        "web/node_modules/x/y.py": False,
        "odd/lib/python3.11/x.py": False,
        "lib/site-packages/x.py": False,
        "app/_poet/pay.py": False,
        "app/_poet/_runtime/core.py": False,
    }.items(),
)
def test_what_is_installed_in_the_project_is_not_its_code(inside: str, own: bool, tmp_path: Path) -> None:
    """Environments by whatever name, and what a build wrote."""
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd/pyvenv.cfg").write_text("")
    assert is_own(str(tmp_path / inside), f"{tmp_path}{os.sep}") is own


def test_calls_inside_an_environment_in_the_project_do_not_count(tmp_path: Path) -> None:
    """A library that does more once it is warm, or under a limit, is no difference."""
    files = {"pyproject.toml": CALLS, ".venv/pyvenv.cfg": "", ".venv/lib/warm.py": WARM, "app.py": USES_WARM}
    build(write(tmp_path, files))
    assert compared(tmp_path)["f"].verdict is Verdict.SAME
