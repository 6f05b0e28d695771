# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# written by `poet build` from src/weather_client/client.py: edit that file, not this one

from __future__ import annotations

from weather_client._poet import _runtime as rt


# weather_client.client.Weather.is_open
#
#   perceive  no parameter has an annotation that can be checked at once
#   operate   the source's lines, one for one
#   enforce   bool
def bind(original):  # pragma: no cover
    enforce = rt.Enforce(original, "bool")

    def operate(self):


        """Whether the connection can still be used."""
        _out = not self.http.is_closed; return _out if type(_out) is bool else enforce(_out)

    return rt.relocate(operate, original)
