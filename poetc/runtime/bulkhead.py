"""A limit to how many calls of one function run at the same time."""

from __future__ import annotations

from collections import deque
from threading import Lock, RLock

from poetc.runtime.clock import monotonic
from poetc.runtime.current import live_deadline
from poetc.runtime.forks import fork_aware
from poetc.runtime.hooks import name_of, notice
from poetc.runtime.loops import in_asyncio_task
from poetc.runtime.pause import pause_async
from poetc.runtime.shared import public
from poetc.runtime.travel import Stays
from poetc.runtime.validate import checked_count, checked_seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

POLL = 0.01
"""seconds between two looks for a free place under an event loop that isn't asyncio's"""


@public
class BulkheadFullError(RuntimeError):
    """As many calls of this function as may are running: this one was not made. It isn't retried."""


class Turn:
    """One call that waits for a place; `wake` is called once it has got one."""

    __slots__ = ("has_place", "wake")

    def __init__(self, wake: Callable[[], Any]) -> None:
        self.wake = wake
        self.has_place = False


class Bulkhead(Stays):
    """At most `limit` calls at a time, of all threads and event loops of the process together.

    Others wait for a place, in the order in which they came, up to `wait` seconds and never beyond the deadline of the
    call around them; then they raise `BulkheadFullError`. A function that calls itself takes a place for each call.
    """

    __slots__ = ("__weakref__", "generation", "limit", "lock", "name", "queue", "used", "wait")

    def __init__(self, original: Callable[..., Any], limit: int, wait: float = 0.0) -> None:
        self.name = name_of(original)
        self.limit = checked_count("limit", limit)
        self.wait = checked_seconds("wait", wait)
        self.used = 0
        """calls that are running"""
        self.queue: deque[Turn] = deque()
        """calls that wait; there are none while a place is free"""
        self.generation = 0
        """counts forks: a place that was taken before one is not given back after it"""
        self.lock = RLock()
        fork_aware(self)

    def __call__(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """`function(*args)`, once there is a place for it."""
        generation = self.enter()
        try:
            return function(*args, **kwargs)
        finally:
            self.leave(generation)

    async def awaited(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """`__call__` for a coroutine function; the event loop isn't blocked while it waits."""
        generation = await self.enter_async()
        try:
            return await function(*args, **kwargs)
        finally:
            self.leave(generation)

    def enter(self) -> int:
        """Take a place, waiting for it if need be; gives what `leave` takes. Raises `BulkheadFullError`."""
        if self.entered():
            return self.generation
        patience = self.patience()
        gate = Lock()
        gate.acquire()
        turn = self.queued(gate.release)
        if turn is not None:
            try:
                gate.acquire(timeout=patience)
            except BaseException:
                self.abandon(turn)
                raise
            self.settle(turn, patience)
        return self.generation

    async def enter_async(self) -> int:
        """`enter` for a coroutine."""
        if self.entered():
            return self.generation
        patience = self.patience()
        if not in_asyncio_task():
            return await self.polled(patience)
        from asyncio import get_running_loop, wait

        loop = get_running_loop()
        gate = loop.create_future()
        turn = self.queued(lambda: loop.call_soon_threadsafe(opened, gate))
        if turn is not None:
            try:
                await wait([gate], timeout=patience)
            except BaseException:
                self.abandon(turn)
                raise
            self.settle(turn, patience)
        return self.generation

    async def polled(self, patience: float) -> int:
        """Wait under an event loop that isn't asyncio's."""
        end = monotonic() + patience
        while monotonic() < end:
            await pause_async(POLL)
            if self.entered():
                return self.generation
        raise self.full(patience)

    def entered(self) -> bool:
        """Take a place if there is one."""
        with self.lock:
            is_free = self.used < self.limit
            self.used += is_free
        return is_free

    def patience(self) -> float:
        """Seconds that a call may wait from now; raises `BulkheadFullError` if it may not wait at all."""
        deadline = live_deadline()
        patience = self.wait if deadline is None else min(self.wait, deadline.end - monotonic())
        if patience <= 0:
            raise self.full(0.0)
        return patience

    def queued(self, wake: Callable[[], Any]) -> Turn | None:
        """A turn at the end of the queue; None if a place has become free, which then is taken."""
        with self.lock:
            if self.entered():
                return None
            turn = Turn(wake)
            self.queue.append(turn)
            return turn

    def settle(self, turn: Turn, waited: float) -> None:
        """The waiting is over: raise `BulkheadFullError` unless there is a place now."""
        with self.lock:
            if turn.has_place:
                return
            self.queue.remove(turn)
        raise self.full(waited)

    def abandon(self, turn: Turn) -> None:
        """The call that waited is interrupted: leave the queue, and the place if there is one."""
        with self.lock:
            if turn.has_place:
                self.leave(self.generation)
            elif turn in self.queue:
                self.queue.remove(turn)

    def leave(self, generation: int) -> None:
        """Give the place to the call that has waited longest, or free it."""
        with self.lock:
            if generation != self.generation:
                return
            while self.queue:
                turn = self.queue.popleft()
                try:
                    turn.wake()
                except RuntimeError:  # the event loop that it waited in is closed: the next one, then
                    continue
                turn.has_place = True
                return
            self.used -= 1

    def full(self, waited: float) -> BulkheadFullError:
        """Why a call isn't made, which is said to whoever listens; call it without the lock."""
        notice("function.refusal", self.name, by="bulkhead")
        for_long = f", and none of them ended in {waited:.2f} s" if waited else ""
        return BulkheadFullError(f"{self.name}: {self.limit} calls are running{for_long}")

    def forked(self) -> None:
        """In the child of a fork: the calls of the other threads are gone."""
        self.lock = RLock()
        self.used = 0
        self.queue.clear()
        self.generation += 1


def opened(gate: Any) -> None:
    """Let the coroutine on that waits for this future."""
    if not gate.done():
        gate.set_result(None)
