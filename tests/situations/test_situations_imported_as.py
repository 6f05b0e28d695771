"""A linked module is found in the way that the program imports it, or it isn't linked and that is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from generated import generated, linked, table

from poetc.ir import Ending
from tests.built_projects import ROOT, build, interpreter, poet, python, run, said, unlink, write

PRICE = "from poetc import poet\n{more}\n\n@poet()\ndef price(n: int) -> int:\n    return n * 2\n"
PLAIN = PRICE.format(more="")
SHOW = "\n\nprint(price(3), hasattr(price, '__wrapped__'))\n"
GUARDED = "\nif __name__ == '__main__':\n    print(price(3), hasattr(price, '__wrapped__'))\n"
CONFIGURED = '[project]\nname = "m"\nversion = "0"\n[tool.poet]\nsrc = ["{}"]\n'
DISTRIBUTION = '[build-system]\nrequires = ["setuptools"]\n[project]\nname = "{}"\nversion = "1"\n'


def snapshot(root: Path) -> dict[str, bytes]:
    """Every source and linked file."""
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*.py")) if ".dana" not in p.parts}


def starts(root: Path, *arguments: str, cwd: str = ".", path: str | None = None) -> str:
    """What the program prints when it is started so, without poetc."""
    done = run(
        [interpreter("3.11"), "-S", "-W", "error", *arguments], cwd=root / cwd, env={"PYTHONPATH": path} if path else {}
    )
    return said(done).strip()


def settled(root: Path) -> None:
    """A second build changes nothing, `--check` agrees, and unlinking gives back what was there."""
    before = snapshot(root)
    again = poet(root, "build")
    assert again.returncode == 0 and snapshot(root) == before, again.stdout
    assert poet(root, "build", "--check").returncode == 0


LAYOUTS: dict[str, tuple[dict[str, str], list[tuple[tuple[str, ...], str, str | None]]]] = {
    "a namespace whose modules import each other by it": (
        {"app/main.py": PLAIN, "app/jobs.py": "from app.main import price" + SHOW},
        [(("-m", "app.jobs"), ".", None), (("-c", "import app.jobs"), ".", None), (("app/jobs.py",), ".", ".")],
    ),
    "a flat folder whose modules import each other": (
        {"app/main.py": PLAIN, "app/jobs.py": "from main import price" + SHOW},
        [(("app/jobs.py",), ".", None), (("jobs.py",), "app", None), (("-c", "import jobs"), "app", None)],
    ),
    "a flat module that needs its neighbour": (
        {"app/main.py": PRICE.format(more="import helper") + SHOW, "app/helper.py": ""},
        [(("app/main.py",), ".", None), (("main.py",), "app", None), (("-m", "main"), "app", None)],
    ),
    "a module at the root": (
        {"main.py": PLAIN + SHOW},
        [(("main.py",), ".", None), (("-m", "main"), ".", None), (("-c", "import main"), ".", None)],
    ),
    "a script that needs a module at the root, which is linked too": (
        {
            "scripts/go.py": PRICE.format(more="from util import other") + SHOW,
            "util.py": PLAIN.replace("price", "other"),
        },
        [(("scripts/go.py",), ".", "."), (("-m", "scripts.go"), ".", None)],
    ),
    "a package below src that is imported as src.shop": (
        {
            "src/__init__.py": "",
            "src/shop/__init__.py": "",
            "src/shop/pay.py": PLAIN,
            "main.py": "from src.shop.pay import price" + SHOW,
        },
        [(("main.py",), ".", None), (("-m", "main"), ".", None)],
    ),
    "a package below src": (
        {"src/shop/__init__.py": "", "src/shop/pay.py": PLAIN, "main.py": "from shop.pay import price" + SHOW},
        [(("main.py",), ".", "src")],
    ),
    "relative imports in a namespace": (
        {"app/main.py": PRICE.format(more="from . import other") + SHOW, "app/other.py": ""},
        [(("-m", "app.main"), ".", None)],
    ),
    "a command in the Procfile": (
        {"app/main.py": PLAIN + SHOW, "Procfile": "web: uvicorn app.main:app\n"},
        [(("-c", "import app.main"), ".", None)],
    ),
    "a script that pyproject.toml names": (
        {
            "app/main.py": PLAIN + SHOW,
            "pyproject.toml": '[project]\nname = "m"\nversion = "0"\n[project.scripts]\nm = "app.main:price"\n',
        },
        [(("-c", "import app.main"), ".", None)],
    ),
    "a folder that the configuration names": (
        {"app/main.py": PLAIN + SHOW, "pyproject.toml": CONFIGURED.format("app")},
        [(("app/main.py",), ".", None), (("-c", "import main"), "app", None)],
    ),
    "the root that the configuration names": (
        {"app/main.py": PLAIN + SHOW, "pyproject.toml": CONFIGURED.format(".")},
        [(("-m", "app.main"), ".", None)],
    ),
    "a flat module below src": (
        {"src/fetch.py": PLAIN + SHOW},
        [(("src/fetch.py",), ".", None), (("-c", "import fetch"), ".", "src"), (("-m", "fetch"), "src", None)],
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_program_starts_as_before_with_what_was_built(layout: str, tmp_path: Path) -> None:
    """In each way that it could be started, and the build converges and can be taken back."""
    files, ways = LAYOUTS[layout]
    root = write(tmp_path, files)
    before = snapshot(root)
    build(root)
    for arguments, cwd, path in ways:
        assert starts(root, *arguments, cwd=cwd, path=path) == "6 True"
    settled(root)
    unlink(root)
    assert snapshot(root) == before


DOUBTS: dict[str, tuple[dict[str, str], list[tuple[tuple[str, ...], str]]]] = {
    "nothing imports it": (
        {"app/main.py": PLAIN + SHOW},
        [(("app/main.py",), "."), (("-m", "app.main"), "."), (("main.py",), "app"), (("-c", "import main"), "app")],
    ),
    "it is imported by two names": (
        {"app/main.py": PLAIN + SHOW, "a.py": "import app.main\n", "app/b.py": "import main\n"},
        [(("a.py",), "."), (("app/b.py",), "."), (("-m", "app.main"), ".")],
    ),
    "one name of two files": (
        {"fn_a/handler.py": PLAIN + SHOW, "fn_b/handler.py": PLAIN + SHOW},
        [(("-c", "import handler"), "fn_a"), (("-c", "import handler"), "fn_b")],
    ),
    "a module hides the folder": (
        {"app.py": "", "app/main.py": PRICE.format(more="from . import x") + SHOW, "app/x.py": ""},
        [],
    ),
    "a script in a package": (
        {"app/__init__.py": "", "app/main.py": PLAIN + GUARDED},
        [(("app/main.py",), "."), (("-m", "app.main"), ".")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("layout", DOUBTS)
def test_what_cannot_be_told_is_not_linked_and_said(layout: str, tmp_path: Path) -> None:
    """An error at the function, the same each time, from `--check` and doctor too; and the program starts as before."""
    files, ways = DOUBTS[layout]
    root = write(tmp_path, files)
    before = snapshot(root)
    for _ in range(2):
        outcomes = build(root, sound=False)
        assert outcomes and {outcome.ending for outcome in outcomes.values()} == {Ending.FAILED}
        for outcome in outcomes.values():
            (said_of_it,) = outcome.diagnostics
            assert said_of_it.code == "POET240" and said_of_it.path == outcome.path and said_of_it.line
    assert snapshot(root) == before
    assert (
        poet(root, "build").returncode
        == poet(root, "build", "--check").returncode
        == poet(root, "doctor").returncode
        == 1
    )
    for arguments, cwd in ways:
        plain = str(ROOT)
        assert starts(root, *arguments, cwd=cwd, path=plain) == "6 False"


def test_two_files_of_one_name_are_told_apart_by_their_paths(tmp_path: Path) -> None:
    """Each has its own name in the store and a link package of its own, so both may even be on one path."""
    files = {"fn_a/handler.py": PLAIN + SHOW, "fn_b/handler.py": PLAIN.replace("* 2", "* 3") + SHOW}
    root = write(tmp_path, files | {"pyproject.toml": CONFIGURED.format('fn_a", "fn_b')})
    assert set(build(root)) == {"fn_a.handler.price", "fn_b.handler.price"}
    for folder, result in (("fn_a", "6 True"), ("fn_b", "9 True")):
        other = "fn_b" if folder == "fn_a" else "fn_a"
        assert starts(root, "-c", "import handler", path=f"{folder}:{other}") == result
    settled(root)


def test_two_distributions_in_one_environment(tmp_path: Path) -> None:
    """Modules that stand alone link to a package that is called after the distribution."""
    for name, number in (("foo", 2), ("bar", 3)):
        root = write(
            tmp_path / name,
            {f"{name}.py": PLAIN.replace("* 2", f"* {number}"), "pyproject.toml": DISTRIBUTION.format(name)},
        )
        build(root)
        assert linked(root, f"{name}.price").relative_to(root).parts[0] == f"_poet_{name}"
    program = "import foo, bar; print(foo.price(1), bar.price(1), hasattr(foo.price, '__wrapped__'))"
    assert (
        starts(tmp_path, "-c", program, path="foo:bar") == starts(tmp_path, "-c", program, path="bar:foo") == "2 3 True"
    )


def test_a_link_that_moves_takes_its_old_package_along(tmp_path: Path) -> None:
    """A folder that becomes a package is linked anew; the old link goes, and unlinking still knows what was there."""
    original = PLAIN.replace("from poetc import poet", "from poetc import poet as poet  # why")
    root = write(tmp_path, {"app/main.py": original, "app/jobs.py": "from main import price" + SHOW})
    build(root)
    old = root / "app/_poet_app"
    assert old.is_dir()
    (root / "app/jobs.py").write_text("from app.main import price" + SHOW)
    (root / "app/__init__.py").write_text("")
    build(root)
    assert not old.exists() and starts(root, "-m", "app.jobs") == "6 True"
    settled(root)
    unlink(root)
    assert (root / "app/main.py").read_text() == original


def test_a_project_inside_a_project_is_left_to_itself(tmp_path: Path) -> None:
    """It is built with its own settings by whoever names it, and the outer build leaves its links alone."""
    inner = '[project]\nname = "pay"\nversion = "0"\n[tool.poet]\nperceive = "strict"\n'
    files = {
        "m.py": PLAIN,
        "services/pay/pyproject.toml": inner,
        "services/pay/src/pay/__init__.py": "",
        "services/pay/src/pay/a.py": PLAIN,
    }
    root = write(tmp_path, files)
    assert poet(root, "build", "services/pay").returncode == 0
    linked = snapshot(root / "services")
    outer = poet(root, "build")
    assert outer.returncode == 0 and "POET219" in outer.stdout and snapshot(root / "services") == linked
    assert generated(root / "services/pay", "pay.a.price").only("Perceive")["mode"] == "strict"
    assert table(root, "m.py").is_file()
    assert poet(root / "services/pay", "build", "--check").returncode == 0


REEXPORTED = {
    "src/app/__init__.py": "from poetc import poet\n",
    "src/app/a.py": PLAIN.replace("from poetc", "from app"),
    "src/lib/__init__.py": "",
    "src/lib/tools.py": PLAIN,
    "src/lib/b.py": PLAIN.replace("from poetc", "from .tools")
    + "\n\n@poet()\ndef twice(n: int) -> int:\n    return price(n) * 2\n",
    "src/lib/c.py": PLAIN.replace("from poetc", "from lib.d"),
    "src/lib/d.py": "from .tools import *\n",
}


def test_a_marker_that_the_project_passes_on(tmp_path: Path) -> None:
    """By a package, by a module that is linked itself, and by a star: the import that names it is linked."""
    root = write(tmp_path, REEXPORTED)
    before = snapshot(root)
    assert {outcome.ending for outcome in build(root).values()} == {Ending.BUILT}
    program = "import app.a, lib.b, lib.c, lib.tools\nfor m in app.a, lib.b, lib.c, lib.tools: print(m.price(2), "
    program += "m.price.__wrapped__(2))"
    assert said(python("3.11", "-W", "error", "-c", program, cwd=root, src=f"src:{ROOT}")) == "4 4\n" * 4
    assert "from lib._poet.b import poet" in (root / "src/lib/b.py").read_text()
    settled(root)
    unlink(root)
    assert snapshot(root) == before


def test_a_marker_that_only_a_star_brings_is_refused(tmp_path: Path) -> None:
    """There is no import of its own that could be linked."""
    root = write(
        tmp_path,
        {
            "app/__init__.py": "",
            "app/tools.py": "from poetc import poet\n",
            "app/m.py": PLAIN.replace("from poetc import poet", "from .tools import *"),
        },
    )
    (outcome,) = build(root, sound=False).values()
    assert outcome.ending is Ending.FAILED and outcome.diagnostics[0].code in ("POET210", "POET240")


def test_a_star_that_hides_the_link_with_an_unlinked_marker_is_refused(tmp_path: Path) -> None:
    """`util` has nothing to be built, so that it stays unlinked, and its marker does nothing."""
    hidden = PRICE.format(more="from .util import *")
    root = write(tmp_path, {"app/__init__.py": "", "app/util.py": "from poetc import poet\n", "app/m.py": hidden})
    (outcome,) = build(root, sound=False).values()
    assert outcome.ending is Ending.FAILED and "in line 2 puts an unlinked marker" in outcome.reason
    (root / "app/m.py").write_text("from .util import *\n" + PLAIN)
    assert build(root)["app.m.price"].ending is Ending.BUILT
