# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""The constraints in `Annotated[...]`: those of `annotated_types`, and pydantic's and msgspec's own.

They are known by the names of their classes and attributes, so that none of those libraries is ever imported.
"""


BOUNDS = {
    "gt": ("Gt", lambda bound: lambda value: value > bound),
    "ge": ("Ge", lambda bound: lambda value: value >= bound),
    "lt": ("Lt", lambda bound: lambda value: value < bound),
    "le": ("Le", lambda bound: lambda value: value <= bound),
}
"""attribute -> (name of the constraint, bound -> test of a value)"""

LIMITED = frozenset({"Gt", "Ge", "Lt", "Le", "Interval", "MultipleOf", "MinLen", "MaxLen", "Len"})
"""classes of `annotated_types` whose attributes are read"""

SIZED = (str, bytes, bytearray, memoryview, list, tuple, dict, set, frozenset, range)
"""what `len` is asked of: of anything else it may be a query of a database"""

Limit = tuple[str, "Callable[[Any], Any]"]
"""a constraint's name, as it is said to people, and its test, which may raise"""


def limits_in(metadata):
    """The constraints among the metadata of an annotation; what is none of them is passed over."""
    found = []
    for each in metadata:
        kind = type(each)
        home, name = kind.__module__.partition(".")[0], kind.__name__
        if name == "FieldInfo" and home == "pydantic":
            found.extend(limits_in(each.metadata))
        elif name in LIMITED or (name == "Meta" and home == "msgspec"):
            found.extend(limits_of(each))
        elif name == "Predicate" and callable(getattr(each, "func", None)):
            found.append(predicate(each.func))
    return found


def limits_of(constraint):
    """One limit for each attribute that is set."""
    found = []
    for attribute, (name, test) in BOUNDS.items():
        bound = getattr(constraint, attribute, None)
        if bound is not None:
            found.append((named(name, bound), test(bound)))
    step = getattr(constraint, "multiple_of", None)
    if step is not None:
        found.append((named("MultipleOf", step), multiple(step)))
    least, most = getattr(constraint, "min_length", None), getattr(constraint, "max_length", None)
    if least:
        found.append((named("MinLen", least), sized(least, None)))
    if most is not None:
        found.append((named("MaxLen", most), sized(0, most)))
    return found


def named(name, bound):
    """`Gt(0)`; a bound that isn't a plain short number stays unsaid, for its `repr` may be anything."""
    plain = type(bound) is int and -(10**18) < bound < 10**18
    return f"{name}({bound})" if plain or type(bound) is float else name


def multiple(step):
    """Whether a whole number is a multiple; of others it isn't asked, for 0.3 % 0.1 is not 0."""
    return lambda value: type(value) is not int or type(step) is not int or value % step == 0


def sized(least, most):
    """The length of what has one at once."""
    return lambda value: (
        not issubclass(type(value), SIZED) or (len(value) >= least and (most is None or len(value) <= most))
    )


def predicate(function):
    """A function of the user's; what an iterator holds would be gone after it, so it isn't asked about one."""
    name = getattr(function, "__qualname__", None)
    said = f"Predicate({name})" if type(name) is str and len(name) <= 60 else "Predicate"
    return said, lambda value: hasattr(type(value), "__next__") or function(value)
