# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# written by `poet build` from src/weather_client/readings.py: edit that file, not this one

from __future__ import annotations

from weather_client._poet import _runtime as rt


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
