"""The same for asyncio."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
from poetc import poet

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

    @poet()
    async def alerts(self, station: str) -> AsyncIterator[str]:
        """Warnings for a station; pyproject.toml asks for the retries, which end once the first warning was given."""
        async with httpx.AsyncClient(base_url=self.base, timeout=0.5) as http:
            response = await http.get(f"/stations/{station}/alerts")
        response.raise_for_status()
        for alert in response.json():
            yield alert
