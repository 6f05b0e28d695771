"""The service's answers as values, by plain functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
from weather_client._poet.readings import poet

DEFAULT_BASE = "http://localhost:8800"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a station measured."""

    station: str
    celsius: float

    @property
    def fahrenheit(self) -> float:
        """The same temperature for readers in the United States."""
        return self.celsius * 9 / 5 + 32


@poet()
def reading_from(document: dict[str, Any]) -> Reading:
    """A document of the service as a value; raises KeyError if something is missing."""
    return Reading(station=document["station"], celsius=float(document["celsius"]))


@poet()
def current(station: str, base: str = DEFAULT_BASE) -> Reading:
    """The newest reading of one station.

    The request is a GET, so the build repeats it, and only it, when it fails in a way that passes.
    """
    response = httpx.get(f"{base}/stations/{station}/current", timeout=2.0)
    response.raise_for_status()
    return reading_from(response.json())


@poet()
def forecast(station: str, *, days: int = 3, base: str = DEFAULT_BASE) -> list[Reading]:
    """Readings expected for the next days, 1 to 7; raises ValueError outside of that."""
    if not 1 <= days <= 7:
        raise ValueError(f"days must be 1 to 7, not {days}")
    response = httpx.get(f"{base}/stations/{station}/forecast", params={"days": days}, timeout=0.5)
    response.raise_for_status()
    return [reading_from(document) for document in response.json()]


@poet()
def stations(base: str = DEFAULT_BASE) -> Iterator[str]:
    """The names of all stations, page by page."""
    page: int | None = 1
    while page is not None:
        response = httpx.get(f"{base}/stations", params={"page": page}, timeout=2.0)
        response.raise_for_status()
        document = response.json()
        yield from document["names"]
        page = document["next"]


@poet()
def report(station: str, celsius: float, base: str = DEFAULT_BASE) -> int:
    """Send a reading of one's own; gives its number.

    A POST is not repeated: the build knows no way to tell whether the first one arrived.
    """
    response = httpx.post(f"{base}/stations/{station}/readings", json={"celsius": celsius}, timeout=2.0)
    response.raise_for_status()
    number: int = response.json()["number"]
    return number
