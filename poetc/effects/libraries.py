"""What the catalogue knows of libraries beside their calls: the `[library]` table of each file, all together.

The runtime finds the facts in `poetc.runtime.known`, the linked copy of it in a file that a build writes.
"""

from __future__ import annotations

from functools import cache
from pprint import pformat
from typing import Any, Final

from poetc.effects import library
from poetc.effects.entry import CatalogueError
from poetc.effects.library import facts_of, roots

Facts = dict[str, tuple[Any, ...]]

FACTS: Final = {
    "transient": "errors that pass by themselves",
    "lasting": "errors below these that don't",
    "verdicts": (
        '`errors` that say what they are about by what the path `tells` leads to, or by their text ("words"): '
        "they pass if that is one of the numbers in `passing`, begins with one of its texts, or, of words, holds "
        "one of them; words count only if they hold `among`. The first rule that finds something decides"
    ),
    "states": "paths to an error's SQLSTATE",
    "causes": "paths to the error that an error was made of, by which it is judged",
    "statuses": "further paths to the HTTP status that an error carries",
    "starting": "errors of a server that is about to start",
    "starting_words": "texts in such errors",
    "consequences": "errors that come of an earlier one: a connection or transaction that can't go on",
    "databases": "packages whose connections and sessions keep the failure that ended their transaction",
    "answers": "packages whose objects with a status are answers of a server",
    "sent_flags": "attributes by which bodies of requests say that they were sent",
    "parts": 'attributes of a client with what it sends by; "adapters.*": the values of a dict',
    "repeats": "paths from a client, or one of its parts, to how often it repeats by itself",
    "repeats_after": "the same, for `errors` alone: `path`",
    "repeats_unless": "clients that have something at `has` repeat, unless there is `value` at `path`",
    "repeats_call": (
        "functions of the package `root` repeat: set by their `argument`, else at `paths` of their owner; for "
        "`errors` unless told not to, for a response only if the setting has `statuses`"
    ),
    "subclassed": "packages whose clients and transports are subclassed for attempts or limits of one's own",
    "sends": "methods that such a class has in front of the client's",
    "unsent": (
        "`errors` after which nothing was sent: if the error at the path `reason` is one of `reasons`, by its "
        "bare name; if a frame of the function `through`, in the same package, was passed; if the variable "
        "`empty` of its frames is an empty list; if none of the frames in `never` was passed"
    ),
    "fresh": (
        "objects `of` these classes, of `own` packages, have begun nothing if, of what the path `session` leads "
        'to ("": themselves), `begun` is False, all of `empty` are so and the one of `either` that is there, `by` '
        "leads to one of `engines`, and a call is given none of `never`; a connection was stale if the error's `shown` "
        "is True; `ends` ends the transaction that failed"
    ),
    "frames": "packages whose code stands between a call and where such an error is raised",
    "limits": "packages whose code passes a time limit on as it gets it",
    "behind": "functions of the package `root` call by objects of these `classes`",
    "settings": "paths from a client to the time limit that it has anyway",
    "limit_texts": "a `parameter` that an `environment` variable, or a text among the arguments, can set as well",
    "sockets": (
        "packages that wait for an answer in Python, at a socket, with a time limit that holds for each read at most"
    ),
    "layers": "packages that call a database driver's cursor in their own frame",
    "drivers": "packages in whose frames a driver waits",
    "thread_bound": "classes whose objects only the thread may use that made them",
    "repeaters": "packages, or modules of packages, that repeat what stands on the stack above them",
    "repeating_frames": ("a `module`'s `function` repeats if the number at `path`, from its variables on, is above 0"),
    "attempts": (
        "objects of `classes`, by their bare names, among the variables of code that uses a repeater: an attempt "
        "is under way, made by the package `by`, if one of `paths` leads to something that has no `outcome`"
    ),
    "tasks": ("at `path`, in the module `module`, is the task that runs: it repeats if its code calls its method `by`"),
    "carriers": "packages that raise in one thread or task what was raised in another",
    "numbers": "`classes` whose objects stand for numbers of the builtin class `builtin`",
    "arrays": "`array`s, typed by shape and kind of their items: the items' class is at `path`",
}
"""fact -> what its names or rules say. Classes are named with dots; paths lead through attributes, keys, positions"""

ASKED = "asked"
"""errors that pass only if they say so themselves, by a status, a code or their words: no fact of the runtime's"""

AT_CALLS = "at_calls"
"""errors that pass only where the call that names them was made; nor is this one"""

BUILD_ONLY = frozenset({"decorators", "outside"})
"""facts that only builds go by: decorators of queues that repeat what fails, and what talks to other processes (see
`Catalogue.reaches_outside`)"""

OF_PYTHON = frozenset({"builtins.ConnectionError", "builtins.InterruptedError", "builtins.TimeoutError"})
"""errors that pass by themselves whatever raises them"""


@cache
def library_facts() -> Facts:
    """Fact -> names or rules, of all libraries; `true` in a file stands for the packages that it is about."""
    found: dict[str, list[Any]] = {"transient": []}
    others: set[str] = set(OF_PYTHON)
    for name, text, facts in _said():
        others.update(facts.get(ASKED, ()), facts.get(AT_CALLS, ()))
        for fact, value in facts.items():
            if fact not in (*FACTS, *BUILD_ONLY, ASKED, AT_CALLS):
                raise CatalogueError(name, f"has an unknown fact `{fact}` in [library]")
            own = [root for root, where in roots().items() if where is text] if value is True else value
            found.setdefault(fact, []).extend(own)
    found["transient"] = [name for name in found["transient"] if name not in others]
    return {fact: tuple(distinct(v)) for fact, v in sorted(found.items()) if fact not in (ASKED, AT_CALLS)}


@cache
def _said() -> tuple[tuple[str, str, dict[str, Any]], ...]:
    """(file name, text, what it says of the library itself) of every file."""
    return tuple((name, text, facts_of(text)) for name, text in library.texts())


def distinct(values: list[Any]) -> list[Any]:
    """Values, each once; names sorted, rules in their order, with tuples for lists."""
    if all(isinstance(value, str) for value in values):
        return sorted(set(values))
    rules = [{key: tuple(v) if isinstance(v, list) else v for key, v in rule.items()} for rule in values]
    return [rule for at, rule in enumerate(rules) if rule not in rules[:at]]


@cache
def known_errors() -> frozenset[str]:
    """Dotted names of errors that pass by themselves, or may, of which the runtime knows without being told."""
    asked = (name for _, _, facts in _said() for name in facts.get(ASKED, ()))
    return OF_PYTHON.union(library_facts()["transient"], asked)


def facts_text(facts: Facts, wanted: set[str]) -> str:
    """The facts in `wanted` as statements that set them; deterministic."""
    found = {f"KNOWN.{fact} = ": facts[fact] for fact in facts if fact in wanted}
    return "".join(f"{name}{pformat(value, width=120 - len(name), compact=True)}\n" for name, value in found.items())


def tell(known: Any, facts: Facts | None = None) -> None:
    """Have the runtime of this process know the facts (`poetc.runtime.known.KNOWN`)."""
    for fact, value in (library_facts() if facts is None else facts).items():
        setattr(known, fact, value)


def packages(fact: str) -> frozenset[str]:
    """The names of one fact."""
    return frozenset(library_facts().get(fact, ()))
