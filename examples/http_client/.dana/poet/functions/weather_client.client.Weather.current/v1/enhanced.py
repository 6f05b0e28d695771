# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# written by `poet build` from src/weather_client/client.py: edit that file, not this one

from __future__ import annotations

from weather_client._poet import _runtime as rt


# weather_client.client.Weather.current
#
#   perceive  station: str (anything else goes on as it is)
#   operate   the source's lines, one for one; `httpx.Client.get` repeated while it fails in a way
#             that passes; 4 attempts of the whole; a breaker for each host that opens after 5
#             failures in a row
#   enforce   Reading
def bind(original):  # pragma: no cover
    result_hint = rt.Hint(original, "return", "Reading", Reading="weather_client.readings.Reading")
    perceive = rt.Perceive(original, station="str")
    enforce = rt.Enforce(original, result_hint)
    breaker = rt.HostBreakers(original, limit=5, open_for=30.0, answers=True)
    retry = rt.Retry(
        original,
        attempts=4,
        first=0.1,
        most=5.0,
        budget=45.0,
        breaker=breaker,
        host=("url@0", "url@0._uri_reference.host:port", "self._base_url._uri_reference.host:port"),
        refusal="httpx.ConnectError",
    )
    guard = rt.Guard(original, attempts=4, first=0.1, most=5.0, budget=45.0, perceive=perceive)

    def operate(self, station):

        """The newest reading of one station.

        Three further attempts, made where the connection is used: nothing before that call is done again.
        """
        response = retry(self.http.get, None, "timeout")(self.path_of(station))
        response.raise_for_status()
        return reading_from(response.json())

    operate = rt.relocate(operate, original)

    def current(self, station):
        if not (type(station) is str or issubclass(type(station), str)):
            station = perceive.value('station', station)
        again = None
        try:
            result = operate(self, station)
        except Exception as error:
            again = guard.on_failure(error, station=station)
            if again is None:
                raise
        if again is not None:
            result = again(operate, self, station)
        return result if type(result) is result_hint.kind or result_hint.admits(result) else enforce(result)

    return rt.dress(current, original)
