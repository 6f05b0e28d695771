"""A function → its effect, line by line.

What counts, beside calls: objects that the function didn't make itself are changed (attributes, items, `del`, `+=`,
mutating methods), globals are rebound, iterators that it was given are used up, context managers, awaitables and async
iterators of unknown kind. What doesn't: attributes that are read, operators and comparisons (they may run code of the
objects' classes, which by convention changes nothing), `raise`, `yield`, looping over a parameter that isn't annotated
as an iterator.

Conventions of the catalogue: print and logging are idempotent (a line twice does no harm); sleeping is pure; the clock,
random numbers and the environment are read. Nested functions and lambdas count as if they were called.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import Final, cast

from poetc.effects.awaiting import is_made_here
from poetc.effects.blocks import Block, blocks_of
from poetc.effects.catalogue import Catalogue
from poetc.effects.inference import Inference
from poetc.effects.names import Names
from poetc.effects.resolve import ResolvedCall, Resolver
from poetc.effects.scope import Scope
from poetc.effects.sequence import Sequence
from poetc.effects.values import LATER
from poetc.effects.walk import walk_function
from poetc.ir.effect import Effect, worst
from poetc.source.nodes import FunctionNode, dotted_name, flat, frame_nodes, short_text

_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class LineEffect:
    """One thing in a function that is not pure."""

    line: int
    """as in the node that was analysed"""
    text: str
    """the call or what is changed, short"""
    effect: Effect
    why: str


@dataclass(frozen=True, slots=True)
class Effects:
    """What a function does to the world: the worst of its lines."""

    effect: str
    """pure | reads | idempotent | writes | unknown"""
    lines: tuple[LineEffect, ...]
    """in source order; pure ones are left out"""
    calls: tuple[ResolvedCall, ...]
    """those of the function's own frame, in source order, pure ones included"""
    inner: tuple[ResolvedCall, ...] = ()
    """those in functions, lambdas and classes that it defines, and of callables that it hands to what calls them"""
    blocks: tuple[Block, ...] = ()
    """what may be done again as a whole where what a call opened fails later, in source order"""


def analyse(node: FunctionNode, names: Names, catalogue: Catalogue, inference: Inference | None = None) -> Effects:
    """The effects of one function; never raises for a tree that `ast.parse` made. `inference`: its values by the same
    names, if they are found already."""
    resolver = Resolver(node, names, inference or Inference(walk_function(node), names, catalogue))
    calls, inner = resolver.own_calls(), resolver.inner_calls()
    every = [*calls, *inner]
    lines = [line for call in every if (line := _of_call(call)) is not None]
    lines += [
        _line(call.node, call.node, Effect.WRITE, f"a second run may write something else: it depends on `{read}`")
        for call, read in Sequence(resolver, every).dependent()
    ]
    lines += _others(resolver)
    found = tuple(sorted(dict.fromkeys(lines), key=lambda line: line.line))
    blocks = blocks_of(node, resolver, calls, _others)
    effect = worst(*(line.effect for line in found)).of_function
    return Effects(effect, found, tuple(calls), (*inner, *resolver.handed_calls()), blocks)


def kept_effects(node: FunctionNode) -> Effects | None:
    """What was found of a function before, with all that is known around it."""
    found: Effects | None = node.__dict__.get("_poet_effects")
    return found


def keep_effects(node: FunctionNode, effects: Effects) -> None:
    """Keep what was found of a function with it."""
    node.__dict__["_poet_effects"] = effects


def hand_over(node: FunctionNode, copy: FunctionNode) -> None:
    """Keep what was found of a function with a copy that was parsed anew from the same lines."""
    found, mine, theirs = kept_effects(node), flat(node), flat(copy)
    if found is None or [*map(type, mine)] != [*map(type, theirs)]:
        return
    twin, shift = dict(zip(map(id, mine), theirs, strict=True)), copy.lineno - node.lineno
    lines = tuple(replace(line, line=line.line + shift) for line in found.lines)
    if any(id(call.written) not in twin for call in (*found.calls, *found.inner)):
        return  # found while a function was followed that calls this one: in another tree of its file
    calls, inner = (tuple(_twin(call, twin) for call in several) for several in (found.calls, found.inner))
    blocks = tuple(block.moved(shift) for block in found.blocks)
    keep_effects(copy, Effects(found.effect, lines, calls, inner, blocks))


def _twin(call: ResolvedCall, twin: dict[int, ast.AST]) -> ResolvedCall:
    """A call as it stands in a copy of its tree."""
    if call.where == "handed":
        func = cast(ast.expr, twin[id(call.node.func)])
        node = ast.copy_location(ast.Call(func, call.node.args, call.node.keywords), func)
    else:
        node = cast(ast.Call, twin[id(call.node)])
    return replace(call, node=node)


def set_once(node: FunctionNode) -> frozenset[int]:
    """Assignments, by identity, to a name or attribute that is set only where it is None, and told apart nowhere else:
    `if self.http is None: self.http = httpx.Client()`. What follows is the same the second time."""
    found: set[int] = set()
    for inner in frame_nodes(node):
        lacking = _lacking(inner.test) if isinstance(inner, ast.If) and not inner.orelse else ""
        statement = inner.body[0] if lacking and isinstance(inner, ast.If) and len(inner.body) == 1 else None
        if isinstance(statement, ast.Assign) and [dotted_name(target) for target in statement.targets] == [lacking]:
            mentioned = [getattr(n, "lineno", 0) for n in frame_nodes(node) if dotted_name(n) == lacking]
            alone = sum(line < statement.lineno for line in mentioned) == 1  # in the condition
            found.update([id(statement)] if alone else [])
    return frozenset(found)


def _lacking(test: ast.expr) -> str:
    """The name or attribute of which a condition says that it is None."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return dotted_name(operand)
        case ast.Compare(left=left, ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            return dotted_name(left)
    return ""


def _line(node: ast.AST, shown: ast.AST, effect: Effect, why: str) -> LineEffect:
    return LineEffect(getattr(node, "lineno", 0), short_text(shown)[:_LONGEST], effect, why)


def _of_call(call: ResolvedCall) -> LineEffect | None:
    if call.effect == "pure":
        return None
    return _line(call.node, call.node, call.effect, call.why)


def _others(resolver: Resolver) -> list[LineEffect]:
    """What it does beside its calls."""
    found = [*_stores(resolver), *_augmented(resolver), *_rebound(resolver), *_entered(resolver)]
    return [*found, *_looped(resolver), *_awaited(resolver), *_applied(resolver)]


def _stores(resolver: Resolver) -> list[LineEffect]:
    """Attributes and items that are set or deleted."""
    found, once = [], set_once(resolver.node)
    for at, target, _, scope in resolver.walk.stores:
        container = target.value if isinstance(target, ast.Attribute | ast.Subscript) else target
        if id(at) in once and resolver.ownership.depth(container, scope) == 0:
            why = f"gives `{short_text(container)}` what it lacks, once"
            found.append(_line(target, target, Effect.IDEMPOTENT, why))
        elif resolver.ownership.depth(container, scope) == 0:
            verb = "deletes from" if isinstance(at, ast.Delete) else "changes"
            why = f"{verb} `{short_text(container)}`, which isn't the function's own"
            found.append(_line(target, target, Effect.WRITE, why))
    return found


def _augmented(resolver: Resolver) -> list[LineEffect]:
    """`x += ...` where `x` may be a list or an array that somebody else has too."""
    found = []
    for node, scope in resolver.walk.augmented:
        name = node.target.id if isinstance(node.target, ast.Name) else ""
        outer = name in resolver.inference.rebound  # said there
        if not outer and resolver.ownership.depth(node.target, scope) == 0:
            why = f"may change `{name}` in place, which isn't the function's own"
            found.append(_line(node, node.target, Effect.WRITE, why))
    return found


def _rebound(resolver: Resolver) -> list[LineEffect]:
    """Names outside of the function that are set or deleted."""
    once = set_once(resolver.node) if resolver.walk.rebound else frozenset()
    return [
        LineEffect(getattr(node, "lineno", 0), name, Effect.IDEMPOTENT, f"gives the {kind} `{name}` a value, once")
        if id(node) in once
        else LineEffect(getattr(node, "lineno", 0), name, Effect.WRITE, f"rebinds the {kind} `{name}`")
        for node, name, kind, _ in resolver.walk.rebound
    ]


def _entered(resolver: Resolver) -> list[LineEffect]:
    """Context managers that nobody knows; a call says for itself what it is."""
    found = []
    for expr, is_async, scope in resolver.walk.entered:
        inner = expr.value if isinstance(expr, ast.Await) else expr
        if isinstance(inner, ast.Call):
            continue
        value = resolver.inference.value(expr, scope)
        if value.kind != "obj" or not resolver.inference.catalogue.knows_class(value.name):
            keyword = "async with" if is_async else "with"
            found.append(_line(expr, expr, Effect.UNKNOWN, f"nobody knows what `{keyword}` does here"))
    return found


def _looped(resolver: Resolver) -> list[LineEffect]:
    """Iterators that are used up, and async iterators that nobody knows."""
    found = []
    for expr, is_async, scope in resolver.walk.looped:
        if resolver.is_used_up(expr, scope) and resolver.ownership.depth(expr, scope) == 0:
            found.append(
                _line(expr, expr, Effect.WRITE, f"uses up `{short_text(expr)}`, which isn't the function's own")
            )
        elif is_async and not isinstance(expr, ast.Call) and not _is_known(resolver, expr, scope):
            found.append(_line(expr, expr, Effect.UNKNOWN, "nobody knows what `async for` does here"))
    return found


def _awaited(resolver: Resolver) -> list[LineEffect]:
    """Awaitables that aren't calls; a name that stands for calls of this function is known: they count themselves."""
    return [
        _line(expr, expr, Effect.UNKNOWN, f"nobody knows what awaiting `{short_text(expr)}` does")
        for expr, scope in resolver.walk.awaited
        if not is_made_here(resolver, expr, scope) and not _is_known(resolver, expr, scope)
    ]


def _applied(resolver: Resolver) -> list[LineEffect]:
    """Decorators of what the function defines, which run there, and classes made of what nobody knows."""
    found = []
    for expr, scope in resolver.walk.applied:
        called = expr.func if isinstance(expr, ast.Call) else expr
        effect, why = resolver.callable_effect(called, scope)
        if effect != "pure":
            found.append(_line(expr, expr, effect, why))
    for expr, scope in resolver.walk.bases:
        value = resolver.inference.value(expr, scope)
        defined = isinstance(expr, ast.Name) and any(binding.how == "class" for binding in scope.bindings_of(expr))
        if value.kind != "ref" and not defined:
            found.append(_line(expr, expr, Effect.UNKNOWN, "nobody knows what making a class of that does"))
    return found


def _is_known(resolver: Resolver, expr: ast.expr, scope: Scope) -> bool:
    value = resolver.inference.value(expr, scope)
    if value.name.startswith(LATER):
        return True  # made by a known call, which counts itself
    return value.kind == "obj" and resolver.inference.catalogue.knows_class(value.name)
