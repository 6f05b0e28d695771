"""What a build costs from nothing: of 85 functions, where the time goes; of more, how it grows."""

from __future__ import annotations

import argparse
import ast
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple, TypeVar

from bench_large import write_project
from measuring import in_turns, needed_tool, own_service, print_origin, print_table, spread_row, stop_service
from trees import DECORATED, FILES, write_tree

T = TypeVar("T")


class Run(NamedTuple):
    """One build: wall-clock seconds of the process, and the seconds of each stage as it reports them."""

    seconds: float
    stages: dict[str, float]


def build(root: Path) -> Run:
    """One `poet build` in `root`; ends the program unless all functions were built."""
    start = perf_counter()
    command = [needed_tool("poet"), "build", "--timings", "--format", "json"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    seconds = perf_counter() - start
    if done.returncode:
        sys.exit(f"poet build exited {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    stored = len(list((root / ".dana" / "poet" / "functions").glob("*/v1/metadata.json")))
    if stored != DECORATED:
        sys.exit(f"{stored} functions were stored, wanted {DECORATED}")
    return Run(seconds, json.loads(done.stdout)["totals"]["seconds"])


def measure(work: Path, runs: int) -> dict[str, list[Run]]:
    """Builds of fresh copies, the three kinds in turns."""
    plain, root = work / "plain", work / "project"
    write_tree(plain)
    found: dict[str, list[Run]] = {
        "cold, service not running": [],
        "cold, service running": [],
        "answers in the cache": [],
    }
    for turn in range(runs + 1):
        for name, kept in found.items():
            cache = shutil.move(root / ".dana" / "poet" / "cache", work / "cache") if "cache" in name else None
            shutil.rmtree(root, ignore_errors=True)
            shutil.copytree(plain, root)
            if cache:
                (root / ".dana" / "poet").mkdir(parents=True)
                shutil.move(cache, root / ".dana" / "poet" / "cache")
            if "not running" in name:
                stop_service()
            run = build(root)
            if turn:
                kept.append(run)
    return found


class Apart:
    """Seconds of work done one after the other in this process: of each stage, and of them inside `ast.parse`."""

    def __init__(self) -> None:
        self.stages: dict[str, float] = {}
        self.parsing: dict[str, float] = {}
        self.stage = ""

    def timed(self, stage: str, work: Callable[[], T]) -> T:
        """`work()`, booked on a stage."""
        self.stage, start = stage, perf_counter()
        found = work()
        self.stages[stage] = self.stages.get(stage, 0.0) + perf_counter() - start
        return found

    def parse(self, *args: Any, **kwargs: Any) -> ast.AST:
        """`ast.parse`, booked on the stage that calls it."""
        start = perf_counter()
        tree: ast.AST = PARSE(*args, **kwargs)
        self.parsing[self.stage] = self.parsing.get(self.stage, 0.0) + perf_counter() - start
        return tree


PARSE = ast.parse


def apart(plain: Path) -> Apart:
    """Every stage that computes, without threads, processes, HTTP and disk between them."""
    from poetc.client.request import to_draft, to_request
    from poetc.pipeline.build_cache import BuildCache
    from poetc.pipeline.project import open_project
    from poetc.pipeline.survey import ProjectIndex, survey_file
    from poetc.scan.files import walk
    from poetc.service.generation import transpile
    from poetc.verify import verify

    found = Apart()
    ast.parse = found.parse  # type: ignore[assignment]
    try:
        project = open_project((), root=plain, env=os.environ)
        identity = project.identity()
        entries = found.timed("walk", lambda: list(walk(project.options, ())))
        cache = BuildCache(project, identity, in_place=False)
        index = ProjectIndex(project, cache.importers)
        files = found.timed(
            "scan, extract", lambda: [survey_file(project, entry, identity, index, cache.proven) for entry in entries]
        )
        units = [one.unit for file in files if file is not None for one in file.functions if one.unit is not None]
        for unit in units:
            request = found.timed("request", lambda unit=unit: to_request(unit))
            response = found.timed("generate (rules)", lambda request=request: transpile(request))
            draft = found.timed("read the answer", lambda unit=unit, response=response: to_draft(unit, response))
            found.timed("verify", lambda draft=draft: verify(draft))
    finally:
        ast.parse = PARSE
    if len(units) != DECORATED:
        sys.exit(f"{len(units)} functions found, wanted {DECORATED}")
    return found


def print_apart(runs: list[Apart]) -> None:
    """Medians of the stages that compute; the first run, which imports, is not among `runs`."""
    rows = []
    for stage in runs[0].stages:
        seconds = [run.stages[stage] for run in runs]
        parsing = statistics.median(run.parsing.get(stage, 0.0) for run in runs)
        median = statistics.median(seconds)
        rows.append(
            [stage, *spread_row(seconds, 1000)[:3], f"{median / DECORATED * 1e6:,.0f}", f"{parsing / median:.0%}"]
        )
    heads = ["ms", "median", "q1", "q3", "µs a function", "in ast.parse"]
    print_table("Each stage by itself, one after the other in one process", heads, rows)
    print(f"\nlibcst: {'imported' if 'libcst' in sys.modules else 'not imported by any stage'}")


def seconds_cold(poet: str, work: Path, functions: int) -> float:
    """One cold build of as many functions, eight in a module, by a service that runs."""
    root, state = work / "grown", work / f"state {poet}".replace(os.sep, "_")
    state.mkdir(mode=0o700, exist_ok=True)
    environment = {**os.environ, "POET_STATE_DIR": str(state)}
    for warming in (True, False):
        shutil.rmtree(root, ignore_errors=True)
        write_project(root, 8 if warming else functions, 1 if warming else functions // 8)
        start = perf_counter()
        done = subprocess.run([poet, "build"], cwd=root, env=environment, capture_output=True, text=True, check=False)
        seconds = perf_counter() - start
        if done.returncode:
            sys.exit(f"{poet} build exited {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    subprocess.run([poet, "serve", "stop"], env=environment, capture_output=True, check=False)
    return seconds


def print_growth(sizes: Sequence[int], poets: Mapping[str, str], runs: int) -> None:
    """A row for each size and installation of poetc, which take turns."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            builds = {name: partial(seconds_cold, poet, Path(folder), size) for name, poet in poets.items()}
            for name, seconds in in_turns(builds, runs, warm_up=0).items():
                speed = f"{size / statistics.median(seconds):,.0f}"
                rows.append([f"{size} by {name}", *spread_row(seconds, 1, 2), speed])
    heads = ["s", "median", "q1", "q3", "min", "max", "functions/s"]
    print_table(f"Cold builds by a service that runs, {runs} of each in turns", heads, rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="builds of each kind, after one that does not count")
    parser.add_argument("--functions", type=int, nargs="*", default=(), help="sizes of projects: only how it grows")
    parser.add_argument("--against", default="", help="with --functions: the `poet` of another installation")
    options = parser.parse_args()
    runs: int = options.runs
    if options.functions:
        other = {"the other": options.against} if options.against else {}
        print_growth(options.functions, {"this": needed_tool("poet"), **other}, runs)
        print_origin()
        return
    with tempfile.TemporaryDirectory() as folder, own_service(Path(folder)):
        found = measure(Path(folder), runs)
        separately = [apart(Path(folder) / "plain") for _ in range(runs + 1)][1:]
    rows = []
    for name, builds in found.items():
        seconds = [run.seconds for run in builds]
        rows.append([name, *spread_row(seconds, 1, 2), f"{DECORATED / statistics.median(seconds):,.0f}"])
    heads = ["s", "median", "q1", "q3", "min", "max", "functions/s"]
    print_table(
        f"From nothing: {FILES} files, {DECORATED} decorated functions, {runs} builds of each in turns", heads, rows
    )
    stages = sorted({stage for builds in found.values() for run in builds for stage in run.stages})
    rows = []
    for stage in stages:
        medians = [statistics.median(run.stages.get(stage, 0.0) for run in builds) for builds in found.values()]
        totals = [statistics.median(run.seconds for run in builds) for builds in found.values()]
        rows.append([stage, *(f"{m * 1000:,.0f} ({m / t:.0%})" for m, t in zip(medians, totals, strict=True))])
    print_table("Where it goes: ms by stage (share of the whole process)", ["stage", *found], rows)
    print_apart(separately)
    print_origin()


if __name__ == "__main__":
    main()
