from __future__ import annotations

from poetc import poet

from shop import wire


@poet(retries=0)
def plain(key: str) -> str:
    return wire.post(key)


@poet(retries=0)
def other(key: str) -> str:
    return wire.post(key)


@poet(retries=0)
async def coroutine(key: str) -> str:
    return await wire.apost(key)


@poet(retries=0)
def stream(key: str):
    yield "first"
    yield wire.post(key)


@poet(retries=0)
def picky(key: str) -> str:
    return wire.post(key)


@poet(retries=0)
def crowded(key: str) -> str:
    return wire.post(key)


@poet(retries=0)
def slow_to_trust(key: str) -> str:
    return wire.post(key)


@poet(retries=0)
def nested(depth: int) -> str:
    return nested(depth - 1) if depth else wire.post("k")


@poet(retries=2)
def repeated(key: str) -> str:
    return wire.post(key)


class Account:
    @poet(retries=0)
    def method(self, key: str) -> str:
        return wire.post(key)
