"""Source files nobody can build: a diagnostic with its place, code and hint; everything else is built all the same."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from poet_runs import IMPORT, Content, build, good_is_built, linked_modules, make, poet, stored, tree

DEF = "@poet()\ndef f(x: int) -> int:\n    return x\n"


@dataclass(frozen=True)
class Bad:
    """A bad file, and what is to be said of it; line 0: there is no one place, column 0: the one that Python tells."""

    content: Content
    code: str
    line: int
    column: int
    exit_code: int
    severity: str = "error"
    unit: str = ""


def function(decorator: str, above: str = "") -> str:
    return f"{IMPORT}{above}{decorator}\ndef f(x: int) -> int:\n    return x\n"


FILES = {
    "syntax_error": Bad(IMPORT + "@poet()\ndef f(:\n    pass\n", "POET101", 5, 7, 2),
    "unclosed": Bad(IMPORT + DEF + "x = (1,\n", "POET101", 7, 5, 2),
    "not_utf8": Bad(IMPORT.encode() + b"@poet()\ndef f():\n    return '\xff'\n", "POET103", 6, 13, 2),
    "unknown_encoding": Bad("# coding: klingon\n" + IMPORT + DEF, "POET103", 1, 1, 2),
    "null_byte": Bad(IMPORT + "x = '\0'\n\n\n" + DEF, "POET104", 4, 6, 2),
    "deep_brackets": Bad(IMPORT + f"@poet()\ndef f():\n    return {'(' * 10_000}{')' * 10_000}\n", "POET105", 6, 0, 2),
    "deep_operators": Bad(IMPORT + f"@poet()\ndef f():\n    return {'-' * 10_000}1\n", "POET105", 6, 0, 2),
    "deep_attributes": Bad(IMPORT + f"@poet()\ndef f(x):\n    return x{'.a' * 10_000}\n", "POET105", 6, 0, 2),
    "deep_blocks": Bad(
        IMPORT + "@poet()\ndef f(x):\n" + "".join(f"{' ' * (n + 1)}if x:\n" for n in range(1000)),
        "POET105",
        0,
        0,
        2,
    ),
    "large": Bad(IMPORT + DEF + "# x\n" * 5_000_000, "POET106", 0, 0, 2),
    "large_function": Bad(
        IMPORT + f"@poet()\ndef f():\n    return '{'x' * 1_500_000}'\n", "POET106", 4, 2, 2, unit="f"
    ),
}

DECORATORS = {
    "unknown_argument": Bad(function("@poet(retrys=2)"), "POET201", 4, 7, 1, unit="f"),
    "not_a_literal": Bad(
        function('@poet(retries=int(os.environ["N"]))', "import os\n\n\n"), "POET202", 7, 15, 1, unit="f"
    ),
    "hidden_arguments": Bad(function("@poet(**options)", "options = {}\n\n\n"), "POET202", 7, 7, 1, unit="f"),
    "wrong_value": Bad(function("@poet(retries=-1)"), "POET203", 4, 15, 1, unit="f"),
    "unknown_domain": Bad(function('@poet(domain="ml_monitorin")'), "POET204", 4, 14, 1, unit="f"),
    "unknown_objective": Bad(function('@poet(optimize_for="fun")'), "POET205", 4, 20, 1, unit="f"),
    "positional": Bad(function('@poet("ml_monitoring")'), "POET212", 4, 7, 1, unit="f"),
    "imported_inside": Bad(
        "x = 1\n\n\ndef g():\n    from poetc import poet\n\n    @poet()\n    def f(): return 1\n    return f\n",
        "POET207",
        7,
        6,
        1,
        unit="g.<locals>.f",
    ),
    "a_lambda": Bad(IMPORT + "f = poet()(lambda x: x)\n", "POET208", 4, 5, 1),
    "a_class": Bad(IMPORT + "@poet()\nclass C:\n    pass\n", "POET208", 4, 2, 1, unit="C"),
    "long_name": Bad(IMPORT + f"@poet()\ndef {'f' * 3000}(x):\n    return x\n", "POET213", 4, 2, 1, unit="f" * 3000),
}

SKIPPED = {
    "defined_twice": Bad(IMPORT + DEF + "\n\n" + DEF, "POET206", 9, 2, 0, "warning", "f"),
    "in_two_branches": Bad(
        IMPORT + "if IMPORT:\n    @poet()\n    def f(): return 1\nelse:\n    @poet()\n    def f(): return 2\n",
        "POET206",
        8,
        6,
        0,
        "warning",
        "f",
    ),
    "below_another": Bad(
        IMPORT + "def other(f):\n    return f\n\n\n@poet()\n@other\ndef f():\n    return 1\n",
        "POET209",
        9,
        2,
        0,
        "warning",
        "f",
    ),
    "link_to_itself": Bad(lambda path: path.symlink_to(path.name), "POET107", 0, 0, 0, "warning"),
}

CASES = FILES | DECORATORS | SKIPPED


@pytest.mark.parametrize("name", CASES)
def test_a_bad_file_alone_is_left_alone(tmp_path: Path, name: str) -> None:
    """One diagnostic at its place; the good function is built; of the bad one nothing is written; exit code."""
    case = CASES[name]
    root = make(tmp_path, {f"app/{name}.py": case.content})
    before = tree(root)
    ran = build(root)
    (said,) = ran.said
    unit = f"app.{name}.{case.unit}" if case.unit else ""
    place = said["path"], said["code"], said["severity"], said["unit"]
    assert place == (f"app/{name}.py", case.code, case.severity, unit)
    if case.line:
        assert (said["line"], said["column"]) == (case.line, case.column or said["column"])
        assert said["column"] > 0
    assert said["hint"]
    assert ran.code == case.exit_code
    assert_only_good_is_built(root, before)


def assert_only_good_is_built(root: Path, before: dict[str, str]) -> None:
    """Nothing but the good function was built, and no other file of the user was touched."""
    assert good_is_built(root)
    assert (stored(root), linked_modules(root)) == ({"app.good.slug"}, {"good"})
    after = tree(root)
    assert {name for name in before if after.get(name) != before[name]} == {"app/good.py"}
    created = {name for name in after if name not in before}
    assert {name.split("/")[0] for name in created if not name.startswith("app/_poet/")} == {".dana"}


def test_all_of_them_at_once_for_people(tmp_path: Path) -> None:
    """The text has path:line:column, code and hint of each; the worst of them decides the exit code."""
    root = make(tmp_path, {f"app/{name}.py": case.content for name, case in CASES.items()})
    before = tree(root)
    ran = poet(root, "build")
    lines = ran.out.splitlines()
    for name, case in CASES.items():
        path = f"app/{name}.py"
        (head,) = (line for line in lines if line.startswith((f"{path}:", f"{path} ")) and case.code in line)
        place, _, rest = head.partition(" ")
        assert rest.startswith(f"{case.severity} {case.code} ")
        if case.line:
            assert place.startswith(f"{path}:{case.line}:{case.column or ''}")
    assert ran.out.count("\n  hint: ") == len(CASES)
    assert (ran.code, ran.err) == (2, "")
    assert max(map(len, lines)) < 4000  # the name of 3000 characters, but no line of a megabyte
    assert_only_good_is_built(root, before)
    again = build(root, "--check")
    assert again.code == 2
    assert {one["code"] for one in again.said} == {case.code for case in CASES.values()}
    assert again.endings["app.good.slug"] == "fresh"


def test_bad_files_that_mention_no_decorator_are_nobodys_business(tmp_path: Path) -> None:
    """A template with a .py name, binary data or a huge table don't break the build of others."""
    files = {"app/a.py": b"x\0", "app/b.py": b"\xff\xfe", "app/c.py": "{{ name }} = (", "app/d.py": "# x\n" * 5_000_000}
    root = make(tmp_path, files)
    ran = build(root)
    assert (ran.code, ran.said) == (0, [])
    assert good_is_built(root)


CONFIGURATIONS: list[tuple[str, str, int, int]] = [
    ("pyproject.toml", "[tool.poet]\nretries = = 2\n", 2, 11),
    ("pyproject.toml", "[tool.poet]\njobs = 4\nretrys = 2\n", 3, 1),
    ("pyproject.toml", "[tool.poet]\npaths = ['../elsewhere']\n", 2, 1),
    (".env", "# ours\nPOET_RETRIES=many\n", 2, 1),
    (".env", "AITOMATIC_API_URL=ftp://example.org\n", 1, 1),
]


@pytest.mark.parametrize(("name", "text", "line", "column"), CONFIGURATIONS)
def test_a_configuration_that_makes_no_sense(tmp_path: Path, name: str, text: str, line: int, column: int) -> None:
    """POET220 at its place; nothing can be built without it, so nothing is written; exit code 2."""
    root = make(tmp_path, {name: text})
    before = tree(root)
    for arguments in ((), ("--check",)):
        ran = build(root, *arguments)
        (said,) = ran.said
        assert (said["code"], said["path"], said["line"], said["column"]) == ("POET220", name, line, column)
        assert ran.code == 2
    assert poet(root, "build").out.startswith(f"{name}:{line}:{column} error POET220 ")
    assert tree(root) == before


def test_what_is_no_file_is_passed_by(tmp_path: Path) -> None:
    """A pipe doesn't hang the build, a folder called x.py is a folder, links that loop are not followed for ever."""
    root = make(
        tmp_path,
        {
            "app/pipe.py": os.mkfifo,
            "app/folder.py": Path.mkdir,
            "app/around": lambda path: path.symlink_to("..", target_is_directory=True),
            "app/one": lambda path: path.symlink_to("two"),
            "app/two": lambda path: path.symlink_to("one"),
        },
    )
    ran = build(root)
    assert ran.code == 0
    assert {one["code"] for one in ran.said} <= {"POET107"}
    assert "app/around" in {one["path"] for one in ran.said}
    assert good_is_built(root)


def test_paths_that_make_no_sense_are_said(tmp_path: Path) -> None:
    """A path that isn't there, is no file, or lies elsewhere is an error of its own; the other paths are built."""
    root = make(tmp_path / "project", {"app/pipe.py": os.mkfifo})
    (tmp_path / "elsewhere.py").write_text(IMPORT + DEF)
    ran = build(root, "app/good.py", "nowhere.py", "app/pipe.py", "pyproject.toml", "../elsewhere.py")
    assert sorted(one["code"] for one in ran.said) == ["POET102", "POET108", "POET108", "POET108"]
    assert ran.code == 2
    assert good_is_built(root)
