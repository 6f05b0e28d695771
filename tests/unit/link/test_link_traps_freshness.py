"""Stale code never runs silently: what an edit, a checkout or a lost file does to a linked module."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from built_projects import PYPROJECT, VERSIONS, build, python, said, write

MODULE = """\
'''Made to be edited.'''
from poetc import poet

FACTOR = 2


@poet()
def first(x: int) -> int:
    return x * 2 + FACTOR - 2


class Box:
    @poet()
    def second(self, x: int) -> int:
        return x + 1

    @property
    @poet()
    def third(self) -> int:
        return 3

    @third.setter
    @poet()
    def third(self, new: int) -> None:
        self.new = new - 0


@poet(retries=2)
def fourth(x: int) -> int:
    return x - 0
"""
FILES = {"app/__init__.py": "", "app/drift.py": MODULE}
ASK = """\
import json, sys, warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    warnings.filterwarnings("ignore", ".* was made the int")  # what shows that a function is enhanced
    import app.drift as d
    box = d.Box()
    values = {}
    for _ in range(3):
        for name, function in {"first": d.first, "second": box.second, "fourth": d.fourth}.items():
            try:
                values[name] = function("5")
            except TypeError:
                values[name] = "TypeError"
        values["third"] = box.third
        box.third = "7"
        values["new"] = box.new
print(json.dumps([values, [[w.category.__name__, str(w.message), w.filename, w.lineno] for w in caught]]))
"""
FRESH = {"first": 10, "second": 6, "third": 3, "new": 7, "fourth": 5}

Edited = Callable[..., tuple[dict[str, Any], list[list[Any]]]]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, built once."""
    root = write(tmp_path_factory.mktemp("freshness") / "project", FILES)
    build(root)
    return root


@pytest.fixture
def project(original: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(original, tmp_path / "project"))


def ask(root: Path, version: str) -> tuple[dict[str, Any], list[list[Any]]]:
    """What the functions give, called three times each, and every warning."""
    values, caught = json.loads(said(python(version, "-B", "-c", ASK, cwd=root, src=root)))
    return values, caught


def edit(root: Path, old: str, new: str) -> None:
    """Replace text in the linked module; it must be there once."""
    path = root / "app" / "drift.py"
    text = path.read_text("utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), "utf-8")


@pytest.mark.parametrize("version", VERSIONS)
def test_fresh(version: str, project: Path) -> None:
    """Directly after the build all is enhanced, and nothing is said."""
    assert ask(project, version) == (FRESH, [])


EDITS = {
    "a statement": ("    return x * 2", "    return 0 + x * 2", "first", "TypeError"),
    "a comment inside": ("FACTOR - 2\n", "FACTOR - 2  # why\n", "first", "TypeError"),
    "the decorator": ("@poet()\ndef first", "@poet(retries=0)\ndef first", "first", "TypeError"),
    "an annotation": ("def first(x: int) -> int", "def first(x: int, /) -> int", "first", "TypeError"),
    "a method": ("        return x + 1", "        return 1 + x", "second", "TypeError"),
    "a guarded function": ("    return x - 0\n", "    return (x - 0)\n", "fourth", "TypeError"),
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("what", EDITS)
def test_edit_inside_a_function(version: str, what: str, project: Path) -> None:
    """The original runs, one warning for all calls says so at the function's line; the others stay enhanced."""
    old, new, name, expected = EDITS[what]
    edit(project, old, new)
    values, caught = ask(project, version)
    assert values == FRESH | {name: expected}
    ((category, message, filename, line),) = caught
    assert category == "PoetStaleWarning"
    assert f".{name} " in message and "poet build" in message
    assert filename == str(project / "app" / "drift.py")
    text = (project / "app" / "drift.py").read_text("utf-8").split("\n")
    assert text[line - 1].strip().startswith("@poet"), text[line - 1]


@pytest.mark.parametrize("version", VERSIONS)
def test_hashes_without_the_interpreters_own_module(version: str, project: Path) -> None:
    """An interpreter that was built to have OpenSSL's hashes only finds fresh what is, and stale what isn't."""
    hidden = "import sys; sys.modules['_sha2'] = sys.modules['_sha256'] = None\n" + ASK
    assert json.loads(said(python(version, "-B", "-c", hidden, cwd=project, src=project))) == [FRESH, []]
    edit(project, *EDITS["a statement"][:2])
    values, caught = json.loads(said(python(version, "-B", "-c", hidden, cwd=project, src=project)))
    assert values["first"] == "TypeError"
    assert len(caught) == 1


@pytest.mark.parametrize("version", VERSIONS)
def test_edit_of_one_accessor(version: str, project: Path) -> None:
    """Getter and setter of a property are compared each for itself."""
    edit(project, "        self.new = new - 0", "        self.new = [new]")
    values, caught = ask(project, version)
    assert values == FRESH | {"new": ["7"]}
    assert [c[0] for c in caught] == ["PoetStaleWarning"]


@pytest.mark.parametrize("version", VERSIONS)
def test_edit_elsewhere_in_the_file(version: str, project: Path) -> None:
    """Lines around a function may come, go and change: it is enhanced, with the new globals, and nothing is said."""
    edit(project, "FACTOR = 2\n", "# several\n# new\n# lines\nFACTOR = 3\n\n\ndef other(x):\n    return x\n")
    edit(project, "class Box:\n", "class Box:\n    attribute = 1\n\n")
    assert ask(project, version) == (FRESH | {"first": 11}, [])


@pytest.mark.parametrize("version", VERSIONS)
def test_new_function(version: str, project: Path) -> None:
    """A decorated function that was never built runs as it is, and says so."""
    edit(project, "FACTOR = 2\n", "FACTOR = 2\n\n\n@poet()\ndef unbuilt(x: int) -> int:\n    return x\n")
    values, caught = ask(project, version)
    assert values == FRESH
    ((category, message, _, _),) = caught
    assert category == "PoetStaleWarning"
    assert "unbuilt is not in the last `poet build`" in message


PROPERTY = """class Box:
    @poet()
    @property
    def unbuilt(self) -> int:
        return 4

    @unbuilt.setter
    def unbuilt(self, new: int) -> None: ...

"""


@pytest.mark.parametrize("version", VERSIONS)
def test_new_property(version: str, project: Path) -> None:
    """A decorated property that was never built runs as it is, and says so once, whatever its other accessors are."""
    edit(project, "class Box:\n", PROPERTY)
    values, caught = ask(project, version)
    assert values == FRESH
    ((category, message, _, _),) = caught
    assert category == "PoetStaleWarning"
    assert "Box.unbuilt is not in the last `poet build`" in message


@pytest.mark.parametrize("version", VERSIONS)
def test_renamed_function(version: str, project: Path) -> None:
    """A function takes nothing from the version of its old name."""
    edit(project, "def fourth(x: int) -> int:\n", "def fifth(x: int) -> int:\n")
    path = project / "app" / "drift.py"
    path.write_text(path.read_text("utf-8") + "\n\nfourth = fifth\n", "utf-8")
    values, caught = ask(project, version)
    assert values == FRESH | {"fourth": "TypeError"}
    assert [c[0] for c in caught] == ["PoetStaleWarning"]


@pytest.mark.parametrize("version", VERSIONS)
def test_two_functions_exchanged(version: str, project: Path) -> None:
    """Functions that only changed places are still those that were built."""
    text = (project / "app" / "drift.py").read_text("utf-8")
    at = text.index("@poet(retries=2)")
    first = text.index("@poet()\ndef first")
    moved = text[:first] + text[at:] + "\n\n" + text[first:at].rstrip("\n") + "\n"
    (project / "app" / "drift.py").write_text(moved, "utf-8")
    assert ask(project, version) == (FRESH, [])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("policy", ["original", "error", "enhanced"])
def test_policies(version: str, policy: str, tmp_path: Path) -> None:
    """`stale` decides: the original with a warning, an ImportError, or the built function with a warning."""
    root = write(tmp_path, {**FILES, "pyproject.toml": PYPROJECT + f'stale = "{policy}"\n'})
    build(root)
    assert ask(root, version) == (FRESH, []), "a policy for stale code says nothing of fresh code"
    edit(root, "        return x + 1", "        return 1 + x")
    if policy == "error":
        done = python(version, "-c", ASK, cwd=root, src=root)
        assert done.returncode == 1
        assert "PoetStaleError: app.drift.Box.second changed since the last `poet build`" in done.stderr
        catch = "try:\n    import app.drift\nexcept ImportError as e:\n    print(type(e).__name__)"
        assert said(python(version, "-c", catch, cwd=root, src=root)) == "PoetStaleError\n"
        return
    values, caught = ask(root, version)
    assert values == FRESH | ({"second": "TypeError"} if policy == "original" else {})
    assert [c[0] for c in caught] == ["PoetStaleWarning"]
    assert ("built function runs" in caught[0][1]) == (policy == "enhanced")


NEWLINES = {"crlf": (b"\n", b"\r\n"), "cr": (b"\n", b"\r"), "bom": (b"'''Made", b"\xef\xbb\xbf'''Made")}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", NEWLINES)
def test_checkout_with_other_newlines(version: str, kind: str, project: Path) -> None:
    """A checkout that turns newlines (or an editor that adds a byte-order mark) makes nothing stale at import."""
    old, new = NEWLINES[kind]
    paths = [*(project / "app").rglob("*.py")] if kind == "crlf" else [project / "app" / "drift.py"]
    for path in paths:
        path.write_bytes(path.read_bytes().replace(old, new))
    assert ask(project, version) == (FRESH, [])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_encodings(version: str, newline: str, tmp_path: Path) -> None:
    """A file in another encoding is compared as Python reads it."""
    text = "# -*- coding: latin-1 -*-\n" + MODULE.replace("return 3", "return len('ä') + 2  # é")
    root = write(tmp_path, {**FILES, "app/drift.py": text.replace("\n", newline).encode("latin-1")})
    build(root)
    assert ask(root, version) == (FRESH, [])
    path = root / "app" / "drift.py"
    path.write_bytes(path.read_bytes().replace("len('ä')".encode("latin-1"), "len('öä')".encode("latin-1")))
    values, caught = ask(root, version)
    assert values == FRESH | {"third": 4}
    assert [c[0] for c in caught] == ["PoetStaleWarning"]


@pytest.mark.parametrize("version", VERSIONS)
def test_lost_linked_file(version: str, project: Path) -> None:
    """A linked file that was lost is missing for Python, as any module is."""
    (project / "app" / "_poet" / "drift.py").unlink()
    done = python(version, "-c", ASK, cwd=project, src=project)
    assert done.returncode == 1
    assert "No module named 'app._poet.drift'" in done.stderr


@pytest.mark.parametrize("version", VERSIONS)
def test_a_function_that_the_linked_file_lacks_runs_as_it_is(version: str, project: Path) -> None:
    """Its row is gone, those of the others aren't: it is said to be none of the last build's."""
    path = project / "app" / "_poet" / "drift.py"
    text = path.read_text("utf-8")
    without = re.sub(r'poet\.built\("[\w.]*first", [^)]*\)\n', "", text)
    assert without != text
    path.write_text(without, "utf-8")
    values, caught = ask(project, version)
    assert values == FRESH | {"first": "TypeError"}
    ((category, message, _, _),) = caught
    assert category == "PoetStaleWarning"
    assert "first is not in" in message


@pytest.mark.parametrize("version", VERSIONS)
def test_one_warning_for_a_process(version: str, project: Path) -> None:
    """Imported twice, as `__main__` and by name, and reloaded, a stale function is complained of once."""
    edit(project, "        return x + 1", "        return 1 + x")
    path = project / "app" / "drift.py"
    main = "\n\nif __name__ == '__main__':\n    import importlib, app.drift\n    importlib.reload(app.drift)\n"
    path.write_text(path.read_text("utf-8") + main, "utf-8")
    done = python(version, "-W", "always", "-W", "ignore::RuntimeWarning", "-m", "app.drift", cwd=project, src=project)
    said(done)
    assert done.stderr.count("PoetStaleWarning") == 1, done.stderr


def test_warning_is_shown_by_default(project: Path) -> None:
    """Without any option of Python the warning reaches standard error, with the user's own line."""
    edit(project, "        return x + 1", "        return 1 + x")
    done = python("3.11", "-c", "import app.drift", cwd=project, src=project)
    assert "drift.py:13: PoetStaleWarning: app.drift.Box.second changed since" in done.stderr
