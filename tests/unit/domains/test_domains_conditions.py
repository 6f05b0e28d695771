"""Domains of other distributions: the conditions that they add are built, are in the grammar, and can't be left out."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.built_projects import ROOT, run, said, write

DOMAIN = """\
from poetc.domains import DomainPart
from poetc.wire.enhancement import Check


class Pricing:
    name = "pricing"

    def plan(self, facts, settings):
        condition = settings["perceive"]["condition"]
        checks = (Check(phase="perceive", expression=condition, message="a discount is a share"),)
        return DomainPart(checks=checks, functions=("def is_share(value):\\n    return 0 <= value <= 1",))
"""

ENGINE = """\
from poetc.generate.rules.engine import Rules
from poetc.generate.rules.plan import with_proposals
from poetc.source.function import parse_function
from poetc.wire.enhancement import Check


class Adding:
    name = "adding"
    version = "1"

    def plan(self, request, templates):
        plan = Rules().plan(request, templates)
        made = plan.provenance.model_copy(update={"engine": self.name, "engine_version": self.version})
        check = Check(phase="enforce", expression="result <= price", message="no price grows")
        return with_proposals(plan.model_copy(update={"provenance": made}), parse_function(request), (check,))


class Dropping(Adding):
    name = "dropping"

    def plan(self, request, templates):
        plan = super().plan(request, templates)
        return plan.model_copy(update={"checks": plan.checks[1:]})
"""

SHOP = """\
import sys
from poetc import poet


@poet(domain="pricing")
def reduced(price: float, discount: float) -> float:
    return price * (1 - discount)
"""

LOOKING = """

@poet(domain="pricing")
def caller(discount: float) -> str:
    return sys._getframe(1).f_code.co_name
"""

ENTRY_POINTS = (
    "[poetc.domains]\npricing = pricing:Pricing\n\n[poetc.engines]\nadding = e:Adding\ndropping = e:Dropping\n"
)


class Shop:
    """A project whose poetc has a domain and two engines of another distribution."""

    def __init__(self, folder: Path, condition: str, source: str) -> None:
        templates = folder / "templates"
        shutil.copytree(ROOT / "templates", templates)
        written = {"template.txt": "{function_name} {original_code}", "train_addon.txt": "{optimize_for}"}
        written["metadata.json"] = '{"name": "pricing", "version": "v1", "description": "Prices."}'
        written["phases.json"] = f'{{"objectives": [], "perceive": {{"condition": "{condition}"}}}}'
        write(templates / "pricing", {"current": "v1", **{f"v1/{name}": text for name, text in written.items()}})
        site = {"pricing.py": DOMAIN, "e.py": ENGINE, "x-1.0.dist-info/entry_points.txt": ENTRY_POINTS}
        metadata = {"x-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: x\nVersion: 1.0\n"}
        write(folder / "site", site | metadata)
        self.root = write(folder / "project", {"pyproject.toml": "[tool.poet]\n", "shop.py": source})
        path = os.pathsep.join([str(ROOT), str(folder / "site")])
        state = str(folder / "state")
        self.env = {"PYTHONPATH": path, "POET_STATE_DIR": state, "POET_TEMPLATES": str(templates)}

    def poet(self, *arguments: str) -> tuple[int, str]:
        """The exit code of a command, and what it printed."""
        done = run([sys.executable, "-P", "-m", "poetc", *arguments], cwd=self.root, env=self.env)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def shop(tmp_path: Path, request: pytest.FixtureRequest) -> Shop:
    """The project, with the condition and the source that a test names."""
    condition, source = getattr(request, "param", ("is_share(discount)", SHOP))
    made = Shop(tmp_path, condition, source)
    request.addfinalizer(lambda: made.poet("serve", "stop"))
    return made


def test_a_domains_condition_is_built_and_an_engines_beside_it(shop: Shop) -> None:
    """Both speak, in the order of domain and engine, and the result is as it was; no engine leaves the domain's out."""
    code, printed = shop.poet("build", "--engine", "dropping")
    assert (code, "POET408" in printed) == (1, True)
    code, printed = shop.poet("build", "--engine", "adding")
    assert code == 0, printed
    use = "import shop; print(shop.reduced(10.0, 0.5)); shop.reduced(10.0, -1.0)"
    done = run([sys.executable, "-c", use], cwd=shop.root)
    assert said(done) == "5.0\n"
    assert done.stderr.index("a discount is a share") < done.stderr.index("no price grows")


def test_what_a_domain_adds_is_verified_again(shop: Shop) -> None:
    """Without any cache, the committed output is what the domain gives, and an edit of the domain makes it stale."""
    assert shop.poet("build")[0] == 0
    shutil.rmtree(shop.root / ".dana" / "poet" / "cache")
    assert shop.poet("build", "--check")[0] == 0
    phases = Path(shop.env["POET_TEMPLATES"], "pricing", "v1", "phases.json")
    phases.write_text(phases.read_text("utf-8").replace("is_share(discount)", "discount < 1"), "utf-8")
    assert shop.poet("build", "--check")[0] == 1


@pytest.mark.parametrize(
    "shop",
    [(condition, SHOP) for condition in ("open(discount)", "discount.real < 1")],
    indirect=True,
)
def test_a_domains_condition_is_in_the_grammar(shop: Shop) -> None:
    """What is more than computing is refused, from a domain as from an engine."""
    code, printed = shop.poet("build")
    assert code == 1
    assert "POET408" in printed
    assert not (shop.root / "_poet").exists()


@pytest.mark.parametrize("shop", [("is_share(discount)", SHOP + LOOKING)], indirect=True)
def test_a_function_that_looks_at_frames_gets_none_and_that_is_said(shop: Shop) -> None:
    """Nothing can stand around it that could ask the condition."""
    code, printed = shop.poet("build")
    assert code == 0, printed
    assert "no conditions of its domain" in shop.poet("explain", "caller")[1]
