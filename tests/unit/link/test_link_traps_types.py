"""Type checkers see the original signatures through the linked import."""

from __future__ import annotations

import ast
import json
import re
import shutil
import sys
from pathlib import Path

import pytest
from built_projects import ROOT, build, run, write

API = """\
from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TypeVar, overload

from poetc import poet

T = TypeVar("T")


@poet
def bare(x: int) -> str:
    return str(x)


@poet()
def called(x: int, *, y: str = "") -> str:
    return y * x


@poet(retries=2, timeout=3.0, domain=None)
def guarded(x: int) -> list[str]:
    return ["a"] * x


@poet()
def generic(x: T) -> T:
    return x


@overload
def either(x: int) -> int: ...
@overload
def either(x: str) -> str: ...
@poet()
def either(x: int | str) -> int | str:
    return x


@poet()
async def later(x: int) -> int:
    return x


@poet()
def numbers(n: int) -> Iterator[int]:
    yield from range(n)


@poet()
async def stream(n: int) -> AsyncIterator[int]:
    yield n


class Box:
    @poet()
    def method(self, x: int) -> str:
        return str(x)

    @staticmethod
    @poet()
    def static(x: int) -> str:
        return str(x)

    @classmethod
    @poet
    def made(cls, x: int) -> Box:
        return cls()

    @property
    @poet()
    def size(self) -> int:
        return 1

    @size.setter
    @poet()
    def size(self, new: int) -> None:
        return None
"""
USE = """\
from __future__ import annotations

from app.api import Box, bare, called, either, generic, guarded, later, numbers, stream

text: str = bare(1) + called(1, y="a") + Box().method(1) + Box.static(1)
names: list[str] = guarded(1)
whole: int = either(1) + generic(2) + Box.made(1).size
word: str = either("a") + generic("b")
Box().size = 3
many: list[int] = list(numbers(3))


async def drive() -> int:
    async for item in stream(3):
        print(item)
    return await later(1)


bare("1")  # wrong
bare()  # wrong
bare(1).no_such_method()  # wrong
called(1, "a")  # wrong
called(1, z="a")  # wrong
guarded(1).nothing  # wrong
either(2.5)  # wrong
Box().method("a")  # wrong
Box.static(y=1)  # wrong
Box.made("a")  # wrong
Box().size = "a"  # wrong
wrong: int = generic("a")  # wrong
for number in numbers("a"):  # wrong
    pass
later("a")  # wrong
"""
MISUSE = """\
from poetc import poet


@poet(retrys=2)  # wrong
def f(x: int) -> int:
    return x


@poet(retries="2")  # wrong
def g(x: int) -> int:
    return x


@poet(perceive="strct")  # wrong
def h(x: int) -> int:
    return x


@poet(domain="ml_monitoring", optimize_for="accuracy", perceive="strict", enforce="off", enable_training=False)
def k(x: int) -> int:
    return x
"""
ASKS = """\
from app._poet._runtime import breakers, testing

with testing(attempts=2):
    print(sorted(breakers()))
"""
FILES = {"app/__init__.py": "", "app/py.typed": "", "app/api.py": API, "use.py": USE}
WRONG = {number for number, line in enumerate(USE.split("\n"), 1) if line.endswith("# wrong")}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, built."""
    root = write(tmp_path_factory.mktemp("types") / "project", FILES)
    build(root)
    assert "_poet.api import poet" in (root / "app" / "api.py").read_text("utf-8")
    return root


def tool(name: str) -> str:
    """A type checker beside this Python or on the path; the test is skipped where there is none."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: what it sees through the link is NOT tested")
    return found


def mypy(root: Path, *paths: str) -> dict[str, set[int]]:
    """File -> lines with an error, by mypy --strict."""
    options = [
        "--strict",
        "--no-error-summary",
        "--cache-dir",
        str(root / ".mypy"),
        "--python-executable",
        sys.executable,
    ]
    done = run([tool("mypy"), *options, *paths], cwd=root, env={"MYPYPATH": str(root)})
    found: dict[str, set[int]] = {}
    for path, line in re.findall(r"^([^:\n]+):(\d+): error", done.stdout, re.MULTILINE):
        found.setdefault(path, set()).add(int(line))
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return found


def pyright(root: Path, *paths: str) -> dict[str, set[int]]:
    """File -> lines with an error, by pyright in strict mode."""
    config = {"typeCheckingMode": "strict", "reportUnusedExpression": False, "reportUnusedCoroutine": False}
    (root / "pyrightconfig.json").write_text(
        json.dumps({**config, "include": list(paths), "extraPaths": ["."]}), "utf-8"
    )
    done = run([tool("pyright"), "--outputjson", "--pythonpath", sys.executable], cwd=root)
    if not done.stdout.startswith("{"):
        pytest.skip(f"pyright does not start here: what it sees through the link is NOT tested ({done.stderr[-200:]})")
    found: dict[str, set[int]] = {}
    for each in json.loads(done.stdout)["generalDiagnostics"]:
        if each["severity"] == "error":
            path = Path(each["file"]).relative_to(root).as_posix()
            found.setdefault(path, set()).add(each["range"]["start"]["line"] + 1)
    return found


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_signatures_are_seen_through_the_link(checker, project: Path) -> None:
    """Right calls pass and wrong calls are flagged, in strict mode, with and without brackets behind `@poet`."""
    assert checker(project, "use.py", "app/api.py") == {"use.py": WRONG}


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_unbuilt_and_built_are_seen_alike(checker, project: Path, tmp_path: Path) -> None:
    """Before the build a checker flags the same lines, and what is no argument of the marker both before and after."""
    plain = write(tmp_path / "plain", {**FILES, "wrong.py": MISUSE})
    (plain / "poetc").symlink_to(ROOT / "poetc")
    assert checker(plain, "use.py", "app/api.py", "wrong.py") == {"use.py": WRONG, "wrong.py": {4, 9, 14}}
    linked = MISUSE.replace("from poetc", "from app._poet.api")
    (project / "wrong.py").write_text(linked, "utf-8")
    assert checker(project, "wrong.py") == {"wrong.py": {4, 9, 14}}


def test_whole_package_passes_strict_checks(project: Path) -> None:
    """mypy --strict over the package, linked copies included, finds nothing; nor in tests that use the runtime."""
    (project / "app" / "asks.py").write_text(ASKS, "utf-8")
    assert mypy(project, "app") == {}


def test_marker_and_link_take_the_same_arguments() -> None:
    """What `poetc.poet` accepts before the build, the link's `poet` accepts after it, and nothing else."""
    marker = ast.parse((ROOT / "poetc" / "__init__.py").read_text("utf-8"))
    link = ast.parse((ROOT / "poetc" / "runtime" / "link.py").read_text("utf-8"))
    asked = [
        [
            ast.unparse(node.args)
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and node.name == name and node.args.kwonlyargs
        ]
        for tree, name in ((marker, "poet"), (link, "__call__"))
    ]
    assert len(asked[0]) == 1
    assert [text.removeprefix("self, ") for text in asked[1]] == asked[0]
