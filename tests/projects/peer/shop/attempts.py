from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager

from poetc import poet

from shop import wire
from shop.wire import LOG


@poet()
def site(key: str) -> str:
    LOG.append(key)
    return wire.fetch(key)


@poet(retries=2)
def whole(key: str) -> str:
    LOG.append(key)
    return wire.fetch(key)


@poet()
async def asite(key: str) -> str:
    LOG.append(key)
    return await wire.afetch(key)


@poet(retries=2)
async def awhole(key: str) -> str:
    LOG.append(key)
    return await wire.afetch(key)


@poet(retries=2)
def stream(key: str):
    LOG.append(key)
    yield from wire.rows(key)


@poet()
def summed(key: str) -> int:
    total = 0
    for row in wire.rows(key):
        total += row
    return total


@poet()
async def astream(key: str):
    LOG.append(key)
    yield await wire.afetch(key)
    yield await wire.afetch(key)


@poet()
def inner(key: str) -> str:
    return wire.fetch(key)


@poet(retries=2)
def middle(key: str) -> str:
    return inner(key)


@poet(retries=2)
def outer(key: str) -> str:
    return middle(key)


@poet(retries=2)
def gives_a_coroutine(key: str):
    return asite(key)


@poet(retries=2)
def posts(items: object) -> list:
    got = []
    for item in items:
        got.append(item)
        wire.post(item)
    return got


@poet(retries=2)
def streams_posts(items: object):
    for item in items:
        wire.post(item)
        yield item


@poet(retries=2)
async def aposts(items: object) -> list:
    return [await wire.apost(item) for item in items]


@poet(retries=2)
def countdown(number: int) -> str:
    if number:
        return countdown(number - 1) + wire.fetch(number)
    return wire.fetch(number)


@contextmanager
@poet(retries=2)
def opened(key: str):
    handle = wire.fetch(key)
    LOG.append("open")
    try:
        yield handle
    finally:
        LOG.append("close")


@asynccontextmanager
@poet()
async def aopened(key: str):
    handle = await wire.afetch(key)
    LOG.append("open")
    try:
        yield handle
    finally:
        LOG.append("close")


class Payload:
    """Something that one can hold on to by a weak reference."""


@poet()
def heavy_site(key: str) -> str:
    payload = Payload()
    return wire.fetch(payload)


@poet(retries=2)
def heavy_whole(key: str) -> str:
    payload = Payload()
    return wire.play(lambda: wire.fetch(payload))


@poet(retries=2)
async def heavy_async(key: str) -> str:
    payload = Payload()
    return await wire.afetch(payload)
