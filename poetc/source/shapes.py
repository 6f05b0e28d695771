"""What the return statements themselves say of the result: one type, or the keys of the dicts that are written out."""

from __future__ import annotations

import ast

from poetc.source.function import FunctionSource
from poetc.source.nodes import frame_nodes

MOST_SHOWN = 12
"""keys that the docstring names"""


def returned_values(source: FunctionSource) -> list[ast.expr | None]:
    """The expressions of the function's own return statements; None for a bare `return`."""
    return [node.value for node in frame_nodes(source.node) if isinstance(node, ast.Return)]


def written_keys(value: ast.expr | None) -> frozenset[str] | None:
    """The keys of a dict that is written out with constant texts; None for anything else."""
    if not isinstance(value, ast.Dict) or not value.keys:
        return None
    keys = [key for key in value.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
    return text_keys(value) if len(keys) == len(value.keys) else None


def common_keys(source: FunctionSource) -> tuple[str, ...]:
    """The keys of the dicts that the function writes out in its returns, if all of those have the same; sorted."""
    found = {keys for value in returned_values(source) if (keys := written_keys(value)) is not None}
    return tuple(sorted(found.pop())) if len(found) == 1 else ()


def returned_keys(source: FunctionSource) -> frozenset[str] | None:
    """The keys that every return has, if every return is a dict written out; else None."""
    values = returned_values(source)
    if not values or not all(isinstance(value, ast.Dict) for value in values):
        return None
    return frozenset.intersection(*(text_keys(value) for value in values if isinstance(value, ast.Dict)))


def text_keys(value: ast.Dict) -> frozenset[str]:
    """The constant texts among the keys of a dict."""
    return frozenset(k.value for k in value.keys if isinstance(k, ast.Constant) and isinstance(k.value, str))


def shape_text(source: FunctionSource) -> str:
    """What every return statement shows, for people: "every return is a dict with 'score', 'status'"; "" if nothing."""
    values = returned_values(source)
    if not values or "generator" in source.kind or not all(isinstance(value, ast.expr) for value in values):
        return ""
    if all(isinstance(value, ast.Dict) for value in values):
        keys = [written_keys(value) for value in values]
        same = frozenset.intersection(*(each or frozenset() for each in keys))
        named = ", ".join(map(repr, sorted(same)[:MOST_SHOWN])) + (", ..." if len(same) > MOST_SHOWN else "")
        return f"every return is a dict with {named}" if same else "every return is a dict"
    names = {text_type(value) for value in values}
    return f"every return is {names.pop()}" if len(names) == 1 and None not in names else ""


def text_type(value: ast.expr | None) -> str | None:
    """A builtin type that an expression's form shows, with its article."""
    if isinstance(value, ast.JoinedStr):
        return "a str"
    if isinstance(value, ast.Constant) and type(value.value) in (str, int, float, bool, bytes):
        name = type(value.value).__name__
        return f"{'an' if name == 'int' else 'a'} {name}"
    forms = {ast.List: "a list", ast.ListComp: "a list", ast.Tuple: "a tuple", ast.Set: "a set", ast.DictComp: "a dict"}
    return forms.get(type(value)) if value is not None else None
