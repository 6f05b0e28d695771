"""Situations that users of frameworks and tools report: the same program, as it was written and as it is built."""

from __future__ import annotations

import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from tests.built_projects import PYPROJECT, ROOT, build, poet, run, said, write

WORK = '''from poetc import poet


@poet(timeout=5)
def work(n: int) -> int:
    """Grüße.

    >>> work(1)
    2
    """
    assert n != 5
    return n + 1
'''
SCRIPT = WORK + '\n\nif __name__ == "__main__":\n    print(work(1), hasattr(work, "__wrapped__"))\n'
HEAD = "from __future__ import annotations\nfrom typing import Annotated, Any\nfrom poetc import poet\n"
TRY = """
def tried(call):
    try:
        return call()
    except Exception as error:
        return type(error).__name__, str(error).split("\\n")[0], getattr(error, "__notes__", None)
"""
PYDANTIC = """
from pydantic import AfterValidator, BaseModel, computed_field, field_serializer, field_validator, model_validator
@poet()
def positive(v: int) -> int:
    if v < 0: raise ValueError("negative")
    return v
class Model(BaseModel):
    x: int = 0
    y: Annotated[int, AfterValidator(positive)] = 0
    @field_validator("x")
    @classmethod
    @poet(timeout=5)
    def check(cls, v: int) -> int:
        if v == 13: raise ValueError("unlucky")
        return v * 2
    @model_validator(mode="before")
    @classmethod
    @poet()
    def before(cls, data: Any) -> Any: return data
    @model_validator(mode="after")
    @poet()
    def after(self) -> Model: return self
    @computed_field
    @property
    @poet()
    def twice(self) -> int: return self.x * 2
    @field_serializer("x")
    @poet()
    def text(self, v: int, info) -> str: return str(v) + info.mode
def main():
    print(Model(x=2, y=3).model_dump_json(), tried(lambda: Model(x=13)), tried(lambda: Model(y=-1)))
    print(Model.model_json_schema(mode="serialization"))
"""
MSGSPEC = """
import msgspec
class S(msgspec.Struct):
    a: int
    @poet(timeout=5)
    def __post_init__(self) -> None:
        if self.a == 13: raise ValueError("unlucky")
    @poet()
    def plus(self, n: int) -> int: return self.a + n
def main():
    print(tried(lambda: S(13)), S(1).plus(2), tried(lambda: msgspec.json.decode(b'{"a":13}', type=S)))
"""
ATTRS = """
import attrs, inspect
@poet(timeout=5)
def positive(v: int) -> int:
    if v < 0: raise ValueError("negative")
    return v
@attrs.define
class A:
    a: int = attrs.field(converter=positive)
    b: int = attrs.field()
    @b.default
    @poet()
    def _b(self) -> int: return self.a + 1
    @b.validator
    @poet(timeout=2)
    def _bv(self, attribute, value) -> None:
        if value == 14: raise ValueError(attribute.name)
def main():
    print(A(3), tried(lambda: A(13)), tried(lambda: A(-1)), inspect.signature(A), A.__init__.__annotations__)
"""
DECORATORS = """
import decorator, inspect, wrapt
@wrapt.decorator
def loud(wrapped, instance, args, kwargs): return type(instance).__name__, wrapped(*args, **kwargs)
@decorator.decorator
def plus(f, n=1, *args, **kw): return f(*args, **kw) + n
class W:
    @loud
    @poet(timeout=5)
    def m(self, x: int) -> int: return x
    @classmethod
    @loud
    @poet()
    def c(cls, x: int) -> int: return x
    @loud
    @staticmethod
    @poet()
    def s(x: int) -> int: return x
@plus(n=3)
@poet(timeout=4)
def deco(a: int, *, b: int = 2) -> int: return a + b
def main():
    w = W()
    print(w.m(1), W.m(w, 1), W.c(1), w.c(2), W.s(1), w.s(2), inspect.signature(w.m), deco(1), inspect.signature(deco))
"""
MEMBERS = """
import abc, enum
class Base(abc.ABC):
    @abc.abstractmethod
    @poet()
    def area(self) -> int: ...
    @poet()
    @abc.abstractmethod
    def size(self) -> int: ...
    @poet()
    def __init_subclass__(cls, **kw: Any) -> None: cls.seen = 1
    @poet()
    def __class_getitem__(cls, k: int) -> int: return k
class Full(Base):
    def area(self) -> int: return 1
    def size(self) -> int: return 1
class Op(enum.Enum):
    A = 1
    @poet(timeout=5)
    def twice(self) -> int: return self.value * 2
    @classmethod
    @poet()
    def _missing_(cls, v: object) -> Op: return cls.A
class New:
    @poet()
    def __new__(cls, x: int) -> New:
        self = super().__new__(cls); self.x = x; return self
    @poet(timeout=5)
    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"): raise AttributeError(name)
        return name
def main():
    print(tried(Base), Full.seen, Base[3], Op(7), Op.A.twice(), list(Op), New(3).x, New(3).z, hasattr(New(3), "_q"))
"""
DISPATCH = """
import functools
@functools.singledispatch
@poet(timeout=5)
def show(x) -> str: return "any"
@show.register
@poet(timeout=5)
def _(x: int) -> str: return "int"
@show.register(list)
@poet(timeout=5)
def _(x) -> str: return "list"
def main(): print(show(1), show([]), show(None))
"""
FRAMEWORKS = {
    "pydantic": PYDANTIC,
    "msgspec": MSGSPEC,
    "attrs": ATTRS,
    "decorators": DECORATORS,
    "members": MEMBERS,
    "dispatch": DISPATCH,
}
ASKED = "from app.m import work; print(work(1), ascii(work.__doc__))"


def python(root: Path, *arguments: str, **env: str) -> str:
    """What a Python that finds the project, and poetc, prints; warnings are errors."""
    path = {"PYTHONPATH": f"{root}:{ROOT}"}
    return said(run([sys.executable, "-P", "-W", "error", *arguments], cwd=root, env=path | env))


@pytest.fixture(scope="module")
def plain_and_built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One project twice: as it was written, and built."""
    folder = tmp_path_factory.mktemp("tools")
    modules = {f"app/{name}.py": HEAD + TRY + text for name, text in FRAMEWORKS.items()}
    odd = {f"app/{name}.py": WORK for name in ("m", "_runtime", "_domains", "types", "модуль", "_poet_")}
    scripts = dict.fromkeys(("train-model.py", "01_load.py", "my.job.py", "train_model.py"), SCRIPT)
    for name in ("plain", "built"):
        write(folder / name, {"app/__init__.py": "", "app/__main__.py": SCRIPT, **modules, **odd, **scripts})
    build(folder / "built")
    return folder / "plain", folder / "built"


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_frameworks(plain_and_built: tuple[Path, Path], name: str) -> None:
    """What libraries make of a function, by its looks and by calling it, is the same of the built one."""
    plain, built = (python(root, "-c", f"import app.{name} as m; m.main()") for root in plain_and_built)
    assert plain == built


def test_functions_of_one_name_are_said(tmp_path: Path) -> None:
    """`_` under `@show.register` can't be told apart: left as they are, and that is a warning with a place."""
    write(tmp_path, {"m.py": HEAD + DISPATCH})
    said_of = [d for outcome in build(tmp_path).values() for d in outcome.diagnostics if d.code == "POET206"]
    assert [(d.path, d.unit) for d in said_of] == [("m.py", "m._")]


@pytest.mark.parametrize(
    ("flags", "env"),
    [
        (["-bb", "-X", "dev"], {"PYTHONWARNDEFAULTENCODING": "1"}),
        (["-OO"], {}),
        ([], {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
    ],
    ids=["everything_is_an_error", "without_assertions", "ascii_locale"],
)
def test_ways_to_start_python(plain_and_built: tuple[Path, Path], flags: list[str], env: dict[str, str]) -> None:
    """Neither the default encoding, nor the locale, nor docstrings and assertions are needed by what is linked."""
    ask = ASKED + ("; work(5)" if "-OO" in flags else "")
    plain, built = (python(root, *flags, "-c", ask, **env) for root in plain_and_built)
    assert plain == built


@pytest.mark.parametrize("name", ["_runtime", "_domains", "types", "модуль", "_poet_"])
def test_names_of_modules(plain_and_built: tuple[Path, Path], name: str) -> None:
    """A module may be called as the runtime's is, as one of the standard library's, or in other letters."""
    ask = f"from importlib import import_module as i; f = i('app.{name}').work; print(f(1), hasattr(f, '__wrapped__'))"
    assert [python(root, "-c", ask) for root in plain_and_built] == ["2 False\n", "2 True\n"]


@pytest.mark.parametrize("name", ["train-model.py", "01_load.py", "my.job.py", "train_model.py"])
def test_scripts_that_cannot_be_imported(plain_and_built: tuple[Path, Path], name: str) -> None:
    """A script whose name is no identifier is enhanced when it is started, and by `runpy`."""
    assert [python(root, name) for root in plain_and_built] == ["2 False\n", "2 True\n"]
    ask = f"import runpy; print(hasattr(runpy.run_path({name!r})['work'], '__wrapped__'))"
    assert python(plain_and_built[1], "-c", ask) == "True\n"


def test_package_as_a_program(plain_and_built: tuple[Path, Path]) -> None:
    """`python -m app` runs `app/__main__.py`, enhanced."""
    assert [python(root, "-m", "app") for root in plain_and_built] == ["2 False\n", "2 True\n"]


@pytest.mark.xfail(strict=True, reason="the link is by the package's name, which isn't on the path of `python app`")
def test_folder_as_a_program(plain_and_built: tuple[Path, Path]) -> None:
    """`python app` puts the folder itself on the path, so that the program is no part of a package."""
    done = [run([sys.executable, "app"], cwd=root, env={"PYTHONPATH": str(ROOT)}) for root in plain_and_built]
    assert [said(each)[:1] for each in done] == ["2", "2"]


def test_doctests_are_collected_once(plain_and_built: tuple[Path, Path]) -> None:
    """`--doctest-modules` goes through `_poet` as well, and finds none there."""
    found = [
        python(root, "-m", "pytest", "-q", "--co", "-p", "no:cacheprovider", "--doctest-modules", "app")
        for root in plain_and_built
    ]
    assert [sum("::" in line for line in each.splitlines()) for each in found] == [6, 6]


@pytest.mark.xfail(strict=True, reason="the runtime's lines count in a package's total, unless `omit` names */_poet/*")
def test_coverage_of_the_package(tmp_path: Path) -> None:
    """A suite that covers all of the user's lines has 100 % with a build, too."""
    write(tmp_path, {"app/__init__.py": "", "app/m.py": WORK, "suite.py": "from app.m import work\nwork(1)\n"})
    totals = []
    for build_it in (False, True):
        if build_it:
            build(tmp_path)
        python(tmp_path, "-m", "coverage", "run", "--source=app", "suite.py")
        totals.append(python(tmp_path, "-m", "coverage", "report", "--format=total").strip())
    assert totals == ["100", "100"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A built project, committed with LF and checked out as git does it on Windows."""
    if shutil.which("git") is None:
        pytest.skip("no git")
    root = write(tmp_path / "a", {"app/__init__.py": "", "app/m.py": WORK})
    said(poet(root, "init"))
    build(root)
    git = ["git", "-c", "user.email=a@b", "-c", "user.name=a", "-c", "core.autocrlf=false"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "built"]):
        said(run([*git, *command], cwd=root))
    said(run(["git", "-c", "core.autocrlf=true", "clone", "-q", root, tmp_path / "b"], cwd=tmp_path))
    assert b"\r\n" in (tmp_path / "b/app/m.py").read_bytes()
    return tmp_path / "b"


def test_line_ends_of_windows_at_run_time(checkout: Path) -> None:
    """Lines that git has made end as on Windows are fresh, and run."""
    assert python(checkout, "-c", "from app.m import work; print(hasattr(work, '__wrapped__'))") == "True\n"


def test_line_ends_of_windows_are_no_difference(checkout: Path) -> None:
    """`--check` has nothing against them, with the lines of .gitattributes that `poet init` writes."""
    assert (
        poet(checkout, "--", "build", "--check").returncode == 0 or poet(checkout, "build", "--check").returncode == 0
    )


PACKED = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'


FIND = "[tool.setuptools.packages.find]\n"
WHEELS = {
    "packages": ('packages = ["app"]', 'packages = ["app", "app._poet", "app._poet._runtime"]', "packages"),
    "modules": (
        'py-modules = ["solo"]',
        'py-modules = ["solo"]\npackages = ["_poet_sample", "_poet_sample._runtime"]',
        "py-modules",
    ),
    "included": (f'{FIND}include = ["app"]', f'{FIND}include = ["app", "app._poet", "app._poet._runtime"]', "include"),
    "excluded": (f'{FIND}exclude = ["*._*"]', f'{FIND}exclude = ["*.__*"]', "exclude"),
    "solo": ("", 'py-modules = ["solo"]\npackages = ["_poet_sample", "_poet_sample._runtime"]', "build-system"),
    "sources": (
        'package-dir = {"" = "src"}\npackages = ["app"]',
        'package-dir = {"" = "src"}\npackages = ["app", "app._poet", "app._poet._runtime"]',
        "packages",
    ),
}


@pytest.mark.parametrize("name", WHEELS)
def test_wheels_of_named_packages_carry_the_link(tmp_path: Path, name: str) -> None:
    """A wheel that would lack the link is said where its packages are named; with what is said, it can be imported."""
    lacking, mended, key = WHEELS[name]
    src = "src/" if name == "sources" else ""
    module = "solo" if "solo" in mended else "app.m"
    files = {"solo.py": WORK} if module == "solo" else {f"{src}app/__init__.py": "", f"{src}app/m.py": WORK}
    table = "" if name == "solo" else "[tool.setuptools]\n"
    write(tmp_path, {"pyproject.toml": f"{PACKED}{PYPROJECT}{table}{lacking}\n", **files})
    link = "_poet_sample" if module == "solo" else "app._poet"
    line = next(n for n, text in enumerate((tmp_path / "pyproject.toml").read_text().split("\n"), 1) if key in text)
    for command in (["build"], ["build"], ["build", "--check"]):  # said again where nothing is done
        told = said(poet(tmp_path, *command))
        assert f"pyproject.toml:{line}:" in told and "^" * len(key) in told
        assert f"POET241 the wheel would lack {link}, {link}._runtime," in told and f'"{link}._runtime"' in told
    examined = poet(tmp_path, "doctor")
    assert examined.returncode == 1 and f"pyproject.toml:{line}:" in examined.stdout and "POET241" in examined.stdout
    (tmp_path / "pyproject.toml").write_text(f"{PACKED}{PYPROJECT}[tool.setuptools]\n{mended}\n")
    assert "POET241" not in said(poet(tmp_path, "build")) and poet(tmp_path, "doctor").returncode == 0
    ask = "from setuptools.build_meta import build_wheel as b; b('dist')"
    said(run([sys.executable, "-c", ask], cwd=tmp_path))
    zipfile.ZipFile(next((tmp_path / "dist").glob("*.whl"))).extractall(tmp_path / "installed")
    ask = f"from {module} import work; print(hasattr(work, '__wrapped__'), work(1))"
    assert python(tmp_path / "installed", "-c", ask) == "True 2\n"


@pytest.mark.parametrize(
    ("backend", "mended"),
    [
        ("hatchling.build", '[tool.hatch.build.targets.wheel]\nonly-include = ["sample.py", "_poet_sample"]'),
        ("flit_core.buildapi", ""),
        ("poetry.core.masonry.api", '[tool.poetry]\npackages = [{include = "sample.py"}, {include = "_poet_sample"}]'),
    ],
)
def test_other_tools_take_the_module_of_the_projects_name_alone(tmp_path: Path, backend: str, mended: str) -> None:
    """Hatch, flit and poetry find `sample.py` by the project's name, and not the link package beside it."""
    packed = f'[build-system]\nrequires = []\nbuild-backend = "{backend}"\n'
    write(tmp_path, {"pyproject.toml": packed + PYPROJECT, "sample.py": WORK, "other.py": WORK})
    told = said(poet(tmp_path, "build"))
    assert "pyproject.toml:3:1 warning POET241 the wheel would lack _poet_sample, _poet_sample._runtime, which" in told
    assert poet(tmp_path, "doctor").returncode == 1
    for text in (packed + PYPROJECT + mended, packed + PYPROJECT.replace("sample", "thing")):
        (tmp_path / "pyproject.toml").write_text(text)
        told = said(poet(tmp_path, "build", "--check")) if mended or "thing" in text else ""
        assert "POET241" not in told


def test_nothing_is_said_of_wheels_that_carry_the_link(tmp_path: Path) -> None:
    """Found packages, modules that aren't shipped, and other tools' tables are nothing to speak of."""
    write(tmp_path, {"app/__init__.py": "", "app/m.py": WORK, "solo.py": WORK})
    told = ("", 'packages = ["other"]', 'py-modules = ["other"]', f'{FIND}include = ["app*"]', f'{FIND}where = ["."]')
    for each in told:
        (tmp_path / "pyproject.toml").write_text(f"{PACKED}{PYPROJECT}[tool.setuptools]\n{each}\n")
        assert "POET241" not in said(poet(tmp_path, "build"))
    other = PACKED.replace("setuptools.build_meta", "hatchling.build")
    (tmp_path / "pyproject.toml").write_text(f'{other}{PYPROJECT}[tool.setuptools]\npackages = ["app"]\n')
    assert "POET241" not in said(poet(tmp_path, "build"))
