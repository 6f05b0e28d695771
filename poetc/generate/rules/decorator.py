"""The arguments that stand in the function's own `@poet(...)`."""

from __future__ import annotations

import ast
from typing import Any

from poetc.source.annotations import Scope
from poetc.source.function import FunctionSource
from poetc.source.imports import read_imports
from poetc.source.nodes import called
from poetc.wire import TranspileConfig

ASKED = ("domain", "optimize_for", "retries", "timeout", "perceive", "enforce", "depth", "own_thread")


def written_arguments(source: FunctionSource) -> dict[str, Any]:
    """Argument -> value for the `@poet` decorator; the value is None where it isn't a literal."""
    found = poet_decorator(source)
    if not isinstance(found, ast.Call):
        return {}
    return {k.arg: literal(k.value) for k in found.keywords if k.arg is not None}


def poet_decorator(source: FunctionSource) -> ast.expr | None:
    """The decorator whose dotted name ends in `poet`, through the module's imports."""
    names = Scope(read_imports(source.context.imports))
    for decorator in source.node.decorator_list:
        if names.meaning(called(decorator)).rpartition(".")[2] == "poet":
            return decorator
    return None


def literal(value: ast.expr) -> Any:
    """The value of a literal, None for anything else."""
    try:
        return ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def resolved_config(config: TranspileConfig, written: dict[str, Any]) -> TranspileConfig:
    """The request's config, which the client has resolved, completed by what only the decorator says.

    Raises `pydantic.ValidationError` where the decorator says something impossible.
    """
    given = config.model_dump()
    asked = {name: written[name] for name in ASKED if written.get(name) is not None}
    if written.get("enable_training") and "optimize_for" not in asked:
        asked["optimize_for"] = "performance"
    for name in ("perceive", "enforce", "depth", "own_thread"):
        if given[name] not in ("repair", "shallow", False):
            asked.pop(name, None)
    return TranspileConfig.model_validate(
        {**asked, **{k: v for k, v in given.items() if v is not None and k not in asked}}
    )
