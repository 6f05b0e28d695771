"""What the project's things are, as texts that cross HTTP: a small catalogue, of one project and for one function.

A dotted name stands for a variable of a module ("app.clients.session"), an attribute of the objects of a class
("app.store.Store.http"), what a call gives ("app.clients.make()"), what a base class has ("app.store.Store.super().x"),
what an annotation means ("type app.clients.SessionDep"), or a text ("text app.queries.NEWEST", which is told as it
stands, with `HOLE` for what is filled in). It is known as an object of a class ("httpx.Client",
"builtins.list[httpx.Client]"), or as another name for something ("=httpx.Client.get"); a function, class or module of
the project is another name for itself. `~` before it: it is assumed, by the default of a parameter.
`|` stands between the few things that it may be.
"""

from __future__ import annotations

from typing import Final

from poetc.effects.values import NOTHING, UNKNOWN, Value, class_text, class_value, merge_values

SAME: Final = "="
ASSUMED: Final = "~"
OR: Final = " | "
SUPER: Final = ".super()"
TYPE: Final = "type "
TEXT: Final = "text "
CONTEXTS: Final = frozenset({"contextlib.AbstractContextManager", "contextlib.AbstractAsyncContextManager"})
"""what generators under `contextmanager` and `asynccontextmanager` give, with the class of what entering gives"""


def thing_value(said: str | None, kind: str = "ref") -> Value:
    """What a thing is; `kind`: whether another name stands for the thing itself ("ref") or is reached ("member")."""
    if said is None:
        return UNKNOWN
    found = NOTHING
    for part in said.split(OR):
        text = part.removeprefix(ASSUMED)
        value = Value(kind, text[1:]) if text.startswith(SAME) else class_value(text)
        found = merge_values(found, value._replace(assumed=text != part))
    return found


def thing_text(value: Value) -> str | None:
    """The reverse of `thing_value`; None for what is unknown."""
    if value.among:
        return OR.join(thing_text(each._replace(assumed=value.assumed)) or "" for each in value.among)
    if value.kind not in ("obj", "ref", "member"):
        return None
    text = class_text(value) if value.kind == "obj" else f"{SAME}{value.name}"
    return f"{ASSUMED}{text}" if value.assumed else text
