"""What one call of a built function costs where nothing goes wrong, beside plain functions and other decorators.

The functions do nothing, and what they call is in the same process. Each round calls every contender for some
milliseconds, in an order drawn anew, so that noise hits all alike; a contender's overhead is what it takes beyond the
plain function of the same round.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from measuring import own_service, print_origin, print_table, quartiles
from overhead_project import build_project
from stacks import STACK, TIMED_STACK

RUN = Path(__file__).with_name("overhead_run.py")

Rounds = dict[str, list[float]]
"""nanoseconds of a call in each round, by contender"""

EXPECTED = {
    **dict.fromkeys(("typed", "opaque", "typed_soon", "annotated", "narrow", "unannotated", "wide"), "relocated"),
    **dict.fromkeys(("items", "check"), "relocated"),
    **dict.fromkeys(("cooperative", "alarmed", "protected_soon"), "transformed"),
}
"""what a build must have made of each function: nobody measures one by accident that was left as it was"""


def measured(rounds: int, block: float) -> dict[str, Rounds]:
    """Build the project and time it in a process of its own."""
    with tempfile.TemporaryDirectory() as folder, own_service(Path(folder)):
        root = Path(folder) / "project"
        root.mkdir()
        found = build_project(root)
        if found != EXPECTED:
            sys.exit(f"built otherwise than expected: {found}")
        env = {**os.environ, "PYTHONPATH": str(root)}
        command = [sys.executable, str(RUN), str(rounds), str(block)]
        done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, text=True, check=False, env=env)
    if done.returncode:
        sys.exit(done.returncode)
    return dict(json.loads(done.stdout))


def overheads(found: Rounds) -> Rounds:
    """Nanoseconds beyond the plain function of the same round."""
    plain = {"poet: types": found.get("plain, for types", found["plain"])}
    return {
        name: [each - base for each, base in zip(values, plain.get(name, found["plain"]), strict=True)]
        for name, values in found.items()
        if not name.startswith("plain")
    }


def ratio(one: list[float], other: list[float]) -> float:
    """The median of `one / other`, round by round."""
    return statistics.median(a / b for a, b in zip(one, other, strict=True))


def contender_rows(found: Rounds) -> list[list[str]]:
    """The rows of a table of contenders."""
    over = overheads(found)
    rows = [["plain", f"{statistics.median(found['plain']):,.1f}"]]
    for name, values in over.items():
        median, (first, third) = statistics.median(values), quartiles(values)
        ns = [f"{statistics.median(found[name]):,.1f}"]
        ns += [f"{figure:,.1f}" for figure in (median, first, third, min(values))]
        times = [ratio(over[other], values) if other in over else None for other in (STACK, TIMED_STACK)]
        shares = ["" if share is None else f"1/{share:,.1f}" for share in times]
        rows.append([name, *ns, f"{ratio(values, over['no-op decorator']):,.2f}", *shares])
    rows[0] += [""] * (len(rows[-1]) - len(rows[0]))
    return rows


def shape_rows(tables: dict[str, Rounds]) -> list[list[str]]:
    """The rows of the table of call shapes."""
    rows = []
    for title, found in tables.items():
        over = overheads(found)
        built, no_op = over["poet: types"], over["no-op decorator"]
        figures = (statistics.median(found["plain"]), statistics.median(no_op), statistics.median(built))
        first, third = quartiles(built)
        cells = [f"{figure:,.1f}" for figure in (*figures, first, third)]
        rows.append([f"`{title}`", *cells, f"{ratio(built, no_op):,.2f}"])
    return rows


def aims(tables: dict[str, Rounds]) -> list[list[str]]:
    """What was aimed at, and what came of it; of the shapes, the worst."""
    over = {title: overheads(found) for title, found in tables.items()}
    pure = {title: ratio(each["poet: types"], each["no-op decorator"]) for title, each in over.items()}
    worst = max((title for title in pure if title not in ("sync", "async")), key=lambda title: pure[title])
    rows = []
    for title in ("sync", "async", worst):
        share = pure[title]
        rows.append([title, "types / no-op decorator", "1.00", f"{share:.2f}", said(share <= 1.0)])
    for title in ("sync", "async"):
        each = over[title]
        full = each.get("poet: full, budget kept by the calls", each.get("poet: full"))
        for stack in (STACK, TIMED_STACK):
            if full is not None and stack in each:
                share = ratio(each[stack], full)
                rows.append([title, f"full / {stack}", "1/40", f"1/{share:.1f}", said(share >= 40)])
    return rows


def said(reached: bool) -> str:
    """A word for it."""
    return "reached" if reached else "missed"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="rounds, each with every contender")
    parser.add_argument("--block", type=float, default=2.0, help="milliseconds of each contender in a round")
    args = parser.parse_args()
    tables = measured(args.rounds, args.block)
    heads = ["ns a call", "", "over plain", "q1", "q3", "min", "/ no-op", "of the stack", "of the timed stack"]
    for title in ("sync", "async"):
        title_line = f"{title}: medians of {args.rounds} rounds of {args.block:g} ms each"
        print_table(title_line, heads, contender_rows(tables[title]))
    shapes = {title: found for title, found in tables.items() if title not in ("sync", "async")}
    heads = ["call", "plain, ns", "no-op over it", "built over it", "q1", "q3", "built / no-op"]
    print_table("Shapes: functions without calls, types only", heads, shape_rows(shapes))
    print_table("Aims", ["", "overhead", "aim", "measured", ""], aims(tables))
    print_origin()


if __name__ == "__main__":
    main()
