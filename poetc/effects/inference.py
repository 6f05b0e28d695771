"""Which class of object an expression gives, as far as imports, annotations, bindings and the catalogue tell.

Bindings are not followed in the order of execution: a name stands for what all its bindings agree on, anywhere in its
scope. So a name that is bound to different things, in branches or one after another, is unknown.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, Final

from poetc.effects.alternatives import narrowed, told_apart
from poetc.effects.annotations import annotated_class
from poetc.effects.catalogue import Catalogue
from poetc.effects.entry import Entry
from poetc.effects.expressions import EXPRESSIONS
from poetc.effects.items import item_of, part_of, result_of, unawaited
from poetc.effects.meant import unbound
from poetc.effects.names import BUILTINS, MUTATING, RECEIVERS, Names
from poetc.effects.passed import Passed
from poetc.effects.places import Places
from poetc.effects.scope import Binding, Key, Scope, Walk
from poetc.effects.things import CONTEXTS, SAME, SUPER, TYPE, thing_value
from poetc.effects.values import (
    LATER,
    LOCAL,
    NOTHING,
    UNKNOWN,
    Value,
    assumed,
    awaited,
    class_value,
    instance,
    merge_values,
    of_each,
)
from poetc.source.nodes import dotted_name, root_name

_DEEPEST: Final = 100
_ROUNDS: Final = 12
_MODULE: Final = Scope(None, own=False)
_USED_AS: Final = {
    "await": ("await",),
    "async context": ("await", "async context"),
    "context": ("context",),
}
_ANY: Final = ("call", "context", "async context", "iterate", "async iterate", "await")
"""form of an entry → the uses in which its `returns` is what one gets"""


class Inference:
    """The values of a function's names, settled, and of any expression in it."""

    def __init__(self, walk: Walk, names: Names, catalogue: Catalogue) -> None:
        self.walk = walk
        self.names = names
        self.catalogue = catalogue
        self.env: dict[Key, Value] = {}
        self.rebound = {name for _, name, _, _ in walk.rebound}
        self.patched = [target for _, target, _, _ in walk.stores if isinstance(target, ast.Attribute)]
        self.patched += [set_by for call, _ in walk.calls if (set_by := _set_by_name(call)) is not None]
        self.patches = {target.attr for target in self.patched}
        self.memo: dict[int, Value] | None = None
        self.meant: dict[int, ast.Call] = {}
        """id of a call → the call that it stands for, see `meant`"""
        self.kept_in = _kept_in(walk) | {root_name(target) for target in self.patched}
        self.places = Places(walk)
        self.passed = Passed(self)
        asked = any(isinstance(call.func, ast.Name) and call.func.id == "isinstance" for call, _ in walk.calls)
        self.told_apart = told_apart(walk.body) if asked and "isinstance" not in names.shadowed else {}
        self.settle()
        self.memo = {}

    def settle(self) -> None:
        """Give every name the value its bindings agree on."""
        open_ones = [binding for binding in self.walk.bindings if not self.settled_at_once(binding)]
        for _ in range(_ROUNDS):
            changed = False
            for binding in open_ones:
                key = binding.key
                before = self.env.get(key, NOTHING)
                after = merge_values(before, self.bound_value(binding))
                if after != before:
                    self.env[key] = after
                    changed = True
            if not changed:
                return
        for binding in open_ones:
            self.env[binding.key] = UNKNOWN

    def settled_at_once(self, binding: Binding) -> bool:
        """Take in a binding that depends on no other one; whether it was such."""
        if binding.how in ("value", "item", "part", "enter", "aenter") or self.is_passed(binding):
            return False
        if binding.how == "declared" and binding.given is not None:
            return False
        self.env[binding.key] = merge_values(self.env.get(binding.key, NOTHING), self.bound_value(binding))
        return True

    def bound_value(self, binding: Binding) -> Value:
        """What one binding gives its name."""
        expr, scope = binding.expr, binding.scope
        match binding.how:
            case "value" if expr is not None:
                return self.filled(binding.name, self.value(expr, scope))
            case "item" if expr is not None:
                return item_of(self, self.value(expr, scope))
            case "part" if expr is not None:
                return part_of(self, expr, binding.index, scope)
            case "enter" | "aenter" if expr is not None:
                return self.entered(expr, scope, is_async=binding.how == "aenter")
            case "parameter" if expr is None:
                return self.parameter(binding)
            case "parameter":
                return self.annotated(expr, scope.parent or _MODULE)
            case "declared":
                value = self.annotated(expr, scope)
                unclear = value.kind == "unknown" and binding.given is not None
                return self.value(binding.given, scope) if unclear and binding.given is not None else value
            case "rest":
                return instance("builtins.tuple")
            case "keywords":
                return instance("builtins.dict")
            case "star":
                return instance("builtins.list")
            case "imported":
                return self.named(binding.dotted)
            case "local":
                return LOCAL
        return UNKNOWN

    def is_passed(self, binding: Binding) -> bool:
        """Whether a name is a parameter, without annotation, of a function within the function."""
        return binding.how == "parameter" and binding.expr is None and binding.scope in self.walk.inside

    def parameter(self, binding: Binding) -> Value:
        """A parameter without an annotation."""
        if self.is_passed(binding):
            return self.passed.to(binding)
        if binding.name in RECEIVERS and binding.scope is self.walk.top:
            return thing_value(self.names.things.get(binding.name))
        return UNKNOWN if binding.given is None else self.assumed(binding.given, binding.scope.parent or _MODULE)

    def assumed(self, default: ast.expr, scope: Scope) -> Value:
        """What a parameter without an annotation is taken for: an object or a class like its default.

        A function that is a default is there to be replaced, and what others are told by is what the caller gives.
        """
        value = self.value(default, scope)
        if value.kind == "none":
            return Value("absent", assumed=True)
        is_class = value.kind == "ref" and self.catalogue.knows_class(value.name)
        return value._replace(assumed=True) if is_class else assumed(value)

    def annotated(self, annotation: ast.expr | None, scope: Scope) -> Value:
        """An object of the class that an annotation names."""
        return annotated_class(annotation, lambda node: self.reference(node, scope), self.object_of)

    def object_of(self, name: str) -> Value:
        """An object of the class of that dotted name, which may be the project's name for another one."""
        said = None if self.catalogue.knows_class(name) else self.names.things.get(f"{TYPE}{name}")
        return instance(name) if said is None else class_value(said)

    def reference(self, node: ast.expr, scope: Scope) -> str | None:
        """The dotted name that a name or attribute is itself, or None."""
        value = self.value(node, scope) if isinstance(node, ast.Name | ast.Attribute) else UNKNOWN
        if value.kind == "ref":
            return value.name
        name = self.dotted(node, scope)
        return name if name and self.names.things.get(f"{TYPE}{name}") is not None else None

    def dotted(self, node: ast.expr, scope: Scope) -> str:
        """The dotted name of a thing of a module, as its imports spell it; "" for anything else."""
        root, dot, rest = dotted_name(node).partition(".")
        if not root or scope.home_of(root) is not None or root in self.rebound or root in self.names.hidden:
            return ""
        return self.names.imports.get(root, f"{self.names.module}.{root}") + dot + rest

    def value(self, node: ast.expr, scope: Scope, depth: int = 0) -> Value:
        """What an expression gives."""
        infer = _INFER.get(type(node))
        if infer is None or depth > _DEEPEST:
            return UNKNOWN
        if self.memo is None or isinstance(node, ast.Name):
            return infer(self, node, scope, depth + 1)
        found = self.memo.get(id(node))
        if found is None:
            found = self.memo[id(node)] = infer(self, node, scope, depth + 1)
        return found

    # ------------------------------------------------------------------ names and attributes

    def name(self, node: ast.Name, scope: Scope, depth: int) -> Value:
        keys = scope.keys_of(node)
        if not keys:
            return self.outer(node.id)
        found = NOTHING
        for key in keys:
            found = merge_values(found, self.env.get(key, NOTHING))
        cls = self.told_apart.get(id(node)) if self.told_apart else None
        return found if cls is None else narrowed(self, found, cls, scope)

    def outer(self, name: str) -> Value:
        """What a name of the module or a builtin stands for."""
        if name in self.names.imports:
            return UNKNOWN if name in self.rebound else self.named(self.names.imports[name])
        if name in self.names.constants:
            return UNKNOWN if name in self.rebound else instance("builtins.str")
        if name in BUILTINS and name not in self.names.shadowed:
            return UNKNOWN if name in self.rebound else Value("ref", f"builtins.{name}")
        if name in self.names.hidden or not self.names.module:
            return UNKNOWN
        return thing_value(self.names.things.get(f"{self.names.module}.{name}"))

    def named(self, dotted: str) -> Value:
        """What a dotted name stands for: of the project, what the project says; else the library's thing itself."""
        said = self.names.things.get(dotted)
        return Value("ref", dotted) if said is None else thing_value(said)

    def attribute(self, node: ast.Attribute, scope: Scope, depth: int) -> Value:
        base = self.value(node.value, scope, depth)
        return of_each(base, lambda each: self.attribute_of(node, each, scope))

    def attribute_of(self, node: ast.Attribute, base: Value, scope: Scope) -> Value:
        """What is under a name of something."""
        if base.kind not in ("ref", "obj", "member"):
            return NOTHING if base.kind == "nothing" else UNKNOWN
        if base.name.startswith(LATER):
            return self.task(node.attr)
        name = f"{base.name}.{node.attr}"
        said = self.names.things.get(name)
        if said is not None:  # whoever sets it has been asked
            return thing_value(said, "ref" if base.kind == "ref" else "member")
        if base.kind == "obj" and self.is_ours(base.name) and name not in self.catalogue:
            return UNKNOWN
        cls = self.catalogue.attribute(name)
        if (node.attr in self.patches or "*" in self.patches) and self.is_patched(node, base, scope, cls is not None):
            return UNKNOWN
        if cls is not None:
            return class_value(cls)
        return Value("ref" if base.kind == "ref" else "member", name)

    def is_ours(self, cls: str) -> bool:
        """Whether that is a class of the project."""
        return cls.endswith(SUPER) or self.names.things.get(cls) == f"{SAME}{cls}"

    def is_patched(self, node: ast.Attribute, base: Value, scope: Scope, is_data: bool) -> bool:
        """Whether the function may have set that attribute itself, of this object or of one that may be the same."""
        for target in self.patched:
            if target.attr not in (node.attr, "*") or target is node:
                continue
            of = self.name(target.value, scope, 0) if isinstance(target.value, ast.Name) else UNKNOWN
            same = of.kind == base.kind and of.name == base.name
            unclear = (
                of.kind in ("unknown", "either")
                and not is_data
                and base.kind != "ref"
                and root_name(target) not in RECEIVERS
            )
            if same or unclear:
                return True
        return False

    def task(self, attribute: str) -> Value:
        """A method of something that is still to be awaited."""
        name = f"asyncio.Task.{attribute}"
        return Value("member", name) if name in self.catalogue else UNKNOWN

    def filled(self, name: str, value: Value) -> Value:
        """What a name is bound to; of a list that more is put into later, nobody knows what is in it, and what is
        known by how it was made isn't that any more once it is changed."""
        above = (value.name.rpartition(".")[0],)
        if name in self.kept_in and self.catalogue.is_pseudo(value.name) and self.catalogue.is_a(value.name, above):
            return UNKNOWN
        return instance(value.name) if name in self.kept_in and value.kind == "obj" else value

    def may_be_outer(self, node: ast.expr, scope: Scope) -> bool:
        """Whether a chain begins at a name of the module, or at `self` as the method got it."""
        root = root_name(node)
        home = scope.home_of(root) if root else None
        if home is None:
            return bool(root) and root not in self.rebound
        return root in RECEIVERS and [binding.how for binding in home.bound[root]] == ["parameter"]

    # ------------------------------------------------------------------ calls

    def call(self, node: ast.Call, scope: Scope, depth: int) -> Value:
        callee = self.value(node.func, scope, depth)
        if callee.kind == "nothing":
            return NOTHING
        if callee.name in ("typing.cast", "typing_extensions.cast") and node.args:
            return self.annotated(node.args[0], scope)
        if callee.name == "builtins.getattr":
            return self.by_name(node, scope, depth)
        if callee.kind == "partial":
            meant = unbound(self, node, scope)
            if meant is None:
                return UNKNOWN
            node, callee = meant, self.value(meant.func, scope, depth)
        return of_each(callee, lambda each: self.given_by(each, node, scope, depth))

    def given_by(self, callee: Value, node: ast.Call, scope: Scope, depth: int) -> Value:
        """What a call of something gives."""
        used = self.walk.forms.get(id(node), "call")
        entry = self.entry(callee)
        if entry is None or (callee.name == "builtins.super" and not node.args):
            return self.made_by_project(callee)
        if used in _USED_AS.get(entry.form, _ANY) and (
            used != "await" or entry.form != "call" or entry.returns == "@0"
        ):
            return result_of(self, node, entry, scope, depth)
        return unawaited(entry) if used == "call" and entry.form in ("await", "async context") else UNKNOWN

    def by_name(self, node: ast.Call, scope: Scope, depth: int) -> Value:
        """What `getattr(x, "name")` gives."""
        match node:
            case ast.Call(args=[of, ast.Constant(value=str(name))], keywords=[]) if name.isidentifier():
                read = ast.copy_location(ast.Attribute(of, name, ast.Load()), node)
                return self.attribute(read, scope, depth)
        return UNKNOWN

    def made_by_project(self, callee: Value) -> Value:
        """What a function or class of the project gives."""
        name = called_name(callee)
        if name == "builtins.super":
            around = thing_value(self.names.things.get("self") or self.names.things.get("cls"))
            return UNKNOWN if around.kind == "unknown" else instance(f"{around.name}{SUPER}")
        return UNKNOWN if name is None else thing_value(self.names.things.get(f"{name}()"))

    def entry(self, callee: Value) -> Entry | None:
        """What the catalogue knows of a callee."""
        name = called_name(callee)
        found: Entry | None = None if name is None else self.catalogue.get(name)
        return found

    def awaiting(self, node: ast.Await, scope: Scope, depth: int) -> Value:
        value = self.value(node.value, scope, depth)
        if isinstance(node.value, ast.Call) or value.name.startswith(LATER):
            return awaited(value)
        return NOTHING if value.kind == "nothing" else UNKNOWN

    def entered(self, expr: ast.expr, scope: Scope, *, is_async: bool = False) -> Value:
        """What `with`, or what something is handed to that enters it, gives."""
        value = self.value(expr, scope)
        if isinstance(expr, ast.Call):
            entry = self.entry(self.value(expr.func, scope))
            if entry is not None and entry.form in ("context", "async context"):
                return result_of(self, expr, entry, scope, 0)
        return of_each(value, lambda each: self.entered_value(each, is_async))

    def entered_value(self, value: Value, is_async: bool) -> Value:
        """What entering something gives."""
        if value.kind == "obj" and value.name in CONTEXTS:
            return class_value(value.item) if value.item else UNKNOWN
        if value.kind == "obj" and self.is_ours(value.name):
            method = "__aenter__" if is_async else "__enter__"
            return awaited(thing_value(self.names.things.get(f"{value.name}.{method}()")))
        inside = self.catalogue.entered(value.name) if value.kind == "obj" else None
        if inside is not None:
            return class_value(inside)
        return value if value.kind in ("obj", "nothing") else UNKNOWN


def _kept_in(walk: Walk) -> frozenset[str]:
    """Names of what something is put into, by a method, by index or by `+=`."""
    found = {node.target.id for node, _ in walk.augmented if isinstance(node.target, ast.Name)}
    changed = [target.value for _, target, _, _ in walk.stores if isinstance(target, ast.Attribute | ast.Subscript)]
    changed += [c.func.value for c, _ in walk.calls if isinstance(c.func, ast.Attribute) and c.func.attr in MUTATING]
    while changed:
        expr = changed.pop()
        if isinstance(expr, ast.Attribute | ast.Subscript):
            changed.append(expr.value)
        elif isinstance(expr, ast.Name):
            found.add(expr.id)
    return frozenset(found)


def _set_by_name(call: ast.Call) -> ast.Attribute | None:
    """`setattr(x, "name", ...)` as the attribute `x.name`; `x.*` where the name isn't a literal."""
    if not (isinstance(call.func, ast.Name) and call.func.id in ("setattr", "delattr") and len(call.args) > 1):
        return None
    named = call.args[1].value if isinstance(call.args[1], ast.Constant) else "*"
    return ast.Attribute(call.args[0], str(named), ast.Store())


def called_name(callee: Value) -> str | None:
    """The dotted name that is called when that value is."""
    if callee.kind in ("ref", "member"):
        return callee.name
    return f"{callee.name}.__call__" if callee.kind == "obj" else None


_INFER: Final[dict[type, Callable[[Inference, Any, Scope, int], Value]]] = {
    ast.Name: Inference.name,
    ast.Attribute: Inference.attribute,
    ast.Call: Inference.call,
    ast.Await: Inference.awaiting,
    **EXPRESSIONS,
}
"""node type → how its value is found; others are unknown"""
