"""The traps of linking: a project full of them, built, and its checks run by real interpreters without poetc."""

from __future__ import annotations

import ast
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from built_projects import ROOT, VERSIONS, build, interpreter, run, said
from generated import generated, metadata

from poetc.store.versions import list_names

TRAPS = ROOT / "tests" / "projects" / "traps"
CHECKS = TRAPS / "checks"
NAMES = [
    f"{path.stem}.{node.name}"
    for path in sorted(CHECKS.glob("check_*.py"))
    for node in ast.parse(path.read_text("utf-8")).body
    if isinstance(node, ast.FunctionDef) and node.name.startswith(("check_", "linked_"))
]
LEFT = {
    "app.stacks.not_directly_above": "POET209",
    "app.scopes.factory.<locals>.made": "POET207",
}
"""what the build leaves as it is, and what it says"""

Results = Callable[[str, str], dict[str, str]]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built copy of the project."""
    root = tmp_path_factory.mktemp("traps") / "project"
    shutil.copytree(TRAPS, root)
    outcomes = build(root, sound=False)
    endings = {name: outcome.ending.value for name, outcome in outcomes.items()}
    assert {name for name, ending in endings.items() if ending != "built"} <= set(LEFT), endings
    return root


@pytest.fixture(scope="module")
def results(built: Path) -> Results:
    """(version, state) -> what became of every check, run once in one process."""
    known: dict[tuple[str, str], dict[str, str]] = {}

    def look_up(version: str, state: str) -> dict[str, str]:
        if (version, state) not in known:
            src, beside = (built / "src", []) if state == "linked" else (TRAPS / "src", [ROOT])
            arguments = [TRAPS / "run_checks.py", src, CHECKS, state, *beside]
            command = [interpreter(version), "-I", "-S", "-B", "-W", "error::UserWarning", *arguments]
            known[version, state] = json.loads(said(run(command, cwd=built)))
        return known[version, state]

    return look_up


@pytest.mark.parametrize("check", NAMES)
@pytest.mark.parametrize("version", VERSIONS)
def test_trap(version: str, check: str, results: Results) -> None:
    """What was true of the project before the build is true after it, and it is enhanced."""
    trace = results(version, "linked")[check]
    assert not trace, trace


@pytest.mark.parametrize("version", VERSIONS)
def test_checks_are_true_without_a_build(version: str, results: Results) -> None:
    """The checks say what Python does, not what the build makes of it."""
    found = results(version, "plain")
    assert set(found) == {name for name in NAMES if ".linked_" not in name}
    assert {name: trace for name, trace in found.items() if trace} == {}


def expected_forms() -> dict[str, str]:
    """Function -> the comment behind its `@poet(...)`."""
    found = {}
    for path in sorted((TRAPS / "src" / "app").glob("*.py")):
        lines = path.read_text("utf-8").split("\n")
        for name, node in functions_in(ast.parse("\n".join(lines)).body, f"app.{path.stem}"):
            for decorator in node.decorator_list:
                comment = re.search(r"^\s*@poet(?:\(.*\))?  # (\w+(?: guarded)?)$", lines[decorator.lineno - 1])
                if comment:
                    found[name] = comment[1]
    return found


def functions_in(body: list[ast.stmt], prefix: str) -> list[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function of a module and its classes, by the name that the build gives it."""
    found: list[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]] = []
    for node in body:
        if isinstance(node, ast.ClassDef):
            found += functions_in(node.body, f"{prefix}.{node.name}")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = [d.attr for d in node.decorator_list if isinstance(d, ast.Attribute)]
            role = next((f".{name}" for name in names if name in ("setter", "deleter")), "")
            found.append((f"{prefix}.{node.name}{role}", node))
            found += functions_in(node.body, f"{prefix}.{node.name}")
    return found


def test_every_function_takes_the_form_that_the_project_names(built: Path) -> None:
    """Nothing is wrapped that can be moved, nothing moved that can't be, and no function is left out."""
    forms = {}
    for name in list_names(built):
        guarded = " guarded" if generated(built, name).form == "guarded" else ""
        forms[name] = metadata(built, name)["operate"] + guarded
    assert forms == expected_forms()
    assert len(forms) > 140
