"""Coroutines, generators and async generators."""

from __future__ import annotations

import asyncio

from poetc import poet

log: list[str] = []


@poet()  # relocated
async def doubled(x: int) -> int:
    await asyncio.sleep(0)
    return x * 2


@poet(retries=1)  # relocated guarded
async def doubled_guarded(x: int) -> int:
    await asyncio.sleep(0)
    return x * 2


@poet()  # relocated
async def cancelled(x: int) -> int:
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        log.append("cancelled")
        raise
    return x


@poet(retries=3)  # relocated guarded
async def cancelled_guarded(x: int) -> int:
    log.append("started")
    await asyncio.sleep(60)
    return x


@poet()  # relocated
def talk(n: int):
    """Yields, takes what is sent, turns ValueError into an item, returns a value."""
    log.append("talk begins")
    try:
        got = None
        for i in range(n):
            try:
                got = yield (i, got)
            except ValueError as error:
                got = f"caught {error}"
        return f"returned {got}"
    finally:
        log.append("talk ends")


@poet(retries=2)  # relocated guarded
def talk_guarded(n: int):
    """As `talk`, with whole-call retries."""
    log.append("talk begins")
    try:
        got = None
        for i in range(n):
            try:
                got = yield (i, got)
            except ValueError as error:
                got = f"caught {error}"
        return f"returned {got}"
    finally:
        log.append("talk ends")


@poet(retries=3)  # relocated guarded
def fails_after_first(n: int):
    log.append("begun")
    yield n
    raise ConnectionError("after the first item")


@poet(retries=3)  # relocated guarded
def fails_before_first(n: int):
    log.append("begun")
    if len(log) < 3:
        raise ConnectionError("before the first item")
    yield n
    return "done"


@poet()  # relocated
def fails_when_closed(n: int):
    try:
        yield n
    finally:
        raise KeyError("when closed")


@poet(retries=1)  # relocated guarded
def fails_when_closed_guarded(n: int):
    try:
        yield n
    finally:
        raise KeyError("when closed")


@poet()  # relocated
def delegating(n: int):
    result = yield from talk(n)
    yield result


@poet()  # relocated
def lazy(x: int):
    log.append("ran")
    yield x


@poet()  # relocated
async def talk_async(n: int):
    log.append("async talk begins")
    try:
        got = None
        for i in range(n):
            try:
                got = yield (i, got)
            except ValueError as error:
                got = f"caught {error}"
    finally:
        log.append("async talk ends")


@poet(retries=2)  # relocated
async def talk_async_retried(n: int):
    log.append("async talk begins")
    yield n
    raise ConnectionError("after the first item")


class Stream:
    def __init__(self) -> None:
        self.__private = 3

    @poet()  # relocated
    def private(self, n: int):
        for i in range(n):
            yield i * self.__private

    @poet()  # relocated
    async def private_async(self, n: int):
        for i in range(n):
            got = yield i * self.__private
            if got:
                yield got

    @poet()  # relocated
    async def private_coroutine(self, n: int) -> int:
        return n * self.__private
