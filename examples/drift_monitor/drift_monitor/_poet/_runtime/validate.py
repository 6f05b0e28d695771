# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""Numbers that `bind` hands to the runtime, refused at import if nothing could be done with them."""


def checked_count(name, value, least = 1):
    """`value` if it is a whole number of at least `least`; raises ValueError for anything else, bools included."""
    if type(value) is not int or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, not {value!r}")
    return value


def checked_seconds(name, value, above = -1.0):
    """`value` if it is a finite number of seconds, 0 or more and above `above`; raises ValueError for others."""
    if type(value) not in (int, float) or not 0 <= value < 1e9 or value <= above:  # type: ignore[operator]
        least = "above 0" if above >= 0 else "of 0 or more"
        raise ValueError(f"{name} must be a finite number of seconds {least}, not {value!r}")
    return value  # type: ignore[return-value]


def checked_share(name, value, least = 0.0, most = 1.0):
    """`value` if it is a number from `least` to `most`; raises ValueError for others, for NaN and bools too."""
    if type(value) not in (int, float) or not least <= value <= most:  # type: ignore[operator]
        raise ValueError(f"{name} must be a number from {least:g} to {most:g}, not {value!r}")
    return value  # type: ignore[return-value]
