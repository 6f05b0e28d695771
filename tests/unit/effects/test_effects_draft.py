"""Drafts of catalogue files from libraries that are installed: what they say agrees with what people have written."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from poetc.effects import load_catalogue
from poetc.effects.draft import draft, main
from poetc.effects.library import Library

CATALOGUE = load_catalogue()
DRAFTED = ["httpx", "pymongo", "redis", "requests"]
PROPOSED = re.compile(r'of = \["(?P<of>.+)"\]\nnames = \[(?P<names>.+)\]\neffect = "unknown"  # .*: (?P<effect>\w+)\n')


def drafted(library: str) -> str:
    """The draft of a library that is installed."""
    pytest.importorskip(library)
    text = draft(library)
    assert text is not None
    return text


@pytest.mark.parametrize("library", DRAFTED)
def test_a_draft_is_a_file_of_the_catalogue_that_claims_nothing(library: str) -> None:
    """It can be read; no call is said to do anything; classes, twins and bases are those that are there."""
    read = Library(drafted(library))
    assert read.roots == (library,)
    assert len(read.entries) > 20
    assert {str(entry.effect) for entry in read.entries.values() if entry.returns != entry.name} == {"unknown"}
    assert not [name for name in read.entries if re.search(r"\._[^_]", name)]


@pytest.mark.parametrize("library", DRAFTED)
def test_no_proposal_to_read_is_one_that_people_refused(library: str) -> None:
    """Where the catalogue knows the call, a proposal never says "read" of what writes, and says something of many."""
    right, wrong = 0, []
    for found in PROPOSED.finditer(drafted(library)):
        for name in found["names"].replace('"', "").split(", "):
            entry = CATALOGUE.get(f"{found['of']}.{name}")
            if entry is None or entry.when:
                continue
            if found["effect"] == "read" and entry.effect in ("write", "idempotent"):
                wrong.append(entry.name)
            right += found["effect"] == entry.effect
    assert wrong == []
    assert right >= 3


def test_time_limits_forms_and_results_are_read_off() -> None:
    """What signatures tell: the parameter and its position, who waits, what is given; async classes are twins."""
    read = Library(drafted("psycopg_pool"))
    found = read.entries["psycopg_pool.ConnectionPool.connection"]
    assert (found.form, found.timeout, found.timeout_at) == ("context", "timeout", 0)
    assert read.twins["psycopg_pool.AsyncConnectionPool"] == "psycopg_pool.ConnectionPool"
    assert read.bases["psycopg_pool.NullConnectionPool"] == "psycopg_pool.ConnectionPool"
    found = Library(drafted("httpx")).entries["httpx.Client.get"]
    assert (found.returns, found.timeout, found.timeout_at) == ("httpx.Response", "timeout", None)


PARCELS = '''
"""Not to be imported."""
raise RuntimeError("a draft imports nothing")


class Busy(Exception): ...
class Lost(Busy): ...


class _Base:
    def ping(self) -> bool:
        """Ask whether somebody is there."""


class Client(_Base):
    @property
    def name(self) -> str: ...

    def get_parcel(self, number: str, *, timeout_ms: int = 100) -> "Parcel | None":
        """Fetches a parcel."""

    def get_and_remove(self, number):
        """Removes a parcel, and
        tells which it was: "quoted" \\\\ here."""

    def items(self):
        yield from ()


class AsyncClient:
    async def get_parcel(self, number: str): ...
    async def ping(self): ...
    async def aclose(self): ...


class Parcel:
    def sign(self, by): ...
'''


def test_a_library_is_never_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its files are parsed, whatever they would do; methods of private bases are those of the public class."""
    (tmp_path / "parcels.py").write_text(PARCELS)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert main(["parcels"]) == 0
    text = capsys.readouterr().out
    read = Library(text)
    assert "parcels" not in sys.modules
    found = read.entries["parcels.Client.get_parcel"]
    assert (found.returns, found.timeout, found.unit, found.timeout_at) == ("parcels.Parcel", "timeout_ms", 0.001, None)
    assert "parcels.Client.ping" in read.entries
    assert read.entries["parcels.Client.items"].form == "iterate"
    assert "parcels.Client.name" not in read.entries
    assert read.twins == {"parcels.AsyncClient": "parcels.Client"}
    assert "parcels.AsyncClient.aclose" in read.entries
    assert re.search(r'"get_parcel"\]\neffect = "unknown"  # .*: read', text)
    assert re.search(r'"get_and_remove"\]\neffect = "unknown"  # .*: write', text)


def test_what_is_no_library_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """No name, or one of nothing that is installed."""
    assert [main([]), main(["no_such_library"]), main(["../x"])] == [2, 2, 2]
    assert "usage" in capsys.readouterr().err
