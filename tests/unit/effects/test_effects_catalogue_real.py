"""Every entry of the catalogue against the library that is installed: names, time limits, errors, async or not."""

from __future__ import annotations

import asyncio
import builtins
import functools
import importlib
import importlib.util
import inspect
import sqlite3
import sys
import threading
import warnings
from collections.abc import Callable
from fnmatch import fnmatch
from typing import Any

import pytest

from poetc.effects import Entry, load_catalogue
from poetc.effects.library import all_libraries, roots, texts
from poetc.effects.reading import BLANK

CATALOGUE = load_catalogue()
KNOWN_BY = {cls: of for library in all_libraries() for cls, of in (library.bases | library.twins).items()}
"""class → the class that knows what isn't said of it"""
WITH_ENTRIES = [library for library in all_libraries() if library.entries]
LIBRARIES = sorted({root for library in WITH_ENTRIES for root in library.roots if "*" not in root})
EXACT = [entry for name, entry in CATALOGUE.items() if "*" not in name and not CATALOGUE.is_pseudo(name)]
EXACT_NAMES = {entry.name for entry in EXACT}
LIKE_OTHERS = {root for file, text in texts() if "\nlike = " in text for root in roots() if roots()[root] is text}
"""libraries that are another one's copies, but for what they left out"""
MADE_AT_RUN_TIME = (
    "botocore.client.",
    "aiobotocore.client.",
    "boto3.resources.",
    "aioboto3.resources.",
    "gitlab.base.",
    "motor.motor_asyncio.AsyncIOMotor",
)
"""whose methods no class has: a client's are made from a description of its service, or from those of another class"""

KEY = {"api_key": "none"}
SEARCH = {"hosts": "http://search:9200"}
NOTHING: dict[str, Any] = {}
MAKERS: dict[str, dict[str, Any]] = {
    **dict.fromkeys(("openai.OpenAI", "openai.AsyncOpenAI", "anthropic.Anthropic", "anthropic.AsyncAnthropic"), KEY),
    **dict.fromkeys(("elasticsearch.Elasticsearch", "elasticsearch.AsyncElasticsearch"), SEARCH),
    **dict.fromkeys(("opensearchpy.OpenSearch", "opensearchpy.AsyncOpenSearch"), NOTHING),
    "google.genai.Client": KEY,
    "hvac.Client": NOTHING,
    "twilio.rest.Client": {"username": "none", "password": "none"},
    **dict.fromkeys(("threading.Lock", "threading.RLock", "threading.Condition", "asyncio.Condition"), NOTHING),
}
"""classes and factories whose objects have more attributes than they have themselves → what they need to be made"""
WITHOUT_SIGNATURE: dict[str, Callable[[], list[Any]]] = {
    "sqlite3.connect": lambda: [
        sqlite3.connect(":memory:", 1.0).close(),
        sqlite3.connect(":memory:", timeout=1).close(),
    ],
    **{
        f"threading.{kind.__name__}.acquire": lambda kind=kind: [kind().acquire(True, 0), kind().acquire(timeout=0)]
        for kind in (threading.Lock, threading.RLock, threading.Condition)
    },
    "threading.Lock.acquire": lambda: [threading.Lock().acquire(True, 0), threading.Lock().acquire(timeout=0)],
}
"""calls that take a time limit but don't tell their signature: tried, by position and by name"""


def root_of(name: str) -> str:
    """The library that a dotted name begins with: "google.cloud.storage", "requests"."""
    fitting = [root for root in roots() if name == root or name.startswith(f"{root}.")]
    return max(fitting, key=len, default=name.partition(".")[0])


@functools.cache
def installed(name: str) -> bool:
    """Whether the library that a dotted name begins with can be imported here."""
    try:
        return root_of(name) in sys.modules or importlib.util.find_spec(root_of(name)) is not None
    except ModuleNotFoundError:
        return False


@functools.cache
def found(name: str) -> Any:
    """What a dotted name is; the methods of some objects are only there once there is one."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            with warnings.catch_warnings(action="ignore"):  # of libraries about themselves
                thing: Any = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for number, part in enumerate(parts[length:], length):
            whole = ".".join(parts[:number])
            thing = getattr(made(whole) if whole in MAKERS else thing, part)
        return thing
    raise AssertionError(f"nothing of {name} can be imported")


@functools.cache
def made(name: str) -> Any:
    """An object that a maker makes."""
    return found(name)(**MAKERS[name])


def signature_of(thing: Any) -> inspect.Signature | None:
    """Its signature; None for builtins that tell none."""
    try:
        return inspect.signature(thing)
    except (TypeError, ValueError):
        return None


def source_of(thing: Any) -> str:
    """Its source; "" for what has none."""
    try:
        return inspect.getsource(thing)
    except (OSError, TypeError):
        return ""


def is_awaitable(thing: Any) -> bool:
    """Whether calling it gives something to await, by its kind or by what its signature promises."""
    futures = anext, asyncio.gather, asyncio.shield, asyncio.AbstractEventLoop.run_in_executor
    if thing in futures or inspect.iscoroutinefunction(inspect.unwrap(thing)):
        return True
    if "create_future()" in source_of(thing):
        return True  # a future that is done
    promise = str(getattr(signature_of(thing), "return_annotation", ""))
    return any(
        word in promise for word in ("Awaitable", "Coroutine", "Future", "RequestContextManager", "UnaryUnaryCall")
    )


@functools.cache
def entries_of(library: str) -> list[Entry]:
    """The exact entries whose names begin with a library's, and those that its classes have from others."""
    own = [e for e in EXACT if root_of(e.name) == library and not e.name.startswith(MADE_AT_RUN_TIME)]
    own = [e for e in own if library not in LIKE_OTHERS or is_there(e.name)]
    names = [name for name in CATALOGUE if "*" in name and not CATALOGUE.is_pseudo(name)]
    meant = {name for pattern in names if root_of(pattern) == library for name in expanded(pattern)}
    own += [CATALOGUE[name] for name in sorted(meant.difference(CATALOGUE))]
    below = [e for e in inherited() if root_of(e.name) == library and not e.name.startswith(MADE_AT_RUN_TIME)]
    return own + [e for e in below if is_there(e.name) and callable(found(e.name))]


def is_of_no_class(entry: Entry) -> bool:
    """Whether an entry is that of a class that only stands for others, whose parameters have names of their own."""
    of = entry.name.rpartition(".")[0]
    while of in KNOWN_BY:
        of = KNOWN_BY[of]
    return CATALOGUE.is_pseudo(of)


def expanded(pattern: str) -> list[str]:
    """The names of what is there that a pattern stands for; without time limit and errors there is nothing to check."""
    if pattern.startswith(MADE_AT_RUN_TIME) or not (CATALOGUE[pattern].timeout or CATALOGUE[pattern].transient):
        return []
    heads, parts = [""], pattern.split(".")
    for number, part in enumerate(parts):
        if "*" not in part:
            heads = [f"{head}.{part}".lstrip(".") for head in heads]
            continue
        names = [(head, n) for head in heads if is_there(head) for n in dir(found(head)) if not n.startswith("_")]
        heads = [f"{head}.{name}" for head, name in names if fnmatch(name, part) and not name.startswith("with_")]
        heads = heads if number + 1 == len(parts) else [head for head in heads if is_resource(head)]
    return [head for head in heads if is_there(head) and inspect.isroutine(found(head))]


def is_resource(name: str) -> bool:
    """Whether a library's object holds a group of its methods."""
    return is_there(name) and type(found(name)).__module__.startswith(f"{name.partition('.')[0]}.resources")


@functools.cache
def inherited() -> list[Entry]:
    """The entries of classes that are below others, or their twins; some may be of methods that they don't have."""
    below = [pair for pair in KNOWN_BY.items() if "*" not in pair[0]]
    names = {name for name in CATALOGUE if "*" not in name}
    for _ in range(3):
        names |= {cls + n[len(base) :] for cls, base in below for n in names if n == base or n.startswith(f"{base}.")}
    new = sorted(name for name in names.difference(CATALOGUE) if not CATALOGUE.is_pseudo(name))
    return [CATALOGUE[name] for name in new if installed(name)]


def is_there(name: str) -> bool:
    """Whether there is a thing of that dotted name."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return found(name) is not None
    except (AttributeError, AssertionError, ImportError):
        return False


def of_library(test: Any) -> Any:
    """Run a test once for each library, skipped by name where it isn't installed."""

    @pytest.mark.parametrize("library", LIBRARIES)
    @functools.wraps(test)
    def each(library: str) -> None:
        if not installed(library):
            pytest.skip(f"{library} isn't installed: its entries are NOT checked; install poetc[catalogue]")
        wrong = [message for entry in entries_of(library) if (message := test(entry))]
        assert not wrong, "\n".join(wrong)

    del each.__wrapped__
    return each


@of_library
def test_names_exist(entry: Entry) -> str:
    """The dotted name is there, and can be called."""
    try:
        thing = found(entry.name)
    except (AttributeError, AssertionError) as error:
        return f"{entry.name}: {error}"
    return "" if callable(thing) else f"{entry.name} can't be called"


STOPS = ("interrupt()", "connection.interrupt()", "cancel()", "connection.cancel()")
"""ways to end a call from another thread, which tests/situations tries on the libraries themselves"""


@of_library
def test_time_limits_exist(entry: Entry) -> str:
    """The parameter for the time limit is in the signature, or goes through `**kwargs` where the entry says so."""
    if entry.timeout is None or entry.timeout in ("*", "()"):
        return ""
    if entry.is_stopped:
        return "" if entry.timeout in STOPS else f"{entry.name}: nobody has seen {entry.timeout} work"
    signature = signature_of(found(entry.name))
    if signature is None:
        with warnings.catch_warnings(action="ignore"):  # giving it by position is deprecated in Python 3.13
            WITHOUT_SIGNATURE[entry.name]()
        return ""
    if entry.timeout in signature.parameters:
        wrong = entry.via_kwargs and root_of(entry.name) not in LIKE_OTHERS
        return f"{entry.name}: {entry.timeout} is a parameter of its own" if wrong else ""
    passed_on = any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values())
    return (
        ""
        if passed_on and (entry.via_kwargs or entry.name not in EXACT_NAMES)
        else f"{entry.name} has no {entry.timeout}"
    )


@of_library
def test_positions_are_right(entry: Entry) -> str:
    """`timeout_at` and `at` are where the signature has those parameters, `self` not counted."""
    asked = [(entry.timeout, entry.timeout_at), *((rule.argument, rule.at) for rule in entry.when)]
    signature = signature_of(found(entry.name))
    if signature is None:
        return ""
    names = [p.name for p in signature.parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    names = names[1:] if names[:1] == ["self"] else names
    for name, at in asked:
        if name == "self" or is_of_no_class(entry):
            continue
        if name is not None and at is not None and at < len(names) and names[at] != name:
            return f"{entry.name}: {name} is at {names.index(name) if name in names else 'no position'}, not at {at}"
        if name is not None and at is None and name in names:
            return f"{entry.name}: {name} can be given by position {names.index(name)}"
    return ""


@of_library
def test_errors_exist(entry: Entry) -> str:
    """What passes by itself are exceptions."""
    for name in (*entry.transient, *entry.late):
        try:
            kind = found(name)
        except (AttributeError, AssertionError) as error:
            return f"{entry.name}: {name}: {error}"
        if not (isinstance(kind, type) and issubclass(kind, Exception)):
            return f"{entry.name}: {name} isn't an exception"
    return ""


@of_library
def test_async_is_async(entry: Entry) -> str:
    """What is to be awaited can be; what isn't, isn't a coroutine."""
    thing = found(entry.name)
    if entry.form == "await":
        return "" if is_awaitable(thing) else f"{entry.name} can't be awaited"
    if entry.form in ("call", "iterate", "context") and inspect.iscoroutinefunction(thing):
        return f"{entry.name} has to be awaited"
    return ""


@of_library
def test_results_exist(entry: Entry) -> str:
    """The class that a call is said to give exists."""
    cls = BLANK.sub(lambda blank: blank[3] or "", entry.returns or "").partition("[")[0]
    if not cls or cls.startswith("@"):
        return ""
    if not CATALOGUE.is_pseudo(cls):
        try:
            found(cls)
        except (AttributeError, AssertionError) as error:
            return f"{entry.name}: gives {cls}: {error}"
    return ""


@pytest.mark.parametrize("library", LIBRARIES)
def test_wildcards_stand_for_something(library: str) -> None:
    """A name with a star has a module or class before it."""
    if not installed(library):
        pytest.skip(f"{library} isn't installed: its entries are NOT checked; install poetc[catalogue]")
    for name in CATALOGUE:
        if "*" in name and root_of(name) == library and not CATALOGUE.is_pseudo(name):
            assert found(name.partition("*")[0].rpartition(".")[0]) is not None


def test_attributes_and_aliases_name_what_exists() -> None:
    """Classes that are said to be of attributes, items and aliases are there."""
    for library in all_libraries():
        tables = (library.aliases, library.attributes, library.items, library.enters, library.bases, library.twins)
        names = [name for table in tables for name in table.values()]
        names += [name.rpartition(".")[0] for name in library.attributes]
        for name in names:
            if (
                installed(name)
                and not CATALOGUE.is_pseudo(name)
                and "*" not in name
                and library.roots[0] not in LIKE_OTHERS
            ):
                found(name.partition("[")[0])


def test_aliases_mean_the_same_thing() -> None:
    """Two spellings of one name are one object, wherever both can be imported."""
    for library in all_libraries():
        for alias, name in library.aliases.items():
            if installed(alias) and not CATALOGUE.is_pseudo(name):
                try:
                    thing = found(alias)
                except (AttributeError, AssertionError):
                    continue  # a private module of another version
                if inspect.ismodule(thing) or not inspect.isclass(thing):
                    continue
                assert issubclass(thing, found(name)) or issubclass(found(name), thing), alias


def test_each_root_is_in_its_file() -> None:
    """The first line of a file names every first part of a dotted name in it, and nothing else."""
    known = roots()
    for library, (_, text) in zip(all_libraries(), texts(), strict=True):
        said = {root for root, where in known.items() if where is text}
        assert {root_of(name) for name in (*library.entries, *library.aliases)} <= said


def test_no_builtin_is_forgotten() -> None:
    """Every builtin function and class is known."""
    names = [n for n in dir(builtins) if not n.startswith("_") and callable(getattr(builtins, n))]
    absent = [n for n in names if f"builtins.{n}" not in CATALOGUE]
    assert set(absent) <= {"copyright", "credits", "exit", "help", "license", "quit"}


@pytest.mark.parametrize("kind", [str, bytes, list, dict, set, frozenset, tuple, int, float])
def test_no_method_of_a_builtin_type_is_forgotten(kind: type) -> None:
    """Every public method of the types that literals have is known."""
    absent = [n for n in dir(kind) if not n.startswith("_") and callable(getattr(kind, n))]
    assert not [n for n in absent if f"builtins.{kind.__name__}.{n}" not in CATALOGUE]
