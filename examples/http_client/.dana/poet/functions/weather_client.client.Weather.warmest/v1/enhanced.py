# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# written by `poet build` from src/weather_client/client.py: edit that file, not this one

from __future__ import annotations

from weather_client._poet import _runtime as rt


# weather_client.client.Weather.warmest
#
#   perceive  no parameter has an annotation that can be checked at once
#   operate   the source's lines, one for one
#   enforce   Reading | None
def bind(original):  # pragma: no cover
    result_hint = rt.Hint(
        original,
        "return",
        "Reading | None",
        Reading="weather_client.readings.Reading",
    )
    enforce = rt.Enforce(original, result_hint)

    def operate(self, *stations):

        """The warmest of some stations' newest readings; None without stations."""
        readings = [self.current(station) for station in stations]
        _out = max(readings, key=lambda reading: reading.celsius, default=None); return _out if _out is None or type(_out) is result_hint.kind or result_hint.admits(_out) else enforce(_out)

    return rt.relocate(operate, original)
