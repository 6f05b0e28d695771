"""JSON, GitHub commands and SARIF: complete, and safe whatever the text in them."""

from __future__ import annotations

import io
import json
import re
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from poetc import __version__
from poetc.ir import CODES, Diagnostic, Ending, Outcome, Severity, Totals
from poetc.ir.achieved import Achieved, Protected
from poetc.report import Format, RunReport, renderer

ERROR = Diagnostic(
    "POET203",
    "wrong: 50%, really",
    path="src/a,b.py",
    line=12,
    column=7,
    end_column=17,
    excerpt="@poet(",
    hint="do",
    unit="a.f",
)
GOT = Achieved((Protected(12, "httpx.get", ("repeated",)),), ("budget",), ("order", "return"))
LATE = Outcome("a.late", "src/a.py", 9, Ending.BUILT, version=2, operate="transformed", cached=True, achieved=GOT)
EARLY = Outcome("a.early", "src/a.py", 1, Ending.REJECTED, reason="because", diagnostics=(ERROR,))
LOST = Diagnostic("POET505", "undone", Severity.NOTE)
REPORT = RunReport(
    "build",
    (LATE, EARLY),
    (LOST,),
    Totals(files=2, written=("src/a.py",), seconds={"scan": 0.5}),
    exit_code=1,
    elapsed=0.75,
)


def written(report: RunReport, form: Format) -> str:
    stream = io.StringIO()
    renderer(form)(report, stream)
    return stream.getvalue()


def sarif(report: RunReport) -> dict:
    return json.loads(written(report, Format.SARIF))["runs"][0]


def test_json_is_the_whole_report() -> None:
    """Every field of every value is there, in a fixed order and form."""
    error = {
        "code": "POET203",
        "severity": "error",
        "message": "wrong: 50%, really",
        "path": "src/a,b.py",
        "line": 12,
        "column": 7,
        "end_column": 17,
        "excerpt": "@poet(",
        "hint": "do",
        "unit": "a.f",
    }
    zeros = {"fresh": 0, "skipped": 0, "failed": 0, "stale": 0, "removed": 0}
    lost = dict.fromkeys(error, "") | {"code": "POET505", "severity": "note", "message": "undone"}
    early = {"name": "a.early", "path": "src/a.py", "line": 1, "ending": "rejected", "version": 0, "operate": ""}
    late = {"name": "a.late", "path": "src/a.py", "line": 9, "ending": "built", "version": 2, "operate": "transformed"}
    got = {"state": "protected", "calls": [{"line": 12, "name": "httpx.get", "ways": ["repeated"]}]}
    got |= {"around": ["budget"], "checks": ["order", "return"]}
    assert json.loads(written(REPORT, Format.JSON)) == {
        "schema_version": 1,
        "version": __version__,
        "command": "build",
        "exit_code": 1,
        "interrupted": False,
        "outcomes": [
            {**early, "reason": "because", "achieved": None, "cached": False, "diagnostics": [error]},
            {**late, "reason": "", "achieved": got, "cached": True, "diagnostics": []},
        ],
        "diagnostics": [lost | {"line": 0, "column": 0, "end_column": 0}],
        "totals": {
            "functions": 2,
            "files": 2,
            "achieved": {"protected": 1, "checked only": 0, "nothing": 0},
            "endings": {"built": 1, "rejected": 1} | zeros,
            "severities": {"error": 1, "warning": 0, "note": 1},
            "written": ["src/a.py"],
            "seconds": {"scan": 0.5},
            "elapsed": 0.75,
        },
    }


def test_json_of_an_empty_run_has_the_same_keys() -> None:
    """A reader never has to ask whether a key is there."""
    assert (
        json.loads(written(RunReport("check"), Format.JSON)).keys() == json.loads(written(REPORT, Format.JSON)).keys()
    )


@given(st.text())
def test_json_is_ascii_and_keeps_any_text(text: str) -> None:
    """No encoding of standard output can break the document, and it gives every character back."""
    report = RunReport("build", diagnostics=(Diagnostic("POET303", text, hint=text),))
    document = written(report, Format.JSON)
    assert document.isascii()
    assert json.loads(document)["diagnostics"][0]["message"] == text


def test_github_commands() -> None:
    """Properties and message in GitHub's escaped form; a note is a notice; the summary ends the log."""
    assert written(REPORT, Format.GITHUB) == (
        "::notice title=POET505::undone\n"
        "::error title=POET203,file=src/a%2Cb.py,line=12,col=7,endColumn=17::a.f: wrong: 50%25, really%0Ahint: do\n"
        "1 built: 1 protected; 1 rejected in 750 ms; 1 error\n"
    )


def test_hosted_forms_name_files_from_the_root_of_the_repository() -> None:
    """A project in a folder of its repository still gets its annotations at the right files."""
    report = RunReport("build", diagnostics=(ERROR,), prefix="services/billing")
    assert "file=services/billing/src/a%2Cb.py," in written(report, Format.GITHUB)
    place = sarif(report)["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place["uri"] == "services/billing/src/a%2Cb.py"


@given(st.text())
def test_github_text_stays_inside_its_command(text: str) -> None:
    """No text ends its command, adds a property, or starts another command."""
    diagnostic = Diagnostic("POET303", text, path=text or "x", line=1, hint=text, unit=text)
    lines = written(RunReport("build", diagnostics=(diagnostic,)), Format.GITHUB).split("\n")
    assert len(lines) == 3
    command = re.fullmatch(r"::error title=POET303,file=([^:,]*),line=1::(.*)", lines[0])
    assert command
    assert lines[0].isprintable()


def test_sarif_has_what_the_standard_and_code_hosts_require() -> None:
    """Version, tool, a rule for every code, results that point at their rules, and where they are."""
    run = sarif(REPORT)
    log = json.loads(written(REPORT, Format.SARIF))
    assert (log["version"], log["$schema"]) == ("2.1.0", "https://json.schemastore.org/sarif-2.1.0.json")
    rules = run["tool"]["driver"]["rules"]
    assert {rule["id"]: rule["shortDescription"]["text"] for rule in rules} == CODES
    assert run["invocations"] == [{"executionSuccessful": True, "exitCode": 1, "commandLine": "poet build"}]
    note, error = run["results"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert (note["level"], "locations" in note) == ("note", False)
    assert error == {
        "ruleId": "POET203",
        "ruleIndex": error["ruleIndex"],
        "level": "error",
        "message": {"text": "wrong: 50%, really\ndo"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "src/a%2Cb.py", "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 12, "startColumn": 7, "endColumn": 17, "snippet": {"text": "@poet("}},
                },
                "logicalLocations": [{"fullyQualifiedName": "a.f", "kind": "function"}],
            }
        ],
    }


@given(st.text(min_size=1), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.sampled_from([*CODES, "NEW1"]))
def test_sarif_is_always_valid(text: str, line: int, column: int, end: int, code: str) -> None:
    """Regions count from 1 and end behind their start, URIs are ASCII and give the path back, messages aren't empty."""
    diagnostic = Diagnostic(code, text, path=text, line=line, column=column, end_column=end)
    run = sarif(RunReport("build", diagnostics=(diagnostic,)))
    [result] = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == code
    assert result["message"]["text"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"].isascii()
    assert unquote(place["artifactLocation"]["uri"], errors="surrogateescape") == text
    region = place.get("region", {"startLine": 1})
    assert ("region" in place) == (line > 0)
    assert region["startLine"] >= 1
    if "startColumn" in region:
        assert region["endColumn"] > region["startColumn"] >= 1


def test_sarif_has_what_was_achieved() -> None:
    """The run's properties tell it for each function that has something."""
    achieved = sarif(REPORT)["properties"]["achieved"]
    assert {name: got["state"] for name, got in achieved.items()} == {"a.late": "protected"}


def test_sarif_says_when_the_run_broke() -> None:
    """Exit code 2 is an unsuccessful execution, so that a code host doesn't take silence for health."""
    broken = RunReport("check", exit_code=2)
    assert sarif(broken)["invocations"][0] == {
        "executionSuccessful": False,
        "exitCode": 2,
        "commandLine": "poet build --check",
    }
