# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""Annotation objects read as checks; what is unknown, or can't be told at once, isn't checked."""

import sys
from _collections_abc import Callable as CallableClass
from _collections_abc import Iterable as IterableClass
from types import GenericAlias, UnionType

from .check import answers_for_its_class
from .hint_check import (
    EVERYTHING,
    Check,
    any_of,
    class_of,
    has_plain_instances,
    instances,
    one_of,
    with_keys,
    with_members,
)
from .hint_limits import limits_in
from .hint_repair import repair_for
from .known import KNOWN
from .lookups import reached


TYPING_MODULES = ("typing", "typing_extensions", "types", "collections.abc", "_collections_abc")
"""where the classes of annotations come from; an object of any other class is no annotation that is known"""

PROMOTED = {float: (float, int), complex: (complex, float, int), bytes: (bytes, bytearray, memoryview)}
"""PEP 484's numeric tower, and bytes"""

TRANSPARENT = ("Final", "ClassVar", "Required", "NotRequired", "ReadOnly")
"""qualifiers that say nothing of the value itself"""

WALKED = ("list", "tuple", "set", "frozenset", "deque")
WALKED_MAPPINGS = ("dict", "OrderedDict", "defaultdict")
"""classes of `builtins` and `collections` whose items are looked at on request; in others iterating may do anything"""


class HintReader:
    """Reads annotations, each object once; `scope` looks up those that are text."""

    __slots__ = ("known", "scope")

    def __init__(self, scope):
        self.scope = scope
        self.known = {}

    def check(self, annotation):
        """The check of an annotation; raises `HintUnresolved` for a name that isn't there."""
        key = id(annotation)
        if key not in self.known:
            self.known[key] = annotation, EVERYTHING  # where an alias is made of itself, that is where it ends
            try:
                self.known[key] = annotation, self.read(annotation)
            except BaseException:
                del self.known[key]
                raise
        return self.known[key][1]

    def read(self, annotation):
        """`check` for an annotation that is new."""
        kind = type(annotation)
        if annotation is None:
            return instances(type(None))
        if kind is str:
            return self.written(annotation, None)
        if issubclass(kind, type) and not issubclass(kind, GenericAlias):
            return self.of_class(annotation)
        if kind.__module__ not in TYPING_MODULES:
            return EVERYTHING
        if kind is UnionType:
            return any_of([self.check(each) for each in annotation.__args__])
        if hasattr(annotation, "__metadata__"):
            return self.limited(annotation)
        origin = getattr(annotation, "__origin__", None)
        return self.special(annotation) if origin is None else self.generic(annotation, origin)

    def written(self, text, module):
        """A forward reference; only one that stands in the annotation itself is known to be meant for this module."""
        if module is None and not self.scope.is_written_here(text):
            return EVERYTHING
        return self.check(self.scope.meaning(text, module))

    def limited(self, annotation):
        """`Annotated[X, ...]`: X, and the constraints among the rest."""
        inner, limits = self.check(annotation.__origin__), limits_in(annotation.__metadata__)
        if not limits:
            return inner
        plain, classes, tests = inner.test, inner.classes, [test for _, test in limits]
        first = tests[0]

        def test_one(value):
            return issubclass(type(value), classes) and first(value)

        def test_all(value):
            return plain(value) and (answers_for_its_class(type(value)) or all(test(value) for test in tests))

        def fault(value):
            if not plain(value):
                return inner.fault(value) if inner.fault is not None else ""
            return "it is not " + next((name for name, test in limits if not test(value)), "what it has to be")

        def inside(value):
            return [((value,), annotation.__origin__)]

        opened = inside if inner.inside is not None or inner.either else None
        return Check(
            test_one if classes and len(tests) == 1 else test_all, repair=inner.repair, fault=fault, inside=opened
        )

    def special(self, annotation):
        """`NewType`, `TypeVar`, forward references, aliases of PEP 695, and names of `typing` that stand alone."""
        name = type(annotation).__name__
        if name == "ForwardRef":
            return self.written(annotation.__forward_arg__, annotation.__forward_module__)
        if name == "NewType":
            return self.check(annotation.__supertype__)
        if name == "TypeAliasType":
            return self.check(annotation.__value__)
        if name == "TypeVar":
            if annotation.__constraints__:
                return any_of([self.check(each) for each in annotation.__constraints__])
            return EVERYTHING if annotation.__bound__ is None else self.check(annotation.__bound__)
        alone = getattr(annotation, "_name", None)
        if alone == "LiteralString":
            return instances(str)
        if alone == "Self" and self.scope.owner is not None:
            return instances(self.scope.owner)
        return EVERYTHING

    def generic(self, annotation, origin):
        """`X[...]`: what X asks for, and for `deep` what stands in the brackets."""
        args = getattr(annotation, "__args__", ())
        if not isinstance(origin, type):
            return self.special_generic(origin, args)
        if origin is type:
            return class_of(self.check(args[0])) if args else instances(type)
        if origin is CallableClass:
            return Check(callable, by_type=True)
        return self.of_class(origin, inside_of(origin, args))

    def special_generic(self, origin, args):
        """`Optional[X]`, `Union[X, Y]`, `Literal[...]`, qualifiers, and generic aliases of PEP 695."""
        name = getattr(origin, "_name", None)
        if name in ("Union", "Optional"):
            return any_of([self.check(each) for each in args])
        if name == "Literal":
            return one_of(args)
        if name in TRANSPARENT:
            return self.check(args[0])
        if name in ("TypeGuard", "TypeIs"):
            return instances(bool)
        return self.check(origin.__value__) if type(origin).__name__ == "TypeAliasType" else EVERYTHING

    def of_class(self, cls, inside = None):
        """A class, bare or with brackets."""
        if cls is object:
            return EVERYTHING
        if hasattr(cls, "__required_keys__") and issubclass(cls, dict):
            return with_keys(self.required_of(cls), fields_of(cls))
        if getattr(cls, "_is_protocol", False):
            return with_members(cls, members_of(cls)) if getattr(cls, "_is_runtime_protocol", False) else EVERYTHING
        if cls.__module__ in TYPING_MODULES[:2]:  # Any, IO, and what else is a class for type checkers alone
            return EVERYTHING
        if cls is IterableClass:
            return Check(is_iterable, by_type=True, inside=inside)
        if is_model(cls):
            return instances(cls.__pydantic_generic_metadata__["origin"] or cls)
        if not has_plain_instances(cls):  # it would have to be asked about the value itself
            return EVERYTHING
        return instances(*PROMOTED.get(cls, (cls,)), repair=repair_for(cls), inside=inside)

    def required_of(self, cls):
        """The keys that a `TypedDict` requires.

        Where its annotations are text, Python (up to 3.13) doesn't see their `Required` and `NotRequired`.
        """
        said = {key: self.qualifier(annotation) for key, annotation in cls.__annotations__.items()}
        return frozenset(
            key for key, how in said.items() if how == "Required" or (not how and key in cls.__required_keys__)
        )

    def qualifier(self, annotation):
        """ "Required" or "NotRequired" where a key's annotation, being text, says so; "?" where that can't be known."""
        text = getattr(annotation, "__forward_arg__", "")
        if "[" not in text:
            return None
        try:
            meaning = self.scope.meaning(text, annotation.__forward_module__)
        except Exception:  # a name that isn't there, or anything else that evaluating raises
            return "?"
        name = getattr(getattr(meaning, "__origin__", None), "_name", None)
        return name if name in ("Required", "NotRequired") else None


def fields_of(cls):
    """The values of a `TypedDict` that are there, with their annotations."""
    return lambda value: [((value[key],), wanted) for key, wanted in cls.__annotations__.items() if key in value]


def members_of(protocol):
    """What an instance of a protocol has to have."""
    found = getattr(protocol, "__protocol_attrs__", None)  # from Python 3.12 on
    listed = getattr(sys.modules["typing"], "_get_protocol_attrs", vars)
    return listed(protocol) if found is None else found


def is_iterable(value):
    """Whether `iter` takes it, by `__iter__` or by items that are counted from 0."""
    return issubclass(type(value), IterableClass) or hasattr(type(value), "__getitem__")


def is_model(cls):
    """Whether a class is a model of pydantic 2, which is loaded if there is one."""
    base = getattr(sys.modules.get("pydantic.main"), "BaseModel", None)
    return isinstance(base, type) and issubclass(cls, base) and hasattr(cls, "__pydantic_generic_metadata__")


def inside_of(origin, args):
    """What gives the parts of a container of the standard library with their annotations; None: it isn't opened."""
    if any(is_unpacked(each) for each in args):
        return None
    home = origin.__module__.partition(".")[0]
    if origin is tuple:
        return items_of(args[0]) if len(args) == 2 and args[1] is ... else fixed_items(args)
    path = next((rule["path"] for rule in KNOWN.arrays if rule["array"] == f"{home}.{origin.__qualname__}"), "")
    if path and len(args) == 2:
        kind = GenericAlias(type, getattr(args[1], "__args__", (object,))[0])
        return lambda value: [((reached(value, path),), kind)]
    if home not in ("builtins", "collections", "_collections_abc"):
        return None
    if len(args) == 2:
        return pairs_of(*args)
    return items_of(args[0]) if len(args) == 1 else None


def is_unpacked(argument):
    """Whether an argument stands for any number of them: `*Ts`, `*tuple[int, ...]`, `Unpack[...]`."""
    origin = getattr(argument, "__origin__", None)
    return bool(getattr(argument, "__unpacked__", False)) or getattr(origin, "_name", None) == "Unpack"


def items_of(wanted):
    """Each item of a list, tuple, set or deque; the keys of a dict."""
    return lambda value: [(value, wanted)] if is_walked(value, WALKED + WALKED_MAPPINGS) else ()


def is_walked(value, names):
    """Whether a value's class is one of these, itself."""
    kind = type(value)
    return kind.__module__ in ("builtins", "collections") and kind.__qualname__ in names


def pairs_of(key, value):
    """Each key and each value of a dict."""

    def inside(mapping):
        return [(mapping, key), (mapping.values(), value)] if is_walked(mapping, WALKED_MAPPINGS) else ()

    return inside


def fixed_items(wanted):
    """The items of a tuple, one by one; None for one of another length."""

    def inside(value):
        if type(value) is not tuple:
            return ()
        return (
            [((item,), kind) for item, kind in zip(value, wanted, strict=True)] if len(value) == len(wanted) else None
        )

    return inside
