"""What a run has to say, in the form that was asked for: pure renderers from `ir` values to text.

One interface, `render(report, stream)`, one file for each form; a form's imports are paid only by who asks for it.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TextIO

from poetc.report.model import RunReport, exit_code

__all__ = ["Format", "Render", "RunReport", "exit_code", "renderer"]

Render = Callable[[RunReport, TextIO], None]


class Format(StrEnum):
    """The forms a report can take."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


def renderer(form: Format) -> Render:
    """The `render` function of a form."""
    if form is Format.JSON:
        from poetc.report.json import render
    elif form is Format.GITHUB:
        from poetc.report.github import render
    elif form is Format.SARIF:
        from poetc.report.sarif import render
    else:
        from poetc.report.human import render
    return render
