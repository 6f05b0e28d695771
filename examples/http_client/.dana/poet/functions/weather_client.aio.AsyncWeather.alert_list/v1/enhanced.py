# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
"""weather_client.aio.AsyncWeather.alert_list: perceive, operate, enforce. Generated from src/weather_client/aio.py by `poet build`; edit that file, not this one.

    perceive  station: str (anything else goes on as it is)
    operate   the source's lines, one for one; `httpx.AsyncClient.get` repeated while it fails in a way that
              passes; 3 attempts of the whole; a breaker for each host that opens after 5 failures in a row
    enforce   list
"""

from __future__ import annotations

from weather_client._poet import _runtime as rt


def bind(original):  # pragma: no cover
    """The enhanced `alert_list`, bound to the function object that its module defines."""

    perceive = rt.Perceive(original, station="str")
    enforce = rt.Enforce(original, "list")
    breaker = rt.HostBreakers(original, 5, 30.0, answers=True)
    retry = rt.Retry(original, 3, 0.1, 5.0, 45.0, breaker=breaker, host=("url@0", "url@0._uri_reference.host:port", "self._base_url._uri_reference.host:port"), refusal="httpx.ConnectError")
    guard = rt.Guard(original, 3, None, None, 0.1, 5.0, 45.0)

    async def operate(self, station):

        """Warnings for a station, all at once."""
        async with httpx.AsyncClient(base_url=self.base, timeout=0.5) as http:
            response = await retry.awaited(http.get)(f"/stations/{station}/alerts")
        response.raise_for_status()
        found: list[str] = response.json()
        return found

    operate = rt.relocate(operate, original)

    async def alert_list(self, station):
        if not (type(station) is str or issubclass(type(station), str)):
            station = perceive.value('station', station)
        try:
            result = await operate(self, station)
        except Exception as error:
            perceive.explain(error, station=station)
            wait = guard.wait(error, None)
            if wait is None:
                raise
            result = guard
        if result is guard:
            result = await guard.again_async(wait, None, operate, self, station)
        return result if type(result) is list else enforce(result)

    return rt.dress(alert_list, original)
