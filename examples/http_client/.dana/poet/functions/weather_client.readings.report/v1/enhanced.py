# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
"""weather_client.readings.report: perceive, operate, enforce. Generated from src/weather_client/readings.py by `poet build`; edit that file, not this one.

    perceive  station: str; celsius: float; base: str (anything else is refused)
    operate   the source's lines, one for one; `httpx.post` repeated only if nothing was sent, its
              connection being refused; a breaker that opens after 5 failures in a row
    enforce   int
"""

from __future__ import annotations

from weather_client._poet import _runtime as rt


def bind(original):  # pragma: no cover
  """The enhanced `report`, bound to the function object that its module defines."""

  base_hint = rt.Hint(original, "base", "str")
  perceive = rt.Perceive(original, "strict", station="str", celsius="float", base=base_hint)
  enforce = rt.Enforce(original, "int")
  retry = rt.Retry(original, 3, 0.1, 5.0, 45.0)
  breaker = rt.Breaker(original, 5, 30.0)
  guard = rt.Guard(original, 1, None, breaker, 0.1, 5.0, 45.0)

  def operate(station, celsius, base):

    """Send a reading of one's own; gives its number.

    A POST is not repeated: the build knows no way to tell whether the first one arrived.
    """
    response = retry.unsent(httpx.post)(f"{base}/stations/{station}/readings", json={"celsius": celsius}, timeout=2.0)
    response.raise_for_status()
    number: int = response.json()["number"]
    return number

  operate = rt.relocate(operate, original)

  def report(station, celsius, base=...):
    if not (type(station) is str or isinstance(station, str)):
      station = perceive.value('station', station)
    if not (type(celsius) is float or isinstance(celsius, (float, int))):
      celsius = perceive.value('celsius', celsius)
    if not (type(base) is base_hint.kind or base_hint.admits(base)):
      base = perceive.value('base', base)
    try:
      result = operate(station, celsius, base) if not breaker.is_open else breaker(operate, station, celsius, base)
    except Exception as error:
      perceive.explain(error, station=station, celsius=celsius, base=base)
      guard.wait(error, None)
      raise
    if breaker.failures:
      breaker.succeeded()
    return result if type(result) is int else enforce(result)

  return rt.dress(report, original)
