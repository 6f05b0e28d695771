"""Fresh is one thing: whatever happens to a built tree, all commands say the same of it, and a build mends it."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from built_projects import build, write
from generated import stray

from poetc.ir import Diagnostic, Ending, Outcome, Severity, Totals
from poetc.pipeline.build import build_project
from poetc.pipeline.inspection import list_functions
from poetc.pipeline.project import open_project
from poetc.pipeline.staleness import check_project

FILES = {
    "shop/__init__.py": "",
    "shop/pay.py": """\
import httpx
from poetc import poet


@poet()
def receipt(url: str) -> str:
    return httpx.get(url).text


class Till:
    @poet()
    def count(self, coins: list[int]) -> int:
        return sum(coins)
""",
    "shop/stock.py": "import poetc\n\n\n@poetc.poet()\ndef left(items: int) -> int:\n    return items - 1\n",
    "tool.py": "from poetc import poet\n\n\n@poet()\ndef main(a: int) -> int:\n    return a\n",
}
OURS = (".dana/poet/functions", "shop/_poet", "_poet")


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three modules, built, one function at its second version."""
    root = tmp_path_factory.mktemp("pristine")
    first = FILES["tool.py"].replace("return a", "return a + 1")
    build(write(root, {**FILES, "tool.py": first}))
    source = (root / "tool.py").read_text()
    (root / "tool.py").write_text(source.replace("return a + 1", "return a"))
    build(root)
    return root


def contents(root: Path) -> dict[str, bytes]:
    """Every file of ours, and the sources."""
    files = [path for folder in OURS for path in (root / folder).rglob("*") if path.is_file()]
    files += [root / name for name in FILES]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files if "__pycache__" not in path.parts}


def verdicts(root: Path) -> tuple[frozenset[str], frozenset[str], bool]:
    """What isn't fresh, as `status` and as `--check` say; and whether `doctor` finds nothing."""
    from poetc.pipeline.setup import build_rows

    project = open_project((), root=root, env=os.environ)
    told = frozenset(row["name"] for row in list_functions(project, None) if not row["fresh"])
    items = list(check_project(project))
    stale = {i.name for i in items if isinstance(i, Outcome) and i.ending in (Ending.STALE, Ending.FAILED)}
    stale |= {i.unit or i.path for i in items if isinstance(i, Diagnostic) and i.severity is Severity.ERROR}
    return told, frozenset(stale), all(row["ok"] for row in build_rows(project))


def written(root: Path) -> tuple[str, ...]:
    """What a build writes."""
    project = open_project((), root=root, env=os.environ)
    try:
        items = list(build_project(project))
    finally:
        project.close()
    errors = [i for i in items if isinstance(i, Diagnostic) and i.severity is Severity.ERROR]
    assert not errors
    return next(i for i in items if isinstance(i, Totals)).written


def remove(path: Path, chance: random.Random) -> None:
    """The file is gone."""
    path.unlink()


def empty(path: Path, chance: random.Random) -> None:
    """Nothing is left in it."""
    path.write_bytes(b"")


def cut(path: Path, chance: random.Random) -> None:
    """The second half is gone."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def conflict(path: Path, chance: random.Random) -> None:
    """A merge left both sides in it."""
    lines = path.read_bytes().split(b"\n")
    at = chance.randrange(len(lines))
    lines[at : at + 1] = [b"<<<<<<< HEAD", lines[at], b"=======", lines[at] + b"2", b">>>>>>> other"]
    path.write_bytes(b"\n".join(lines))


def edit(path: Path, chance: random.Random) -> None:
    """Somebody wrote a line at its end."""
    path.write_bytes(path.read_bytes() + b"\n# mine\n")


def line_ends(path: Path, chance: random.Random) -> None:
    """Version control gave it other line ends."""
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def take_folder(path: Path, chance: random.Random) -> None:
    """All of its folder is gone."""
    shutil.rmtree(path.parent)


def another(path: Path, chance: random.Random) -> None:
    """It has the content of another file of that name."""
    root = next(parent for parent in path.parents if (parent / "tool.py").exists())
    others = sorted(p for p in root.rglob(path.name) if p.is_file())
    path.write_bytes(chance.choice(others).read_bytes())


def stray_version(path: Path, chance: random.Random) -> None:
    """A version of a branch, under a number that isn't its own; or its linked copy."""
    if path.parent.name.startswith("v") and not path.parent.with_name("v7").exists():
        shutil.copytree(path.parent, path.parent.with_name("v7"))
    elif (beside := stray(path)) is not None:
        beside.write_bytes(path.read_bytes())


def names_nothing(path: Path, chance: random.Random) -> None:
    """`current` names a version that isn't there."""
    if path.name == "current":
        path.write_bytes(b"v9\n")


DAMAGE: list[Callable[[Path, random.Random], None]] = [
    remove,
    empty,
    cut,
    conflict,
    edit,
    line_ends,
    take_folder,
    another,
    stray_version,
    names_nothing,
]


@pytest.mark.parametrize("seed", range(int(os.environ.get("POET_TEST_SEEDS", "40"))))
def test_whatever_is_damaged_all_agree_and_a_build_mends_it(seed: int, pristine: Path, tmp_path: Path) -> None:
    """Before: `status`, `--check` and `doctor` name the same. After one build: the bytes as built, nothing to do."""
    root, chance = tmp_path / "copy", random.Random(seed)
    shutil.copytree(pristine, root)
    before = contents(root)
    done = []
    for _ in range(chance.randint(1, 3)):
        paths = sorted(path for path in contents(root) if path.startswith(OURS))
        path, damage = root / chance.choice(paths), chance.choice(DAMAGE)
        done.append((damage.__name__, str(path.relative_to(root))))
        damage(path, chance)
    told, stale, sound = verdicts(root)
    assert told == stale, done
    assert sound == (not stale), done
    changed = written(root)
    assert bool(changed) == bool(stale), (done, changed)
    assert verdicts(root) == (frozenset(), frozenset(), True), done
    assert written(root) == (), done
    touched = any("tool.main" in path for _, path in done)  # what only the history had can't be made again
    assert kept(before, touched) == kept(contents(root), touched), done


def kept(found: dict[str, bytes], without_tool: bool) -> dict[str, bytes]:
    """What can be made again from the sources, but for line ends that mean nothing."""
    tools = (".dana/poet/functions/tool.main/", "_poet/tool/") if without_tool else ()
    there = {name: data for name, data in found.items() if not name.startswith(tools)}
    return {n: d.replace(b"\r\n", b"\n") if n.endswith((".json", "current")) else d for n, d in there.items()}
