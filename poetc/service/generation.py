"""What a worker runs: `TranspileRequest -> TranspileResponse`, a plan by an engine and its text by the emitter."""

from __future__ import annotations

from poetc.emit import answer
from poetc.generate import engines, plan, template_identities
from poetc.refusal import GenerateError
from poetc.wire import TranspileRequest, TranspileResponse

__all__ = ["GenerateError", "engines", "template_identities", "transpile"]


def transpile(request: TranspileRequest) -> TranspileResponse:
    """The whole implementation of one function; raises `GenerateError`. CPU-bound, executes nothing it is sent."""
    return answer(plan(request), request)
