"""What the domains add to the call catalogue, held against the installed libraries."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any

import pytest

from poetc.effects import Entry, load_catalogue
from poetc.effects.domain import domain_entries, with_users

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
FILES = sorted(TEMPLATES.glob("*/v*/calls.toml"))
ENTRIES = [
    (file.parent.parent.name, name, dict(settings))
    for file in FILES
    for name, settings in domain_entries(file.read_text("utf-8"))
]


def found(name: str) -> Any:
    """The thing of a dotted name; the library is skipped where it isn't installed."""
    parts = name.split(".")
    thing: Any = pytest.importorskip(parts[0])
    for number, part in enumerate(parts[1:], 2):
        if not hasattr(thing, part) and inspect.ismodule(thing):
            importlib.import_module(".".join(parts[:number]))
        thing = getattr(thing, part)
    return thing


def test_there_are_some() -> None:
    """ml_monitoring has entries for what detectors call."""
    assert {domain for domain, _, _ in ENTRIES} >= {"ml_monitoring"}


@pytest.mark.parametrize(("domain", "name", "settings"), ENTRIES, ids=[f"{d}-{n}" for d, n, _ in ENTRIES])
def test_an_entry_is_true(domain: str, name: str, settings: dict[str, Any]) -> None:
    """The name is there, and so are the arguments that decide, at their positions; no other argument changes things."""
    thing = found(name)
    assert callable(thing)
    entry: Entry = load_catalogue({name: settings})[name]
    if entry.returns and not entry.returns.startswith("builtins."):
        assert inspect.isclass(found(entry.returns))
    try:
        parameters = [p for p in inspect.signature(thing).parameters if p != "self"]
    except ValueError:  # written in C, without a signature
        return
    asked = {rule.argument for rule in entry.when}
    for rule in entry.when:
        assert rule.at is None or parameters[0] == "args" or parameters[rule.at] == rule.argument
    changing = {"out", "inplace", "overwrite_input"} & set(parameters)
    assert changing == asked, "an argument that makes it change what it is given"


def test_what_changes_its_argument_is_a_write() -> None:
    """`out=` and `inplace=`."""
    catalogue = load_catalogue({name: settings for _, name, settings in ENTRIES})
    assert [rule.effect for rule in catalogue["numpy.mean"].when] == ["write"]
    assert [rule.effect for rule in catalogue["pandas.DataFrame.dropna"].when] == ["write"]


def test_the_users_settings_come_before_the_domains() -> None:
    """What the user leaves out stays as the domain has it; conditions go with the effect that they belong to."""
    domain = domain_entries(
        '"a.b" = {effect = "read", timeout = "t", when = [{argument = "x", test = "given", effect = "write"}]}\n'
        '"a.c" = {effect = "read", unit = "ms"}\n'
    )
    merged = dict(with_users(domain, (("a.b", (("effect", "pure"),)), ("a.d", (("effect", "write"),)))))
    assert dict(merged["a.b"]) == {"effect": "pure", "timeout": "t"}
    assert dict(merged["a.c"]) == {"effect": "read", "unit": 0.001}
    assert dict(merged["a.d"]) == {"effect": "write"}
