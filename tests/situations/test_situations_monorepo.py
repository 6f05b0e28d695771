"""A project inside a project has its own settings: they hold wherever a build is started, or it isn't built."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from built_projects import poet, said, write
from generated import Generated, linked, linked_code, table

INNER = '[project]\nname = "pay"\nversion = "0"\n\n[tool.poet]\nmode = "strict"\nexclude = ["*/legacy.py"]\n'
SOURCE = "from poetc import poet\n\n\n@poet()\ndef f(x: int) -> int:\n    return x\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A project with one function, and a service in it with settings of its own."""
    files = {
        "pyproject.toml": '[project]\nname = "root"\nversion = "0"\n',
        "top.py": SOURCE,
        "services/pay/pyproject.toml": INNER,
        "services/pay/src/pay/__init__.py": "",
        "services/pay/src/pay/a.py": SOURCE,
        "services/pay/src/pay/legacy.py": SOURCE,
        "plain/pyproject.toml": '[project]\nname = "plain"\nversion = "0"\n',
        "plain/tool.py": SOURCE,
    }
    return write(tmp_path, files)


def test_a_build_from_above_leaves_it_alone_and_says_so(repository: Path) -> None:
    """Neither its settings nor its `exclude` are overridden; both projects stay fresh, whichever is built last."""
    inner = repository / "services/pay"
    said(poet(inner, "build"))
    before = linked_code(inner, "pay.a.f")
    assert Generated(before).only("Perceive")["mode"] == "strict"
    told = said(poet(repository, "build"))
    assert "services/pay note POET219 services/pay has settings of its own" in told
    assert "hint: Run `poet build services/pay`" in told
    assert "2 built" in told, "its own function, and that of a folder without settings"
    assert linked_code(inner, "pay.a.f") == before
    assert not table(inner, "src/pay/legacy.py").exists()
    for folder in (repository, inner):
        assert poet(folder, "build", "--check").returncode == 0
    assert "1 function fresh" in said(poet(repository, "build", "services/pay"))


def test_what_was_once_built_from_above_is_given_back(repository: Path) -> None:
    """A store of the outer project that has its functions forgets them; its links stay."""
    inner = repository / "services/pay"
    (inner / "pyproject.toml").write_text(INNER.partition("[tool.poet]")[0])
    assert "4 built" in said(poet(repository, "build"))
    (inner / "pyproject.toml").write_text(INNER)
    said(poet(inner, "build"))
    links = sorted(path.name for path in inner.rglob("_poet/**/*.py"))
    assert linked(inner, "pay.a.f").name in links
    said(poet(repository, "build"))
    assert sorted(path.name for path in inner.rglob("_poet/**/*.py")) == links
    assert poet(inner, "build", "--check").returncode == 0
    assert not (repository / ".dana/poet/functions/pay.a.f").exists()


def test_settings_that_come_later_are_noticed_by_the_shortest_build(repository: Path) -> None:
    """The snapshot of a project at rest watches the pyproject.toml of the folders in it."""
    said(poet(repository, "build"))
    time.sleep(2.5)
    for _ in range(3):
        assert "POET219" in said(poet(repository, "build"))
    assert (repository / ".dana/poet/cache/snapshot.json").exists()
    with (repository / "plain/pyproject.toml").open("a") as file:
        file.write("\n[tool.poet]\ntimeout = 3\n")
    assert "plain has settings of its own" in said(poet(repository, "build"))
