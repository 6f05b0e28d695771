"""`poet` on a real terminal (a pseudo-terminal): the progress bar, colours and widths."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from pathlib import Path

import pytest
from conftest import RUN, environment

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def on_terminal(
    folder: Path, *arguments: str, columns: int = 80, stdout: int | None = None, **extra: str
) -> tuple[int, str]:
    """Exit code and everything that a terminal got; `stdout` may go elsewhere."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [*RUN, *arguments],
        cwd=folder,
        env=environment(**{"TERM": "xterm-256color"} | extra),
        stdin=slave,
        stdout=slave if stdout is None else stdout,
        stderr=slave,
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # the terminal's other end is closed
            break
        if not part:
            break
        shown += part
    os.close(master)
    return process.wait(timeout=30), shown.decode("utf-8", "replace")


def test_a_long_build_shows_a_bar_and_clears_it(tmp_path: Path) -> None:
    """The bar counts functions; after the run it's gone and the report stands alone."""
    code, shown = on_terminal(tmp_path, "build", SCENARIO="slow")
    assert code == 0
    assert re.search(r"[12]/3", shown)
    assert "\x1b[2K" in shown
    assert ESCAPES.sub("", shown).rstrip().split("\r\n")[-1].startswith("3 built in ")


def test_a_short_build_shows_no_bar(tmp_path: Path) -> None:
    """A run that's over before anybody could read a bar draws none, and its one line carries no escape sequence."""
    code, shown = on_terminal(tmp_path, "build", SCENARIO="fresh")
    assert code == 0
    assert re.fullmatch(r"85 functions fresh in \d+ ms\r\n", ESCAPES.sub("", shown))
    assert "/85" not in shown


@pytest.mark.parametrize("arguments", [["--format", "json"], ["-q"]])
def test_no_bar_in_machine_forms_or_quiet(tmp_path: Path, arguments: list[str]) -> None:
    """What is read by a program, or is to be quiet, is never mixed with a bar, though standard error is a terminal."""
    with Path(os.devnull).open("w") as away:
        code, shown = on_terminal(tmp_path, "build", *arguments, SCENARIO="slow", stdout=away.fileno())
    assert code == 0
    assert shown == "undone\r\n"


def test_the_bar_stays_on_the_terminal_when_output_is_redirected(tmp_path: Path) -> None:
    """`poet build > report.txt` shows the bar and keeps it out of the file."""
    report = tmp_path / "report.txt"
    with report.open("w") as file:
        _, shown = on_terminal(tmp_path, "build", SCENARIO="slow", stdout=file.fileno())
    assert re.search(r"[12]/3", shown)
    assert "\x1b" not in report.read_text()


def test_a_terminal_without_utf_8_gets_an_ascii_bar(tmp_path: Path) -> None:
    """PYTHONIOENCODING=ascii draws the bar with characters that such a terminal has."""
    code, shown = on_terminal(tmp_path, "build", SCENARIO="slow", PYTHONIOENCODING="ascii")
    assert code == 0
    assert re.search(r"[12]/3", shown)
    assert shown.isascii()
    assert "Error" not in shown


def test_a_dumb_terminal_gets_neither_bar_nor_colour(tmp_path: Path) -> None:
    """TERM=dumb can't move its cursor."""
    for scenario in ("slow", "findings"):
        _, shown = on_terminal(tmp_path, "build", SCENARIO=scenario, TERM="dumb")
        assert "\x1b" not in shown
        assert "/3" not in shown


def test_colours_on_a_terminal(tmp_path: Path) -> None:
    """Errors are red on a terminal, plain under NO_COLOR."""
    assert "\x1b[1;31merror\x1b[0m" in on_terminal(tmp_path, "build", SCENARIO="findings")[1]
    assert "\x1b" not in on_terminal(tmp_path, "build", SCENARIO="findings", NO_COLOR="1")[1]


def test_excerpts_fit_the_terminal(tmp_path: Path) -> None:
    """On a narrow terminal a source line is clipped to its width instead of being wrapped under its carets."""
    _, shown = on_terminal(tmp_path, "build", columns=30, SCENARIO="long")
    excerpt = next(line for line in ESCAPES.sub("", shown).split("\r\n") if "HERE" in line)
    assert len(excerpt) <= 30
