# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# written by `poet build` from src/weather_client/readings.py: edit that file, not this one

from __future__ import annotations

from weather_client._poet import _runtime as rt


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
