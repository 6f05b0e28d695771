"""libcst, a parser that shares nothing with ours, on what linking changed."""

from __future__ import annotations

from pathlib import Path

import libcst as cst
import pytest

from poetc.link.imports import relink

FUTURE = "from __future__ import annotations\n"


def fit(text: str) -> bool:
    """Whether a file can be given an import of its own."""
    return FUTURE in text and "import poetc\n" not in text


SOURCES = [p for p in sorted(Path(__file__).parents[3].glob("poetc/**/*.py")) if fit(p.read_text("utf-8"))][::12]
USES = {
    "from poetc import poet\n": "poet",
    "import poetc\n": "poetc.poet",
    "from poetc import (\n    poet as p,  # marks\n)\n": "p",
}


class Imports(cst.CSTVisitor):
    """Collects import statements and forgets where they stood."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def visit_SimpleStatementLine(self, node: cst.SimpleStatementLine) -> None:
        if any(isinstance(part, cst.Import | cst.ImportFrom) for part in node.body):
            self.found.append(cst.Module([node]).code.strip())


def imports_of(module: cst.Module) -> list[str]:
    """The import statements of a file, in order."""
    visitor = Imports()
    module.visit(visitor)
    return visitor.found


@pytest.mark.parametrize("spelling", USES)
@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.stem)
def test_only_the_import_differs(path: Path, spelling: str) -> None:
    """libcst reads the linked file back byte for byte, and finds one import changed and nothing else."""
    text = path.read_text("utf-8")
    head, future, rest = text.partition(FUTURE)
    assert future
    use = f"\n\n@{USES[spelling]}()\ndef marked():\n    return 1\n"
    data = (head + future + spelling + rest + use).encode()
    linked = relink(data, "app._poet.mod", ["poetc.poet"]).data
    before, after = cst.parse_module(data), cst.parse_module(linked)
    assert after.bytes == linked
    old, new = imports_of(before), imports_of(after)
    changed = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
    assert len(changed) == 1 and "app._poet.mod" in changed[0][1]
    lines = [(a, b) for a, b in zip(before.body, after.body, strict=True) if not a.deep_equals(b)]
    assert len(lines) == 1
