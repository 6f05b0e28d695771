"""Tracebacks, debuggers, coverage, profilers and test runners show the user's own files and lines after a build."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from built_projects import ROOT, VERSIONS, build, python, run, said, write

DRIFT = '''\
"""Functions in every layout."""
from __future__ import annotations

from poetc import poet


@poet()
def plain(x: int, y: int = 2) -> float:
    return x / y


@poet()
def documented(x: int) -> int:
    """Says what it does,

    in several lines.
    """
    if x > 2:
        x = x * 2
    else:
        x = x + 1
    for i in range(x):
        if i == 3:
            break
    else:
        x = 100
    return x


@poet()
def over_lines(
    x: int,
    y: int = 1,
) -> float:
    total = (
        x
        + y
    )
    return (
        total
        / (y - 1)
    )


@poet()
# a comment between
def one_line(x) -> float: return 1 / x


class Monitor:

    @property
    @poet()
    def rate(self) -> float:

        return 1 / self.zero  # a comment

    @poet()
    def check(self, x: int) -> dict:
        return {"a": x, "b": self.missing["no such key"]}

    @poet()
    async def later(self, x: int) -> int:
        return [1, 2][x]

    @poet()
    def numbers(self, x: int):
        yield x
        yield 1 / (x - x)

    @poet()
    async def stream(self, x: int):
        yield x
        yield 1 / (x - x)


@poet()
def never_called(x: int) -> int:
    return x


@poet()
def partly(x: int) -> int:
    try:
        return int("a")
    except ValueError:
        pass
    while x:
        x -= 1
    if x > 100:
        return 100
    return x if x else -1
'''
FAIL = """\
import asyncio, sys
sys.path.insert(0, "src")
import app.drift as d


async def drain(stream):
    return [item async for item in stream]


class Zero(d.Monitor):
    zero = 0
    missing = {}


CASES = {
    "plain": lambda: d.plain(1, 0),
    "over_lines": lambda: d.over_lines(1),
    "one_line": lambda: d.one_line(0),
    "property": lambda: Zero().rate,
    "method": lambda: Zero().check(1),
    "coroutine": lambda: asyncio.run(Zero().later(7)),
    "generator": lambda: list(Zero().numbers(1)),
    "async generator": lambda: asyncio.run(drain(Zero().stream(1))),
    "wrong type": lambda: d.documented(None),
    "missing argument": lambda: d.documented(),
}
CASES[sys.argv[1]]()
"""
USE = """\
import asyncio, sys
sys.path.insert(0, "src")
import app.drift as d


async def drain(stream):
    try:
        return [item async for item in stream]
    except ZeroDivisionError:
        return 0


class Zero(d.Monitor):
    zero = 4
    missing = {"no such key": 1}


d.plain(4)
d.documented(2), d.documented(9)
d.over_lines(1, 2)
d.one_line(4)
zero = Zero()
zero.rate, zero.check(1)
asyncio.run(zero.later(1)), asyncio.run(drain(zero.stream(2)))
next(zero.numbers(2))
d.partly(3)
"""
FILES = {"src/app/__init__.py": "", "src/app/drift.py": DRIFT, "fail.py": FAIL, "use.py": USE}
CASES = ["plain", "over_lines", "one_line", "property", "method", "coroutine", "generator", "async generator"]


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The project before and after a build, in folders with names of one length."""
    root = tmp_path_factory.mktemp("tools")
    before, after = (write(root / name, FILES) for name in ("plain_", "linked"))
    outcomes = build(after)
    assert {o.operate for o in outcomes.values()} == {"relocated"}
    return {"before": before, "after": after}


def in_both(trees: dict[str, Path], version: str, *arguments: str, ok: bool = True) -> list[str]:
    """What a command prints (both streams) before and after the build, without the name of the folder."""
    shown = []
    for state, root in trees.items():
        path = (
            f"nowhere{os.pathsep}{ROOT}" if state == "before" else None
        )  # pdb puts its script's folder in the first place
        given = [argument.replace("ROOT", str(root)) for argument in arguments]
        done = python(version, "-B", *given, cwd=root, src=path)
        assert (done.returncode == 0) == ok, done.stdout + done.stderr
        shown.append((done.stdout + done.stderr).replace(str(root), "ROOT"))
    return shown


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("case", CASES)
def test_traceback_is_the_same_text(version: str, case: str, trees: dict[str, Path]) -> None:
    """A traceback names the same frames, files and lines, with its carets below the same characters."""
    before, after = in_both(trees, version, "fail.py", case, ok=False)
    assert "src/app/drift.py" in before and "Error" in before
    assert after == before


@pytest.mark.parametrize("version", VERSIONS)
def test_error_of_a_wrong_argument_is_the_same(version: str, trees: dict[str, Path]) -> None:
    """Arguments that are missing or break their annotation end in the same exception; what was wrong is noted."""
    before, after = in_both(trees, version, "fail.py", "missing argument", ok=False)
    assert after == before
    before, after = in_both(trees, version, "fail.py", "wrong type", ok=False)
    last = before.strip().split("\n")[-1]
    assert last == "TypeError: '>' not supported between instances of 'NoneType' and 'int'"
    lines = after.strip().split("\n")
    assert lines[-2] == last
    assert lines[-1] == "poet: documented() argument 'x' is NoneType, its annotation says int"
    assert '"ROOT/src/app/drift.py", line 18, in documented' in after


TRACE = """\
import json, sys
seen = []


def trace(frame, event, argument):
    if "drift" in frame.f_code.co_filename or "_poet" in frame.f_code.co_filename:
        seen.append((event, frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name))
        return trace


if sys.argv[1] == "trace":
    import asyncio
    sys.path.insert(0, "src")
    import app.drift
    sys.settrace(trace)
    exec(compile(open("use.py").read(), "use.py", "exec"))
    sys.settrace(None)
    print(json.dumps(seen))
else:
    import cProfile, pstats, asyncio
    sys.path.insert(0, "src")
    import app.drift
    profile = cProfile.Profile()
    profile.runctx(compile(open("use.py").read(), "use.py", "exec"), {}, {})
    stats = pstats.Stats(profile).stats
    print(json.dumps(sorted([*key, value[0], value[1]] for key, value in stats.items() if "src" in key[0])))
"""


def own_lines() -> set[tuple[int, str]]:
    """(line, function) where perceive and enforce stand: from a `def` to its first statement, and ends of returns."""
    found = set()
    for node in ast.walk(ast.parse(DRIFT)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1 if ast.get_docstring(node) else 0]
            found |= {(line, node.name) for line in range(node.lineno, first.lineno)}
            found |= {(n.end_lineno or 0, node.name) for n in ast.walk(node) if isinstance(n, ast.Return)}
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_tracing_and_profiling_name_the_users_functions(version: str, trees: dict[str, Path]) -> None:
    """A tracer sees the same calls and, in each function, the same lines but for its header; a profiler the same."""
    for root in trees.values():
        (root / "trace.py").write_text(TRACE, "utf-8")
    before, after = (json.loads(text) for text in in_both(trees, version, "trace.py", "trace"))
    events = [[tuple(e) for e in seen if e[0] in ("call", "return")] for seen in (before, after)]
    assert [e for e in events[0] if e[0] == "call"] == [e for e in events[1] if e[0] == "call"]
    assert {e[1] for e in after} == {"ROOT/src/app/drift.py"}
    lines = [{(e[2], e[3]) for e in seen if e[0] == "line"} for seen in (before, after)]
    assert lines[0] <= lines[1]
    assert lines[1] - lines[0] <= own_lines()
    before, after = (json.loads(text) for text in in_both(trees, version, "trace.py", "profile"))
    assert after == before
    assert ["ROOT/src/app/drift.py", 7, "plain", 1, 1] in after


@pytest.mark.parametrize("version", VERSIONS)
def test_breakpoint_by_file_and_line(version: str, trees: dict[str, Path]) -> None:
    """pdb stops at a line of the user's file, shows it, and steps on to the next one."""
    number = DRIFT.split("\n").index("        x = x * 2") + 1
    script = [f"b ROOT/src/app/drift.py:{number}", "c", "p x * 1000", "w", "n", "n", "p x * 1000", "q"]
    commands = [part for line in script for part in ("-c", line)]
    before, after = in_both(trees, version, "-m", "pdb", *commands, "use.py")
    assert f"> ROOT/src/app/drift.py({number})documented()" in after
    assert "9000" in after and "18000" in after
    assert "_poet" not in after
    assert after == before


def test_breakpoint_by_function(trees: dict[str, Path]) -> None:
    """`break function` stops at the function's first line in the user's file."""
    root = trees["after"]
    (root / "known.py").write_text("import sys\nsys.path.insert(0, 'src')\nimport app.drift\n" + USE, "utf-8")
    script = ["n", "n", "n", "b app.drift.plain", "c", "p (x, y)", "w", "q"]
    commands = [part for line in script for part in ("-c", line)]
    shown = said(python("3.11", "-B", "-m", "pdb", *commands, "known.py", cwd=root, src=None))
    assert "(4, 2)" in shown
    assert f"> {root}/src/app/drift.py(8)plain()" in shown or f"> {root}/src/app/drift.py(9)plain()" in shown


@pytest.mark.parametrize("branch", [False, True])
def test_coverage_of_the_users_file_is_the_same(branch: bool, trees: dict[str, Path], tmp_path: Path) -> None:
    """Lines and branches, run, missing and excluded: coverage reports of the user's file what it reported before."""
    if importlib.util.find_spec("coverage") is None:
        pytest.skip("coverage is not installed: what it reports is NOT tested")
    reports = []
    for state, root in trees.items():
        data = tmp_path / f"{state}.data"
        common = [sys.executable, "-P", "-m", "coverage"]
        options = ["--branch"] if branch else []
        env = {"COVERAGE_FILE": str(data), "COVERAGE_CORE": "ctrace", "PYTHONPATH": str(ROOT)}
        said(
            run(
                [*common, "run", "--rcfile=/dev/null", *options, "--source=src/app", "use.py"],
                cwd=root,
                env=env,
                measured=False,
            )
        )
        said(
            run(
                [*common, "json", "--rcfile=/dev/null", "-o", str(tmp_path / f"{state}.json")],
                cwd=root,
                env=env,
                measured=False,
            )
        )
        reports.append(json.loads((tmp_path / f"{state}.json").read_text("utf-8"))["files"]["src/app/drift.py"])
    before, after = reports
    assert before["missing_lines"], "all lines run: the test tests little"
    assert not branch or before["missing_branches"]
    assert after == before


def test_generated_files_do_not_spoil_coverage(trees: dict[str, Path], tmp_path: Path) -> None:
    """A linked function isn't counted a second time in its linked copy."""
    env = {"COVERAGE_FILE": str(tmp_path / "data"), "PYTHONPATH": str(ROOT)}
    common = [sys.executable, "-P", "-m", "coverage"]
    root = trees["after"]
    said(run([*common, "run", "--rcfile=/dev/null", "--source=src/app", "use.py"], cwd=root, env=env, measured=False))
    said(
        run(
            [*common, "json", "--rcfile=/dev/null", "-o", str(tmp_path / "out.json")], cwd=root, env=env, measured=False
        )
    )
    files: dict[str, Any] = json.loads((tmp_path / "out.json").read_text("utf-8"))["files"]
    linked = files["src/app/_poet/drift.py"]["summary"]
    assert linked["num_statements"] > 8
    assert linked["missing_lines"] == 0


TESTS = """\
import functools
from unittest import mock

import pytest
from app import text
from poet_marker import poet


@pytest.fixture
@poet()
def limit() -> int:
    return 3


@pytest.fixture
@poet()
def opened(limit: int):
    yield limit + 1
    text.closed.append(limit)


@pytest.mark.parametrize("word, expected", [("abcdef", "abc"), ("ab", "ab")])
@poet()
def test_cut(word: str, expected: str, limit: int) -> None:
    assert text.cut(word, limit) == expected


@pytest.mark.parametrize("function", [text.cut, text.cut_guarded])
def test_functions_as_parameters(function, opened):
    assert function("abcdef", opened) == "abcd"


def test_monkeypatch(monkeypatch):
    monkeypatch.setattr(text, "MARK", "~")
    assert text.marked("a") == "a~"
    monkeypatch.setattr("app.text.shorter", lambda word, limit: "patched")
    assert text.cut("abc", 1) == text.cut_guarded("abc", 1) == "patched"


@mock.patch.object(text, "cut", autospec=True)
def test_autospec(cut):
    text.cut("a", 1)
    cut.assert_called_once_with("a", 1)
    with pytest.raises(TypeError):
        text.cut("a")


class TestMethods:
    @poet()
    def test_method(self, limit: int) -> None:
        assert text.cut("abcd", limit) == "abc"


def test_enhanced():
    assert text.cut("abcd", 3) == "abc"
    assert text.cut.__wrapped__
"""
TEXT = '''\
"""Text.

>>> MARK
'!'
"""
from poetc import poet

MARK = "!"
closed = []


def shorter(word, limit):
    return word[:limit]


@poet()
def cut(word: str, limit: int) -> str:
    """Cut a word.

    >>> cut("abc", 2)
    'ab'
    """
    return shorter(word, limit)


@poet(retries=1)
def cut_guarded(word: str, limit: int) -> str:
    """Cut a word.

    >>> cut_guarded("abc", 2)
    'ab'
    """
    return shorter(word, limit)


@poet()
def marked(word: str) -> str:
    """Mark a word.

    >>> marked("abc")
    'abc!'
    """
    return word + MARK


class Words:
    """Words.

    >>> Words().count("a b")
    2
    """

    @poet()
    def count(self, words: str) -> int:
        """Count.

        >>> Words().count("a b c")
        3
        """
        return len(words.split())
'''


@pytest.mark.parametrize("mode", ["prepend", "importlib"])
def test_pytest_runs_what_is_enhanced(mode: str, tmp_path: Path) -> None:
    """Fixtures, parameters, tests and doctests of enhanced functions are found and run, those of linked copies not."""
    files = {"app/__init__.py": "", "app/text.py": TEXT, "tests/test_text.py": TESTS.replace("poet_marker", "poetc")}
    root = write(tmp_path, {**files, "pyproject.toml": '[tool.poet]\nsrc = ["tests"]\n'})
    build(root)
    assert "_poet" in (root / "tests/test_text.py").read_text("utf-8")
    hidden = "import sys; sys.modules['poetc'] = None"
    (root / "conftest.py").write_text(hidden + "\n", "utf-8")
    path = {"PYTHONPATH": f"{root}:{root / 'tests'}"}
    options = ["-p", "no:cacheprovider", "-W", "error", "--doctest-modules", f"--import-mode={mode}", "-q"]
    done = run([sys.executable, "-m", "pytest", *options, "app", "tests"], cwd=root, env=path)
    assert "14 passed" in said(done), done.stdout


@pytest.mark.parametrize("version", VERSIONS)
def test_doctest_of_a_module(version: str, tmp_path: Path) -> None:
    """`python -m doctest`-like discovery finds each example once, at the line where it stands."""
    root = write(tmp_path, {"app/__init__.py": "", "app/text.py": TEXT})
    build(root)
    code = (
        "import doctest, app.text as t\n"
        "tests = [x for x in doctest.DocTestFinder().find(t) if x.examples]\n"
        "print(doctest.testmod(t), *sorted(x.name for x in tests))"
    )
    shown = said(python(version, "-W", "error", "-c", code, cwd=root, src=root))
    assert "failed=0, attempted=6" in shown
    names = "app.text app.text.Words app.text.Words.count app.text.cut app.text.cut_guarded app.text.marked"
    assert shown.strip().endswith(names)
