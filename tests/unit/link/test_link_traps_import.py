"""Every way in which Python comes by a linked module: script, -m, reload, zip, pyc alone, other folders and Pythons."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
from built_projects import VERSIONS, build, interpreter, python, run, said, write

DRIFT = """\
from __future__ import annotations

from poetc import poet


def helper(x):
    return x + 1


@poet()
def plain(x: int) -> int:
    return helper(x)


class Monitor:
    def __init__(self):
        self.log = []

    @poet()
    def check(self, x: int) -> int:
        return helper(x)

    @property
    @poet()
    def state(self):
        return self.log

    @state.setter
    @poet()
    def state(self, new):
        self.log.append(new)

    @state.deleter
    @poet()
    def state(self):
        self.log.clear()

    @poet()
    @property
    def bare(self):
        return self.log

    @poet()
    @bare.deleter
    def bare(self):
        self.log.append("bare deleted")


if __name__ == "__main__":
    import app.drift as other

    assert plain(5) == 6 and plain.__wrapped__, "not enhanced as __main__"
    assert other.plain(5) == 6 and other.plain.__wrapped__, "not enhanced as app.drift"
    assert other.plain is not plain
    assert (plain.__module__, other.plain.__module__) == ("__main__", "app.drift")
    print("main", plain(1), Monitor().check(2))
"""
USER = """\
from app.drift import Monitor, plain


def total(n: int) -> int:
    return sum(plain(i) for i in range(n))
"""
SCRIPT = """\
import sys

from poetc import poet


@poet()
def double(x: int) -> int:
    return x * 2


if __name__ == "__main__":
    print("script", double(21), double.__module__)
"""
PART = """\
from poetc import poet


@poet()
def f(x: int) -> int:
    return x
"""
LOUD = """\
import functools

from poetc import poet


def override(function):
    @functools.wraps(function)
    def louder(*args):
        return function(*args).upper()

    return louder


@poet()
@override
def said(text: str) -> str:
    return text
"""
FILES = {
    "src/app/__init__.py": "from app.user import total\n",
    "src/app/drift.py": DRIFT,
    "src/app/user.py": USER,
    "tool.py": SCRIPT,
    "src/space/deep/part.py": PART,
    "src/space/regular/__init__.py": "",
    "src/space/regular/inner/__init__.py": PART,
    "src/space/regular/inner/part.py": PART,
}
USE = """\
import sys, app.drift as d
from app import total
assert d.plain(5) == 6 and d.Monitor().check(5) == 6, "wrong"
assert d.plain.__wrapped__ and d.Monitor.check.__wrapped__, "not enhanced"
m = d.Monitor()
m.state = 1
assert m.state == [1] and m.state is m.log
del m.state
assert m.state == []
assert m.bare is m.log
del m.bare
assert m.log == ["bare deleted"], m.log
for role in ("fget", "fset", "fdel"):
    assert getattr(d.Monitor.state, role).__wrapped__.__code__.co_name == "state"
assert total(3) == 6
assert "poetc" not in sys.modules
print("ok")
"""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, built once."""
    root = write(tmp_path_factory.mktemp("imports") / "project", FILES)
    build(root)
    return root


@pytest.fixture
def project(original: Path, tmp_path: Path) -> Path:
    """A copy of the built project, in another folder than that in which it was built."""
    return Path(shutil.copytree(original, tmp_path / "moved"))


def enhanced(version: str, root: Path, *options: str, src: str | Path = "src") -> None:
    """The package must be imported without a warning, enhanced."""
    assert said(python(version, "-W", "error", *options, "-c", USE, cwd=root, src=src)) == "ok\n"


@pytest.mark.parametrize("version", VERSIONS)
def test_plain_import(version: str, project: Path) -> None:
    """The package is enhanced where it is imported as any package is."""
    enhanced(version, project, "-B")


@pytest.mark.parametrize("version", VERSIONS)
def test_script_at_the_root(version: str, project: Path) -> None:
    """A script is enhanced, run from its folder, from elsewhere, and imported."""
    assert said(python(version, "-W", "error", "tool.py", cwd=project, src=project)) == "script 42 __main__\n"
    assert (
        said(python(version, "-W", "error", "moved/tool.py", cwd=project.parent, src="moved")) == "script 42 __main__\n"
    )
    assert (
        said(
            python(
                version, "-c", "import tool; print(tool.double(4), tool.double.__wrapped__(4))", cwd=project, src="."
            )
        )
        == "8 8\n"
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_script_needs_no_path(version: str, project: Path) -> None:
    """`python tool.py` finds the linked copies beside the script, as Python finds its other neighbours."""
    assert said(run([interpreter(version), "-S", "tool.py"], cwd=project)) == "script 42 __main__\n"


@pytest.mark.parametrize("version", VERSIONS)
def test_module_as_main_beside_itself(version: str, project: Path) -> None:
    """`python -m app.drift`, which other modules import as app.drift: both are enhanced, each with its own globals."""
    done = python(version, "-W", "error", "-W", "ignore::RuntimeWarning", "-m", "app.drift", cwd=project)
    assert said(done) == "main 2 3\n"


RELOAD = """\
import importlib, pathlib, sys, warnings
import app.drift as d
first = d.plain
assert importlib.reload(d) is d
assert d.plain is not first and d.plain.__wrapped__ and first(5) == d.plain(5) == 6
path = pathlib.Path(d.__file__)
text = path.read_text("utf-8")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    path.write_text("# moved\\n\\n" + text, "utf-8")
    importlib.reload(d)
    assert d.plain(5) == 6 and d.plain.__wrapped__, "a function that only moved is enhanced"
    assert not caught, [str(w.message) for w in caught]
    old = "    return helper(x)\\n\\n\\nclass"
    assert old in text
    path.write_text(text.replace(old, old.replace("(x)", "(x) + 100")), "utf-8")
    importlib.reload(d)
    assert d.plain(5) == 106, f"an edited function ran as it was built: {d.plain(5)}"
    assert d.Monitor().check(5) == 6 and d.Monitor.check.__wrapped__
    assert [w.category.__name__ for w in caught] == ["PoetStaleWarning"]
    path.write_text(text, "utf-8")
    importlib.reload(d)
    assert d.plain(5) == 6 and d.plain.__wrapped__
print("ok")
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_reload(version: str, project: Path) -> None:
    """A reloaded module is enhanced anew; what was edited since runs as it stands there now."""
    assert said(python(version, "-B", "-c", RELOAD, cwd=project)) == "ok\n"


@pytest.mark.parametrize("version", VERSIONS)
def test_zip(version: str, project: Path, tmp_path: Path) -> None:
    """A package in a zip file has no source to compare with, and is enhanced."""
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted((project / "src").rglob("*.py")):
            archive.write(path, path.relative_to(project / "src"))
    shutil.rmtree(project)
    enhanced(version, tmp_path, src=packed)


@pytest.mark.parametrize("version", VERSIONS)
def test_compiled_files_alone(version: str, project: Path) -> None:
    """Sources deleted, compiled files left: enhanced, and every accessor of a property is its own."""
    said(python(version, "-m", "compileall", "-q", "-b", "src", cwd=project, src=None))
    for path in [*(project / "src").rglob("*.py")]:
        path.unlink()
    enhanced(version, project)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("source", ["kept", "deleted"])
def test_decorator_that_only_seems_to_change_nothing(version: str, source: str, tmp_path: Path) -> None:
    """A wrapper of the user's that has the name of a decorator known to change nothing is never lost."""
    root = write(tmp_path, {"loud.py": LOUD})
    build(root, sound=False)
    if source == "deleted":
        said(python(version, "-m", "compileall", "-q", "-b", ".", cwd=root, src=None))
        for path in [*root.rglob("*.py")]:
            path.unlink()
    assert said(python(version, "-c", "import loud; print(loud.said('a'))", cwd=root, src=root)) == "A\n"


def test_caches_of_several_interpreters(project: Path) -> None:
    """Every Python writes its cache beside the others', twice in turn, and finds it again."""
    versions = list(VERSIONS)
    for version in [*versions, *versions]:
        enhanced(version, project)
    caches = {p.name.split(".")[1] for p in (project / "src" / "app" / "_poet").rglob("*.pyc")}
    assert caches == {"cpython-" + v.replace(".", "") for v in versions}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("mode", ["checked-hash", "unchecked-hash"])
def test_caches_named_by_hash(version: str, mode: str, project: Path) -> None:
    """Reproducible builds of images compile by hash; the path of the build is not the path of the run."""
    said(python(version, "-m", "compileall", "-q", "--invalidation-mode", mode, "src", cwd=project, src=None))
    moved = project.rename(project.with_name("image"))
    enhanced(version, moved, "-B")


@pytest.mark.parametrize("version", VERSIONS)
def test_relative_folders(version: str, project: Path) -> None:
    """A relative path to the package works, also after the program has changed its folder."""
    (project / "elsewhere").mkdir()
    enhanced(version, project / "elsewhere", src="../src")
    code = "import os, sys; sys.path.insert(0, 'src'); os.chdir('elsewhere'); sys.path[0] = '../src'\n" + USE
    assert said(python(version, "-W", "error", "-c", code, cwd=project, src=None)) == "ok\n"


@pytest.mark.parametrize("version", VERSIONS)
def test_symlinked_folder(version: str, project: Path) -> None:
    """The project behind a symbolic link is the project."""
    link = project.with_name("link")
    link.symlink_to(project, target_is_directory=True)
    enhanced(version, link, src=link / "src")


def test_build_through_a_symlink(tmp_path: Path) -> None:
    """Built through a symbolic link, the project is written as if built in its own folder."""
    real = write(tmp_path / "real", FILES)
    (tmp_path / "link").symlink_to(real, target_is_directory=True)
    build(tmp_path / "link")
    assert {o.ending.value for o in build(real).values()} == {"fresh"}
    enhanced("3.11", real)


@pytest.mark.parametrize("version", VERSIONS)
def test_namespace_package(version: str, project: Path) -> None:
    """Folders without `__init__.py`, around packages and by themselves, are imported from the source root."""
    code = """\
from space.deep.part import f
from space.regular.inner import f as g
from space.regular.inner.part import f as h
for each in (f, g, h):
    assert each(3) == 3 and each.__wrapped__ and each.__module__.startswith("space."), each.__module__
print("ok")
"""
    assert said(python(version, "-W", "error", "-c", code, cwd=project)) == "ok\n"


@pytest.mark.parametrize("version", VERSIONS)
def test_read_only_folder(version: str, project: Path) -> None:
    """Nothing has to be written to import the package."""
    folders = [project / "src", *(p for p in (project / "src").rglob("*") if p.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        enhanced(version, project)
    finally:
        for folder in folders:
            folder.chmod(0o755)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_module_of_the_package_can_be_imported(version: str, project: Path) -> None:
    """Tools that walk a package (documentation, plugins) import the linked copies without harm."""
    code = (
        "import app, importlib, pkgutil\n"
        "names = [m.name for m in pkgutil.walk_packages(app.__path__, 'app.')]\n"
        "for name in names: importlib.import_module(name)\n"
        "print(sum('_poet' in n for n in names) > 5)"
    )
    assert said(python(version, "-W", "error", "-c", code, cwd=project)) == "True\n"
    assert said(python(version, "-OO", "-W", "error", "-c", USE.replace("assert ", "0, "), cwd=project)) == "ok\n"


BARE = """\
import sys
import app.drift, app.user
foreign = {name.split(".")[0] for name in sys.modules} - sys.stdlib_module_names - {"app", "__main__", "poet_shared_1"}
assert not foreign, foreign
assert not [p for p in sys.path if "site-packages" in p], sys.path
try:
    import poetc
except ModuleNotFoundError:
    print("ok")
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_only_the_standard_library_is_needed(version: str, project: Path) -> None:
    """Without site-packages the package is imported, and imports nothing foreign."""
    assert said(python(version, "-c", BARE, cwd=project)) == "ok\n"
