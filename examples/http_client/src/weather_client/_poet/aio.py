# poetc 0.1.0; regenerate with: poet build
# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# written by `poet build` from src/weather_client/aio.py: edit that file, not this one

from __future__ import annotations

from weather_client._poet import _runtime as rt

poet = rt.Link(__name__)


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

    return rt.copy_metadata(alert_list, original)


poet.built("AsyncWeather.alert_list", bind, version=1, lines=8,
           sha256="29f8543a6230cdc489883df9eab2052476205fadc93a68968b1979dac0d1cfe3")


# weather_client.aio.AsyncWeather.alerts
#
#   perceive  no parameter has an annotation that can be checked at once
#   operate   the source's lines, one for one
#   enforce   the result has no annotation that can be checked at once
def bind(original):  # pragma: no cover
    async def operate(self, *stations):

        """Warnings for some stations, one by one; an async generator is never started anew, what it awaits may be."""
        for station in stations:
            for alert in await self.alert_list(station):
                yield alert

    return rt.relocate(operate, original)


poet.built("AsyncWeather.alerts", bind, version=1, lines=6,
           sha256="cefd80f95679c1baf7f7b60c402190f8adc8742672f80a87114c40cf248e6d6b")


# weather_client.aio.AsyncWeather.current
#
#   perceive  station: str (anything else goes on as it is)
#   operate   the source's lines, one for one; `httpx.AsyncClient.get` repeated while it fails in
#             a way that passes; 3 attempts of the whole; 5 s for all of it (asyncio); a breaker
#             for each host that opens after 5 failures in a row
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
    guard = rt.Guard(original, attempts=3, first=0.1, most=5.0, budget=5.0, perceive=perceive)
    budget = rt.AsyncBudget(original, seconds=5.0)

    async def operate(self, station):

        """The newest reading of one station: three attempts, five seconds for all of them together."""
        async with httpx.AsyncClient(base_url=self.base, timeout=0.5) as http:
            response = await retry.awaited(http.get)(f"/stations/{station}/current")
        response.raise_for_status()
        return reading_from(response.json())

    operate = rt.relocate(operate, original)

    async def current(self, station):
        if not (type(station) is str or issubclass(type(station), str)):
            station = perceive.value('station', station)
        deadline = budget.deadline()
        again = None
        try:
            result = await deadline.within(operate(self, station))
        except Exception as error:
            again = guard.on_failure(error, deadline, station=station)
            if again is None:
                raise
        if again is not None:
            result = await again.awaited(operate, self, station)
        return result if type(result) is result_hint.kind or result_hint.admits(result) else enforce(result)

    return rt.copy_metadata(current, original)


poet.built("AsyncWeather.current", bind, version=1, lines=7,
           sha256="690e7657c1cbda3cb2f44b7d7c17fb897b6c7151c30316c5edc9fdfe1922b430")


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

    return rt.copy_metadata(quick, original)


poet.built("AsyncWeather.quick", bind, version=1, lines=7,
           sha256="960d9c666ca8e98b9e0b995ba45383453b43fc072c4bb7eee36ebf45564af657")


# the import statements that were changed, for `poet unlink`
IMPORTS = (
    ('from poetc import poet', 'from weather_client._poet.aio import poet'),
)
