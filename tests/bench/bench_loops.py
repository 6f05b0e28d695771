"""What a look at the budget adds to each step of a loop: under an alarm, by the clock, watched; `for` and `while`."""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from time import perf_counter

from measuring import print_origin, print_table, spread_row

from poetc.runtime.alarm import AlarmedDeadline
from poetc.runtime.deadline import BY_CLOCK, Deadline

STEPS = 100_000


class ByClock(Deadline):
    """A deadline that is never handed to the watcher."""

    def have_watched(self) -> None:
        """Go on reading the clock."""
        assert self.watch == BY_CLOCK


def plain_for(deadline: Deadline) -> None:
    """The loop without a budget."""
    for _ in range(STEPS):
        pass


def budgeted_for(deadline: Deadline) -> None:
    """The loop as it is generated."""
    with deadline:
        for _ in deadline.over(range(STEPS)):
            pass


def plain_while(deadline: Deadline) -> None:
    """The loop without a budget."""
    step = 0
    while step < STEPS:
        step += 1


def budgeted_while(deadline: Deadline) -> None:
    """The loop as it is generated."""
    step = 0
    with deadline:
        while deadline.lasts() and (step < STEPS):
            step += 1


def nanoseconds(loop: Callable[[Deadline], None], deadline: Deadline) -> float:
    """One run, per step."""
    start = perf_counter()
    loop(deadline)
    return (perf_counter() - start) / STEPS * 1e9


def main() -> None:
    """Run in turns, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    rounds = parser.parse_args().rounds
    kinds = {"alarm": AlarmedDeadline, "watched": Deadline, "clock": ByClock}
    added: dict[tuple[str, str], list[float]] = {(loop, kind): [] for loop in ("for", "while") for kind in kinds}
    for _ in range(rounds):
        for loop, plain, budgeted in (("for", plain_for, budgeted_for), ("while", plain_while, budgeted_while)):
            base = nanoseconds(plain, Deadline(60))
            for kind, made in kinds.items():
                added[loop, kind].append(nanoseconds(budgeted, made(60)) - base)
    rows = [[f"{loop}, {kind}", *spread_row(values, 1.0)] for (loop, kind), values in added.items()]
    print_table(f"ns added to a step, {STEPS:,} steps, {rounds} rounds", ["", "median", "q1", "q3", "min", "max"], rows)
    fastest = statistics.median(added["for", "clock"]) / statistics.median(added["for", "watched"])
    print(f"\na watched `for` costs 1/{fastest:.1f} of one that reads the clock")
    print_origin()


if __name__ == "__main__":
    main()
