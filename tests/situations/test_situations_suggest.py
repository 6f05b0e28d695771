"""`poet suggest`: what is drafted for calls of which nothing is known can be pasted, and takes no decision."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from poetc.effects import load_catalogue
from poetc.effects.guess import likely_class
from tests.built_projects import PYPROJECT, ROOT, run, write

ACME = '''\
"""A library."""

from .client import Client, connect, fetch_rows
'''
CLIENT = '''\
class Client:
    """A client of acme."""

    def send(self, text: str, timeout: float = 10) -> None: ...


def fetch_rows(url: str, *, request_timeout: float = 10) -> bytes:
    """Fetch rows.

    More is said below.
    """


async def connect() -> "Client": ...
'''
APP = """\
import acme
import requests
from poetc import poet


@poet()
def rows(url):
    return acme.fetch_rows(url)


@poet()
async def sent(text):
    client = await acme.connect()
    return client.send(text), acme.fetch_rows(text)


@poet()
def page(session, url): return session.get(url)


@poet()
def either(session, url):
    return session.get(url)


@poet()
def nobody(http, url):
    return http.post(url)


def caller():
    session = requests.Session()
    either(1, "a")
    return page(session, "a"), page(requests.Session(), url="b"), either(session, "b")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with an installed library that the catalogue doesn't know."""
    write(tmp_path / "site", {"acme/__init__.py": ACME, "acme/client.py": CLIENT})
    return write(tmp_path / "project", {"app.py": APP})


def suggest(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`poet suggest`, with the library in reach."""
    path = f"{ROOT}:{root.parent / 'site'}"
    return run([sys.executable, "-P", "-m", "poetc", *arguments], cwd=root, env={"PYTHONPATH": path})


def test_entries_are_careful_and_have_their_evidence(project: Path) -> None:
    """The most frequent first; a write until somebody says otherwise; with what the library itself shows."""
    told = suggest(project, "suggest", "--only", "calls").stdout
    calls = tomllib.loads(told)["tool"]["poet"]["calls"]
    assert [*calls.items()] == [
        ("acme.fetch_rows", {"effect": "write", "timeout": "request_timeout"}),
        ("acme.connect", {"effect": "write", "form": "await", "returns": "acme.client.Client"}),
    ]
    assert "# 2 calls: app.py:8, app.py:14\n" in told
    assert (
        "#   def fetch_rows(url: str, *, request_timeout: float=10) -> bytes\n#   acme/client.py:7 'Fetch rows.'\n"
        in told
    )
    assert '#   by its name, and what it says: "read"\n' in told


def test_entries_can_be_pasted_and_then_more_is_known(project: Path) -> None:
    """The configuration takes them; what they give is known, so that the calls on it can be described next."""
    entries = suggest(project, "suggest", "--only", "calls").stdout
    write(project, {"pyproject.toml": PYPROJECT + entries})
    again = suggest(project, "suggest", "--only", "calls")
    assert again.stdout.startswith("# into the table that pyproject.toml has already: [tool.poet.calls]\n")
    assert '"acme.client.Client.send" = { effect = "write", timeout = "timeout" }' in again.stdout
    assert suggest(project, "build").returncode == 0


def test_annotations_are_a_patch_where_all_callers_agree(project: Path) -> None:
    """What callers don't agree on, or nobody passes, is a comment; the patch applies, and the call is known then."""
    told = suggest(project, "suggest", "--only", "annotations").stdout
    assert "-def page(session, url): return session.get(url)\n" in told
    assert "+def page(session: requests.Session, url): return session.get(url)\n" in told
    assert told.count("\n+") == 2
    assert (
        "# app.either: annotate `session: requests.Session`, if that is its class; call sites pass builtins.int" in told
    )
    assert (
        "# app.nobody: annotate `http: requests.Session`, if that is its class; `http` is a parameter without" in told
    )
    (project / "change.patch").write_text(told)
    done = run(["git", "apply", "change.patch"], cwd=project)
    assert done.returncode == 0, done.stderr
    assert "page" not in suggest(project, "suggest", "--only", "annotations").stdout


@pytest.mark.parametrize("end", ["", "\n", "\n\n\n"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_patch_applies_to_files_of_any_form(project: Path, end: str, newline: str) -> None:
    """Without a newline at the end, with several, with those of another system."""
    text = "import requests\nfrom poetc import poet\n\n\ndef caller():\n    return f(requests.Session())\n\n\n"
    text = f"{text}@poet()\ndef f(s): return s.get('é')".replace("\n", newline) + end.replace("\n", newline)
    write(project, {"app.py": text})
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    with (project / "change.patch").open("wb") as file:
        subprocess.run([sys.executable, "-m", "poetc", "suggest"], cwd=project, env=env, stdout=file, check=True)
    done = run(["git", "apply", "change.patch"], cwd=project)
    assert done.returncode == 0, done.stderr
    assert (project / "app.py").read_bytes().decode() == text.replace("f(s)", "f(s: requests.Session)")


def test_nothing_to_suggest(tmp_path: Path) -> None:
    """Where all is known nothing is printed; a file that can't be read is said."""
    write(tmp_path, {"app.py": "from poetc import poet\n\n\n@poet()\ndef f(x):\n    return x\n"})
    none = suggest(tmp_path, "suggest")
    assert (none.returncode, none.stdout) == (0, "")
    write(tmp_path, {"broken.py": "from poetc import poet\ndef f(:\n"})
    broken = suggest(tmp_path, "suggest")
    assert (broken.returncode, "broken.py:2:7 error POET101" in broken.stderr) == (2, True)


@pytest.mark.parametrize(
    ("methods", "imported", "name", "awaited", "cls"),
    [
        ({"get"}, {"requests"}, "s", False, "requests.Session"),
        ({"get", "post"}, {"httpx", "requests"}, "session", False, "requests.Session"),
        ({"get"}, {"httpx"}, "c", False, "httpx.Client"),
        ({"get"}, {"httpx"}, "c", True, "httpx.AsyncClient"),
        ({"strip"}, (), "text", False, ""),
        ({"get", "frobnicate"}, {"requests"}, "s", False, ""),
    ],
)
def test_a_class_is_guessed_by_methods(
    methods: set[str], imported: set[str], name: str, awaited: bool, cls: str
) -> None:
    """A class that has all of them and talks to something; none where one is missing."""
    assert likely_class(methods, load_catalogue(), imported, name=name, awaited=awaited) == cls
