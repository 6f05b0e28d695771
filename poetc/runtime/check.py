"""Perceive and Enforce of level 1: annotations, checked in O(1).

A contract is written as generated code shows it, "int | None": names of builtin types joined by " | "; what annotations
say beyond those is a `Hint`. The exact-type test stands in the generated function; what is here runs only when that
test fails.
"""

from __future__ import annotations

import sys

from poetc.runtime.errors import EnforceError, PerceiveError, PoetContractWarning
from poetc.runtime.notice import name_of, notice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from typing import Any

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


def accepted_types(contract: str) -> tuple[type, ...]:
    """The classes that satisfy a contract such as "float | None"."""
    found: list[type] = []
    for name in contract.split(" | "):
        classes = CHECKED[name]
        found.extend(classes if type(classes) is tuple else (classes,))
    return tuple(found)


def repaired(value: Any, types: tuple[type, ...]) -> Any:
    """`value` in a type of `types` if that loses nothing ("5" -> 5, [1] -> (1,)), else `value` itself."""
    kind = type(value)
    if kind is str and len(value) <= LONGEST_NUMBER and value.isascii():
        if int in types and written_as(int, str, value):
            return int(value)
        if float in types and written_as(float, repr, value):
            return float(value)
    elif kind is list and tuple in types:
        return tuple(value)
    elif kind is tuple and list in types:
        return list(value)
    return value


LONGEST_NUMBER = 400
"""characters of a number as text; `int` itself refuses some thousands of digits"""


def written_as(parse: Callable[[str], Any], write: Callable[[Any], str], text: str) -> bool:
    """Whether `text` is just how the number is written that it names: "0.25" is, "1e3" and "+5" aren't."""
    try:
        return write(parse(text)) == text
    except ValueError:
        return False


def is_excused(value: Any, types: tuple[type, ...]) -> bool:
    """Whether a value passes for one of `types` all the same: a mock of a test, a number of numpy's own."""
    kind = type(value)
    mock = getattr(sys.modules.get("unittest.mock"), "NonCallableMock", None)
    if isinstance(mock, type) and issubclass(kind, mock):
        return True
    numpy = sys.modules.get("numpy")
    if numpy is None or not types:
        return False
    pairs = ((int, "integer"), (float, "floating"), (complex, "complexfloating"), (bool, "bool_"))
    numbers = (getattr(numpy, name, None) for builtin, name in pairs if builtin in types)
    return any(isinstance(number, type) and issubclass(kind, number) for number in numbers)


class BuiltinTypes:
    """A contract of builtin types, "int | None", asked in the way in which a `Hint` is asked."""

    __slots__ = ("text", "types")

    basis = "its annotation says"

    def __init__(self, text: str) -> None:
        self.text = text
        self.types = accepted_types(text)

    def admits(self, value: Any) -> bool:
        """Whether a value is of one of the types; one that raises when it is asked isn't."""
        try:
            return isinstance(value, self.types)
        except Exception:  # what `__class__` of a proxy raises
            return False

    def excuses(self, value: Any) -> bool:
        """Whether a value of another type is no reason to complain."""
        return is_excused(value, self.types)

    def repaired(self, value: Any) -> Any:
        """`value` in one of the types if that loses nothing, else `value` itself."""
        return repaired(value, self.types)

    def fault(self, value: Any) -> str:
        """Nothing is wrong with a value but its type."""
        return ""


def contract_named(contract: Any) -> Any:
    """What answers for a contract: itself if it is a `Hint`."""
    return BuiltinTypes(contract) if type(contract) is str else contract


class Perceive:
    """The cold side of the argument checks of one function.

    `contracts` maps parameter names to contracts: builtin types ("int | None"), or a `Hint`. In mode "repair" what
    can't be repaired goes on to the original, and is named in the notes of whatever that raises; in "strict" it raises
    `PerceiveError`.
    """

    __slots__ = ("contracts", "enhanced", "mode", "original", "positions")

    def __init__(self, original: Callable[..., Any], mode: str = "repair", /, **contracts: Any) -> None:
        self.original = original
        self.enhanced: Callable[..., Any] = original
        self.mode = mode
        self.contracts = contracts
        code = original.__code__
        self.positions = code.co_varnames[: code.co_argcount]

    def value(self, name: str, value: Any) -> Any:
        """`value` itself or repaired; raises `PerceiveError` in strict mode."""
        contract = contract_named(self.contracts[name])
        if contract.admits(value):
            return value
        new = contract.repaired(value)
        if new is value and self.mode == "strict" and not contract.excuses(value):
            raise PerceiveError(self.complaint(name, value))
        if new is not value:
            classes = {"given": type(value).__name__, "made": type(new).__name__}
            notice("function.repair", name_of(self.original), parameter=name, **classes)
        return new

    def complaint(self, name: str, value: Any) -> str:
        """What is wrong with an argument, in a line; nothing of the value is shown but its class."""
        contract = contract_named(self.contracts[name])
        fault = contract.fault(value)
        return (
            f"{self.original.__qualname__}() argument {name!r} is {type(value).__name__}, "
            f"{contract.basis} {contract.text}{': ' * bool(fault)}{fault}"
        )

    def arguments(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any], Callable[..., Any], list[str]]:
        """The arguments, repaired where possible, the function to call with them, and complaints about the others.

        That is the original unless all of them are now as the inline tests want them: those would come here again.
        """
        given = [*zip(self.positions, args, strict=False)]
        fixed = [self.value(name, value) if name in self.contracts else value for name, value in given]
        rest = args[len(fixed) :]
        keywords = {n: self.value(n, v) if self.is_checked_keyword(n) else v for n, v in kwargs.items()}
        named = [*zip(self.positions, fixed, strict=False), *keywords.items()]
        wrong = [(n, v) for n, v in named if self.is_wrong(n, v)]
        changed = any(new is not old for (_, old), new in zip(given, fixed, strict=True))
        changed = changed or any(keywords[n] is not v for n, v in kwargs.items())
        function = self.enhanced if changed and not wrong else self.original
        return (*fixed, *rest), keywords, function, self.complaints(wrong)

    def complaints(self, wrong: Iterable[tuple[str, Any]]) -> list[str]:
        """A line for each argument that isn't excused."""
        return [self.complaint(n, v) for n, v in wrong if not contract_named(self.contracts[n]).excuses(v)]

    def is_checked_keyword(self, name: str) -> bool:
        """Whether a keyword argument is a checked parameter and not one of `**kwargs` that has its name."""
        code = self.original.__code__
        keyword_only = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
        return name in self.contracts and (name in keyword_only or name in self.positions)

    def is_wrong(self, name: str, value: Any) -> bool:
        """Whether a checked argument doesn't satisfy its contract."""
        return self.is_checked_keyword(name) and not contract_named(self.contracts[name]).admits(value)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Call again with repaired arguments; what can't be repaired goes to the original."""
        args, kwargs, function, wrong = self.arguments(args, kwargs)
        try:
            return function(*args, **kwargs)
        except Exception as error:
            add_note(error, *wrong)
            raise

    async def awaited(self, /, *args: Any, **kwargs: Any) -> Any:
        """`__call__` for a coroutine function."""
        args, kwargs, function, wrong = self.arguments(args, kwargs)
        try:
            return await function(*args, **kwargs)
        except Exception as error:
            add_note(error, *wrong)
            raise

    def iterated(self, /, *args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        """`__call__` for a generator function."""
        args, kwargs, function, wrong = self.arguments(args, kwargs)
        try:
            return (yield from function(*args, **kwargs))
        except Exception as error:
            add_note(error, *wrong)
            raise

    def explain(self, error: BaseException, /, **values: Any) -> None:
        """Name in the notes of `error` the arguments that don't satisfy their annotations."""
        add_note(error, *self.complaints((name, value) for name, value in values.items() if self.is_wrong(name, value)))


class Enforce:
    """The cold side of the result check of one function; a result that satisfies the contract is never touched."""

    __slots__ = ("contract", "mode", "original", "warned")

    def __init__(self, original: Callable[..., Any], contract: Any, mode: str = "repair", /) -> None:
        self.original = original
        self.contract = contract
        self.mode = mode
        self.warned = False

    def __call__(self, value: Any) -> Any:
        """`value` itself; warns once, or raises `EnforceError` in strict mode, when the contract is broken."""
        contract = contract_named(self.contract)
        if value is NotImplemented or contract.admits(value) or contract.excuses(value):
            return value
        if self.warned and self.mode != "strict":
            return value
        fault = contract.fault(value)
        message = (
            f"{self.original.__qualname__}() returned {type(value).__name__}, "
            f"{contract.basis} {contract.text}{': ' * bool(fault)}{fault}"
        )
        if self.mode == "strict":
            raise EnforceError(message)
        self.warned = True
        import warnings

        warnings.warn(message, PoetContractWarning, stacklevel=2)
        return value


def add_note(error: BaseException, *notes: str) -> None:
    """Add notes to an exception if it takes them (some classes have slots and no dict)."""
    for note in notes:
        try:
            error.add_note(f"poet: {note}")
        except Exception:  # a note must never replace the user's own error
            return
