"""A function → what its class and its module hold, as far as the function mentions it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from poetc.config import Options
from poetc.effects import Catalogue, class_attributes, module_attributes
from poetc.effects.attributes import returned_class
from poetc.extract.callees import Callee, Resolver
from poetc.source.module import BodyFacts, Class, Function, Module
from poetc.source.nodes import DEFINITIONS, dotted_name, flat

LONGEST_TEXT: Final = 10_000
"""characters of a module's string that is looked at as SQL"""
LONGEST_WORD: Final = 20
"""characters of any other string: a mode, a method of HTTP"""
DULL: Final = frozenset(f"builtins.{name}" for name in ("int", "float", "bool", "complex", "NoneType", "ellipsis"))
"""classes whose objects are only reckoned with"""
SQL: Final = frozenset({"select", "with", "insert", "update", "delete", "merge", "replace", "values", "create", "drop"})


def is_handle(cls: str) -> bool:
    """Whether a class may be one of clients, connections and sessions, rather than of plain data."""
    return bool(cls) and not cls.startswith(("builtins.", "collections.", "datetime.", "decimal.", "json."))


class InstanceTypes:
    """What modules and classes hold objects of; each is found out once."""

    def __init__(self, resolver: Resolver, catalogue: Catalogue) -> None:
        self.resolver = resolver
        self.catalogue = catalogue
        self.by_module: dict[str, dict[str, str]] = {}
        self.texts: dict[str, dict[str, str]] = {}
        self.by_class: dict[tuple[str, int], tuple[dict[str, str], frozenset[str]]] = {}

    def of(self, function: Function) -> dict[str, str]:
        """ "self.http" → "httpx.Client", "session" → "requests.Session": those that the function mentions, sorted."""
        found = self.module(function.module) if mentions_a_variable(function) else {}
        if function.around is not None and function.receiver == "self":
            found = found | self.class_(function.around)
        body = function.body
        mentioned = [text for text in found if text in body.mentioned and ("." in text or not body.bound[text])]
        return {text: found[text] for text in sorted(mentioned) if found[text] not in DULL}

    def constants(self, function: Function) -> dict[str, str]:
        """The module's strings that say what the function's calls do, sorted."""
        path = function.module.source.relative
        if path not in self.texts:
            self.texts[path] = constants_of(function.module)
        given = names_given(function.body) if self.texts[path] else ()
        return {name: self.texts[path][name] for name in sorted(given) if name in self.texts[path]}

    def made(self, callees: Mapping[str, Callee]) -> dict[str, str]:
        """ "make()" → "httpx.Client": what the project's functions give, by annotations that name a known class."""
        found = {}
        for text, callee in sorted(callees.items()):
            classes = {self.given(function) for function in callee.functions} if not callee.opaque else {""}
            if len(classes) == 1 and (cls := classes.pop()):
                found[f"{text}()"] = cls
        return found

    def given(self, function: Function) -> str:
        """The known class that a plain function says that it returns, "" for any other."""
        node = function.node
        plain = isinstance(node, ast.FunctionDef) and not node.decorator_list and node.returns is not None
        if not plain or function.module.star:
            return ""
        cls = returned_class(node, function.module.imports)
        return cls if is_handle(cls) and self.catalogue.knows_class(cls) else ""

    def module(self, module: Module) -> dict[str, str]:
        """The names that a module binds to objects of one known class, and no function rebinds."""
        path = module.source.relative
        if path not in self.by_module:
            body = [_outside(statement) for statement in module.tree.body]
            found = {} if module.star else module_attributes(body, module.imports, self.catalogue)
            self.by_module[path] = {name: held for name, held in found.items() if name not in module.rebound}
        return self.by_module[path]

    def class_(self, around: Class) -> dict[str, str]:
        """A class's attributes; those of its bases count where nothing in its own body sets them."""
        key = around.module.source.relative, around.node.lineno
        if key not in self.by_class:
            self.by_class[key] = {}, frozenset()  # what a class that inherits from itself finds
            outer, self.resolver.places = self.resolver.places, set()
            found = self.attributes(around)
            self.by_class[key] = found, frozenset(self.resolver.places)
            self.resolver.places = outer
        found, places = self.by_class[key]
        self.resolver.places |= places
        return found

    def attributes(self, around: Class) -> dict[str, str]:
        found: dict[str, str] = {}
        above = [self.resolver.base(around, written) for written in around.node.bases]
        for base in [*(base for base in reversed(above) if isinstance(base, Class)), around]:
            own = class_attributes(base.node, base.module.imports, self.catalogue) if base is around else None
            inherited = self.class_(base) if own is None else own
            set_here = {f"self.{name}" for name in attributes_set(base.node)}
            found = {text: name for text, name in found.items() if text not in set_here} | inherited
        return found


def _outside(statement: ast.stmt) -> ast.stmt:
    """A statement of a module, without the body of a function or class, which binds nothing at top level."""
    if not isinstance(statement, DEFINITIONS):
        return statement
    return ast.copy_location(ast.ClassDef(statement.name, [], [], [ast.Pass()], []), statement)


def mentions_a_variable(function: Function) -> bool:
    """Whether a function mentions a name that its module binds otherwise than by a definition or an import."""
    names, body = function.module.names, function.body
    return any(name in names.bound and not names.only_known(name) for name in body.mentioned if not body.bound[name])


def attributes_set(node: ast.ClassDef) -> set[str]:
    """Attributes that a class declares, or that anything in it sets."""
    found = {n.target.id for n in node.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)}
    for inner in flat(node):
        if isinstance(inner, ast.Attribute) and not isinstance(inner.ctx, ast.Load):
            found.add(inner.attr)
    return found


def constants_of(module: Module) -> dict[str, str]:
    """The module's names that are bound once, to a string that says what a call does."""
    values = {} if module.star else module.assigned_once
    texts = {name: node.value for name, node in values.items() if isinstance(node, ast.Constant)}
    return {name: str(text) for name, text in texts.items() if _tells(text)}


def names_given(body: BodyFacts) -> set[str]:
    """The names of the module that a function's calls are given."""
    given = {a.id for call in body.calls for a in _arguments(call) if isinstance(a, ast.Name)}
    return {name for name in given if not body.bound[name]}


def _arguments(call: ast.Call) -> Iterator[ast.expr]:
    for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
        yield argument
        if isinstance(argument, ast.Call):
            yield from argument.args


def _tells(text: object) -> bool:
    if not isinstance(text, str) or len(text) > LONGEST_TEXT:
        return False
    first = text.split(None, 1)[:1]
    return len(text) <= LONGEST_WORD or (first != [] and first[0].lower() in SQL)


def replaced_calls(function: Function) -> tuple[str, ...]:
    """The called expressions of imported things that the module sets itself, anywhere: `requests.get = traced`."""
    texts, imports = {dotted_name(call.func) for call in function.body.calls}, function.module.names.imports
    called = {text for text in texts if "." in text and text.partition(".")[0] in imports}
    if not called:
        return ()
    attributes, whole = function.module.sets
    hit = {text for text in called if any(text == set_ or text.startswith(f"{set_}.") for set_ in attributes)}
    return tuple(sorted(hit | {text for text in called if text.startswith(whole)}))


def relevant_calls(
    options: Options, imports: Iterable[str], body: BodyFacts, held: Iterable[str]
) -> tuple[tuple[str, tuple[tuple[str, Any], ...]], ...]:
    """The user's entries that a function may reach: of libraries that it imports, or that what it holds is of.

    `imports`: import statements of the module; `held`: classes, as `InstanceTypes.of` has them.
    """
    if not options.calls:
        return ()
    tops = {part.partition(".")[0] for name in held for part in name.rstrip("]").split("[")}
    tops |= {statement.split(" ")[1].partition(".")[0] for statement in imports}
    tops |= {target.partition(".")[0] for targets in body.imports.values() for target in targets}
    grows = True
    while grows:  # what an entry returns may be of another library
        found = [(name, entry) for name, entry in options.calls if name.partition(".")[0] in tops]
        more = {str(dict(entry).get("returns", "")).partition(".")[0] for _, entry in found} - tops - {""}
        tops, grows = tops | more, bool(more)
    return tuple(found)
