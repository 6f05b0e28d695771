"""No `from __future__ import annotations` here: what is compiled at run time evaluates its annotations."""

from poetc import poet


@poet()  # relocated
def compiles(text: str) -> object:
    found = {}
    exec(text, found)
    return found["f"].__annotations__["x"]


@poet()  # relocated
def nested(x: int) -> object:
    def inside(y: x) -> None: ...

    return inside.__annotations__["y"]
