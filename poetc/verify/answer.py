"""What the checks share: the answer beside the user's function, and how a difference is said."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from poetc.errors import VerifyError
from poetc.ir import Diagnostic, Draft, Unit
from poetc.verify.nodes import clean, flat, identifiers, mangled, parameters, rebound

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Answer:
    """A draft whose code was parsed, once, with the user's own function beside it."""

    def __init__(self, draft: Draft, tree: ast.Module) -> None:
        self.draft = draft
        self.tree = tree
        self.bind_names: frozenset[str] = frozenset()
        """what `bind` binds, once its form is known"""
        self.owner: ast.ClassDef | None = None
        """the class that `bind` stands in, if it does"""
        self.evaluates_annotations = False
        """whether the answer is without the future import that leaves them as text"""

    @property
    def unit(self) -> Unit:
        return self.draft.unit

    @property
    def function(self) -> Function:
        """The user's function as the client parsed it; nothing of it comes from the service."""
        return self.draft.unit.site.node

    @cached_property
    def lines(self) -> list[str]:
        return self.draft.code.split("\n")

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the answer."""
        return flat(self.tree)

    @cached_property
    def user_nodes(self) -> list[ast.AST]:
        """Every node of the user's body and parameters; decorators, defaults and annotations run elsewhere."""
        return flat(*self.function.body)

    @cached_property
    def mentioned(self) -> set[str]:
        """Every variable the user's function mentions, at any depth."""
        classes = self.unit.site.classes
        named = {argument.arg for argument in parameters(self.function.args)}
        return identifiers(self.user_nodes) | named | {mangled(name, classes) for name in named}

    @cached_property
    def rebound(self) -> set[str]:
        """Names that mean something else in the user's function or module than Python's builtins."""
        return rebound(self.function) | set(self.unit.surroundings.bound)

    def error(self, code: str, what: str, node: ast.AST | None = None) -> VerifyError:
        """The error that says how the answer differs from what is allowed, and where in it."""
        return VerifyError(diagnostic_of(self.draft, code, what, getattr(node, "lineno", 0), self.lines))

    def says_builtin(self, node: ast.AST, name: str, aliases: Mapping[str, str]) -> bool:
        """Whether `node` certainly means the builtin `name`: an alias, or the bare name where nothing can hide it."""
        if not isinstance(node, ast.Name):
            return False
        if node.id in aliases:
            return aliases[node.id] == name
        hidden = name in self.rebound or name in self.bind_names or self.unit.surroundings.star_import
        return node.id == name and not hidden


def diagnostic_of(draft: Draft, code: str, what: str, line: int = 0, lines: list[str] | None = None) -> Diagnostic:
    """`what` is wrong with an answer, as something to say; `line` is one of the answer, shown as the excerpt."""
    site = draft.unit.site
    shown = clean(lines[line - 1].strip())[:160] if lines and 0 < line <= len(lines) else ""
    where = f" (line {line} of the answer)" if line else ""
    return Diagnostic(
        code,
        f"the answer for {site.name} was rejected: {what}{where}",
        path=site.source.relative,
        line=site.node.lineno,
        column=site.node.col_offset + 1,
        excerpt=shown,
        hint="nothing was written; check which service answers (`poet doctor`), and report this if it is poetc's own",
        unit=site.name,
    )


@dataclass(frozen=True, slots=True)
class Form:
    """An answer read as the contract's form; `bound` maps names of `bind` to what of the runtime they are made of."""

    bind: ast.FunctionDef
    parameter: str
    bound: dict[str, ast.Call]
    aliases: dict[str, str]
    operate_name: str
    """what Operate′ is called (the parameter's name if the original is given back as it is); "": supplied"""
    operate: Function | None
    """None: wrapped (`operate = original`) or supplied"""
    public: Function | None
    """None: direct, the public function is `operate`"""
    names: frozenset[str] = field(default=frozenset())
    """every name that `bind` binds"""
    borrowed: frozenset[str] = field(default=frozenset())
    """those that it only declares, variables of the original's"""

    def thing(self, name: str) -> str:
        """What of the runtime `name` is made of, "Perceive"; "" if nothing."""
        call = self.bound.get(name)
        return call.func.attr if call is not None and isinstance(call.func, ast.Attribute) else ""

    @property
    def is_wrapped(self) -> bool:
        return self.operate is None and bool(self.operate_name)

    @property
    def is_supplied(self) -> bool:
        return not self.operate_name

    @property
    def facing(self) -> Function | None:
        """The function that callers get; None: the original itself."""
        return self.public or self.operate
