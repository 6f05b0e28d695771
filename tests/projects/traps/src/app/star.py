"""What builtins mean here, only a star import knows."""

from poetc import poet

from app.weird import *  # noqa: F403


@poet()  # relocated
def number(x: int) -> int:
    return x


@poet()  # relocated
def text(x: str) -> str:
    return x + str(len(x))


@poet(retries=1)  # relocated guarded
def text_guarded(x: str) -> str:
    return x + str(len(x))


@poet()  # relocated
def kinds(x: str):
    return type(x), isinstance(x, str)
