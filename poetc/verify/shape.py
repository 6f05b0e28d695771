"""POET406: the answer has the form of the contract and nothing beside it.

    comments, docstring, `from __future__ import annotations`, the runtime's import, `def bind(original)`, which may
    stand in a class of the original's class's name

and in `bind` only objects of the runtime made of literals, aliases of builtins, `operate`, the public function and one
return.
"""

from __future__ import annotations

import ast
import builtins
from typing import Final

from poetc.verify.answer import Answer, Form, Function
from poetc.verify.contracts import is_contract
from poetc.verify.nodes import FUNCTIONS, said
from poetc.verify.patterns import (
    ADDED,
    ALIASED,
    DOMAIN_RUNTIME,
    THINGS,
    is_docstring,
    is_literal,
    is_name,
    is_runtime,
    plain_call,
)
from poetc.verify.place import check_place, stands_like
from poetc.verify.public import check_public

CODE = "POET406"
FIXED: Final = frozenset(dir(builtins)) | {"rt", "bind", "annotations"}
"""names that `bind` may not bind"""


def read(answer: Answer) -> Form:
    """The answer as a `Form`; raises VerifyError (POET406)."""
    bind = bind_of(answer)
    form = BindReader(answer, bind).form()
    answer.bind_names = form.names
    check_place(answer, form)
    if form.public is not None:
        check_public(answer, form)
    return form


def bind_of(answer: Answer) -> ast.FunctionDef:
    """The module's `bind`, once everything around it is known to be as it should."""
    statements = list(answer.tree.body)
    if statements and is_docstring(statements[0]):
        statements.pop(0)
    answer.evaluates_annotations = not (statements and is_import(statements[0], "__future__", "annotations", None))
    if not answer.evaluates_annotations:
        statements.pop(0)
    package = answer.unit.site.source.link_package
    if len(statements) < 2:
        raise answer.error(CODE, "its module is incomplete")
    runtime, bind, *others = statements
    if not is_import(runtime, package, "_runtime", "rt"):
        raise answer.error(CODE, f"`{said(runtime)}` is not `from {package} import _runtime as rt`", runtime)
    if isinstance(bind, ast.ClassDef):
        bind = in_class(answer, bind, others.pop(0) if others else bind)
    for node in others:
        raise answer.error(CODE, f"its module holds a statement that has no place there, `{said(node)}`", node)
    if not isinstance(bind, ast.FunctionDef) or bind.name != "bind":
        raise answer.error(CODE, f"its module holds `{said(bind)}`, not `def bind(original)`", bind)
    return bind


def in_class(answer: Answer, owner: ast.ClassDef, last: ast.stmt) -> ast.stmt:
    """What stands in a class that is there for its name alone, called like the one around the function."""
    classes = answer.unit.site.classes
    plain = not (owner.bases or owner.keywords or owner.decorator_list or getattr(owner, "type_params", None))
    if not plain or len(owner.body) != 1 or not classes or not stands_like(owner.name, classes[-1]):
        raise answer.error(CODE, f"`{said(owner)}` isn't the class of the function with `bind` alone in it", owner)
    if owner.name in ALIASED | {"rt", "bind"}:
        raise answer.error(CODE, f"the class `{owner.name}` hides what `bind` reads", owner)
    if ast.unparse(last) != f"bind = {owner.name}.bind":
        raise answer.error(CODE, f"its module ends with `{said(last)}`, not `bind = {owner.name}.bind`", last)
    answer.owner = owner
    return owner.body[0]


def is_import(node: ast.stmt, module: str, name: str, alias: str | None) -> bool:
    """Whether `node` is `from module import name [as alias]`."""
    if not isinstance(node, ast.ImportFrom) or node.module != module or node.level:
        return False
    return [(each.name, each.asname) for each in node.names] == [(name, alias)]


class BindReader:
    """Reads `bind` statement by statement, knowing what was bound before."""

    def __init__(self, answer: Answer, bind: ast.FunctionDef) -> None:
        self.answer = answer
        self.bind = bind
        self.things = {**THINGS, **dict.fromkeys(DOMAIN_RUNTIME.get(answer.unit.policy.domain or "", ()), frozenset())}
        self.parameter = self.read_parameter()
        self.bound: dict[str, ast.Call] = {}
        self.aliases: dict[str, str] = {}
        self.functions: dict[str, Function] = {}
        self.relocated: set[str] = set()
        self.borrowed: set[str] = set()
        self.wrapped = ""

    def wrong(self, what: str, node: ast.AST) -> Exception:
        return self.answer.error(CODE, what, node)

    @property
    def names(self) -> set[str]:
        """Everything bound so far."""
        wrapped = {self.wrapped} if self.wrapped else set()
        return {self.parameter, *self.bound, *self.aliases, *self.functions, *self.borrowed, *wrapped}

    def read_parameter(self) -> str:
        """The one parameter of `bind`; nothing in its header may run."""
        arguments = self.bind.args
        self.check_header(self.bind)
        if (
            len(arguments.args) != 1
            or arguments.posonlyargs
            or arguments.kwonlyargs
            or arguments.vararg
            or arguments.kwarg
        ):
            raise self.wrong("`bind` takes other parameters than the original", self.bind)
        name = arguments.args[0].arg
        if arguments.defaults or not ADDED.fullmatch(name) or name in FIXED or name in self.answer.mentioned:
            raise self.wrong(f"`bind` has the parameter `{said(arguments)}`", self.bind)
        return name

    def check_header(self, function: Function) -> None:
        """No decorator, no annotation, no type parameter, and defaults that are literals or `...`."""
        arguments = function.args
        given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        for decorator in function.decorator_list:
            raise self.wrong(f"`{said(decorator)}` decorates `{function.name}`", decorator)
        if function.returns is not None or getattr(function, "type_params", None):
            raise self.wrong(f"`{function.name}` is annotated", function)
        for argument in given:
            if argument is not None and argument.annotation is not None:
                raise self.wrong(f"the parameter `{said(argument)}` is annotated", argument)
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None and not is_literal(default):
                raise self.wrong(f"the default `{said(default)}` is no literal", default)

    def form(self) -> Form:
        """The whole of `bind`; raises VerifyError."""
        body = list(self.bind.body)
        if is_docstring(body[0]):
            body.pop(0)
        if not body or not isinstance(body[-1], ast.Return):
            raise self.wrong("`bind` doesn't end with its one return", self.bind)
        for node in body[:-1]:
            self.read(node)
        public, operate = self.returned(body[-1])
        if hidden := self.names & set(self.aliases.values()):
            raise self.wrong(f"`bind` reads `{min(hidden)}` and binds it as well", self.bind)
        return Form(
            bind=self.bind,
            parameter=self.parameter,
            bound=self.bound,
            aliases=self.aliases,
            operate_name=operate or self.wrapped,
            operate=self.functions[operate] if operate else None,
            public=self.functions[public] if public else None,
            names=frozenset(self.names),
            borrowed=frozenset(self.borrowed),
        )

    def read(self, node: ast.stmt) -> None:
        """One statement of `bind` but the last."""
        if isinstance(node, FUNCTIONS):
            self.check_header(node)
            self.add(node.name, node)
            self.functions[node.name] = node
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            self.assign(node.targets[0].id, node.value, node)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            self.borrow(node.target.id, node)
        else:
            raise self.wrong(f"`bind` holds a statement that has no place there, `{said(node)}`", node)

    def borrow(self, name: str, node: ast.AnnAssign) -> None:
        """`counter: original` declares a variable without a value: the runtime puts the original's cell there."""
        if node.value is not None or not node.simple or not is_name(node.annotation, self.parameter):
            raise self.wrong(f"`bind` holds a statement that has no place there, `{said(node)}`", node)
        if name in self.names or name == "rt":
            raise self.wrong(f"`bind` declares `{name}` again", node)
        self.borrowed.add(name)

    def add(self, name: str, node: ast.stmt) -> None:
        """A name may be bound once, and must be free in the user's function, which would otherwise see it."""
        own = self.answer.function.name
        if name in self.names or (name in FIXED and not (name == own != "rt" and isinstance(node, FUNCTIONS))):
            raise self.wrong(f"`bind` binds `{name}` again", node)
        if name in self.answer.mentioned:
            raise self.answer.error("POET403", f"`bind` binds `{name}`, a name that the function itself uses", node)
        if not ADDED.fullmatch(name) and name.rstrip("_") != own.rstrip("_"):
            raise self.wrong(f"`bind` binds the odd name `{name}`", node)

    def assign(self, name: str, value: ast.expr, node: ast.stmt) -> None:
        """`name = rt.Thing(...)`, an alias, `operate = original`, `operate = rt.relocate(operate, original)`."""
        if name in self.functions:
            call = plain_call(value)
            if (
                call is None
                or not is_runtime(call.func, "relocate")
                or not self.takes(call, name)
                or name in self.relocated
            ):
                raise self.wrong(f"`bind` binds `{name}` again, to `{said(value)}`", node)
            self.relocated.add(name)
            return
        self.add(name, node)
        if is_name(value, self.parameter) and not self.wrapped:
            self.wrapped = name
        elif isinstance(value, ast.Name) and value.id in ALIASED:
            self.aliases[name] = value.id
        elif isinstance(value, ast.Call):
            self.check_made(value)
            self.bound[name] = value
        else:
            raise self.wrong(f"`bind` binds `{name}` to `{said(value)}`", node)

    def takes(self, call: ast.Call, name: str) -> bool:
        """Whether a call's arguments are `name`, the original, and at most objects of the runtime."""
        first, second, *more = [*call.args, None, None][: max(2, len(call.args))]
        if not (is_name(first, name) and is_name(second, self.parameter)):
            return False
        return len(more) <= 1 and all(isinstance(each, ast.Name) and self.made(each.id) == "Perceive" for each in more)

    def made(self, name: str) -> str:
        """What of the runtime `name` was made of; "" if nothing."""
        call = self.bound.get(name)
        return call.func.attr if call is not None and isinstance(call.func, ast.Attribute) else ""

    def check_made(self, call: ast.Call) -> None:
        """`rt.Thing(...)` of literals, the original, such calls, and names bound before to such calls."""
        function = call.func
        if not (isinstance(function, ast.Attribute) and is_name(function.value, "rt") and function.attr in self.things):
            raise self.wrong(f"`bind` calls `{said(function)}`", call)
        first = call.args[0] if call.args else None
        if not is_name(first, self.parameter):
            raise self.wrong(f"`{said(call)}` is not made for the original", call)
        for at, argument in enumerate(call.args[1:]):
            if not (function.attr == "Events" and at == 0 and is_name(argument, "__name__")):
                self.check_argument(argument)
        for keyword in call.keywords:
            if keyword.arg is None:
                raise self.wrong(f"`bind` calls `{said(call)}`", call)
            if function.attr == "Perceive" and not self.is_contract(keyword.value):
                raise self.wrong(f"`{said(keyword.value)}` is no contract", call)
            self.check_argument(keyword.value)

    def is_contract(self, node: ast.expr) -> bool:
        """Whether `node` is the text of a contract, or the name of a `Hint`."""
        named = isinstance(node, ast.Name) and self.made(node.id) == "Hint"
        return named or is_contract(getattr(node, "value", None))

    def check_argument(self, node: ast.expr) -> None:
        """One argument of what `check_made` accepts."""
        if is_literal(node):
            return
        if isinstance(node, ast.Call):
            self.check_made(node)
        elif isinstance(node, ast.Tuple | ast.List):
            for each in node.elts:
                self.check_argument(each)
        elif isinstance(node, ast.Dict) and None not in node.keys:
            for key, value in zip(node.keys, node.values, strict=True):
                self.check_argument(value)
                if key is not None:
                    self.check_argument(key)
        elif not (isinstance(node, ast.Name) and node.id in self.bound):
            raise self.wrong(f"`bind` makes something of `{said(node)}`", node)

    def returned(self, node: ast.Return) -> tuple[str, str]:
        """Names of the public function ("" in the direct form) and of Operate′ ("" where there is none)."""
        if is_name(node.value, self.parameter) and self.names == {self.parameter}:
            self.wrapped = self.parameter
            return "", ""
        call = plain_call(node.value)
        name = call.args[0].id if call is not None and call.args and isinstance(call.args[0], ast.Name) else ""
        function = self.functions.get(name)
        if call is None or function is None or not self.takes(call, name):
            raise self.wrong(f"`bind` ends with `{said(node)}`", node)
        others = [each for each in self.functions if each != name]
        if is_runtime(call.func, "relocate") and not others and not self.wrapped and not self.relocated:
            return "", name
        if not is_runtime(call.func, "dress") or name in self.relocated or [*self.relocated] != others:
            raise self.wrong(f"`bind` ends with `{said(node)}`, which doesn't fit what it defines", node)
        if len(others) > 1 or (others and self.wrapped):
            raise self.wrong("`bind` defines more functions than Operate′ and the public one", node)
        if name.rstrip("_") != self.answer.function.name.rstrip("_"):
            raise self.wrong(f"the public function is called `{name}`", function)
        return name, others[0] if others else ""
