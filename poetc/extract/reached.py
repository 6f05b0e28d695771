"""A function → what of its module its calls are given, and which of the user's entries it may reach."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from poetc.config import Options
from poetc.source.module import BodyFacts, Function, Module
from poetc.source.nodes import dotted_name

LONGEST_TEXT: Final = 10_000
"""characters of a module's string that is looked at as SQL"""
LONGEST_WORD: Final = 20
"""characters of any other string: a mode, a method of HTTP"""
SQL: Final = frozenset({"select", "with", "insert", "update", "delete", "merge", "replace", "values", "create", "drop"})


def constants(function: Function) -> dict[str, str]:
    """The module's strings that say what the function's calls do, sorted."""
    given = names_given(function.body)
    texts = constants_of(function.module) if given else {}
    return {name: texts[name] for name in sorted(given) if name in texts}


def constants_of(module: Module) -> dict[str, str]:
    """The module's names that are bound once, to a string that says what a call does."""
    values = {} if module.star else module.assigned_once
    texts = {name: node.value for name, node in values.items() if isinstance(node, ast.Constant)}
    return {name: str(text) for name, text in texts.items() if is_telling(text)}


def names_given(body: BodyFacts) -> set[str]:
    """The names of the module that a function's calls are given."""
    given = {a.id for call in body.calls for a in _arguments(call) if isinstance(a, ast.Name)}
    return {name for name in given if not body.bound[name]}


def _arguments(call: ast.Call) -> Iterator[ast.expr]:
    for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
        yield argument
        if isinstance(argument, ast.Call):
            yield from argument.args


def is_telling(text: object) -> bool:
    """Whether a string may say what a call does that is given it."""
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

    `imports`: import statements of the module; `held`: what it is told of things (see `poetc.effects.things`).
    """
    if not options.calls:
        return ()
    tops = {name.partition(".")[0] for text in held for name in re.findall(r"[\w.]+", text)}
    tops |= {statement.split(" ")[1].partition(".")[0] for statement in imports}
    tops |= {target.partition(".")[0] for targets in body.imports.values() for target in targets}
    grows = True
    while grows:  # what an entry returns may be of another library
        found = [(name, entry) for name, entry in options.calls if name.partition(".")[0] in tops]
        more = {str(dict(entry).get("returns", "")).partition(".")[0] for _, entry in found} - tops - {""}
        tops, grows = tops | more, bool(more)
    return tuple(found)
