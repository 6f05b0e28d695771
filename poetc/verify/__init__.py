"""Whether a plan may be built, and whether what was written of it is the user's own function and nothing else.

An answer of the service is believed in nothing. `admit` holds its plan against the plan that the client's own rules
make: what rules decide has to be the same, and what an engine brings beside has to be in the grammar of pure
expressions and functions. The client then writes the plan out by itself; `check_files` compares the bytes. `check_text`
looks at the text without asking how it was made: it compiles (POET401), is called as the original (POET402), is the
user's body once the plan's rewrites are undone (POET403), imports nothing (POET404), and names nothing that reaches
outside (POET405).
"""

from __future__ import annotations

from poetc.verify.body import check_body
from poetc.verify.findings import rejection
from poetc.verify.place import check_variables
from poetc.verify.plan import admit, check_files, check_metadata
from poetc.verify.safety import check_safety
from poetc.verify.signature import check_signature
from poetc.verify.written import Written, read_module

__all__ = ["CHECKS", "admit", "check_files", "check_metadata", "check_text", "read_module"]

CHECKS = ("plan", "parses", "signature", "body", "variables", "safety", "bytes")
"""names of the checks, as they run"""


def check_text(written: Written) -> None:
    """Raise VerifyError for a text that isn't the user's function; `read_module` makes what is checked."""
    try:
        for check in (check_signature, check_body, check_variables, check_safety):
            check(written)
    except RecursionError:
        raise rejection(written.unit, "POET401", "it is nested too deeply") from None
