"""What is said to people about a place in their code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing to say: what, where, why, and what to do."""

    code: str
    """stable, from `CODES`"""
    message: str
    severity: Severity = Severity.ERROR
    path: str = ""
    """posix, from the project's root; "" where no file is meant"""
    line: int = 0
    """from 1; 0 where no line is meant"""
    column: int = 0
    """from 1, in characters; 0 where no column is meant"""
    end_column: int = 0
    excerpt: str = ""
    """the source line, for the caret"""
    hint: str = ""
    unit: str = ""
    """qualified name of the function it is about"""


CODES: dict[str, str] = {
    # 1xx: reading and scanning
    "POET101": "syntax error",
    "POET102": "file cannot be read",
    "POET103": "file cannot be decoded",
    "POET104": "null byte in source",
    "POET105": "source nested too deeply",
    "POET106": "file too large",
    "POET107": "link loop",
    "POET108": "no such path",
    # 2xx: what was asked for
    "POET201": "unknown decorator argument",
    "POET202": "decorator argument is not a literal",
    "POET203": "decorator argument has a wrong value",
    "POET204": "unknown domain",
    "POET205": "unknown objective",
    "POET206": "function defined more than once",
    "POET207": "`poet` is imported inside of a function",
    "POET208": "decorated lambda or assignment",
    "POET209": "a decorator stands between @poet and the function",
    "POET210": "unsupported import spelling",
    "POET211": "deprecated argument",
    "POET212": "positional argument",
    "POET213": "name cannot be stored",
    "POET214": "call that isn't idempotent would be repeated",
    "POET215": "Train isn't generated",
    "POET216": "asked for without effect",
    "POET217": "entry of the configuration matches nothing",
    "POET218": "decorator works on the function's own code",
    "POET219": "project inside a project",
    "POET220": "invalid configuration",
    "POET221": "configuration of another user",
    "POET222": "address and key of two sources",
    "POET230": "call that nothing interrupts off the main thread",
    "POET231": "the marker achieves nothing",
    "POET240": "how a module is imported can't be told",
    "POET241": "the wheel would lack what a module is linked to",
    # 3xx: the service
    "POET301": "service not reachable",
    "POET302": "service too slow",
    "POET303": "service failed",
    "POET304": "service refused the key",
    "POET305": "answer not understood",
    "POET306": "service cannot be started",
    "POET307": "request refused",
    # 4xx: verification
    "POET401": "generated code does not parse",
    "POET402": "signature changed",
    "POET403": "body changed beyond the listed rewrites",
    "POET404": "import not allowed",
    "POET405": "dangerous operation",
    "POET406": "generated module has a foreign shape",
    "POET407": "metadata disagrees with the code",
    "POET408": "not what the own engine answers",
    "POET409": "service of another version",
    # 5xx: store and link
    "POET501": "cannot write",
    "POET502": "disk full",
    "POET503": "`_poet` belongs to something else",
    "POET504": "stored version damaged",
    "POET505": "interrupted build found",
    "POET506": "another build is running",
    "POET507": "source file cannot be linked",
    "POET508": "journal not believed",
    # 6xx: --check
    "POET601": "stale: source changed since the build",
    "POET602": "stale: configuration or generator changed since the build",
    "POET603": "build output edited or missing",
    "POET604": "build output without a source",
    "POET605": "not linked",
    "POET606": "never built",
    # 7xx: comparing behaviour
    "POET701": "library for verifying behaviour not installed",
    "POET702": "sandbox cannot be started",
    # 9xx
    "POET900": "internal error",
    "POET901": "internal error at one function or file",
}
"""Every code that can be printed, with its summary."""
