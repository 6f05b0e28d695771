"""`SourceFile` → its `PythonSite`s, and what is to be said about marks that are no sites.

One pass over the statements, in source order. A statement on whose lines no name of the marker occurs is not looked
into, so a function's body is walked only if it might hold a mark of its own.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from poetc.diagnose import diagnose
from poetc.errors import SourceError
from poetc.ir import Diagnostic, Role, Severity, SourceFile, Span
from poetc.ir.source import full_name
from poetc.marker import Marker, marker_of
from poetc.scan.parse import parse_module
from poetc.scan.readers import meanings, reader_above
from poetc.scan.scope import Scope
from poetc.source.functions import decorator_name, is_transparent, kind_of, role_of, suffix_of
from poetc.source.module import Module
from poetc.source.nodes import Definition, FunctionNode, children, statements
from poetc.source.site import PythonSite

Block = ast.stmt | ast.ExceptHandler | ast.match_case


def find_sites(source: SourceFile, decorators: Iterable[str]) -> tuple[list[PythonSite], list[Diagnostic]]:
    """The decorated functions in source order, and diagnostics in the order of their places.

    Never raises for what stands in the file: POET101 and POET105 come as the only diagnostic. A function that is
    diagnosed is no site; its qualified name is the diagnostic's `unit`.
    """
    try:
        module = parse_module(source)
    except SourceError as error:
        return [], [error.diagnostic]
    survey = _Survey(module, marker_of(tuple(decorators)))
    survey.read()
    sites = survey.distinct()
    return sites, sorted(survey.diagnostics, key=lambda d: (d.line, d.column))


def every_site(source: SourceFile, marked: Iterable[PythonSite]) -> list[PythonSite]:
    """The other functions of a file and of its classes, as if each carried the bare marker; those inside of functions
    are part of what they stand in."""
    module, taken = parse_module(source), {id(site.node) for site in marked}
    survey = _Survey(module, marker_of(()))
    waiting: list[tuple[list[ast.stmt], Scope]] = [(module.tree.body, Scope(source, survey.marker))]
    for body, scope in waiting:  # grows while it is walked
        for node in statements(body):
            if isinstance(node, ast.ClassDef):
                waiting.append((node.body, scope.class_body(node)))
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and id(node) not in taken:
                survey.marks.append(_unmarked(node, scope))
    return [survey.site(mark) for mark in sorted(survey.marks, key=lambda mark: mark.node.lineno)]


def _unmarked(node: FunctionNode, scope: Scope) -> _Mark:
    role = role_of(node.decorator_list, scope.in_class)
    decorator = ast.copy_location(ast.Name("poet", ast.Load()), node)
    return _Mark(node, scope.qualname(node.name) + suffix_of(role), decorator, role, scope.around, sound=True)


class _Mark(NamedTuple):
    """A function that carries the marker."""

    node: FunctionNode
    qualname: str
    decorator: ast.expr
    role: Role
    around: tuple[Definition, ...]
    sound: bool
    """whether nothing was said against it"""


class _Survey:
    """One module on its way through `read`."""

    def __init__(self, module: Module, marker: Marker) -> None:
        self.module = module
        self.source = module.source
        self.marker = marker
        self.lines = self.source.text.split("\n")
        self.marks: list[_Mark] = []
        self.imports: dict[str, str] | None = None
        """what imported names mean, once that is asked for"""
        self.diagnostics: list[Diagnostic] = []
        self.known = set(marker.needles())
        self.mentions = self.lines_with("|".join(map(re.escape, marker.needles())))

    def read(self) -> None:
        """Read all statements, depth first in source order; a loop, since `elif` nests without limit."""
        stack: list[tuple[Iterator[Block], Scope]] = [(iter(self.module.tree.body), Scope(self.source, self.marker))]
        while stack:
            block = next(stack[-1][0], None)
            if block is None:
                stack.pop()
            elif self.mentioned(block):
                stack.extend((iter(body), scope) for body, scope in reversed(self.visit(block, stack[-1][1])))

    def visit(self, node: Block, scope: Scope) -> list[tuple[list[Block], Scope]]:
        """Read one statement; gives the blocks inside of it that are to be read next."""
        if isinstance(node, ast.Import | ast.ImportFrom):
            self.learn(scope.read_import(node))
            return []
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self.function(node, scope)
            scope.unbind(node.name)
            return [([*node.body], scope.function_body(node))] if self.holds_mention(node) else []
        if isinstance(node, ast.ClassDef):
            self.not_on_a_class(node, scope)
            self.calls(node, scope)
            scope.unbind(node.name)
            return [([*node.body], scope.class_body(node))]
        self.calls(node, scope)
        if isinstance(node, ast.stmt):
            self.learn(scope.read_assignment(node))
        return [(body, scope.branches()) for body in _blocks(node)]

    def function(self, node: FunctionNode, scope: Scope) -> None:
        """Note a decorated function, or say why it can't be one."""
        marked = [d for d in node.decorator_list if scope.is_marker(d)]
        self.calls(node, scope, besides=marked)
        if not marked or any(decorator_name(d) == "overload" for d in node.decorator_list):
            return
        role = role_of(node.decorator_list, scope.in_class)
        qualname = scope.qualname(node.name) + suffix_of(role)
        sound = self.well_decorated(node, marked, qualname, scope)
        self.marks.append(_Mark(node, qualname, marked[0], role, scope.around, sound))

    def well_decorated(self, node: FunctionNode, marked: list[ast.expr], qualname: str, scope: Scope) -> bool:
        """Whether `@poet` stands once, is one that can be linked, and is given the function itself."""
        if not scope.is_linked(marked[0]):
            message = f"the decorator of `{node.name}` is imported inside of a function, where it can't be linked"
            hint = "Import it at the top of the module."
            self.say("POET207", message, marked[0], qualname, hint=hint)
            return False
        if len(marked) > 1:
            hint = "Keep one, with all arguments."
            self.say("POET203", f"`{node.name}` carries @poet {len(marked)} times", marked[1], qualname, hint=hint)
            return False
        reader = self.reader(node, marked[0], scope)
        if reader is not None:
            shown = ast.unparse(reader)
            message = f"`{shown}` works on the code of `{node.name}` itself, which is left as it is"
            hint = "Take @poet off, or put it on a function that calls this one."
            self.say("POET218", message, reader, qualname, hint=hint, severity=Severity.WARNING)
            return False
        for below in node.decorator_list[node.decorator_list.index(marked[0]) + 1 :]:
            if not is_transparent(below, scope.in_class):
                shown = decorator_name(below) or "a decorator"
                message = f"`{shown}` stands between @poet and `{node.name}`, which is left as it is"
                hint = "Put @poet directly above `def`, below the other decorators."
                self.say("POET209", message, below, qualname, hint=hint, severity=Severity.WARNING)
                return False
        first = node.decorator_list[0]
        if not self.lines[first.lineno - 1].lstrip().startswith("@"):
            message = "`@` and the decorator stand on different lines"
            hint = "Write both on one line."
            self.say("POET210", message, first, qualname, hint=hint, severity=Severity.WARNING)
            return False
        return True

    def reader(self, node: FunctionNode, marked: ast.expr, scope: Scope) -> ast.expr | None:
        """A decorator above the marker, or of a class around, that reads the function's code."""
        above = node.decorator_list[: node.decorator_list.index(marked)]
        above += [d for each in scope.around if isinstance(each, ast.ClassDef) for d in each.decorator_list]
        if not above:
            return None
        if self.imports is None:
            self.imports = meanings(self.module)
        return reader_above(above, self.imports)

    def not_on_a_class(self, node: ast.ClassDef, scope: Scope) -> None:
        for decorator in node.decorator_list:
            if scope.is_marker(decorator):
                qualname = scope.qualname(node.name)
                hint = "Put @poet on the methods that are to be enhanced."
                self.say(
                    "POET208", f"`{node.name}` is a class, and @poet is for functions", decorator, qualname, hint=hint
                )

    def calls(self, node: Block, scope: Scope, besides: Iterable[ast.expr] = ()) -> None:
        """Say where the marker is called otherwise than as a decorator: on a lambda, on a name, or to be kept."""
        skipped = set(map(id, besides))
        if isinstance(node, ast.ClassDef):
            skipped |= {id(d) for d in node.decorator_list if scope.is_marker(d)}
        waiting = [child for child in _expressions(node) if id(child) not in skipped]
        while waiting:
            inner = waiting.pop()
            if isinstance(inner, ast.Call) and scope.is_marker(inner):
                what = "a lambda" if any(isinstance(a, ast.Lambda) for a in inner.args) else "a call"
                hint = "Write a `def` and put @poet above it; only decorators are known before the program runs."
                self.say("POET208", f"the marker is used in {what}, not as a decorator", inner, "", hint=hint)
            else:
                waiting += children(inner)

    def distinct(self) -> list[PythonSite]:
        """The sound marks whose name no other mark has; the others can't be told apart at import, or in the store."""
        by_name: dict[str, list[_Mark]] = {}
        for mark in self.marks:
            by_name.setdefault(full_name("", mark.qualname), []).append(mark)
        for name, marks in by_name.items():
            if len(marks) > 1:
                lines = " and ".join(str(m.node.lineno) for m in marks)
                message = f"`{name[1:]}` is decorated more than once, on lines {lines}; all are left as they are"
                hint = "Give them different names, or decorate one of them."
                for qualname in dict.fromkeys(mark.qualname for mark in marks):
                    self.say("POET206", message, marks[1].decorator, qualname, hint=hint, severity=Severity.WARNING)
        return [self.site(m) for m in self.marks if m.sound and len(by_name[full_name("", m.qualname)]) == 1]

    def site(self, mark: _Mark) -> PythonSite:
        node, first = mark.node, (*mark.node.decorator_list, mark.decorator)[0]
        indent = len(self.lines[first.lineno - 1]) - len(self.lines[first.lineno - 1].lstrip())
        span = Span(first.lineno, indent, node.end_lineno or node.lineno, node.end_col_offset or 0)
        classes = tuple(each.name for each in mark.around if isinstance(each, ast.ClassDef))
        kind = kind_of(node)
        return PythonSite(
            self.source, mark.qualname, mark.role, kind, classes, span, node, self.module, mark.decorator, mark.around
        )

    def say(
        self,
        code: str,
        message: str,
        node: ast.expr,
        qualname: str,
        *,
        hint: str,
        severity: Severity = Severity.ERROR,
    ) -> None:
        unit = f"{self.source.known_as}.{qualname}" if qualname else ""
        self.diagnostics.append(diagnose(code, message, self.source, node, hint=hint, unit=unit, severity=severity))

    # which lines may concern the marker

    def learn(self, names: set[str]) -> None:
        """Lines that mention a new name of the marker are to be read too."""
        new = {n for n in names - self.known if not any(needle in n for needle in self.marker.needles())}
        if new:
            self.known |= new
            pattern = "|".join(rf"\b{re.escape(n)}\b" for n in sorted(new))
            self.mentions = sorted({*self.mentions, *self.lines_with(pattern)})

    def lines_with(self, pattern: str) -> list[int]:
        search = re.compile(pattern).search
        return [number for number, line in enumerate(self.lines, 1) if search(line)]

    def mentioned(self, node: Block) -> bool:
        if isinstance(node, ast.ExceptHandler | ast.stmt):
            first = node.lineno
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.decorator_list:
                first = node.decorator_list[0].lineno
            return self.between(first, node.end_lineno or first)
        return True

    def holds_mention(self, node: FunctionNode) -> bool:
        return self.between(node.lineno, node.end_lineno or node.lineno)

    def between(self, first: int, last: int) -> bool:
        at = bisect_left(self.mentions, first)
        return at < len(self.mentions) and self.mentions[at] <= last


def _blocks(node: Block) -> list[list[Block]]:
    """The blocks of statements inside a compound statement, in source order."""
    names = ("body", "handlers", "orelse", "cases", "finalbody")
    return [block for name in names if (block := getattr(node, name, None))]


def _expressions(node: Block) -> list[ast.AST]:
    """The parts of a statement that are no statements."""
    blocks = (ast.stmt, ast.ExceptHandler, ast.match_case)
    return [child for child in children(node) if not isinstance(child, blocks)]
