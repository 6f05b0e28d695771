"""A run → GitHub workflow commands, which GitHub shows at the lines of a pull request.

    ::error title=POET203,file=src/app/drift.py,line=12,col=7,endColumn=17::retries must be 0 or more%0Ahint: ...

The last line is the summary, as plain text for the log.
"""

from __future__ import annotations

from typing import TextIO

from poetc.ir import Diagnostic, Severity
from poetc.report.model import RunReport
from poetc.report.printable import printable, printable_lines
from poetc.report.summary import summary

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(report: RunReport, stream: TextIO) -> None:
    """Write one workflow command for each diagnostic, then the summary."""
    for finding in report.findings():
        stream.write(_command(finding, report.prefix, stream.encoding) + "\n")
    stream.write(printable(summary(report), stream.encoding) + "\n")


def _command(finding: Diagnostic, prefix: str, encoding: str | None) -> str:
    properties = {"title": finding.code}
    if finding.path:
        properties["file"] = printable(f"{prefix}/{finding.path}" if prefix else finding.path, encoding)
    for name, number in (("line", finding.line), ("col", finding.column), ("endColumn", finding.end_column)):
        if number and finding.path:
            properties[name] = str(number)
    listed = ",".join(f"{name}={_escape_property(value)}" for name, value in properties.items())
    message = _escape("\n".join(_text(finding, encoding)))
    return f"::{_COMMANDS[finding.severity]} {listed}::{message}"


def _text(finding: Diagnostic, encoding: str | None) -> list[str]:
    about = f"{finding.unit}: " if finding.unit and finding.unit not in finding.message else ""
    lines = printable_lines(about + finding.message, encoding)
    if finding.hint:
        lines += printable_lines(f"hint: {finding.hint}", encoding)
    return lines


def _escape(text: str) -> str:
    """The message of a command: what would end it, or start another, as GitHub's percent escapes."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    """A property's value, in which ":" and "," end it as well."""
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
