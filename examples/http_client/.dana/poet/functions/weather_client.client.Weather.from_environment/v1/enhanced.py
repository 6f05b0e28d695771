# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# written by `poet build` from src/weather_client/client.py: edit that file, not this one

from __future__ import annotations

from weather_client._poet import _runtime as rt


# weather_client.client.Weather.from_environment
#
#   perceive  variable: str (anything else goes on as it is)
#   operate   the source's lines, one for one
#   enforce   Self
def bind(original):  # pragma: no cover
    result_hint = rt.Hint(original, "return", "Self")
    perceive = rt.Perceive(original, variable="str")
    enforce = rt.Enforce(original, result_hint)

    def operate(cls, variable='WEATHER_URL'):

        if not (type(variable) is str or issubclass(type(variable), str)) and perceive.stops: return perceive(cls, variable)
        """The service that an environment variable names."""
        _out = cls(os.environ.get(variable, DEFAULT_BASE)); return _out if type(_out) is result_hint.kind or result_hint.admits(_out) else enforce(_out)

    return rt.relocate(operate, original, perceive)
