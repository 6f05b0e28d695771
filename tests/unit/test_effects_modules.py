"""A dotted name → the project's file, as an import in the asking file would find it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from poetc.config import Options
from poetc.extract.lookup import Looked
from poetc.pipeline.modules import Modules
from poetc.scan.read import read_module

FILES = ["app/__init__.py", "app/store.py", "app/both.py", "app/both/__init__.py", "src/late.py", "late.py"]
FILES += ["src/only.py", "lib/extra/deep.py", "space/inner.py", "tools/run.py", "tools/near.py", "src/app/hidden.py"]


@pytest.fixture
def modules(tmp_path: Path) -> tuple[Path, Modules]:
    """A project with several source roots."""
    root = tmp_path.resolve()
    for name in FILES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x = 1\n")
    return root, Modules(Options(root=root, src=("lib",)))


@pytest.fixture
def look(modules: tuple[Path, Modules]) -> Callable[[str, str], Looked]:
    """(dotted name, file that asks) → what is found."""
    root, found = modules
    return lambda dotted, asking: found(dotted, read_module(root / asking, Options(root=root, src=("lib",))))


CASES = {
    "module": ("app.store", "app/__init__.py", "app/store.py"),
    "package": ("app", "tools/run.py", "app/__init__.py"),
    "the package comes before the file": ("app.both", "app/store.py", "app/both/__init__.py"),
    "another source root": ("only", "app/store.py", "src/only.py"),
    "the file's own root comes first": ("late", "app/store.py", "late.py"),
    "from below src, src comes first": ("late", "src/only.py", "src/late.py"),
    "a configured root": ("extra.deep", "app/store.py", "lib/extra/deep.py"),
    "a namespace": ("space.inner", "app/store.py", "space/inner.py"),
    "a regular package ends the search": ("app.hidden", "app/store.py", None),
    "a library": ("httpx", "app/store.py", None),
    "no identifier": ("app...store", "app/store.py", None),
    "a path": ("..", "app/store.py", None),
}


@pytest.mark.parametrize(("dotted", "asking", "found"), CASES.values(), ids=CASES.keys())
def test_it_finds_what_an_import_would(
    look: Callable[[str, str], Looked], dotted: str, asking: str, found: str | None
) -> None:
    """By place, never by importing."""
    looked = look(dotted, asking)
    assert (looked.found.source.relative if looked.found else None) == found
    if looked.found:
        assert looked.found.source.module == dotted
        assert found in looked.places


def test_a_file_is_parsed_once(modules: tuple[Path, Modules], look: Callable[[str, str], Looked]) -> None:
    """However often, and from wherever, it is asked for."""
    first, second = look("app.store", "app/__init__.py"), look("app.store", "src/only.py")
    assert first.found is not None and second.found is not None
    assert first.found.tree is second.found.tree


def test_places_are_those_that_would_change_the_answer(
    modules: tuple[Path, Modules], look: Callable[[str, str], Looked]
) -> None:
    """Those that are there with their stat, those that are missing as missing."""
    looked = look("only", "app/store.py")
    assert looked.places == {"only/__init__.py", "only.py", "src/only/__init__.py", "src/only.py"}
    rows = modules[1].rows_of(looked.places)
    assert [place for place, row in rows.items() if row is not None] == ["src/only.py"]
