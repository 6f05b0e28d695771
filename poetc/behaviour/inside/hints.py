"""A function → what its annotations say each parameter may be, as far as they can be evaluated."""

from __future__ import annotations

import ast
import inspect
import sys
import typing
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any


class Unresolved(Exception):
    """An annotation can't be evaluated; the message names it."""


def parameters_of(function: FunctionType, module: ModuleType) -> list[tuple[inspect.Parameter, Any]]:
    """Each parameter with its evaluated annotation, `inspect.Parameter.empty` where it has none; raises Unresolved."""
    hints = hints_of(function, module)
    signature = inspect.signature(function, follow_wrapped=False)
    return [(p, hints.get(p.name, inspect.Parameter.empty)) for p in signature.parameters.values()]


def hints_of(function: Callable[..., Any], module: ModuleType) -> dict[str, Any]:
    """Annotations by name, `Annotated` kept; names that only a type checker imports are imported, too."""
    try:
        return typing.get_type_hints(function, include_extras=True)
    except Exception:
        names = vars(module) | dict(checked_imports(module))
    try:
        return typing.get_type_hints(function, names, include_extras=True)
    except Exception as error:
        raise Unresolved(f"an annotation can't be evaluated: {type(error).__name__}: {error}") from error


def checked_imports(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """What the imports below `if TYPE_CHECKING:` would bind, where they work."""
    source = inspect.getsource(module) if getattr(module, "__file__", None) else ""
    for node in ast.parse(source).body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for statement in node.body:
                if isinstance(statement, ast.Import | ast.ImportFrom):
                    yield from bound_by(statement, module)


def bound_by(statement: ast.Import | ast.ImportFrom, module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Name -> value of one import statement; nothing if it fails."""
    names = {"__name__": module.__name__, "__package__": getattr(module, "__package__", None)}
    before = set(names) | {"__builtins__"}
    try:
        exec(compile(ast.Module([statement], []), module.__file__ or "?", "exec"), names)
    except Exception:  # an import that is for a type checker alone
        return
    yield from ((name, value) for name, value in names.items() if name not in before)


def return_hint(hint: Any) -> Any:
    """What a `Callable[..., T]` gives: T, or Any."""
    arguments = typing.get_args(hint)
    return arguments[-1] if arguments else Any


def is_loaded(dotted: str) -> Any:
    """An attribute of a module that the user's code has imported, or None: "pandas.DataFrame"."""
    module, _, name = dotted.rpartition(".")
    return getattr(sys.modules.get(module), name, None)
