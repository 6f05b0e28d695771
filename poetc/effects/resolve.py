"""The calls of a function → what each is, and what effect it has."""

from __future__ import annotations

import ast
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

from poetc.effects.alternatives import merged_entry
from poetc.effects.awaiting import is_made_here
from poetc.effects.catalogue import Catalogue
from poetc.effects.conditions import conditional_effect, find_argument
from poetc.effects.entry import Entry
from poetc.effects.handed import Handed, awaited_by
from poetc.effects.inference import Inference, called_name
from poetc.effects.meant import called_by, unbound
from poetc.effects.names import MUTATING, RECEIVERS, Names
from poetc.effects.ownership import Ownership
from poetc.effects.replies import Replies
from poetc.effects.scope import Key, Scope, Walk
from poetc.effects.signature import signature
from poetc.effects.values import PLAIN, Value
from poetc.effects.walk import walk_function
from poetc.ir.effect import Effect, effect_named, worst
from poetc.ir.source import Span
from poetc.source.nodes import FunctionNode, dotted_name, root_name, short_text

REPLACED: Final = "replaced"
"""stands for the effect of a library's function that the module sets itself"""


Where = Literal["own", "inner", "handed"]
"""where a call is made: in the function's own frame; in a function that it defines; or by what its callable is handed
to: `node` is then the call as that makes it"""


@dataclass(frozen=True, slots=True, eq=False)
class ResolvedCall:
    """A call of a function."""

    node: ast.Call
    name: str | None
    """its dotted name, as the catalogue spells it if it has it; None: nobody knows what is called"""
    entry: Entry | None
    effect: Effect
    """with these arguments"""
    awaited: bool
    form: str
    """how its value is used, in the words of `Entry.form`, which says how it is meant to be used"""
    why: str
    """one line: where the effect is known from, or why it isn't"""
    where: Where = "own"
    is_given: bool = False
    """whether it stands in a function that is given to what nobody knows, which may run it again and again"""
    meant: ast.Call | None = None
    """the call with the arguments that `functools.partial` adds"""

    @property
    def written(self) -> ast.expr:
        """What stands in the source: the call, or the callable that something else calls."""
        return self.node.func if self.where == "handed" else self.node

    @property
    def gives_time(self) -> bool:
        """Whether the call takes a time limit and is given none, by name or position, or perhaps by `*` or `**`."""
        if self.entry is None or self.entry.timeout is None:
            return False
        if self.entry.is_stopped:
            return True
        clear, argument = find_argument(self.meant or self.node, self.entry.timeout, self.entry.timeout_at)
        return clear and argument is None


def resolve_calls(node: FunctionNode, names: Names, catalogue: Catalogue) -> list[ResolvedCall]:
    """Every call in the function's own frame, comprehensions included, in source order (inner before outer)."""
    return Resolver(node, names, Inference(walk_function(node), names, catalogue)).own_calls()


class Resolver:
    """What is known of one function: its walk, its values, who owns what."""

    def __init__(self, node: FunctionNode, names: Names, inference: Inference) -> None:
        self.node = node
        self.body = node.body
        self.walk: Walk = inference.walk
        self.replies = Replies(node, self.walk.top)
        self.names = names
        self.inference = inference
        self.handed = Handed(self.inference)
        self.awaiting: set[Key] = set()
        """names that are being looked at for what awaiting them does"""

    @cached_property
    def ownership(self) -> Ownership:
        """Made when something is changed: most functions change nothing."""
        return Ownership(self.inference)

    @cached_property
    def contents(self) -> Ownership:
        """The same, of what is nothing but what is in it: clients and files count as somebody else's."""
        return Ownership(self.inference, contents=True)

    def within(self, part: Span) -> Resolver:
        """The same function, as one part of it sees it: what was made outside of it isn't its own."""
        inside = copy(self)
        inside.ownership = Ownership(self.inference, within=part)
        inside.contents = Ownership(self.inference, contents=True, within=part)
        return inside

    def own_calls(self) -> list[ResolvedCall]:
        """The calls in the function's own frame."""
        return [self.resolved(call, scope) for call, scope in self.in_order() if scope.own]

    def inner_calls(self) -> list[ResolvedCall]:
        """The calls in functions, lambdas and classes that the function defines."""
        inner = [(call, scope) for call, scope in self.in_order() if not scope.own]
        found = [self.resolved(call, scope, "inner") for call, scope in inner]
        given = self.handed.given_away if any(call.entry for call in found) else ()
        return [replace(call, is_given=True) if id(call.node) in given else call for call in found]

    def handed_calls(self) -> list[ResolvedCall]:
        """The known calls of callables that the function hands to what calls them."""
        calls = [(called_by(self.inference, call, entry, scope), scope) for call, entry, scope in self.handed.known]
        found = [self.resolved(call, scope, "handed") for call, scope in calls if call is not None]
        return [call for call in found if call.entry is not None]

    def in_order(self) -> list[tuple[ast.Call, Scope]]:
        return sorted(self.walk.calls, key=lambda found: _place(found[0]))

    def resolved(self, call: ast.Call, scope: Scope, where: Where = "own") -> ResolvedCall:
        """One call, looked up."""
        form = self.walk.forms.get(id(call), "call")
        callee = self.inference.value(call.func, scope)
        meant = unbound(self.inference, call, scope) if callee.kind == "partial" else None
        done = meant or call
        callee = self.inference.value(done.func, scope)
        found = [self.looked_up(call, done, each, scope) for each in callee.among or (callee,)]
        name, entry, effect, why = max(found, key=lambda each: each[2].rank)
        if len(found) > 1:
            entry = merged_entry([each for _, each, _, _ in found])
            name = name if entry is None else entry.name
        if form == "call" and entry is not None and entry.form != "call":
            form = self.handed.forms.get(id(call), form)
        return ResolvedCall(call, name, entry, effect, form == "await", form, why, where, meant=meant)

    def looked_up(
        self, call: ast.Call, done: ast.Call, callee: Value, scope: Scope
    ) -> tuple[str | None, Entry | None, Effect, str]:
        """(name, entry, effect, why) of a call, if that is what it calls; `done`: the call that a partial makes."""
        entry = None if self.is_replaced(done.func, scope) else self.inference.entry(callee)
        if entry is not None:
            return entry.name, entry, *self.entry_effect(done, entry, scope)
        return called_name(callee), None, *self.other_effect(call, callee, scope)

    def is_replaced(self, called: ast.expr, scope: Scope) -> bool:
        """Whether the module around the function puts something else in a library's place: `requests.get = traced`."""
        said = self.names.project.get(dotted_name(called), "") if self.names.project else ""
        return said == REPLACED and self.inference.may_be_outer(called, scope)

    # ------------------------------------------------------------------ calls in the catalogue

    def entry_effect(self, call: ast.Call, entry: Entry, scope: Scope) -> tuple[Effect, str]:
        """(effect, why) of a call that the catalogue knows: its own, of what it calls, and of what it changes."""
        effect, why, same = conditional_effect(call, entry, self.inference, scope)
        if effect == Effect.IDEMPOTENT and same is not None and self.replies.is_used(call, same):
            effect, why = Effect.WRITE, "a second one may get another reply, and the reply is used"
        why = f"{entry.name}: {effect}{', ' + why if why else ''}"
        called = called_by(self.inference, call, entry, scope)
        for argument in self.given(call, entry.invokes):
            is_clear = called is not None and argument is called.func
            inner, reason = self.called_effect(called, scope) if is_clear else self.callable_effect(argument, scope)
            if worst(effect, inner) != effect:
                effect, why = inner, f"{entry.name} calls {short_text(argument)}: {reason}"
        for argument in awaited_by(call, entry):
            if not is_made_here(self, argument, scope):
                effect, why = Effect.UNKNOWN, f"nobody knows what awaiting `{short_text(argument)}` does"
        for changed in self.changed(call, entry, scope):
            if worst(effect, Effect.WRITE) != effect and self.ownership.depth(changed, scope) == 0:
                effect = Effect.WRITE
                why = f"{entry.name} changes or uses up `{short_text(changed)}`, which isn't the function's own"
        return effect, why

    def given(self, call: ast.Call, arguments: tuple[str, ...]) -> list[ast.expr]:
        """Arguments of a call by name or position; what is starred counts as any."""
        if not arguments:
            return []
        found = [keyword.value for keyword in call.keywords if keyword.arg in arguments or keyword.arg is None]
        for position, argument in enumerate(call.args):
            if isinstance(argument, ast.Starred) or str(position) in arguments:
                found.append(argument.value if isinstance(argument, ast.Starred) else argument)
        return found

    def changed(self, call: ast.Call, entry: Entry, scope: Scope) -> list[ast.expr]:
        """What a call changes or uses up: as its entry says, and iterators that it is given."""
        found = self.given(call, entry.mutates)
        if "self" in entry.mutates and isinstance(call.func, ast.Attribute):
            found.append(call.func.value)
        return found + [argument for argument in call.args if self.is_used_up(argument, scope)]

    def is_used_up(self, expr: ast.expr, scope: Scope) -> bool:
        """Whether looping over an object of that class leaves less of it."""
        value = self.inference.value(expr, scope)
        steps = [self.inference.catalogue.get(f"{value.name}.{name}") for name in ("__next__", "__anext__")]
        return value.kind == "obj" and any(step is not None and "self" in step.mutates for step in steps)

    def called_effect(self, call: ast.Call | None, scope: Scope) -> tuple[Effect, str]:
        """(effect, why) of a call that another one makes."""
        assert call is not None
        found = self.resolved(call, scope, "handed")
        return found.effect, found.why

    def callable_effect(self, expr: ast.expr, scope: Scope) -> tuple[Effect, str]:
        """(effect, why) of calling what an argument is, with arguments that nobody sees here."""
        value = self.inference.value(expr, scope)
        if value.kind in ("local", "none"):
            return Effect.PURE, ""
        entry = self.inference.entry(value)
        if entry is not None and not entry.when:
            once = entry.same is not None or entry.mutates
            effect = worst(entry.effect, Effect.WRITE) if once else entry.effect
            return effect, f"{entry.name}: {effect}"
        known = self.project_effect(expr, value, scope) if entry is None else None
        return known or (Effect.UNKNOWN, "nobody knows what that does")

    # ------------------------------------------------------------------ other calls

    def other_effect(self, call: ast.Call, callee: Value, scope: Scope) -> tuple[Effect, str]:
        """(effect, why) of a call that the catalogue doesn't know."""
        known = self.project_effect(call.func, callee, scope, call)
        if callee.kind == "local":
            known = Effect.PURE, "defined in this function: its lines are counted where they stand"
        if known is not None:
            return self.or_used_up(call, known, scope)
        if callee.kind == "partial":
            return self.partial_effect(callee)
        if id(call) in self.walk.raised and (_names_a_class(call.func) or callee.name == "builtins.type"):
            return Effect.PURE, "an exception to be raised"
        if isinstance(call.func, ast.Attribute) and call.func.attr in MUTATING:
            if callee.kind == "member" and not callee.name.startswith(PLAIN):
                return Effect.UNKNOWN, self.why_unknown(call, callee, scope)
            if self.contents.depth(call.func.value, scope) > 0:
                return Effect.PURE, f"changes `{short_text(call.func.value)}`, which is the function's own"
            return Effect.WRITE, f"changes `{short_text(call.func.value)}`, which isn't the function's own"
        return Effect.UNKNOWN, self.why_unknown(call, callee, scope)

    def or_used_up(self, call: ast.Call, known: tuple[Effect, str], scope: Scope) -> tuple[Effect, str]:
        """What is known of a call, unless it is handed somebody else's iterator, which it may use up."""
        if worst(known[0], Effect.WRITE) == known[0]:
            return known
        for given in [*call.args, *(keyword.value for keyword in call.keywords)]:
            argument = given.value if isinstance(given, ast.Starred) else given
            if self.is_used_up(argument, scope) and self.ownership.depth(argument, scope) == 0:
                return Effect.WRITE, f"may use up `{short_text(argument)}`, which isn't the function's own"
        return known

    def partial_effect(self, callee: Value) -> tuple[Effect, str]:
        """(effect, why) of calling what `functools.partial` made of a known call, with arguments nobody sees here."""
        entry = self.inference.catalogue.get(callee.name)
        if entry is None or entry.when or entry.mutates or entry.invokes or entry.form != "call":
            return Effect.UNKNOWN, f"nobody knows what arguments {callee.name} gets"
        effect = entry.effect if entry.same is None else worst(entry.effect, Effect.WRITE)
        return effect, f"functools.partial of {entry.name}: {effect}"

    def project_effect(
        self, expr: ast.expr, callee: Value, scope: Scope, call: ast.Call | None = None
    ) -> tuple[Effect, str] | None:
        """(effect, why) of a function of the project, if that is what the expression means; `call`: with these
        arguments."""
        text = dotted_name(expr) if self.names.project else ""
        outer = self.inference.may_be_outer(expr, scope) or self.is_imported_here(expr, scope)
        said = self.names.project.get(text) if text and outer else None
        if said == REPLACED:
            return Effect.UNKNOWN, f"the module sets `{text}` itself"
        if said is None:
            text = called_name(callee) or ""
            said = self.names.project.get(text)
        if said is None:
            return None
        written = "" if call is None else signature(call, text)
        if written in self.names.project:
            text, said = written, self.names.project[written]
        effect = effect_named(said)
        return effect, f"{text} is the project's own: {effect}"

    def is_imported_here(self, expr: ast.expr, scope: Scope) -> bool:
        """Whether a chain begins at a name that only import statements of the function bind."""
        root = root_name(expr)
        home = scope.home_of(root) if root else None
        if home is None:
            return False
        return all(binding.how in ("imported", "opaque") for binding in home.bound[root])

    def why_unknown(self, call: ast.Call, callee: Value, scope: Scope) -> str:
        """Why nothing is known of a call, for people."""
        name, root = called_name(callee), root_name(call.func)
        if name is not None:
            return f"{name.removesuffix('.__call__')[:200]} isn't in the catalogue"
        home = scope.home_of(root) if root else None
        if home is None:
            return f"nobody knows what `{short_text(call.func)[:200]}` is"
        bindings = home.bound[root]
        if len(bindings) > 1:
            return f"`{root}` is bound to different things"
        if bindings[0].how == "parameter" and root in RECEIVERS and isinstance(call.func, ast.Attribute):
            held = call.func.value if isinstance(call.func.value, ast.Attribute) else call.func
            return f"nobody knows what `{short_text(held)[:200]}` is"
        if bindings[0].how == "parameter":
            of_what = "of unknown class" if bindings[0].expr is not None else "without annotation"
            return f"`{root}` is a parameter {of_what}"
        return f"nobody knows the class of `{root}`"


def _names_a_class(called: ast.expr) -> bool:
    """Whether what is called is written like a class: `raise Busy(...)`, but not `raise refused(...)`."""
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name.lstrip("_")[:1].isupper()


def _place(node: ast.Call) -> tuple[int, int]:
    """Where it ends: what is evaluated first ends first, in chains and in arguments."""
    return node.end_lineno or 0, node.end_col_offset or 0
