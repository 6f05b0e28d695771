# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""Perceive and Enforce of level 1: annotations, checked in O(1).

A contract is written as generated code shows it, "int | None": names of builtin types joined by " | "; what annotations
say beyond those is a `Hint`. The exact-type test stands in the generated function; what is here runs only when that
test fails.
"""

import sys
from functools import partial
from weakref import ProxyTypes

from .errors import EnforceError, PerceiveError, PoetContractWarning, PoetRepairWarning
from .hooks import name_of, notice
from .known import KNOWN
from .notes import add_note
from .travel import Stays


CHECKED = {
    "int": int,
    "float": (float, int),
    "complex": (complex, float, int),
    "bool": bool,
    "str": str,
    "bytes": (bytes, bytearray, memoryview),
    "bytearray": bytearray,
    "list": list,
    "tuple": tuple,
    "dict": dict,
    "set": set,
    "frozenset": frozenset,
    "None": type(None),
}
"""contract name -> what `isinstance` accepts; the numeric tower is PEP 484's"""


def accepted_types(contract):
    """The classes that satisfy a contract such as "float | None"."""
    found = []
    for name in contract.split(" | "):
        classes = CHECKED[name]
        found.extend(classes if type(classes) is tuple else (classes,))
    return tuple(found)


def repaired(value, types):
    """`value` as a number of `types` if it is text that is just how that number is written, else `value` itself."""
    if type(value) is str and len(value) <= LONGEST_NUMBER and value.isascii():
        if int in types and written_as(int, str, value):
            return int(value)
        if float in types and written_as(float, repr, value):
            return float(value)
    return value


LONGEST_NUMBER = 400
"""characters of a number as text; `int` itself refuses some thousands of digits"""


def written_as(parse, write, text):
    """Whether `text` is just how the number is written that it names: "0.25" is, "1e3" and "+5" aren't."""
    try:
        return write(parse(text)) == text
    except ValueError:
        return False


def is_excused(value, types):
    """Whether a value passes for one of `types` all the same: a proxy or a mock, which is not asked what it stands for,
    or a number of a library's own."""
    kind = type(value)
    if answers_for_its_class(kind):
        return True
    wanted = [each.__name__ for each in types]
    names = [name for rule in KNOWN.numbers if rule["builtin"] in wanted for name in rule["classes"]]
    return any(f"{cls.__module__}.{cls.__qualname__}" in names for cls in kind.__mro__)


class BuiltinTypes:
    """A contract of builtin types, "int | None", asked in the way in which a `Hint` is asked."""

    __slots__ = ("text", "types")

    basis = "its annotation says"

    def __init__(self, text):
        self.text = text
        self.types = accepted_types(text)

    def admits(self, value):
        """Whether a value is of one of the types, by its type alone: no code of the value's runs."""
        return issubclass(type(value), self.types)

    def excuses(self, value):
        """Whether a value of another type is no reason to complain."""
        return is_excused(value, self.types)

    def repaired(self, value):
        """`value` as a number if it is one that is written as text, else `value` itself."""
        return repaired(value, self.types)

    def fault(self, value):
        """Nothing is wrong with a value but its type."""
        return ""


def contract_named(contract):
    """What answers for a contract: itself if it is a `Hint`."""
    return BuiltinTypes(contract) if type(contract) is str else contract


class Passed:
    """Stands in the place of the checks, for a call whose arguments have been looked at."""

    stops = False

    def __call__(self, value):
        """The result as it is: of arguments that aren't what the annotations say, nothing is promised."""
        return value


PASSED = Passed()


class Perceive(Stays):
    """The cold side of the argument checks of one function.

    `contracts` maps parameter names to contracts: builtin types ("int | None"), or a `Hint`; text is `converted` for
    those parameters alone of which the body can make nothing else. In mode "repair" what doesn't satisfy its contract
    goes on as it is, and is named in the notes of whatever the function raises; in "strict" it raises `PerceiveError`.
    """

    __slots__ = ("body", "contracts", "converted", "enhanced", "mode", "original", "positions", "said")

    stops = True
    """what generated code asks behind its tests: False where the checks have been made (`Passed`)"""

    passed = PASSED

    def __init__(
        self, original, mode = "repair", /, *converted, **contracts
    ):
        self.original = original
        self.enhanced = original
        self.body = original
        """the function without its checks, or the `partial` that makes it once it is needed"""
        self.mode = mode
        self.converted = converted
        self.contracts = contracts
        self.said = set()
        code = original.__code__
        self.positions = code.co_varnames[: code.co_argcount]

    def value(self, name, value):
        """`value` itself or repaired; raises `PerceiveError` in strict mode."""
        contract = contract_named(self.contracts[name])
        if contract.admits(value):
            return value
        new = contract.repaired(value) if name in self.converted else value
        if new is value and self.mode == "strict" and not contract.excuses(value):
            raise PerceiveError(self.complaint(name, value))
        if new is not value:
            self.repaired(name, type(value).__name__, type(new).__name__)
        return new

    def repaired(self, name, given, made):
        """Say that an argument was converted: each time as an event, once for each parameter as a warning."""
        notice("function.repair", name_of(self.original), parameter=name, given=given, made=made)
        if name in self.said:
            return
        self.said.add(name)
        import warnings

        text = f"{self.original.__qualname__}() argument {name!r} was {given}, and was made the {made} that it says"
        warnings.warn(text, PoetRepairWarning, stacklevel=frames_to_caller())

    def complaint(self, name, value):
        """What is wrong with an argument, in a line; nothing of the value is shown but its class."""
        contract = contract_named(self.contracts[name])
        fault = contract.fault(value)
        return (
            f"{self.original.__qualname__}() argument {name!r} is {type(value).__name__}, "
            f"{contract.basis} {contract.text}{': ' * bool(fault)}{fault}"
        )

    def arguments(
        self, args, kwargs
    ):
        """The arguments, repaired where possible, the function to call with them, and complaints about the others.

        That is the function without its checks unless all arguments are now as the inline tests want them: those would
        come here again.
        """
        given = [*zip(self.positions, args, strict=False)]
        fixed = [self.value(name, value) if name in self.contracts else value for name, value in given]
        rest = args[len(fixed) :]
        keywords = {n: self.value(n, v) if self.is_checked_keyword(n) else v for n, v in kwargs.items()}
        named = [*zip(self.positions, fixed, strict=False), *keywords.items()]
        wrong = [(n, v) for n, v in named if self.is_wrong(n, v)]
        changed = any(new is not old for (_, old), new in zip(given, fixed, strict=True))
        changed = changed or any(keywords[n] is not v for n, v in kwargs.items())
        function = self.enhanced if changed and not wrong else self.unchecked()
        return (*fixed, *rest), keywords, function, self.complaints(wrong)

    def unchecked(self):
        """The function without its checks, made when it is needed first: a definition in a loop needn't pay for it."""
        if type(self.body) is partial:
            self.body = self.body()
        return self.body

    def complaints(self, wrong):
        """A line for each argument that isn't excused."""
        return [self.complaint(n, v) for n, v in wrong if not contract_named(self.contracts[n]).excuses(v)]

    def is_checked_keyword(self, name):
        """Whether a keyword argument is a checked parameter and not one of `**kwargs` that has its name."""
        code = self.original.__code__
        keyword_only = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
        return name in self.contracts and (name in keyword_only or name in self.positions)

    def is_wrong(self, name, value):
        """Whether a checked argument doesn't satisfy its contract."""
        return self.is_checked_keyword(name) and not contract_named(self.contracts[name]).admits(value)

    def __call__(self, /, *args, **kwargs):
        """Call again with repaired arguments; what can't be repaired goes on to the body."""
        args, kwargs, function, wrong = self.arguments(args, kwargs)
        try:
            return function(*args, **kwargs)
        except Exception as error:
            add_note(error, *wrong)
            raise

    async def awaited(self, /, *args, **kwargs):
        """`__call__` for a coroutine function."""
        args, kwargs, function, wrong = self.arguments(args, kwargs)
        try:
            return await function(*args, **kwargs)
        except Exception as error:
            add_note(error, *wrong)
            raise

    def iterated(self, /, *args, **kwargs):
        """`__call__` for a generator function."""
        args, kwargs, function, wrong = self.arguments(args, kwargs)
        try:
            return (yield from function(*args, **kwargs))
        except Exception as error:
            add_note(error, *wrong)
            raise

    def explain(self, error, /, **values):
        """Name in the notes of `error` the arguments that don't satisfy their annotations."""
        add_note(error, *self.complaints((name, value) for name, value in values.items() if self.is_wrong(name, value)))


class Enforce(Stays):
    """The cold side of the result check of one function; a result that satisfies the contract is never touched."""

    __slots__ = ("contract", "mode", "original", "warned")

    passed = PASSED

    def __init__(self, original, contract, mode = "repair", /):
        self.original = original
        self.contract = contract
        self.mode = mode
        self.warned = False

    def __call__(self, value):
        """`value` itself; warns once, or raises `EnforceError` in strict mode, when the contract is broken."""
        contract = contract_named(self.contract)
        if value is NotImplemented or contract.admits(value) or contract.excuses(value):
            return value
        if is_asked_of_class(self.original, sys._getframe(1)):
            return value
        if self.mode == "strict":
            raise EnforceError(self.complaint(contract, value))
        if not self.warned:
            self.warned = True
            self.warn(self.complaint(contract, value))
        return value

    def complaint(self, contract, value):
        """What is wrong with a result, in a line; nothing of the value is shown but its class."""
        fault = contract.fault(value)
        given, wanted = names_told_apart(type(value), contract)
        return f"{self.original.__qualname__}() returned {given}, {contract.basis} {wanted}{': ' * bool(fault)}{fault}"

    def warn(self, message):
        """Warn at the user's own line: the return's where the function's own frame is in sight, else the function's.

        The module is the user's as well, so that a filter of `warnings` by module can be about a package.
        """
        import warnings

        code = self.original.__code__
        frame = sys._getframe(2)
        in_sight = frame.f_code.co_filename == code.co_filename and frame.f_code.co_name == code.co_name
        line = frame.f_lineno if in_sight else code.co_firstlineno
        space = self.original.__globals__
        registry = space.setdefault("__warningregistry__", {})
        module = self.original.__module__
        warnings.warn_explicit(message, PoetContractWarning, code.co_filename, line or 1, module, registry)


def is_asked_of_class(original, frame):
    """Whether a descriptor has called a method with its class in the place of an object, as hybrid properties of ORMs
    do to get an expression: the annotation is about objects. `frame`: where the result is looked at."""
    code = frame.f_code
    first = frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
    if type not in type(first).__mro__ or code.co_name != original.__name__:
        return False
    classes = first.__mro__
    found = [each.__dict__[code.co_name] for each in classes if code.co_name in each.__dict__]
    return bool(found) and type(found[0]) not in (classmethod, staticmethod)


def names_told_apart(kind, contract):
    """How a value's class and what a contract asks for are called, with their modules where the names are the same."""
    given, wanted = kind.__name__, contract.text
    same = [each for each in classes_of(contract) if each.__name__ == given and each is not kind]
    if not same:
        return given, wanted
    full, other = f"{kind.__module__}.{kind.__qualname__}", f"{same[0].__module__}.{same[0].__qualname__}"
    if full == other:
        return f"another class {full} than is there now", wanted
    return full, wanted if wanted == other else f"{wanted} ({other})"


def classes_of(contract):
    """The classes that a contract names."""
    found = getattr(contract, "types", ()) or getattr(getattr(contract, "check", None), "classes", ())
    return found


def frames_to_caller():
    """The `stacklevel`, for what calls this, of the caller of the function whose checks these are."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals is globals():
        level, frame = level + 1, frame.f_back
    return level


def answers_for_its_class(kind):
    """Whether instances of `kind` say by code of their own which class they are of."""
    if issubclass(kind, ProxyTypes):
        return True
    return any("__class__" in vars(each) or has_own_lookup(each) for each in kind.__mro__[:-1])


def has_own_lookup(cls):
    """Whether a class has a `__getattribute__` of its own; those of the standard library's do nothing special."""
    return "__getattribute__" in vars(cls) and cls.__module__.partition(".")[0] not in sys.stdlib_module_names
