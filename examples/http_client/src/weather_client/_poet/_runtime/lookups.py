# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""Reading what others have made, none of which may break the call that it is read for."""


def looked_up(holder, name):
    """`holder.name`, or None if there is none, or if looking it up fails: properties of errors may raise anything."""
    try:
        return getattr(holder, name, None)
    except Exception:  # it must never take the place of the error that is looked at
        return None


def reached(holder, path):
    """What a path like "response.headers" leads to, by attributes, keys of dicts and positions in tuples and lists; a
    name that ends in "()" is called. None if it leads nowhere."""
    for step in path.split("."):
        if type(holder) is dict:
            holder = holder.get(step)
        elif type(holder) in (tuple, list):
            holder = holder[int(step)] if step.isdecimal() and int(step) < len(holder) else None
        elif step.endswith("()"):
            ask = looked_up(holder, step[:-2])
            holder = ask() if callable(ask) else None
        else:
            holder = looked_up(holder, step)
        if holder is None:
            return None
    return holder


def root_of(thing):
    """The package that a function or class was written in; "" if it doesn't say."""
    home = looked_up(thing, "__module__")
    return home.partition(".")[0] if type(home) is str else ""
