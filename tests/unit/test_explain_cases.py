"""tests/cases/explain/*.case: source in, what `poet explain` says of it out.

A case has sections `-- FILE --` (the project, which is built), `-- edit FILE --` (written after the build; `edit none`:
nothing is built at all), `-- explain --` (the function's name) and `-- out text --`, which `pytest --update-cases`
rewrites.
"""

from __future__ import annotations

import json
import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from test_golden_cases import sections_of, written

from poetc.errors import ConfigError
from poetc.ir import Ending, Outcome
from poetc.pipeline.build import build_project
from poetc.pipeline.explanation import explain_function
from poetc.pipeline.project import Project, open_project
from poetc.report.explain import render_explanation, render_explanation_json
from poetc.store.metadata_file import completed
from tests.in_process import InProcess

CASES = sorted((Path(__file__).parents[1] / "cases" / "explain").glob("*.case"))
OWN = ("explain", "out text", "edit none")


def opened(root: Path) -> Project:
    """The project, with a service in this process."""
    project = open_project([root], root=root, env={})
    project._transpiler = InProcess()
    return project


def laid_out(root: Path, sections: dict[str, str]) -> None:
    """The case's files, built, and then edited."""
    (root / "pyproject.toml").write_text("[tool.poet]\n", encoding="utf-8")
    for name, text in sections.items():
        if name not in OWN and not name.startswith("edit "):
            (root / name).write_text(text, encoding="utf-8")
    if "edit none" not in sections:
        endings = {i.ending for i in build_project(opened(root)) if isinstance(i, Outcome)}
        assert endings == {Ending.BUILT}
    for name, text in sections.items():
        if name.startswith("edit ") and name not in OWN:
            (root / name.removeprefix("edit ")).write_text(text, encoding="utf-8")


def explained(root: Path, name: str) -> tuple[dict[str, Any], str]:
    """(what the pipeline says, its text)."""
    found = explain_function(opened(root), name)
    stream = StringIO()
    render_explanation(found, stream)
    return found, stream.getvalue()


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_case_is_explained_as_recorded(path: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Text for people, and the same as JSON; nothing is written by asking."""
    sections = sections_of(path)
    laid_out(tmp_path, sections)
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if "cache" not in p.parts and p.is_file()}
    found, text = explained(tmp_path, sections["explain"].strip())
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if "cache" not in p.parts and p.is_file()} == before
    if request.config.getoption("--update-cases"):
        path.write_text(written({**sections, "out text": text}), encoding="utf-8")
    else:
        assert text == sections["out text"]
    stream = StringIO()
    render_explanation_json(found, stream)
    assert json.loads(stream.getvalue())["function"] == found
    source = (tmp_path / found["path"]).read_text("utf-8").split("\n")
    assert [row["text"] for row in found["lines"]] == source[found["line"] - 1 :][: len(found["lines"])]


def test_every_rewrite_of_the_build_is_shown(tmp_path: Path) -> None:
    """None is left out, each stands at its line, and each has its reason."""
    for path in CASES:
        root = tmp_path / path.stem
        root.mkdir()
        sections = sections_of(path)
        if any(name.startswith("edit ") for name in sections):
            continue
        laid_out(root, sections)
        found, _ = explained(root, sections["explain"].strip())
        folder = root / ".dana/poet/functions" / found["name"]
        listed = completed(json.loads((folder / "v1/metadata.json").read_text("utf-8")))["rewrites"]
        shown = [
            (row["line"] - found["line"] + 1, r["kind"], r["before"], r["after"])
            for row in found["lines"]
            for r in row["rewrites"]
        ]
        assert sorted(shown) == sorted((r["line"], r["kind"], r["before"], r["after"]) for r in listed)
        assert all(r["why"] for row in found["lines"] for r in row["rewrites"])


def test_what_cannot_be_built_is_said(tmp_path: Path) -> None:
    """A wrong argument, and a name that no function has."""
    (tmp_path / "pyproject.toml").write_text("[tool.poet]\n")
    (tmp_path / "app.py").write_text("from poetc import poet\n@poet(retries=-1)\ndef f(): ...\n")
    with pytest.raises(ConfigError) as wrong:
        explain_function(opened(tmp_path), "f")
    assert wrong.value.diagnostic.code == "POET203"
    with pytest.raises(ConfigError) as unknown:
        explain_function(opened(tmp_path), "g")
    assert unknown.value.diagnostic.code == "POET108"


def test_the_command_in_a_process_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`poet explain` prints the recorded text; `--json` a document; no such function is exit code 2."""
    import subprocess
    import sys

    path = next(p for p in CASES if p.stem == "not_built")
    sections = sections_of(path)
    laid_out(tmp_path, sections)
    environment = {n: v for n, v in os.environ.items() if n not in ("FORCE_COLOR", "NO_COLOR")}

    def poet(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "poetc", "explain", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=environment | extra, capture_output=True, text=True, check=False, timeout=60
        )

    told = poet("fetch")
    assert (told.returncode, told.stdout, told.stderr) == (0, sections["out text"], "")
    assert json.loads(poet("fetch", "--json").stdout)["function"]["effects"] == "reads"
    assert "\x1b[36m^ read" in poet("fetch", FORCE_COLOR="1").stdout
    missing = poet("nothing")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "POET108" in missing.stderr
