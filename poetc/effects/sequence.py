"""Writes that may each be made twice → whether the function around them may be, too.

`n = r.get(k); r.set(k, n + 1)`: the second run reads what the first one wrote. So an idempotent write counts as a write
if what it is given, or whether it happens, comes from a read of the same part of the world; and if it is given the time
or chance, which are never the same twice. Reads of other parts of the world (a page that is fetched, then saved) don't
matter: the function's own writes can't change them. What isn't known to be apart counts as the same part.

Only the function as a whole is concerned: a call that is repeated where it stands is given the same arguments again.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from poetc.effects.scope import Key, Scope
from poetc.ir.effect import Effect
from poetc.source.nodes import COMPREHENSIONS, LOOPS, flat, short_text

if TYPE_CHECKING:
    from poetc.effects.resolve import ResolvedCall, Resolver

ANYWHERE: Final = "anywhere"
CHANCE: Final = "chance"
_WORLDS: Final = {
    **dict.fromkeys(("httpx", "requests", "aiohttp", "urllib3", "urllib", "http"), "http"),
    **dict.fromkeys(("sqlite3", "psycopg", "psycopg_pool", "psycopg2", "sqlalchemy"), "sql"),
    **dict.fromkeys(("os", "pathlib", "shutil", "io", "glob", "gzip", "bz2", "lzma", "zipfile", "tarfile"), "files"),
    **dict.fromkeys(("random", "uuid", "secrets", "time", "datetime", "tempfile"), CHANCE),
    **{"redis": "redis", "boto3": "aws", "botocore": "aws", "builtins": "files", "grpc": "grpc"},
    **{"openai": "openai", "anthropic": "anthropic", "socket": "network", "smtplib": "mail", "threading": "threads"},
}
"""first part of a call's name → the part of the world that it reads or writes"""
_SETTLED: Final = frozenset(
    f"{root}.{name}"
    for root, names in {
        "os": "getenv getcwd environ.get environ.copy environ.items getpid getppid uname cpu_count path.abspath "
        "path.expanduser path.realpath path.relpath fspath",
        "pathlib.Path": "resolve absolute expanduser home cwd",
        "tempfile": "gettempdir",
        "time": "perf_counter monotonic process_time perf_counter_ns monotonic_ns",
    }.items()
    for name in names.split()
)
"""reads of what stays as it is while a program runs, and of clocks that only durations are made of"""
_OPENING: Final = frozenset({"connect", "create_connection", "begin", "login", "cursor"})
"""last parts of the names of reads that only make a connection"""
_QUIET: Final = frozenset({"print", "commit", "rollback", "transaction", "seed", "shutdown", "flush"})
"""last parts of the names of idempotent calls whose order with reads doesn't matter"""
_TOLD: Final = ("logging.", "warnings.", "signal.", "locale.", "asyncio.", "concurrent.", "subprocess.")
_COPYING: Final = ("shutil.copy", "boto3.copy", "botocore.client.BaseClient.copy_")
"""what begins the names of writes that read what they write"""
_LOOPS: Final = (*LOOPS, *COMPREHENSIONS)
_LEAVING: Final = (ast.Return, ast.Raise, ast.Break, ast.Continue, ast.Assert, ast.Yield)
_ROUNDS: Final = 12

Worlds = dict[str, str]
"""part of the world → a read of it, as text"""


class Sequence:
    """Where what a function reads goes to."""

    def __init__(self, resolver: Resolver, calls: list[ResolvedCall]) -> None:
        self.resolver = resolver
        self.reads: dict[int, Worlds] = {}
        self.writes: list[tuple[ResolvedCall, str]] = []
        for call in calls:
            self.sort_in(call)
        self.repeated: set[int] = set()
        """ids of what stands in a loop"""
        self.env: dict[Key, Worlds] = {}
        self.scopes = {id(node): scope for node, scope in resolver.walk.calls}

    def sort_in(self, call: ResolvedCall) -> None:
        """One call: a read, a write that may be made twice, or neither."""
        name = call.entry.name if call.entry is not None else call.name or ""
        last = name.rpartition(".")[2]
        copies = name.startswith(_COPYING)
        if call.effect == Effect.READ and name not in _SETTLED and last not in _OPENING:
            self.reads[id(call.node)] = {_world(name): short_text(call.node)}
        elif call.effect == Effect.IDEMPOTENT and last not in _QUIET and not name.startswith(_TOLD):
            self.writes.append((call, _world(name)))
            if copies:
                self.reads[id(call.node)] = {_world(name): short_text(call.node)}

    def dependent(self) -> Iterator[tuple[ResolvedCall, str]]:
        """The writes that depend on a read, each with that read."""
        if not self.writes or not self.reads:
            return
        self.settle()
        loops = [node for node in self.resolver.walk.branches if isinstance(node, _LOOPS)]
        self.repeated = {id(inner) for node in loops for inner in flat(node)}
        guarded = self.guarded()
        for call, world in self.writes:
            given = self.given(call)
            if id(call.node) in self.reads and len(self.writes) > 1:
                given = given | self.reads[id(call.node)]
            if len(self.writes) > 1 or id(call.node) in self.repeated:
                given = given | guarded.get(id(call.node), {})
            read = next((text for part, text in sorted(given.items()) if _meets(part, world)), None)
            if read is not None:
                yield call, read

    def given(self, call: ResolvedCall) -> Worlds:
        """What the arguments of a call, and the object it is a method of, were read from."""
        parts: list[ast.expr] = [*call.node.args, *(keyword.value for keyword in call.node.keywords)]
        if isinstance(call.node.func, ast.Attribute):
            parts.append(call.node.func.value)
        scope = self.scopes.get(id(call.node), self.resolver.walk.top)
        return _together(self.of(part, scope) for part in parts)

    def settle(self) -> None:
        """Give every name what it was read from: by its bindings, by what is put into it, by what it is chosen by."""
        walk = self.resolver.walk
        for _ in range(_ROUNDS):
            before = {key: dict(worlds) for key, worlds in self.env.items()}
            for binding in walk.bindings:
                for expr in (binding.expr, binding.given):
                    if expr is not None and binding.how != "parameter":
                        self.add((binding.key,), self.of(expr, binding.scope))
            for _, target, value, scope in walk.stores:
                if value is not None:
                    self.add(self.resolver.ownership.path(target, scope)[0], self.of(value, scope))
            for into, arguments, scope in self.resolver.ownership.storing:
                self.add(self.resolver.ownership.path(into, scope)[0], _together(self.of(a, scope) for a in arguments))
            for node, chosen_by, scope in self.choices():
                for inner in flat(node):
                    if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                        self.add(scope.keys_of(inner), self.of(chosen_by, scope))
            if self.env == before:
                return

    def add(self, keys: tuple[Key, ...], worlds: Worlds) -> None:
        for key in keys:
            known = self.env.setdefault(key, {})
            known.update({part: text for part, text in worlds.items() if part not in known})

    def of(self, expr: ast.expr, scope: Scope) -> Worlds:
        """What an expression was read from."""
        found: Worlds = {}
        for node in flat(expr):
            if isinstance(node, ast.Name):
                for key in self.scopes_keys(node, scope):
                    found |= self.env.get(key, {})
            elif isinstance(node, ast.Call):
                found |= self.reads.get(id(node), {})
                if self.resolver.inference.value(node.func, scope).kind == "local":
                    found |= self.inner_reads()
        return found

    def scopes_keys(self, node: ast.Name, scope: Scope) -> list[Key]:
        """What a name may stand for: in its scope, or in a comprehension or lambda of that expression."""
        keys = scope.keys_of(node)
        return list(keys) if keys else [key for key in self.env if key[1] == node.id]

    def inner_reads(self) -> Worlds:
        """What nested functions read."""
        return _together(worlds for node, worlds in self.reads.items() if not self.scopes[node].own)

    def choices(self) -> Iterator[tuple[ast.stmt | ast.expr, ast.expr, Scope]]:
        """What runs or not, with what decides; of a comprehension and of `and`, anything in it may."""
        top = self.resolver.walk.top
        for node in self.resolver.walk.branches:
            chosen_by = getattr(node, "test", None) or getattr(node, "subject", None) or getattr(node, "iter", None)
            if chosen_by is not None:
                yield node, chosen_by, top
            elif isinstance(node, ast.expr):
                yield node, node, top

    def guarded(self) -> dict[int, Worlds]:
        """Calls that happen or not by what was read: in a branch, or behind one that leaves."""
        found: dict[int, Worlds] = {}
        for node, chosen_by, scope in self.choices():
            worlds = self.of(chosen_by, scope)
            inside = flat(node) if worlds else []
            held = {id(inner) for inner in inside}
            leaves = any(isinstance(inner, _LEAVING) for inner in inside)
            for call, _ in self.writes if worlds else ():
                if id(call.node) in held or (
                    leaves and (call.node.lineno > node.lineno or id(call.node) in self.repeated)
                ):
                    found[id(call.node)] = found.get(id(call.node), {}) | worlds
        return found


def _together(several: Iterator[Worlds]) -> Worlds:
    found: Worlds = {}
    for worlds in several:
        found |= worlds
    return found


def _world(name: str) -> str:
    return _WORLDS.get(name.partition(".")[0], ANYWHERE)


def _meets(read: str, written: str) -> bool:
    """Whether a write may change what was read, or what was read is never the same twice."""
    return read in (written, ANYWHERE, CHANCE) or written == ANYWHERE
