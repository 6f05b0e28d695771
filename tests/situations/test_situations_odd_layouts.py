"""Layouts that no formatter leaves, and Python accepts: each is built, or wrapped, and does what it did."""

from __future__ import annotations

from pathlib import Path

import pytest

from poetc.ir import Ending
from tests.built_projects import VERSIONS, build, python, said, write

MARKERS = ["@poet()", "@poet(retries=1)", '@poet(timeout=9, enforce="strict")']
LAYOUTS = {
    "form feed before the body": "{marker}\ndef f(x: int) -> int:\n\f    return x\n",
    "form feed before a later line": "{marker}\ndef f(x: int) -> int:\n    y = x\n\f    return y\n",
    "form feed before the decorator": "\f{marker}\ndef f(x: int) -> int:\n    return x\n",
    "form feed in a blank line": "{marker}\ndef f(x: int) -> int:\n    y = x\n\f\n    return y\n",
    "walrus in a local annotation": "{marker}\ndef f(x: int) -> int:\n    y: (w := 5) = x\n    return y\n",
    "continuation at the end": "{marker}\ndef f(x: int) -> int:\n    return x\\\n    ",
    "continuation before a newline": "{marker}\ndef f(x: int) -> int:\n    return x\\\n\n\nz = 1\n",
    "body on the header's line": "{marker}\ndef f(x: int) -> int: return x\n",
    "statements on one line": "{marker}\ndef f(x: int) -> int:\n    y = x; return y ;\n",
    "header over lines": "{marker}\ndef f(\n    x: int\n    = 3,\n) -> (\n    int\n):\n  return x\n",
    "comment at the end": "{marker}\ndef f(x: int) -> int:\n    return x  # done\n    # more\n",
    "comment before the body": "{marker}\ndef f(x: int) -> int:\n# here\n    # and here\n    return x\n",
    "tabs": "{marker}\ndef f(x: int) -> int:\n\tif x:\n\t\treturn x\n\treturn x\n",
    "no newline at the end": "{marker}\ndef f(x: int) -> int:\n    return x",
    "decorator with a blank": "@ {marker_text}\n\n# between\n\ndef f(x: int) -> int:\n    return x\n",
    "in a branch": "if True:\n  {marker}\n  def f(x: int) -> int:\n      return x\n",
    "in a branch, one line": "if True:\n {marker}\n def f(x: int) -> int: return x\n",
    "one column": "{marker}\ndef f(x: int) -> int:\n return x\n",
    "unicode names": "{marker}\ndef f(x: int, ñ: int = 0) -> int:\n    ﬁ = x + ñ\n    return fi\n",
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_odd_layout_is_built(layout: str, tmp_path: Path) -> None:
    """In each form of generated code, and it gives what it gave."""
    files = {"src/app/__init__.py": ""}
    for number, marker in enumerate(MARKERS):
        text = LAYOUTS[layout].format(marker=marker, marker_text=marker[1:])
        files[f"src/app/m{number}.py"] = "from poetc import poet\n\n" + text
    root = write(tmp_path, files)
    outcomes = build(root)
    assert [outcome.ending for outcome in outcomes.values()] == [Ending.BUILT] * len(MARKERS)
    program = "from app import m0, m1, m2\nfor m in m0, m1, m2: print(m.f(3), m.f.__wrapped__(3))"
    for version in VERSIONS:
        lines = said(python(version, "-W", "error", "-c", program, cwd=root)).splitlines()
        assert lines == ["3 3"] * len(MARKERS)
