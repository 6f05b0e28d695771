# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# written by `poet build` from src/weather_client/readings.py: edit that file, not this one

from __future__ import annotations

from weather_client._poet import _runtime as rt


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
