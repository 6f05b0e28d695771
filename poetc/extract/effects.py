"""A function → what its calls do, its project's own functions included, transitively.

Files are read through `Lookup` and never imported. Functions that call one another in a circle get the smallest effects
that agree with one another, so that neither the order of asking nor the place in the circle matters.
"""

from __future__ import annotations

import ast
from collections import ChainMap
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple, TypeVar

from poetc.config import Options
from poetc.effects import Catalogue, Effects, Names, ResolvedCall, analyse, keep_effects, load_catalogue
from poetc.effects.domain import Entries, with_users
from poetc.effects.inference import Inference, called_name
from poetc.effects.resolve import REPLACED
from poetc.extract.callees import Callee, Resolver
from poetc.extract.components import components
from poetc.extract.lookup import Lookup, nowhere
from poetc.extract.module_context import BUILTINS
from poetc.extract.reached import constants, relevant_calls, replaced_calls
from poetc.extract.things import Asked, Things
from poetc.ir.effect import effect_named, worst
from poetc.source.imports import read_imports
from poetc.source.module import Function, class_around
from poetc.source.nodes import dotted_name
from poetc.source.site import ModuleContext, PythonSite

MOST_SHOWN: Final = 4
"""steps from one function into another that are told of"""
MOST_STEPS: Final = 64
"""calls from one function of the project into another, one below the other, that are followed"""
LARGEST_CIRCLE: Final = 64
"""functions that call one another in a circle"""
T = TypeVar("T")
Key = tuple[str, int, int, tuple[tuple[str, str], ...]]


class CallContext(NamedTuple):
    """What is known around one function."""

    function: Function
    inference: Inference
    """its values, by what is known of names"""
    asked: Asked
    """what it is told of the project's things"""
    callees: Mapping[str, Callee]
    """called expression, or its dotted name → the project's functions that it may mean"""
    followed: frozenset[str]
    """files that the callees depend on"""
    replaced: tuple[str, ...] = ()
    """called expressions of a library's functions that the module sets itself, "requests.get" """

    @property
    def places(self) -> frozenset[str]:
        """Files that all this depends on, beside its own."""
        return self.followed | self.asked.places


class Settled(NamedTuple):
    """What one function of the project does."""

    effect: str
    """in the words for calls"""
    places: frozenset[str]
    steps: int
    entries: frozenset[str] = frozenset()
    """the user's entries that it makes use of"""


class SiteEffects(NamedTuple):
    """What a decorated function does, and what that depends on."""

    around: CallContext
    effects: Effects
    project: dict[str, str]
    """called expression → effect of the project's function that it means"""
    calls: Entries
    """the user's entries that the function may reach"""
    places: tuple[str, ...]
    """other files of the project that all this depends on, or would if they were there; posix paths, sorted"""
    entries: frozenset[str] = frozenset()
    """the user's entries that the function makes use of, or what it calls does"""


class ProjectEffects:
    """The effects of a project's functions, each found out once in a run."""

    def __init__(
        self, options: Options, lookup: Lookup = nowhere, domain_calls: Callable[[str], Entries] = lambda domain: ()
    ) -> None:
        self.options = options
        self.domain_calls = domain_calls
        self.by_domain: dict[str, ProjectEffects] = {}
        self.catalogue = catalogue_of(options.calls)
        self.resolver = Resolver(lookup, options.decorators)
        self.things = Things(self.resolver, self.catalogue)
        self.known: dict[Key, Settled] = {}
        self.arounds: dict[Key, CallContext] = {}

    def of_domain(self, domain: str | None) -> ProjectEffects:
        """The same with what the domain adds to the call catalogue; raises ConfigError if that makes no sense."""
        if domain is None:
            return self
        if domain not in self.by_domain:
            added = self.domain_calls(domain)
            found = self
            if added:
                found = ProjectEffects(replace(self.options, calls=with_users(added, self.options.calls)))
                found.resolver = self.resolver
                found.things = Things(self.resolver, found.catalogue)
            self.by_domain[domain] = found
        return self.by_domain[domain]

    def of_site(self, site: PythonSite, context: ModuleContext) -> SiteEffects:
        """What a decorated function does, by exactly what the service is told of its module."""
        function = self.function(site)
        around = self.around_site(function, context)
        calls = relevant_calls(self.options, context.imports, function.body, around.asked.told.values())
        if calls:
            around = self.around_site(function, context, catalogue_of(calls))
        project = self.project(around)
        effects = analysed(around, project)
        keep_effects(site.node, effects)
        places = set(around.places)
        for called in called_by(around).values():
            places |= self.known[called.key].places
        places.discard(site.source.relative)
        return SiteEffects(around, effects, project, calls, tuple(sorted(places)), self.used_by(around, effects, calls))

    def function(self, site: PythonSite) -> Function:
        """A decorated function as one of the project's."""
        module = self.resolver.add(site.module)
        in_class = bool(site.around) and isinstance(site.around[-1], ast.ClassDef)
        return Function(module, site.node, class_around(module, site.node) if in_class else None)

    def own_calls(self, site: PythonSite) -> Callable[[ResolvedCall], bool]:
        """What tells whether a call of that function calls a function or class of the project, or is a marker."""
        around = self.around(self.function(site))

        def is_own(call: ResolvedCall) -> bool:
            named = call.name is not None and self.resolver.is_mark(call.name, site.source)
            return named or call.name in around.callees or dotted_name(call.node.func) in around.callees

        return is_own

    def around_site(
        self, function: Function, context: ModuleContext, catalogue: Catalogue | None = None
    ) -> CallContext:
        """What is known around a decorated function, by exactly what the service is told of its module."""
        names = Names(
            imports=read_imports(context.imports),
            module=function.module.source.module,
            hidden=frozenset(context.outer),
            shadowed=frozenset(context.bound),
            constants=without(constants(function), context.outer),
        )
        found = self.looked_around(function, names, catalogue or load_catalogue())
        return found._replace(callees=without(found.callees, context.outer))

    def through(self, around: CallContext, text: str) -> str:
        """The way from a call of a project's function to what makes it a write, or unknown, each with its place.

        "`inner(...)` at app/deep.py:5 → `requests.post(...)` at app/deep.py:3"; "" where it ends at once.
        """
        steps: list[str] = []
        for _ in range(MOST_SHOWN):
            callee = around.callees.get(text, Callee())
            functions = [f for f in callee.functions if f.key in self.known and not self.stated_effect(f.name)]
            if callee.opaque or not functions:
                break
            worst_one = max(functions, key=lambda function: effect_named(self.known[function.key].effect).rank)
            around = self.around(worst_one)
            lines = analysed(around, self.project(around)).lines
            if not lines:
                break
            line = max(lines, key=lambda each: effect_named(each.effect).rank)
            steps.append(f"`{line.text}` at {worst_one.module.source.relative}:{line.line}")
            text = line.text.partition("(")[0]
        return " → ".join(steps)

    def project(self, around: CallContext) -> dict[str, str]:
        """Called expression → effect of what it means; what only makes an unknown object is left out."""
        for function in called_by(around).values():
            self.settle(function)
        found = {text: self.effect_of(callee, self.known) for text, callee in sorted(around.callees.items())}
        found |= dict.fromkeys(around.replaced, REPLACED)
        return {text: effect for text, effect in sorted(found.items()) if effect}

    # one function after the other, callees first

    def settle(self, start: Function) -> None:
        """Find out a function's effect, and before that those of all it calls."""
        functions = {start.key: start}

        def edges(key: Key) -> list[Key]:
            called = called_by(self.around(functions[key]))
            functions.update(called)
            return [inner for inner in called if inner not in self.known]

        if start.key not in self.known:
            for circle in components(start.key, edges):
                self.settle_circle([functions[key] for key in circle])

    def settle_circle(self, circle: list[Function]) -> None:
        """Functions that call one another (mostly: one alone), when all others that they call are known."""
        keys = [function.key for function in circle]
        arounds = [self.around(function) for function in circle]
        below = {key: self.known[key] for around in arounds for key in called_by(around) if key not in keys}
        steps = 1 + max((known.steps for known in below.values()), default=0)
        effects = dict.fromkeys(keys, "unknown")
        if steps <= MOST_STEPS and len(circle) <= LARGEST_CIRCLE:
            effects = self.smallest(arounds)
        places = {function.module.source.relative for function in circle}
        places = places.union(*(around.places for around in arounds), *(known.places for known in below.values()))
        used = frozenset[str]().union(*(self.used_by(around) for around in arounds if self.options.calls))
        self.known.update({key: Settled(effects[key], frozenset(places), steps, used) for key in keys})

    def used_by(
        self, around: CallContext, effects: Effects | None = None, reached: Entries | None = None
    ) -> frozenset[str]:
        """The user's entries that a function makes use of, or one that it calls and of which that is known.

        What an entry's call gives may be held by a class or a module: such an entry counts where its library does.
        """
        if not self.options.calls:
            return frozenset()
        functions = called_by(around).values()
        below = frozenset[str]().union(*(self.known[f.key].entries for f in functions if f.key in self.known))
        calls = (effects or analysed(around, {})).calls
        names = {call.name for call in calls if call.name} | {function.name for function in functions}
        given = {name for name, entry in reached or self.options.calls if "returns" in dict(entry)}
        return below | given | {name for name, _ in self.options.calls if any(covers(name, each) for each in names)}

    def smallest(self, circle: list[CallContext]) -> dict[Key, str]:
        """The smallest effects that agree: all begin as pure, and get worse until nothing changes."""
        found = {around.function.key: Settled("pure", frozenset(), 0) for around in circle}
        known = ChainMap(found, self.known)
        changed = True
        while changed:
            changed = False
            for around in circle:
                project = {text: self.effect_of(callee, known) for text, callee in around.callees.items()}
                project |= dict.fromkeys(around.replaced, REPLACED)
                effect = analysed(around, {text: e for text, e in project.items() if e}).effect
                before = found[around.function.key]
                after = worst(before.effect, effect)
                found[around.function.key] = before._replace(effect=after)
                changed = changed or (after != before.effect and any(found.keys() & called_by(a) for a in circle))
        return {key: known.effect for key, known in found.items()}

    def effect_of(self, callee: Callee, known: Mapping[Key, Settled]) -> str:
        """The worst of what a call may mean; "" for an object of which nothing is known."""
        if callee.opaque:
            return "" if callee.makes else "unknown"
        return worst(*(self.stated_effect(f.name) or known[f.key].effect for f in callee.functions))

    def stated_effect(self, name: str) -> str:
        """The effect that [tool.poet.calls] gives a function of the project, "" if it gives none."""
        entry = self.catalogue.get(name) if self.options.calls else None
        return entry.effect if entry is not None else ""

    def around(self, function: Function) -> CallContext:
        """What is known around a function, found out once."""
        if function.key not in self.arounds:
            module = function.module
            names = Names(
                imports=module.imports,
                module=module.source.module,
                shadowed=frozenset(module.names.bound.keys() & BUILTINS),
                constants=constants(function),
            )
            self.arounds[function.key] = self.looked_around(function, names, self.catalogue)
        return self.arounds[function.key]

    def looked_around(self, function: Function, names: Names, catalogue: Catalogue) -> CallContext:
        outer, self.resolver.places = self.resolver.places, set()
        asked = Asked(self.things, function.module, function)
        inference = Inference(self.things.walk(function), replace(names, things=asked), catalogue)
        callees = self.resolver.callees(function)
        for call, scope in inference.walk.calls:
            name = called_name(inference.value(call.func, scope))
            if name is not None and name not in callees and dotted_name(call.func) not in callees:
                callee = self.things.callee(name, function.module) if asked.is_ours(name) else None
                if callee is not None:
                    callees[name] = callee
            text = dotted_name(call.func) if dotted_name(call.func) in callees else name
            if text in callees:
                bound = inference.value(call.func, scope).kind == "member" or None
                callees |= self.resolver.by_literals(text, callees[text], call, function.receiver, bound)
        followed = frozenset(self.resolver.places)
        self.resolver.places = outer
        return CallContext(function, inference, asked, callees, followed, replaced_calls(function))


def covers(entry: str, name: str) -> bool:
    """Whether an entry of the user's is of the call of that name; its `*` stands for a part of the last name."""
    stem = entry.removesuffix("*")
    return name == entry or (stem != entry and name.startswith(stem) and name.count(".") == entry.count("."))


def without(known: Mapping[str, T], names: Collection[str]) -> dict[str, T]:
    """What is known of the module's names and their attributes, but for those that mean something else here."""
    return {text: each for text, each in known.items() if text.partition(".")[0] not in names}


def called_by(around: CallContext) -> dict[Key, Function]:
    """The project's functions that a function may call."""
    return {function.key: function for callee in around.callees.values() for function in callee.functions}


def analysed(around: CallContext, project: Mapping[str, str]) -> Effects:
    """One function's effects, given those of the project's functions that it calls."""
    inference = around.inference
    names = replace(inference.names, project=project)
    return analyse(around.function.node, names, inference.catalogue, inference)


@lru_cache(maxsize=64)
def catalogue_of(calls: Entries) -> Catalogue:
    """The built-in catalogue with these entries of the user's before it."""
    return load_catalogue({name: dict(entry) for name, entry in calls})
