"""The snapshot that lets a build with nothing to do end at once: it must never hide a change."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from generated import kept, linked, runtime, stray, table

from poetc import cli, snapshot
from poetc.ir import Ending, Outcome
from poetc.pipeline import build_cache
from poetc.pipeline import survey as survey_module
from poetc.pipeline.build import build_project
from poetc.pipeline.project import open_project
from poetc.pipeline.staleness import check_project
from poetc.seal import seal, unseal
from poetc.store import index
from tests.in_process import InProcess

SOURCE = "from poetc import poet\n\n\n@poet()\ndef double(x: int) -> int:\n    return x * 2\n"


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that was built, and built again with nothing to do; files count as rested at once."""
    monkeypatch.setattr(index, "RESTED", -(10**12))
    monkeypatch.setattr(snapshot, "RESTED_NS", -(10**12))
    for name in [n for n in os.environ if n.startswith(("POET_", "AITOMATIC_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path.parent))
    (tmp_path / "pyproject.toml").write_text("[tool.poet]\n", encoding="utf-8")
    (tmp_path / "app.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "other.py").write_text("x = 1\n", encoding="utf-8")
    for _ in range(2):
        run(tmp_path)
    assert snapshot.fresh_functions(str(tmp_path)) == 1
    return tmp_path


def run(root: Path) -> set[Ending]:
    """One build; the endings of its functions."""
    project = open_project([root], root=root, env=os.environ)
    project._transpiler = InProcess()
    return {item.ending for item in build_project(project) if isinstance(item, Outcome)}


Place = str | Callable[[Path], Path]
"""a file of the project, or what finds one in it"""


def placed(root: Path, place: Place) -> Path:
    """The file that is meant."""
    return root / place if isinstance(place, str) else place(root)


def append(place: Place) -> Callable[[Path], None]:
    """An edit that adds a line to a file."""

    def edit(root: Path) -> None:
        path = placed(root, place)
        path.write_text(path.read_text("utf-8") + "\n# more\n", "utf-8")

    return edit


def linked_file(root: Path) -> Path:
    return linked(root, "app.double")


def table_file(root: Path) -> Path:
    return table(root, "app.py")


def runtime_file(root: Path) -> Path:
    return runtime(root, "app.py")[0]


def stored_code(root: Path) -> Path:
    return kept(root, "app.double")


def add_stray(root: Path) -> None:
    """A linked file that no source has."""
    path = stray(linked_file(root))
    assert path is not None
    path.write_text("", "utf-8")


CHANGES: dict[str, Callable[[Path], object]] = {
    "a decorated source": append("app.py"),
    "a plain source": append("plain/other.py"),
    "a new file": lambda root: (root / "plain" / "new.py").write_text(SOURCE, "utf-8"),
    "a new folder": lambda root: (root / "fresh").mkdir(),
    "a file that goes": lambda root: (root / "plain" / "other.py").unlink(),
    "the configuration": append("pyproject.toml"),
    "a .env that comes": lambda root: (root / ".env").write_text("POET_STALE=error\n", "utf-8"),
    "a linked copy": append(linked_file),
    "a link table": append(table_file),
    "the runtime": append(runtime_file),
    "a stored version": append(stored_code),
    "its metadata": append(".dana/poet/functions/app.double/v1/metadata.json"),
    "the version in use": append(".dana/poet/functions/app.double/current"),
    "the linked copies that go": lambda root: shutil.rmtree(root / "_poet"),
    "the store that goes": lambda root: shutil.rmtree(root / ".dana" / "poet" / "functions"),
    "a version without a source": lambda root: (root / ".dana/poet/functions/app.gone").mkdir(),
    "an interrupted build": lambda root: (root / ".dana/poet/journal").mkdir(),
    "a damaged snapshot": lambda root: (root / snapshot.PATH).write_text("{", "utf-8"),
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda name: name.replace(" ", "-"))
def test_every_change_is_left_to_the_real_build(built: Path, change: str) -> None:
    """Whatever decides a build, or what it wrote, is noticed when it changes."""
    CHANGES[change](built)
    assert snapshot.fresh_functions(str(built)) is None


def test_a_file_of_the_same_size_and_time_is_noticed(built: Path) -> None:
    """Setting the modification time back doesn't hide an edit: the change time can't be set."""
    path = built / "app.py"
    status = path.stat()
    path.write_text(SOURCE.replace("x * 2", "x * 3").replace("from poetc", "from poetc"), encoding="utf-8")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert snapshot.fresh_functions(str(built)) is None


def test_settings_of_the_environment_count_but_not_the_key(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another setting may mean another build; the key decides nothing, and is not written anywhere."""
    monkeypatch.setenv("AITOMATIC_API_KEY", "kid.very-secret")
    assert snapshot.fresh_functions(str(built)) == 1
    assert "very-secret" not in (built / snapshot.PATH).read_text("utf-8")
    monkeypatch.setenv("POET_STALE", "error")
    assert snapshot.fresh_functions(str(built)) is None


def test_another_poetc_is_left_to_the_real_build(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An upgrade may generate something else."""
    monkeypatch.setattr("poetc.__version__", "99")
    assert snapshot.fresh_functions(str(built)) is None


def test_young_files_are_not_trusted(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written just now could be written again within one tick of the clock."""
    monkeypatch.setattr(snapshot, "RESTED_NS", 2_000_000_000)
    (built / snapshot.PATH).unlink()
    run(built)
    assert snapshot.fresh_functions(str(built)) is None


def test_it_says_what_the_real_build_says(
    built: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same line, whichever way it was found out."""
    monkeypatch.chdir(built)
    for arguments in (["build"], ["build", "--check"]):
        monkeypatch.setattr("sys.argv", ["poet", *arguments])
        assert cli.nothing_to_do() == 0 == cli.main()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4 and all(line.startswith("1 function fresh in ") for line in lines)


WARNED = """import requests
from poetc import poet


@poet(retries=2)
def order(n: int, client) -> int:
    requests.post("/orders", json=n)
    client.tell(n)
    client.tell(n + 1)
    return n
"""


@pytest.fixture
def warned(built: Path) -> Path:
    """The same project with a function of which a warning is given, built again."""
    (built / "warned.py").write_text(WARNED, encoding="utf-8")
    for _ in range(2):
        run(built)
    assert snapshot.fresh_functions(str(built)) == 2
    return built


def reported(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What a command prints, the time it took left out."""
    from poetc.cli.entry import run as run_command

    assert run_command(arguments) == 0
    return re.sub(r"in [\d.]+ m?s", "in no time", capsys.readouterr().out)


def test_warnings_are_given_again(
    warned: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Word for word what a build that read everything says, place and caret included, for `build` and `--check`."""
    monkeypatch.chdir(warned)
    for arguments in (["build"], ["build", "--check"]):
        monkeypatch.setattr("sys.argv", ["poet", *arguments])
        assert cli.nothing_to_do() == 0
        quick = re.sub(r"in [\d.]+ m?s", "in no time", capsys.readouterr().out)
        assert quick == reported(arguments, capsys)
        assert quick.count("POET214") == 2
        assert "^^^" in quick
        assert quick.endswith("2 functions fresh in no time; 2 warnings\n")


def test_files_with_warnings_are_not_read_again(warned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change elsewhere doesn't make the build look for what it knows; the warnings are given all the same."""
    append("plain/other.py")(warned)
    read: list[str] = []
    monkeypatch.setattr(survey_module, "read_source", lambda entry, options: read.append(entry.relative))
    project = open_project([warned], root=warned, env=os.environ)
    items = list(check_project(project))
    assert read == ["plain/other.py"]
    codes = [d.code for item in items if isinstance(item, Outcome) for d in item.diagnostics]
    assert codes == ["POET214", "POET214"]


def test_a_warning_that_is_gone_is_not_given(warned: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An edit that settles it is seen at once."""
    (warned / "warned.py").write_text(WARNED.replace("retries=2", ""), encoding="utf-8")
    assert snapshot.fresh_functions(str(warned)) is None
    run(warned)
    run(warned)
    assert snapshot.remembered(str(warned)) == (2, [])


@pytest.mark.parametrize("row", [[], ["x"], [1, 2, 3, 4, 5, 6, 7], ["a", "b", 1, 1, "", "", [["POET214", "m", "odd"]]]])
def test_a_row_that_makes_no_sense_is_left_to_the_real_build(
    warned: Path, monkeypatch: pytest.MonkeyPatch, row: list[object]
) -> None:
    """The cache is anybody's to write: what it says is not believed to be of the right form."""
    known = json.loads(unseal(snapshot.PURPOSE, (warned / snapshot.PATH).read_bytes()) or b"")
    known["said"] = [row]
    (warned / snapshot.PATH).write_bytes(seal(snapshot.PURPOSE, json.dumps(known).encode()))
    monkeypatch.chdir(warned)
    monkeypatch.setattr("sys.argv", ["poet", "build"])
    assert cli.nothing_to_do() is None


CALLED = "import time\n\n\ndef helper(x: int) -> int:\n    return x + 1  # time.sleep(x)\n"
CALLING = """from helping import helper
from poetc import poet


@poet(retries=2)
def help_twice(x: int) -> int:
    return helper(helper(x))
"""


def in_place(place: Place, before: bytes, after: bytes) -> Callable[[Path], object]:
    """An edit of the same size."""
    assert len(before) == len(after)

    def edit(root: Path) -> None:
        path = placed(root, place)
        data = path.read_bytes()
        assert before in data
        path.write_bytes(data.replace(before, after, 1))

    return edit


RACY: dict[str, tuple[str, Callable[[Path], object]]] = {
    "the source": ("app.py", in_place("app.py", b"x * 2", b"x * 3")),
    "a linked copy": ("app.py", in_place(linked_file, b"x * 2", b"x * 3")),
    "a link table": ("app.py", in_place(table_file, b"written by", b"Written by")),
    "the runtime": ("app.py", in_place(runtime_file, b"import ", b"Import ")),
    "a stored version": ("app.py", in_place(stored_code, b"x * 2", b"x * 3")),
    "its metadata": ("app.py", in_place(".dana/poet/functions/app.double/v1/metadata.json", b'"key"', b'"kay"')),
    "the version in use": ("app.py", in_place(".dana/poet/functions/app.double/current", b"v1", b"v2")),
    "a further version": (
        "app.py",
        lambda root: shutil.copytree(
            root / ".dana/poet/functions/app.double/v1", root / ".dana/poet/functions/app.double/v2"
        ),
    ),
    "a further linked copy": ("app.py", add_stray),
    "what it calls": ("calling.py", in_place("helping.py", b"x + 1  # time.sleep(x)", b"time.sleep(x)  # x + 1")),
    "what it calls, itself built": ("chain.py", in_place("app.py", b"x * 2", b"x * 3")),
}


@pytest.fixture
def just_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that was built once a moment ago; from then on all files have one and the same stat."""
    for name in [n for n in os.environ if n.startswith(("POET_", "AITOMATIC_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path.parent))
    one_tick = [2**62, 2**62, 1, 1]
    monkeypatch.setattr(index, "_stat_row", lambda stat: one_tick)
    monkeypatch.setattr(build_cache, "stat_row", lambda path: one_tick if Path(path).exists() else None)
    monkeypatch.setattr("poetc.pipeline.modules.stat_row", build_cache.stat_row)
    (tmp_path / "pyproject.toml").write_text("[tool.poet]\n", encoding="utf-8")
    sources = {"app.py": SOURCE, "helping.py": CALLED, "calling.py": CALLING}
    sources["chain.py"] = CALLING.replace("from helping import helper", "from app import double as helper")
    for name, text in sources.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert run(tmp_path) == {Ending.BUILT}
    return tmp_path


def read_by_a_build(root: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The files with functions that the next build reads as Python."""
    surveyed: list[str] = []
    real = survey_module.survey_file

    def seen(*arguments: Any) -> Any:
        surveyed.append(arguments[1].relative)
        return real(*arguments)

    monkeypatch.setattr(survey_module, "survey_file", seen)
    run(root)
    return set(surveyed) - {"helping.py"}  # a plain file: reading it costs what hashing it would


def test_what_a_build_wrote_need_not_rest(just_built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The build right after a cold one reads no source as Python: what the first one wrote holds what it wrote."""
    assert read_by_a_build(just_built, monkeypatch) == set()


@pytest.mark.parametrize("change", RACY, ids=lambda name: name.replace(" ", "-"))
def test_an_edit_in_the_same_tick_is_noticed(just_built: Path, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    """Where no stat tells, the content does: whatever decides a file's build is hashed as long as it is young."""
    path, edit = RACY[change]
    edit(just_built)
    assert path in read_by_a_build(just_built, monkeypatch)
