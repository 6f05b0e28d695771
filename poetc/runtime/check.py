"""Perceive and Enforce of level 1: annotations, checked in O(1).

A contract is written as generated code shows it, "int | None": names of builtin types joined by " | ". The exact-type
test stands in the generated function; what is here runs only when that test fails.
"""

from __future__ import annotations

from poetc.runtime.errors import EnforceError, PerceiveError, PoetContractWarning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
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
    if kind is str:
        if int in types and value.isascii() and value.lstrip("-").isdigit() and str(int(value)) == value:
            return int(value)
        if float in types and value.isascii() and repaired_float_text(value):
            return float(value)
    elif kind is list and tuple in types:
        return tuple(value)
    elif kind is tuple and list in types:
        return list(value)
    return value


def repaired_float_text(text: str) -> bool:
    """Whether `text` is just what `repr` gives for the float it names: "0.25" is, "1e3" isn't."""
    try:
        return repr(float(text)) == text
    except ValueError:
        return False


class Perceive:
    """The cold side of the argument checks of one function.

    `contracts` maps parameter names to contracts. In mode "repair" what can't be repaired goes on to the original, and
    is named in the notes of whatever that raises; in "strict" it raises `PerceiveError`.
    """

    __slots__ = ("contracts", "enhanced", "mode", "original", "positions")

    def __init__(self, original: Callable[..., Any], mode: str = "repair", /, **contracts: str) -> None:
        self.original = original
        self.enhanced: Callable[..., Any] = original
        self.mode = mode
        self.contracts = contracts
        code = original.__code__
        self.positions = code.co_varnames[: code.co_argcount]

    def value(self, name: str, value: Any) -> Any:
        """`value` itself or repaired; raises `PerceiveError` in strict mode."""
        types = accepted_types(self.contracts[name])
        if isinstance(value, types):
            return value
        value = repaired(value, types)
        if self.mode == "strict" and not isinstance(value, types):
            raise PerceiveError(self.complaint(name, value))
        return value

    def complaint(self, name: str, value: Any) -> str:
        """What is wrong with an argument, in a line."""
        return (
            f"{self.original.__qualname__}() argument {name!r} is {type(value).__name__}, "
            f"its annotation says {self.contracts[name]}"
        )

    def arguments(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any], list[str]]:
        """The arguments, repaired where possible, and the complaints about the others."""
        given = [*zip(self.positions, args, strict=False)]
        fixed = [self.value(name, value) if name in self.contracts else value for name, value in given]
        rest = args[len(fixed) :]
        keywords = {n: self.value(n, v) if self.is_checked_keyword(n) else v for n, v in kwargs.items()}
        named = [*zip(self.positions, fixed, strict=False), *keywords.items()]
        wrong = [self.complaint(n, v) for n, v in named if self.is_wrong(n, v)]
        return (*fixed, *rest), keywords, wrong

    def is_checked_keyword(self, name: str) -> bool:
        """Whether a keyword argument is a checked parameter and not one of `**kwargs` that has its name."""
        code = self.original.__code__
        keyword_only = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
        return name in self.contracts and (name in keyword_only or name in self.positions)

    def is_wrong(self, name: str, value: Any) -> bool:
        """Whether a checked argument doesn't satisfy its contract."""
        return self.is_checked_keyword(name) and not isinstance(value, accepted_types(self.contracts[name]))

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Call again with repaired arguments; what can't be repaired goes to the original."""
        args, kwargs, wrong = self.arguments(args, kwargs)
        if not wrong:
            return self.enhanced(*args, **kwargs)
        try:
            return self.original(*args, **kwargs)
        except Exception as error:
            add_note(error, *wrong)
            raise

    async def awaited(self, /, *args: Any, **kwargs: Any) -> Any:
        """`__call__` for a coroutine function."""
        args, kwargs, wrong = self.arguments(args, kwargs)
        if not wrong:
            return await self.enhanced(*args, **kwargs)
        try:
            return await self.original(*args, **kwargs)
        except Exception as error:
            add_note(error, *wrong)
            raise

    def iterated(self, /, *args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        """`__call__` for a generator function."""
        args, kwargs, wrong = self.arguments(args, kwargs)
        if not wrong:
            return (yield from self.enhanced(*args, **kwargs))
        try:
            return (yield from self.original(*args, **kwargs))
        except Exception as error:
            add_note(error, *wrong)
            raise

    def explain(self, error: BaseException, /, **values: Any) -> None:
        """Name in the notes of `error` the arguments that don't satisfy their annotations."""
        add_note(error, *(self.complaint(name, value) for name, value in values.items() if self.is_wrong(name, value)))


class Enforce:
    """The cold side of the result check of one function; a result that satisfies the contract is never touched."""

    __slots__ = ("contract", "mode", "original", "warned")

    def __init__(self, original: Callable[..., Any], contract: str, mode: str = "repair", /) -> None:
        self.original = original
        self.contract = contract
        self.mode = mode
        self.warned = False

    def __call__(self, value: Any) -> Any:
        """`value` itself; warns once, or raises `EnforceError` in strict mode, when the contract is broken."""
        if value is NotImplemented or isinstance(value, accepted_types(self.contract)):
            return value
        message = f"{self.original.__qualname__}() returned {type(value).__name__}, its annotation says {self.contract}"
        if self.mode == "strict":
            raise EnforceError(message)
        if not self.warned:
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
