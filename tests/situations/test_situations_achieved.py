"""What a build achieved is said: protected, checked only, nothing; and what to do where a marker achieves nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from poetc.ir import Outcome, Severity
from poetc.ir.achieved import Protected, State
from tests.built_projects import build, poet, write

STORE = "import requests\n\n\ndef load(url):\n    return requests.get(url)\n"
HEAD = "import acme\nimport httpx\nimport requests\nfrom poetc import poet\n\nfrom app.store import load\n\n\n"


def built(root: Path, *functions: str) -> dict[str, Outcome]:
    """What became of functions, by name."""
    text = HEAD + "\n\n".join(functions)
    found = build(write(root, {"app/__init__.py": "", "app/store.py": STORE, "app/pay.py": text}))
    return {name.rpartition(".")[2]: outcome for name, outcome in found.items()}


def test_what_was_achieved_is_told_call_by_call(tmp_path: Path) -> None:
    """Calls with their lines in the file and ways, what stands around, what is checked."""
    found = built(
        tmp_path,
        "@poet(timeout=5)\ndef one(url: str):\n    requests.post(url)\n    return httpx.get(url)\n",
        "@poet()\ndef two(n: int) -> int:\n    return n\n",
        "@poet()\ndef three(n):\n    return n\n",
        "@poet(retries=2)\ndef four(n):\n    return n\n",
        "@poet()\nasync def five(c: httpx.AsyncClient, url):\n"
        "    async with c.stream('GET', url) as r:\n        return await r.aread()\n",
    )
    said = {name: outcome.achieved for name, outcome in found.items()}
    assert {name: got.state for name, got in said.items() if got} == {
        "one": State.PROTECTED,
        "two": State.CHECKED,
        "three": State.NOTHING,
        "four": State.PROTECTED,
        "five": State.PROTECTED,
    }
    one, two, five = said["one"], said["two"], said["five"]
    assert one is not None and two is not None and five is not None
    assert one.calls == (
        Protected(11, "requests.post", ("repeated if nothing was sent", "limited", "breaker")),
        Protected(12, "httpx.get", ("repeated", "limited", "breaker")),
    )
    assert (one.around, one.checks) == (("budget",), ("url",))
    assert two.checks == ("n", "return")
    assert "repeated with its block" in {way for call in five.calls for way in call.ways}


UNANNOTATED = "@poet()\ndef f(s, url):\n    return s.get(url)\n"


@pytest.mark.parametrize(
    ("function", "place", "problem", "hint"),
    [
        (UNANNOTATED, (11, 12), "`s.get` is unknown: `s` is a parameter", "`s: requests.Session`"),
        (
            "@poet()\nasync def f(http, url):\n    return await http.get(url)\n",
            (11, 18),
            "`http.get` is unknown",
            "Annotate the parameter: `http: httpx.AsyncClient`.",
        ),
        (
            "class K:\n    def __init__(self, s):\n        self.s = s\n\n"
            "    @poet()\n    def f(self, u):\n        return self.s.get(u)\n",
            (15, 16),
            "nobody knows what `self.s` is",
            "Annotate it where the class sets it: `self.s: requests.Session = ...`.",
        ),
        (
            "@poet()\ndef f(url):\n    return acme.fetch(url)\n",
            (11, 12),
            "acme.fetch isn't in the catalogue",
            'below [tool.poet.calls]: `"acme.fetch" = { effect = "write" }`',
        ),
        (
            "@poet()\ndef f(url):\n    return load(url)\n",
            (11, 12),
            "what it calls is the project's own, `load`",
            "Put @poet on `app.store.load` (app/store.py:4).",
        ),
        (
            "@poet()\ndef g(url) -> bytes:\n    return requests.get(url).content\n\n\n"
            "@poet()\ndef f(url):\n    return g(url)\n",
            (16, 12),
            "what it calls is the project's own, `g`, which does the work and has @poet itself",
            "Remove the marker, or annotate what is to be checked.",
        ),
        (
            "@poet()\ndef f(db):\n    db = None\n    return httpx.stream('POST', 'http://x')\n",
            (12, 12),
            "`httpx.stream` is not repeated: it is a write",
            "Give it a time limit, `@poet(timeout=10)`",
        ),
        ("@poet()\ndef f(n):\n    return n + 1\n", (9, 2), "nothing in it can fail", "Remove the marker."),
    ],
)
def test_a_marker_that_achieves_nothing_says_what_to_write(
    tmp_path: Path, function: str, place: tuple[int, int], problem: str, hint: str
) -> None:
    """One warning, at the call that is in the way, with the text to write."""
    outcome = built(tmp_path, function)["f"]
    (said,) = (d for d in outcome.diagnostics if d.code == "POET231")
    assert (said.severity, said.path, (said.line, said.column)) == (Severity.WARNING, "app/pay.py", place)
    assert problem in said.message
    assert hint in said.hint


def test_the_remedy_remedies(tmp_path: Path) -> None:
    """Once the parameter is annotated as the hint says, the call is repeated and nothing is said."""
    (outcome,) = built(tmp_path, UNANNOTATED.replace("(s,", "(s: requests.Session,")).values()
    assert not outcome.diagnostics
    assert outcome.achieved is not None
    assert outcome.achieved.state is State.PROTECTED


def test_it_is_said_everywhere_and_again(tmp_path: Path) -> None:
    """Summary, list, JSON, SARIF, status, explain and metadata agree; a build with nothing to do says it again."""
    two = "@poet()\ndef g(url):\n    return requests.get(url)\n"
    files = {"app/__init__.py": "", "app/store.py": STORE, "app/pay.py": HEAD + UNANNOTATED + "\n\n" + two}
    write(tmp_path, files)
    first = poet(tmp_path, "build").stdout
    assert "built app.pay.f v1 (relocated): nothing\n" in first
    assert "built app.pay.g v1 (transformed): protected: requests.get repeated, breaker (line 16)\n" in first
    assert "\n2 built: 1 protected, 1 nothing in " in first
    for again in (poet(tmp_path, "build"), poet(tmp_path, "build", "--check"), poet(tmp_path, "build")):
        assert "app/pay.py:11:12 warning POET231" in again.stdout
        assert "2 functions fresh in " in again.stdout
        assert again.returncode == 0
    told = json.loads(poet(tmp_path, "build", "--format", "json").stdout)
    assert told["totals"]["achieved"] == {"protected": 1, "checked only": 0, "nothing": 1}
    listed = {outcome["name"]: outcome["achieved"] for outcome in told["outcomes"]}
    assert listed["app.pay.g"]["calls"] == [{"line": 16, "name": "requests.get", "ways": ["repeated", "breaker"]}]
    sarif = json.loads(poet(tmp_path, "build", "--check", "--format", "sarif").stdout)
    assert sarif["runs"][0]["properties"]["achieved"] == listed
    status = json.loads(poet(tmp_path, "status", "--json").stdout)
    assert {f["name"]: f["achieved"] for f in status["functions"]} == listed
    assert "app.pay.f  v1       relocated    nothing    fresh" in poet(tmp_path, "status").stdout
    explained = poet(tmp_path, "explain", "pay.g").stdout
    assert "\nprotected: requests.get repeated, breaker (line 16)\n" in explained
    kept = json.loads((tmp_path / ".dana/poet/functions/app.pay.g/v1/metadata.json").read_text())
    assert kept["achieved"]["calls"] == [{"line": 3, "name": "requests.get", "ways": ["repeated", "breaker"]}]


def test_what_is_claimed_of_what_was_achieved_is_held_against_the_plan(tmp_path: Path) -> None:
    """Metadata that say more than the plan achieves are stale, and so are those with more in them."""
    built(tmp_path, UNANNOTATED)
    metadata = tmp_path / ".dana/poet/functions/app.pay.f/v1/metadata.json"
    said = json.loads(metadata.read_text())
    for claimed in ({"calls": [], "around": ["budget"], "checks": []}, said["achieved"] | {"state": "protected"}):
        metadata.write_text(json.dumps(said | {"achieved": claimed}, indent=2) + "\n")
        (tmp_path / ".dana/poet/cache/snapshot.json").unlink(missing_ok=True)
        checked = poet(tmp_path, "build", "--check")
        assert checked.returncode == 1, checked.stdout
        assert "POET603" in checked.stdout
