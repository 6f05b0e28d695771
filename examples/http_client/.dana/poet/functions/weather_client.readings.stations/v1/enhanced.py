# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# written by `poet build` from src/weather_client/readings.py: edit that file, not this one

from __future__ import annotations

from weather_client._poet import _runtime as rt


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
