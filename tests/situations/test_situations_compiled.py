"""Programs that are frozen, zipped or compiled, and interpreters inside of one."""

from __future__ import annotations

import modulefinder
import shutil
import subprocess
import sys
import zipapp
from pathlib import Path

import pytest

from tests.built_projects import VERSIONS, build, python, run, said, write

TOTAL = "from poetc import poet\n\n\n@poet()\ndef total(a: int, b: int) -> int:\n    return a + b\n\n\n"
TOTAL += "class Shop:\n    @poet(retries=1)\n    def price(self, n: int) -> int:\n        return n\n"
MAIN = "from app.m import Shop, total\nprint(total(2, 3), Shop().price(4), hasattr(total, '__wrapped__'))\n"
STALE = '[project]\nname = "a"\nversion = "1"\n[tool.poet]\nstale = "error"\n'


def made(root: Path, **files: str) -> Path:
    """A built project with one module."""
    write(root, {"src/app/__init__.py": "", "src/app/m.py": TOTAL, "main.py": MAIN, **files})
    build(root)
    return root


def test_what_freezes_a_program_finds_every_linked_module(tmp_path: Path) -> None:
    """By the imports that stand in the code, as PyInstaller, cx_Freeze and py2exe look for them."""
    root = made(tmp_path)
    finder = modulefinder.ModuleFinder([str(root / "src")])
    finder.run_script(str(root / "main.py"))
    found = {name for name in finder.modules if name.startswith("app._poet")}
    files = [path.relative_to(root / "src").with_suffix("") for path in (root / "src/app/_poet").rglob("*.py")]
    assert found == {".".join(path.parts).removesuffix(".__init__") for path in files}


def test_pyinstaller(tmp_path: Path) -> None:
    """The frozen program runs what was built."""
    pytest.importorskip("PyInstaller", reason="PyInstaller is heavy; what it looks for is tested above")
    root = made(tmp_path)
    command = [sys.executable, "-m", "PyInstaller", "--onedir", "--noconfirm", "--paths", "src", "main.py"]
    assert run(command, cwd=root).returncode == 0
    assert said(run([root / "dist/main/main"], cwd=root)) == "5 4 True\n"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_zipped_application(version: str, tmp_path: Path) -> None:
    """What lies in a zip is trusted, and what was built runs."""
    root = made(tmp_path)
    shutil.copy(root / "main.py", root / "src/__main__.py")
    zipapp.create_archive(root / "src", root / "app.pyz")
    assert said(python(version, "-W", "error", "app.pyz", cwd=root, src=None)) == "5 4 True\n"


@pytest.mark.parametrize("compiler", ["mypyc", "Cython"])
@pytest.mark.parametrize("stale", ["error", "original"])
def test_a_compiled_module_says_that_it_runs_as_written(compiler: str, stale: str, tmp_path: Path) -> None:
    """There is no Python function left to be enhanced: a warning, or an error where the project asked for that."""
    pytest.importorskip("mypyc" if compiler == "mypyc" else "Cython", reason="a compiler that this run doesn't have")
    if shutil.which("gcc") is None:
        pytest.skip("no C compiler")
    root = made(tmp_path, **{"pyproject.toml": STALE.replace('"error"', f'"{stale}"')})
    tool = ["-m", "mypyc"] if compiler == "mypyc" else ["-m", "Cython.Build.Cythonize", "-q", "-i", "-3"]
    built = subprocess.run([sys.executable, *tool, "app/m.py"], cwd=root / "src", capture_output=True, check=False)
    assert built.returncode == 0, built.stderr
    done = run([sys.executable, "main.py"], cwd=root, env={"PYTHONPATH": "src"})
    if stale == "error":
        assert "PoetStaleError: app.m.total is compiled" in done.stderr and done.returncode == 1
    else:
        assert said(done) == "5 4 False\n" and done.stderr.count("PoetStaleWarning: app.m.") == 2


def test_what_is_no_python_function_is_said(tmp_path: Path) -> None:
    """The same without a compiler: a function of C in the place of the one that was built."""
    root = made(tmp_path, **{"pyproject.toml": STALE})
    program = (
        "import app._poet.m as t\n"
        "class Compiled:\n    def __init__(self, name): self.__qualname__ = name\n"
        "other = Compiled('unknown'); assert t.poet(other) is other and t.poet()(len) is len\n"
        "try: t.poet()(Compiled('total'))\nexcept Exception as e: print(e)"
    )
    assert said(python("3.11", "-c", program, cwd=root)).startswith("app.m.total is compiled, so what")


SUB = """
import _xxsubinterpreters as sub
code = '''
import sys; sys.path[:0] = ["src"]
from app.m import Shop, total
assert total(2, 3) == 5 and Shop().price(4) == 4 and hasattr(total, "__wrapped__")
import app.slow
assert app.slow.counted(3) == 3 and app.slow.slept(1) == 1
open("done", "w").close()
'''
print(sub.run_string(sub.create(isolated=True), code))
"""
SLOW = """
import time
from poetc import poet


@poet(timeout=5)
def counted(n: int) -> int:
    total = 0
    for each in range(200_000):
        total += each
    return n


@poet(timeout=5, retries=1)
def slept(n: int) -> int:
    time.sleep(0.01)
    return n
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_an_isolated_subinterpreter(version: str, tmp_path: Path) -> None:
    """It can have no signal handlers and no daemon threads, and imports only what promises to be safe there."""
    root = made(tmp_path, **{"src/app/slow.py": SLOW})
    program = SUB.replace("_xxsubinterpreters", "_interpreters") if version == "3.13" else SUB
    if version == "3.13":
        program = program.replace("sub.create(isolated=True)", "sub.create('isolated')")
    done = python(version, "-W", "error::DeprecationWarning:__main__", "-c", program, cwd=root)
    assert (root / "done").exists(), done.stdout + done.stderr
