"""What `poet doctor` found out → one line for each check, with a hint under each that failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from poetc.report.human import Line, write_lines
from poetc.report.printable import printable, printable_lines
from poetc.report.summary import counted


def render_doctor(checks: Sequence[Mapping[str, Any]], stream: TextIO) -> None:
    """Write the checks (`name`, `ok`, `detail`, `hint`) and how many of them failed."""
    lines = [line for check in checks for line in _check_lines(check, stream.encoding)]
    failed = sum(not check.get("ok") for check in checks)
    verdict = f"{counted(failed, 'problem')} found" if failed else f"all {counted(len(checks), 'check')} passed"
    write_lines([*lines, [("bold" if failed else "", verdict)]], stream)


def _check_lines(check: Mapping[str, Any], encoding: str | None) -> list[Line]:
    mark, colour = ("ok  ", "green") if check.get("ok") else ("FAIL", "bold red")
    detail = f": {check['detail']}" if check.get("detail") else ""
    lines: list[Line] = [[(colour, mark), ("", printable(f" {check.get('name')}{detail}", encoding))]]
    if check.get("hint") and not check.get("ok"):
        lines += [[("", f"     hint: {line}")] for line in printable_lines(str(check["hint"]), encoding)]
    return lines
