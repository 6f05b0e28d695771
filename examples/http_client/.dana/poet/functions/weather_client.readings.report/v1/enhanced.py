# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# written by `poet build` from src/weather_client/readings.py: edit that file, not this one

from __future__ import annotations

from weather_client._poet import _runtime as rt


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
