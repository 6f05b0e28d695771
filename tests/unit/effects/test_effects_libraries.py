"""What the catalogue knows of libraries: every fact is one that the runtime has, which names no library itself."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from poetc import runtime
from poetc.effects import library
from poetc.effects.libraries import BUILD_ONLY, FACTS, _said, facts_text, known_errors, library_facts, tell
from poetc.effects.library import Library, all_libraries, facts_of
from poetc.runtime.background import is_thread_bound
from poetc.runtime.known import KNOWN, Known
from poetc.runtime.marks import CARRIERS
from poetc.runtime.outer import repeated_outside
from poetc.runtime.own_limits import limit_of_function
from poetc.runtime.repeats import is_consequence, repeats_by_itself
from poetc.runtime.responses import has_transient_status
from poetc.runtime.transient import REFUSED_SECONDS, error_status, is_transient, uncounted_seconds
from poetc.runtime.unsent import is_unsent

FOLDER = Path(runtime.__path__[0])
LANGUAGE = {"trio", "typing_extensions"}
"""what runs coroutines is asked how to wait, not what is known of it; and how annotations are spelled"""

CACHED = (_said, library.roots, library_facts, known_errors)

WIDGETS = """
roots = ["widgets"]

[library]
transient = ["widgets.Jammed"]
lasting = ["widgets.Broken"]
starting = ["widgets.Warming"]
consequences = ["widgets.After"]
answers = true
limits = true
databases = true
carriers = true
repeaters = true
statuses = ["detail.http"]
repeats = ["settings.tries"]
thread_bound = ["widgets.Handle"]
sockets = true
frames = ["widgets"]

[[library.verdicts]]
errors = ["widgets.Said"]
tells = "detail.word"
passing = ["SOON"]

[[library.unsent]]
errors = ["widgets.Refused"]
through = "dial"
"""
SOURCE = """
class Jammed(Exception):
    pass


class Broken(Jammed):
    pass


class Warming(Exception):
    pass


class After(Exception):
    pass


class Refused(Exception):
    pass


class Said(Exception):
    def __init__(self, word):
        self.detail = {"word": word, "http": None}


class Status(Exception):
    def __init__(self, status):
        self.detail = {"http": status}


class Reply:
    status = 503


class Handle:
    pass


class Client:
    def __init__(self, tries):
        self.settings = {"tries": tries}


def dial():
    raise Refused


def calls(function):
    return function()


def limited(timeout=0.5):
    return timeout
"""


def test_every_fact_is_one_of_the_runtimes() -> None:
    """A misspelt one would say nothing; and each fact is there for some library."""
    assert library_facts().keys() - BUILD_ONLY == FACTS.keys()
    read = re.findall(r"\bKNOWN\.(\w+)", "".join(path.read_text("utf-8") for path in FOLDER.glob("*.py")))
    assert set(read) == FACTS.keys()
    assert all(isinstance(value, tuple) and value for value in library_facts().values())


def test_facts_are_found_without_reading_entries() -> None:
    """The errors that entries name are found by the text alone, and what is said of the library stands first."""
    for _, text in library.texts():
        whole = Library(text)
        errors = {name for entry in whole.entries.values() for name in entry.transient}
        assert errors <= set(facts_of(text)["transient"])
        stated = set(tomllib.loads(text).get("library", {}).get("transient", ()))
        assert set(facts_of(text)["transient"]) <= errors | stated or "like" in tomllib.loads(text)
        assert tomllib.loads(text).get("library", {}).keys() <= facts_of(text).keys()


def test_what_is_written_out_says_the_same() -> None:
    """The statements of the linked copy set just the facts that are asked for, whatever is in them."""
    facts = {"transient": ("a.b", 'it\'s \\ "here"'), "verdicts": ({"errors": ("x.y",), "passing": (1, 2)},)}
    found = Known()
    exec(facts_text(facts, {"transient", "verdicts"}), {"KNOWN": found})
    assert (found.transient, found.verdicts) == (facts["transient"], facts["verdicts"])
    assert facts_text(facts, set()) == ""


def texts(path: Path) -> Iterator[str]:
    """The strings of a module that aren't docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


def test_the_runtime_names_no_library() -> None:
    """What is known of one stands in its file of the catalogue; drift detection's data are its domain's matter."""
    roots = {root for library in all_libraries() for root in library.roots} - sys.stdlib_module_names - LANGUAGE
    ours = [path for path in FOLDER.glob("*.py") if not path.name.startswith("drift")]
    named = {(path.name, text) for path in ours for text in texts(path) if text.partition(".")[0] in roots}
    assert not {(name, text) for name, text in named if text != "retry"}, named


@pytest.fixture
def widgets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A library that nobody has heard of, and its file in the catalogue; afterwards both are forgotten."""
    known = dict(vars(KNOWN))
    (tmp_path / "widgets.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(str(tmp_path))
    texts = (*library.texts(), ("widgets.toml", WIDGETS))
    monkeypatch.setattr(library, "texts", lambda: texts)
    for cached in CACHED:
        cached.cache_clear()
    tell(KNOWN)
    import widgets

    yield widgets
    vars(KNOWN).clear()
    vars(KNOWN).update(known)
    for cached in CACHED:
        cached.cache_clear()
    del sys.modules["widgets"]


def test_a_library_is_one_file(widgets: Any) -> None:
    """All that the runtime does for a known library it does for one that a TOML file describes."""
    assert tomllib.loads(WIDGETS)["roots"] == ["widgets"]
    assert is_transient(widgets.Jammed()) and not is_transient(widgets.Broken())
    assert is_transient(widgets.Said("SOON")) and not is_transient(widgets.Said("NEVER"))
    assert error_status(widgets.Status(503)) == 503 and is_transient(widgets.Status(503))
    assert uncounted_seconds(widgets.Warming()) == REFUSED_SECONDS
    assert is_consequence(widgets.After())
    assert has_transient_status(widgets.Reply())
    assert repeats_by_itself(widgets.Client(2)) and not repeats_by_itself(widgets.Client(0))
    assert is_thread_bound((widgets.Handle(),)) and not is_thread_bound((widgets.Client(0),))
    assert widgets.calls(repeated_outside) == "widgets repeats it already"
    assert limit_of_function(widgets.limited, "timeout") is None, "it is the library's own, no user's"
    assert "widgets" in CARRIERS.union(KNOWN.carriers)
    assert "widgets.Jammed" in known_errors()


def test_what_it_never_sent_is_seen(widgets: Any) -> None:
    """By the function that the error came through; the test's own frame is no client's."""
    try:
        widgets.dial()
    except widgets.Refused as error:
        error.__traceback__ = error.__traceback__.tb_next  # type: ignore[union-attr]
        assert is_unsent(error)
    assert not is_unsent(widgets.Refused())
