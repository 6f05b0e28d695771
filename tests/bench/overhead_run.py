"""Run by bench_overhead.py inside the built project: times every contender in turns, prints JSON.

`overhead_run.py ROUNDS BLOCK_MS`: in each round each contender is called for about so many milliseconds, in an order
that is drawn anew.
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import sys
import threading
import timeit
from collections.abc import Awaitable, Callable
from time import perf_counter_ns
from typing import Any

import built
import plain
from stacks import ASYNC, SYNC, no_op

Decorator = Callable[[Any], Any]

Timer = Callable[[int], Awaitable[float]]
"""calls -> nanoseconds of one"""

SHAPES = {
    "annotated(1, 'a', c=2.0)": ("annotated", "f(1, 'a', c=2.0)"),
    "annotated(1)": ("annotated", "f(1)"),
    "narrow(1)": ("narrow", "f(1)"),
    "unannotated(1, 'a', c=2.0)": ("unannotated", "f(1, 'a', c=2.0)"),
    "wide(1, 2, 'a', None, 3, e=True, k='v')": ("wide", "f(1, 2, 'a', None, 3, e=True, k='v')"),
    "Monitor().check(1, 'a')": ("check", "f(o, 1, 'a')"),
    "next(items(1))": ("items", "next(f(1))"),
}


def timed(function: Any, statement: str = "f(1)", module: Any = plain) -> Timer:
    """Calls of a function in a loop, without the garbage collector."""
    timer = timeit.Timer(statement, globals={"f": function, "o": module.Monitor()})

    async def time(calls: int) -> float:
        return timer.timeit(calls) / calls * 1e9

    return time


def timed_elsewhere(function: Any) -> Timer:
    """The same on a thread that is not the main one."""
    timer = timeit.Timer("f(1)", globals={"f": function})

    async def time(calls: int) -> float:
        found: list[float] = []
        thread = threading.Thread(target=lambda: found.append(timer.timeit(calls)))
        thread.start()
        thread.join()
        return found[0] / calls * 1e9

    return time


def timed_soon(function: Any) -> Timer:
    """Calls of a coroutine function, awaited in a loop."""

    async def time(calls: int) -> float:
        gc.disable()
        began = perf_counter_ns()
        for _ in range(calls):
            await function(1)
        took = perf_counter_ns() - began
        gc.enable()
        return took / calls

    return time


def decorated(decorators: dict[str, Decorator], function: Any, timer: Callable[[Any], Timer]) -> dict[str, Timer]:
    """A timer for each decorator whose library is installed; says which aren't."""
    found = {"plain": timer(function)}
    for name, decorate in decorators.items():
        try:
            found[name] = timer(decorate(function))
        except ImportError as error:
            print(f"left out, for {error.name} is not installed: {name}", file=sys.stderr)
    return found


def contenders() -> dict[str, dict[str, Timer]]:
    """What is timed, by table."""
    of_one = decorated(SYNC, plain.cooperative, timed)
    of_one |= {
        "poet: types": timed(built.typed),
        "poet: full, budget kept by the calls": timed(built.cooperative),
        "poet: full, and by an alarm": timed(built.alarmed),
        "poet: full, opaque body, by an alarm": timed(built.opaque),
        "poet: full, opaque body, off the main thread": timed_elsewhere(built.opaque),
    }
    awaited = decorated(ASYNC, plain.protected_soon, timed_soon)
    awaited |= {"poet: types": timed_soon(built.typed_soon), "poet: full": timed_soon(built.protected_soon)}
    awaited["plain, for types"] = timed_soon(plain.typed_soon)
    shapes = {
        title: {
            "plain": timed(named(plain, name), statement),
            "no-op decorator": timed(no_op(named(plain, name)), statement),
            "poet: types": timed(named(built, name), statement, built),
        }
        for title, (name, statement) in SHAPES.items()
    }
    return {"sync": of_one, "async": awaited, **shapes}


def named(module: Any, name: str) -> Any:
    """A function of a module."""
    return module.Monitor.check if name == "check" else getattr(module, name)


async def calls_in(timer: Timer, block_ns: float) -> int:
    """How many calls take about that long, once all that the first ones set up is there."""
    calls = 16
    while True:
        await timer(calls)
        each = min([await timer(calls) for _ in range(3)])
        if each * calls >= block_ns / 4 or calls >= 10_000_000:
            return max(4, round(block_ns / each))
        calls *= 4


async def measured(rounds: int, block_ns: float) -> dict[str, dict[str, list[float]]]:
    """Nanoseconds of a call, by table, contender and round."""
    dice = random.Random(1)
    timers = {(table, name): timer for table, each in contenders().items() for name, timer in each.items()}
    calls = {key: await calls_in(timer, block_ns) for key, timer in timers.items()}
    found: dict[str, dict[str, list[float]]] = {}
    for table, name in timers:
        found.setdefault(table, {})[name] = []
    for _ in range(rounds):
        order = list(timers)
        dice.shuffle(order)
        for table, name in order:
            found[table][name].append(await timers[table, name](calls[table, name]))
    return found


if __name__ == "__main__":
    if "poetc" in sys.modules:
        sys.exit("built.py is not linked")
    print(json.dumps(asyncio.run(measured(int(sys.argv[1]), float(sys.argv[2]) * 1e6))))
