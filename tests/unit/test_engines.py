"""Engines of other distributions: found by entry point, asked by name, and held to the client's own rules."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.built_projects import ROOT, run, said, write

ENGINE = """\
from poetc.generate.rules.engine import Rules
from poetc.generate.rules.plan import with_proposals
from poetc.source.function import parse_function
from poetc.wire.enhancement import Check


class Careful:
    name = "careful"
    version = "1"

    def plan(self, request, templates):
        plan = Rules().plan(request, templates)
        made = plan.provenance.model_copy(update={"engine": self.name, "engine_version": self.version})
        source = parse_function(request)
        checks, functions, body = (), (), None
        if source.node.name == "reduced":
            checks = (
                Check(phase="perceive", expression="is_share(discount)", message="discount is a share"),
                Check(phase="enforce", expression="result <= price", message="no price grows by a discount"),
            )
            functions = ("def is_share(value):\\n    return 0 <= value <= 1",)
        if source.node.name == "middle":
            body = "def middle(low, high):\\n    total = low + high\\n    return total / 2"
        plan = self.changed(plan.model_copy(update={"provenance": made}))
        return with_proposals(plan, source, checks, functions, body)

    def changed(self, plan):
        return plan


class Hasty(Careful):
    name = "hasty"

    def changed(self, plan):
        return plan.model_copy(update={"attempts": 5, "retry": plan.retry.model_copy(update={"attempts": 9})})
"""

SHOP = '''\
from poetc import poet


@poet()
def reduced(price: float, discount: float) -> float:
    return price * (1 - discount)


@poet()
def middle(low: float, high: float) -> float:
    """The number between two."""
    ...
'''

USE = """\
import warnings
from shop.price import middle, reduced

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(reduced(100.0, 0.2), len(caught), middle(1.0, 2.0))
    print(reduced(100.0, -0.2), *(str(each.message) for each in caught))
"""


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, str]:
    """An environment in which a distribution with two engines is installed."""
    write(
        tmp_path / "site",
        {
            "careful_engine.py": ENGINE,
            "careful_engine-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: careful-engine\nVersion: 1.0\n",
            "careful_engine-1.0.dist-info/entry_points.txt": (
                "[poetc.engines]\ncareful = careful_engine:Careful\nhasty = careful_engine:Hasty\n"
            ),
        },
    )
    path = os.pathsep.join([str(ROOT), str(tmp_path / "site")])
    return {"PYTHONPATH": path, "POET_STATE_DIR": str(tmp_path / "state")}


def project(root: Path, settings: str = "") -> Path:
    """A project with a discount, and a stub."""
    text = f'[project]\nname = "shop"\nversion = "1"\n\n[tool.poet]\n{settings}'
    return write(root / "project", {"pyproject.toml": text, "shop/__init__.py": "", "shop/price.py": SHOP})


def test_what_an_engine_brings_is_built_and_runs(tmp_path: Path, installed: dict[str, str]) -> None:
    """A precondition, a check of the result, a function that they call and a stub's body: none of rules' making."""
    root = project(tmp_path, 'engine = "careful"\n')
    poet = [sys.executable, "-P", "-m", "poetc"]
    try:
        said(run([*poet, "build"], cwd=root, env=installed))
        assert "2 functions fresh" in said(run([*poet, "build", "--check"], cwd=root, env=installed))
        shown = said(run([sys.executable, "-c", USE], cwd=root, env={}))
    finally:
        run([*poet, "serve", "stop"], cwd=root, env=installed)
    assert shown == ("80.0 0 1.5\n120.0 reduced(): discount is a share reduced(): no price grows by a discount\n")


def test_an_engine_is_asked_for_by_name_and_what_another_made_is_stale(
    tmp_path: Path, installed: dict[str, str]
) -> None:
    """`--engine` reaches the service, the key and the metadata; a check goes by the configuration."""
    root = project(tmp_path)
    poet = [sys.executable, "-P", "-m", "poetc"]
    try:
        said(run([*poet, "build", "--engine", "careful"], cwd=root, env=installed))
        told = said(run([*poet, "status", "reduced", "--json"], cwd=root, env=installed))
        checked = run([*poet, "build", "--check"], cwd=root, env=installed)
        unknown = run([*poet, "build", "--engine", "nobody"], cwd=root, env=installed)
    finally:
        run([*poet, "serve", "stop"], cwd=root, env=installed)
    assert '"engine": "careful"' in told
    assert checked.returncode == 1 and "configuration changed" in checked.stdout
    assert unknown.returncode == 2 and "POET220" in unknown.stdout + unknown.stderr


def test_an_engine_that_decides_otherwise_than_rules_is_refused(tmp_path: Path, installed: dict[str, str]) -> None:
    """More attempts than the user's policy asks for: no engine may decide that."""
    root = project(tmp_path, 'engine = "hasty"\n')
    poet = [sys.executable, "-P", "-m", "poetc"]
    try:
        done = run([*poet, "build"], cwd=root, env=installed)
    finally:
        run([*poet, "serve", "stop"], cwd=root, env=installed)
    assert done.returncode == 1
    assert "POET408" in done.stdout and "attempts" in done.stdout
    assert not list((root / "shop").rglob("reduced*"))
