"""Repeating a block as a whole: `for again in region.tries(): with again: ...`, the user's own lines inside.

What was opened in the block may fail when it is read, behind the call that could have been repeated: a body that is cut
off, a connection out of a pool that the server has closed. The block reads only, and makes anew all that it reads from.
"""

from __future__ import annotations

from poetc.runtime.clock import monotonic
from poetc.runtime.current import AROUND
from poetc.runtime.hooks import name_of
from poetc.runtime.kinds import own_dict
from poetc.runtime.pause import pause, pause_async
from poetc.runtime.repeats import whole_obstacle
from poetc.runtime.retry import Retry
from poetc.runtime.retry_state import RetryState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Region(Retry):
    """A `Retry` for blocks of a function."""

    __slots__ = ()

    def tries(self, *given: str) -> Tries:
        """The attempts of a block; `given` are variables that it finds: what they are may be there for one use only."""
        return Tries(self, given)


class Tries:
    """The attempts of one run of a block: an iterator over itself, until one is entered and left without an error."""

    __slots__ = ("began", "blocks", "given", "is_over", "outer", "region", "tried", "wait")

    def __init__(self, region: Region, given: tuple[str, ...]) -> None:
        self.region = region
        self.given = given
        self.outer = AROUND.get()
        self.tried: int = 0 if self.outer is None else self.outer.tried
        self.began = monotonic()
        self.wait: float | None = None
        self.is_over = False
        self.blocks = True

    def __iter__(self) -> Tries:
        return self

    def __next__(self) -> Tries:
        if self.is_over:
            raise StopIteration
        if self.wait is not None:
            pause(self.wait)
        return self

    def __aiter__(self) -> Tries:
        self.blocks = False
        return self

    async def __anext__(self) -> Tries:
        if self.is_over:
            raise StopAsyncIteration
        if self.wait is not None:
            await pause_async(self.wait)
        return self

    def __enter__(self) -> None:
        AROUND.set(self)

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        AROUND.set(self.outer)
        if isinstance(error, Exception):
            state = TriesState(self, trace)
            self.wait = state.failed(error)
            self.tried = state.tried
            self.is_over = self.wait is None
            return not self.is_over
        self.is_over = True
        return False


class TriesState(RetryState):
    """What has come of the runs of a block so far."""

    __slots__ = ("given", "trace")

    def __init__(self, tries: Tries, trace: Any) -> None:
        super().__init__(tries.region, tries.region.original, None, (), {}, tries.began, None, (), tries.blocks)
        self.tried = tries.tried
        self.given = tries.given
        self.trace = trace

    def obstacle(self, error: Exception) -> str:
        """Why the block can't be run again after `error`, or ""."""
        frame = self.trace.tb_frame
        names = {**frame.f_globals, **frame.f_locals} if self.given else {}
        return whole_obstacle(tuple(held_in(names, path) for path in self.given), {}, error)

    def what(self) -> str:
        """What is repeated, for people, and where it stands."""
        return f"{name_of(self.function)}, its block at {self.trace.tb_frame.f_code.co_filename}:{self.trace.tb_lineno}"


def held_in(names: dict[str, Any], path: str) -> Any:
    """The variable that a path like "self.rows" begins with, or what its attributes hold; nothing of them is asked."""
    name, *attributes = path.split(".")
    value = names.get(name)
    for attribute in attributes:
        value = own_dict(value).get(attribute)
    return value
