"""A clock that only waiting moves, in place of the runtime's."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass, field

import pytest

from poetc import runtime


@dataclass
class Clock:
    """Seconds that pass only by `sleep`; `waits` are the seconds slept, in order."""

    now: float = 1000.0
    waits: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.waits.append(seconds)
        self.now += seconds

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """All of the runtime's modules on a clock of the test's; coroutines wait on it as well."""
    clock = Clock()
    for found in pkgutil.iter_modules(runtime.__path__):
        module = importlib.import_module(f"poetc.runtime.{found.name}")
        for name in ("monotonic", "sleep"):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, getattr(clock, name))
    monkeypatch.setattr("asyncio.sleep", clock.sleep_async)
    return clock
