"""PEER_TRAPS.md is true: each trap names a test that is there, and what these tests are about is really built."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from built_projects import ROOT
from peer_shop import the_shop

TABLE = Path(__file__).with_name("PEER_TRAPS.md").read_text("utf-8")
ROWS = [line.strip("| ").split(" | ") for line in TABLE.splitlines() if line.startswith("| ") and "`" in line]
FILES = {path.stem: path for path in [*Path(__file__).parent.rglob("test_*.py")]}
CHECKS = ROOT / "tests" / "projects" / "traps" / "checks"


def names_in(path: Path) -> set[str]:
    """The functions of a file, and the keys of its tables of scripts."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Dict):
            found.update(f"[{key.value}]" for key in node.keys if isinstance(key, ast.Constant))
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:50])
def test_each_trap_has_its_test(row: list[str]) -> None:
    """A trap, who reported it, and a test by file and name: of a file's table, or a check of the project of traps."""
    trap, source, written = row
    assert trap
    assert source
    test = written.strip("`")
    file, name = re.split(r"\.|(?=\[)", test, maxsplit=1)
    if file == "test_link_traps":
        file, name = name.split(".")
        assert name in names_in(CHECKS / f"{file}.py")
    else:
        assert name in names_in(FILES[file])


def test_the_table_is_whole() -> None:
    """Every line of it is a row or a heading, and no trap stands there twice."""
    lines = [line for line in TABLE.splitlines() if line.startswith("|")]
    headings = TABLE.count("| trap | reported for | test |")
    assert len(lines) == len(ROWS) + 2 * headings
    assert all(len(row) == 3 for row in ROWS)
    assert len({row[0] for row in ROWS}) == len(ROWS) >= 40


def test_every_test_of_traps_is_in_the_table() -> None:
    """Nothing is tried as a peer's trap without saying whose it is, but for these files' own bookkeeping."""
    named = {row[2].strip("`") for row in ROWS}
    for stem in ("attempts", "breakers", "types"):
        tests = {name for name in names_in(FILES[f"test_peer_traps_{stem}"]) if name.startswith("test_")}
        assert len({name for name in tests if f"test_peer_traps_{stem}.{name}" in named}) >= len(tests) - 5


def test_what_is_tried_is_built(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every decorated function of the shop is enhanced, none left as it was."""
    shop = the_shop(tmp_path_factory)
    assert {outcome.ending.value for outcome in shop.outcomes.values()} == {"built"}
    assert len(shop.outcomes) > 80
