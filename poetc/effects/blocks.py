"""Blocks that only read, and make anew all that they read from, so that they may be done again as a whole.

A call that opens something (`Entry.late`: a response whose body comes later, a connection out of a pool) may have
worked, and what it gave still fail when it is used. Then nothing can be repeated but all from that call on. The block
is the smallest run of statements from the one that opens to the last that reads, in one list of statements.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from poetc.effects.assigned import inner_names, stored_names, uses_only_what_it_assigns
from poetc.effects.conditions import find_argument
from poetc.effects.names import BUILTINS
from poetc.effects.ownership import IMMUTABLE
from poetc.effects.resolve import ResolvedCall, Resolver
from poetc.effects.scope import Key, Scope
from poetc.effects.sequence import Sequence
from poetc.ir.effect import Effect
from poetc.ir.source import Span
from poetc.source.nodes import DEFINITIONS, LOOPS, FunctionNode, dotted_name, flat, own_nodes, root_name

if TYPE_CHECKING:
    from poetc.effects.analyse import LineEffect

TOLD: Final = ("logging.",)
"""what begins the names of writes that may stand in a block: said twice, they do no harm"""
FILES: Final = ("builtins.open", "io.", "os.makedirs", "pathlib.Path.", "shutil.copyfileobj")
"""the same of files that are written from their beginnings, in whatever way they have been opened for that"""
ENDS: Final = frozenset({"commit", "rollback", "transaction"})
"""last parts of the names of what ends a transaction: one that was begun in the block has only read"""
LIMITS: Final = frozenset({"fail_after", "fail_at", "move_on_after", "move_on_at", "timeout", "timeout_at", "wait_for"})
"""the same of what limits the time of all in it: with it repeated, the limit would hold for each attempt only"""
_REFUSED: Final = (*DEFINITIONS, ast.Yield, ast.YieldFrom, ast.Global, ast.Nonlocal, ast.Delete)
_LISTS: Final = ("body", "orelse", "finalbody")
_ROUNDS: Final = 12
_MOST_ABOVE: Final = 5
"""assignments above that a block takes in"""

Others = Callable[[Resolver], "list[LineEffect]"]
"""what a function does beside its calls"""


@dataclass(frozen=True, slots=True)
class Block:
    """A run of statements that may be done again as a whole."""

    place: Span
    opened: tuple[str, ...]
    """the calls that open what is read, by their names in the catalogue"""
    transient: tuple[str, ...]
    """the errors with which reading it fails in a way that passes"""
    given: tuple[str, ...]
    """names from outside that it uses: what they stand for may be there for one use only"""

    def moved(self, lines: int) -> Block:
        """The same, so many lines further down."""
        place = self.place._replace(line=self.place.line + lines, end_line=self.place.end_line + lines)
        return replace(self, place=place)


@dataclass(frozen=True, slots=True)
class _Run:
    """Some consecutive statements of one list."""

    body: list[ast.stmt]
    first: int
    last: int

    @property
    def statements(self) -> list[ast.stmt]:
        return self.body[self.first : self.last + 1]

    @property
    def span(self) -> Span:
        one, other = self.body[self.first], self.body[self.last]
        return Span(one.lineno, one.col_offset, other.end_lineno or 0, other.end_col_offset or 0)

    def holds(self, node: ast.AST) -> bool:
        return _is_within(node, self.span)

    def with_more_above(self) -> Iterator[_Run]:
        """The run, then with the assignments right above it: of lists that it fills, of sums that it adds to."""
        for first in range(self.first, max(self.first - _MOST_ABOVE, 0) - 1, -1):
            yield _Run(self.body, first, self.last)
            if first == 0 or not isinstance(self.body[first - 1], ast.Assign | ast.AnnAssign):
                break

    def joined(self, other: _Run) -> _Run:
        """Both, and what is between them; of two lists, the one that holds the other."""
        if self.body is other.body:
            return _Run(self.body, min(self.first, other.first), max(self.last, other.last))
        return self if self.holds(other.body[other.first]) else other

    def meets(self, other: _Run) -> bool:
        mine, theirs = self.span, other.span
        return mine.line <= theirs.end_line and theirs.line <= mine.end_line


def blocks_of(node: FunctionNode, resolver: Resolver, calls: list[ResolvedCall], others: Others) -> tuple[Block, ...]:
    """The blocks of a function, in source order; `calls` are those of its own frame."""
    openers = [call for call in calls if opens(call)]
    if not openers:
        return ()
    judge = _Judge(resolver, calls, others)
    found: list[_Run] = []
    for opener in openers:
        run = _reading(node, judge, opener)
        if run is None:
            continue
        met = next((each for each in found if each.meets(run)), None)
        if met is None:
            found.append(run)
        elif judge.only_reads(both := met.joined(run)):
            found[found.index(met)] = both
    return tuple(_block(run, resolver, openers) for run in sorted(found, key=lambda run: run.span.line))


def opens(call: ResolvedCall) -> bool:
    """Whether a call that may be made again gives what may fail later."""
    if call.entry is None or not call.entry.late or call.effect not in ("pure", "read"):
        return False
    name, _, wanted = call.entry.late_if.partition("=")
    if not name:
        return True
    clear, argument = find_argument(call.node, name, None)
    return clear and isinstance(argument, ast.Constant) and repr(argument.value) == wanted


def _block(run: _Run, resolver: Resolver, openers: list[ResolvedCall]) -> Block:
    inside = [call for call in openers if run.holds(call.node)]
    names = dict.fromkeys(call.name or "" for call in inside)
    errors = {error for call in inside if call.entry for error in call.entry.late}
    return Block(run.span, tuple(names), tuple(sorted(errors)), tuple(sorted(_given(run, resolver))))


def _given(run: _Run, resolver: Resolver) -> set[str]:
    """Variables from outside that a block uses, and attributes of objects that it goes over or hands on, unless their
    classes say that they aren't used up."""
    nodes, scope = flat(*run.statements), resolver.walk.top
    own = stored_names(run.statements) | inner_names(nodes) | BUILTINS
    called = {id(each.func) for each in nodes if isinstance(each, ast.Call)}
    held = {id(each.value) for each in nodes if isinstance(each, ast.Attribute)}
    found = set()
    for node in nodes:
        text, root = dotted_name(node), root_name(node)
        is_whole = isinstance(node, ast.Name) or id(node) not in held
        if text and is_whole and id(node) not in called and root not in own and isinstance(node, ast.expr):
            value = resolver.inference.value(node, scope)
            is_plain = value.kind == "obj" and (value.name in IMMUTABLE or value.name.startswith("builtins."))
            if not is_plain and value.kind not in ("local", "ref", "none"):
                found.add(text)
    return found


def _reading(node: FunctionNode, judge: _Judge, opener: ResolvedCall) -> _Run | None:
    """The longest run from where something is opened to where it is read that only reads; None: there is none."""
    reads = _reads(judge.resolver, judge.calls, opener)
    left = sorted(reads, key=lambda each: (each.end_lineno or 0, each.end_col_offset or 0))
    while left:
        for run in _candidates(_runs(node.body, [opener.node, *left])):
            if judge.only_reads(run):
                return run
        left.pop()
    return None


def _candidates(runs: list[_Run]) -> Iterator[_Run]:
    """The innermost run, that with the assignments above it, and the `with`s around it: of what it fills."""
    yield from runs[-1].with_more_above()
    for run in runs[-2::-1]:
        if not isinstance(run.body[run.first], ast.With | ast.AsyncWith):
            return
        yield from run.with_more_above()


# ---------------------------------------------------------------------- what is read


def _reads(resolver: Resolver, calls: list[ResolvedCall], opener: ResolvedCall) -> Iterator[ast.expr]:
    """Where what a call has opened is read: by calls of its methods, by what takes it, by loops, by attributes."""
    scopes = {id(node): scope for node, scope in resolver.walk.calls}
    keys = _derived(resolver, opener.node)
    attributes = opener.entry.late_reads if opener.entry is not None else ()

    def comes(expr: ast.AST, scope: Scope) -> bool:
        return any(
            each is opener.node or (isinstance(each, ast.Name) and not keys.isdisjoint(scope.keys_of(each)))
            for each in flat(expr)
        )

    for call in calls:
        scope = scopes[id(call.node)]
        if call.node is opener.node:
            continue
        taken = any(comes(each, scope) and resolver.is_used_up(each, scope) for each in call.node.args)
        if taken or (call.effect == Effect.READ and comes(call.node.func, scope)):
            yield call.node
    for expr, _, scope in resolver.walk.looped:
        if scope.own and comes(expr, scope) and resolver.is_used_up(expr, scope):
            yield expr
    for each in own_nodes(resolver.body):
        if isinstance(each, ast.Attribute) and each.attr in attributes and comes(each.value, resolver.walk.top):
            yield each


def _derived(resolver: Resolver, opened: ast.Call) -> set[Key]:
    """Names of what was opened, and of all that was made of it."""
    found: set[Key] = set()
    for _ in range(_ROUNDS):
        before = len(found)
        for binding in resolver.walk.bindings:
            for expr in (binding.expr, binding.given) if binding.how != "parameter" else ():
                inner = flat(expr) if expr is not None else []
                names = (each for each in inner if isinstance(each, ast.Name))
                if any(each is opened for each in inner) or any(
                    not found.isdisjoint(binding.scope.keys_of(each)) for each in names
                ):
                    found.add(binding.key)
        if len(found) == before:
            break
    return found


# ---------------------------------------------------------------------- where it stands


def _runs(body: list[ast.stmt], wanted: list[ast.expr]) -> list[_Run]:
    """The runs that have all of these in them, the smallest one, in the innermost list of statements, last."""
    found = []
    inner: list[ast.stmt] | None = body
    while inner is not None:
        body = inner
        at = [number for number, each in enumerate(body) if any(_is_within(node, each) for node in wanted)]
        found.append(_Run(body, at[0], at[-1]))
        inner = next((each for each in _lists(body[at[0]]) if at[0] == at[-1] and _has_all(each, wanted)), None)
    return found


def _lists(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The lists of statements directly inside of one."""
    for name in _LISTS if not isinstance(statement, DEFINITIONS) else ():
        yield getattr(statement, name, [])
    for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield part.body


def _has_all(body: list[ast.stmt], wanted: list[ast.expr]) -> bool:
    return all(any(_is_within(node, each) for each in body) for node in wanted)


def _is_within(node: ast.AST, place: ast.stmt | Span) -> bool:
    """Whether a node stands inside of a statement or place."""
    line, column = (place.line, place.column) if isinstance(place, Span) else (place.lineno, place.col_offset)
    end = (place.end_line, place.end_column) if isinstance(place, Span) else (place.end_lineno, place.end_col_offset)
    at = getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
    return (line, column) <= at and (getattr(node, "end_lineno", 0), getattr(node, "end_col_offset", 0)) <= end


# ---------------------------------------------------------------------- whether it may be done again


class _Judge:
    """Says of runs whether they may be done again; each is looked at once."""

    def __init__(self, resolver: Resolver, calls: list[ResolvedCall], others: Others) -> None:
        self.resolver = resolver
        self.calls = calls
        self.others = others
        self.found: dict[Span, bool] = {}
        self.spoiled = [call.node for call in calls if call.effect in (Effect.WRITE, Effect.UNKNOWN)]
        """what no look from inside makes better"""

    def only_reads(self, run: _Run) -> bool:
        """Whether a run changes nothing but what it made itself, and is left in no odd way."""
        if run.span not in self.found:
            is_plain = self.begins_anew(run) and not any(run.holds(call) for call in self.spoiled)
            self.found[run.span] = is_plain and self.is_harmless(run)
        return self.found[run.span]

    def begins_anew(self, run: _Run) -> bool:
        """Whether a second run finds what the first one found, and nothing of it has gone elsewhere meanwhile."""
        nodes = own_nodes(run.statements)
        if any(isinstance(each, _REFUSED) or _is_awaited_thing(each) for each in nodes) or _jumps(run.statements):
            return False
        names = [each for each in flat(*run.statements) if isinstance(each, ast.Name)]
        if any(self.resolver.inference.value(each, self.resolver.walk.top).kind == "local" for each in names):
            return False  # what a function inside changes is seen where that stands
        return uses_only_what_it_assigns(run.statements)

    def is_harmless(self, run: _Run) -> bool:
        """Whether all that a run does may be done twice, seen from inside."""
        inside = self.resolver.within(run.span)
        calls = [(inside.resolved(call, scope), scope) for call, scope in inside.walk.calls if run.holds(call)]
        if not all(_may_be_repeated(call, inside, scope) for call, scope in calls):
            return False
        if next(Sequence(inside, [call for call, _ in calls]).dependent(), None) is not None:
            return False
        lines = range(run.span.line, run.span.end_line + 1)
        return not any(line.line in lines for line in self.others(inside))


def _may_be_repeated(call: ResolvedCall, inside: Resolver, scope: Scope) -> bool:
    """Whether a call reads, says something, writes a file from its beginning, or ends a transaction of reads only."""
    name, receiver = call.entry.name if call.entry else "", getattr(call.node.func, "value", None)
    last = name.rpartition(".")[2]
    if call.effect != Effect.IDEMPOTENT:
        return call.effect in (Effect.PURE, Effect.READ) and last not in LIMITS
    ends = last in ENDS and receiver is not None and inside.ownership.depth(receiver, scope) > 0
    return ends or name.startswith((*TOLD, *FILES))


def _is_awaited_thing(node: ast.AST) -> bool:
    """Whether something is awaited that was made elsewhere: it can be awaited once."""
    return isinstance(node, ast.Await) and not isinstance(node.value, ast.Call)


def _jumps(body: Iterable[ast.AST], *, in_loop: bool = False) -> bool:
    """Whether a `break` or `continue` belongs to a loop outside."""
    for node in body:
        if isinstance(node, ast.Break | ast.Continue) and not in_loop:
            return True
        is_loop = isinstance(node, LOOPS)
        if isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
            for name in (*_LISTS, "handlers", "cases"):
                if _jumps(getattr(node, name, ()), in_loop=in_loop or (is_loop and name == "body")):
                    return True
    return False
