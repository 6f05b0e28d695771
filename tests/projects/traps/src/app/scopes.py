"""Scopes inside of the function."""

from __future__ import annotations

from dataclasses import dataclass

from poetc import poet


@poet()  # relocated
def counter(start: int = 0):
    def step(by=1):
        nonlocal start
        start += by
        return start

    return step


@poet()  # relocated
def nested_names(x: int) -> list:
    def inside():
        class Local:
            def deep(self):
                return lambda: x

        return Local

    local = inside()
    return [
        inside.__qualname__,
        inside.__module__,
        inside.__code__.co_qualname,
        local.__qualname__,
        local.__module__,
        local().deep.__qualname__,
        local().deep().__qualname__,
        local().deep()(),
    ]


@poet()  # relocated
def squares(n: int) -> list:
    return [x * n for x in range(n) if (y := x) >= 0 and y < n]


@poet()  # relocated
def local_dataclass(x: int) -> object:
    @dataclass
    class Pair:
        a: int
        b: int = x

    return Pair(1)


@poet()  # relocated
def recursive_closure(n: int) -> int:
    def fact(k):
        return 1 if k < 2 else k * fact(k - 1)

    return fact(n)


@poet()  # wrapped guarded
def sees_locals(x: int) -> dict:
    y = x + 1
    return locals()


@poet()  # wrapped guarded
def evaluates(x: int) -> int:
    return eval("x + 1")


@poet()  # relocated
def imports_inside(x: float) -> float:
    from math import floor

    import os.path

    return floor(x) + len(os.path.sep)


@poet()  # relocated
def deletes(x: int) -> str:
    del x
    try:
        return x
    except UnboundLocalError as error:
        return error.name if hasattr(error, "name") and error.name else "x"


@poet()  # relocated
def matches(value) -> str:
    match value:
        case {"a": a, **rest}:
            return f"a={a} {sorted(rest)}"
        case [first, *others]:
            return f"{first} {others}"
        case int(n) if n > 3:
            return f"big {n}"
        case _:
            return "other"


@poet()  # relocated
def multi_line(x: int) -> str:
    text = """one
  two
"""
    return text + f"""{x}
end"""


def factory():
    @poet()  # relocated
    def made(x):
        return x

    return made


TEXT = "module"


class Shadows:
    TEXT = "class"

    @poet()  # relocated
    def text(self) -> str:
        return TEXT
