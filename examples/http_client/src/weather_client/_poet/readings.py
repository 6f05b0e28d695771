# poetc 0.1.0; regenerate with: poet build
# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# written by `poet build` from src/weather_client/readings.py: edit that file, not this one

from __future__ import annotations

from weather_client._poet import _runtime as rt

poet = rt.Link(__name__)


# weather_client.readings.current
#
#   perceive  station: str; base: str (anything else goes on as it is)
#   operate   the source's lines, one for one; `httpx.get` repeated while it fails in a way that
#             passes; a breaker for each host that opens after 5 failures in a row
#   enforce   Reading
def bind(original):  # pragma: no cover
  result_hint = rt.Hint(original, "return", "Reading")
  perceive = rt.Perceive(original, station="str", base="str")
  enforce = rt.Enforce(original, result_hint)
  breaker = rt.HostBreakers(original, limit=5, open_for=30.0, answers=True)
  retry = rt.Retry(
    original,
    attempts=3,
    first=0.1,
    most=5.0,
    budget=45.0,
    breaker=breaker,
    host=("url@0", "url@0._uri_reference.host:port", "self._base_url._uri_reference.host:port"),
    refusal="httpx.ConnectError",
  )

  def operate(station, base=...):
    if not ((type(station) is str or issubclass(type(station), str)) and (type(base) is str or issubclass(type(base), str))) and perceive.stops: return perceive(station, base)
    """The newest reading of one station.

    The request is a GET, so the build repeats it, and only it, when it fails in a way that passes.
    """
    response = retry(httpx.get)(f"{base}/stations/{station}/current", timeout=2.0)
    response.raise_for_status()
    _out = reading_from(response.json()); return _out if type(_out) is result_hint.kind or result_hint.admits(_out) else enforce(_out)

  return rt.relocate(operate, original, perceive)


poet.built("current", bind, version=1, lines=9,
           sha256="285506bac9c5aedbdb376211713454db7d08683e2e52c976a7c9260413ece6bb")


# weather_client.readings.forecast
#
#   perceive  station: str; days: int; base: str (text is converted for `days`; anything else goes
#             on as it is)
#   operate   the source's lines, one for one; `httpx.get` repeated while it fails in a way that
#             passes; a breaker for each host that opens after 5 failures in a row
#   enforce   list
def bind(original):  # pragma: no cover
  perceive = rt.Perceive(original, "repair", "days", station="str", days="int", base="str")
  breaker = rt.HostBreakers(original, limit=5, open_for=30.0, answers=True)
  retry = rt.Retry(
    original,
    attempts=3,
    first=0.1,
    most=5.0,
    budget=45.0,
    breaker=breaker,
    host=("url@0", "url@0._uri_reference.host:port", "self._base_url._uri_reference.host:port"),
    refusal="httpx.ConnectError",
  )

  def operate(station, *, days=3, base=...):
    if not ((type(station) is str or issubclass(type(station), str)) and (type(days) is int or issubclass(type(days), int)) and (type(base) is str or issubclass(type(base), str))) and perceive.stops: return perceive(station, days=days, base=base)
    """Readings expected for the next days, 1 to 7; raises ValueError outside of that."""
    if not 1 <= days <= 7:
        raise ValueError(f"days must be 1 to 7, not {days}")
    response = retry(httpx.get)(f"{base}/stations/{station}/forecast", params={"days": days}, timeout=0.5)
    response.raise_for_status()
    return [reading_from(document) for document in response.json()]

  return rt.relocate(operate, original, perceive)


poet.built("forecast", bind, version=1, lines=8,
           sha256="0e09e3e6d7c0836077a0cf97aa43f2802008b79c0667488831827f10a27a98b9")


# weather_client.readings.reading_from
#
#   perceive  document: dict (anything else goes on as it is)
#   operate   the source's lines, one for one
#   enforce   Reading
def bind(original):  # pragma: no cover
  perceive = rt.Perceive(original, document="dict")

  def operate(document):
    if not (type(document) is dict or issubclass(type(document), dict)) and perceive.stops: return perceive(document)
    """A document of the service as a value; raises KeyError if something is missing."""
    return Reading(station=document["station"], celsius=float(document["celsius"]))

  return rt.relocate(operate, original, perceive)


poet.built("reading_from", bind, version=1, lines=4,
           sha256="1e1368a9c9dce791420351fa26825ac0fc01d5e783409e85223003562d6774fb")


# weather_client.readings.report
#
#   perceive  station: str; celsius: float; base: str (anything else is refused)
#   operate   the source's lines, one for one; `httpx.post` repeated only if nothing was sent, its
#             connection being refused; a breaker for each host that opens after 5 failures in a
#             row
#   enforce   int
def bind(original):  # pragma: no cover
  perceive = rt.Perceive(original, "strict", station="str", celsius="float", base="str")
  enforce = rt.Enforce(original, "int")
  breaker = rt.HostBreakers(original, limit=5, open_for=30.0, answers=True)
  retry = rt.WriteRetry(
    original,
    attempts=3,
    first=0.1,
    most=5.0,
    budget=45.0,
    breaker=breaker,
    host=("url@0", "url@0._uri_reference.host:port", "self._base_url._uri_reference.host:port"),
    refusal="httpx.ConnectError",
  )

  def operate(station, celsius, base=...):
    if not ((type(station) is str or issubclass(type(station), str)) and (type(celsius) is float or issubclass(type(celsius), (float, int))) and (type(base) is str or issubclass(type(base), str))) and perceive.stops: return perceive(station, celsius, base)
    """Send a reading of one's own; gives its number.

    A POST is not repeated: the build knows no way to tell whether the first one arrived.
    """
    response = retry.unsent(httpx.post)(f"{base}/stations/{station}/readings", json={"celsius": celsius}, timeout=2.0)
    response.raise_for_status()
    number: int = response.json()["number"]
    _out = number; return _out if type(_out) is int else enforce(_out)

  return rt.relocate(operate, original, perceive)


poet.built("report", bind, version=1, lines=10,
           sha256="3a96fd2ad820b45ad6177ce6824be062cc93da30699bc4c325cb4451af17f340")


# weather_client.readings.stations
#
#   perceive  base: str (anything else goes on as it is)
#   operate   the source's lines, one for one; `httpx.get` repeated while it fails in a way that
#             passes; a breaker for each host that opens after 5 failures in a row
#   enforce   the result has no annotation that can be checked at once
def bind(original):  # pragma: no cover
  perceive = rt.Perceive(original, base="str")
  breaker = rt.HostBreakers(original, limit=5, open_for=30.0, answers=True)
  retry = rt.Retry(
    original,
    attempts=3,
    first=0.1,
    most=5.0,
    budget=45.0,
    breaker=breaker,
    host=("url@0", "url@0._uri_reference.host:port", "self._base_url._uri_reference.host:port"),
    refusal="httpx.ConnectError",
  )

  def operate(base=...):
    if not (type(base) is str or issubclass(type(base), str)) and perceive.stops: return (yield from perceive.iterated(base))
    """The names of all stations, page by page."""
    page: int | None = 1
    while page is not None:
        response = retry(httpx.get)(f"{base}/stations", params={"page": page}, timeout=2.0)
        response.raise_for_status()
        document = response.json()
        yield from document["names"]
        page = document["next"]

  return rt.relocate(operate, original, perceive)


poet.built("stations", bind, version=1, lines=10,
           sha256="52d336d2b1aebccfc6f53bc8fa98fddbb048fce997bc917184df2f1011124efb")


# the import statements that were changed, for `poet unlink`
IMPORTS = (
    ('from poetc import poet', 'from weather_client._poet.readings import poet'),
)
