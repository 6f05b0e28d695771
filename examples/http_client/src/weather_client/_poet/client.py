# poetc 0.1.0; regenerate with: poet build
# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# written by `poet build` from src/weather_client/client.py: edit that file, not this one

from __future__ import annotations

from weather_client._poet import _runtime as rt

poet = rt.Link(__name__)


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

    return rt.copy_metadata(current, original)


poet.built("Weather.current", bind, version=1, lines=9,
           sha256="5bc9cfcc98559a390ea689ee7fca945e0e7592d73b785a545748c1a4b2017182")


# weather_client.client.Weather.from_environment
#
#   perceive  variable: str (anything else goes on as it is)
#   operate   the source's lines, one for one
#   enforce   Self
def bind(original):  # pragma: no cover
    result_hint = rt.Hint(original, "return", "Self")
    perceive = rt.Perceive(original, variable="str")
    enforce = rt.Enforce(original, result_hint)

    def operate(cls, variable='WEATHER_URL'):

        if not (type(variable) is str or issubclass(type(variable), str)) and perceive.stops: return perceive(cls, variable)
        """The service that an environment variable names."""
        _out = cls(os.environ.get(variable, DEFAULT_BASE)); return _out if type(_out) is result_hint.kind or result_hint.admits(_out) else enforce(_out)

    return rt.relocate(operate, original, perceive)


poet.built("Weather.from_environment", bind, version=1, lines=5,
           sha256="ca48aa59fd85e3ec3a9674817fbe1d4632198840a6bc3a8b85686063015c981b")


# weather_client.client.Weather.is_open
#
#   perceive  no parameter has an annotation that can be checked at once
#   operate   the source's lines, one for one
#   enforce   bool
def bind(original):  # pragma: no cover
    enforce = rt.Enforce(original, "bool")

    def operate(self):


        """Whether the connection can still be used."""
        _out = not self.http.is_closed; return _out if type(_out) is bool else enforce(_out)

    return rt.relocate(operate, original)


poet.built("Weather.is_open", bind, version=1, lines=5,
           sha256="134d7c18fa5ee7f88ed6e0235469690e653ff176f8d37d2b07bc027f985688d0")


# weather_client.client.Weather.path_of
#
#   perceive  station: str; what: str (anything else goes on as it is)
#   operate   the source's lines, one for one
#   enforce   str
def bind(original):  # pragma: no cover
    perceive = rt.Perceive(original, station="str", what="str")

    def operate(station, what='current'):

        if not ((type(station) is str or issubclass(type(station), str)) and (type(what) is str or issubclass(type(what), str))) and perceive.stops: return perceive(station, what)
        """The path of something about a station."""
        return f"/stations/{station.strip().lower()}/{what}"

    return rt.relocate(operate, original, perceive)


poet.built("Weather.path_of", bind, version=1, lines=5,
           sha256="11f0fb8e6c19ece9ccfa6ec8b2d5e4d0a9451eafe97e16508c94b42da2cbb6c4")


# weather_client.client.Weather.warmest
#
#   perceive  no parameter has an annotation that can be checked at once
#   operate   the source's lines, one for one
#   enforce   Reading | None
def bind(original):  # pragma: no cover
    result_hint = rt.Hint(
        original,
        "return",
        "Reading | None",
        Reading="weather_client.readings.Reading",
    )
    enforce = rt.Enforce(original, result_hint)

    def operate(self, *stations):

        """The warmest of some stations' newest readings; None without stations."""
        readings = [self.current(station) for station in stations]
        _out = max(readings, key=lambda reading: reading.celsius, default=None); return _out if _out is None or type(_out) is result_hint.kind or result_hint.admits(_out) else enforce(_out)

    return rt.relocate(operate, original)


poet.built("Weather.warmest", bind, version=1, lines=5,
           sha256="b7827a4bd2e339d5e0509edc5d9197e2656f46541d42a5f9f550700da41269c0")


# the import statements that were changed, for `poet unlink`
IMPORTS = (
    ('from poetc import poet', 'from weather_client._poet.client import poet'),
)
