"""A client that keeps its connection."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Self

import httpx
from weather_client._poet.client import poet

from weather_client.readings import DEFAULT_BASE, Reading, reading_from


class Weather:
    """One service, one connection; a context manager."""

    def __init__(self, base: str = DEFAULT_BASE) -> None:
        self.base = base
        self.http = httpx.Client(base_url=base, timeout=2.0)

    @classmethod
    @poet()
    def from_environment(cls, variable: str = "WEATHER_URL") -> Self:
        """The service that an environment variable names."""
        return cls(os.environ.get(variable, DEFAULT_BASE))

    @staticmethod
    @poet()
    def path_of(station: str, what: str = "current") -> str:
        """The path of something about a station."""
        return f"/stations/{station.strip().lower()}/{what}"

    @property
    @poet()
    def is_open(self) -> bool:
        """Whether the connection can still be used."""
        return not self.http.is_closed

    @poet(retries=3)
    def current(self, station: str) -> Reading:
        """The newest reading of one station.

        Three further attempts, made where the connection is used: nothing before that call is done again.
        """
        response = self.http.get(self.path_of(station))
        response.raise_for_status()
        return reading_from(response.json())

    @poet()
    def warmest(self, *stations: str) -> Reading | None:
        """The warmest of some stations' newest readings; None without stations."""
        readings = [self.current(station) for station in stations]
        return max(readings, key=lambda reading: reading.celsius, default=None)

    def close(self) -> None:
        """Give the connection back."""
        self.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
