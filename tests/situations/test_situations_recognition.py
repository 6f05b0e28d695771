"""Functions by how their client comes to them: what the analysis knows of each call, in one table."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from poetc.effects.analyse import Effects, kept_effects
from poetc.extract import extract_unit
from poetc.pipeline.project import open_project
from poetc.pipeline.survey import ProjectIndex
from poetc.scan.read import read_source
from poetc.scan.sites import find_sites

PROJECT = Path(__file__).resolve().parents[1] / "projects" / "recognition"
TABLE = tomllib.loads((PROJECT / "expected.toml").read_text("utf-8"))
MISSED = TABLE.pop("missed")
EXPECTED = {f"{module}.{name}": said for module, rows in TABLE.items() for name, said in rows.items()}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Effects]:
    """The effects of every function of the project, by "module.function"."""
    root = tmp_path_factory.mktemp("recognition") / "project"
    shutil.copytree(PROJECT, root)
    project = open_project((), root=root, env={})
    index, effects = ProjectIndex(project), {}
    try:
        for path in sorted(root.glob("station/*.py")):
            source = read_source(path, project.options)
            for site in find_sites(source, project.options.decorators)[0] if source else ():
                extract_unit(site, project.options, None, index.effects)
                of_function = kept_effects(site.node)
                assert of_function is not None
                effects[site.name.removeprefix("station.")] = of_function
    finally:
        project.close()
    return effects


def rows() -> list[object]:
    """Every function of the table; what the analysis doesn't know yet has to fail."""
    missed = pytest.mark.xfail(strict=True, reason="not known yet: delete the row of `missed` once it is")
    return [pytest.param(name, marks=missed if name in MISSED else ()) for name in EXPECTED]


@pytest.mark.parametrize("name", rows())
def test_the_call_is_what_the_table_says(found: dict[str, Effects], name: str) -> None:
    """The function's effect is the table's, and the client's call is among its calls, by the catalogue's name."""
    effect, _, called = EXPECTED[name].partition(" ")
    assert found[name].effect == effect, found[name].lines
    assert not called or called in [call.name for call in (*found[name].calls, *found[name].inner)]


def test_the_table_has_every_function(found: dict[str, Effects]) -> None:
    """No function of the project is left out of the table, and no row is of none."""
    assert found.keys() == EXPECTED.keys()
    assert set(MISSED) <= EXPECTED.keys()
