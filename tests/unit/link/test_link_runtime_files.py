"""The copy of the runtime: the files that it has, and what of the runtime's modules is in them."""

from __future__ import annotations

import ast
import builtins
import subprocess
import sys
from pathlib import Path
from symtable import SymbolTable, symtable

import pytest

from poetc.emit.objects import OBJECTS
from poetc.link.runtime_bundles import BUNDLES
from poetc.link.runtime_files import FOLDER, module_names, part, runtime_texts


def write_package(folder: Path, *attributes: str) -> dict[str, str]:
    """A package `linked` with the runtime for these attributes; gives its texts."""
    texts = runtime_texts(attributes)
    package = folder / "linked" / FOLDER
    package.mkdir(parents=True)
    (package.parent / "__init__.py").touch()
    for name, text in texts.items():
        (package / name).write_text(text, "utf-8")
    return texts


def said_by(folder: Path, code: str) -> str:
    """What code prints that runs beside the package."""
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return done.stdout


def test_each_module_of_the_runtime_is_in_one_file() -> None:
    """A module that is added has to be put into one of the files."""
    assert sorted(name for modules in BUNDLES.values() for name in modules) == module_names()


@pytest.mark.parametrize("bundle", BUNDLES)
def test_a_name_means_one_thing_in_a_file(bundle: str) -> None:
    """What is defined or imported by two modules of a file under one name is the same."""
    meanings: dict[str, set[object]] = {}
    for module in BUNDLES[bundle]:
        for name, target in part(module).imports.items():
            meanings.setdefault(name, set()).add(target if target[1] else (name, target[0]))
        for piece in part(module).pieces:
            for name in piece.binds - {"TYPE_CHECKING"}:
                if not piece.text.startswith("if TYPE_CHECKING"):
                    meanings.setdefault(name, set()).add((f"poetc.runtime.{module}", name))
    assert {name: found for name, found in meanings.items() if len(found) > 1} == {}


@pytest.mark.parametrize("attribute", ["Link", "relocate", "copy_metadata", *OBJECTS])
def test_what_is_in_use_is_there(attribute: str) -> None:
    """In the copy for one attribute no file reads a global that it neither defines nor imports."""
    texts = runtime_texts({attribute})
    tops = {name: symtable(text, name, "exec") for name, text in texts.items()}
    bound = {
        name: {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()}
        for name, top in tops.items()
    }
    for name, top in tops.items():
        assert globals_read(top) - bound[name] - {*dir(builtins), "__name__"} == set(), name
        for node in ast.parse(texts[name]).body:
            if isinstance(node, ast.ImportFrom) and node.level and node.module:
                assert {each.name for each in node.names} <= bound[f"{node.module}.py"], (name, node.module)


def globals_read(table: SymbolTable) -> set[str]:
    """The names that code of a scope, and of those inside of it, reads of its module."""
    top = table.get_type() == "module"
    found = {s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global())}
    return found.union(*map(globals_read, table.get_children()))


@pytest.mark.parametrize("attributes", [("Link",), ("Perceive", "Enforce", "relocate"), ("Retry",), tuple(OBJECTS)])
def test_the_copy_can_be_imported(attributes: tuple[str, ...], tmp_path: Path) -> None:
    """Each file runs to its end, whichever is imported first."""
    texts = write_package(tmp_path, *attributes)
    for name in texts:
        module = f"linked.{FOLDER}.{name.removesuffix('.py')}".removesuffix(".__init__")
        said_by(tmp_path, f"import {module}")


def test_what_is_not_in_use_is_left_out() -> None:
    """Checks alone bring no calls; a call brings no budget; a call that isn't awaited brings no awaiting."""
    assert set(runtime_texts({"Perceive"})) == {"__init__.py", "core.py", "checks.py", "libraries.py"}
    retry = runtime_texts({"Retry"})
    assert "budgets.py" not in retry
    assert "def repeat(" in retry["calls.py"] and "def repeat_async(" not in retry["calls.py"]
    assert "def repeat_async(" in runtime_texts({"AsyncRetry"})["calls.py"]


def test_what_programs_call_keeps_its_documentation(tmp_path: Path) -> None:
    """`help` says what the errors, `testing` and `breakers` are; elsewhere comments say it, which needn't be loaded."""
    texts = write_package(tmp_path, "Retry")
    documented = "rt.testing.__doc__, rt.breakers.__doc__, rt.CircuitOpenError.__doc__"
    code = f"import linked.{FOLDER} as rt; print(all([{documented}]), rt.Retry.__doc__)"
    assert said_by(tmp_path, code) == "True None\n"
    assert "# -- retry: Repeating one call where it stands" in texts["calls.py"]


def test_lines_are_short_enough_to_be_read() -> None:
    """No line of the copied modules is longer than the runtime's own may be."""
    texts = runtime_texts(OBJECTS)
    long = [
        line for name, text in texts.items() if name != "libraries.py" for line in text.split("\n") if len(line) > 120
    ]
    assert long == []
