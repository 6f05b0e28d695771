"""One call → everything about it that a caller, a reader of the output or another function could notice."""

from __future__ import annotations

import inspect
import io
import os
import random
import sys
import traceback
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final

from poetc.behaviour.inside.anatomy import MISSING
from poetc.behaviour.inside.equality import Comparer
from poetc.behaviour.inside.inputs import Call
from poetc.behaviour.inside.pair import Pair
from poetc.behaviour.inside.patience import GivenUp, Patience
from poetc.behaviour.inside.project import is_own
from poetc.behaviour.inside.refusals import Refusals
from poetc.behaviour.inside.state import IMMUTABLE, State

MOST_ITEMS: Final = 64
"""items that are taken from a generator"""
MOST_CALLS: Final = 5000
MOST_OUTPUT: Final = 100_000
OURS: Final = frozenset({"PoetContractWarning"})
"""what an enhanced function may say on top: that a result broke its annotation"""


class Unprepared(Exception):
    """An input can't be copied, or no instance can be made with it."""


@dataclass(slots=True, eq=False)
class Observation:
    """What one run of one function did."""

    returned: Any = MISSING
    raised: BaseException | None = None
    yielded: list[Any] | None = None
    iterator: str = ""
    """the type of what gave the items"""
    alias: str = ""
    """which argument the returned value is, if it is one"""
    arguments: Any = None
    """positional, keywords and instance after the call"""
    printed: tuple[str, str] = ("", "")
    warned: list[tuple[str, str, str, int]] = field(default_factory=list)
    changed: dict[str, Any] = field(default_factory=dict)
    """variables of the module and its classes"""
    calls: list[str] = field(default_factory=list)
    """functions of the project, in the order in which they were called"""
    doings: list[str] = field(default_factory=list)
    """files, sleeps and other effects, in order"""
    refused: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    """what it left in its folder"""
    gave_up: bool = False
    traceback: str = ""


class Observer:
    """Calls functions of one module and watches."""

    def __init__(self, pair: Pair, state: State, refusals: Refusals, patience: Patience, root: str) -> None:
        self.pair = pair
        self.state = state
        self.refusals = refusals
        self.patience = patience
        self.counted: dict[CodeType, str] = {}
        self.root = root + os.sep
        self.folder = str(Path.cwd())

    def observe(self, function: Callable[..., Any], call: Call, seconds: float) -> Observation:
        """Run `function` on copies of the arguments; raises Unprepared. The module's variables are as before."""
        try:
            receiver, positional, keywords = call.prepare(self.pair)
        except Exception as error:
            raise Unprepared(f"{type(error).__name__}: {error}") from error
        seen = Observation(arguments=(positional, keywords, receiver))
        passed = positional if receiver is None else (receiver, *positional)
        kept = self.state.keep()
        seed_random()
        output = [io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace", write_through=True) for _ in range(2)]
        with warnings.catch_warnings(record=True) as said, redirect_stdout(output[0]), redirect_stderr(output[1]):
            warnings.simplefilter("always")
            self.refusals.begin()
            self.run(lambda: function(*passed, **keywords), seen, seconds)
            seen.doings, seen.refused = [*self.refusals.doings], [*self.refusals.refused]
        if seen.raised is not None:  # only now: formatting reads source files, which is none of the function's doing
            seen.traceback = "".join(traceback.format_exception(seen.raised, limit=-8))
        seen.printed = (written(output[0]), written(output[1]))
        seen.warned = [
            (w.category.__name__, str(w.message), w.filename, w.lineno) for w in said if w.category.__name__ not in OURS
        ]
        seen.changed = self.state.changes_since(kept)
        if seen.doings:
            seen.files = taken_files(self.folder)
        return seen

    def run(self, call: Callable[[], Any], seen: Observation, seconds: float) -> None:
        """Call, and take what a generator or coroutine gives; nothing escapes but what is the system's."""
        try:
            with self.patience.limit(seconds):
                sys.setprofile(self.profiler(seen.calls))
                try:
                    take(call(), seen)
                finally:
                    sys.setprofile(None)
        except GivenUp:
            seen.gave_up = True
        except BaseException as error:  # SystemExit and KeyboardInterrupt are outcomes as any other
            seen.raised = error

    def profiler(self, calls: list[str]) -> Callable[[FrameType, str, Any], None]:
        """Notes each call of a function of the project, but for the compared one and the linked copies."""

        def profile(frame: FrameType, event: str, _: Any) -> None:
            if event == "call" and len(calls) < MOST_CALLS:
                code = frame.f_code
                name = self.counted.get(code)
                if name is None:
                    name = self.counted[code] = self.name_of(code)
                if name:
                    calls.append(name)

        return profile

    def name_of(self, code: CodeType) -> str:
        """The name under which a call counts; "" if it doesn't."""
        file, own = code.co_filename, self.pair.original.__code__
        if not is_own(file, self.root):
            return ""
        if file == own.co_filename and code.co_qualname == own.co_qualname:
            return ""
        return f"{code.co_qualname} ({file.removeprefix(self.root)})"


def take(value: Any, seen: Observation) -> None:
    """Fill in what a call gave: a value, or the items of a generator and what it returned."""
    if inspect.iscoroutine(value) or inspect.isasyncgen(value):
        import asyncio
    if inspect.iscoroutine(value):
        value = asyncio.run(value)
    if inspect.isasyncgen(value):
        seen.yielded = []
        asyncio.run(take_awaited(value, seen.yielded))
        seen.returned = None
    elif isinstance(value, Iterator) and not alias_of(value, seen):
        seen.yielded, seen.iterator = [], type(value).__qualname__
        seen.returned = take_items(value, seen.yielded)
    else:
        seen.alias = alias_of(value, seen)
        seen.returned = snapshot(value)


def alias_of(value: Any, seen: Observation) -> str:
    """The changeable argument that a value is, by position or name: giving back a copy of it is something else."""
    positional, keywords, receiver = seen.arguments
    given = [*enumerate(positional, 1), *keywords.items(), ("self", receiver)]
    fixed = isinstance(value, (*IMMUTABLE, tuple, type))
    return "" if fixed else next((f"argument {name}" for name, one in given if one is value), "")


def take_items(items: Iterator[Any], taken: list[Any]) -> Any:
    """Copies of the first items, and what the generator returned."""
    for _ in range(MOST_ITEMS):
        try:
            taken.append(snapshot(next(items)))
        except StopIteration as stop:
            return snapshot(stop.value)
    if inspect.isgenerator(items):
        items.close()
    return "<more>"


async def take_awaited(items: AsyncIterator[Any], taken: list[Any]) -> None:
    """Copies of the first items of an async generator."""
    try:
        async for item in items:
            taken.append(snapshot(item))
            if len(taken) >= MOST_ITEMS:
                break
    finally:
        await items.aclose()  # type: ignore[attr-defined]


def snapshot(value: Any) -> Any:
    """A copy that later calls can't change, or the value itself if a copy isn't all of it."""
    try:
        copied = deepcopy(value)
        return copied if Comparer().difference(value, copied) is None else value
    except Exception:  # whatever copying raises; the value is compared as it is
        return value


def written(stream: io.TextIOWrapper) -> str:
    """What was written to a stream, bounded."""
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue()[:MOST_OUTPUT].decode("utf-8", "backslashreplace")


def taken_files(folder: str) -> dict[str, bytes]:
    """The start of each file that a call left in its folder, which is empty again afterwards."""
    os.chdir(folder)
    found = {}
    for path in sorted(Path(folder).rglob("*"), reverse=True):  # what is in a folder before the folder
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            found[str(path.relative_to(folder))] = path.read_bytes()[:MOST_OUTPUT] if path.is_file() else b""
            path.unlink()
    return found


def seed_random() -> None:
    """The same random numbers for each run."""
    random.seed(0)
    numpy = sys.modules.get("numpy")
    if numpy is not None and hasattr(numpy, "random"):
        numpy.random.seed(0)
