"""A function that a build left as it is, for a reason of its own, isn't stale: its import says nothing of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from built_projects import PYPROJECT, VERSIONS, build, poet, python, write

from poetc.errors import VerifyError
from poetc.ir import Diagnostic, Ending
from poetc.pipeline import answers

SOURCE = """\
import httpx
from poetc import poet


@poet()
def good(url: str) -> str:
    return httpx.get(url).text


@poet()
def refused(url: str) -> str:
    return httpx.get(url).text.upper()


@poet(retries="three")
def odd(url: str) -> str:
    return url


@poet()
@poet()
def twice(url: str) -> str:
    return url
"""
STAND_IN = "def get(url): ...\n"
IMPORT = "import warnings; warnings.simplefilter('error'); import app; print(hasattr(app.{0}, '__wrapped__'))"


def rejecting(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Verification rejects the answers for these functions."""
    verify = answers.verified

    def picky(draft: answers.Any) -> object:
        if draft.unit.name in names:
            raise VerifyError(Diagnostic("POET405", "rejected by this test"))
        return verify(draft)

    monkeypatch.setattr(answers, "verified", picky)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Built with `stale = "error"`: one function built, one rejected, two that can't be asked for so."""
    rejecting(monkeypatch, "app.refused")
    write(tmp_path, {"app.py": SOURCE, "httpx.py": STAND_IN, "pyproject.toml": PYPROJECT + 'stale = "error"\n'})
    outcomes = build(tmp_path, sound=False)
    assert outcomes["app.refused"].ending is Ending.REJECTED
    assert outcomes["app.odd"].ending is Ending.FAILED
    return tmp_path


@pytest.mark.parametrize("version", VERSIONS)
def test_a_module_with_what_was_left_imports_without_a_word(version: str, project: Path) -> None:
    """Neither PoetStaleWarning nor, with `stale = "error"`, PoetStaleError; what was built is in use."""
    for name, linked in (("good", True), ("refused", False), ("odd", False), ("twice", False)):
        done = python(version, "-c", IMPORT.format(name), cwd=project, src=".")
        assert (done.returncode, done.stdout) == (0, f"{linked}\n"), done.stderr


@pytest.mark.parametrize("version", VERSIONS)
def test_what_was_left_is_stale_once_its_source_changes(version: str, project: Path) -> None:
    """Editing it after the build raises, as for any other function; editing another one says nothing of it."""
    source = (project / "app.py").read_text()
    (project / "app.py").write_text(source.replace(".upper()", ".lower()"))
    done = python(version, "-c", "import app", cwd=project, src=".")
    assert "PoetStaleError: app.refused changed since the last `poet build`" in done.stderr


LEFT = """\
import functools
import tenacity
from poetc import poet
from .library import bare


def own(function):
    def inner(*given):
        return function(*given)
    return inner


def wrapping(function):
    @functools.wraps(function)
    def inner(*given):
        return function(*given)
    return inner


@poet()
def good(x: int) -> int:
    return x
{marked}
class Box:
    @poet()
    @own
    def method(self, x): return x

    @poet()
    @wrapping
    def other(self, x): return x


def around():
    @poet()
    @bare
    def inside(x): return x
    return inside
"""
BETWEEN = ("own", "wrapping", "bare", "tenacity.retry", "tenacity.retry(stop=tenacity.stop_after_attempt(2))")
LIBRARY = "def bare(function):\n    def inner(*given):\n        return function(*given)\n    return inner\n"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("stale", ["original", "error"])
def test_a_decorator_between_is_no_staleness(stale: str, version: str, tmp_path: Path) -> None:
    """What another decorator made of a function, whatever name it gives it, is left alone: building again is no help.

    A function that stands below its mark and came after the build is still said.
    """
    marked = "".join(f"\n@poet()\n@{each}\ndef f{n}(x): return x\n" for n, each in enumerate(BETWEEN))
    attempts = "retry = stop_after_attempt = lambda *given, **named: lambda *x: (lambda *y: x)\n"
    files = {"app/__init__.py": "", "app/library.py": LIBRARY, "app/m.py": LEFT.format(marked=marked)}
    write(tmp_path, {**files, "tenacity.py": attempts, "pyproject.toml": f'{PYPROJECT}stale = "{stale}"\n'})
    build(tmp_path)
    ask = "from app import m; print(hasattr(m.good, '__wrapped__'), m.Box().method(1), m.around()(2), m.f2(3))"
    done = python(version, "-W", "error", "-c", ask, cwd=tmp_path, src=".")
    assert (done.returncode, done.stdout) == (0, "True 1 2 3\n"), done.stderr
    late = "\n\n@poet()\ndef late(x): return x\n"
    (tmp_path / "app/m.py").write_text((tmp_path / "app/m.py").read_text() + late)
    done = python(version, "-W", "error", "-c", ask, cwd=tmp_path, src=".")
    assert "app.m.late is not in the last `poet build`" in done.stderr


@pytest.mark.parametrize("head", ["def late[T](x: T) -> T", "async def late[T](x: T) -> T"])
def test_a_late_function_with_type_parameters_is_said(head: str, tmp_path: Path) -> None:
    """Its code stands inside that of its parameters."""
    write(tmp_path, {"app.py": SOURCE.partition("@poet(retries")[0], "httpx.py": STAND_IN})
    build(tmp_path)
    (tmp_path / "app.py").write_text((tmp_path / "app.py").read_text() + f"\n\n@poet()\n{head}:\n    return x\n")
    done = python("3.12", "-W", "error", "-c", "import app", cwd=tmp_path, src=".")
    assert "app.late is not in the last `poet build`" in done.stderr


def test_a_service_that_was_down_leaves_the_function_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer isn't a rejection: what was never built goes on saying so."""
    write(tmp_path, {"app.py": SOURCE.partition("@poet(retries")[0], "httpx.py": STAND_IN})
    rejecting(monkeypatch, "app.refused")
    build(tmp_path, sound=False)
    grown = (tmp_path / "app.py").read_text() + "\n\n@poet()\ndef late(url: str) -> str:\n    return url\n"
    (tmp_path / "app.py").write_text(grown)
    monkeypatch.setenv("AITOMATIC_API_URL", "http://127.0.0.1:9")
    assert build(tmp_path, sound=False)["app.late"].ending is Ending.FAILED
    done = python("3.11", "-W", "error", "-c", "import app", cwd=tmp_path, src=".")
    assert "app.late is not in the last `poet build`" in done.stderr


def test_check_finds_the_table_of_a_rejection_as_it_should_be(project: Path) -> None:
    """`--check` says what was rejected, and nothing against the functions beside it."""
    done = poet(project, "build", "--check")
    assert done.returncode == 1
    assert "app.good" not in done.stdout


def test_a_rejected_edit_takes_the_old_version_out_of_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old version is of other lines: its function isn't said to be stale, and no longer imported."""
    write(tmp_path, {"app.py": SOURCE.partition("@poet(retries")[0], "httpx.py": STAND_IN})
    build(tmp_path)
    source = (tmp_path / "app.py").read_text()
    (tmp_path / "app.py").write_text(source.replace(".upper()", ".lower()"))
    rejecting(monkeypatch, "app.refused")
    build(tmp_path, sound=False)
    done = python("3.11", "-W", "error", "-c", IMPORT.format("refused"), cwd=tmp_path, src=".")
    assert (done.returncode, done.stdout) == (0, "False\n"), done.stderr
    monkeypatch.undo()
    assert build(tmp_path)["app.refused"].ending is Ending.BUILT
