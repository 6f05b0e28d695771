"""The link table of one module: what `poet` is there once the module is linked."""

from __future__ import annotations

import os
import sys
from types import CodeType, FrameType, FunctionType
from weakref import ref

from poetc.runtime.errors import PoetStaleError, PoetStaleWarning
from poetc.runtime.relocate import Unfit, in_place_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Literal, TypeVar, overload

    LinkedF = TypeVar("LinkedF")
    Entry = tuple[Callable[[Any], Any] | None, int, str]
    """what makes the built function, number of its source lines, their sha256"""

HOME = __name__.rpartition(".")[0].rpartition(".")[0]
"""the link package that this runtime lies in"""


class Choice:
    """What was chosen for the function of one name, as long as it has this code: a function inside of another one is
    defined anew by each call of that."""

    __slots__ = ("bind", "code", "latest", "made")

    def __init__(self, code: CodeType, bind: Any) -> None:
        self.code = code
        self.bind = bind
        self.made: CodeType | None = None
        """the code of the functions that `bind` has made"""
        self.latest: Any = None
        """a weak reference to the last of them"""


class Link:
    """Called as the decorator `poet`; gives back the built function if it is fresh."""

    __slots__ = (
        *("alike", "choices", "complained", "entries", "filename", "getters", "lines", "module", "others", "package"),
        *("stale", "stamp", "versions"),
    )

    if TYPE_CHECKING:  # the copy that is linked has no other annotations

        def __init__(self, package: str, /, *, stale: str = "original") -> None: ...

    def __init__(self, package: str, /, *, stale: str = "original") -> None:  # type: ignore[no-redef]
        self.package = package
        self.module = linked_module(package)
        self.others: dict[str, Link] = {}
        self.entries: dict[str, Entry | None] = {}
        self.versions: dict[str, int] = {}
        self.alike: Link | None = None
        self.stale = stale
        self.filename: str | None = None
        self.stamp: tuple[int, int] | None = None
        self.lines: list[str] | None = None
        self.getters: dict[str, int] = {}
        self.choices: dict[str, Choice] = {}
        self.complained: set[str] = set()

    def built(self, name: str, bind: Any, /, *, version: int, lines: int, sha256: str) -> None:
        """`bind` makes the built function of the one of that name, as long as its source lines have that hash."""
        self.entries[name] = (bind, lines, sha256)
        self.versions[name] = version

    def left(self, name: str, /, *, lines: int, sha256: str) -> None:
        """A function that the build found and left as it is: it is stale only once its lines change."""
        self.entries[name] = (None, lines, sha256)

    def skipped(self, name: str, /) -> None:
        """A mark that isn't one function."""
        self.entries[name] = None

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
            perceive: Literal["repair", "strict", "off"] | None = None,
            enforce: Literal["repair", "strict", "off"] | None = None,
            depth: Literal["shallow", "deep"] | None = None,
            own_thread: bool | None = None,
            enable_training: bool | None = None,
        ) -> Callable[[LinkedF], LinkedF]: ...

    def __call__(self, function: Any = None, /, **asked: Any) -> Any:  # type: ignore[misc]
        """The decorator; its arguments were read at build time."""
        return self.enhanced if function is None else self.enhanced(function)

    def enhanced(self, thing: Any) -> Any:
        """The built function for a function, or for the functions inside a static method, class method or property."""
        if type(thing) is FunctionType:
            return self.table_of(thing).bind(thing)
        if type(thing) in (staticmethod, classmethod):
            return type(thing)(self.enhanced(thing.__func__))
        if type(thing) is property:
            first = next((f for f in (thing.fget, thing.fset, thing.fdel) if type(f) is FunctionType), None)
            return (self if first is None else self.table_of(first)).with_accessors(thing)
        if (self.entries.get(getattr(thing, "__qualname__", "")) or (None,))[0] is not None:
            self.complain_of_compiled(thing)
        return thing

    def table_of(self, function: Any) -> Link:
        """The link table of the module that `function` is from.

        That may be another's: `from .util import *` puts the `poet` of `util` in the place of the module's own. What a
        decorator of a library has put in a function's place is from where that function is.
        """
        while type(wrapped := function.__dict__.get("__wrapped__")) is FunctionType:
            function = wrapped
        space = function.__globals__
        name = space.get("__name__")
        if name == self.module or not self.module:
            return self
        if name == "__main__":
            name = getattr(space.get("__spec__"), "name", None) or scripts_module(function.__code__.co_filename)
        if name == self.module:
            return self
        if name not in self.others:
            self.others[name] = loaded_table(str(name)) or self.beside(str(name)) or self.at(function)
        return self.others[name]

    def at(self, function: Any) -> Link:
        """This table for its own file, whatever name that was loaded by; one without entries for another file."""
        folder, file = os.path.split(function.__code__.co_filename)
        stem = os.path.basename(folder) if file.startswith("__init__.") else os.path.splitext(file)[0]  # noqa: PTH119, PTH122
        # a file whose name is no identifier (`train-model.py`) is known by the digest that its module's name ends with
        digest = "_" + sha256_of(stem.encode("utf-8", "surrogateescape"))[:8]
        named = self.module.rpartition(".")[2]
        return self if named == stem or named.endswith(digest) else Link(self.package, stale=self.stale)

    def beside(self, name: str) -> Link | None:
        """The table of a further module of the same link package; None if there is none."""
        outer = HOME.rpartition(".")[0]
        if outer and not f"{name}.".startswith(f"{outer}."):
            return None
        try:
            found = import_module(f"{HOME}.{name[len(outer) :].lstrip('.') or '_init'}")
        except ImportError:
            return None
        table = getattr(found, "poet", None)
        return table if type(table) is Link and table.module == name else None

    def with_accessors(self, thing: property) -> property:
        """A property with each accessor that was built in place of its own; the others needn't be decorated at all."""
        own = (thing.fget, thing.fset, thing.fdel)
        given = [f for f in own if type(f) is FunctionType]
        fget, fset, fdel = map(self.accessor, own, ("", ".setter", ".deleter"))
        made = [choice.made for choice in self.choices.values()]
        if given and not any(f.__code__ is code for f in given for code in made) and (fget, fset, fdel) == own:
            names = (f.__qualname__ + role for f in given for role in ("", ".setter", ".deleter"))
            if not any(name in self.entries for name in names):
                self.complain(given[-1], "is not in")
        return property(fget, fset, fdel, thing.__doc__)

    def accessor(self, function: Any, role: str) -> Any:
        """The built function for an accessor of a property."""
        known = type(function) is FunctionType and function.__qualname__ + role in self.entries
        return self.bind(function, role) if known else function

    def bind(self, function: Any, role: str | None = None) -> Any:
        """The built function for `function`, or `function` itself if there is none or it is stale."""
        name = self.named(function) if role is None else function.__qualname__ + role
        code = function.__code__
        choice = before = self.choices.get(name)
        if choice is None or (choice.code is not code and choice.made is not code):
            choice = self.choices[name] = Choice(code, self.chosen(function, name))
        if choice.made is code:
            return function
        linked = function
        if choice.bind is not None:
            try:
                linked = choice.bind(function)
            except Unfit:
                choice.bind = None
                self.complain(function, "is defined in another way than at")
        if before is not None and before is not choice and choice.bind is None and before.latest is not None:
            linked = in_place_of(before.latest(), linked)
        choice.made, choice.latest = linked.__code__, ref(linked)
        return linked

    def chosen(self, function: Any, name: str) -> Any:
        """What makes the built function of `function`; None: there is none, or it is stale."""
        if name not in self.entries:
            if is_marked_itself(function.__code__):
                self.complain(function, "is not in")
            return None
        entry = self.entries[name]
        if entry is None:
            return None
        if not self.is_fresh(function, entry):
            built = entry[0] is not None and self.stale == "enhanced"
            self.complain(function, "changed since", "built" if built else "original")
            if not built:
                return None
        if entry[0] is None or not is_rewritten(function.__code__):
            return entry[0]
        if self.alike is None:
            self.alike = imported_by_pytest(self.package).poet
        return (self.alike.entries.get(name) or entry)[0]

    def version_of(self, function: Any) -> int:
        """The number of the version that is bound to `function`; 0 if there is none."""
        name, code = function.__qualname__, function.__code__
        for each in (name, f"{name}.setter", f"{name}.deleter"):
            choice = self.choices.get(each)
            if choice is not None and choice.code is code:
                return self.versions.get(each, 0)
        return 0

    def named(self, function: Any) -> str:
        """The entry's name for `function`; accessors of one property share a qualified name."""
        name, code = function.__qualname__, function.__code__
        if name + ".setter" not in self.entries and name + ".deleter" not in self.entries:
            return str(name)
        # a getter stands above the deleter, which takes as much as it does
        getter = self.getters.setdefault(name, code.co_firstlineno) if code.co_argcount != 2 else 0
        if self.source(function) is not None:
            for candidate in (name, name + ".setter", name + ".deleter"):
                entry = self.entries.get(candidate)
                if entry and self.is_fresh(function, entry):
                    return str(candidate)
        if code.co_argcount == 2:
            return f"{name}.setter"
        return str(name) if name in self.entries and code.co_firstlineno <= getter else f"{name}.deleter"

    def is_fresh(self, function: Any, entry: Entry) -> bool:
        """Whether the function's own lines are those it was built from.

        Without a source file they are, unless a decorator has put another function in the place of the one built.
        """
        lines = self.source(function)
        if lines is None:
            return bool(function.__code__.co_qualname == function.__qualname__)
        first = function.__code__.co_firstlineno - 1
        text = "\n".join(lines[first : first + entry[1]]) + "\n"
        return sha256_of(text.encode("utf-8", "surrogatepass")) == entry[2]

    def source(self, function: Any) -> list[str] | None:
        """The lines of the file `function` is from, read once while it stays as it is; None if there is no such file
        (zip, pyc only)."""
        filename = function.__code__.co_filename
        try:
            status = os.stat(filename)  # noqa: PTH116 - pathlib costs an import
        except (OSError, ValueError):
            return None
        stamp = (status.st_mtime_ns, status.st_size)
        if filename != self.filename or stamp != self.stamp:  # a module that is reloaded may have been edited
            self.filename, self.stamp, self.lines = filename, stamp, source_lines(filename)
        return self.lines

    def complain_of_compiled(self, thing: Any) -> None:
        """Say that what `poet build` made isn't used, since there is no Python function to put it in the place of."""
        what = f"{self.module}.{thing.__qualname__} is compiled"
        if self.stale == "error":
            raise PoetStaleError(f"{what}, so what `poet build` made of it can't run; leave its module as Python")
        if thing.__qualname__ not in self.complained:
            self.complained.add(thing.__qualname__)
            import warnings

            text = f"{what}: it runs without what `poet build` made of it; leave its module as Python"
            warnings.warn_explicit(text, PoetStaleWarning, self.module, 1, self.module, {})

    def complain(self, function: Any, how: str, runs: str = "original") -> None:
        """Warn, once per function, or raise if the project asked for that."""
        what = f"{function.__module__}.{function.__qualname__} {how} the last `poet build`"
        if self.stale == "error":
            raise PoetStaleError(f"{what}; run `poet build`")
        if function.__qualname__ in self.complained:
            return
        self.complained.add(function.__qualname__)
        import warnings

        code = function.__code__
        text = f"{what}: the {runs} function runs until `poet build` is run again"
        warnings.warn_explicit(text, PoetStaleWarning, code.co_filename, code.co_firstlineno, function.__module__, {})


def is_marked_itself(code: CodeType) -> bool:
    """Whether a function stands below the mark that is applied now: what runs defines it.

    Else a decorator between them has made it, which a build leaves alone (POET209).
    """
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        for each in frame.f_code.co_consts:
            if each is code:
                return True
            if type(each) is CodeType and each.co_name.startswith("<generic parameters") and code in each.co_consts:
                return True
        frame = frame.f_back
    return False


def linked_module(package: str) -> str:
    """The name of the module whose link table is `package`; "" for one that isn't in this link package."""
    if not package.startswith(HOME + "."):
        return ""
    outer, inner = HOME.rpartition(".")[0], package[len(HOME) + 1 :]
    first, dot, rest = inner.partition(".")
    if first == "_init":
        return outer
    inner = (first[:-1] if first in ("_runtime_", "_init_") else first) + dot + rest
    return f"{outer}.{inner}" if outer else inner


def loaded_table(name: str) -> Any:
    """The link table of that module, of whatever link package, if it is loaded."""
    for key, module in list(sys.modules.items()):
        if "_poet" in key:
            table = getattr(module, "poet", None)
            if type(table).__name__ == "Link" and getattr(table, "module", None) == name:
                return table
    return None


def scripts_module(filename: str) -> str:
    """The module that runs as a script: of the linked ones, whose tables are loaded by now, that with such a path."""
    path = "." + os.path.splitext(filename)[0].replace(os.sep, ".")  # noqa: PTH122 - pathlib costs an import
    named = (getattr(getattr(m, "poet", None), "module", None) for k, m in list(sys.modules.items()) if "_poet" in k)
    ending = (str(name) for name in named if name and path.endswith(f".{name}"))
    return max(ending, key=len, default=path.rpartition(".")[2])


def sha256_of(data: bytes) -> str:
    """The SHA-256 of some bytes, in hexadecimal.

    By the interpreter's own module, as `random` does it: `hashlib` loads OpenSSL, 4 ms and 4 MB.
    """
    try:
        module = __import__("_sha2" if sys.version_info >= (3, 12) else "_sha256")
    except ImportError:  # an interpreter that was built to have OpenSSL's only
        module = __import__("hashlib")
    return str(module.sha256(data).hexdigest())


def import_module(name: str) -> Any:
    """A module by its name; `importlib` loads more than the rest of this file."""
    __import__(name)
    return sys.modules[name]


def source_lines(filename: str) -> list[str] | None:
    """A source file's lines as the build read them, whatever its encoding and newlines."""
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
            text = data.decode("utf-8")
    except (SyntaxError, ValueError, LookupError):
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


BY_PYTEST = "@pytest_ar"
"""a name that no source can spell: pytest's rewriting of assertions puts it into code, to tell why one failed"""


def imported_by_pytest(name: str) -> Any:
    """A module, imported once more, its assertions rewritten by pytest; what is imported already stays so."""
    first, pytest = sys.modules[name], sys.modules.get("pytest")
    if pytest is None:
        return first
    parent, _, last = name.rpartition(".")
    del sys.modules[name]
    try:
        pytest.register_assert_rewrite(name)
        return import_module(name)
    finally:
        sys.modules[name] = first
        if parent in sys.modules:
            setattr(sys.modules[parent], last, first)


def is_rewritten(code: CodeType) -> bool:
    """Whether pytest has rewritten assertions in a function, or in one inside of it."""
    return BY_PYTEST in code.co_names or any(is_rewritten(each) for each in code.co_consts if type(each) is type(code))
