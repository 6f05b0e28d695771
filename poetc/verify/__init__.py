"""`Draft -> Verified`: an answer of the service is held against the user's own source, and believed in nothing.

An answer that passes is imported into the user's process. Every check works on what the client itself parsed; none
asks how the answer was made. Checks, in order: parses (POET401), shape (POET406), signature (POET402), body (POET403,
by undoing the listed rewrites), imports (POET404), safety (POET405), claims (POET407).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from poetc.errors import VerifyError
from poetc.ir import Diagnostic, Draft, Verified
from poetc.verify import body, claims, imports, safety, shape, signature
from poetc.verify.answer import Answer, diagnostic_of
from poetc.verify.parses import parsed

__all__ = ["CHECKS", "verify"]

CHECKS = ("parses", "shape", "signature", "body", "imports", "safety", "claims")
"""names of the checks, as they run"""


def verify(draft: Draft) -> Verified:
    """The draft as a verified one.

    Raises VerifyError with the first finding; `error.diagnostics` has all of them, one for each check that failed.
    """
    answer = Answer(draft, parsed(draft))
    try:
        found = list(findings(answer))
    except RecursionError:
        raise VerifyError(diagnostic_of(draft, "POET401", "it is nested too deeply")) from None
    if found:
        raise VerifyError(found[0], found)
    return Verified(draft, CHECKS)


def findings(answer: Answer) -> Iterator[Diagnostic]:
    """What the checks after the first find; those that need the form run only if there is one."""
    try:
        form = shape.read(answer)
    except VerifyError as error:
        yield error.diagnostic
        yield from failures(lambda: imports.check(answer), lambda: safety.check(answer))
        return
    undone: list[Counter[str]] = []
    yield from failures(
        lambda: signature.check(answer, form),
        lambda: undone.append(body.check(answer, form)),
        lambda: imports.check(answer),
        lambda: safety.check(answer),
    )
    yield from failures(*(lambda found=found: claims.check(answer, form, found) for found in undone))


def failures(*checks: Callable[[], None]) -> Iterator[Diagnostic]:
    """The diagnostics of the checks that fail."""
    for check in checks:
        try:
            check()
        except VerifyError as error:
            yield error.diagnostic
