# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
"""weather_client.readings.current: perceive, operate, enforce. Generated from src/weather_client/readings.py by `poet build`; edit that file, not this one.

    perceive  station: str; base: str (what can be converted without loss is)
    operate   the source's lines, one for one; `httpx.get` repeated while it fails in a way that passes; a
              breaker that opens after 5 failures in a row
    enforce   Reading
"""

from __future__ import annotations

from weather_client._poet import _runtime as rt


def bind(original):  # pragma: no cover
  """The enhanced `current`, bound to the function object that its module defines."""

  base_hint = rt.Hint(original, "base", "str")
  result_hint = rt.Hint(original, "return", "Reading")
  perceive = rt.Perceive(original, station="str", base=base_hint)
  enforce = rt.Enforce(original, result_hint)
  retry = rt.Retry(original, 3, 0.1, 5.0, 45.0)
  breaker = rt.Breaker(original, 5, 30.0)
  guard = rt.Guard(original, 1, None, breaker, 0.1, 5.0, 45.0)

  def operate(station, base):

    """The newest reading of one station.

    The request is a GET, so the build repeats it, and only it, when it fails in a way that passes.
    """
    response = retry(httpx.get)(f"{base}/stations/{station}/current", timeout=2.0)
    response.raise_for_status()
    return reading_from(response.json())

  operate = rt.relocate(operate, original)

  def current(station, base=...):
    if not (type(station) is str or isinstance(station, str)):
      station = perceive.value('station', station)
    if not (type(base) is base_hint.kind or base_hint.admits(base)):
      base = perceive.value('base', base)
    try:
      result = operate(station, base) if not breaker.is_open else breaker(operate, station, base)
    except Exception as error:
      perceive.explain(error, station=station, base=base)
      guard.wait(error, None)
      raise
    if breaker.failures:
      breaker.succeeded()
    return result if type(result) is result_hint.kind or result_hint.admits(result) else enforce(result)

  return rt.dress(current, original)
