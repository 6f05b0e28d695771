"""A called expression → the functions of the project that it may mean.

Names are followed through imports, re-exports, classes and base classes, from file to file, without running anything.
Where one name may mean several functions (an import in each branch, a subclass that overrides), all of them count.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from poetc.effects.signature import signature
from poetc.extract.deciding import is_bound, with_literals
from poetc.extract.lookup import Lookup, may_be_ours
from poetc.extract.plain_class import why_not_plain
from poetc.ir import SourceFile
from poetc.marker import marker_of
from poetc.source.functions import is_stub
from poetc.source.module import BodyFacts, Class, Function, Module, Names, names_of
from poetc.source.nodes import Definition, FunctionNode, called, dotted_name

FARTHEST: Final = 32
"""re-exports and base classes that are followed from one name"""
TRANSPARENT: Final = frozenset(
    ["staticmethod", "classmethod", "builtins.staticmethod", "builtins.classmethod"]
    + ["functools.cache", "functools.lru_cache", "contextlib.contextmanager", "contextlib.asynccontextmanager"]
    + [f"{module}.{name}" for module in ("typing", "typing_extensions") for name in ("final", "override")]
)
"""decorators under which a call still does what the function's own body says"""
BASES: Final = frozenset({"object", "abc.ABC", "typing.Generic", "typing_extensions.Generic"})
"""base classes without methods that anybody calls"""
EXCEPTIONS: Final = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
)


class Callee(NamedTuple):
    """What a called expression means, as far as it is the project's."""

    functions: tuple[Function, ...] = ()
    """those it may be; none: it only makes an object"""
    opaque: str = ""
    """why nothing is known of it"""
    makes: bool = False
    """whether it is a class"""


class Asked(NamedTuple):
    """Where in a function a name is looked up."""

    function: Function
    body: BodyFacts
    receiver: str
    """the name of `self` or `cls`; "" where there is none"""


class Resolver:
    """The project's modules as they are asked for; `places` gathers what the answers depend on."""

    def __init__(self, lookup: Lookup, decorators: tuple[str, ...]) -> None:
        self.lookup = lookup
        self.marker = marker_of(decorators)
        self.is_passed_on: Callable[[str, SourceFile], bool] = lambda dotted, asking: False
        """whether the project passes a marker on under that name"""
        self.makes_quietly: Callable[[Class, ast.expr], bool] = lambda around, base: False
        """whether a base class is a library's, and making an object of it does nothing"""
        self.literal: dict[object, Function | None] = {}
        self.modules: dict[str, Module] = {}
        self.places: set[str] = set()
        self.bodies: dict[tuple[str, int], Names] = {}
        self.below: dict[tuple[str, int], list[Class]] = {}
        self.returning: dict[tuple[str, str, bool], tuple[bool, frozenset[str]]] = {}
        """decorators by file, name, and whether they are called → whether they give back what they are given"""

    def body(self, around: Class) -> Names:
        """What a class body binds, found out once."""
        key = around.module.source.relative, around.node.lineno
        if key not in self.bodies:
            self.bodies[key] = names_of(around.node.body, around.module.source)
        return self.bodies[key]

    def add(self, module: Module) -> Module:
        """A file that is parsed already; the same for the same file."""
        return self.modules.setdefault(module.source.relative, module)

    def module(self, dotted: str, asking: Module) -> Module | None:
        """The project's module of that name."""
        if not may_be_ours(dotted):
            return None
        looked = self.lookup(dotted, asking.source)
        self.places |= looked.places
        return self.add(looked.found) if looked.found is not None else None

    def callees(self, function: Function) -> dict[str, Callee]:
        """Called expression → what of the project it means."""
        receiver, body = function.receiver, function.body
        at = Asked(function, body, receiver if body.bound[receiver] == 1 else "")
        found: dict[str, Callee] = {}
        for call in body.calls:
            text = dotted_name(call.func)
            callee = self.callee(text, at) if text and text not in found else None
            if callee is not None:
                found[text] = callee
        return found

    def by_literals(
        self, text: str, callee: Callee, call: ast.Call, receiver: str, bound: bool | None
    ) -> dict[str, Callee]:
        """The call with its literals → the functions that it may mean, as they run with these; {} where none decides.

        `bound`: whether it is a method of an object; None: its text tells.
        """
        written = signature(call, text)
        found: list[Function] = []
        for function in callee.functions if written else ():
            how = is_bound(text, function, receiver) if bound is None else bound
            key = function.key, written, how
            if key not in self.literal:
                self.literal[key] = None if how is None else with_literals(function, call, bound=how)
            found.append(self.literal[key] or function)
        return {written: callee._replace(functions=tuple(found))} if any(each.given for each in found) else {}

    def callee(self, text: str, at: Asked) -> Callee | None:
        """What a called expression means; None if it isn't a function or class of the project."""
        root, *rest = text.split(".")
        module = at.function.module
        if root == at.receiver and at.function.around is not None:
            return self.method(at.function.around, rest[0]) if len(rest) == 1 else None
        if at.body.bound[root]:
            imports = at.body.imports.get(root, ())
            if len(imports) != at.body.bound[root]:
                return None
            return merge_callees(self.dotted([*target.split("."), *rest], 0, module) for target in imports)
        return self.named(module, root, rest, 0)

    def named(self, module: Module, name: str, rest: list[str], steps: int) -> Callee | None:
        """What `name.rest` means at a module's top level."""
        names = module.names
        if name not in names.bound:
            return None
        found = [self.defined(module, node, rest, steps) for node in names.definitions.get(name, ())]
        targets = names.imports.get(name, ())
        found += [self.dotted([*target.split("."), *rest], steps + 1, module) for target in targets]
        known = merge_callees(found)
        if known is not None and (module.star or not names.only_known(name)):
            return Callee(opaque=f"`{name}` is bound to something else too")
        return known

    def dotted(self, parts: list[str], steps: int, asking: Module) -> Callee | None:
        """What an absolute dotted name means: of the modules that it may start with, the longest."""
        if steps > FARTHEST:
            return Callee(opaque="its imports go in circles")
        for length in range(len(parts) - 1, 0, -1):
            module = self.module(".".join(parts[:length]), asking)
            if module is not None:
                found = self.named(module, parts[length], parts[length + 1 :], steps)
                return found or self.unbound(module, parts[length])
        return None

    def unbound(self, module: Module, name: str) -> Callee | None:
        """A name that a module of the project doesn't define: imported from elsewhere, or not to be found."""
        targets = module.names.imports.get(name, ())
        if targets and module.names.only_known(name) and not module.star:
            return None  # a library's function under another name: no claim is made about it
        return Callee(opaque=f"`{name}` can't be found in {module.source.relative}")

    def defined(self, module: Module, node: Definition, rest: list[str], steps: int) -> Callee | None:
        """What a definition at top level, or a method of it, means when it is called."""
        if not isinstance(node, ast.ClassDef):
            return self.function(Function(module, node)) if not rest else None
        found = Class(module, node)
        if not rest:
            reason = why_not_plain(found, self.base, self.makes_quietly)
            return Callee(opaque=reason, makes=True)
        return self.method(found, rest[0], steps) if len(rest) == 1 else None

    def function(self, function: Function) -> Callee:
        """One function, unless something stands around its body."""
        for decorator in function.node.decorator_list:
            if not (
                self.is_transparent(called(decorator), function.module) or self.gives_back(decorator, function.module)
            ):
                return Callee(opaque=f"it is decorated with `{dotted_name(called(decorator)) or 'something'}`")
        if is_stub(function.node):
            return Callee(opaque="its body is a stub")
        return Callee((function,))

    def is_transparent(self, decorator: ast.expr, module: Module) -> bool:
        names = module.names
        root, *rest = dotted_name(decorator).split(".")
        if root not in names.bound:
            return ".".join([root, *rest]) in TRANSPARENT
        targets = [".".join([target, *rest]) for target in names.imports.get(root, ())]
        return (
            bool(targets)
            and names.only_known(root)
            and all(t in TRANSPARENT or self.is_mark(t, module.source) for t in targets)
        )

    def gives_back(self, decorator: ast.expr, module: Module) -> bool:
        """Whether a decorator is the project's own and gives back what it is given, as it is."""
        text = dotted_name(called(decorator))
        key = module.source.relative, text, isinstance(decorator, ast.Call)
        if key not in self.returning:
            self.returning[key] = False, frozenset()  # where it decorates itself
            outer, self.places = self.places, set()
            root, *rest = text.split(".")
            callee = self.named(module, root, rest, 0)
            known = callee is not None and not callee.opaque and bool(callee.functions)
            nodes = [made_by(f.node) if key[2] else f.node for f in callee.functions] if callee and known else []
            self.returning[key] = bool(nodes) and all(map(gives_back, nodes)), frozenset(self.places)
            self.places = outer
        found, places = self.returning[key]
        self.places |= places
        return found

    def is_marked(self, function: Function) -> bool:
        """Whether a function carries a marker itself."""
        for decorator in function.node.decorator_list:
            root, *rest = dotted_name(called(decorator)).split(".")
            targets = function.module.names.imports.get(root, ())
            if any(self.is_mark(".".join([target, *rest]), function.module.source) for target in targets):
                return True
        return False

    def is_mark(self, dotted: str, asking: SourceFile) -> bool:
        """Whether that is a marker, be it one that the project passes on."""
        return self.marker.matches(dotted) or self.is_passed_on(dotted, asking)

    def method(self, around: Class, name: str, steps: int = 0) -> Callee | None:
        """A method of a class, of what it inherits from, or of what in its module inherits from it."""
        own = self.inherited(around, name, steps)
        if own is None:
            return None
        overriding = [self.own_method(c, name) for c in self.subclasses(around)]
        return merge_callees([own, *(found for found in overriding if found is not None)])

    def inherited(self, around: Class, name: str, steps: int) -> Callee | None:
        own = self.own_method(around, name)
        if own is not None or steps > FARTHEST:
            return own
        bases = [self.base(around, base) for base in around.node.bases]
        found = [self.inherited(base, name, steps + 1) for base in bases if isinstance(base, Class)]
        known = merge_callees(f for f in found if f is not None)
        if known is not None and None in bases:
            return Callee(opaque=f"`{name}` may be inherited from another distribution")
        return known

    def own_method(self, around: Class, name: str) -> Callee | None:
        """A method that stands in the class's own body."""
        names = self.body(around)
        if name not in names.bound:
            return None
        nodes = names.definitions.get(name, ())
        if not names.only_known(name) or any(isinstance(n, ast.ClassDef) for n in nodes) or not nodes:
            return Callee(opaque=f"`{name}` isn't a plain method")
        return merge_callees(
            self.function(Function(around.module, n, around)) for n in nodes if not isinstance(n, ast.ClassDef)
        )

    def base(self, around: Class, base: ast.expr) -> Class | str | None:
        """A base class: the project's, the name of a known one of no consequence, or None."""
        written = dotted_name(base.value if isinstance(base, ast.Subscript) else base)
        root, *rest = written.split(".")
        names = around.module.names
        if any(root in self.body(Class(around.module, c)).bound for c in around.outer) or not root:
            return None
        if root not in names.bound:
            return written if written in BASES | EXCEPTIONS and not around.module.star else None
        if not names.only_known(root) or names.bound[root] != 1:
            return None
        for node in names.definitions.get(root, ()):
            return Class(around.module, node) if isinstance(node, ast.ClassDef) and not rest else None
        target = ".".join([*names.imports[root], *rest])
        return target if target in BASES else self.imported_class(target.split("."), 0, around.module)

    def imported_class(self, parts: list[str], steps: int, asking: Module) -> Class | None:
        """The project's class of an absolute dotted name."""
        module = self.module(".".join(parts[:-1]), asking) if steps <= FARTHEST and len(parts) > 1 else None
        if module is None or module.star or module.names.bound[parts[-1]] != 1:
            return None
        for node in module.names.definitions.get(parts[-1], ()):
            return Class(module, node) if isinstance(node, ast.ClassDef) else None
        for target in module.names.imports.get(parts[-1], ()):
            return self.imported_class(target.split("."), steps + 1, module)
        return None

    def subclasses(self, around: Class) -> list[Class]:
        """The classes at the top level of the class's own module that inherit from it, directly or not."""
        key = around.module.source.relative, around.node.lineno
        if key not in self.below:
            self.below[key] = self.found_below(around)
        return self.below[key]

    def found_below(self, around: Class) -> list[Class]:
        nodes = [n for ns in around.module.names.definitions.values() for n in ns if isinstance(n, ast.ClassDef)]
        known, found = {around.node.name}, list[Class]()
        grows = True
        while grows:
            new = [n for n in nodes if n.name not in known and known & {dotted_name(b) for b in n.bases}]
            found += [Class(around.module, n) for n in new]
            known |= {n.name for n in new}
            grows = bool(new)
        return found


def merge_callees(found: Iterable[Callee | None]) -> Callee | None:
    """Several things that one name may mean."""
    known = [*found]
    ours = [callee for callee in known if callee is not None]
    if not ours:
        return None
    if len(ours) < len(known):
        return Callee(opaque="it may also be another distribution's")
    opaque = next((callee.opaque for callee in ours if callee.opaque), "")
    functions = {function.key: function for callee in ours for function in callee.functions}
    makes = all(callee.makes for callee in ours)
    return Callee(() if opaque else tuple(functions.values()), opaque, makes)


def gives_back(node: FunctionNode | None) -> bool:
    """Whether a function does no more than return its one argument, perhaps after it is put into a table."""
    if not isinstance(node, ast.FunctionDef) or node.decorator_list or len(node.args.args) != 1:
        return False
    given, body = node.args.args[0].arg, without_docstring(node.body)
    others = node.args.vararg or node.args.kwonlyargs or node.args.kwarg or node.args.posonlyargs
    return not others and bool(body) and _is_that(body[-1], given) and all(_enters(each, given) for each in body[:-1])


def _is_that(statement: ast.stmt, name: str) -> bool:
    return isinstance(statement, ast.Return) and isinstance(statement.value, ast.Name) and statement.value.id == name


def _enters(statement: ast.stmt, name: str) -> bool:
    """Whether a statement is `TABLE[key] = name`, with a key that is a name, a text, or the thing's own name."""
    match statement:
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(), slice=key)], value=ast.Name(id=given)):
            own = isinstance(key, ast.Attribute) and dotted_name(key) in (f"{name}.__name__", f"{name}.__qualname__")
            return given == name and (own or isinstance(key, ast.Name | ast.Constant))
    return False


def made_by(node: FunctionNode) -> FunctionNode | None:
    """The function that a function defines and returns, if it does nothing else."""
    match without_docstring(node.body):
        case [ast.FunctionDef(name=name) as inner, ast.Return(value=ast.Name(id=given))] if name == given:
            return inner if isinstance(node, ast.FunctionDef) else None
    return None


def without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    """A body behind its docstring."""
    first = body[0].value if body and isinstance(body[0], ast.Expr) else None
    return body[1:] if isinstance(first, ast.Constant) and isinstance(first.value, str) else body
