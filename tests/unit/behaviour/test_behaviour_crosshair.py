"""The second pass of `poet verify`, where CrossHair is installed: what it finds, and what it is not asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from behaviour_projects import QUICK, built, compared, tamper

from poetc.ir.comparison import Verdict

pytest.importorskip("crosshair")

EFFORT = replace(QUICK, crosshair=True, second_pass=4.0)
SECRET = "x * x == 15241578750190521"


def source(decorator: str, body: str, annotation: str = "int") -> str:
    return f"from poetc import poet\n\n\n@poet({decorator})\ndef f(x: {annotation}) -> {annotation}:\n    {body}\n"


@pytest.mark.parametrize("decorator", ["", "retries=2", "timeout=5", "retries=1, timeout=5"])
def test_every_form_is_looked_into(decorator: str, tmp_path: Path) -> None:
    """A difference behind a condition that chance doesn't meet is found through whatever stands around the function."""
    project = built(tmp_path, {"app.py": source(decorator, f"return -1 if {SECRET} else x")})
    tamper(tmp_path, "f", "-1 if", "-2 if")
    found = compared(project, limits=EFFORT)["f"]
    assert (found.verdict, found.second_pass) == (Verdict.DIFFERENT, "found the difference")


@pytest.mark.parametrize("decorator", ["", "retries=2", "timeout=5"])
def test_built_functions_are_the_same(decorator: str, tmp_path: Path) -> None:
    """What the build made of a function is no difference."""
    project = built(tmp_path, {"app.py": source(decorator, f"return -1 if {SECRET} else x")})
    found = compared(project, limits=EFFORT)["f"]
    assert found.verdict is Verdict.SAME
    assert found.second_pass is not None
    assert found.second_pass.startswith("found no difference")


def test_errors_are_results(tmp_path: Path) -> None:
    """An exception of another class behind such a condition is a difference."""
    body = f"if {SECRET}:\n        raise ValueError('one')\n    return x"
    project = built(tmp_path, {"app.py": source("", body)})
    tamper(tmp_path, "f", "ValueError", "LookupError")
    assert compared(project, limits=EFFORT)["f"].verdict is Verdict.DIFFERENT


def test_what_it_takes_no_part_in_is_said(tmp_path: Path) -> None:
    """Methods, coroutines and generators are left to the first pass, and the report says so."""
    text = "from poetc import poet\n\n\n@poet()\nasync def co(x: int) -> int:\n    return x\n\n\n"
    text += "@poet()\ndef gen(x: int):\n    yield x\n"
    text += "\n\nclass C:\n    @poet()\n    def method(self, x: int) -> int:\n        return x\n"
    found = compared(built(tmp_path, {"app.py": text}), limits=EFFORT)
    assert {c.second_pass for c in found.values()} == {"not asked: it takes plain functions only"}
    assert {c.verdict for c in found.values()} == {Verdict.SAME}


def test_values_it_cannot_make(tmp_path: Path) -> None:
    """Annotations that CrossHair has no values for end its pass, not the verdict of the first."""
    text = "import collections.abc\n" + source("", "return x", "collections.abc.Callable[[int], int]")
    found = compared(built(tmp_path, {"app.py": text}), limits=EFFORT)["f"]
    assert found.verdict in (Verdict.SAME, Verdict.NOT_COMPARABLE)
    assert found.second_pass
