"""`(Enhancement, function) -> files`: the one place that writes generated code, for the service and for the client.

A plan says what is to be built; this room says how it reads. Another language is another module beside this one's.
"""

from __future__ import annotations

from dataclasses import dataclass

from poetc.emit.describe import metadata_of
from poetc.emit.emission import Emission
from poetc.emit.module import module_text
from poetc.emit.rewrites import rewrites_of
from poetc.refusal import size_refused
from poetc.source.function import FunctionSource, parse_function
from poetc.wire import PoetImplementation, ResponseMetadata, TranspileRequest, TranspileResponse
from poetc.wire.enhancement import Enhancement

__all__ = ["Emitted", "answer", "emit"]

ENHANCED = "enhanced.py"


@dataclass(frozen=True, slots=True)
class Emitted:
    """The files of a version, by name, and what is said of them."""

    files: dict[str, str]
    metadata: ResponseMetadata


def emit(plan: Enhancement, source: FunctionSource) -> Emitted:
    """The files that a plan means for a function; deterministic.

    Raises `GenerateError` INVALID_PLAN for a plan that names a place or an object that isn't there.
    """
    with size_refused():
        emission = Emission(plan, source)
        is_moved = plan.operate in ("transformed", "relocated")
        edits, rewrites = rewrites_of(emission) if is_moved else ([], [])
        files = {ENHANCED: module_text(emission, edits), **plan.files}
        return Emitted(files, metadata_of(plan, source, rewrites))


def answer(plan: Enhancement, request: TranspileRequest) -> TranspileResponse:
    """The answer to a request for which a plan was made; raises as `emit`."""
    emitted = emit(plan, parse_function(request))
    return TranspileResponse(
        poet_implementation=PoetImplementation(code=emitted.files[ENHANCED], train_code=emitted.files.get("train.py")),
        enhancement=plan,
        metadata=emitted.metadata,
    )
