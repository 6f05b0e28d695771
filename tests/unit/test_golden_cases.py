"""tests/cases/generate/*.case: source in, generated code out, and what it does when it runs.

A case has sections `-- FILE.py --` (the project), `-- out enhanced.py --` and `-- out diagnostics --` (what the build
gives; `pytest --update-cases` rewrites them), and `-- run --` (a script that must succeed, on what was built).
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from generated import current

from poetc.ir import Diagnostic, Ending, Outcome
from poetc.pipeline.build import build_project
from poetc.pipeline.project import Project, open_project
from poetc.pipeline.staleness import check_project
from poetc.store.metadata_file import completed
from tests.in_process import InProcess

CASES = sorted((Path(__file__).parents[1] / "cases" / "generate").glob("*.case"))
SECTION = re.compile(r"^-- (.+) --\n", re.MULTILINE)


def sections_of(path: Path) -> dict[str, str]:
    """Section name -> text, in the file's order."""
    parts = SECTION.split(path.read_text(encoding="utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def written(sections: dict[str, str]) -> str:
    """The text of a case file."""
    return "".join(f"-- {name} --\n{text}" for name, text in sections.items())


def project_of(root: Path, sections: dict[str, str]) -> Project:
    """The case's files on disk, opened."""
    (root / "pyproject.toml").write_text("[tool.poet]\n", encoding="utf-8")
    for name, text in sections.items():
        if name.endswith((".py", ".toml")) and not name.startswith("out "):
            (root / name).write_text(text, encoding="utf-8")
    project = open_project([root], root=root, env={})
    project._transpiler = InProcess()
    return project


def outputs(root: Path, items: list[object]) -> dict[str, str]:
    """The `out` sections as the build gives them."""
    code = []
    for folder in sorted((root / ".dana/poet/functions").glob("*")):
        metadata = completed(json.loads((folder / "v1/metadata.json").read_text(encoding="utf-8")))
        rewrites = "".join(f"#   {r['line']}: {r['kind']}\n" for r in metadata["rewrites"])
        reason = f" ({metadata['operate_reason']})" if metadata["operate_reason"] else ""
        code.append(f"##### {folder.name}: {metadata['operate']}{reason}, {metadata['effects']}\n{rewrites}")
        code.append(current(root, metadata["name"]).read_code())
    said = [i for i in items if isinstance(i, Diagnostic)]
    said += [d for i in items if isinstance(i, Outcome) for d in i.diagnostics]
    lines = [f"{d.path}:{d.line}:{d.column} {d.severity.value} {d.code} {d.message}\n" for d in said]
    found = {"out enhanced.py": "".join(code)}
    return found | ({"out diagnostics": "".join(lines)} if lines else {})


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_case_builds_as_recorded_and_runs(path: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The outputs are those recorded, verified and linked, and the linked project does what `run` says."""
    sections = sections_of(path)
    project = project_of(tmp_path, sections)
    items = list(build_project(project))
    endings = {i.ending for i in items if isinstance(i, Outcome)}
    assert endings <= {Ending.BUILT, Ending.SKIPPED}, [i for i in items if isinstance(i, Outcome)]
    found = outputs(tmp_path, items)
    if request.config.getoption("--update-cases"):
        kept = {n: t for n, t in sections.items() if not n.startswith("out ")}
        run = {"run": kept.pop("run")} if "run" in kept else {}
        path.write_text(written({**kept, **found, **run}), encoding="utf-8")
    else:
        assert found == {n: t for n, t in sections.items() if n.startswith("out ")}
    assert not list_of_stale(tmp_path, items), "a build leaves nothing to build"
    edit_makes_stale(tmp_path)
    if "run" in sections:
        script = tmp_path / "run_case.py"
        script.write_text(sections["run"], encoding="utf-8")
        done = subprocess.run([sys.executable, "-W", "error", script], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def list_of_stale(root: Path, items: list[object]) -> list[Outcome]:
    """What `--check` says is stale."""
    again = open_project([root], root=root, env={})
    return [i for i in check_project(again) if isinstance(i, Outcome) and i.ending is Ending.STALE]


def edit_makes_stale(root: Path) -> None:
    """Every output that is edited is noticed by `--check`, and healed here by undoing the edit."""
    for path in [*root.glob("_poet/*.py"), *root.glob("_poet/_runtime/*.py")][:6]:
        before = path.read_bytes()
        path.write_bytes(before + b"\n# edited\n")
        assert list_of_stale(root, []), f"{path} was edited unnoticed"
        path.write_bytes(before)
