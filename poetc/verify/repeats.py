"""Which of the user's calls may be repeated, or get a time limit: found out by the client, the service isn't asked."""

from __future__ import annotations

import ast
from typing import Final

from poetc.effects import Catalogue, CatalogueError, Names, ResolvedCall, load_catalogue, resolve_calls
from poetc.effects.ownretries import repeated_by_loop, repeater_of
from poetc.source.imports import read_imports
from poetc.verify.answer import Answer

USES: Final = {
    "": frozenset({("call", "call"), ("call", "context"), ("call", "iterate")}),
    "awaited": frozenset({("await", "await"), ("async context", "await")}),
    "entered": frozenset({("context", "context")}),
    "entered_async": frozenset({("async context", "async context")}),
    "iterated": frozenset({("iterate", "iterate")}),
    "iterated_async": frozenset({("async iterate", "async iterate")}),
    "unsent": frozenset({("call", "call"), ("call", "context"), ("call", "iterate")}),
    "unsent_awaited": frozenset({("await", "await"), ("async context", "await")}),
}
"""method of `rt.Retry` -> (how the call is meant to be used, how it is used)"""

BY_LOOP: Final = frozenset({"awaited", "entered_async", "iterated_async", "unsent_awaited"})
"""methods whose calls the event loop cancels: they take no time limit"""

IF_UNSENT: Final = frozenset({"unsent", "unsent_awaited"})
"""methods that repeat a write, only while nothing of it was sent"""

WHOLE_SECONDS: Final = frozenset({"connect_timeout"})


class Repeats:
    """The calls of one function, by identity of their nodes."""

    def __init__(self, answer: Answer) -> None:
        around = answer.unit.surroundings
        names = Names(
            imports=read_imports(around.imports),
            attributes=dict(around.attributes),
            project=dict(around.project_effects),
            shadowed=frozenset(around.bound),
            constants=dict(around.constants),
        )
        self.calls = {id(c.node): c for c in resolve_calls(answer.function, names, known_calls(answer))}
        self.own = repeater_of(answer.function, names.imports)
        """what repeats the function already, as the user wrote it"""
        self.by_loop = repeated_by_loop(answer.function, [call.node for call in self.calls.values()])
        loops = ast.For | ast.AsyncFor | ast.comprehension
        self.looped = {id(node.iter) for node in answer.user_nodes if isinstance(node, loops)}

    def objection(self, call: ast.Call, method: str) -> str:
        """Why `call` may not be repeated by that method of `rt.Retry`; "" if it may."""
        known = self.calls.get(id(call))
        if known is None or known.entry is None:
            return "nobody knows what it does"
        if method in IF_UNSENT:
            if known.effect != "write" or not known.entry.unsent:
                return "nobody can tell whether anything of it was sent"
        elif known.effect not in ("read", "idempotent"):
            return f"its effect is {known.effect}"
        if not known.entry.transient:
            return "it doesn't fail in a way that passes"
        if (known.entry.form, known.form) not in USES.get(method, ()):
            return "it isn't used in that way"
        if method.startswith("iterated") and id(call) not in self.looped:
            return "something else than a loop sees its result"
        if self.own is not None or id(call) in self.by_loop:
            return f"{self.own or 'the loop around it'} does that already"
        return ""

    def limit(self, call: ast.Call) -> tuple[str, int | None] | None:
        """The parameter for a time limit that `call` takes and is not given, and its whole units in a second."""
        known = self.calls.get(id(call))
        if known is None or known.entry is None or known.entry.timeout is None or not known.gives_time:
            return None
        name, unit = known.entry.timeout, known.entry.unit
        if name in WHOLE_SECONDS:
            return name, 1
        return name, None if unit == 1.0 else max(1, round(1 / unit))

    def host(self, call: ast.Call) -> tuple[tuple[str, ...], str]:
        """The ways to the host that `call` goes to, and the class of errors as which it may be refused."""
        known = self.calls.get(id(call))
        return (
            (known.entry.host, known.entry.refusal or "") if known is not None and known.entry is not None else ((), "")
        )

    def passing_errors(self) -> set[str]:
        """Names of the errors after which some call of the function may be repeated."""
        return {name for call in self.calls.values() if is_repeatable(call) for name in call.entry.transient}  # type: ignore[union-attr]


def is_repeatable(call: ResolvedCall) -> bool:
    """Whether a call may be made twice."""
    return call.entry is not None and call.effect in ("read", "idempotent")


def known_calls(answer: Answer) -> Catalogue:
    """The built-in catalogue with the user's own entries."""
    try:
        return load_catalogue({name: dict(entry) for name, entry in answer.unit.surroundings.calls})
    except CatalogueError:  # the build says so elsewhere; then only what is built in is known
        return load_catalogue()
