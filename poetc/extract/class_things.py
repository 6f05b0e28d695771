"""A class of the project → what its objects' attributes are, and what calling it gives.

An attribute is what everything that sets it agrees on: annotations and values in the class's body, what methods give
`self`, the same in its bases and in classes of its file that inherit from it. A property is what its function gives.
What nothing of the project sets belongs to the base class, if that is one of a known library.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from poetc.effects.libraries import library_facts
from poetc.effects.values import NOTHING, UNKNOWN, Value, instance, merge_values
from poetc.source.module import ANY, ANY_OF_MODULE, Class, Function, Module
from poetc.source.nodes import called, dotted_name, statements

if TYPE_CHECKING:
    from poetc.extract.things import Things

PROPERTIES: Final = frozenset(
    {"property", "builtins.property", "functools.cached_property", "cached_property.cached_property"}
    | {"django.utils.functional.cached_property", "werkzeug.utils.cached_property", "propcache.api.cached_property"}
    | {"kombu.utils.objects.cached_property", "kombu.utils.cached_property", "propcache.cached_property"}
)
HARMLESS: Final = frozenset(
    {"dataclasses.dataclass", "attr.s", "attr.attrs", "attr.define", "attr.frozen", "attr.mutable", "attr.dataclass"}
    | {"attrs.define", "attrs.frozen", "attrs.mutable", "functools.total_ordering"}
    | {f"{module}.{name}" for module in ("typing", "typing_extensions") for name in ("final", "runtime_checkable")}
)
"""decorators of classes that leave methods and attributes as they are written"""
FIELDS: Final = frozenset({"dataclasses.field", "attr.ib", "attr.attrib", "attr.field", "attrs.field"})
STRANGE: Final = frozenset({"__getattribute__", "__setattr__", "__new__", "__init_subclass__", "__prepare__"})
"""methods by which a class may make anything of its objects and their attributes"""
_MOST: Final = 32
_ONCE: Final = frozenset({"pure", "write"})
_VERBS: Final = frozenset({"get", "options", "head", "post", "put", "patch", "delete"})
"""methods of clients that no other one goes through"""


def class_name(around: Class) -> str:
    """The dotted name of a class."""
    return ".".join([around.module.source.module, *(c.name for c in around.outer), around.node.name])


class Line(NamedTuple):
    """A class with the project's classes that it inherits from, nearest first, and what stands above these."""

    classes: tuple[Class, ...]
    above: tuple[str | None, ...]
    """dotted names of libraries' classes; None for a base of which nobody knows what it is"""


class ClassThings:
    """What is known of the project's classes."""

    def __init__(self, things: Things) -> None:
        self.things = things
        self.resolver = things.resolver
        self.lines: dict[tuple[str, int], Line] = {}

    def line(self, around: Class) -> Line:
        """What a class inherits from."""
        key = around.module.source.relative, around.node.lineno
        if key not in self.lines:
            outer, self.resolver.places = self.resolver.places, set()
            self.lines[key] = self.found_line(around)
            self.places[key] = frozenset(self.resolver.places)
            self.resolver.places = outer
        self.resolver.places |= self.places[key]
        return self.lines[key]

    @cached_property
    def places(self) -> dict[tuple[str, int], frozenset[str]]:
        return {}

    def found_line(self, around: Class) -> Line:
        classes, above, seen = list[Class](), list[str | None](), set[tuple[str, int]]()
        waiting = [around]
        while waiting:
            cls = waiting.pop(0)
            key = cls.module.source.relative, cls.node.lineno
            if key in seen:
                continue
            seen.add(key)
            classes.append(cls)
            for written in cls.node.bases if len(seen) < _MOST else [None]:
                base = None if written is None else self.resolver.base(cls, written)
                if isinstance(base, Class):
                    waiting.append(base)
                elif base is None:
                    above.append(None if written is None else self.library(cls, written))
        return Line(tuple(classes), tuple(above))

    def library(self, around: Class, written: ast.expr) -> str | None:
        """The dotted name of a base class of a known library."""
        root, dot, rest = dotted_name(written.value if isinstance(written, ast.Subscript) else written).partition(".")
        names = around.module.names
        if not root or names.bound[root] != 1:
            return None
        name = around.module.imports.get(root, "") + dot + rest
        found = self.things.find(name.split("."), around.module) if root in around.module.imports else None
        name = found if isinstance(found, str) else name if found is None else ""
        if rest and found is None and not self.things.catalogue.knows_class(name):
            name = self.things.expression(written, around.module).name  # of an object: `db.Model`
        return name if self.things.catalogue.knows_class(name) else None

    def makes_quietly(self, around: Class, written: ast.expr) -> bool:
        """Whether a base class is a known library's, and making an object of it does nothing."""
        name = self.library(around, written)
        entry = self.things.catalogue.get(name) if name is not None else None
        return entry is not None and entry.effect == "pure"

    def is_plain(self, around: Class) -> bool:
        """Whether attributes of its objects are what is set, and what its methods say."""
        return not any(map(self.is_strange, self.line(around).classes))

    def is_strange(self, around: Class) -> bool:
        """Whether a class may do something of its own with attributes."""
        node, module = around.node, around.module
        if any(dotted_name(keyword.value) not in ("ABCMeta", "abc.ABCMeta") for keyword in node.keywords):
            return True
        unclear = [d for d in node.decorator_list if self.meaning(called(d), module) not in HARMLESS]
        if not all(self.resolver.gives_back(decorator, module) for decorator in unclear):
            return True
        return not STRANGE.isdisjoint(self.resolver.body(around).bound) or ANY in module.receivers(node)

    def meaning(self, expr: ast.expr, module: Module) -> str:
        """The dotted name that something written at a module's top level stands for."""
        root, dot, rest = dotted_name(expr).partition(".")
        return module.imports.get(root, root) + dot + rest

    def outside(self, around: Class, asking: Module) -> frozenset[str]:
        """The attributes that the modules which a class is of, and the one that asks, set of other things than `self`.

        Names that are made while the program runs count where they may be set of objects of the class.
        """
        related = (*self.line(around).classes, *self.resolver.subclasses(around))
        modules = {asking, *(cls.module for cls in related)}
        found = set[str]().union(*(module.outside - ({ANY} if module is asking else set()) for module in modules))
        found |= {ANY} & frozenset[str]().union(*(cls.module.outside for cls in related))
        return frozenset(found.union(*(_of_class(found, cls.node.name) for cls in related)))

    def is_set(self, around: Class, attribute: str, asking: Module) -> bool:
        """Whether one of these modules sets such an attribute."""
        return not self.outside(around, asking).isdisjoint((attribute, ANY, ANY_OF_MODULE))

    def made(self, around: Class) -> Value:
        """What calling a class gives."""
        return instance(self.things.class_name(around)) if self.is_plain(around) else UNKNOWN

    def attribute(self, around: Class, rest: tuple[str, ...], asking: Module) -> Value:
        """What is under a name of a class's objects."""
        attribute = rest[0]
        if len(rest) > 1 or self.is_set(around, attribute, asking) or not self.is_plain(around):
            return UNKNOWN
        key = "attribute", around.module.source.relative, around.node.lineno, attribute
        value = self.things.settling.ask(key, lambda: self.found(around, attribute))
        return UNKNOWN if self.things.is_patched(value, self.outside(around, asking)) else value

    def inherited(self, around: Class, attribute: str, asking: Module) -> Value:
        """What is under a name above a class."""
        if self.is_set(around, attribute, asking) or not self.is_plain(around):
            return UNKNOWN
        line = self.line(around)
        for cls in line.classes[1:]:
            if attribute in self.resolver.body(cls).bound:
                return Value("ref", f"{class_name(around)}.super().{attribute}")
        return self.of_library(line, attribute)

    def found(self, around: Class, attribute: str) -> Value:
        line, below = self.line(around), self.resolver.subclasses(around)
        holders = [cls for cls in line.classes if attribute in self.resolver.body(cls).definitions]
        value = NOTHING
        for cls in (*line.classes, *below):
            value = merge_values(value, self.set_in(cls, attribute))
        if holders:
            return self.defined(around, holders[0], attribute) if value.kind == "nothing" else UNKNOWN
        if any(attribute in self.resolver.body(cls).definitions for cls in below):
            return UNKNOWN
        return self.of_library(line, attribute) if value.kind == "nothing" else value

    def of_library(self, line: Line, attribute: str) -> Value:
        """What a library's class, from which the project's inherits, has under a name."""
        if len(line.above) != 1 or line.above[0] is None:
            return UNKNOWN
        name = f"{line.above[0]}.{attribute}"
        cls = self.things.catalogue.attribute(name)
        if cls is None and self.sends_by_own(line, name):
            return UNKNOWN
        return Value("ref", name) if cls is None else instance(cls)

    def sends_by_own(self, line: Line, name: str) -> bool:
        """Whether a library's method, one that may be made again, goes through a method that the project overrides."""
        entry = self.things.catalogue.get(name)
        if entry is None or entry.effect in _ONCE:
            return False
        through = {each for each in library_facts()["sends"] if f"{line.above[0]}.{each}" != name} - _VERBS
        return any(not through.isdisjoint(self.resolver.body(cls).bound) for cls in line.classes)

    def entered(self, around: Class, method: str) -> Value:
        """What `with` gives for an object whose library's class it leaves that to."""
        line = self.line(around)
        if method not in ("__enter__", "__aenter__") or len(line.above) != 1 or line.above[0] is None:
            return UNKNOWN
        inside = self.things.catalogue.entered(line.above[0])
        return instance(class_name(around) if inside is None else inside)

    def defined(self, around: Class, holder: Class, attribute: str) -> Value:
        """What a definition in a class's body is to its objects."""
        nodes = self.resolver.body(holder).definitions[attribute]
        node = nodes[0]
        if len(nodes) > 1 or self.resolver.body(holder).bound[attribute] > 1 or isinstance(node, ast.ClassDef):
            return UNKNOWN
        if not any(self.meaning(called(d), holder.module) in PROPERTIES for d in node.decorator_list):
            return Value("ref", f"{class_name(around)}.{attribute}")
        value = NOTHING
        for cls in (holder, *self.resolver.subclasses(holder)):
            for each in self.resolver.body(cls).definitions.get(attribute, ()):
                value = merge_values(value, self.property(cls, each))
        return value

    def property(self, around: Class, node: ast.AST) -> Value:
        """What a property gives."""
        if not isinstance(node, ast.FunctionDef) or len(node.decorator_list) != 1:
            return UNKNOWN
        if self.meaning(called(node.decorator_list[0]), around.module) not in PROPERTIES:
            return UNKNOWN
        return self.things.result(Function(around.module, node, around))

    # ------------------------------------------------------------------ what sets an attribute

    def set_in(self, around: Class, attribute: str) -> Value:
        """What one class gives an attribute, in its body and by `self`."""
        found = NOTHING
        for value in self.in_body(around, attribute):
            found = merge_values(found, value)
        for function in around.module.receivers(around.node).get(attribute, ()):
            found = merge_values(found, self.set_by(function, attribute))
        return found

    def in_body(self, around: Class, attribute: str) -> Iterator[Value]:
        if not self.resolver.body(around).bound[attribute] and not _declares(around.node, attribute):
            return
        others = self.resolver.body(around).bound[attribute]
        for node in statements(around.node.body):
            if isinstance(node, ast.AnnAssign) and _is_name(node.target, attribute):
                others -= node.value is not None
                yield self.declared(node, around)
            elif isinstance(node, ast.Assign) and any(_is_name(target, attribute) for target in node.targets):
                others -= 1
                yield self.assigned(node.value, around)
        if others and attribute not in self.resolver.body(around).definitions:
            yield UNKNOWN

    def declared(self, node: ast.AnnAssign, around: Class) -> Value:
        """What an annotation in a class's body says, or else the value beside it."""
        value = self.things.annotated(node.annotation, around.module)
        if node.value is None or _is_none(node.value):
            return value
        given = self.things.expression(node.value, around.module)
        if given.kind == "obj" and self.has_get(given.name, around.module):
            return UNKNOWN
        return self.assigned(node.value, around) if value.kind == "unknown" else value

    def assigned(self, expr: ast.expr, around: Class) -> Value:
        """What a value in a class's body gives its objects: a field what its factory makes."""
        if any(isinstance(n, ast.Name) and n.id in self.resolver.body(around).bound for n in ast.walk(expr)):
            return UNKNOWN
        if isinstance(expr, ast.Call) and self.meaning(expr.func, around.module) in FIELDS:
            factories = [k.value for k in expr.keywords if k.arg in ("default_factory", "factory")]
            if len(factories) != 1:
                return UNKNOWN
            expr = ast.copy_location(ast.Call(factories[0], [], []), expr)
        value = self.things.expression(expr, around.module)
        if value.kind == "ref":
            return value if self.is_class(value.name, around.module) else UNKNOWN  # a function becomes a method
        return UNKNOWN if value.among or (value.kind == "obj" and self.has_get(value.name, around.module)) else value

    def is_class(self, name: str, asking: Module) -> bool:
        """Whether a dotted name is a class's."""
        return self.things.catalogue.knows_class(name) or self.things.found_class(name, asking) is not None

    def has_get(self, name: str, asking: Module) -> bool:
        """Whether an object of a class of the project is a descriptor."""
        found = self.things.found_class(name, asking)
        return found is not None and any("__get__" in self.resolver.body(c).bound for c in self.line(found).classes)

    def set_by(self, function: Function, attribute: str) -> Value:
        """What a method gives an attribute of its `self`."""
        walk, inference, found, seen = self.things.walk(function), None, NOTHING, False
        for at, target, given, scope in walk.stores:
            if not (isinstance(target, ast.Attribute) and target.attr == attribute):
                continue
            if not isinstance(target.value, ast.Name) or target.value.id != function.receiver:
                continue
            inference = inference or self.things.inference(function)
            if isinstance(at, ast.Delete):
                continue
            declared = at.annotation if isinstance(at, ast.AnnAssign) else None
            value = self.things.annotated(declared, function.module)
            if given is not None and value.kind == "unknown":
                value = inference.value(given, scope)
            found = merge_values(found, value)
            seen = True
        return found if seen or found.kind != "nothing" else UNKNOWN


def _of_class(outside: set[str], cls: str) -> set[str]:
    """The attributes that are set of objects of a class."""
    return {each.removeprefix(f"{cls}.") for each in outside if each.startswith(f"{cls}.")}


def _declares(node: ast.ClassDef, attribute: str) -> bool:
    return any(isinstance(n, ast.AnnAssign) and _is_name(n.target, attribute) for n in node.body)


def _is_name(target: ast.expr, name: str) -> bool:
    return isinstance(target, ast.Name) and target.id == name


def _is_none(expr: ast.expr | None) -> bool:
    return isinstance(expr, ast.Constant) and expr.value is None
