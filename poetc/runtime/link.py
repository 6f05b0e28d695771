"""The link table of one module: what `poet` is there once the module is linked."""

from __future__ import annotations

from importlib import import_module
from types import FunctionType

from poetc.runtime.errors import PoetStaleError, PoetStaleWarning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar, overload

    LinkedF = TypeVar("LinkedF")


class Link:
    """Called as the decorator `poet`; gives back the built function if it is fresh.

    `entries` maps a qualified name inside the module to (module of the version, number of source lines, sha256 of
    those lines), or to None for a function that the build left as it is.
    """

    __slots__ = ("bound", "entries", "filename", "lines", "package", "stale")

    def __init__(
        self, package: str, entries: Mapping[str, tuple[str, int, str] | None], /, *, stale: str = "original"
    ) -> None:
        self.package = package
        self.entries = entries
        self.stale = stale
        self.filename: str | None = None
        self.lines: list[str] | None = None
        self.bound: set[Any] = set()

    if TYPE_CHECKING:

        @overload
        def __call__(self, function: LinkedF, /) -> LinkedF: ...
        @overload
        def __call__(
            self,
            *,
            domain: str | None = None,
            optimize_for: str | None = None,
            retries: int | None = None,
            timeout: float | None = None,
            perceive: str | None = None,
            enforce: str | None = None,
            enable_training: bool | None = None,
        ) -> Callable[[LinkedF], LinkedF]: ...

    def __call__(self, function: Any = None, /, **asked: Any) -> Any:  # type: ignore[misc]
        """The decorator; its arguments were read at build time."""
        return self.enhanced if function is None else self.enhanced(function)

    def enhanced(self, thing: Any) -> Any:
        """The built function for a function, or for the functions inside a static method, class method or property."""
        if type(thing) is FunctionType:
            return self.bind(thing)
        if type(thing) in (staticmethod, classmethod):
            return type(thing)(self.enhanced(thing.__func__))
        if type(thing) is property:
            fget, fset, fdel = (f and self.enhanced(f) for f in (thing.fget, thing.fset, thing.fdel))
            return property(fget, fset, fdel, thing.__doc__)
        return thing

    def bind(self, function: Any) -> Any:
        """The built function for `function`, or `function` itself if there is none or it is stale."""
        if function in self.bound or "<locals>" in function.__qualname__:
            return function
        name, fresh = self.named(function)
        entry = self.entries.get(name, ())
        if entry is None:
            return function
        if not entry or not fresh:
            self.complain(function, "changed since" if entry else "is not in")
            if not entry or self.stale != "enhanced":
                return function
        try:
            version = import_module(f"{self.package}.{entry[0]}")
        except ModuleNotFoundError as error:
            if error.name != f"{self.package}.{entry[0]}":
                raise
            self.complain(function, "is missing from")
            return function
        linked = version.bind(function)
        self.bound.add(linked)
        return linked

    def named(self, function: Any) -> tuple[str, bool]:
        """The entry's name for `function` and whether it is fresh; accessors of one property share a qualified name."""
        name = function.__qualname__
        accessors = [n for n in (name + ".setter", name + ".deleter") if n in self.entries]
        if not accessors:
            return name, self.is_fresh(function, self.entries.get(name))
        for candidate in (name, *accessors):
            if self.source(function) is not None and self.is_fresh(function, self.entries.get(candidate)):
                return candidate, True
        takes_value = function.__code__.co_argcount == 2
        return (name + ".setter" if takes_value else name), self.source(function) is None

    def is_fresh(self, function: Any, entry: tuple[str, int, str] | None) -> bool:
        """Whether the function's own lines are those it was built from; true where there is no source file."""
        lines = self.source(function)
        if entry is None or lines is None:
            return True
        from hashlib import sha256

        first = function.__code__.co_firstlineno - 1
        text = "\n".join(lines[first : first + entry[1]]) + "\n"
        return sha256(text.encode("utf-8", "surrogatepass")).hexdigest() == entry[2]

    def source(self, function: Any) -> list[str] | None:
        """The lines of the file `function` is from, read once; None if there is no such file (zip, pyc only)."""
        filename = function.__code__.co_filename
        if filename != self.filename:
            self.filename, self.lines = filename, source_lines(filename)
        return self.lines

    def complain(self, function: Any, how: str) -> None:
        """Warn, once per function, or raise if the project asked for that."""
        what = f"{function.__module__}.{function.__qualname__} {how} the last `poet build`"
        if self.stale == "error":
            raise PoetStaleError(f"{what}; run `poet build`")
        import warnings

        code = function.__code__
        runs = "built" if self.stale == "enhanced" and how == "changed since" else "original"
        text = f"{what}: the {runs} function runs until `poet build` is run again"
        warnings.warn_explicit(text, PoetStaleWarning, code.co_filename, code.co_firstlineno, function.__module__, {})


def source_lines(filename: str) -> list[str] | None:
    """A source file's lines as the build read them: decoded, without byte-order mark, any newline."""
    try:
        with open(filename, "rb") as file:  # noqa: PTH123 - pathlib costs an import
            data = file.read()
    except (OSError, ValueError):
        return None
    try:
        if b"coding" in data[:300]:
            from io import BytesIO
            from tokenize import detect_encoding

            text = data.decode(detect_encoding(BytesIO(data).readline)[0])
        else:
            text = data.decode("utf-8-sig")
    except (SyntaxError, ValueError, LookupError):
        return None
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
