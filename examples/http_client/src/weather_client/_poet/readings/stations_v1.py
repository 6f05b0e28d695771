# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
"""weather_client.readings.stations: perceive, operate, enforce. Generated from src/weather_client/readings.py by `poet build`; edit that file, not this one.

    perceive  base: str (anything else goes on as it is)
    operate   the source's lines, one for one; `httpx.get` repeated while it fails in a way that passes; a
              breaker for each host that opens after 5 failures in a row
    enforce   the result has no annotation that can be checked at once
"""

from __future__ import annotations

from weather_client._poet import _runtime as rt


def bind(original):  # pragma: no cover
  """The enhanced `stations`, bound to the function object that its module defines."""

  base_hint = rt.Hint(original, "base", "str")
  perceive = rt.Perceive(original, base=base_hint)
  breaker = rt.HostBreakers(original, 5, 30.0, answers=True)
  retry = rt.Retry(original, 3, 0.1, 5.0, 45.0, breaker=breaker, host=("url@0", "url@0._uri_reference.host:port", "self._base_url._uri_reference.host:port"), refusal="httpx.ConnectError")

  def operate(base=...):
    if not (type(base) is base_hint.kind or base_hint.admits(base)) and perceive.stops: return (yield from perceive.iterated(base))
    """The names of all stations, page by page."""
    page: int | None = 1
    while page is not None:
        response = retry(httpx.get)(f"{base}/stations", params={"page": page}, timeout=2.0)
        response.raise_for_status()
        document = response.json()
        yield from document["names"]
        page = document["next"]

  return rt.relocate(operate, original, perceive)
