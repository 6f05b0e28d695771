"""Enhance published libraries as a whole, and see that their own tests pass as before.

    python tests/corpus/enhance_library.py toolz tabulate
    python tests/corpus/enhance_library.py humanize --extra freezegun --settings tests/corpus/aggressive.toml
    python tests/corpus/enhance_library.py toolz --decorator "poet(timeout=600, retries=2)"

Every function of the library gets the decorator and `poet build` runs; its tests run as published, decorated and built.
Exits 0 if every test that passes published and decorated passes built, too. Source archives come by pip, from where it
is set up to get them; every step is bounded in time. No part of CI: it needs a package index, and what is published
changes.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_PART = {"tests", "test", "testing", "_vendor", "docs", "examples"}
DEFINED_OFTEN = {"overload", "singledispatch"}
"""decorators of functions that a module defines several times under one name"""

IN_A_THREAD = """\
import sys, threading, pytest
codes = []
thread = threading.Thread(target=lambda: codes.append(pytest.main(sys.argv[1:])))
thread.start()
thread.join()
sys.exit(codes[0])
"""
"""runs pytest off the main thread, where no alarm can ring: budgets are then kept by further threads"""


class Failed(Exception):
    """What keeps a library from being looked at."""


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    decorator: str
    settings: str
    extra: tuple[str, ...]
    tests: tuple[str, ...]
    seconds: int
    work: Path
    in_thread: bool


@dataclass(frozen=True)
class Run:
    """One run of a library's tests."""

    passed: frozenset[str]
    tally: Counter[str]
    seconds: float


def run(*command: object, cwd: Path, seconds: int, env: dict[str, str] | None = None) -> tuple[int, str]:
    """Exit code and output of a command, which may take so many seconds; raises `Failed` if it takes longer."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, cwd=cwd, env=env, check=False, text=True, capture_output=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise Failed(f"more than {seconds} s: {' '.join(words)}") from None
    return done.returncode, done.stdout + done.stderr


def needed(*command: object, cwd: Path, seconds: int) -> None:
    """Run a command that has to succeed; raises `Failed`."""
    code, output = run(*command, cwd=cwd, seconds=seconds)
    if code:
        raise Failed(f"exit {code}: {' '.join(map(str, command))}\n{output[-3000:]}")


def definitions(body: list[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions of a module and of its classes, however deep in conditions; not those inside functions."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield statement
        else:
            inner = [child for child in ast.iter_child_nodes(statement) if isinstance(child, ast.stmt)]
            inner += [s for child in getattr(statement, "handlers", []) for s in child.body]
            yield from definitions(inner)


def decorated(source: str, decorator: str) -> tuple[str, int]:
    """The module with the decorator at the bottom of each function's decorators, and their number."""
    tree = ast.parse(source)
    lines = source.split("\n")
    places = [node for node in definitions(tree.body) if not {name_of(d) for d in node.decorator_list} & DEFINED_OFTEN]
    for node in sorted(places, key=lambda n: n.lineno, reverse=True):
        line = lines[node.lineno - 1]
        lines.insert(node.lineno - 1, line[: len(line) - len(line.lstrip())] + "@" + decorator)
    if places:
        lines.insert(first_line(tree), "from poetc import poet")
    return "\n".join(lines), len(places)


def name_of(decorator: ast.expr) -> str:
    """The last name of a decorator."""
    return decorator.attr if isinstance(decorator, ast.Attribute) else getattr(decorator, "id", "")


def first_line(tree: ast.Module) -> int:
    """Lines before the first place where an import may stand."""
    at = 0
    for index, statement in enumerate(tree.body):
        is_doc = index == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if is_doc or (isinstance(statement, ast.ImportFrom) and statement.module == "__future__"):
            at = statement.end_lineno or 0
    return at


def package_of(root: Path, name: str) -> Path:
    """The package, or the module, that a distribution is named after; raises `Failed` if there is none."""
    wanted = re.sub(r"[-.]", "_", name).lower()
    names = (wanted, wanted.removeprefix("python_"), wanted.replace("_", ""))
    folders = [d for base in (root / "src", root / "lib", root) if base.is_dir() for d in sorted(base.iterdir())]
    for path in folders:
        if path.name.lower() in names and (path / "__init__.py").is_file():
            return path
    for path in folders:
        if path.suffix == ".py" and path.stem.lower() in names:
            return path
    raise Failed(f"no package or module of that name in {root.name}")


def modules_of(package: Path) -> list[Path]:
    """The library's own modules."""
    if package.is_file():
        return [package]
    return [p for p in sorted(package.rglob("*.py")) if not NOT_PART & set(p.relative_to(package).parts)]


def tests_of(root: Path, package: Path, asked: Asked) -> list[str]:
    """What pytest is given."""
    if asked.tests:
        return list(asked.tests)
    places = [root / "tests", root / "test", package / "tests", package / "test"]
    found = [p for p in places if p.is_dir()] or sorted(root.glob("test*.py"))
    if not found:
        raise Failed("no tests in the source archive")
    return [str(p.relative_to(root)) for p in found]


def tested(python: Path, root: Path, package: Path, asked: Asked, label: str) -> Run:
    """Run the tests; raises `Failed` if pytest says nothing."""
    report = root.parent / f"{label}.xml"
    env = dict(os.environ, PYTHONPATH=str(package.parent), PYTHONDONTWRITEBYTECODE="1")
    options = ("-q", "-p", "no:cacheprovider", f"--junitxml={report}", "-o", "addopts=", "-W", "ignore")
    pytest = ("-c", IN_A_THREAD) if asked.in_thread else ("-m", "pytest")
    command = (python, *pytest, *options, *tests_of(root, package, asked))
    if label == "built":  # events are written as well, to a file
        env["POET_EVENTS"] = f"jsonl:{root.parent / 'events.jsonl'}"
    began = time.monotonic()
    _, output = run(*command, cwd=root, seconds=asked.seconds, env=env)
    (root.parent / f"{label}.txt").write_text(output, encoding="utf-8")
    if not report.exists():
        raise Failed(f"{label}: pytest gave no report\n{output[-3000:]}")
    passed, tally = set(), Counter[str]()
    for case in ElementTree.parse(report).iter("testcase"):
        ends = sorted({child.tag for child in case} & {"failure", "error", "skipped"})
        tally[ends[0] if ends else "passed"] += 1
        if not ends:
            passed.add(f"{case.get('classname')}::{case.get('name')}")
    return Run(frozenset(passed), tally, time.monotonic() - began)


def prepared(name: str, asked: Asked, work: Path) -> tuple[Path, Path]:
    """An environment's interpreter and the library's source archive."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    needed(sys.executable, "-m", "venv", work / "venv", cwd=work, seconds=asked.seconds)
    python = work / "venv" / "bin" / "python"
    pip = (python, "-m", "pip", "--disable-pip-version-check", "-q")
    download = (*pip, "download", "--no-deps", "--no-binary", ":all:", "-d", work / "archive")
    needed(*download, name, cwd=work, seconds=asked.seconds)
    archive = next((work / "archive").glob("*.tar.gz"))
    # the library itself for what it depends on, and its metadata; what is tested comes before it on the path
    needed(*pip, "install", "pytest", *asked.extra, archive, ROOT, cwd=work, seconds=asked.seconds)
    return python, archive


def unpacked(archive: Path, name: str, folder: Path) -> tuple[Path, Path]:
    """The library's root and its package, freshly unpacked."""
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    root = next(d for d in folder.iterdir() if d.is_dir())
    return root, package_of(root, name)


def marked(package: Path, decorator: str) -> int:
    """Decorate every function of the library; their number."""
    number = 0
    for path in modules_of(package):
        with path.open(encoding="utf-8", newline="") as file:
            text, found = decorated(file.read(), decorator)
        if found:
            path.write_text(text, encoding="utf-8", newline="")
        number += found
    return number


def built(python: Path, root: Path, asked: Asked) -> Counter[str]:
    """Build the decorated library: how many functions became what; raises `Failed` if a build fails or isn't steady."""
    with (root / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + asked.settings)
    poet = python.with_name("poet")
    try:
        code, output = run(poet, "build", cwd=root, seconds=asked.seconds)
        (root.parent / "build.txt").write_text(output, encoding="utf-8")
        if code:
            raise Failed(f"poet build: exit {code}\n{output[-3000:]}")
        code, output = run(poet, "build", "--check", cwd=root, seconds=asked.seconds)
        if code:
            raise Failed(f"poet build --check, right behind the build: exit {code}\n{output[-3000:]}")
    finally:
        run(poet, "serve", "stop", cwd=root, seconds=60)
    files = root.glob(".dana/poet/functions/*/v1/metadata.json")
    return Counter(str(json.loads(f.read_text(encoding="utf-8"))["operate"]) for f in files)


def enhanced(name: str, asked: Asked) -> bool:
    """Whether a library's tests pass built as they do decorated; prints a row for each stage."""
    work = asked.work / name
    python, archive = prepared(name, asked, work)
    runs: dict[str, Run] = {}
    for stage in ("plain", "marked", "built"):
        root, package = unpacked(archive, name, work / stage)
        said = ""
        if stage != "plain":
            number = marked(package, asked.decorator)
            said = f"  {number} functions decorated"
        if stage == "built":
            kinds = built(python, root, asked)
            left = number - kinds.total()
            said = "  " + ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items())) + f", {left} skipped"
        runs[stage] = done = tested(python, root, package, asked, stage)
        tally = ", ".join(f"{n} {kind}" for kind, n in sorted(done.tally.items()))
        print(f"{name:<20} {stage:<7} {tally} in {done.seconds:.1f} s{said}", flush=True)
    lost = sorted((runs["plain"].passed & runs["marked"].passed) - runs["built"].passed)
    for test in lost[:10]:
        print(f"{name:<20} lost    {test}")
    return bool(runs["plain"].passed) and not lost


def main() -> int:
    """The command line; 1 if a test was lost or a library could not be looked at."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("libraries", nargs="+", metavar="LIBRARY")
    parser.add_argument("--settings", type=Path, help="a file with [tool.poet], put behind the pyproject.toml")
    parser.add_argument("--decorator", default="poet()", help="what is put on every function (default: %(default)s)")
    parser.add_argument("--extra", nargs="*", default=[], help="what else the tests need, as pip has it")
    parser.add_argument("--tests", nargs="*", default=[], help="paths in the archive, if not tests or test")
    parser.add_argument("--seconds", type=int, default=300, help="that one step may take (default: %(default)s)")
    parser.add_argument("--thread", action="store_true", help="run the tests off the main thread")
    parser.add_argument("--work", type=Path, help="a folder to keep everything in (default: none is kept)")
    given = parser.parse_args()
    settings = given.settings.read_text(encoding="utf-8") if given.settings else ""
    with tempfile.TemporaryDirectory(prefix="poetc-corpus-") as temporary:
        work = (given.work or Path(temporary)).resolve()
        asked = Asked(
            given.decorator, settings, tuple(given.extra), tuple(given.tests), given.seconds, work, given.thread
        )
        sound = True
        for name in given.libraries:
            try:
                sound &= enhanced(name, asked)
            except Failed as failed:
                print(f"{name:<20} failed  {failed}", flush=True)
                sound = False
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
