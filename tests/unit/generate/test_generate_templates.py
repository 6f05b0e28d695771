"""The template store: what it loads, what it refuses, and what it tells apart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poetc.domains import FunctionFacts, domain_part
from poetc.generate.templates import TemplateError, TemplateStore, UnknownDomain, default_folder

SHIPPED = Path(__file__).parents[3] / "templates"
PHASES: dict[str, Any] = {"objectives": ["accuracy"]}


def write(folder: Path, domain: str, version: str = "v1", **changes: Any) -> Path:
    """A template of a domain on disk, made current; `changes` replaces files (by stem), None leaves one out."""
    place = folder / domain / version
    place.mkdir(parents=True)
    files: dict[str, Any] = {
        "metadata": {"name": domain, "version": version, "description": "For tests."},
        "phases": {**PHASES, "defaults": DEFAULTS} if domain == "base" else PHASES,
        "template": "Enhance {function_name}:\n{original_code}\n",
        "train_addon": "Optimise for {optimize_for}.\n",
        **changes,
    }
    for stem, content in files.items():
        suffix = ".json" if stem in ("metadata", "phases") else ".txt"
        if content is not None:
            text = content if isinstance(content, str) else json.dumps(content)
            (place / (stem + suffix)).write_text(text, encoding="utf-8", newline="")
    (folder / domain / "current").write_text(version + "\n", encoding="utf-8")
    return place


DEFAULTS: dict[str, Any] = {
    "retries": 2,
    "backoff": {"first": 0.1, "most": 5.0},
    "budget": 45.0,
    "breaker": {"failures": 5, "open_for": 30.0},
}


def test_the_shipped_templates_are_valid() -> None:
    """Both load, and the domain's code understands its phases."""
    domains = TemplateStore(SHIPPED).domains()
    assert set(domains) >= {"base", "ml_monitoring"}
    assert domains["base"].phases["defaults"] == DEFAULTS
    assert "alert_quality" in domains["ml_monitoring"].objectives
    for name, template in domains.items():
        for objective in (None, *template.objectives):
            domain_part(name, FunctionFacts("f", (), is_stub=False, objective=objective), template.phases)


def test_the_digest_is_of_what_decides_an_answer(tmp_path: Path) -> None:
    """Neither folder, times, line ends and blanks nor the texts of prompts make a function stale; a setting does."""
    first = write(tmp_path / "a", "base")
    second = write(tmp_path / "b", "base", template="Enhance {function_name} well:\r\n{original_code}\r\n")
    os.utime(second / "template.txt", (1, 1))
    phases = (first / "phases.json").read_text(encoding="utf-8")
    (second / "phases.json").write_text(phases.replace(",", ",  ") + "\r\n", encoding="utf-8")
    digests = [TemplateStore(tmp_path / name).load("base").digest for name in "ab"]
    assert digests[0] == digests[1]
    changed = json.loads(phases)
    changed["defaults"]["retries"] += 1
    (first / "phases.json").write_text(json.dumps(changed), encoding="utf-8")
    assert TemplateStore(tmp_path / "a").load("base").digest != digests[1]


def test_a_change_on_disk_is_seen_and_nothing_else_is_read_again(tmp_path: Path) -> None:
    """The same template object until a file or `current` changes."""
    place = write(tmp_path, "base")
    store = TemplateStore(tmp_path)
    first = store.load("base")
    assert store.load("base") is first
    (place / "template.txt").write_text("{function_name} {original_code} anew", encoding="utf-8")
    assert "anew" in store.load("base").prompt
    write(tmp_path, "base", "v2")
    assert store.load("base").version == "v2"
    assert store.load("base", "v1").version == "v1"
    assert store.versions("base") == ("v1", "v2")


def nan(place: Path) -> None:
    (place / "phases.json").write_text('{"objectives": [], "operate": {"alpha": NaN}}', encoding="utf-8")


def twice(place: Path) -> None:
    (place / "phases.json").write_text('{"objectives": [], "objectives": ["cost"]}', encoding="utf-8")


def deep(place: Path) -> None:
    (place / "phases.json").write_text('{"operate": ' + "[" * 100_000 + "]" * 100_000 + "}", encoding="utf-8")


def latin(place: Path) -> None:
    (place / "template.txt").write_bytes(b"{function_name} {original_code} caf\xe9")


def large(place: Path) -> None:
    (place / "template.txt").write_text("{function_name} {original_code}" + "x" * 300_000, encoding="utf-8")


def folder(place: Path) -> None:
    (place / "template.txt").unlink()
    (place / "template.txt").mkdir()


def outside(place: Path) -> None:
    secret = place.parents[2] / "secret.txt"
    secret.write_text("{function_name} {original_code} secret", encoding="utf-8")
    (place / "template.txt").unlink()
    (place / "template.txt").symlink_to(secret)


def version_outside(place: Path) -> None:
    target = place.parents[2] / "elsewhere"
    place.rename(target)
    place.symlink_to(target)


def loop(place: Path) -> None:
    (place / "template.txt").unlink()
    (place / "template.txt").symlink_to(place / "template.txt")


def missing(file: str) -> Callable[[Path], None]:
    return lambda place: (place / file).unlink()


def current(text: str) -> Callable[[Path], object]:
    return lambda place: (place.parent / "current").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "file", "what"),
    [
        (nan, "phases.json", "NaN is no JSON number"),
        (twice, "phases.json", "a key stands twice"),
        (deep, "phases.json", "no valid JSON"),
        (latin, "template.txt", "not UTF-8 at byte 35"),
        (large, "template.txt", "larger than"),
        (folder, "template.txt", "regular file"),
        (outside, "template.txt", "leads out"),
        (version_outside, "metadata.json", "leads out"),
        (loop, "template.txt", "cannot be read"),
        (missing("train_addon.txt"), "train_addon.txt", "cannot be read"),
        (missing("phases.json"), "phases.json", "cannot be read"),
        (lambda place: (place.parent / "current").unlink(), "current", "cannot be read"),
        (current("v7\n"), "v7", "no such version"),
        (current("../../etc"), "current", "is no version"),
        (current(""), "current", "is no version"),
        (current("/etc"), "current", "is no version"),
    ],
)
def test_a_damaged_template_is_refused(tmp_path: Path, damage: Callable[[Path], object], file: str, what: str) -> None:
    """The error says which file and what is wrong; nothing else is taken in its place."""
    place = write(tmp_path / "store", "base")
    damage(place)
    with pytest.raises(TemplateError, match=what) as caught:
        TemplateStore(tmp_path / "store").load("base")
    assert caught.value.where.name == file


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"template": "{function_name} {original_code} {password}"}, "unknown placeholder {password}"),
        ({"template": "{function_name.__class__} {original_code}"}, "unknown placeholder"),
        ({"template": "{function_name!r} {original_code}"}, "unknown placeholder"),
        ({"template": "{function_name:>99999999} {original_code}"}, "unknown placeholder"),
        ({"template": "{function_name[0]} {original_code}"}, "unknown placeholder"),
        ({"template": "{} {original_code}"}, "unknown placeholder {}"),
        ({"template": "{function_name} { {original_code}"}, "written twice"),
        ({"template": "{function_name}"}, "lacks the placeholder {original_code}"),
        ({"template": "{function_name} {original_code} {optimize_for}"}, "unknown placeholder {optimize_for}"),
        ({"train_addon": "Train."}, "lacks the placeholder {optimize_for}"),
        ({"phases": {**PHASES, "defaults": DEFAULTS, "oprate": {}}}, "unknown key 'oprate'"),
        ({"phases": {"defaults": DEFAULTS}}, "lacks objectives"),
        ({"phases": PHASES}, "lacks defaults"),
        ({"phases": {"objectives": ["Cost!"], "defaults": DEFAULTS}}, "objectives has 'Cost!'"),
        ({"phases": {"objectives": ["a", "a"], "defaults": DEFAULTS}}, "twice"),
        ({"phases": {**PHASES, "defaults": {**DEFAULTS, "retries": True}}}, "defaults.retries is True"),
        ({"phases": {**PHASES, "defaults": {**DEFAULTS, "retries": 1.5}}}, "defaults.retries is 1.5"),
        ({"phases": {**PHASES, "defaults": {**DEFAULTS, "budget": 0}}}, "defaults.budget is 0"),
        ({"phases": {**PHASES, "defaults": {**DEFAULTS, "backoff": {"first": 1}}}}, "defaults.backoff lacks 'most'"),
        ({"phases": {**PHASES, "defaults": {**DEFAULTS, "breaker": 5}}}, "defaults.breaker is no object"),
        ({"phases": {**PHASES, "defaults": DEFAULTS, "operate": []}}, "operate is no object"),
        ({"phases": []}, "no JSON object"),
        ({"phases": "{"}, "no valid JSON"),
        ({"metadata": {"name": "base", "version": "v2", "description": "x"}}, "version is 'v2', its folder says 'v1'"),
        ({"metadata": {"name": "other", "version": "v1", "description": "x"}}, "name is 'other'"),
        ({"metadata": {"name": "base", "version": "v1"}}, "lacks a description"),
        ({"metadata": {"name": "base", "version": "v1", "description": "x", "nmae": 1}}, "unknown key 'nmae'"),
        (
            {"metadata": {"name": "base", "version": "v1", "description": "x", "dependencies": ["a; import os"]}},
            "dependencies has",
        ),
    ],
)
def test_a_template_that_says_nonsense_is_refused(tmp_path: Path, changes: dict[str, Any], what: str) -> None:
    """Placeholders, keys and numbers are checked before use."""
    write(tmp_path, "base", **changes)
    with pytest.raises(TemplateError) as caught:
        TemplateStore(tmp_path).load("base")
    assert what in str(caught.value)


@pytest.mark.parametrize("name", ["../base", "base/../base", "/etc", "", ".", "..", "Base", "base\n", "b" * 65, "a\0b"])
def test_a_hostile_domain_never_reaches_the_disk(tmp_path: Path, name: str) -> None:
    """Names that could lead elsewhere are unknown domains, like any other."""
    write(tmp_path, "base")
    with pytest.raises(UnknownDomain):
        TemplateStore(tmp_path).load(name)


def test_an_unknown_domain_is_told_from_a_broken_one(tmp_path: Path) -> None:
    """The one is the user's mistake, the other the installation's."""
    write(tmp_path, "base", template="{")
    store = TemplateStore(tmp_path)
    with pytest.raises(UnknownDomain):
        store.load("nothing_like_it")
    with pytest.raises(TemplateError) as caught:
        store.load("base")
    assert not isinstance(caught.value, UnknownDomain)


def test_one_broken_domain_leaves_the_others_usable(tmp_path: Path) -> None:
    """Each domain is checked when it is asked for; asking for all of them doesn't pass over the broken one."""
    write(tmp_path, "base")
    write(tmp_path, "broken", phases="{")
    store = TemplateStore(tmp_path)
    assert store.names() == ("base", "broken")
    assert store.load("base").name == "base"
    with pytest.raises(TemplateError):
        store.domains()


def test_templates_are_found_in_the_installation_or_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """POET_TEMPLATES wins; a folder that isn't there is an error, not a reason to look elsewhere."""
    monkeypatch.delenv("POET_TEMPLATES", raising=False)
    assert (default_folder() / "base" / "current").is_file()
    monkeypatch.setenv("POET_TEMPLATES", str(tmp_path))
    assert default_folder() == tmp_path
    monkeypatch.setenv("POET_TEMPLATES", str(tmp_path / "nowhere"))
    with pytest.raises(TemplateError, match="POET_TEMPLATES"):
        default_folder()


def test_the_client_can_ask_for_identities_without_anything_heavy() -> None:
    """A build with nothing to do asks for digests: no pydantic, HTTP or syntax library may come in by that."""
    script = (
        "import sys; from poetc.generate.templates import TemplateStore, default_folder; "
        "TemplateStore(default_folder()).domains(); "
        "sys.exit(','.join({'pydantic', 'httpx', 'libcst', 'rich', 'typer', 'fastapi'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
