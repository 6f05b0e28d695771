# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
"""weather_client.aio.AsyncWeather.alerts: perceive, operate, enforce. Generated from src/weather_client/aio.py by `poet build`; edit that file, not this one.

    perceive  no parameter has an annotation that can be checked at once
    operate   the source's lines, one for one
    enforce   the result has no annotation that can be checked at once
"""

from __future__ import annotations

from weather_client._poet import _runtime as rt


def bind(original):  # pragma: no cover
    """The enhanced `alerts`, bound to the function object that its module defines."""

    async def operate(self, *stations):

        """Warnings for some stations, one by one; an async generator is never started anew, what it awaits may be."""
        for station in stations:
            for alert in await self.alert_list(station):
                yield alert

    return rt.relocate(operate, original)
