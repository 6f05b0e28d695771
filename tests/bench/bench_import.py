"""What it costs to import a package of 100 functions, and to keep it in memory: built, plain, and with decorators.

Six of ten functions are pure and four call a service. In the stack, these get stamina, pybreaker and validate_call,
and the pure ones validate_call alone. Every figure is from fresh interpreters, one of each contender in a round, with
bytecode that is there already.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from import_project import EACH, write_packages
from measuring import own_service, print_origin, print_table, quartiles

RUN = Path(__file__).with_name("import_run.py")

LIBRARIES = ("stamina", "pybreaker", "pydantic", "concurrent.futures", "asyncio")

Sample = tuple[float, float, float, float]
"""milliseconds of the import, of the whole process, KiB of resident and of proportional memory"""


def sampled(root: Path, *modules: str) -> Sample:
    """One fresh interpreter that imports the modules; the last of them is what is measured."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = perf_counter()
    done = subprocess.run(
        [sys.executable, str(RUN), *modules],
        cwd=root,
        env={**env, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    whole = (perf_counter() - began) * 1000
    if done.returncode:
        sys.exit(done.stderr)
    took, rss, pss, functions = map(float, done.stdout.split())
    wanted = EACH * len(list((root / "shop").glob("part_*.py")))
    if modules[-1] == "shop.parts" and functions != wanted:
        sys.exit(f"{functions:g} functions in {root}, wanted {wanted}")
    return took, whole, rss, pss


def contenders(roots: dict[str, Path]) -> dict[str, tuple[Path, tuple[str, ...]]]:
    """What is measured: where, and which modules."""
    found = {"bare start": (roots["plain"], ("sys",))}
    found |= {name: (root, ("shop.parts",)) for name, root in roots.items()}
    found["poet, runtime imported before"] = (roots["poet"], ("shop._poet._runtime", "shop.parts"))
    for name in ("stack", "stack + time limit"):
        found[f"{name}, libraries imported before"] = (roots[name], (*LIBRARIES, "stacks", "shop.parts"))
    return found


def measured(rounds: int, modules: int) -> dict[str, list[Sample]]:
    """Samples by contender; the first round, which writes bytecode, doesn't count."""
    with tempfile.TemporaryDirectory() as folder, own_service(Path(folder)):
        wanted = contenders(write_packages(Path(folder), modules))
        found: dict[str, list[Sample]] = {name: [] for name in wanted}
        names = list(wanted)
        for turn in range(rounds + 1):
            shift = turn % len(names)
            for name in names[shift:] + names[:shift]:
                root, imported = wanted[name]
                sample = sampled(root, *imported)
                if turn:
                    found[name].append(sample)
    return found


def table_rows(found: dict[str, list[Sample]]) -> list[list[str]]:
    """The table: times in milliseconds, memory in MiB, and both beyond plain as shares of the stack's."""
    middle = {
        name: [statistics.median(column) for column in zip(*samples, strict=True)] for name, samples in found.items()
    }
    bare, plain, stack = middle["bare start"], middle["plain"], middle["stack + time limit"]
    rows = []
    for name, samples in found.items():
        took, whole, rss, pss = middle[name]
        times = [sample[0] for sample in samples]
        row = [name, *(f"{figure:,.1f}" for figure in (took, *quartiles(times), min(times), whole - bare[1]))]
        row += [f"{figure / 1024:,.2f}" for figure in (rss, pss)]
        shares = [f"{(middle[name][n] - plain[n]) / (stack[n] - plain[n]):.3f}" for n in (0, 2)]
        rows.append(row + (shares if name not in ("bare start", "plain") else ["", ""]))
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="fresh interpreters for each contender")
    parser.add_argument("--modules", type=int, default=10, help=f"modules, each with {EACH} functions")
    args = parser.parse_args()
    found = measured(args.rounds, args.modules)
    times = ["ms", "q1", "q3", "min", "process over bare"]
    heads = ["import", *times, "RSS, MiB", "PSS, MiB", "ms / stack's", "RSS / stack's"]
    size = f"{EACH * args.modules} functions in {args.modules} modules"
    print_table(
        f"{size}: medians of {args.rounds} fresh interpreters; shares are beyond plain", heads, table_rows(found)
    )
    print_origin()


if __name__ == "__main__":
    main()
