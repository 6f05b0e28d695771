"""An entry of [tool.poet.calls] that names what isn't there gets a warning; nothing is imported to find out."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from poetc.config import Options
from poetc.ir import Severity
from poetc.pipeline.catalogue import catalogue_warnings

TRAP = "raise SystemExit('imported')\ndef fetch(): ...\nclass Client: ...\n"

THERE = ["mylib.fetch", "mylib.Client.get", "mylib.sub.go", "mylib.lazy.any", "flat.run", "inner.deep.run", "mylib.*"]
THERE += ["httpx.get", "httpx.Client.get", "json.loads", "sys.exit", "os.path.join", "pydantic_core._pydantic_core.x"]
GONE = {
    "nolib.fetch": "there is no module `nolib`",
    "mylib.fecth": "there is no `fecth` in the module `mylib`",
    "mylib.Cleint.get": "there is no `Cleint` in the module `mylib`",
    "mylib.sub.gone": "there is no `gone` in the module `mylib.sub`",
    "mylib.nosub.go": "there is no `nosub` in the module `mylib`",
    "flat.walk": "there is no `walk` in the module `flat`",
    "spaces.gone": "there is no module `spaces.gone`",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with modules that must not be imported."""
    files = {"mylib/__init__.py": TRAP, "mylib/sub.py": "def go(): ...\n", "src/flat.py": "run = 1\n"}
    files |= {"mylib/lazy.py": "def __getattr__(name): ...\n", "lib/inner/deep.py": "run = 1\n", "spaces/x.py": ""}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def warnings_of(root: Path, *names: str) -> list[str]:
    options = Options(root=root, src=("lib",), calls=tuple((name, (("effect", "read"),)) for name in names))
    found = list(catalogue_warnings(options))
    assert {(d.code, d.severity, d.path) for d in found} <= {("POET220", Severity.WARNING, "pyproject.toml")}
    return [d.message for d in found]


def test_what_is_there_is_not_complained_of(root: Path) -> None:
    """In the project, in its source roots, beside poetc; also what a module makes up as it is asked."""
    before = set(sys.modules)
    assert warnings_of(root, *THERE) == []
    assert not {"mylib", "mylib.sub", "flat", "inner"} & (set(sys.modules) - before)


@pytest.mark.parametrize(("name", "said"), GONE.items(), ids=GONE.keys())
def test_what_is_not_there_is_named(root: Path, name: str, said: str) -> None:
    """With its entry and, in the file, its line."""
    (root / "pyproject.toml").write_text(f'[tool.poet.calls]\n"{name}" = {{effect = "read"}}\n')
    assert warnings_of(root, name) == [f"`{name}` in [tool.poet.calls]: {said}"]
    options = Options(root=root, calls=((name, (("effect", "read"),)),))
    told = next(catalogue_warnings(options))
    assert (told.line, told.column, told.excerpt) == (2, 1, f'"{name}" = {{effect = "read"}}')
