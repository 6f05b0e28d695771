"""An answer, or what is stored of one, beside what this very installation makes of the same function.

The client makes the plan of its own rules, with whatever an engine proposes beside it; an answer's plan has to be just
that. The client writes it out, and the answer's bytes have to be those. A service, or whoever sent a pull request, can
then only agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poetc.errors import PoetError
from poetc.ir import ENHANCED, Diagnostic, Draft, Severity, Stored, Verified
from poetc.linked_file import digest
from poetc.pipeline.identity import Identity, local_identity
from poetc.source.site import PythonUnit

if TYPE_CHECKING:
    from poetc.emit import Emitted
    from poetc.pipeline.survey import FunctionState
    from poetc.store.proven import Proven
    from poetc.wire import TranspileRequest
    from poetc.wire.enhancement import Enhancement


def verified(draft: Draft, request: TranspileRequest | None = None) -> Verified:
    """The draft of an answer, as the client itself writes its plan out; raises VerifyError for one that isn't so."""
    from poetc.client.request import to_request
    from poetc.verify import CHECKS, check_files, check_metadata, check_text, read_module

    unit = draft.unit
    assert isinstance(unit, PythonUnit)  # another language will have checks of its own
    emitted = _admitted(unit, draft.plan, request or to_request(unit))
    written = read_module(unit, draft.plan, emitted.files[ENHANCED])
    check_text(written)
    check_files(unit, draft.files, emitted.files)
    metadata = emitted.metadata.model_dump(mode="json")
    check_metadata(unit, draft.metadata, metadata)
    return Verified(draft, CHECKS)


def require_identity(draft: Draft, identity: Identity) -> None:
    """Raise VerifyError (POET408) for an answer of another engine or template than the service says it has."""
    from poetc.verify.findings import rejection

    if not identity.made(draft.metadata):
        assert isinstance(draft.unit, PythonUnit)
        raise rejection(draft.unit, "POET408", "the service says that it has another engine or template than this one")


def _admitted(unit: PythonUnit, plan: Enhancement, request: TranspileRequest) -> Emitted:
    """What the client writes of an answer's plan, which its own rules plan, too; raises VerifyError."""
    from poetc.effects import hand_over
    from poetc.emit import emit
    from poetc.generate.rules.plan import with_proposals
    from poetc.refusal import GenerateError
    from poetc.source.function import parse_function
    from poetc.verify import admit
    from poetc.verify.findings import rejection
    from poetc.verify.plan import MADE_BY_RULES

    try:
        source = parse_function(request)
        hand_over(unit.site.node, source.node)
        own = _own_plan(request)
        if plan.provenance.engine not in MADE_BY_RULES:
            checks, functions = plan.checks[len(own.checks) :], plan.functions[len(own.functions) :]
            own = with_proposals(own, source, checks, functions, plan.body)
        admit(unit, plan, own)
        return emit(own.model_copy(update={"provenance": plan.provenance}), source)
    except GenerateError as error:
        raise rejection(unit, "POET408", f"there is no plan for it here: {error.message}") from None


def own_plan(unit: PythonUnit) -> Enhancement:
    """What this installation's rules plan for a function; raises `GenerateError`, or ServiceRefused POET307."""
    from poetc.client.request import to_request
    from poetc.effects import hand_over
    from poetc.source.function import parse_function

    request = to_request(unit)
    hand_over(unit.site.node, parse_function(request).node)
    return _own_plan(request)


def _own_plan(request: TranspileRequest) -> Enhancement:
    """The plan of this installation's rules, whichever engine is asked."""
    from poetc.generate import current_templates
    from poetc.generate.engines import engine_called

    return engine_called("rules").plan(request, current_templates())


def other_version(identity: Identity) -> Iterator[Diagnostic]:
    """POET409, a note that a service has another version, of which the plans may differ from one's own."""
    from poetc.verify.findings import clean

    own = _own()
    engines = [name for name, version in own.engines.items() if identity.engines.get(name) != version]
    templates = [name for name, template in identity.templates.items() if own.templates.get(name) != template]
    if not engines and not templates:
        return
    which = ", ".join([*(f"engine {name}" for name in engines), *(f"template {clean(name)}" for name in templates[:5])])
    message = f"the service has another version than this poetc of: {which}; where it plans otherwise, it is refused"
    hint = "run the same version here and there"
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


def _flaw(unit: PythonUnit, code: str, metadata: Mapping[str, Any]) -> str:
    """What is wrong with a stored version; "" if nothing."""
    from poetc.client.request import to_request
    from poetc.verify import check_files
    from poetc.verify.plan import is_same
    from poetc.wire import VersionMetadata
    from poetc.wire.enhancement import Provenance

    try:
        stored = VersionMetadata.model_validate(dict(metadata))
    except ValueError:
        return "its metadata isn't what a build writes"
    try:
        request = to_request(unit)
        made = Provenance.model_validate({field: metadata.get(field) for field in Provenance.model_fields})
        plan = stored.plan or _own_plan(request).model_copy(update={"provenance": made})
        emitted = _admitted(unit, plan, request)
        check_files(unit, {ENHANCED: code}, emitted.files)
    except PoetError as error:
        return error.diagnostic.message
    wanted = emitted.metadata.model_dump(mode="json")
    told = stored.model_dump(mode="json")
    both = told.keys() & wanted.keys() - {"version"}
    other = sorted(field for field in both if not is_same(told[field], wanted[field]))
    return f"`{other[0]}` of its metadata is another" if other else ""


def recovered(root: Path, function: FunctionState) -> Stored | None:
    """The version that a linked file holds, where its history was never committed: just what this installation makes of
    the function. None for anything else, and for what it can't make."""
    from poetc.client.request import to_request
    from poetc.emit import emit
    from poetc.refusal import GenerateError
    from poetc.source.function import parse_function
    from poetc.store.layout import folder_name, functions_folder, version_folder
    from poetc.store.newversion import version_metadata
    from poetc.verify import CHECKS

    unit, linked = function.unit, function.linked
    row = linked.rows.get(function.site.qualname)
    if unit is None or row is None or not row.version:
        return None
    try:
        request = to_request(unit)
        plan = _own_plan(request)
        emitted = emit(plan, parse_function(request))
    except (GenerateError, PoetError):
        return None
    hashes = {name: digest(text) for name, text in sorted(emitted.files.items())}
    if linked.hashes.get(function.site.qualname) != hashes[ENHANCED]:
        return None
    draft = Draft(unit, plan, emitted.files, emitted.metadata.model_dump(mode="json"))
    version = {"version": row.version, "files": hashes, "parent_version": None, "why": "its history is local"}
    folder = version_folder(functions_folder(root) / folder_name(unit.name), row.version)
    return Stored(unit, row.version, folder, emitted.files, version_metadata(Verified(draft, CHECKS), version))


@cache
def _own() -> Identity:
    return local_identity()
