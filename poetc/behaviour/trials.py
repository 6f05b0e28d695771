"""Subjects → comparisons: one confined process for each module, within one time for all."""

from __future__ import annotations

import math
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, replace
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from time import monotonic
from typing import Any

from poetc.behaviour.sandbox import About, run_confined
from poetc.errors import ConfigError
from poetc.ir import Diagnostic
from poetc.ir.comparison import Comparison, Counterexample, Limits, Target, Verdict


def ensure_installed() -> None:
    """Raise ConfigError POET701 if Hypothesis isn't there."""
    if find_spec("hypothesis") is None:
        raise ConfigError(
            Diagnostic(
                "POET701",
                "`poet verify` draws its inputs with Hypothesis, which isn't installed",
                hint="pip install 'poetc[verify]'",
            )
        )


def compare_behaviour(targets: Sequence[Target], limits: Limits) -> Iterator[Comparison]:
    """One comparison for each target, in their order. Raises ConfigError if no process can be started."""
    ensure_installed()
    stop, until = threading.Event(), monotonic() + limits.total
    folder = Path(tempfile.mkdtemp(prefix="poet-verify-"))
    pool = ThreadPoolExecutor(max_workers=limits.jobs, thread_name_prefix="poet verify")
    try:
        runs = [
            pool.submit(compare_module, [*module], limits, folder / str(number), until, stop)
            for number, (_, module) in enumerate(groupby(targets, key=lambda target: target.file))
        ]
        for run in runs:
            yield from result_of(run)
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)
        shutil.rmtree(folder, ignore_errors=True)


def result_of(run: Future[list[Comparison]]) -> list[Comparison]:
    """What a run gave; raises ConfigError POET702 if the system let no process start."""
    try:
        return run.result()
    except OSError as error:
        hint = "`poet verify` needs to write to the folder for temporary files, and to start Python from there"
        raise ConfigError(Diagnostic("POET702", f"no sandbox can be started: {error}", hint=hint)) from error


def compare_module(
    targets: Sequence[Target], limits: Limits, folder: Path, until: float, stop: threading.Event
) -> list[Comparison]:
    """The targets of one module, in one process if they can share one. Raises OSError."""
    left = until - monotonic()
    if left <= 0 or stop.is_set():
        return [not_comparable(target, f"the {limits.total:g} s for all functions were over") for target in targets]
    (folder / "inside" / "home").mkdir(parents=True)
    wall = min(limits.wall, left)
    most = min(wall * len(targets) + limits.grace, left)
    told = run_confined(job_of(targets, limits, folder, wall), folder, most, stop)
    if told.alone:
        alone = (compare_module([s], limits, folder / str(i), until, stop) for i, s in enumerate(targets))
        return [comparison for comparisons in alone for comparison in comparisons]
    return [
        with_second_pass(comparison_of(target, about, told.limits), target, about, limits)
        for target, about in zip(targets, told.subjects, strict=True)
    ]


def with_second_pass(comparison: Comparison, target: Target, told: About, limits: Limits) -> Comparison:
    """The comparison with what CrossHair said, if it was asked: a difference that it found is the verdict."""
    if not limits.crosshair or comparison.verdict is Verdict.DIFFERENT or told.verdict is None:
        return comparison
    if not has_crosshair():
        return replace(comparison, second_pass="isn't installed: pip install 'poetc[crosshair]'")
    if told.second is None:
        return replace(comparison, second_pass=f"the process {told.ended}")
    said = str(told.second.get("said", ""))
    if "verdict" in told.second:
        comparison = comparison_of(target, About(verdict=told.second["verdict"]), comparison.limits)
    return replace(comparison, second_pass=said)


def has_crosshair() -> bool:
    """Whether CrossHair is installed."""
    return find_spec("crosshair") is not None


def job_of(targets: Sequence[Target], limits: Limits, folder: Path, wall: float) -> dict[str, Any]:
    """What the confined process is told, as literals."""
    return {
        "subjects": [literal(target) for target in targets],
        "folder": str(folder / "inside"),
        "home": str(folder / "inside" / "home"),
        "bounds": [wall, math.ceil(wall), limits.memory, limits.file_size, limits.open_files, limits.processes],
        "crosshair": limits.second_pass if limits.crosshair and has_crosshair() else 0,
        "plan": {
            "examples": limits.examples,
            "enough": limits.enough,
            "seconds": limits.seconds,
            "call": limits.call,
            "seed": limits.seed,
        },
    }


def literal(target: Target) -> dict[str, Any]:
    """A target without paths and tuples."""
    said = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(target).items()}
    return said | {"classes": [*target.classes]}


def comparison_of(target: Target, told: About, limits: tuple[tuple[str, str], ...]) -> Comparison:
    """What the process said; if it didn't come to a verdict, that and where it was."""
    verdict = told.verdict
    if verdict is None:
        at = f" in {told.running}" if told.running else ""
        return not_comparable(target, f"the process {told.ended}{at}", limits)
    try:
        return Comparison(
            target.name,
            target.path,
            target.line,
            Verdict(verdict["likeness"]),
            str(verdict["reason"]),
            int(verdict["tried"]),
            int(verdict["values"]),
            int(verdict["raised"]),
            tuple((str(why), int(count)) for why, count in verdict["left_out"]),
            bool(verdict["exhausted"]),
            counterexample_of(verdict.get("counterexample")),
            limits,
        )
    except (KeyError, TypeError, ValueError) as error:  # the code under test can write to what we listen to
        return not_comparable(target, f"the process said something else than a verdict: {error!r}", limits)


def counterexample_of(said: Any) -> Counterexample | None:
    """A counterexample from JSON; raises KeyError, TypeError for anything else."""
    if said is None:
        return None
    return Counterexample(
        str(said["call"]),
        tuple(str(one) for one in said["differences"]),
        str(said["snippet"]),
        bool(said["runnable"]),
        str(said["traceback"]),
    )


def not_comparable(target: Target, reason: str, limits: tuple[tuple[str, str], ...] = ()) -> Comparison:
    """A comparison that says nothing but why."""
    return Comparison(target.name, target.path, target.line, Verdict.NOT_COMPARABLE, reason, limits=limits)
