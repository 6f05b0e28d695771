"""`PythonUnit → TranspileRequest` and, with the answer, `TranspileResponse → Draft`."""

from __future__ import annotations

from pydantic import ValidationError

from poetc.errors import AnswerUnreadable, ServiceRefused
from poetc.ir import Diagnostic, Draft
from poetc.source.site import PythonUnit
from poetc.wire import LIMITS, TranspileContext, TranspileRequest, TranspileResponse


def to_request(unit: PythonUnit) -> TranspileRequest:
    """What is sent for one function; raises ServiceRefused POET307 when it goes beyond what the contract can carry."""
    try:
        return TranspileRequest(function_code=unit.site.text, context=_context(unit), config=unit.policy)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ServiceRefused(
            Diagnostic(
                code="POET307",
                message=f"{unit.name} cannot be sent to the service: {field}: {first['msg']}",
                path=unit.site.source.relative,
                line=unit.site.span.line,
                hint="make the function smaller, or take @poet off it",
                unit=unit.name,
            )
        ) from None


def to_draft(unit: PythonUnit, response: TranspileResponse) -> Draft:
    """The answer for one function, as the verifier takes it: nothing in it is checked yet.

    Raises AnswerUnreadable POET305 for an answer in another language, or one that says more than anybody reads.
    """
    implementation, train = response.poet_implementation, response.poet_implementation.train_code
    if implementation.language != "python":
        raise _unreadable(unit, f"is in the language {implementation.language!r}")
    if len(response.metadata.model_dump_json()) > LIMITS.metadata_bytes:
        raise _unreadable(unit, f"has more than {LIMITS.metadata_bytes} bytes of metadata")
    return Draft(
        unit=unit,
        plan=response.enhancement,
        files={"enhanced.py": implementation.code, **({"train.py": train} if train is not None else {})},
        metadata=response.metadata.model_dump(mode="json"),
    )


def _unreadable(unit: PythonUnit, how: str) -> AnswerUnreadable:
    site = unit.site
    return AnswerUnreadable(
        Diagnostic(
            code="POET305",
            message=f"the answer for {unit.name} {how}",
            path=site.source.relative,
            line=site.span.line,
            column=site.span.column + 1,
            hint="is AITOMATIC_API_URL the address of a poetc service, of this version?",
            unit=unit.name,
        )
    )


def _context(unit: PythonUnit) -> TranspileContext:
    site, around = unit.site, unit.context
    return TranspileContext(
        imports=list(around.imports),
        module_path=site.source.module,
        dependencies=list(unit.dependencies),
        qualname=site.qualname,
        classes=list(site.classes),
        source_file=site.source.relative,
        first_line=site.span.line,
        link_package=site.source.link_package,
        shadowed=list(around.bound),
        free=list(around.free),
        outer=list(around.outer),
        star_import=around.star_import,
        future_annotations=around.future_annotations,
        things=dict(around.things),
        constants=dict(around.constants),
        defaults=dict(around.defaults),
        project_effects=dict(around.project_effects),
        calls={name: {key: _as_json(value) for key, value in entry} for name, entry in around.calls},
    )


def _as_json(value: object) -> object:
    return [_as_json(item) for item in value] if isinstance(value, tuple) else value
