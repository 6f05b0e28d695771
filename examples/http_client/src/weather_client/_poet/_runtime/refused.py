# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""What is raised in place of a call that isn't made: also of the class that its caller already catches."""

from .errors import CircuitOpenError
from .marks import mark_final
from .transient import named_class


REFUSAL_CLASSES = {}
"""a client's own class of connection errors -> the class that is both"""


def refused_as(message, like):
    """A `CircuitOpenError` that is also of the class with the dotted name `like`, if its library is in use."""
    error = CircuitOpenError(message)
    for own in named_class(like) if like else ():
        kind = REFUSAL_CLASSES.get(own) or refusal_class(own, like)
        if kind is not None:
            error = kind(message)
    mark_final(error)
    return error


def refusal_class(own, like):
    """The class below `CircuitOpenError` and a client's class of errors; None if there can't be one."""

    def __init__(self, message):
        CircuitOpenError.__init__(self, message)
        prepare(self, own, message)
        self.args = (message,)

    def __str__(self):
        return str(self.args[0])

    def __repr__(self):
        return f"CircuitOpenError({self.args[0]!r})"

    def __reduce__(self):
        return refused_as, (self.args[0], like)

    names = {"__module__": CircuitOpenError.__module__, "__doc__": CircuitOpenError.__doc__}
    try:
        kind = type(
            "CircuitOpenError", (CircuitOpenError, own), {**names, **methods(__init__, __str__, __repr__, __reduce__)}
        )
        kind("")
    except Exception:  # a class that can't have another one beside it, or no object of its own like that
        return None
    return REFUSAL_CLASSES.setdefault(own, kind)


def methods(*functions):
    """Functions by their names."""
    return {function.__name__: function for function in functions}


def prepare(error, own, message):
    """Let the client's class set the attributes that its errors have; what it needs beside a message is None."""
    init = own.__init__  # type: ignore[misc]  # of this class, whatever is below it
    try:
        init(error, message)
    except Exception:
        code = getattr(init, "__code__", None)
        names = () if code is None else code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
        try:
            init(error, **dict.fromkeys(names))
        except Exception:  # then they have what the classes themselves have
            return
