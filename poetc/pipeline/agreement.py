"""An answer, or what is stored of one, beside what this very installation would answer.

The rules engine is deterministic: the same question, engine version and template give the same bytes. So where an
answer says that it comes of the engine and template that lie here, the client makes its own and compares; a service, or
whoever sent a pull request, can then only agree. What another engine or version made is held against the source by
`verify/`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from poetc.errors import PoetError, VerifyError
from poetc.ir import Diagnostic, Draft, Severity, Unit
from poetc.pipeline.identity import Identity, local_identity

if TYPE_CHECKING:
    from poetc.pipeline.survey import FunctionState
    from poetc.store.proven import Proven


def require_agreement(draft: Draft) -> None:
    """Raise VerifyError (POET408) for an answer that says it is this installation's, and isn't."""
    if not is_own(draft.metadata):
        return
    if difference := difference_to(draft.unit, draft.code, draft.train_code, draft.metadata):
        raise VerifyError(_disagreement(draft.unit, difference))


def other_version(identity: Identity) -> Iterator[Diagnostic]:
    """POET409, a note that a service's answers can't be compared with one's own, only held against the source."""
    from poetc.verify.nodes import clean

    own = _own()
    engines = [name for name, version in own.engines.items() if identity.engines.get(name) != version]
    templates = [name for name, template in identity.templates.items() if own.templates.get(name) != template]
    if not engines and not templates:
        return
    which = ", ".join([*(f"engine {name}" for name in engines), *(f"template {clean(name)}" for name in templates[:5])])
    message = f"the service has another version than this poetc of: {which}; its answers are verified, not compared"
    hint = "run the same version here and there, and its answers have to be those of your own installation"
    yield Diagnostic("POET409", message, Severity.NOTE, hint=hint)


def doubt(function: FunctionState, proven: Proven) -> None:
    """Call a fresh function stale if what is stored of it isn't what a build would have stored."""
    unit, stored = function.unit, function.stored
    if unit is None or stored is None or function.stale:
        return
    proof = proven.digest(unit.key, stored.metadata, stored.code)
    if proven.holds(unit.name, proof):
        return
    if reason := _flaw(unit, stored.code, stored.metadata):
        function.stale = f"what is stored isn't what a build gives: {reason}"
        function.stored = None  # not even linked in place of something better
    else:
        proven.add(unit.name, proof)


def is_own(metadata: Mapping[str, Any]) -> bool:
    """Whether an answer says that the engine and the template of this installation made it."""
    try:
        return _own().made(metadata)
    except (LookupError, TypeError):
        return False


def difference_to(unit: Unit, code: str, train_code: str | None, metadata: Mapping[str, Any]) -> str:
    """How an answer differs from what this installation answers; "" if it doesn't."""
    from poetc.client.request import to_request
    from poetc.emit import answer
    from poetc.generate import GenerateError, plan

    try:
        request = to_request(unit)
        own = answer(plan(request), request)
    except GenerateError as error:
        return f"there is none for this function ({error.message})"
    if own.poet_implementation.code != code:
        return _first_line(own.poet_implementation.code, code)
    if own.poet_implementation.train_code != train_code:
        return "the code of Train is another"
    wanted = own.metadata.model_dump(mode="json")
    other = sorted(field for field in {*wanted, *metadata} if wanted.get(field) != metadata.get(field))
    return f"`{other[0]}` of the metadata is another" if other else ""


def _flaw(unit: Unit, code: str, metadata: Mapping[str, Any]) -> str:
    """What is wrong with a stored version; "" if nothing."""
    from poetc.wire import ResponseMetadata, VersionMetadata

    try:
        VersionMetadata.model_validate(dict(metadata))
        # `version` is the number of the stored version here, and the contract's there.
        told = {
            field: metadata[field] for field in ResponseMetadata.model_fields.keys() & metadata if field != "version"
        }
        told["original_function_name"] = unit.site.node.name
        told = ResponseMetadata.model_validate(told).model_dump(mode="json")
    except ValueError:
        return "its metadata isn't what a build writes"
    return difference_to(unit, code, None, told) if is_own(metadata) else _verify_flaw(Draft(unit, code, told))


def _verify_flaw(draft: Draft) -> str:
    from poetc.verify import verify

    try:
        verify(draft)
    except PoetError as error:
        return error.diagnostic.message
    return ""


def _first_line(own: str, code: str) -> str:
    """The first line of an answer that is another."""
    mine, theirs = own.split("\n"), code.split("\n")
    pairs = enumerate(zip(mine, theirs, strict=False), 1)
    at = next((n for n, (a, b) in pairs if a != b), min(len(mine), len(theirs)) + 1)
    return f"line {at} is another"


def _disagreement(unit: Unit, difference: str) -> Diagnostic:
    site = unit.site
    return Diagnostic(
        "POET408",
        f"the answer for {site.name} was rejected: the engine of this very version answers otherwise: {difference}",
        path=site.source.relative,
        line=site.node.lineno,
        column=site.node.col_offset + 1,
        hint="nothing was written; check which service answers (`poet doctor`): it isn't what it says it is",
        unit=site.name,
    )


@cache
def _own() -> Identity:
    return local_identity()
