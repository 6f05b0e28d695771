"""What a decorator and the configuration ask for becomes a policy, or is refused with a place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poetc.config import Options
from poetc.errors import ConfigError
from poetc.extract import UnitError, extract_unit
from poetc.ir import Policy

Extract = Callable[..., Any]
IMPORT = "from poetc import poet\n"

ASKED = {
    "bare": ("@poet", {}),
    "nothing": ("@poet()", {}),
    "all": (
        "@poet(domain='ml_monitoring', optimize_for='drift', retries=0, timeout=1.5, perceive='off', enforce='strict')",
        {
            "domain": "ml_monitoring",
            "optimize_for": "drift",
            "retries": 0,
            "timeout": 1.5,
            "perceive": "off",
            "enforce": "strict",
        },
    ),
    "several lines": ("@poet(\n    retries=1,\n)", {"retries": 1}),
    "None says nothing": ("@poet(retries=None, domain=None, timeout=None)", {}),
    "whole seconds": ("@poet(timeout=30)", {"timeout": 30.0}),
    "plus": ("@poet(timeout=+30)", {"timeout": 30.0}),
    "underscores": ("@poet(timeout=8_6400)", {"timeout": 86400.0}),
    "joined text": ("@poet(domain='ml_' 'monitoring')", {"domain": "ml_monitoring"}),
    "constant": ("N = 5\n@poet(retries=N)", {"retries": 5}),
    "final constant": ("N: Final = 5\n@poet(retries=N)", {"retries": 5}),
    "sure constant": ("N = -0\n@poet(retries=N)", {"retries": 0}),
    "training": ("@poet(enable_training=True)", {"optimize_for": "performance"}),
    "training, objective": ("@poet(enable_training=True, optimize_for='cost')", {"optimize_for": "cost"}),
    "objective, training": ("@poet(optimize_for='cost', enable_training=True)", {"optimize_for": "cost"}),
    "no training": ("@poet(enable_training=False)", {}),
}


@pytest.mark.parametrize(("decorator", "asked"), ASKED.values(), ids=ASKED.keys())
def test_arguments(extract: Extract, decorator: str, asked: dict[str, object]) -> None:
    """Literals and constants of the module are read without running anything."""
    unit, said = extract(f"{IMPORT}{decorator}\ndef f(): ...\n")
    assert unit.policy == Policy(**asked)
    assert type(unit.policy.timeout) in (float, type(None))
    assert [(d.code, d.severity) for d in said] == [("POET211", "warning")] * ("training" in decorator)


# text of the decorator's arguments, code, column of the complaint, part of its message, part of its hint
REFUSED = {
    "unknown": ("retrys=1", "POET201", 7, "`retrys`", "Did you mean `retries`?"),
    "far from known": ("colour=1", "POET201", 7, "`colour`", "Known: depth, domain, enforce"),
    "deprecated is not proposed": ("enable_train=1", "POET201", 7, "`enable_train`", "Known"),
    "call": ("retries=int('1')", "POET202", 15, "`retries` is not a literal", "constant"),
    "attribute": ("timeout=settings.T", "POET202", 15, "`timeout`", "constant"),
    "f-string": ("domain=f'x'", "POET202", 14, "`domain`", ""),
    "arithmetic": ("timeout=60 * 5", "POET202", 15, "`timeout`", ""),
    "unknown name": ("retries=N", "POET202", 15, "`retries`", ""),
    "doubled sign": ("retries=--1", "POET202", 15, "`retries`", ""),
    "negated text": ("domain=-'x'", "POET202", 14, "`domain`", ""),
    "keywords": ("**ASKED", "POET202", 7, "`**`", "Write"),
    "positional": ("'ml_monitoring'", "POET212", 7, "named", "`domain='ml_monitoring'`"),
    "positional number": ("3", "POET212", 7, "named", "retries"),
    "starred": ("*ASKED", "POET212", 7, "named", ""),
    "negative retries": ("retries=-1", "POET203", 15, "from 0 to 100, not -1", ""),
    "too many retries": ("retries=101", "POET203", 15, "not 101", ""),
    "huge retries": ("retries=1" + "0" * 4000, "POET203", 15, "50 digits", ""),
    "retries of a bool": ("retries=True", "POET203", 15, "not True", ""),
    "retries of a float": ("retries=1.0", "POET203", 15, "not 1.0", ""),
    "retries of text": ("retries='1'", "POET203", 15, "not '1'", ""),
    "no time": ("timeout=0", "POET203", 15, "above 0", ""),
    "negative time": ("timeout=-1.5", "POET203", 15, "not -1.5", ""),
    "endless time": ("timeout=1e999", "POET203", 15, "not inf", ""),
    "too much time": ("timeout=86401", "POET203", 15, "86400", ""),
    "time of a bool": ("timeout=True", "POET203", 15, "not True", ""),
    "time of a complex": ("timeout=1j", "POET203", 15, "not 1j", ""),
    "time of dots": ("timeout=...", "POET203", 15, "not Ellipsis", ""),
    "domain of bytes": ("domain=b'x'", "POET203", 14, "must be a name", ""),
    "hostile domain": ("domain='../../etc'", "POET203", 14, "must be a name", ""),
    "empty domain": ("domain=''", "POET203", 14, "must be a name", ""),
    "mode": ("perceive='loose'", "POET203", 16, '"repair"', ""),
    "mode of a bool": ("enforce=False", "POET203", 15, '"off"', ""),
    "training of a number": ("enable_training=1", "POET203", 23, "True or False", ""),
    "unknown domain": ("domain='ml_monitorin'", "POET204", 14, "known: api_operations, ml_monitoring", "Did you mean"),
    "unknown objective": ("optimize_for='speed'", "POET205", 20, "known: accuracy, alert_quality, cost", ""),
    "objective of another domain": ("optimize_for='drift', domain='api_operations'", "POET205", 20, '"drift"', ""),
    "called twice": (")(", "POET202", 2, "twice", ""),
    "after wide characters": ("domain='日本', retrys=1", "POET201", 20, "retrys", ""),
}


@pytest.mark.parametrize(("arguments", "code", "column", "said", "hint"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_arguments(extract: Extract, arguments: str, code: str, column: int, said: str, hint: str) -> None:
    """Each complaint has its code, its exact place, the function's name and what to do."""
    with pytest.raises(UnitError) as caught:
        extract(f"{IMPORT}class C:\n  x = 1\n@poet({arguments})\ndef f(): ...\n")
    diagnostic = caught.value.diagnostic
    assert isinstance(caught.value, ConfigError)
    assert (diagnostic.code, diagnostic.severity) == (code, "error")
    assert (diagnostic.path, diagnostic.line, diagnostic.column) == ("app.py", 4, column)
    assert said in diagnostic.message
    assert hint in diagnostic.hint
    assert diagnostic.unit == "app.f"


def test_all_complaints_come_at_once(extract: Extract) -> None:
    """Nobody has to build once for each mistake; warnings come along."""
    with pytest.raises(UnitError) as caught:
        extract(f"{IMPORT}@poet(1, enable_training=True, retrys=1,\n    timeout=x, retries=-1)\ndef f(): ...\n")
    assert [(d.code, d.line) for d in caught.value.diagnostics] == [
        ("POET212", 2),
        ("POET211", 2),
        ("POET201", 2),
        ("POET202", 3),
        ("POET203", 3),
    ]
    assert caught.value.diagnostic.severity == "error"


@pytest.mark.parametrize(
    "module",
    [
        "N = 5\nN = 6\n",
        "N = 5\nif a:\n    N = 6\n",
        "N = 5\nfor N in x: ...\n",
        "N = 5\ndef g():\n    global N\n    N = 6\n",
        "N = 5\nN += 1\n",
        "N = 5\nif (N := 6): ...\n",
        "N = 5\nfrom x import N\n",
        "N = 5\nfrom x import *\n",
        "N = 5\ntry: ...\nexcept E as N: ...\n",
        "N = 5\nmatch a:\n    case [N, *_]: ...\n",
        "N = 5\nwith a as N: ...\n",
        "N = 5\ndel N\n",
        "N = M = 5\n",
        "N, M = 5, 6\n",
        "N = [5]\n",
        "M = 5\nN = M\n",
        "if a:\n    N = 5\n",
        "N: int\n",
        "def N(): ...\n",
    ],
)
def test_what_may_change_is_no_constant(extract: Extract, module: str) -> None:
    """A name that is bound again, anywhere, has no value that is known before the program runs."""
    with pytest.raises(UnitError) as caught:
        extract(f"{IMPORT}{module}@poet(retries=N)\ndef f(): ...\n")
    assert caught.value.diagnostic.code == "POET202"


def test_a_class_hides_the_modules_constant(extract: Extract) -> None:
    """A method's decorator is evaluated in the class, where the name may be another's."""
    with pytest.raises(UnitError):
        extract(f"{IMPORT}N = 5\nclass C:\n    N = 6\n    @poet(retries=N)\n    def f(self): ...\n")
    unit, _ = extract(
        f"{IMPORT}N = 5\nclass C:\n    N = 6\n    class D:\n        @poet(retries=N)\n        def f(self): ...\n"
    )
    assert unit.policy.retries == 5


def test_the_nearer_wins(root: Path, extract: Extract) -> None:
    """Decorator, then the function's table, then globs, then the general settings, then the built-in default."""
    options = Options(
        root=root,
        retries=1,
        timeout=1.0,
        perceive="strict",
        enforce="off",
        domain="api_operations",
        functions=(
            ("app.f", (("timeout", 3.0), ("retries", 3))),
            ("app.*", (("timeout", 2.0), ("retries", 2), ("perceive", "off"))),
        ),
    )
    unit, _ = extract(IMPORT + "@poet(retries=4)\ndef f(): ...\n", options=options)
    assert unit.policy == Policy(domain="api_operations", retries=4, timeout=3.0, perceive="off", enforce="off")


def test_a_domain_of_the_configuration_is_checked_too(root: Path, extract: Extract) -> None:
    """The complaint stands at the setting's line and names the function; without such a line, at the function."""
    (root / "pyproject.toml").write_text('[tool.poet]\ndomain = "nonsense"\n')
    with pytest.raises(UnitError) as caught:
        extract(IMPORT + "@poet()\ndef f(): ...\n", options=Options(root=root, domain="nonsense"))
    diagnostic = caught.value.diagnostic
    assert (diagnostic.code, diagnostic.path, diagnostic.line) == ("POET204", "pyproject.toml", 2)
    assert diagnostic.unit.endswith(".f")
    (root / "pyproject.toml").unlink()
    with pytest.raises(UnitError) as caught:
        extract(IMPORT + "@poet()\ndef f(): ...\n", options=Options(root=root, domain="nonsense"))
    diagnostic = caught.value.diagnostic
    assert (diagnostic.code, diagnostic.line, diagnostic.column) == ("POET204", 2, 2)
    assert "[tool.poet]" in diagnostic.message


def test_without_a_service_domains_are_not_judged(root: Path, sites: Callable[..., Any]) -> None:
    """Who checks offline doesn't know them."""
    (site,) = sites(IMPORT + "@poet(domain='theirs', optimize_for='speed')\ndef f(): ...\n")
    unit, _ = extract_unit(site, Options(root=root), None)
    assert (unit.policy.domain, unit.policy.optimize_for) == ("theirs", "speed")
