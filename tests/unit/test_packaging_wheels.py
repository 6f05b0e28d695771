"""What a wheel carries: poetc's own, and those of projects that were built, which run without poetc."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
POET = str(Path(sysconfig.get_path("scripts"), "poet"))

BACKENDS = {
    "hatchling": """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel]
packages = ["src/sample"]
""",
    "setuptools": """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[tool.setuptools.packages.find]
where = ["src"]
""",
}

PROJECT = """
[project]
name = "sample"
version = "1.0"

[tool.poet]
"""

TEXT = '''\
"""Functions that need the standard library only."""

from __future__ import annotations

from urllib.request import urlopen

from poetc import poet


@poet()
def slug(text: str, limit: int = 20) -> str:
    """A short name for a text."""
    return "-".join(text.lower().split())[:limit]


@poet(timeout=5.0)
def fetched(url: str) -> bytes:
    """What lies at an address."""
    with urlopen(url) as response:
        body: bytes = response.read()
    return body


class Counter:
    """Counts."""

    def __init__(self) -> None:
        self.count = 0

    @poet(retries=2)
    async def add(self, amount: int = 1) -> int:
        """Add, and give the sum."""
        self.count += amount
        return self.count
'''

RUN = """\
import asyncio, importlib.util, sys, warnings
from sample import text

assert importlib.util.find_spec("poetc") is None, "poetc can be imported: this shows nothing"
assert text.slug("Grüße aus Oslo") == "grüße-aus-oslo"
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    assert text.slug("Hello World", limit="5") == "hello", "the built function would have repaired the limit"
assert [type(one.message).__name__ for one in said] == ["PoetRepairWarning"], said
assert text.fetched("data:,hello") == b"hello"
assert asyncio.run(text.Counter().add(2)) == 2
foreign = {n.split(".")[0] for n in sys.modules} - sys.stdlib_module_names - {"sample", "__main__", "poet_shared_1"}
print("foreign:", *sorted(n for n in foreign if not n.startswith(("_virtualenv", "_distutils_hack", "sitecustomize"))))
"""


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    """Standard output of a command that must succeed."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command} exited {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def wheel_of(project: Path, out: Path) -> Path:
    """Pack a project with the build backend it names, taken from this environment."""
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index")
    run(*pip, "--wheel-dir", out, project, cwd=out)
    (wheel,) = out.glob("*.whl")
    return wheel


def names_in(wheel: Path) -> set[str]:
    """The paths of a wheel's files."""
    with zipfile.ZipFile(wheel) as packed:
        return set(packed.namelist())


@pytest.fixture(scope="module")
def own_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """poetc's wheel, from this checkout."""
    out = tmp_path_factory.mktemp("own")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out, cwd=ROOT)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def built_source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The `src` folder of a project after `poet build`; the service it started is ended afterwards."""
    project = tmp_path_factory.mktemp("sample")
    package = project / "src" / "sample"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "text.py").write_text(TEXT, "utf-8")
    (project / "pyproject.toml").write_text(BACKENDS["hatchling"] + PROJECT, "utf-8")
    private = {"POET_STATE_DIR": str(tmp_path_factory.mktemp("state"))}
    run(POET, "build", cwd=project, env=private)
    yield project / "src"
    run(POET, "serve", "stop", cwd=project, env=private)


def test_own_wheel_carries_templates_and_types(own_wheel: Path) -> None:
    """Without its templates the service can't start, without py.typed the marker has no types."""
    templates = {
        f"poetc/_templates/{path.relative_to(ROOT / 'templates').as_posix()}"
        for path in (ROOT / "templates").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert any(name.endswith("base/current") for name in templates)
    assert templates | {"poetc/py.typed"} <= names_in(own_wheel)


def test_own_wheel_carries_nothing_else(own_wheel: Path) -> None:
    """Tests, examples and pins stay at home."""
    assert {name.split("/")[0] for name in names_in(own_wheel)} == {
        "poetc",
        f"{own_wheel.name.removesuffix('-py3-none-any.whl')}.dist-info",
    }


def test_sdist_gives_the_same_wheel(own_wheel: Path, tmp_path: Path) -> None:
    """Who builds from the sdist gets the files that who builds from the checkout gets, byte for byte."""
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path, cwd=ROOT)
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as packed:
        packed.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)  # since 3.11.4
        packed.extractall(tmp_path)
    (unpacked,) = (path for path in tmp_path.iterdir() if path.is_dir())
    out = tmp_path / "again"
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out, cwd=unpacked)
    assert next(out.glob("*.whl")).read_bytes() == own_wheel.read_bytes()


def test_own_wheel_finds_its_templates(own_wheel: Path, tmp_path: Path) -> None:
    """An installed poetc reads the templates of its own wheel, not of a checkout nearby."""
    with zipfile.ZipFile(own_wheel) as packed:
        packed.extractall(tmp_path)
    code = "import poetc, poetc.generate as g; print(poetc.__file__); print(*sorted(g.template_identities()))"
    printed = run(sys.executable, "-c", code, cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}).splitlines()
    assert Path(printed[0]).is_relative_to(tmp_path)
    assert "base" in printed[1].split()


@pytest.mark.parametrize("backend", BACKENDS)
def test_built_project_runs_without_poetc(built_source: Path, tmp_path: Path, backend: str) -> None:
    """Both backends ship the linked copies, and these import nothing but the standard library."""
    project, out, bare = tmp_path / "project", tmp_path / "out", tmp_path / "bare"
    project.mkdir()
    out.mkdir()
    (project / "pyproject.toml").write_text(BACKENDS[backend] + PROJECT, "utf-8")
    shutil.copytree(built_source, project / "src", ignore=shutil.ignore_patterns("__pycache__"))
    wheel = wheel_of(project, out)
    links = [path.relative_to(built_source).as_posix() for path in built_source.rglob("_poet/**/*.py")]
    assert len(links) > 3 and set(links) <= names_in(wheel)
    venv.create(bare, with_pip=False, symlinks=True)
    python = bare / "bin" / "python"
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        wheel,
        cwd=tmp_path,
    )
    assert run(python, "-I", "-W", "error", "-c", RUN, cwd=tmp_path).strip() == "foreign:"
