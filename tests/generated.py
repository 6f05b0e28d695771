"""Generated code, read by what it means: what it makes, what it calls, where it lies.

Tests ask here and quote no generated text, so that how it is written can change in one place. That an argument is
given by position or by name reads the same, and so does one that is left out for its default.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import poetc.runtime
from poetc.config import load_options
from poetc.ir import ENHANCED, SourceFile
from poetc.link.runtime_files import definitions, runtime_texts
from poetc.link.tables import standing_table
from poetc.linked_file import Row, read_linked
from poetc.scan.read import read_module
from poetc.store.layout import version_folder
from poetc.store.versions import StoredVersion, read_current

RUNTIME = "rt"
"""what generated code calls the runtime"""
ORIGINAL = "original"
"""the parameter of `bind`: the function as it was written"""
FORMS = {"relocate": "direct", "copy_metadata": "guarded"}
"""by what `bind` returns"""
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Expression(str):
    """An argument that is no literal, as it is written."""

    __slots__ = ()


@dataclass(frozen=True)
class Made:
    """An object of the runtime that generated code makes."""

    name: str
    thing: str
    call: ast.Call
    given: Mapping[str, ast.expr]
    """the arguments that are written out, by the parameter's name, in the order of the signature"""
    more: tuple[ast.expr, ...] = ()
    """what `*parameter` takes"""
    rest: Mapping[str, ast.expr] = field(default_factory=dict)
    """what `**parameter` takes"""

    def __getitem__(self, parameter: str) -> Any:
        """An argument's value; the parameter's default if it is left out."""
        if parameter in self.given or parameter in self.rest:
            return value_of({**self.rest, **self.given}[parameter])
        return signature_of(self.thing).parameters[parameter].default

    @property
    def values(self) -> dict[str, Any]:
        """The arguments that are written out but for the original, by name."""
        return {name: value_of(node) for name, node in {**self.rest, **self.given}.items() if name != ORIGINAL}


@dataclass(frozen=True)
class Called:
    """A call of the user's that generated code repeats, or passes a time limit to."""

    function: str
    """as the source has it, "requests.get" """
    way: str
    """"" for a plain call; the method in use else, "awaited" """
    by: str
    """the name of the object that calls it"""
    limit: tuple[Any, ...] = ()
    """the name of the parameter that takes what is left of the budget, and its units for a second"""
    has_budget: bool = False
    """whether it is the function's own budget that is passed on"""


class Generated:
    """One function's generated code."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.tree = ast.parse(code)

    @cached_property
    def bind(self) -> ast.FunctionDef:
        """The function that is given the original."""
        found = [n for n in ast.walk(self.tree) if isinstance(n, ast.FunctionDef) and takes_original(n)]
        assert found, f"nothing takes the original in\n{self.code}"
        return found[0]

    @cached_property
    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        """The functions that `bind` defines: the body first if it was moved, the one that callers get last."""
        return [node for node in self.bind.body if isinstance(node, FUNCTIONS)]

    @property
    def body(self) -> ast.FunctionDef | ast.AsyncFunctionDef:
        """The function that holds the user's lines."""
        assert len(self.functions) == 1 + (self.form == "guarded"), f"the body isn't here\n{self.code}"
        return self.functions[0]

    @property
    def public(self) -> ast.FunctionDef | ast.AsyncFunctionDef:
        """The function that callers get: around the body, or the body itself."""
        return self.functions[-1]

    @property
    def form(self) -> str:
        """original (nothing is put in its place), direct (the body is the function) or guarded (a function runs it)."""
        value = self.result.value
        return FORMS[runtime_name(value.func)] if isinstance(value, ast.Call) else "original"

    @property
    def result(self) -> ast.Return:
        """The statement that ends `bind`."""
        last = self.bind.body[-1]
        assert isinstance(last, ast.Return), ast.unparse(last)
        return last

    @cached_property
    def objects(self) -> tuple[Made, ...]:
        """Every object of the runtime that is made, in order; one that is an argument of another is `name` ""."""
        bound = {id(n.value): ast.unparse(n.targets[0]) for n in self.bind.body if isinstance(n, ast.Assign)}
        calls = (n for n in statements_of(self.bind) if isinstance(n, ast.Call) and runtime_name(n.func))
        return tuple(
            made_by(bound.get(id(call), ""), call) for call in sorted(calls, key=lambda n: (n.lineno, n.col_offset))
        )

    def made(self, thing: str) -> list[Made]:
        """The objects of a class of the runtime, or of one below it."""
        return [each for each in self.objects if thing in kinds(each.thing)]

    def only(self, thing: str) -> Made:
        """The one object of a class of the runtime."""
        (found,) = self.made(thing)
        return found

    @property
    def used(self) -> set[str]:
        """The names of the runtime that are used."""
        return {name for node in ast.walk(self.bind) if (name := runtime_name(node))}

    @cached_property
    def repeated(self) -> list[Called]:
        """The calls that are repeated where they stand."""
        retries = {each.name for each in self.made("Retry")}
        return [called for called in self.called() if called.by in retries]

    @cached_property
    def limited(self) -> list[Called]:
        """The calls that get what is left of the budget as a time limit, be they repeated or not."""
        return [called for called in self.called() if called.limit]

    def called(self) -> Iterator[Called]:
        """`object(FUNCTION, ...)(ARGUMENTS)` and `object.way(FUNCTION, ...)(ARGUMENTS)` in the body, in order."""
        makers = {each.name for each in self.objects}
        calls = [n.func for n in ast.walk(self.body) if isinstance(n, ast.Call) and isinstance(n.func, ast.Call)]
        for call in sorted(calls, key=lambda n: (n.lineno, n.col_offset)):
            by, _, way = ast.unparse(call.func).partition(".")
            if (by in makers or is_deadline(by)) and call.args:
                rest = [value_of(node) for node in (*call.args[1:], *(k.value for k in call.keywords))]
                limit = [value for value in rest if not isinstance(value, Expression) and value is not None]
                yield Called(ast.unparse(call.args[0]), way, by, tuple(limit), any(map(is_deadline, (*rest, by))))

    def asked(self, name: str) -> list[str]:
        """What an object of `bind` is asked about, by methods and calls of it: the first argument of each."""
        calls = [n for n in ast.walk(self.bind) if isinstance(n, ast.Call) and n.args]
        return [ast.unparse(n.args[0]) for n in calls if ast.unparse(n.func).partition(".")[0] == name]

    @property
    def checked(self) -> dict[str, Any]:
        """The parameters that are looked at, each with its contract, or the annotation that a hint reads."""
        hints = {each.name: each for each in self.made("Hint")}
        given = {n: value_of(node) for each in self.made("Perceive") for n, node in each.rest.items()}
        return {name: hints[value]["text"] if value in hints else value for name, value in given.items()}


def is_deadline(value: Any) -> bool:
    """Whether an argument is the function's own budget; names get underscores where the user has them."""
    return isinstance(value, str) and value.rstrip("_") == "deadline"


def takes_original(node: ast.FunctionDef) -> bool:
    """Whether a function is one that is given the original."""
    return [each.arg.rstrip("_") for each in node.args.args] == [ORIGINAL]


def statements_of(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """The nodes of a function without those of the functions in it."""
    pending: list[ast.AST] = list(function.body)
    while pending:
        node = pending.pop()
        yield node
        pending += [each for each in ast.iter_child_nodes(node) if not isinstance(each, FUNCTIONS)]


def runtime_name(node: ast.AST) -> str:
    """`X` of `rt.X`, else ""."""
    of_runtime = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == RUNTIME
    return node.attr if of_runtime else ""  # type: ignore[attr-defined]


def made_by(name: str, call: ast.Call) -> Made:
    """What a call of the runtime makes, its arguments by the names of its parameters."""
    thing = runtime_name(call.func)
    parameters = list(signature_of(thing).parameters.values())
    places = [each.name for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    given = dict(zip(places, call.args, strict=False))
    named = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    by_name = [each.name for each in parameters if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
    given |= {name: named.pop(name) for name in by_name if name in named}
    return Made(name, thing, call, given, tuple(call.args[len(places) :]), named)


def value_of(node: ast.expr) -> Any:
    """A literal's value, any other expression as it is written."""
    try:
        return ast.literal_eval(node)
    except ValueError:
        return Expression(ast.unparse(node))


@cache
def signature_of(thing: str) -> inspect.Signature:
    """The parameters of a class or function of poetc's runtime."""
    return inspect.signature(runtime_names()[thing])


def kinds(thing: str) -> set[str]:
    """The names of a class and of those that it is made from; of a function, its own."""
    return {thing, *(each.__name__ for each in getattr(runtime_names()[thing], "__mro__", ()))}


@cache
def runtime_names() -> dict[str, Any]:
    """Everything that modules of poetc's runtime define."""
    found: dict[str, Any] = {}
    for module in pkgutil.walk_packages(poetc.runtime.__path__, "poetc.runtime."):
        members = vars(importlib.import_module(module.name)).items()
        found |= {name: value for name, value in members if getattr(value, "__module__", "") == module.name}
    return found


def current(root: Path, name: str) -> StoredVersion:
    """The stored version of a function that is in use."""
    found = read_current(root, name)
    assert found is not None, f"nothing is stored of {name}"
    return replace(found, linked=read_linked(table(root, found.metadata["source_file"])))


def metadata(root: Path, name: str) -> Mapping[str, Any]:
    """The metadata of a function's version in use."""
    return current(root, name).metadata


def kept(root: Path, name: str, version: int | None = None) -> Path:
    """The file that keeps a version's code, the one in use if no other is asked for."""
    stored = current(root, name)
    path = (stored.folder if version is None else version_folder(stored.folder.parent, version)) / ENHANCED
    return path if path.exists() else linked(root, name)


def generated(root: Path, name: str) -> Generated:
    """The generated code of a function's version in use."""
    return Generated(current(root, name).read_code())


def source_of(root: Path, path: str) -> SourceFile:
    """A file of the project, as a build reads it."""
    return read_module(root / path, load_options(root, {}))


def table(root: Path, path: str) -> Path:
    """The file with the freshness rows of a source file's functions."""
    return standing_table(source_of(root, path))


def rows(root: Path, path: str) -> Mapping[str, Row]:
    """Qualified name → freshness row of the functions of a source file."""
    return read_linked(table(root, path)).rows


def linked_functions(root: Path, path: str) -> set[str]:
    """The functions of a source file, by qualified name in it, that have linked code."""
    return set(read_linked(table(root, path)).hashes)


def linked(root: Path, name: str) -> Path:
    """The file that holds the linked code of a function that is built: what an import of its module runs."""
    return table(root, metadata(root, name)["source_file"])


def linked_code(root: Path, name: str) -> str:
    """The linked code of a function, as a module of its own."""
    found = read_linked(linked(root, name))
    hashes = {key.replace(".<locals>", ""): value for key, value in found.hashes.items()}
    return found.codes[hashes[max((key for key in hashes if name.endswith(f".{key}")), key=len)]]


def linked_modules(root: Path, package: str = "app") -> set[str]:
    """The modules of a package that are linked."""
    return {path.stem for path in (root / package / "_poet").glob("*.py")} - {"__init__"}


def runtime(root: Path, path: str) -> list[Path]:
    """The files of the runtime that the link of a source file uses."""
    place = source_of(root, path).link_root / "_runtime"
    return sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]


def stray(file: Path) -> Path | None:
    """Where a linked file that no source has would lie beside a linked one; None for a file that is none."""
    return file.with_name("stray.py") if file.parent.name == "_poet" and file.name != "__init__.py" else None


@contextmanager
def whole_runtime(folder: Path) -> Iterator[Any]:
    """The copied runtime, all of it, under the name by which generated code of a lone module imports it."""
    place = folder / "_poet" / "_runtime"
    place.mkdir(parents=True)
    (folder / "_poet" / "__init__.py").touch()
    for name, text in runtime_texts(definitions()).items():
        (place / name).write_text(text, encoding="utf-8")
    before = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "_poet"}
    for name in before:
        del sys.modules[name]
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module("_poet._runtime")
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == "_poet"]:
            del sys.modules[name]
        sys.modules.update(before)


def rewrites(root: Path, name: str, kind: str) -> list[tuple[str, str]]:
    """(before, after) of a function's rewrites of one kind, as its metadata tell them."""
    return [(each["before"], each["after"]) for each in metadata(root, name)["rewrites"] if each["kind"] == kind]
