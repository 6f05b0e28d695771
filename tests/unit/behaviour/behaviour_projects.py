"""Projects that are really built, without HTTP, and whose linked copies can be tampered with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from generated import current, linked_code
from tampers import only_once, tamper_linked

from poetc.ir import Diagnostic, Ending, Outcome
from poetc.ir.comparison import Comparison, Limits
from poetc.linked_file import digest
from poetc.pipeline.build import build_project
from poetc.pipeline.identity import local_identity
from poetc.pipeline.project import Project, open_project
from poetc.pipeline.verification import verify_behaviour
from poetc.store.metadata_file import completed, encode_metadata
from poetc.store.proven import Proven
from poetc.store.versions import list_names
from tests.in_process import InProcess

QUICK = Limits(examples=40, seconds=20, enough=20)


def built(root: Path, files: Mapping[str, str]) -> Project:
    """Write the files, and build and link all of them."""
    (root / "pyproject.toml").write_text("[tool.poet]\n", encoding="utf-8")
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    project = opened(root)
    items = list(build_project(project))
    endings = {i.name: i.ending for i in items if isinstance(i, Outcome)}
    assert set(endings.values()) == {Ending.BUILT}, [endings, *items]
    return project


def opened(root: Path) -> Project:
    """The project at a folder, with the service in this process."""
    project = open_project([root], root=root, env={})
    project._transpiler = InProcess()  # type: ignore[assignment]
    return project


def tamper(root: Path, name: str, before: str, after: str) -> None:
    """Change one place of the linked code of a function, as a build with a defect would have written it, proof and all;
    `name` is without its module."""
    (found,) = (each for each in list_names(root) if each.partition(".")[2] == name)
    tamper_linked(root, found, only_once(before, after))
    code, file = linked_code(root, found), current(root, found).folder / "metadata.json"
    metadata = completed(json.loads(file.read_text("utf-8")))
    metadata["files"]["enhanced.py"] = digest(code)
    file.write_bytes(encode_metadata(metadata))
    proven = Proven(root, local_identity().stamp())
    proven.add(found, proven.digest(metadata["key"], metadata, code))
    proven.save()


def compared(project: Project, name: str | None = None, limits: Limits = QUICK) -> dict[str, Comparison]:
    """Name of the function, without its module -> its comparison; nothing else may be said."""
    items = list(verify_behaviour(project, name, limits))
    assert not [i for i in items if isinstance(i, Diagnostic)], items
    return {c.name.partition(".")[2]: c for c in items if isinstance(c, Comparison)}
