"""The arguments that stand in the function's own `@poet(...)`."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from poetc.ir.policy import Policy
from poetc.source.annotations import Scope
from poetc.source.function import FunctionSource
from poetc.source.imports import read_imports
from poetc.source.nodes import called
from poetc.wire import policy_of

OPEN = ("domain", "optimize_for", "retries", "timeout")
"""settings of which nobody has said anything where they are None"""

ASKED = (*OPEN, "perceive", "enforce", "depth", "own_thread")


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


def resolved_policy(config: Policy, written: Mapping[str, Any]) -> Policy:
    """The request's policy, which the client has resolved, completed by what only the decorator says.

    Raises `pydantic.ValidationError` where the decorator says something impossible.
    """
    said = {name: value for f in fields(Policy) if (value := getattr(config, name := f.name)) != f.default}
    asked = {name: written[name] for name in ASKED if written.get(name) is not None}
    if written.get("enable_training") and "optimize_for" not in asked:
        asked["optimize_for"] = "performance"
    # a mode that isn't the usual one was resolved from more than this decorator
    return policy_of(said | {name: value for name, value in asked.items() if name not in said or name in OPEN})
