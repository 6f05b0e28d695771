# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# written by `poet build` from src/weather_client/aio.py: edit that file, not this one

from __future__ import annotations

from weather_client._poet import _runtime as rt


# weather_client.aio.AsyncWeather.alert_list
#
#   perceive  station: str (anything else goes on as it is)
#   operate   the source's lines, one for one; `httpx.AsyncClient.get` repeated while it fails in
#             a way that passes; 3 attempts of the whole; a breaker for each host that opens after
#             5 failures in a row
#   enforce   list
def bind(original):  # pragma: no cover
    perceive = rt.Perceive(original, station="str")
    enforce = rt.Enforce(original, "list")
    breaker = rt.HostBreakers(original, limit=5, open_for=30.0, answers=True)
    retry = rt.AsyncRetry(
        original,
        attempts=3,
        first=0.1,
        most=5.0,
        budget=45.0,
        breaker=breaker,
        host=("url@0", "url@0._uri_reference.host:port", "self._base_url._uri_reference.host:port"),
        refusal="httpx.ConnectError",
    )
    guard = rt.Guard(original, attempts=3, first=0.1, most=5.0, budget=45.0, perceive=perceive)

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
        again = None
        try:
            result = await operate(self, station)
        except Exception as error:
            again = guard.on_failure(error, station=station)
            if again is None:
                raise
        if again is not None:
            result = await again.awaited(operate, self, station)
        return result if type(result) is list else enforce(result)

    return rt.dress(alert_list, original)
