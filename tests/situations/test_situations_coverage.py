"""`poet coverage`: which calls talk to something outside, and what is made of each."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.built_projects import ROOT, poet, write

PAY = """\
import acme
import httpx
import requests
from poetc import poet

from app.store import load


@poet()
def receipt(s, url: str):
    r = s.get(url)
    t = requests.get(url, timeout=3)
    requests.post(url)
    acme.fetch(url)
    return r.text.strip(), load(url), print(t)


@poet(timeout=3)
async def other(c: httpx.AsyncClient, url):
    def inner():
        return requests.post(url)

    return (await c.get(url)).text, inner


def unmarked(url):
    return requests.get(url)
"""
STORE = """\
import requests


def load(url):
    return requests.get(url)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with two marked functions and two others."""
    return write(tmp_path, {"app/__init__.py": "", "app/pay.py": PAY, "app/store.py": STORE})


def calls_of(root: Path, *arguments: str) -> dict[str, dict[str, Any]]:
    """The outside calls by file and line, as JSON tells them."""
    told = json.loads(poet(root, "coverage", "--format", "json", *arguments).stdout)
    listed = [(file["path"], f) for file in told["files"] for f in file["functions"]]
    return {f"{path}:{call['line']}": call for path, function in listed for call in function["calls"]}


def test_each_outside_call_is_told_with_what_is_made_of_it(project: Path) -> None:
    """Known or not, repeated or not, limited or not, and why: for calls in inner functions, too."""
    found = calls_of(project)
    said = {place: (c["text"], c["effect"], c["known"], c["repeated"], c["limited"]) for place, c in found.items()}
    assert said == {
        "app/pay.py:11": ("s.get(...)", "unknown", False, False, False),
        "app/pay.py:12": ("requests.get(...)", "read", True, True, True),
        "app/pay.py:13": ("requests.post(...)", "write", True, True, False),
        "app/pay.py:14": ("acme.fetch(...)", "unknown", False, False, False),
        "app/pay.py:21": ("requests.post(...)", "write", True, True, True),
        "app/pay.py:23": ("c.get(...)", "read", True, True, True),
    }
    assert found["app/pay.py:11"]["why"] == "`s` is a parameter without annotation"
    assert "annotate `s`" in found["app/pay.py:11"]["why_not"]
    assert found["app/pay.py:14"]["name"] == "acme.fetch"
    assert (found["app/pay.py:11"]["column"], found["app/pay.py:11"]["end_column"]) == (9, 19)


def test_all_looks_at_what_carries_no_marker(project: Path) -> None:
    """Functions without the marker count with `--all`, planned as if they carried it."""
    assert calls_of(project, "--all").keys() - calls_of(project).keys() == {"app/pay.py:27", "app/store.py:5"}


def test_the_table_has_the_form_of_coverage_py(project: Path) -> None:
    """Name, numbers, share and missing lines, a total, and the unknown calls below."""
    told = poet(project, "coverage").stdout.splitlines()
    assert told[0] == "Name         Calls   Known   Repeated   Limited   Cover   Missing"
    assert told[2] == "app/pay.py       6       4          4         3     67%   11, 14"
    assert told[4] == "TOTAL            6       4          4         3     67%"
    assert told[7:] == [
        "    1  acme.fetch: acme.fetch isn't in the catalogue (app/pay.py:14)",
        "    1  s.get(...): `s` is a parameter without annotation (app/pay.py:11)",
    ]


@pytest.mark.parametrize(("under", "code"), [("60", 0), ("67", 0), ("68", 2), ("100", 2)])
def test_a_share_below_what_was_asked_for_fails(project: Path, under: str, code: int) -> None:
    """As coverage.py: the share that is shown is compared, and the exit code is 2."""
    assert poet(project, "coverage", "--fail-under", under).returncode == code


def test_no_function_and_no_python(tmp_path: Path) -> None:
    """Without a marked function there is nothing to tell (1); a file that can't be read is said, the rest told (2)."""
    write(tmp_path, {"plain.py": "import requests\n\n\ndef f(u):\n    return requests.get(u)\n"})
    none = poet(tmp_path, "coverage")
    assert (none.returncode, none.stdout) == (1, "")
    assert "no function carries @poet; `poet coverage --all` looks at all functions" in none.stderr
    assert poet(tmp_path, "coverage", "--all").returncode == 0
    write(tmp_path, {"broken.py": "def f(:\n"})
    broken = poet(tmp_path, "coverage", "--all")
    assert broken.returncode == 2
    assert "broken.py:1:7 error POET101" in broken.stderr
    assert "plain.py" in broken.stdout


def test_a_real_project_is_told_whole(tmp_path: Path) -> None:
    """Every file has its row and every call its fields; the numbers of rows, totals and lists agree."""
    root = tmp_path / "peer"
    shutil.copytree(ROOT / "tests" / "projects" / "peer", root)
    done = poet(root, "coverage", "--all", "--format", "json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["diagnostics"], told["all"]) == (0, [], True)
    assert [file["path"] for file in told["files"]] == sorted(
        path.relative_to(root).as_posix() for path in root.rglob("*.py") if "def " in path.read_text()
    )
    calls = [call for file in told["files"] for function in file["functions"] for call in function["calls"]]
    for key in ("known", "repeated", "limited"):
        assert told["totals"][key] == sum(call[key] for call in calls) == sum(f["totals"][key] for f in told["files"])
    assert told["totals"]["calls"] == len(calls) > 20
    assert 75 <= told["totals"]["cover"] < 100
    assert sum(each["count"] for each in told["unknown"]) == len(calls) - told["totals"]["known"]
    assert all(call["why_not"] or call["repeated"] for call in calls)
    fields = "line column end_line end_column text name effect known repeated limited why why_not"
    assert all(call.keys() == {*fields.split()} for call in calls)


def test_the_marker_itself_is_no_outside_call(tmp_path: Path) -> None:
    """A function that marks one inside of it calls the marker, which is ours."""
    text = "def outer():\n    @poet()\n    def inner():\n        return 1\n\n    return inner\n"
    write(tmp_path, {"app.py": f"from poetc import poet\n\n\n{text}"})
    assert calls_of(tmp_path, "--all") == {}


def test_looking_writes_nothing(project: Path) -> None:
    """No folder of ours comes to be."""
    before = sorted(project.rglob("*"))
    poet(project, "coverage", "--all")
    assert sorted(project.rglob("*")) == before
