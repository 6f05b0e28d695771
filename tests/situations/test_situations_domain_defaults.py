"""A domain's defaults hold for functions of which nobody says more: decorator, tables and `[tool.poet]` come first."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import built_projects
import pytest

import poetc.generate
from poetc.generate.template_checks import TemplateError
from poetc.generate.templates import TemplateStore
from poetc.pipeline.explanation import explain_function
from poetc.pipeline.project import open_project

TEMPLATES = built_projects.ROOT / "templates"
APP = """\
import httpx
from poetc import poet


@poet(domain="billing")
def receipt(order: int) -> dict:
    return httpx.get(f"https://pay.example.com/{order}").json()


@poet(domain="billing", timeout=9, perceive="repair")
def urgent(order: int) -> dict:
    return httpx.get(f"https://pay.example.com/{order}").json()


@poet()
def plain(order: int) -> dict:
    return httpx.get(f"https://pay.example.com/{order}").json()
"""
DEFAULTS = {
    "timeout": 3,
    "perceive": "strict",
    "retries": 4,
    "backoff": {"first": 0.5},
    "breaker": {"open_for": 7.0},
}


@pytest.fixture
def billing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The installation's templates, and a domain `billing` with such defaults; gives its phases.json."""
    folder = tmp_path / "templates"
    shutil.copytree(TEMPLATES, folder)
    place = folder / "billing" / "v1"
    shutil.copytree(TEMPLATES / "base", folder / "billing")
    metadata = json.loads((place / "metadata.json").read_text("utf-8")) | {"name": "billing"}
    (place / "metadata.json").write_text(json.dumps(metadata), "utf-8")
    (place / "phases.json").write_text(json.dumps({"defaults": DEFAULTS, "objectives": []}), "utf-8")
    monkeypatch.setenv("POET_TEMPLATES", str(folder))
    monkeypatch.setattr(poetc.generate, "_STORE", None)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return place / "phases.json"


def explained(root: Path, name: str) -> dict[str, Any]:
    """What `poet explain` says of a function; "asked" as setting → (value, origin)."""
    found = explain_function(open_project((), root=root, env={}), name)
    return found | {"asked": {row["setting"]: (row["value"], row["origin"]) for row in found["asked"]}}


@pytest.mark.usefixtures("billing")
def test_a_domains_defaults_stand_between_the_configuration_and_the_built_in_ones(tmp_path: Path) -> None:
    """Each setting is the most special one that somebody gave, and explain says whose it is."""
    root = built_projects.write(tmp_path / "project", {"app.py": APP})
    domain = "the default of the domain `billing`"
    receipt, urgent, plain = (explained(root, f"app.{name}") for name in ("receipt", "urgent", "plain"))
    assert receipt["asked"] == {
        "domain": ("billing", "@poet at app.py:5"),
        "timeout": ("3.0", domain),
        "perceive": ("strict", domain),
    }
    assert urgent["asked"]["timeout"] == ("9.0", "@poet at app.py:10")
    assert urgent["asked"]["perceive"] == ("repair", "@poet at app.py:10")
    assert plain["asked"] == {}
    (root / "pyproject.toml").write_text(
        '[project]\nname = "x"\nversion = "1"\n[tool.poet]\ntimeout = 4\n'
        '[tool.poet.functions."app.receipt"]\nperceive = "off"\n',
        "utf-8",
    )
    receipt = explained(root, "app.receipt")
    assert receipt["asked"]["timeout"] == ("4.0", "`timeout` in [tool.poet] at pyproject.toml:5")
    assert receipt["asked"]["perceive"][0] == "off" and "pyproject.toml:7" in receipt["asked"]["perceive"][1]


def test_a_domains_numbers_reach_the_plan(billing: Path) -> None:
    """Attempts, waits, breaker and budget of the domain are planned; what it doesn't say is the base template's."""
    from poetc.wire import TranspileContext, TranspileRequest

    code = APP.partition("@poet")[2].partition("\n\n\n")[0]
    context = TranspileContext(imports=["import httpx"])
    request = TranspileRequest(function_code=f"@poet{code}\n", context=context)
    plan = poetc.generate.plan(request)
    assert (plan.retry.attempts, plan.retry.first, plan.retry.most) == (5, 0.5, 5.0)
    assert plan.budget is not None and plan.budget.seconds == 3.0
    assert plan.breaker is not None and (plan.breaker.settings.failures, plan.breaker.settings.open_for) == (5, 7.0)
    other = request.model_copy(update={"function_code": request.function_code.replace('(domain="billing")', "()")})
    base = poetc.generate.plan(other)
    assert (base.retry.attempts, base.retry.first, base.budget) == (3, 0.1, None)


@pytest.mark.parametrize(
    ("key", "value"),
    [("perceive", "lax"), ("timeout", 0), ("timeout", True), ("depth", 1), ("perceives", "off"), ("own_thread", True)],
)
def test_a_default_that_makes_no_sense_is_refused(billing: Path, key: str, value: object) -> None:
    """The template can't be used, and the message names the setting."""
    billing.write_text(json.dumps({"defaults": {key: value}, "objectives": []}), "utf-8")
    with pytest.raises(TemplateError, match=key):
        TemplateStore(billing.parents[2]).load("billing")
