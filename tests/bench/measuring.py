"""Timing in turns, and tables. Every figure is a median of runs that alternated with the runs it is compared with."""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter


def tool(name: str) -> str | None:
    """The program `name` beside this interpreter, else on PATH, else None."""
    beside = Path(sysconfig.get_path("scripts"), name)
    return str(beside) if beside.exists() else shutil.which(name)


def needed_tool(name: str) -> str:
    """`tool(name)`; ends the program if there is none."""
    return tool(name) or sys.exit(f"{name} is not installed: pip install -c constraints.txt -e '.[bench]'")


@contextmanager
def own_service(work: Path) -> Iterator[None]:
    """A background service of this measurement alone, ended with it: another's is neither used nor stopped."""
    folder = work / "state"
    folder.mkdir(mode=0o700)
    os.environ["POET_STATE_DIR"] = str(folder)
    try:
        yield
    finally:
        stop_service()
        del os.environ["POET_STATE_DIR"]


def stop_service() -> None:
    """End the background service, if one runs."""
    subprocess.run([needed_tool("poet"), "serve", "stop"], capture_output=True, check=False)


def seconds_of(command: Sequence[str], root: Path, allowed: Iterable[int] = (0,)) -> float:
    """Wall-clock seconds of one run of `command` in `root`; ends the program if its exit code is not `allowed`."""
    start = perf_counter()
    done = subprocess.run(command, cwd=root, capture_output=True, check=False)
    seconds = perf_counter() - start
    if done.returncode not in set(allowed):
        sys.exit(f"{' '.join(command)} exited {done.returncode}\n{done.stdout.decode()}{done.stderr.decode()}")
    return seconds


def in_turns(contenders: Mapping[str, Callable[[], float]], runs: int, warm_up: int = 1) -> dict[str, list[float]]:
    """Seconds of `runs` runs of each contender, one of each a round, in an order that rotates from round to round."""
    names = list(contenders)
    found: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(warm_up + runs):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            seconds = contenders[name]()
            if turn >= warm_up:
                found[name].append(seconds)
    return found


def quartiles(values: Sequence[float]) -> tuple[float, float]:
    """First and third quartile."""
    if len(values) < 2:
        return values[0], values[0]
    first, _, third = statistics.quantiles(values, n=4, method="inclusive")
    return first, third


def spread_row(values: Sequence[float], scale: float, digits: int = 1) -> list[str]:
    """Median, quartiles and extremes of `values`, each times `scale`, as cells."""
    first, third = quartiles(values)
    figures = (statistics.median(values), first, third, min(values), max(values))
    return [f"{figure * scale:,.{digits}f}" for figure in figures]


def print_table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table in Markdown: the first column to the left, the others to the right."""
    cells = [list(heads), *(list(row) for row in rows)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(heads))]
    print(f"\n{title}\n")
    for n, row in enumerate(cells):
        line = [
            text.ljust(width) if not m else text.rjust(width)
            for m, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        print(f"| {' | '.join(line)} |")
        if n == 0:
            print("|" + "|".join(["-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:])]) + "|")


def print_origin() -> None:
    """What to type to get the same table, and on what it was made."""
    arguments = " ".join(sys.argv[1:])
    print(
        f"\n{platform.python_implementation()} {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores"
    )
    print(f"python tests/bench/{Path(sys.argv[0]).name} {arguments}".rstrip())
