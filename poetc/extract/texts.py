"""The texts of the project that say what a call does: constants of modules and classes, and what functions return.

A text is known as far as the source tells, with `HOLE` for what is filled in when the program runs.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from poetc.effects.conditions import literal_text
from poetc.effects.inference import Inference
from poetc.effects.scope import Scope, Walk
from poetc.effects.values import NOTHING, UNKNOWN, Value, merge_values
from poetc.extract.reached import is_telling
from poetc.source.module import Class, Function, Module
from poetc.source.nodes import frame_nodes, statements

if TYPE_CHECKING:
    from poetc.extract.things import Things


class Texts:
    """What is known of the project's texts, each found out once in a run."""

    def __init__(self, things: Things) -> None:
        self.things = things

    def value(self, name: str, asking: Module) -> Value:
        """The text of a dotted name, or of what a function gives."""
        if name.endswith("()"):
            return self.returned(name.removesuffix("()"), asking)
        found = self.things.find(name.split("."), asking)
        if found is None or isinstance(found, str):
            return UNKNOWN
        if isinstance(found.node, ast.ClassDef) and len(found.rest) == 1:
            return self.attribute(Class(found.module, found.node), found.rest[0], asking)
        return UNKNOWN if found.node or found.rest else self.variable(found.module, found.name, asking)

    def variable(self, module: Module, name: str, asking: Module) -> Value:
        """The text of a module's name that is bound once."""
        expr = None if module.star or name in module.rebound else module.assigned_once.get(name)
        if expr is None or self.things.is_replaced(name, UNKNOWN, (module, asking)):
            return UNKNOWN
        key = "text", module.source.relative, name
        return self.things.settling.ask(key, lambda: self.written(expr, module))

    def attribute(self, around: Class, name: str, asking: Module) -> Value:
        """The text that objects of a class have under a name, whichever class of its file they are of."""
        classes, resolver = self.things.classes, self.things.resolver
        (above, others), below = classes.line(around), resolver.subclasses(around)
        if classes.is_set(around, name, asking) or not classes.is_plain(around):
            return UNKNOWN
        if any(name in cls.module.receivers(cls.node) for cls in (*above, *below)):
            return UNKNOWN
        holders = [cls for cls in above if resolver.body(cls).bound[name]]
        if holders[:1] == [around] or all(len(cls.node.bases) < 2 for cls in above):
            del holders[1:]  # the nearest hides the others
        elif others:
            return UNKNOWN  # one of the project's classes may come behind a library's
        found = NOTHING
        for cls in (*holders, *(cls for cls in below if resolver.body(cls).bound[name])):
            key = "text", cls.module.source.relative, cls.node.lineno, name
            text = self.things.settling.ask(key, lambda cls=cls: self.in_body(cls, name))  # type: ignore[misc]
            found = merge_values(found, text)
        return found

    def in_body(self, around: Class, name: str) -> Value:
        body = self.things.resolver.body(around)
        for node in statements(around.node.body):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
            if (
                value is not None
                and body.bound[name] == 1
                and [getattr(target, "id", "") for target in targets] == [name]
            ):
                used = {each.id for each in ast.walk(value) if isinstance(each, ast.Name)} - {name}
                return UNKNOWN if any(body.bound[each] for each in used) else self.written(value, around.module)
        return UNKNOWN

    def written(self, expr: ast.expr, module: Module) -> Value:
        """The text that stands where a module's names hold."""
        scope = Scope(None, own=False)
        inference = Inference(Walk(scope), self.things.names_in(module), self.things.catalogue)
        return _text_value(literal_text(expr, inference, scope))

    def returned(self, name: str, asking: Module) -> Value:
        """The text that all functions return which a call may run."""
        callee, found = self.things.callee(name, asking), NOTHING
        if callee is None or callee.opaque:
            return UNKNOWN
        for function in callee.functions:
            key = "text", *function.key
            text = self.things.settling.ask(key, lambda function=function: self.given(function))  # type: ignore[misc]
            found = merge_values(found, text)
        return found

    def given(self, function: Function) -> Value:
        """The text that a function's `return` statements agree on."""
        inner = [n for n in frame_nodes(function.node) if isinstance(n, ast.Yield | ast.YieldFrom | ast.Return)]
        if isinstance(function.node, ast.AsyncFunctionDef) or not all(isinstance(n, ast.Return) for n in inner):
            return UNKNOWN
        inference, found = self.things.inference(function), NOTHING
        for node in inner:
            if isinstance(node, ast.Return):
                found = merge_values(found, _text_value(literal_text(node.value, inference, inference.walk.top)))
        return found


def _text_value(text: str | None) -> Value:
    return Value("text", text) if text is not None and is_telling(text) else UNKNOWN
