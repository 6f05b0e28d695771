"""The project of bench_overhead.py: functions that do next to nothing, so that what stands around them shows.

Each is there twice: in `plain.py` as it is, and in `built.py` as `poet build` has linked it. What they call is in
`stand_in.py`, in the same process; `[tool.poet.calls]` says of it what the catalogue says of a client's calls.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from measuring import needed_tool

STAND_IN = '''\
"""Calls that take no time, so that a network doesn't cover what stands around them."""

from __future__ import annotations


def compute(station: int, *, timeout: float | None = None) -> str:
    """Known to be pure."""
    return "x"


def fetch(station: int, *, timeout: float | None = None) -> str:
    """Known to read, to take a time limit, and to fail in passing."""
    return "x"


def opaque(station: int, *, timeout: float | None = None) -> str:
    """Of which nothing is known."""
    return "x"


async def fetch_soon(station: int, *, timeout: float | None = None) -> str:
    """`fetch`, to be awaited."""
    return "x"
'''

CONFIGURATION = """\
[tool.poet.functions."*.cooperative"]
timeout = 5.0
retries = 2

[tool.poet.calls]
"stand_in.compute" = {effect = "pure"}
"stand_in.opaque" = {effect = "unknown"}
"stand_in.fetch" = {effect = "read", timeout = "timeout", transient = ["ConnectionError"]}
"stand_in.fetch_soon" = {effect = "read", form = "await", transient = ["ConnectionError"]}
"""

FUNCTIONS = '''\
"""Functions that do next to nothing."""

from __future__ import annotations

from collections.abc import Iterator

import stand_in
#import#

@poet()
def typed(station: int, unit: str = "C") -> str:
    return stand_in.compute(station)


@poet()
def cooperative(station: int, unit: str = "C") -> str:
    return stand_in.fetch(station)


@poet(timeout=5.0, retries=2)
def alarmed(station: int, unit: str = "C") -> str:
    return stand_in.fetch(station)


@poet(timeout=5.0, retries=2)
def opaque(station: int, unit: str = "C") -> str:
    return stand_in.opaque(station)


@poet()
async def typed_soon(station: int, unit: str = "C") -> str:
    return "x"


@poet(timeout=5.0, retries=2)
async def protected_soon(station: int, unit: str = "C") -> str:
    return await stand_in.fetch_soon(station)


@poet()
def annotated(a: int, b: str = "x", *, c: float = 1.0) -> str:
    return b


@poet()
def narrow(a: int) -> int:
    return a


@poet()
def unannotated(a, b="x", *, c=1.0):
    return b


@poet()
def wide(a: int, b: int, c: str, d: str | None = None, *args: int, e: bool = False, **more: str) -> tuple:
    return a, b


@poet()
def items(a: int) -> Iterator[int]:
    yield a


class Monitor:
    @poet()
    def check(self, a: int, b: str = "x") -> bool:
        return True
'''
"""`#import#` and the decorators become what they are in a built project, or nothing"""


def build_project(root: Path) -> dict[str, str]:
    """Write and build it in `root`; gives what became of each function's body, by its last name."""
    plain = "\n".join(line for line in FUNCTIONS.splitlines() if not line.strip().startswith("@poet"))
    (root / "stand_in.py").write_text(STAND_IN, "utf-8")
    (root / "plain.py").write_text(plain.replace("#import#\n", "") + "\n", "utf-8")
    (root / "built.py").write_text(FUNCTIONS.replace("#import#", "from poetc import poet\n"), "utf-8")
    (root / "pyproject.toml").write_text(CONFIGURATION, "utf-8")
    run_build(root)
    metadata = (root / ".dana" / "poet" / "functions").glob("*/v1/metadata.json")
    found = (json.loads(path.read_text("utf-8")) for path in metadata)
    return {each["name"].split(".")[-1]: each["operate"] for each in found}


def run_build(root: Path) -> None:
    """`poet build` in `root`; ends the program if it fails."""
    done = subprocess.run([needed_tool("poet"), "build"], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"poet build exited {done.returncode}\n{done.stdout}{done.stderr}")
