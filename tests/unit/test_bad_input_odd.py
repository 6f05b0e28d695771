"""Input that is odd and still good: it is built, keeps its form byte for byte, runs, and can be unlinked."""

from __future__ import annotations

from pathlib import Path

from poet_runs import GOOD, IMPORT, build, good_is_built, linked_modules, make, poet, run_python, stored, tree

REPAIRS = "\n\n\n@poet()\ndef {0}(x: int) -> int:\n    return x\n"
"""built, it knows what it wraps"""


def module(*names: str) -> str:
    return IMPORT.rstrip("\n") + "".join(REPAIRS.format(name) for name in names)


LONG = "n" * 180
ODD: dict[str, tuple[str | bytes, tuple[str, ...]]] = {
    "app/bom.py": (b"\xef\xbb\xbf" + module("f").encode(), ("f",)),
    "app/crlf.py": (module("f", "g").replace("\n", "\r\n"), ("f", "g")),
    "app/cr.py": (module("f").replace("\n", "\r"), ("f",)),
    "app/latin.py": (b"# coding: latin-1\nNAME = '\xe9'\n" + module("f").encode(), ("f",)),
    "app/no_newline.py": (module("f").rstrip("\n"), ("f",)),
    "app/größe.py": (module("größe_数", "ﬁ"), ("größe_数", "fi")),
    "app/CON.py": (module("NUL", "aux"), ("NUL", "aux")),
    "app/_runtime.py": (module("f"), ("f",)),
    "app/_init.py": (module("f"), ("f",)),
    "app/poetc.py": (module("poet_", "perceive", "operate", "bind", "rt", "original"), ("poet_", "operate", "rt")),
    "app/cases.py": (module("slug", "Slug", "SLUG"), ("slug", "Slug", "SLUG")),
    "app/long.py": (module(LONG), (LONG,)),
    "app/dunder.py": (module("__call__", "_", "__name"), ("__call__", "_", "__name")),
    "app/sub/__init__.py": (module("f"), ("f",)),
}


def test_all_of_it_is_built_and_runs(tmp_path: Path) -> None:
    """Every function is enhanced, under its own name; nothing is said, nothing but one import a file changes."""
    root = make(tmp_path, {name: content for name, (content, _) in ODD.items()})
    originals = {name: (root / name).read_bytes() for name in ODD}
    ran = build(root)
    assert (ran.code, ran.said) == (0, [])
    assert set(ran.endings.values()) == {"built"}
    assert good_is_built(root)
    program = ["from importlib import import_module"]
    for name, (_, functions) in ODD.items():
        assert_one_import_changed(originals[name], (root / name).read_bytes())
        dotted = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        program += [
            f"assert vars(import_module({dotted!r}))[{f!r}].__wrapped__(5) == 5, {(dotted, f)!r}" for f in functions
        ]
    run_python(root, "\n".join(program))
    assert build(root, "--check").code == 0
    assert poet(root, "unlink").code == 0
    assert {name: (root / name).read_bytes() for name in ODD} == originals
    assert (root / "app" / "good.py").read_text() == GOOD


def assert_one_import_changed(before: bytes, after: bytes) -> None:
    """The module's name in one import is the only difference: byte-order mark, newlines and encoding stay."""
    head, found, tail = before.partition(b"from poetc import poet")
    assert found
    assert after.startswith(head + b"from app._poet.")
    assert after.endswith(b" import poet" + tail)
    assert after.count(b"\n") == before.count(b"\n")


def test_a_name_too_long_for_a_file_is_stored_under_a_shorter_one(tmp_path: Path) -> None:
    """200 bytes of name, 600 of them in UTF-8: the version has a folder, or the name is refused; never half of it."""
    names = ["n" * 200, "数" * 70, "n" * 230, "数" * 100]
    root = make(tmp_path, {"app/long.py": module(*names)})
    ran = build(root)
    refused = {one["unit"].removeprefix("app.long.") for one in ran.said}
    assert {one["code"] for one in ran.said} <= {"POET213"}
    assert refused <= {"n" * 230, "数" * 100}
    built = {name.removeprefix("app.long.") for name, ending in ran.endings.items() if ending == "built"}
    assert built == {*names, "app.good.slug"} - refused
    assert len(stored(root)) == len(built)
    assert ran.code == bool(refused)
    assert max(len(path.name.encode()) for path in root.rglob("*")) <= 255


def test_a_package_that_has_a_poet_of_its_own(tmp_path: Path) -> None:
    """Somebody's own `_poet` stays as it is, also in a copy; nothing of its package is stored; others are built."""
    own = {"app/_poet/__init__.py": "VERSE = 1\n", "app/_poet/rhyme.py": "x = 2\n", "other/_poet.py": "VERSE = 2\n"}
    packages = {"other/__init__.py": "", "third/__init__.py": ""}
    root = make(tmp_path, {**own, **packages, "other/m.py": module("f"), "third/m.py": module("f")})
    before = tree(root)
    ran = build(root)
    assert ran.code == 2
    assert ran.endings == {"app.good.slug": "failed", "other.m.f": "failed", "third.m.f": "built"}
    told = {(one["path"], one["line"], one["column"], one["code"]) for one in ran.said}
    assert told == {("app/good.py", 1, 1, "POET503"), ("other/m.py", 1, 1, "POET503")}
    assert [one["hint"].split(";")[0] for one in ran.said] == ["rename app/_poet", "rename other/_poet.py"]
    after = tree(root)
    assert {name for name in before if after.get(name) != before[name]} == {"third/m.py"}
    assert stored(root) == {"third.m.f"}
    assert linked_modules(root, "third") == {"m"}
    copied = build(root, "--out", "copy")
    assert copied.code == 2
    assert {name: (root / "copy" / name).read_text() for name in own} == own


def test_a_link_package_of_the_user_beside_scripts(tmp_path: Path) -> None:
    """A `_poet.py` beside scripts is theirs too."""
    root = make(tmp_path, {"script.py": module("f"), "_poet.py": "VERSE = 1\n"})
    ran = build(root)
    assert (ran.code, ran.endings) == (2, {"app.good.slug": "built", "script.f": "failed"})
    assert [(one["path"], one["code"]) for one in ran.said] == [("script.py", "POET503")]
    assert stored(root) == {"app.good.slug"}
    assert good_is_built(root)
