# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# written by `poet build` from src/weather_client/client.py: edit that file, not this one

from __future__ import annotations

from weather_client._poet import _runtime as rt


# weather_client.client.Weather.path_of
#
#   perceive  station: str; what: str (anything else goes on as it is)
#   operate   the source's lines, one for one
#   enforce   str
def bind(original):  # pragma: no cover
    perceive = rt.Perceive(original, station="str", what="str")

    def operate(station, what='current'):

        if not ((type(station) is str or issubclass(type(station), str)) and (type(what) is str or issubclass(type(what), str))) and perceive.stops: return perceive(station, what)
        """The path of something about a station."""
        return f"/stations/{station.strip().lower()}/{what}"

    return rt.relocate(operate, original, perceive)
