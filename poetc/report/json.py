"""A run → one JSON document (`schema_version` 1; keys may be added, never change their meaning).

    {
      "schema_version": 1,
      "version": "0.1.0",              of poetc
      "command": "build",              build | check | unlink | clean
      "exit_code": 0,                  that of the process
      "interrupted": false,            stopped by Ctrl-C: what is listed is what had finished
      "outcomes": [{                   one for each decorated function, in the order of files and lines
        "name": "app.drift.check", "path": "src/app/drift.py", "line": 12,
        "ending": "built",             fresh | built | skipped | rejected | failed | stale | removed
        "version": 2,                  the stored version; 0: none
        "operate": "transformed",      transformed | relocated | wrapped | supplied | "" where nothing was built
        "reason": "", "cached": false,
        "achieved": {                  null unless it was built now, or is fresh
          "state": "protected",        protected | checked only | nothing
          "calls": [{"line": 14, "name": "httpx.get", "ways": ["repeated", "limited"]}],     or breaker
          "around": ["budget"],        attempts, breaker, bulkhead, rate limit, fallback, hedge, body
          "checks": ["order", "return"]
        },
        "diagnostics": [...]           as below
      }],
      "diagnostics": [{                what belongs to no function
        "code": "POET101", "severity": "error", "message": "...",
        "path": "src/app/drift.py", "line": 3, "column": 7, "end_column": 9,   "" and 0 where none is meant
        "excerpt": "def f(:", "hint": "...", "unit": ""
      }],
      "totals": {
        "functions": 1, "files": 20, "achieved": {"protected": 1, ...all three},
        "endings": {"built": 1, ...all seven}, "severities": {"error": 0, ...all three},
        "written": ["src/app/_poet/__init__.py"],
        "seconds": {"scan": 0.01},     by stage
        "elapsed": 0.12                seconds, wall time
      }
    }

Output is ASCII, other characters escaped, so that no terminal encoding can break it.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, TextIO

from poetc import __version__
from poetc.ir import Diagnostic, Ending, Outcome, Severity
from poetc.ir.achieved import State
from poetc.report.achieved import states_of
from poetc.report.model import RunReport

SCHEMA_VERSION = 1


def render(report: RunReport, stream: TextIO) -> None:
    """Write the report as one JSON document and a newline."""
    write_document(document(report), stream)


def write_document(value: Any, stream: TextIO) -> None:
    """Write any JSON-ready value, ASCII only."""
    stream.write(json.dumps(value, indent=2, ensure_ascii=True) + "\n")


def document(report: RunReport) -> dict[str, Any]:
    """The report as JSON types, in the form that this module's docstring describes."""
    return {
        "schema_version": SCHEMA_VERSION,
        "version": __version__,
        "command": report.command,
        "exit_code": report.exit_code,
        "interrupted": report.interrupted,
        "outcomes": [_outcome(outcome) for outcome in report.sorted_outcomes()],
        "diagnostics": [diagnostic_document(one) for one in dict.fromkeys(report.diagnostics)],
        "totals": _totals(report),
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "name": outcome.name,
        "path": outcome.path,
        "line": outcome.line,
        "ending": outcome.ending.value,
        "version": outcome.version,
        "operate": outcome.operate,
        "reason": outcome.reason,
        "achieved": outcome.achieved.as_json() if outcome.achieved else None,
        "cached": outcome.cached,
        "diagnostics": [diagnostic_document(one) for one in outcome.diagnostics],
    }


def diagnostic_document(diagnostic: Diagnostic) -> dict[str, Any]:
    """A diagnostic as JSON types."""
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "path": diagnostic.path,
        "line": diagnostic.line,
        "column": diagnostic.column,
        "end_column": diagnostic.end_column,
        "excerpt": diagnostic.excerpt,
        "hint": diagnostic.hint,
        "unit": diagnostic.unit,
    }


def _totals(report: RunReport) -> dict[str, Any]:
    endings, achieved = report.endings(), states_of(report.outcomes)
    severities = Counter(finding.severity for finding in report.findings())
    return {
        "functions": len(report.outcomes),
        "files": report.totals.files,
        "achieved": {state.value: achieved[state] for state in State},
        "endings": {ending.value: endings[ending] for ending in Ending},
        "severities": {severity.value: severities[severity] for severity in Severity},
        "written": list(report.totals.written),
        "seconds": dict(report.totals.seconds),
        "elapsed": report.elapsed,
    }
