from __future__ import annotations

from poetc import poet

from shop import wire


@poet()
def site(key: str) -> str:
    return wire.fetch(key)


@poet(retries=2)
def whole(key: str) -> str:
    return wire.post(key)


@poet()
async def asite(key: str) -> str:
    return await wire.afetch(key)


@poet(retries=2)
async def awhole(key: str) -> str:
    return await wire.apost(key)


@poet(timeout=30)
def timed(key: str) -> str:
    return wire.post(key)


@poet()
def direct(key: int) -> str:
    return wire.post(key)


@poet(retries=2)
def stream(key: str):
    yield wire.post(key)


@poet()
def looped(stop: int) -> int:
    total = 0
    while total < stop:
        total += len(wire.fetch(total))
    return total


@poet(timeout=30)
def looped_timed(stop: int) -> int:
    total = 0
    for _ in range(stop):
        total += len(wire.fetch(total))
    return total


@poet(retries=1)
def kept(key: str) -> str:
    return wire.post(key)
