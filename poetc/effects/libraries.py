"""What the catalogue knows of libraries beside their calls: the `[library]` table of each file, all together.

`poetc.runtime.known` says what each fact means, and is where the runtime finds it.
"""

from __future__ import annotations

from functools import cache
from pprint import pformat
from typing import Any

from poetc.effects.catalogue import all_libraries

Facts = dict[str, tuple[Any, ...]]

ASKED = "asked"
"""errors that pass only if they say so themselves, by a status, a code or their words: no fact of the runtime's"""

AT_CALLS = "at_calls"
"""errors that pass only where the call that names them was made; nor is this one"""

BUILD_ONLY = frozenset({"decorators"})
"""facts that only builds go by: decorators of queues that repeat what fails"""

OF_PYTHON = frozenset({"builtins.ConnectionError", "builtins.InterruptedError", "builtins.TimeoutError"})
"""errors that pass by themselves whatever raises them"""


@cache
def library_facts() -> Facts:
    """Fact -> names or rules, of all libraries; `true` in a file stands for the packages that it is about."""
    found: dict[str, list[Any]] = {"transient": []}
    others: set[str] = set(OF_PYTHON)
    for library in all_libraries():
        others.update(library.facts.get(ASKED, ()), library.facts.get(AT_CALLS, ()))
        found["transient"] += (name for entry in library.entries.values() for name in entry.transient)
        for fact, value in library.facts.items():
            found.setdefault(fact, []).extend(library.roots if value is True else value)
    found["transient"] = [name for name in found["transient"] if name not in others]
    return {fact: tuple(distinct(v)) for fact, v in sorted(found.items()) if fact not in (ASKED, AT_CALLS)}


def distinct(values: list[Any]) -> list[Any]:
    """Values, each once; names sorted, rules in their order, with tuples for lists."""
    if all(isinstance(value, str) for value in values):
        return sorted(set(values))
    rules = [{key: tuple(v) if isinstance(v, list) else v for key, v in rule.items()} for rule in values]
    return [rule for at, rule in enumerate(rules) if rule not in rules[:at]]


@cache
def known_errors() -> frozenset[str]:
    """Dotted names of errors that pass by themselves, or may, of which the runtime knows without being told."""
    asked = (name for library in all_libraries() for name in library.facts.get(ASKED, ()))
    return OF_PYTHON.union(library_facts()["transient"], asked)


def facts_text(facts: Facts, wanted: set[str]) -> str:
    """The facts in `wanted` as statements that set them; deterministic."""
    found = [f"KNOWN.{fact} = {pformat(facts[fact], width=96, compact=True)}" for fact in facts if fact in wanted]
    return "".join(f"{text}\n" for text in found)


def tell(known: Any, facts: Facts | None = None) -> None:
    """Have the runtime of this process know the facts (`poetc.runtime.known.KNOWN`)."""
    for fact, value in (library_facts() if facts is None else facts).items():
        setattr(known, fact, value)


def packages(fact: str) -> frozenset[str]:
    """The names of one fact."""
    return frozenset(library_facts().get(fact, ()))
