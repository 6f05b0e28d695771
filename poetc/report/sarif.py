"""A run → SARIF 2.1.0, the form that code hosts and editors take analysis results in.

Every code of `CODES` is a rule; paths are relative to %SRCROOT%, the root of the repository; columns count characters.
The run's property `achieved` has for each function what `poet build --format json` has of it.
"""

from __future__ import annotations

from typing import Any, TextIO
from urllib.parse import quote

from poetc import __version__
from poetc.ir import CODES, Diagnostic, Severity
from poetc.report.json import write_document
from poetc.report.model import BROKEN, RunReport

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def render(report: RunReport, stream: TextIO) -> None:
    """Write the report as one SARIF log with one run."""
    write_document(log(report), stream)


def log(report: RunReport) -> dict[str, Any]:
    """The report as a SARIF log, in JSON types."""
    findings = report.findings()
    codes = list(dict.fromkeys([*CODES, *(finding.code for finding in findings)]))
    run = {
        "tool": {"driver": {"name": "poetc", "version": __version__, "rules": [_rule(code) for code in codes]}},
        "invocations": [_invocation(report)],
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "properties": {"achieved": {o.name: o.achieved.as_json() for o in report.sorted_outcomes() if o.achieved}},
        "results": [_result(finding, codes.index(finding.code), report.prefix) for finding in findings],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _invocation(report: RunReport) -> dict[str, Any]:
    line = "poet build --check" if report.command == "check" else f"poet {report.command}"
    return {"executionSuccessful": report.exit_code < BROKEN, "exitCode": report.exit_code, "commandLine": line}


def _rule(code: str) -> dict[str, Any]:
    return {"id": code, "shortDescription": {"text": CODES.get(code, code)}}


def _result(finding: Diagnostic, rule: int, prefix: str) -> dict[str, Any]:
    text = f"{finding.message}\n{finding.hint}" if finding.hint else finding.message
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": text or CODES.get(finding.code, finding.code)},
    }
    location: dict[str, Any] = {}
    if finding.path:
        location["physicalLocation"] = _physical(finding, prefix)
    if finding.unit:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.unit, "kind": "function"}]
    return {**result, "locations": [location]} if location else result


def _physical(finding: Diagnostic, prefix: str) -> dict[str, Any]:
    path = f"{prefix}/{finding.path}" if prefix else finding.path
    artifact = {"uri": quote(path.encode("utf-8", "surrogateescape"), safe="/"), "uriBaseId": "%SRCROOT%"}
    if not finding.line:
        return {"artifactLocation": artifact}
    region: dict[str, Any] = {"startLine": finding.line}
    if finding.column:
        region["startColumn"] = finding.column
        # endColumn is that of the character behind the region, and so is ours
        region["endColumn"] = max(finding.end_column, finding.column + 1)
    if finding.excerpt:
        region["snippet"] = {"text": finding.excerpt}
    return {"artifactLocation": artifact, "region": region}
