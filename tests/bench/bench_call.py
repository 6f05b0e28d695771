"""What one call of a built function costs where nothing goes wrong, beside what other decorators cost."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from measuring import needed_tool, own_service, print_origin, print_table, quartiles

SHAPES = '''\
"""Functions that do next to nothing, so that what stands around them shows."""

from __future__ import annotations

{imports}

{mark}
def annotated(a: int, b: str = "x", *, c: float = 1.0) -> str:
    return b


{mark}
def narrow(a: int) -> int:
    return a


{mark}
def unannotated(a, b="x", *, c=1.0):
    return b


{mark}
def wide(a: int, b: int, c: str, d: str | None = None, *args: int, e: bool = False, **more: str) -> tuple:
    return a, b


class Monitor:
    {mark}
    def check(self, a: int, b: str = "x") -> bool:
        return True


{mark}
async def awaited(a: int, b: str = "x") -> str:
    return b


{mark}
def items(a: int) -> Iterator[int]:
    yield a
'''

MEASURE = """\
import asyncio, functools, importlib, json, random, sys, timeit
from time import perf_counter_ns

runs, loops = int(sys.argv[1]), int(sys.argv[2])
plain, built = importlib.import_module("plain"), importlib.import_module("built")


def no_op(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper


def no_op_async(function):
    @functools.wraps(function)
    async def wrapper(*args, **kwargs):
        return await function(*args, **kwargs)
    return wrapper


def others():
    found = {}
    try:
        from beartype import beartype
        found["beartype"] = beartype
    except ImportError:
        pass
    try:
        import tenacity
        found["tenacity"] = tenacity.retry(stop=tenacity.stop_after_attempt(3))
    except ImportError:
        pass
    try:
        import stamina
        found["stamina"] = stamina.retry(on=ConnectionError, attempts=3)
    except ImportError:
        pass
    try:
        import pybreaker
        found["pybreaker"] = pybreaker.CircuitBreaker()
    except ImportError:
        pass
    try:
        from pydantic import validate_call
        found["pydantic validate_call"] = validate_call(validate_return=True)
    except ImportError:
        pass
    return found


CALLS = {
    "annotated(1, 'a', c=2.0)": ("annotated", "f(1, 'a', c=2.0)"),
    "annotated(1)": ("annotated", "f(1)"),
    "narrow(1)": ("narrow", "f(1)"),
    "unannotated(1, 'a', c=2.0)": ("unannotated", "f(1, 'a', c=2.0)"),
    "wide(1, 2, 'a', None, 3, e=True, k='v')": ("wide", "f(1, 2, 'a', None, 3, e=True, k='v')"),
    "Monitor().check(1, 'a')": ("check", "f(o, 1, 'a')"),
    "await awaited(1, 'a')": ("awaited", None),
    "next(items(1))": ("items", "next(f(1))"),
}


def named(module, name):
    return module.Monitor.check if name == "check" else getattr(module, name)


def timer(function, module, statement):
    if statement is None:
        async def awaiting(loops):
            start = perf_counter_ns()
            for _ in range(loops):
                await function(1, "a")
            return perf_counter_ns() - start
        return lambda loops: asyncio.run(awaiting(loops)) / loops
    space = {"f": function, "o": module.Monitor()}
    timed = timeit.Timer(statement, globals=space)
    return lambda loops: timed.timeit(loops) / loops * 1e9


def contenders(name, statement, all_of_them):
    function = named(plain, name)
    if name not in LINKED or "poetc" in sys.modules:
        sys.exit(f"{name} is not linked")
    found = {"plain": (function, plain), "no-op decorator": ((no_op if statement else no_op_async)(function), plain),
             "poet build": (named(built, name), built)}
    if all_of_them:
        found |= {other: (decorate(function), plain) for other, decorate in others().items()}
    return {other: timer(f, module, statement) for other, (f, module) in found.items()}


LINKED = set(json.loads(sys.argv[3]))
dice, results = random.Random(1), {}
for title, (name, statement) in CALLS.items():
    timers = contenders(name, statement, title == next(iter(CALLS)))
    found = {other: [] for other in timers}
    for turn in range(runs + 1):
        order = list(timers)
        dice.shuffle(order)
        for other in order:
            slow = other in ("tenacity", "stamina", "pybreaker")
            value = timers[other](max(1, loops // 20) if slow else loops)
            if turn:
                found[other].append(value)
    results[title] = found
print(json.dumps(results))
"""


def build_project(root: Path) -> list[str]:
    """A project with every shape twice, plain and built by `poet build`; gives the names of the built functions."""
    head = "from collections.abc import Iterator"
    plain = SHAPES.format(imports=f"{head}\n", mark="@(lambda function: function)")
    (root / "plain.py").write_text(plain.replace("@(lambda function: function)\n", "\n"), "utf-8")
    built = SHAPES.format(imports=f"{head}\n\nfrom poetc import poet\n", mark="@poet()")
    (root / "built.py").write_text(built, "utf-8")
    (root / "pyproject.toml").write_text("[tool.poet]\n", "utf-8")
    (root / "measure.py").write_text(MEASURE, "utf-8")
    done = subprocess.run([needed_tool("poet"), "build"], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"poet build exited {done.returncode}\n{done.stdout}{done.stderr}")
    metadata = (root / ".dana" / "poet" / "functions").glob("*/v1/metadata.json")
    found = {json.loads(path.read_text("utf-8"))["name"].split(".")[-1] for path in metadata}
    return sorted(found)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=31, help="samples of each contender, in shuffled turns")
    parser.add_argument(
        "--loops", type=int, default=100_000, help="calls in one sample (a twentieth for the slow ones)"
    )
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, own_service(Path(folder)):
        root = Path(folder) / "project"
        root.mkdir()
        linked = build_project(root)
        command = [sys.executable, "measure.py", str(args.runs), str(args.loops), json.dumps(linked)]
        env = {**os.environ, "PYTHONPATH": str(root)}
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, env=env)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    rows = []
    for title, found in json.loads(done.stdout).items():
        plain = statistics.median(found["plain"])
        no_op = statistics.median(found["no-op decorator"]) - plain
        for name, values in found.items():
            median, (first, third) = statistics.median(values), quartiles(values)
            over = median - plain
            ratio = f"{over / no_op:.2f}" if name != "plain" else ""
            cells = [f"{figure:,.1f}" for figure in (median, first, third, min(values), over)]
            rows.append([f"`{title}`" if name == "plain" else "", name, *cells, ratio])
    heads = ["call", "", "ns", "q1", "q3", "min", "over plain", "/ no-op's"]
    print_table(f"Happy path, ns a call: medians of {args.runs} samples of {args.loops:,} calls, in turns", heads, rows)
    print_origin()


if __name__ == "__main__":
    main()
