"""The project as one more library: a dotted name → what that thing of the project is, found out without running it.

Names are followed through imports and re-exports, from file to file. Variables of modules are what all their bindings
agree on, functions give what their annotation says, or else what their `return` and `yield` statements agree on.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from poetc.effects import Catalogue
from poetc.effects.inference import Inference
from poetc.effects.names import MUTATING, Names
from poetc.effects.scope import Scope, Walk
from poetc.effects.things import CONTEXTS, SAME, SUPER, TEXT, TYPE, thing_text
from poetc.effects.values import NOTHING, UNKNOWN, Value, class_text, class_value, instance, later, merge_values
from poetc.effects.walk import walk_function
from poetc.extract.callees import FARTHEST, Callee, Resolver, merge_callees
from poetc.extract.class_things import ClassThings, class_name
from poetc.extract.lookup import may_be_ours
from poetc.extract.settling import Settling
from poetc.extract.texts import Texts
from poetc.source.functions import is_stub
from poetc.source.module import ANY_OF_MODULE, Class, Function, Module
from poetc.source.nodes import DEFINITIONS, FunctionNode, called, dotted_name, frame_nodes, root_name

DULL: Final = frozenset(f"builtins.{name}" for name in ("int", "float", "complex", "bool", "NoneType", "ellipsis"))
"""classes whose objects are only reckoned with"""
MANAGERS: Final = {
    "contextlib.contextmanager": "contextlib.AbstractContextManager",
    "contextlib.asynccontextmanager": "contextlib.AbstractAsyncContextManager",
}
QUEUED: Final = {
    "celery.Celery.task": "celery.app.task.Task",
    "celery.shared_task": "celery.app.task.Task",
    "dramatiq.actor": "dramatiq.Actor",
}
"""decorators of libraries → the class of what they make of a function: a job that is called by its methods"""
_ONCE: Final = ("write", "unknown")
"""effects of calls that aren't made again"""
_NO_ARGUMENTS: Final = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])


class Found(NamedTuple):
    """What a dotted name leads to."""

    module: Module
    name: str
    """the name in that module"""
    node: ast.ClassDef | FunctionNode | None
    """its definition; None for a variable"""
    rest: tuple[str, ...] = ()


class Things:
    """What is known of the project's things, each found out once in a run."""

    def __init__(self, resolver: Resolver, catalogue: Catalogue) -> None:
        self.resolver = resolver
        self.catalogue = catalogue
        self.settling = Settling(resolver)
        self.classes = ClassThings(self)
        self.texts = Texts(self)
        resolver.makes_quietly = self.classes.makes_quietly
        self.walks: dict[object, Walk] = {}
        self.met: dict[str, Module] = {}
        """name of a class → the module that it was first met in"""

    def names(self, function: Function) -> tuple[Names, Asked]:
        """What is known around a function, and who is asked there."""
        asked = Asked(self, function.module, function)
        return self.names_in(function.module, asked), asked

    def names_in(self, module: Module, things: Asked | None = None) -> Names:
        shadowed = frozenset(module.names.bound)
        return Names(
            imports=module.imports,
            things=things or Asked(self, module),
            module=module.source.module,
            shadowed=shadowed,
        )

    def walk(self, function: Function) -> Walk:
        if function.key not in self.walks:
            self.walks[function.key] = walk_function(function.node)
        return self.walks[function.key]

    def inference(self, function: Function) -> Inference:
        """The values of a function's names."""
        return Inference(self.walk(function), self.names(function)[0], self.catalogue)

    def expression(self, expr: ast.expr, module: Module) -> Value:
        """What an expression gives where a module's names hold."""
        scope = Scope(None, own=False)
        return Inference(Walk(scope), self.names_in(module), self.catalogue).value(expr, scope)

    def annotated(self, annotation: ast.expr | None, module: Module) -> Value:
        """An object of the class that an annotation names where a module's names hold."""
        scope = Scope(None, own=False)
        if annotation is None:
            return UNKNOWN
        return Inference(Walk(scope), self.names_in(module), self.catalogue).annotated(annotation, scope)

    # ------------------------------------------------------------------ names

    def said(self, name: str, asking: Module) -> str | None:
        """What a module is told of a dotted name (see `poetc.effects.things`)."""
        if name.startswith(TEXT):
            text = self.texts.value(name.removeprefix(TEXT), asking)
            return text.name if text.kind == "text" else None
        if name in self.catalogue or self.catalogue.knows_class(name):
            return None  # a library's, or the user has said what it is
        value = self.value(name, asking)
        return thing_text(value) if self.is_worth_telling(value, asking) else None

    def is_worth_telling(self, value: Value, asking: Module) -> bool:
        """Whether something is known of a thing, and its name means the same to the module that asks."""
        if value.among:
            return all(self.is_worth_telling(each, asking) for each in value.among)
        if value.kind not in ("obj", "ref", "member") or value.name in DULL:
            return False
        names = [value.name, value.item or ""]
        for name in (each.removeprefix("await ").partition("[")[0].removesuffix(SUPER) for each in names):
            known = not name or name in CONTEXTS or self.catalogue.knows_class(name) or name in self.catalogue
            found = None if known else self.find(name.split("."), asking)
            if value.kind == "obj" and not known and not self.is_the_same(name, found):
                return False
        return True

    def is_the_same(self, name: str, found: Found | str | None) -> bool:
        """Whether a class is the one that has been met by that name: other folders may have a module called alike."""
        return isinstance(found, Found) and self.met.get(name, found.module) is found.module

    def class_name(self, around: Class) -> str:
        """The dotted name of a class, by which it is met from now on."""
        name = class_name(around)
        self.met.setdefault(name, around.module)
        return name

    def value(self, name: str, asking: Module) -> Value:
        if name.startswith(TYPE):
            return self.meant(name.removeprefix(TYPE), asking)
        if SUPER in name:
            return self.above(name, asking)
        is_call = name.endswith("()")
        found = self.find(name.removesuffix("()").split("."), asking)
        if found is None:
            return UNKNOWN
        if isinstance(found, str):
            return UNKNOWN if is_call else Value("ref", found)
        return self.given(found, asking) if is_call else self.standing(found, asking)

    def standing(self, found: Found, asking: Module) -> Value:
        """What something of a module is."""
        module, name, node, rest = found
        if node is None:
            return UNKNOWN if rest else self.variable(module, name, asking)
        if isinstance(node, ast.ClassDef):
            around = Class(module, node)
            return self.classes.attribute(around, rest, asking) if rest else Value("ref", self.class_name(around))
        if rest or not node.decorator_list:
            return UNKNOWN if rest else Value("ref", f"{module.source.module}.{node.name}")
        key = "queued", module.source.relative, name
        queued = self.settling.ask(key, lambda: self.queued(node, module))
        return queued if queued.kind == "obj" else Value("ref", f"{module.source.module}.{node.name}")

    def queued(self, node: FunctionNode, module: Module) -> Value:
        """The job that its one decorator makes of a function, unless it is of a class that the decorator is told."""
        decorator = node.decorator_list[0]
        told = decorator.keywords if isinstance(decorator, ast.Call) else []
        if len(node.decorator_list) > 1 or any(keyword.arg in (None, "base", "actor_class") for keyword in told):
            return UNKNOWN
        name = self.expression(called(decorator), module).name
        return instance(QUEUED[name]) if name in QUEUED else UNKNOWN

    def given(self, found: Found, asking: Module) -> Value:
        """What a call of something of a module gives."""
        module, _, node, rest = found
        if isinstance(node, ast.ClassDef):
            around = Class(module, node)
            if not rest:
                return self.classes.made(around)
            if len(rest) > 1 or self.classes.is_set(around, rest[0], asking) or not self.classes.is_plain(around):
                return UNKNOWN
            callee = self.resolver.method(around, rest[0])
            return self.classes.entered(around, rest[0]) if callee is None else self.given_by(callee)
        if node is None or rest:
            return UNKNOWN
        return self.given_by(self.resolver.function(Function(module, node)))

    def given_by(self, callee: Callee | None) -> Value:
        if callee is None or callee.opaque:
            return UNKNOWN
        found = NOTHING
        for function in callee.functions:
            found = merge_values(found, self.result(function))
        return found

    def callee(self, name: str, asking: Module) -> Callee | None:
        """The functions of the project that a call of a dotted name may run."""
        if SUPER in name:
            return self.callee_above(name, asking)
        found = self.find(name.split("."), asking)
        if not isinstance(found, Found) or found.node is None or len(found.rest) > 1:
            return None
        around = Class(found.module, found.node) if isinstance(found.node, ast.ClassDef) else None
        if around is not None and found.rest and self.classes.is_set(around, found.rest[0], asking):
            return Callee(opaque=f"`{found.rest[0]}` is set elsewhere")
        return self.resolver.defined(found.module, found.node, list(found.rest), 0)

    def callee_above(self, name: str, asking: Module) -> Callee | None:
        """The same of a method of `super()`."""
        cls, _, method = name.partition(f"{SUPER}.")
        around = self.found_class(cls, asking)
        bases = [] if around is None else [self.resolver.base(around, base) for base in around.node.bases]
        found = [self.resolver.inherited(base, method, 0) for base in bases if isinstance(base, Class)]
        return merge_callees(callee for callee in found if callee is not None)

    def above(self, name: str, asking: Module) -> Value:
        """What `super()` has under a name."""
        cls, _, attribute = name.partition(f"{SUPER}.")
        around = self.found_class(cls, asking)
        if around is None or not attribute:
            return UNKNOWN
        if attribute.endswith("()"):
            return self.given_by(self.callee_above(name.removesuffix("()"), asking))
        return self.classes.inherited(around, attribute, asking)

    def found_class(self, name: str, asking: Module) -> Class | None:
        """The project's class of a dotted name."""
        found = self.find(name.split("."), asking)
        if isinstance(found, Found) and isinstance(found.node, ast.ClassDef) and not found.rest:
            return Class(found.module, found.node)
        return None

    # ------------------------------------------------------------------ finding

    def find(self, parts: list[str], asking: Module, steps: int = 0) -> Found | str | None:
        """What a dotted name leads to: something of the project, or the dotted name of something else."""
        if steps > FARTHEST or not may_be_ours(parts[0]):
            return None
        for length in range(len(parts) - 1, 0, -1):
            module = self.module(".".join(parts[:length]), asking)
            if module is not None:
                return self.in_module(module, parts[length], parts[length + 1 :], steps)
        return None

    def module(self, dotted: str, asking: Module) -> Module | None:
        return asking if dotted == asking.source.module else self.resolver.module(dotted, asking)

    def in_module(self, module: Module, name: str, rest: list[str], steps: int) -> Found | str | None:
        names = module.names
        if module.star or not names.bound[name]:
            return None
        definitions, targets = names.definitions.get(name, ()), set(names.imports.get(name, ()))
        if definitions:
            one = len(definitions) == names.bound[name] == 1
            return Found(module, name, definitions[0], tuple(rest)) if one else None
        if not targets:
            return Found(module, name, None, tuple(rest))
        if len(targets) != 1 or name in module.replaced:
            return None
        target = [*targets.pop().split("."), *rest]
        return self.find(target, module, steps + 1) or ".".join(target)

    # ------------------------------------------------------------------ modules

    def variable(self, module: Module, name: str, asking: Module) -> Value:
        """What a module's variable holds, whoever binds it."""
        key = "variable", module.source.relative, name
        value = self.settling.ask(key, lambda: self.bound(module, name))
        return UNKNOWN if self.is_replaced(name, value, (module, asking)) else value

    def is_replaced(self, name: str, value: Value, modules: Iterable[Module]) -> bool:
        """Whether one of the modules sets such a name of some other thing, or gives what it holds another method."""
        outside = frozenset[str]().union(*(module.outside for module in modules))
        return name in outside or ANY_OF_MODULE in outside or self.is_patched(value, outside)

    def is_patched(self, value: Value, outside: frozenset[str]) -> bool:
        """Whether an object's method, one that may be made again, is among attributes that are set: `s.get = mine`."""
        classes = [each.name for each in value.among or (value,) if each.kind == "obj"]
        entries = (self.catalogue.get(f"{cls}.{attribute}") for attribute in outside for cls in classes)
        return any(entry is not None and (entry.unsent or entry.effect not in _ONCE) for entry in entries)

    def bound(self, module: Module, name: str) -> Value:
        """What all the bindings of a module's variable agree on, `global` ones included."""
        body = [_outside(statement) for statement in module.binding.get(name, ())]
        node = ast.FunctionDef(name="module", args=_NO_ARGUMENTS, body=body, decorator_list=[], lineno=1, col_offset=0)
        walk = walk_function(node)
        inference = Inference(walk, self.names_in(module), self.catalogue)
        found = NOTHING
        for binding in walk.top.bound.get(name, ()):
            found = merge_values(found, inference.env.get(binding.key, NOTHING))
        rebinding = module.rebinding.get(name, ())
        for function in rebinding:
            found = merge_values(found, self.bound_by(function, name))
        if name in module.rebound and not rebinding:
            return UNKNOWN
        if found.item and any(_fills(node, name) for node in module.nodes):
            return instance(found.name)
        return UNKNOWN if found.kind == "nothing" else found

    def bound_by(self, function: Function, name: str) -> Value:
        """What a function binds a name of its module to."""
        inference, found = self.inference(function), NOTHING
        for at, each, how, scope in inference.walk.rebound:
            if each == name and how == "global":
                given = _assigned_to(at, name)
                unclear = NOTHING if isinstance(at, ast.Delete) else UNKNOWN
                found = merge_values(found, unclear if given is None else inference.value(given, scope))
        return found

    def meant(self, name: str, asking: Module) -> Value:
        """What an annotation of that dotted name stands for."""
        found = self.find(name.split("."), asking)
        if isinstance(found, str):
            return instance(found) if self.catalogue.knows_class(found) else UNKNOWN
        if found is None or found.rest:
            return UNKNOWN
        if found.node is not None:
            around = self.found_class(name, asking)
            return UNKNOWN if around is None else instance(self.class_name(around))
        key = "type", found.module.source.relative, found.name
        return self.settling.ask(key, lambda: self.annotated(_alias(found.module, found.name), found.module))

    # ------------------------------------------------------------------ functions

    def result(self, function: Function) -> Value:
        """What a call of a function gives, as it is used where it is called."""
        return self.settling.ask(("result", *function.key), lambda: self.found_result(function))

    def found_result(self, function: Function) -> Value:
        node = function.node
        inner = [n for n in frame_nodes(node) if isinstance(n, ast.Yield | ast.YieldFrom | ast.Return)]
        is_generator = any(not isinstance(n, ast.Return) for n in inner)
        value = self.annotated(node.returns, function.module) if node.returns is not None else UNKNOWN
        if is_generator and value.kind == "obj":
            value = class_value(value.item) if value.item else UNKNOWN
        if not self.is_handle(value):
            value = UNKNOWN if is_stub(node) else self.returned(function, inner, is_generator)
        if not self.is_handle(value):
            return NOTHING if value.kind in ("nothing", "none") else UNKNOWN
        manager = self.manager(function)
        if manager:
            return instance(manager, class_text(value)) if is_generator and value.kind == "obj" else UNKNOWN
        if is_generator:
            abstract = "AsyncIterable" if isinstance(node, ast.AsyncFunctionDef) else "Iterable"
            return instance(f"collections.abc.{abstract}", value.name) if value.kind == "obj" else UNKNOWN
        if isinstance(node, ast.AsyncFunctionDef):
            return later(class_text(value)) if value.kind == "obj" and not value.assumed else UNKNOWN
        return value

    def returned(self, function: Function, inner: Sequence[ast.AST], is_generator: bool) -> Value:
        """What the statements that give something agree on."""
        inference, found = self.inference(function), NOTHING
        for node in inner:
            if isinstance(node, ast.YieldFrom):
                return UNKNOWN
            if isinstance(node, ast.Yield if is_generator else ast.Return) and node.value is not None:
                found = merge_values(found, inference.value(node.value, inference.walk.top))
        return found

    def is_handle(self, value: Value) -> bool:
        """Whether a value may be a client, connection or session, or a class of one, rather than plain data."""
        plain = value.name.startswith(("builtins.", "collections.", "datetime.", "decimal.", "json."))
        return value.kind in ("obj", "ref", "member", "either") and not plain

    def manager(self, function: Function) -> str:
        """The class of what a generator gives under one of `contextlib`'s decorators, "" without."""
        for decorator in function.node.decorator_list:
            root, dot, rest = dotted_name(called(decorator)).partition(".")
            name = function.module.imports.get(root, root) + dot + rest
            if name in MANAGERS:
                return MANAGERS[name]
        return ""


class Asked:
    """What one module asks of the project, and is told: exactly that is sent with a function."""

    def __init__(self, things: Things, module: Module, function: Function | None = None) -> None:
        self.things = things
        self.module = module
        self.told: dict[str, str] = {}
        self.unknown: set[str] = set()
        self.places: set[str] = set()
        """files that the answers depend on"""
        if function is not None and function.around is not None and function.receiver in ("self", "cls"):
            name = class_name(function.around)
            if things.find(name.split("."), module) is not None and things.classes.is_plain(function.around):
                self.told[function.receiver] = name if function.receiver == "self" else f"{SAME}{name}"

    def get(self, name: str, /) -> str | None:
        """What the thing of that name is."""
        if name in self.told:
            return self.told[name]
        if name in ("self", "cls") or name in self.unknown:
            return None
        resolver = self.things.resolver
        outer, resolver.places = resolver.places, set()
        said = self.things.said(name, self.module)
        self.places |= resolver.places
        resolver.places |= outer
        if self.things.settling.open:
            return said  # it may not be all that there is to know
        if said is None:
            self.unknown.add(name)
        else:
            self.told[name] = said
        return said

    def is_ours(self, name: str) -> bool:
        """Whether a dotted name stands for a function or class of the project."""
        return self.get(name) == f"{SAME}{name}" or SUPER in name


def _assigned_to(at: ast.AST, name: str) -> ast.expr | None:
    """What a statement assigns to a name, and to nothing but names."""
    if isinstance(at, ast.Assign):
        return at.value if any(isinstance(t, ast.Name) and t.id == name for t in at.targets) else None
    return at.value if isinstance(at, ast.AnnAssign | ast.NamedExpr) else None


def _fills(node: ast.AST, name: str) -> bool:
    """Whether something is put into what a name stands for."""
    if isinstance(node, ast.Subscript):
        return isinstance(node.ctx, ast.Store) and root_name(node) == name
    func = node.func if isinstance(node, ast.Call) else None
    return isinstance(func, ast.Attribute) and func.attr in MUTATING and root_name(func) == name


def _alias(module: Module, name: str) -> ast.expr | None:
    """The annotation that a module's name is short for."""
    for node in module.tree.body:
        if type(node).__name__ == "TypeAlias" and node.name.id == name:  # type: ignore[attr-defined]
            return node.value if module.names.bound[name] == 1 else None  # type: ignore[attr-defined]
    return module.assigned_once.get(name)


def _outside(statement: ast.stmt) -> ast.stmt:
    """A statement of a module, without the body of a function or class, which binds nothing at top level."""
    if not isinstance(statement, DEFINITIONS):
        return statement
    return ast.copy_location(ast.ClassDef(statement.name, [], [], [ast.Pass()], []), statement)
