"""An annotation → the class it names: `httpx.Client`, `Optional[...]`, `X | None`, `Annotated[...]`, quoted or not."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from poetc.effects.values import UNKNOWN, Value, instance

_DEEPEST: Final = 10
_ABSTRACT: Final = {
    "List": "builtins.list",
    "Dict": "builtins.dict",
    "Set": "builtins.set",
    "FrozenSet": "builtins.frozenset",
    "Tuple": "builtins.tuple",
    "Text": "builtins.str",
    "LiteralString": "builtins.str",
    "DefaultDict": "collections.defaultdict",
    "OrderedDict": "collections.OrderedDict",
    "Counter": "collections.Counter",
    "Deque": "collections.deque",
    "Pattern": "re.Pattern",
    "Match": "re.Match",
    "TextIO": "io.TextIOWrapper",
    "BinaryIO": "io.BufferedReader",
    "IO": "io.TextIOWrapper",
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


def annotated_class(annotation: ast.expr | None, dotted: Lookup, depth: int = 0) -> Value:
    """An object of the class that the annotation names; UNKNOWN for what names none, or more than one."""
    if annotation is None or depth > _DEEPEST:
        return UNKNOWN
    if isinstance(annotation, ast.Constant):
        return annotated_class(_quoted(annotation.value), dotted, depth + 1)
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return _either([annotation.left, annotation.right], dotted, depth)
    if isinstance(annotation, ast.Subscript):
        return _subscripted(annotation, dotted, depth)
    name = _known_as(dotted(annotation))
    return instance(name) if name else UNKNOWN


def _subscripted(node: ast.Subscript, dotted: Lookup, depth: int) -> Value:
    inside = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    name = dotted(node.value) or ""
    module, _, last = name.rpartition(".")
    if module in ("typing", "typing_extensions"):
        if last in ("Optional", "Union"):
            return _either(inside, dotted, depth)
        if last in ("Annotated", "Final", "ClassVar", "Required", "NotRequired", "ReadOnly"):
            return annotated_class(inside[0], dotted, depth + 1) if inside else UNKNOWN
        if last in ("Literal", "Callable", "Type"):
            return UNKNOWN
    cls = _known_as(name)
    if not cls or cls == "builtins.type":
        return UNKNOWN
    if inside and (cls in _ONE_ITEM or (cls == "builtins.tuple" and _is_endless(inside))):
        item = annotated_class(inside[0], dotted, depth + 1)
        return instance(cls, item.name if item.kind == "obj" else None)
    if len(inside) == 2 and cls in _MAPPINGS:
        key, held = (annotated_class(part, dotted, depth + 1) for part in inside)
        return instance(cls, key.name, held.name) if key.kind == held.kind == "obj" else instance(cls)
    return instance(cls)


def _is_endless(inside: list[ast.expr]) -> bool:
    """`X, ...`"""
    return len(inside) == 2 and isinstance(inside[1], ast.Constant) and inside[1].value is ...


def _either(parts: list[ast.expr], dotted: Lookup, depth: int) -> Value:
    """`X | None` is an X; of two classes nobody knows which."""
    found = [
        annotated_class(part, dotted, depth + 1)
        for part in parts
        if not (isinstance(part, ast.Constant) and part.value is None)
    ]
    return found[0] if found and all(value == found[0] for value in found) else UNKNOWN


def _known_as(name: str | None) -> str | None:
    """`typing.List` is `list`, `typing.Mapping` is `collections.abc.Mapping`."""
    if not name:
        return None
    module, _, last = name.rpartition(".")
    if module in ("typing", "typing_extensions"):
        return _ABSTRACT.get(last, f"collections.abc.{last}")
    return name


@lru_cache(maxsize=512)
def _quoted(text: object) -> ast.expr | None:
    """The expression in a quoted annotation."""
    if not isinstance(text, str) or len(text) > 1000:
        return None
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
