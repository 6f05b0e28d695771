"""A module, parsed → what its names may stand for, each fact found out when it is first asked for and then kept."""

from __future__ import annotations

import ast
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from types import CodeType
from typing import Final, NamedTuple

from poetc.ir import SourceFile
from poetc.source.bindings import bindings, bound_by
from poetc.source.imports import Imported, imported
from poetc.source.nodes import (
    DEFINITIONS,
    FUNCTIONS,
    Definition,
    FunctionNode,
    body_nodes,
    dotted_name,
    flat,
    last_name,
    parameters,
    root_name,
    statements,
)

QUIET: Final = Lock()
"""filters of `warnings` belong to the whole process: two threads must not put them back in the wrong order"""


ANY: Final = "*"
"""stands for attributes whose names are made while the program runs"""
ANY_OF_MODULE: Final = "**"
"""the same, of something that has a name at the module's top level"""


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """The names of one block of statements that is not a function's."""

    bound: Counter[str]
    definitions: dict[str, tuple[Definition, ...]]
    imports: dict[str, tuple[str, ...]]
    """name → dotted names that it may have been imported from"""

    def only_known(self, name: str) -> bool:
        """Whether every binding of the name is a definition or an import."""
        return self.bound[name] == len(self.definitions.get(name, ())) + len(self.imports.get(name, ()))


class Module:
    """One file and its tree."""

    def __init__(self, source: SourceFile, tree: ast.Module) -> None:
        self.source = source
        self.tree = tree
        self._bodies: dict[int, BodyFacts] = {}

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of it."""
        return flat(self.tree)

    @cached_property
    def statements(self) -> list[ast.stmt]:
        """Every statement of its top level."""
        return statements(self.tree.body)

    @cached_property
    def rebound(self) -> frozenset[str]:
        """Names that functions bind with `global`, to anything, whenever they are called."""
        if "global" not in self.source.text:
            return frozenset()
        return frozenset(name for node in self.nodes if isinstance(node, ast.Global) for name in node.names)

    @cached_property
    def names(self) -> Names:
        """What its top level binds."""
        found = names_of(self.tree.body, self.source)
        found.bound.update(self.rebound)
        return found

    @property
    def star(self) -> bool:
        """Whether a star import may have bound any name."""
        return self.names.bound["*"] > 0

    @cached_property
    def imports(self) -> dict[str, str]:
        """The names that are imported from one place only → dotted name."""
        known = {name: targets[0] for name, targets in self.names.imports.items() if len(set(targets)) == 1}
        return {name: target for name, target in known.items() if name not in self.replaced}

    @cached_property
    def replaced(self) -> frozenset[str]:
        """Names that are imported, and bound to something else than None, too."""
        mixed = {name for name in self.names.imports if not self.names.only_known(name) or name in self.rebound}
        mixed |= self.names.imports.keys() & self.names.definitions.keys()
        plain = [n for n in self.statements if isinstance(n, ast.Assign) and _is_none(n.value)] if mixed else []
        none = Counter(t.id for n in plain for t in n.targets if isinstance(t, ast.Name))
        bound, imports = self.names.bound, self.names.imports
        return frozenset(name for name in mixed if bound[name] != len(imports[name]) + none[name])

    @cached_property
    def imported(self) -> tuple[tuple[ast.Import | ast.ImportFrom, Imported], ...]:
        """Each alias of its top level's import statements, in source order."""
        nodes = [node for node in self.statements if isinstance(node, ast.Import | ast.ImportFrom)]
        return tuple((node, each) for node in nodes for each in imported(node, self.source))

    @cached_property
    def future_annotations(self) -> bool:
        """Whether its annotations aren't evaluated."""
        return any(each.target == "__future__.annotations" for _, each in self.imported)

    @cached_property
    def assigned_once(self) -> dict[str, ast.expr]:
        """Names that are bound once, by an assignment of its top level that no star import follows → their value."""
        found: dict[str, ast.expr] = {}
        for node in self.tree.body:
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
                found.clear()  # it may bind them again
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
            name = targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else ""
            if value is not None and self.names.bound[name] == 1:
                found[name] = value
        return found

    @cached_property
    def sets(self) -> tuple[frozenset[str], tuple[str, ...]]:
        """(attributes that something in it sets, "requests." for things of which it sets one that isn't named)."""
        found, whole = set(), set()
        for node in self.nodes:
            if isinstance(node, ast.Attribute):
                if not isinstance(node.ctx, ast.Load):
                    found.add(dotted_name(node))
            elif isinstance(node, ast.Call) and len(node.args) > 1 and dotted_name(node.func) == "setattr":
                on, name = dotted_name(node.args[0]), node.args[1]
                if isinstance(name, ast.Constant):
                    found.add(f"{on}.{name.value!s}")
                elif on:
                    whole.add(f"{on}.")
        return frozenset(found - {""}), tuple(sorted(whole))

    @cached_property
    def binding(self) -> dict[str, tuple[ast.stmt, ...]]:
        """Name → the statements of its top level that bind it, or hold one that does."""
        found: dict[str, tuple[ast.stmt, ...]] = {}
        for node in self.tree.body:
            for name in bindings([node]):
                found[name] = (*found.get(name, ()), node)
        return found

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """Its functions and methods, but for those inside of functions."""
        found, waiting = list[Function](), [(self.tree.body, tuple[ast.ClassDef, ...]())]
        for body, outer in waiting:  # grows while it is walked
            for node in statements(body):
                if isinstance(node, ast.ClassDef):
                    waiting.append((node.body, (*outer, node)))
                elif isinstance(node, FUNCTIONS):
                    found.append(Function(self, node, Class(self, outer[-1], outer[:-1]) if outer else None))
        return tuple(found)

    @cached_property
    def rebinding(self) -> dict[str, tuple[Function, ...]]:
        """Name → the functions that bind it with `global`."""
        found: dict[str, tuple[Function, ...]] = {}
        for function in self.functions if self.rebound else ():
            for name in {name for n in function.body.nodes if isinstance(n, ast.Global) for name in n.names}:
                found[name] = (*found.get(name, ()), function)
        return found

    @cached_property
    def set(self) -> tuple[dict[int, dict[str, tuple[Function, ...]]], frozenset[str]]:
        """(id of a class → attribute → methods that set it of `self`, attributes that are set of other things)."""
        own: dict[int, dict[str, tuple[Function, ...]]] = {}
        taken: set[int] = set()
        for function in self.functions:
            if function.around is None or not function.receiver:
                continue
            found = own.setdefault(id(function.around.node), {})
            for node in function.body.nodes:
                for target, attribute in _sets(node):
                    if isinstance(target, ast.Name) and target.id == function.receiver:
                        taken.add(id(node))
                        if function not in found.get(attribute, ()):
                            found[attribute] = (*found.get(attribute, ()), function)
        unset = {id(t) for n in self.nodes if isinstance(n, ast.Assign) and _is_none(n.value) for t in n.targets}
        of_class = self._set_of_a_class()
        outside: set[str] = set()
        for node in (n for n in self.nodes if id(n) not in taken and id(n) not in unset):
            for of, attribute in _sets(node):
                is_top = attribute == ANY and (isinstance(of, ast.Call) or self.names.bound[root_name(of)] > 0)
                outside.add(ANY_OF_MODULE if is_top else f"{of_class.get(id(node), '')}{attribute}")
        return own, frozenset(outside)

    def _set_of_a_class(self) -> dict[int, str]:
        """id of a node that sets an attribute of a parameter annotated with a class of this module → "Class."."""
        found: dict[int, str] = {}
        for function in self.functions:
            classes = {
                each.arg: dotted_name(each.annotation) for each in parameters(function.node.args) if each.annotation
            }
            for node in function.body.nodes if classes else ():
                for of, _ in _sets(node):
                    cls = classes.get(of.id, "") if isinstance(of, ast.Name) and function.body.bound[of.id] == 1 else ""
                    if [type(each) for each in self.names.definitions.get(cls, ())] == [ast.ClassDef]:
                        found[id(node)] = f"{cls}."
        return found

    def receivers(self, node: ast.ClassDef) -> dict[str, tuple[Function, ...]]:
        """Attribute → the methods of a class that set it of their `self`, by whatever name."""
        return self.set[0].get(id(node), {})

    @property
    def outside(self) -> frozenset[str]:
        """Attributes that something in it sets of anything but a method's own `self`; "Class.attribute" of one that is
        said to be of a class of this module."""
        return self.set[1]

    @cached_property
    def free(self) -> dict[tuple[int, str], tuple[str, ...]]:
        """(first line, name) of each function → the names that its code takes from cells, as the compiler says.

        Raises SyntaxError for a module that Python parses but doesn't compile.
        """
        with QUIET, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            codes = [compile(self.tree, "<module>", "exec", dont_inherit=True, optimize=0)]
        for code in codes:  # grows while it is walked
            codes += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
        return {(code.co_firstlineno, code.co_name): tuple(sorted(code.co_freevars)) for code in codes}

    def body(self, function: FunctionNode) -> BodyFacts:
        """What stands in one of its functions."""
        found = self._bodies.get(id(function))
        if found is None:
            found = self._bodies[id(function)] = read_body(function, self.source)
        return found


def _sets(node: ast.AST) -> Iterable[tuple[ast.AST, str]]:
    """(object, attribute) that this very node sets: `x.a = ...`, `setattr(x, "a", ...)`, `vars(x)[k] = ...`."""
    if isinstance(node, ast.Attribute):
        return () if isinstance(node.ctx, ast.Load) else ((node.value, node.attr),)
    if isinstance(node, ast.Subscript):
        of = None if isinstance(node.ctx, ast.Load) else _whose_attributes(node.value)
        return () if of is None else ((of, ANY),)
    if not isinstance(node, ast.Call):
        return ()
    if isinstance(node.func, ast.Attribute) and node.func.attr in ("update", "setdefault", "__setitem__"):
        of = _whose_attributes(node.func.value)
        return () if of is None else ((of, ANY),)
    if last_name(node.func) not in ("setattr", "delattr", "__setattr__") or len(node.args) < 2:
        return ()
    name = node.args[1]
    return ((node.args[0], str(name.value) if isinstance(name, ast.Constant) else ANY),)


def _whose_attributes(node: ast.AST) -> ast.AST | None:
    """`x` of `x.__dict__` and `vars(x)`."""
    if isinstance(node, ast.Attribute):
        return node.value if node.attr == "__dict__" else None
    if not isinstance(node, ast.Call):
        return None
    if dotted_name(node.func) == "globals":
        return node  # the module itself
    return node.args[0] if dotted_name(node.func) == "vars" and len(node.args) == 1 else None


def _is_none(expr: ast.AST | None) -> bool:
    return isinstance(expr, ast.Constant) and expr.value is None


def names_of(body: list[ast.stmt], source: SourceFile) -> Names:
    """What a module's or a class's statements bind."""
    definitions: dict[str, tuple[Definition, ...]] = {}
    imports: dict[str, tuple[str, ...]] = {}
    for node in statements(body):
        if isinstance(node, DEFINITIONS):
            definitions[node.name] = (*definitions.get(node.name, ()), node)
        else:
            for name, stands_for, _ in imported(node, source):
                imports[name] = (*imports.get(name, ()), stands_for)
    return Names(bindings(body), definitions, imports)


class Class(NamedTuple):
    """A class of the project."""

    module: Module
    node: ast.ClassDef
    outer: tuple[ast.ClassDef, ...] = ()


class Function(NamedTuple):
    """A function or method of the project."""

    module: Module
    node: FunctionNode
    around: Class | None = None
    given: tuple[tuple[str, str], ...] = ()
    """parameters that stand for literals in the node → these"""

    @property
    def key(self) -> tuple[str, int, int, tuple[tuple[str, str], ...]]:
        """What tells it from every other function."""
        return self.module.source.relative, self.node.lineno, self.node.col_offset, self.given

    @property
    def name(self) -> str:
        """The dotted name, "app.store.Store.save"."""
        classes = [] if self.around is None else [*self.around.outer, self.around.node]
        return ".".join([self.module.source.module, *(c.name for c in classes), self.node.name])

    @property
    def body(self) -> BodyFacts:
        """What stands in it."""
        return self.module.body(self.node)

    @property
    def receiver(self) -> str:
        """The name of a method's `self` or `cls`, "" for a static method and a plain function."""
        arguments = [*self.node.args.posonlyargs, *self.node.args.args]
        names = {dotted_name(decorator).removeprefix("builtins.") for decorator in self.node.decorator_list}
        return arguments[0].arg if arguments and self.around is not None and "staticmethod" not in names else ""


def class_around(module: Module, node: FunctionNode) -> Class | None:
    """The class in whose body a function stands, or None."""
    outer: list[ast.ClassDef] = []
    within: Iterable[ast.AST] = (d for same in module.names.definitions.values() for d in same)
    while inner := next((c for c in within if isinstance(c, ast.ClassDef) and _holds(c, node)), None):
        outer.append(inner)
        within = statements(inner.body)
    return Class(module, outer[-1], tuple(outer[:-1])) if outer else None


def _holds(around: ast.ClassDef, node: FunctionNode) -> bool:
    return around.lineno < node.lineno <= (around.end_lineno or 0)


class BodyFacts(NamedTuple):
    """What stands in a function, nested functions included; not its own decorators."""

    nodes: list[ast.AST]
    bound: Counter[str]
    """every name that is bound anywhere in it: more than hide a module's name, never fewer"""
    imports: dict[str, tuple[str, ...]]
    """name → dotted names, of imports in it"""
    calls: tuple[ast.Call, ...]
    mentioned: frozenset[str]
    """names, and attributes of names ("self.http")"""


def read_body(function: FunctionNode, source: SourceFile | None = None) -> BodyFacts:
    """One walk through a function."""
    bound, imports = Counter[str](), dict[str, tuple[str, ...]]()
    calls, mentioned = list[ast.Call](), set[str]()
    nodes = [*body_nodes(function), *flat(function.args)]
    for node in nodes:
        kind = node.__class__
        if kind is ast.Name:
            mentioned.add(node.id)  # type: ignore[attr-defined]
            if node.ctx.__class__ is not ast.Load:  # type: ignore[attr-defined]
                bound[node.id] += 1  # type: ignore[attr-defined]
        elif kind is ast.Call:
            calls.append(node)  # type: ignore[arg-type]
        elif isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Name):
                mentioned.add(f"{node.value.id}.{node.attr}")
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for name, stands_for, _ in imported(node, source):
                imports[name] = (*imports.get(name, ()), stands_for)
        else:
            for name in bound_by(node):
                bound[name] += 1
    return BodyFacts(nodes, bound, imports, tuple(calls), frozenset(mentioned))


def type_parameters(node: ast.AST) -> set[str]:
    """The names of the type parameters of a function or class."""
    return {parameter.name for parameter in getattr(node, "type_params", ())}


def outer_names(node: FunctionNode, around: Iterable[Definition]) -> set[str]:
    """The names that the functions and type parameters around a function bind, or may bind: of these the module's tell
    nothing."""
    found = type_parameters(node)
    for each in around:
        found |= type_parameters(each)
        if isinstance(each, FUNCTIONS):
            found.update(bindings(each.body), (argument.arg for argument in parameters(each.args)))
    return found
