"""The source line and its carets: under the right characters, however the line looks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from poetc.ir import Diagnostic
from poetc.report.excerpt import CUT, excerpt


def shown(source: str, column: int, end: int = 0, room: int = 60, encoding: str = "utf-8") -> tuple[str, str]:
    return excerpt(Diagnostic("POET101", "m", line=1, column=column, end_column=end, excerpt=source), room, encoding)


@pytest.mark.parametrize(
    ("source", "column", "end", "line", "carets"),
    [
        ("def f(x):", 5, 6, "def f(x):", "    ^"),
        ("def f(x):", 5, 0, "def f(x):", "    ^"),
        ("def f(x):", 5, 9, "def f(x):", "    ^^^^"),
        ("\tif x:", 5, 6, "    if x:", "       ^"),
        ("\tx = 1", 1, 3, "    x = 1", "^^^^^"),
        ("a = '日本' + b", 12, 13, "a = '日本' + b", "             ^"),
        ("a = '日本'", 6, 8, "a = '日本'", "     ^^^^"),
        ("e\u0301 = 1", 4, 5, "e\u0301 = 1", "  ^"),
        ("x = '\x1b[31m'", 12, 13, "x = '\\x1b[31m'", "              ^"),
        ("x = (", 6, 0, "x = (", "     ^"),
        ("x = 1\r\n", 1, 2, "x = 1", "^"),
        ("x = 1", 0, 0, "x = 1", ""),
    ],
)
def test_carets_stand_under_the_characters(source: str, column: int, end: int, line: str, carets: str) -> None:
    """Tabs, wide, combining and unprintable characters, the end of the line, and no column at all."""
    assert shown(source, column, end) == (line, carets)


def test_what_the_encoding_lacks_is_escaped_and_the_caret_moves_along() -> None:
    """On an ASCII terminal the caret still stands under what it is about."""
    assert shown("é = b", 5, 6, encoding="ascii") == ("\\xe9 = b", "       ^")


def test_a_long_line_is_clipped_around_the_caret() -> None:
    """Both ends of a long line are cut, marked, and the caret stays in sight."""
    source = "a" * 500 + "HERE" + "b" * 500
    line, carets = shown(source, 501, 505)
    assert line.startswith(CUT)
    assert line.endswith(CUT)
    assert len(line) <= 60
    assert line[carets.index("^") :].startswith("HERE")
    assert carets.count("^") == 4


def test_a_line_that_fits_is_not_clipped() -> None:
    """Exactly as much as there is room for is shown whole."""
    assert shown("x" * 60, 60) == ("x" * 60, " " * 59 + "^")


def test_a_line_of_many_megabytes_is_not_walked() -> None:
    """A generated line of 20 MB is shown as quickly as any other: only a window of it is looked at."""

    class Counted(str):
        """A string that knows how much of it was taken."""

        taken = 0

        def __getitem__(self, key: slice) -> str:
            part = super().__getitem__(key)
            Counted.taken += len(part)
            return part

        def rstrip(self, chars: str | None = None) -> Counted:
            return self

    line, carets = shown(Counted("x" * 20_000_000), 10_000_000)
    assert Counted.taken < 1000
    assert line[carets.index("^")] == "x"


@given(st.text(max_size=300), st.integers(1, 320), st.integers(0, 330), st.integers(12, 100))
def test_nothing_is_wider_than_the_room(source: str, column: int, end: int, room: int) -> None:
    """Neither the line nor its carets run over, and there always is a caret under a column."""
    line, carets = shown(source.replace("\n", " "), column, end, room)
    assert cell_len(line) <= room
    assert len(carets) <= room + 1
    assert carets.strip()
    assert line.isprintable()
