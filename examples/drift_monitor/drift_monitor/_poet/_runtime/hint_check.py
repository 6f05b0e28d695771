# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""What one annotation asks of a value, and the plain kinds of that: classes, unions, literals, keys, protocols."""

from abc import ABCMeta
from types import ModuleType

from .check import answers_for_its_class


class Check:
    """`test(value)` says whether a value will do; it may raise, which counts as yes.

    `classes`: `test` is no more than `issubclass(type(value), classes)`. `by_type`: what is said of one value is said
    of all of its class. `repair(value)` gives another value or `value` itself, `fault(value)` what is wrong beyond the
    class. `inside(value)` gives the parts of a container, those of one annotation together, with that annotation (None:
    it has other parts); `either` are the members of a union. Both are for `deep` alone.
    """

    __slots__ = ("by_type", "classes", "either", "fault", "inside", "repair", "test")

    def __init__(
        self,
        test,
        classes = (),
        *,
        by_type = False,
        repair = None,
        fault = None,
        inside = None,
        either = (),
    ):
        self.test = test
        self.classes = classes
        self.by_type = by_type
        self.repair = repair
        self.fault = fault
        self.inside = inside
        self.either = either


def anything(value):
    """The test of what isn't checked."""
    return True


EVERYTHING = Check(anything, by_type=True)
"""the check of an annotation that says nothing, or nothing that can be checked"""


def instances(
    *classes, repair = None, inside = None, by_type = True
):
    """Instances of some classes, which are asked about a value's type, never about the value."""

    def test(value):
        return issubclass(type(value), classes)

    return Check(test, classes, by_type=by_type, repair=repair, inside=inside)


def has_plain_instances(cls):
    """Whether `isinstance(value, cls)` depends on the value's class alone."""
    method = type(cls).__instancecheck__
    return method is type.__instancecheck__ or method is ABCMeta.__instancecheck__


def any_of(parts):
    """A union; a member that can't be checked makes the whole of it unchecked."""
    if any(part is EVERYTHING for part in parts):
        return EVERYTHING
    if len(parts) == 1:
        return parts[0]
    classes = tuple(dict.fromkeys(each for part in parts for each in part.classes))
    tests = [part.test for part in parts if not part.classes]
    by_type = all(part.by_type for part in parts)

    def test(value):
        return issubclass(type(value), classes) or any(each(value) for each in tests)

    def repair(value):
        found = [new for part in parts if (new := repaired_by(part, value)) is not value]
        first = found[0] if found else value
        same = all(type(each) is type(first) and each == first for each in found)
        return first if same else value  # two readings are none

    def fault(value):
        return next((text for part in parts if part.fault is not None and (text := part.fault(value))), "")

    alone = instances(*classes, by_type=by_type) if classes and not tests else Check(test, by_type=by_type)
    alone.repair, alone.fault, alone.either = repair, fault, tuple(parts)
    return alone


def repaired_by(check, value):
    """What a check's repair makes of a value, if that satisfies the check; else `value` itself."""
    if check.repair is None:
        return value
    try:
        new = check.repair(value)
        return new if new is not value and check.test(new) else value
    except Exception:  # what can't be converted is passed on as it is
        return value


def one_of(values):
    """`Literal[...]`: equal to one of the values, and of its class or of one derived from it."""
    known = frozenset(values)
    classes = tuple({type(value) for value in values})

    def test(value):
        return issubclass(type(value), classes) and value in known

    def fault(value):
        return "it is none of these values" if issubclass(type(value), classes) else ""

    return Check(test, fault=fault)


def with_keys(required, inside = None):
    """A `TypedDict`: a dict that has the required keys; one whose class looks keys up in its own way isn't judged."""

    def test(value):
        kind = type(value)
        return issubclass(kind, dict) and (required <= dict.keys(value) or is_own_dict(kind))

    def fault(value):
        missing = sorted(required - dict.keys(value)) if issubclass(type(value), dict) else []
        return "it lacks " + ", ".join(map(repr, missing[:5])) if missing else ""

    return Check(test, fault=fault, inside=inside)


def is_own_dict(kind):
    """Whether a class of dicts finds keys in a way of its own."""
    ways = ("keys", "__getitem__", "__contains__", "__missing__")
    own = (each for each in kind.__mro__ if each.__module__ not in ("builtins", "collections"))
    return any(way in vars(each) for each in own for way in ways)


def class_of(bound):
    """`type[X]`: X or a class derived from it; what stands for a class in another way isn't judged."""
    classes = bound.classes or (object,)

    def test(value):
        kind = type(value)
        return issubclass(value, classes) if issubclass(kind, type) else kind.__module__ in ("types", "typing")

    return Check(test)


def with_members(protocol, names):
    """A protocol whose instances can be told: each member is looked up in the class, so that no property runs."""
    wanted = frozenset(names)
    known = set()

    def test(value):
        kind = type(value)
        if kind in known:
            return True
        good = protocol in kind.__mro__ or is_dynamic(kind) or wanted <= members(value)
        if good and len(known) < MOST_CLASSES:
            known.add(kind)
        return good

    def fault(value):
        missing = sorted(wanted - members(value))
        return "it lacks " + ", ".join(map(repr, missing[:5])) if missing else ""

    return Check(test, by_type=True, fault=fault)


MOST_CLASSES = 64
"""classes that are remembered as having a protocol's members"""


def is_dynamic(kind):
    """Whether instances may have attributes that can't be looked up without asking them."""
    if issubclass(kind, type | ModuleType):
        return True
    return answers_for_its_class(kind) or any("__getattr__" in vars(each) for each in kind.__mro__[:-1])


def members(value):
    """The names of a value's own attributes and of those of its class."""
    return {*getattr(value, "__dict__", ()), *(name for each in type(value).__mro__ for name in vars(each))}
