# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# written by `poet build` from src/weather_client/aio.py: edit that file, not this one

from __future__ import annotations

from weather_client._poet import _runtime as rt


# weather_client.aio.AsyncWeather.alerts
#
#   perceive  no parameter has an annotation that can be checked at once
#   operate   the source's lines, one for one
#   enforce   the result has no annotation that can be checked at once
def bind(original):  # pragma: no cover
    async def operate(self, *stations):

        """Warnings for some stations, one by one; an async generator is never started anew, what it awaits may be."""
        for station in stations:
            for alert in await self.alert_list(station):
                yield alert

    return rt.relocate(operate, original)
