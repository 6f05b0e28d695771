"""How a build grows with the project: one built cold and twice more, then checked with and without cache."""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from measuring import needed_tool, own_service, print_origin, print_table
from trees import NOUNS, PLAIN, PYPROJECT, SHAPES, WORDS

RESTING = 2.5
"""seconds after which a file's times alone are believed"""


def write_project(root: Path, functions: int, modules: int) -> None:
    """`functions` decorated functions in `modules` modules of packages of 20; each module imports the one before."""
    (root / "app").mkdir(parents=True)
    (root / "pyproject.toml").write_text(PYPROJECT, "utf-8")
    (root / "app" / "__init__.py").write_text("", "utf-8")
    for number in range(modules):
        folder = root / "app" / f"part_{number // 20:03}"
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").touch()
        mine = range(number * functions // modules, (number + 1) * functions // modules)
        (folder / f"module_{number:04}.py").write_text(module_text(number, mine), "utf-8")


def module_text(number: int, functions: Sequence[int]) -> str:
    """A module with these decorated functions, beside one class and function that aren't."""
    before = f"from app.part_{(number - 1) // 20:03} import module_{number - 1:04} as before\n" if number else ""
    head = f'"""Module {number}."""\n\nfrom __future__ import annotations\n\n'
    head += f"import httpx\nfrom poetc import poet\n{before}"
    word, noun = WORDS[number % len(WORDS)], NOUNS[number // 10 % len(NOUNS)]
    blocks = [PLAIN.format(word=word, noun=noun, title="Kept", number=number)]
    for n in functions:
        block = SHAPES[n % len(SHAPES)].format(n=n, number=n % 90 + 2)
        blocks.append(block)
    called = f"def used_by_others(rows: list[dict[str, int]]) -> list[int]:\n    return {word}_of_{noun}(rows)\n"
    return "\n\n".join([head, *blocks, called])


def measured(command: Sequence[str], root: Path) -> tuple[float, float]:
    """Seconds and peak memory in MB of one run; ends the program if it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} exited {process.returncode}\n{said.decode()[-3000:]}")
    return time.perf_counter() - started, peak(used)


def peak(used: resource.struct_rusage) -> float:
    """Megabytes."""
    return used.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def row(work: Path, functions: int, modules: int) -> list[str]:
    """One line of the table: every command on a project of that size."""
    root, poet = work / f"project_{functions}", needed_tool("poet")
    write_project(root, functions, modules)
    time.sleep(RESTING)
    cold, memory = measured([poet, "build"], root)
    second, _ = measured([poet, "build"], root)
    third, _ = measured([poet, "build"], root)
    time.sleep(RESTING)
    measured([poet, "build"], root)
    check, _ = measured([poet, "build", "--check"], root)
    shutil.rmtree(root / ".dana" / "poet" / "cache")
    bare, memory_of_check = measured([poet, "build", "--check"], root)
    shutil.rmtree(root)
    times = [f"{seconds:.2f}" for seconds in (cold, second, third, check, bare)]
    return [str(functions), str(modules), *times, f"{memory:.0f}", f"{memory_of_check:.0f}"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--functions", type=int, nargs="+", default=[500, 1000, 2000])
    parser.add_argument("--modules", type=int, help="of each project; without it, a tenth of its functions")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, own_service(Path(folder)):
        rows = [row(Path(folder), n, asked.modules or max(1, n // 10)) for n in asked.functions]
    heads = ["functions", "modules", "cold s", "2nd s", "3rd s", "--check s", "no cache s", "MB", "MB of --check"]
    print_table("A build and its project's size", heads, rows)
    print_origin()


if __name__ == "__main__":
    main()
