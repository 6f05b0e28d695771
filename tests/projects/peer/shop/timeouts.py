from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from contextvars import ContextVar

from poetc import poet

from shop import wire

WHO: ContextVar[str] = ContextVar("WHO", default="nobody")
LOCAL: ContextVar[str] = ContextVar("LOCAL", default="unset")


@poet(timeout=0.3)
def naps(seconds: float) -> str:
    time.sleep(seconds)
    return "rested"


@poet(timeout=0.3, own_thread=True)
def waits_for(lock: object) -> str:
    lock.acquire()
    return "got it"


@poet(timeout=0.3)
def matches(text: str) -> bool:
    return re.match(r"(?:a|aa)+$", text) is not None


@poet(timeout=0.3)
def spins() -> int:
    number = 0
    while True:
        number += 1


@poet(timeout=0.3, own_thread=True)
def swallows(seconds: float) -> str:
    try:
        time.sleep(seconds)
    except Exception:
        return "swallowed"
    return "rested"


@poet(timeout=0.3)
def cleans_up(log: list) -> None:
    try:
        time.sleep(30)
    finally:
        time.sleep(0.2)
        log.append("clean")


@poet(timeout=0.3, own_thread=True)
def fails_late(seconds: float) -> None:
    time.sleep(seconds)
    raise ValueError("too late for anybody")


@poet(timeout=0.3)
def who_calls() -> str:
    LOCAL.set("set inside")
    return WHO.get()


@poet(timeout=5)
def counts_rows(connection: sqlite3.Connection) -> int:
    return len(connection.execute("select 1 union select 2").fetchall())


@poet(timeout=0.3)
async def anaps(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "rested"


@poet(timeout=30)
async def anaps_long(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "rested"


@poet(timeout=0.3)
def outer() -> str:
    return inner(30)


@poet(timeout=20)
def inner(seconds: float) -> str:
    time.sleep(seconds)
    return "rested"


@poet(timeout=0.4)
def asks(key: str) -> str:
    return wire.fetch(key)


@poet(timeout=0.4)
async def asks_async(key: str) -> str:
    return await wire.afetch(key)


@poet()
def patient(key: str) -> str:
    return wire.fetch(key)


@poet()
async def patient_async(key: str) -> str:
    return await wire.afetch(key)


@poet(timeout=0.3)
def items(stop: int):
    for number in range(stop):
        yield number
