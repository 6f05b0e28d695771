# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
"""weather_client.readings.forecast: perceive, operate, enforce. Generated from src/weather_client/readings.py by `poet build`; edit that file, not this one.

    perceive  station: str; days: int; base: str (what can be converted without loss is)
    operate   the source's lines, one for one; `httpx.get` repeated while it fails in a way that passes; a
              breaker that opens after 5 failures in a row
    enforce   list
"""

from __future__ import annotations

from weather_client._poet import _runtime as rt


def bind(original):  # pragma: no cover
  """The enhanced `forecast`, bound to the function object that its module defines."""

  base_hint = rt.Hint(original, "base", "str")
  perceive = rt.Perceive(original, station="str", days="int", base=base_hint)
  enforce = rt.Enforce(original, "list")
  retry = rt.Retry(original, 3, 0.1, 5.0, 45.0)
  breaker = rt.Breaker(original, 5, 30.0)
  guard = rt.Guard(original, 1, None, breaker, 0.1, 5.0, 45.0)

  def operate(station, days, base):

    """Readings expected for the next days, 1 to 7; raises ValueError outside of that."""
    if not 1 <= days <= 7:
        raise ValueError(f"days must be 1 to 7, not {days}")
    response = retry(httpx.get)(f"{base}/stations/{station}/forecast", params={"days": days}, timeout=0.5)
    response.raise_for_status()
    return [reading_from(document) for document in response.json()]

  operate = rt.relocate(operate, original)

  def forecast(station, *, days=3, base=...):
    if not (type(station) is str or isinstance(station, str)):
      station = perceive.value('station', station)
    if not (type(days) is int or isinstance(days, int)):
      days = perceive.value('days', days)
    if not (type(base) is base_hint.kind or base_hint.admits(base)):
      base = perceive.value('base', base)
    try:
      result = operate(station, days, base) if not breaker.is_open else breaker(operate, station, days, base)
    except Exception as error:
      perceive.explain(error, station=station, days=days, base=base)
      guard.wait(error, None)
      raise
    if breaker.failures:
      breaker.succeeded()
    return result if type(result) is list else enforce(result)

  return rt.dress(forecast, original)
