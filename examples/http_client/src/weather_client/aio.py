"""The same for asyncio."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
from weather_client._poet.aio import poet

from weather_client.readings import DEFAULT_BASE, Reading, reading_from


class AsyncWeather:
    """One service; every call opens a connection of its own, so that calls can be made from any event loop."""

    def __init__(self, base: str = DEFAULT_BASE) -> None:
        self.base = base

    @poet(retries=2, timeout=5.0)
    async def current(self, station: str) -> Reading:
        """The newest reading of one station: three attempts, five seconds for all of them together."""
        async with httpx.AsyncClient(base_url=self.base, timeout=0.5) as http:
            response = await http.get(f"/stations/{station}/current")
        response.raise_for_status()
        return reading_from(response.json())

    @poet(timeout=0.5)
    async def quick(self, station: str) -> Reading:
        """The newest reading of one station within half a second; raises TimeoutError after that."""
        async with httpx.AsyncClient(base_url=self.base) as http:
            response = await http.get(f"/stations/{station}/current")
        response.raise_for_status()
        return reading_from(response.json())

    @poet(retries=2)
    async def alert_list(self, station: str) -> list[str]:
        """Warnings for a station, all at once."""
        async with httpx.AsyncClient(base_url=self.base, timeout=0.5) as http:
            response = await http.get(f"/stations/{station}/alerts")
        response.raise_for_status()
        found: list[str] = response.json()
        return found

    @poet()
    async def alerts(self, *stations: str) -> AsyncIterator[str]:
        """Warnings for some stations, one by one; an async generator is never started anew, what it awaits may be."""
        for station in stations:
            for alert in await self.alert_list(station):
                yield alert
