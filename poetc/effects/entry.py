"""What is known of one call: its effect, the time limit it takes, the errors that pass by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from poetc.ir.effect import Effect

FORMS: Final = ("call", "await", "context", "async context", "iterate", "async iterate")
"""how the value of a call is meant to be used: as it is, awaited, entered by `with` / `async with`, looped over"""

TESTS: Final = ("given", "missing", "true", "is", "letters", "sql", "class", "untext", "mentions", "without")
"""what a rule can ask of an argument"""

GIVES: Final = ("", "copy", "new", "item", "same")
"""whose the result is: nobody knows; a new container of old things; all new; a part of what is called; the argument"""


RUNS: Final = ("", "rest", "items", "task")
"""how a callable is called by what it is given to: with the arguments behind it, with an item of each of them, or with
the arguments behind it and what it gives is awaited"""


@dataclass(frozen=True, slots=True)
class Rule:
    """If what `test` asks of an argument holds, the call's effect is `effect`; the first rule that holds decides.

    given, missing: the argument is there (and isn't a literal None), or isn't. true: it is a literal True. is: a
    literal string, one of `values` (upper and lower case alike). letters: a literal string of nothing but the letters
    of `values[0]`. class: its class is one of `values`. untext: it isn't known to be text. sql: an SQL text; the
    effect is then that of the statement. mentions: one of `values` is a literal string anywhere in the function, for
    what is put together before the call (upper and lower case alike). without: a list of dicts that is written here, of
    which no dict has one of `values` among its keys, all of them literals.
    """

    argument: str
    """its name; "self": what the method is called of"""
    at: int | None
    """its position, `self` not counted; None: by name only"""
    test: str
    values: tuple[str, ...] = ()
    effect: Effect = Effect.UNKNOWN
    same: tuple[str, ...] | None = None
    """as in `Entry`, where this rule decides"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One known call."""

    name: str
    """dotted: "httpx.get", "httpx.Client.get", "sqlite3.Cursor.execute" """
    effect: Effect
    timeout: str | None = None
    """name of the parameter that takes a time limit; None: there is none. "connection.cancel()": there is none either,
    but that method of the called object ends the call from another thread; "()": its driver is asked to, wherever it
    waits. "*": the call does nothing but wait for so many seconds"""
    unit: float = 1.0
    """seconds per unit of that parameter: 1.0 for seconds, 0.001 for milliseconds"""
    transient: tuple[str, ...] = ()
    """dotted names of exceptions that pass by themselves; without any, repeating this one call makes no sense"""
    late: tuple[str, ...] = ()
    """dotted names of exceptions with which what it gives fails later, when it is used, and which pass by themselves:
    then all from this call on is to be done anew"""
    late_if: str = ""
    """"stream=True": only where that argument is given so, literally; "": always"""
    late_reads: tuple[str, ...] = ()
    """attributes of what it gives that are read from outside, where no entry says so: ["content"]"""
    unsent: bool = False
    """its errors show whether anything was sent: where nothing was, even a write may be made again"""
    fresh: bool = False
    """it is the method of a session that reads: it may be made again only if that session had begun nothing"""
    retry_after: bool = False
    """its response or error may carry Retry-After"""
    same: tuple[str, ...] | None = None
    """of an idempotent write: the attributes and methods of its reply that are the same when it is made again; a call
    of which more is used is a write. None: all of the reply is the same"""
    form: str = "call"
    """one of `FORMS`"""
    returns: str | None = None
    """class of what it gives, for resolving further calls; "@0": the first argument's; "@all": a list of theirs;
    "sdk.{name@0|Client}": the class below `sdk` that the literal `name` says, or a known class that is given, or else
    `sdk.Client`"""
    when: tuple[Rule, ...] = ()
    """conditions on arguments that change the effect"""
    timeout_at: int | None = None
    """position of the time limit, `self` not counted; None: by name only"""
    via_kwargs: bool = False
    """the time limit goes through `**kwargs`: the signature doesn't show it"""
    mutates: tuple[str, ...] = ()
    """what it changes or uses up besides its effect: "self", names and positions of arguments"""
    invokes: tuple[str, ...] = ()
    """arguments that it calls, by name and position"""
    gives: str = ""
    """one of `GIVES`"""
    begins: bool = False
    """of what is awaited: it begins when it is called, so it isn't made later than it was"""
    runs: str = ""
    """one of `RUNS`, of the argument in `invokes`, in whose place another callable may stand: it isn't pickled"""
    enters: tuple[str, ...] = ()
    """arguments that it enters as `with` does, or as `async with` where it is awaited, by position"""
    awaits: tuple[str, ...] = ()
    """arguments that it awaits, or runs as tasks, by position; "*": all of them"""
    host: tuple[str, ...] = ()
    """ways from the call to the host that it goes to, the first that leads to one counts: "url@0" is the argument `url`
    by name or else by position, "self" what the method is of, attributes and keys behind points. A way ends at a URL;
    "host@0:port@1" and "self.host:port" (beside it) end at a host's name and its port, "self.host:" at a name alone"""
    refusal: str | None = None
    """class of the library's own errors for a connection that isn't made: so is a call refused by a breaker"""

    @property
    def is_stopped(self) -> bool:
        """Whether the call takes no time limit, and another thread ends it."""
        return self.timeout is not None and self.timeout.endswith("()")


class CatalogueError(Exception):
    """An entry that makes no sense: `name` says which, `why` what is wrong, as the end of a sentence."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name
        self.why = why
