"""An annotation → the class it names: `httpx.Client`, `Optional[...]`, `X | None`, `Annotated[...]`, quoted or not."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Final

from poetc.effects.values import NOTHING, UNKNOWN, Value, instance, merge_values
from poetc.source.annotations import ALIASES, TYPING, brackets, parsed_text

_DEEPEST: Final = 10
_ABSTRACT: Final = {
    **{name: f"builtins.{builtin}" for name, builtin in ALIASES.items()},
    "DefaultDict": "collections.defaultdict",
    "OrderedDict": "collections.OrderedDict",
    "Counter": "collections.Counter",
    "Deque": "collections.deque",
    "Pattern": "re.Pattern",
    "Match": "re.Match",
    "TextIO": "io.TextIOWrapper",
    "BinaryIO": "io.BufferedReader",
    "IO": "io.TextIOWrapper",
    "ContextManager": "contextlib.AbstractContextManager",
    "AsyncContextManager": "contextlib.AbstractAsyncContextManager",
}
_ONE_ITEM: Final = frozenset(
    {
        "builtins.list",
        "builtins.set",
        "builtins.frozenset",
        "collections.deque",
        "collections.abc.Sequence",
        "collections.abc.Iterable",
        "collections.abc.Iterator",
        "collections.abc.Collection",
        "collections.abc.Set",
        "collections.abc.AsyncIterable",
        "collections.abc.AsyncIterator",
        "collections.abc.Generator",
        "collections.abc.AsyncGenerator",
        "contextlib.AbstractContextManager",
        "contextlib.AbstractAsyncContextManager",
    }
)
_MAPPINGS: Final = frozenset(
    {
        "builtins.dict",
        "collections.OrderedDict",
        "collections.abc.Mapping",
        "collections.abc.MutableMapping",
        "collections.defaultdict",
    }
)

Lookup = Callable[[ast.expr], str | None]
"""a name or attribute → its dotted name, or None"""
Meant = Callable[[str], Value]
"""the dotted name of a class → an object of it"""


def annotated_class(annotation: ast.expr | None, dotted: Lookup, meant: Meant = instance, depth: int = 0) -> Value:
    """An object of the class that the annotation names, or the class itself for `type[...]`; UNKNOWN for what names
    none, or more than one."""
    if annotation is None or depth > _DEEPEST:
        return UNKNOWN
    if isinstance(annotation, ast.Constant):
        return annotated_class(parsed_text(annotation), dotted, meant, depth + 1)
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return _either([annotation.left, annotation.right], dotted, meant, depth)
    if isinstance(annotation, ast.Subscript):
        return _subscripted(annotation, dotted, meant, depth)
    name = _known_as(dotted(annotation))
    return meant(name) if name else UNKNOWN


def _subscripted(node: ast.Subscript, dotted: Lookup, meant: Meant, depth: int) -> Value:
    inside = brackets(node)
    name = dotted(node.value) or ""
    module, _, last = name.rpartition(".")
    if module in TYPING:
        if last in ("Optional", "Union"):
            return _either(inside, dotted, meant, depth)
        if last in ("Annotated", "Final", "ClassVar", "Required", "NotRequired", "ReadOnly"):
            return annotated_class(inside[0], dotted, meant, depth + 1) if inside else UNKNOWN
        if last in ("Literal", "Callable"):
            return UNKNOWN
    cls = _known_as(name)
    if cls in ("builtins.type", "collections.abc.Type"):
        of = annotated_class(inside[0], dotted, meant, depth + 1) if len(inside) == 1 else UNKNOWN
        return Value("ref", of.name) if of.kind == "obj" and not of.item else UNKNOWN
    if not cls:
        return UNKNOWN
    if inside and (cls in _ONE_ITEM or (cls == "builtins.tuple" and _is_endless(inside))):
        item = annotated_class(inside[0], dotted, meant, depth + 1)
        return instance(cls, item.name if item.kind == "obj" else None)
    if len(inside) == 2 and cls in _MAPPINGS:
        key, held = (annotated_class(part, dotted, meant, depth + 1) for part in inside)
        return instance(cls, key.name, held.name) if key.kind == held.kind == "obj" else instance(cls)
    return instance(cls)


def _is_endless(inside: list[ast.expr]) -> bool:
    """`X, ...`"""
    return len(inside) == 2 and isinstance(inside[1], ast.Constant) and inside[1].value is ...


def _either(parts: list[ast.expr], dotted: Lookup, meant: Meant, depth: int) -> Value:
    """`X | None` is an X; of a few classes nobody knows which."""
    found = [
        annotated_class(part, dotted, meant, depth + 1)
        for part in parts
        if not (isinstance(part, ast.Constant) and part.value is None)
    ]
    known = NOTHING
    for value in found:
        known = merge_values(known, value)
    return known if found else UNKNOWN


def _known_as(name: str | None) -> str | None:
    """`typing.List` is `list`, `typing.Mapping` is `collections.abc.Mapping`."""
    if not name:
        return None
    module, _, last = name.rpartition(".")
    if name == "builtins.object" or (module in TYPING and last in ("Any", "ClassVar", "Final", "Self")):
        return None
    if module in TYPING:
        return _ABSTRACT.get(last, f"collections.abc.{last}")
    return name
