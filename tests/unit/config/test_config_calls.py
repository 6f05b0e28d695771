"""`[tool.poet.calls]` becomes entries of the catalogue, or is refused with a place."""

from __future__ import annotations

from pathlib import Path

import pytest

from poetc.config import load_options
from poetc.config.calls import EFFECTS, FORMS, place_of_call
from poetc.effects import Catalogue, load_catalogue
from poetc.effects.entry import FORMS as ALL_FORMS
from poetc.errors import ConfigError
from poetc.ir import Diagnostic
from poetc.ir.effect import Effect

FULL = """[tool.poet.calls]
"mylib.fetch" = {effect = "read", timeout = "limit", unit = "ms", transient = ["mylib.Busy", "TimeoutError"], \
retry_after = true, form = "await", returns = "mylib.Answer"}
"mylib.Client.put*" = {effect = "idempotent"}

[tool.poet.calls."another.call"]
effect = "write"
"""


def project(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


def refused(folder: Path, text: str) -> Diagnostic:
    with pytest.raises(ConfigError) as caught:
        load_options(project(folder, text), {})
    assert caught.value.diagnostic.code == "POET220"
    return caught.value.diagnostic


def test_every_setting_arrives_in_the_catalogue(tmp_path: Path) -> None:
    """What is written becomes an entry that resolves like a built-in one."""
    calls = load_options(project(tmp_path, FULL), {}).calls
    assert [name for name, _ in calls] == ["another.call", "mylib.Client.put*", "mylib.fetch"]
    catalogue = load_catalogue({name: dict(entry) for name, entry in calls})
    fetch = catalogue["mylib.fetch"]
    assert (fetch.effect, fetch.timeout, fetch.unit, fetch.form) == ("read", "limit", 0.001, "await")
    assert (fetch.transient, fetch.retry_after) == (("mylib.Busy", "builtins.TimeoutError"), True)
    assert catalogue["mylib.Client.put_all"].effect == "idempotent"
    assert catalogue["another.call"].effect == "write"


def test_the_order_in_the_file_doesnt_count(tmp_path: Path) -> None:
    """The same entries have the same stamp; another entry has another."""
    one = load_options(project(tmp_path, '[tool.poet.calls]\n"a.b" = {effect="read"}\n"a.c" = {effect="read"}\n'), {})
    two = load_options(project(tmp_path, '[tool.poet.calls]\n"a.c" = {effect="read"}\n"a.b" = {effect="read"}\n'), {})
    three = load_options(project(tmp_path, '[tool.poet.calls]\n"a.c" = {effect="read"}\n"a.b" = {effect="pure"}\n'), {})
    assert one.stamp() == two.stamp() != three.stamp()


def test_a_known_call_may_keep_its_effect(tmp_path: Path) -> None:
    """An entry for a built-in call may change a part of what is known; of another one the effect has to be said."""
    calls = load_options(project(tmp_path, '[tool.poet.calls]\n"httpx.get" = {retry_after = false}\n'), {}).calls
    changed: Catalogue = load_catalogue({name: dict(entry) for name, entry in calls})
    assert (changed["httpx.get"].effect, changed["httpx.get"].retry_after) == ("read", False)


def test_the_words_are_the_catalogues() -> None:
    """They stand in two places, since configuration is read before anything is analysed."""
    assert (tuple(Effect), ALL_FORMS) == (EFFECTS, FORMS)


REFUSED = {
    "unknown key": ('"a.b" = {efect = "read"}', 2, "unknown setting `efect`", "`effect`"),
    "unknown effect": ('"a.b" = {effect = "red"}', 2, '`effect` must be one of "pure", "read"', ""),
    "effect of another type": ('"a.b" = {effect = 1}', 2, "not 1", ""),
    "no effect": ('"a.b" = {timeout = "timeout"}', 2, "`effect` is missing", "idempotent"),
    "no dotted name": ('fetch = {effect = "read"}', 2, "'fetch' in [tool.poet.calls] is not a dotted", "mylib.fetch"),
    "no name": ('"a.b c" = {effect = "read"}', 2, "not a dotted name", ""),
    "a keyword": ('"a.class" = {effect = "read"}', 2, "not a dotted name", ""),
    "a star inside": ('"a.*.b" = {effect = "read"}', 2, "not a dotted name", ""),
    "not quoted": ('a.b = {effect = "read"}', 2, "`a` in [tool.poet.calls] must be quoted", "quotes"),
    "no table": ('"a.b" = "read"', 2, "`a.b` in [tool.poet.calls] must be a table", "quotes"),
    "timeout": ('"a.b" = {effect = "read", timeout = "time out"}', 2, "must be the name of a parameter", ""),
    "unit": ('"a.b" = {effect = "read", timeout = "t", unit = "h"}', 2, '"s", "ms"', ""),
    "transient": ('"a.b" = {effect = "read", transient = ["Busy"]}', 2, "must be a list of at most 50 exceptions", ""),
    "transient that isn't one": ('"a.b" = {effect = "read", transient = ["print"]}', 2, "must be a list", ""),
    "transient that stops programs": ('"a.b" = {effect = "read", transient = ["KeyboardInterrupt"]}', 2, "a list", ""),
    "retry_after": ('"a.b" = {effect = "read", retry_after = 1}', 2, "must be true or false", ""),
    "form": ('"a.b" = {effect = "read", form = "method"}', 2, '"call", "await"', ""),
    "returns": ('"a.b" = {effect = "read", returns = "Client"}', 2, "must be the dotted name of a class", ""),
    "in a table of its own": ('[tool.poet.calls."a.b"]\neffect = "read"\ntimeot = "t"', 4, "unknown", "`timeout`"),
}


@pytest.mark.parametrize(("text", "line", "said", "hint"), REFUSED.values(), ids=REFUSED.keys())
def test_what_makes_no_sense_is_refused_at_its_line(tmp_path: Path, text: str, line: int, said: str, hint: str) -> None:
    """Each mistake is named with file and line, and with what may have been meant."""
    told = refused(tmp_path, f"[tool.poet.calls]\n{text}\n")
    assert said in told.message
    assert hint in told.hint
    assert (told.path, told.line, told.column) == ("pyproject.toml", line, 1)


def test_other_shapes_are_refused(tmp_path: Path) -> None:
    """Neither a value in the table's place nor a table without end gets through."""
    assert "must be a table" in refused(tmp_path, "[tool.poet]\ncalls = 3\n").message
    many = "".join(f'"a.b{n}" = {{effect = "read"}}\n' for n in range(501))
    assert "at most 500" in refused(tmp_path, f"[tool.poet.calls]\n{many}").message


def test_an_entry_is_found_again(tmp_path: Path) -> None:
    """For what the build has to say about it."""
    project(tmp_path, FULL)
    assert place_of_call(tmp_path, "mylib.Client.put*")[:2] == (3, 1)
    assert place_of_call(tmp_path, "another.call")[:2] == (5, 1)
    assert place_of_call(tmp_path, "no.such") == (1, 1, "[tool.poet.calls]")
