# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# written by `poet build` from src/weather_client/aio.py: edit that file, not this one

from __future__ import annotations

from weather_client._poet import _runtime as rt


# weather_client.aio.AsyncWeather.quick
#
#   perceive  station: str (anything else goes on as it is)
#   operate   the source's lines, one for one; `httpx.AsyncClient.get` repeated while it fails in
#             a way that passes; 0.5 s for all of it (asyncio); a breaker for each host that opens
#             after 5 failures in a row
#   enforce   Reading
def bind(original):  # pragma: no cover
    result_hint = rt.Hint(original, "return", "Reading", Reading="weather_client.readings.Reading")
    perceive = rt.Perceive(original, station="str")
    enforce = rt.Enforce(original, result_hint)
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
    budget = rt.AsyncBudget(original, seconds=0.5)

    async def operate(self, station):

        """The newest reading of one station within half a second; raises TimeoutError after that."""
        async with httpx.AsyncClient(base_url=self.base) as http:
            response = await retry.awaited(http.get)(f"/stations/{station}/current")
        response.raise_for_status()
        return reading_from(response.json())

    operate = rt.relocate(operate, original)

    async def quick(self, station):
        if not (type(station) is str or issubclass(type(station), str)):
            station = perceive.value('station', station)
        deadline = budget.deadline()
        try:
            result = await deadline.within(operate(self, station))
        except Exception as error:
            perceive.explain(error, station=station)
            raise
        return result if type(result) is result_hint.kind or result_hint.admits(result) else enforce(result)

    return rt.dress(quick, original)
