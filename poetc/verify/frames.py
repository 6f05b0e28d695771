"""Whether a body has to stand alone: it looks at frames above its own, and no number is corrected for others."""

from __future__ import annotations

from poetc.effects import frame_uses
from poetc.ir import Kind
from poetc.verify.answer import Answer, Form
from poetc.verify.repeats import Repeats


def stands_alone(answer: Answer, form: Form) -> bool:
    """Whether nothing may stand around the body, whatever was asked for; found out by the client itself."""
    if form.is_supplied:
        return False
    uses = frame_uses(answer.function, Repeats(answer).calls.values())
    if not uses.are_there:
        return False
    return uses.other is not None or form.is_wrapped or answer.unit.site.kind is not Kind.SYNC


def counts_frames(answer: Answer, form: Form) -> bool:
    """Whether numbers in the body are corrected for what is around it: that has to be the same for every attempt."""
    if form.is_supplied:
        return False
    return bool(frame_uses(answer.function, Repeats(answer).calls.values()).numbers)
