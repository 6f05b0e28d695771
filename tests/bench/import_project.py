"""The package of bench_import.py: modules of ten functions each, plain, decorated or built."""

from __future__ import annotations

import shutil
from pathlib import Path

from overhead_project import CONFIGURATION, STAND_IN, run_build

EACH = 10
"""functions in a module"""

PURE = '''\
@pure
def slug_{n}(text: str, limit: int = {number}, *, separator: str = "-") -> str:
    """A short name for a text."""
    words = [word.lower() for word in text.split() if word.isalnum()]
    return separator.join(words)[:limit]


@pure
def mean_{n}(values: list[float], at_least: int = 2) -> float | None:
    """The mean, or nothing of too few values."""
    if len(values) < at_least:
        return None
    return sum(values) / len(values) * {number}.0


@pure
def merged_{n}(left: dict[str, int], right: dict[str, int]) -> dict[str, int]:
    """The sums of what both count."""
    found = dict(left)
    for key, value in right.items():
        found[key] = found.get(key, 0) + value
    return found


@pure
def windows_{n}(values: list[int], size: int = {number}) -> list[list[int]]:
    """A series cut into pieces."""
    if size < 1:
        raise ValueError(f"size is {{size}}")
    return [values[start : start + size] for start in range(0, len(values), size)]


@pure
def is_due_{n}(day: int, every: int = 7, *, from_day: int = 0) -> bool:
    """Whether a day is one of a schedule."""
    return day >= from_day and (day - from_day) % every == 0


@pure
def label_{n}(name: str, count: int, unit: str | None = None) -> str:
    """How a count is shown."""
    shown = f"{{count:,}}"
    return f"{{name}}: {{shown}} {{unit}}" if unit else f"{{name}}: {{shown}}"
'''

PROTECTED = '''\
@protected
def forecast_{n}(station: int, unit: str = "C") -> str:
    """What a service says of a station."""
    found = stand_in.fetch(station)
    return f"{{found}} {{unit}}"


@protected
def forecasts_{n}(stations: list[int]) -> dict[int, str]:
    """The same of several."""
    found = {{}}
    for station in stations:
        found[station] = stand_in.fetch(station)
    return found


@protected
def ordered_{n}(station: int, times: int = {number}) -> list[str]:
    """The same several times."""
    return [stand_in.fetch(station + time) for time in range(times)]


@protected_soon
async def forecast_soon_{n}(station: int, unit: str = "C") -> str:
    """The same, to be awaited."""
    found = await stand_in.fetch_soon(station)
    return f"{{found}} {{unit}}"
'''

HEAD = '"""Part {n}."""\n\nfrom __future__ import annotations\n\nimport stand_in\n{imports}\n\n'

MARKS = ("@pure\n", "@protected\n", "@protected_soon\n")

DECORATED = {
    "no-op decorator": ("no_op", "no_op", "no_op_async"),
    "stack": ("with_validate_call", "with_stack", "with_stack_async"),
    "stack + time limit": ("with_validate_call", "with_stack_and_pool", "with_stack_async"),
}
"""contender -> what of `stacks` decorates pure functions, those that need protection, and coroutine functions"""

POET = ("@poet()\n", "@poet(timeout=5.0)\n", "@poet(timeout=5.0)\n")


def write_packages(work: Path, modules: int) -> dict[str, Path]:
    """A folder for each contender, with its package `shop`; poet's is built."""
    roots = {name: work / f"tree_{n}" for n, name in enumerate(("plain", *DECORATED, "poet"))}
    for name, root in roots.items():
        if name == "poet":
            write_package(root, modules, "from poetc import poet\n", POET)
            (root / "pyproject.toml").write_text(CONFIGURATION, "utf-8")
            run_build(root)
        elif name == "plain":
            write_package(root, modules, "", ("", "", ""))
        else:
            names = DECORATED[name]
            chosen = ", ".join(sorted(set(names)))
            write_package(root, modules, f"from stacks import {chosen}\n", tuple(f"@{each}\n" for each in names))
    return roots


def write_package(root: Path, modules: int, imports: str, marks: tuple[str, ...]) -> None:
    """One package of so many modules with these decorators."""
    package = root / "shop"
    package.mkdir(parents=True)
    (root / "stand_in.py").write_text(STAND_IN, "utf-8")
    shutil.copy(Path(__file__).with_name("stacks.py"), root)
    names = [f"part_{n}" for n in range(modules)]
    (package / "__init__.py").write_text('"""A shop."""\n', "utf-8")
    (package / "parts.py").write_text(f'"""All parts."""\n\nfrom shop import {", ".join(names)}\n', "utf-8")
    for n, name in enumerate(names):
        text = HEAD.format(n=n, imports=imports) + "\n\n".join((PURE, PROTECTED)).format(n=n, number=n + 2)
        for mark, decorator in zip(MARKS, marks, strict=True):
            text = text.replace(mark, decorator)
        (package / f"{name}.py").write_text(text, "utf-8")
