"""Rebinds builtins that generated code would use, in plain sight."""

from poetc import poet


def isinstance(_value, _kind):  # noqa: A001
    raise AssertionError("the user's isinstance is not for generated code")


type = "a string"  # noqa: A001
Exception = None  # noqa: A001


@poet()  # relocated
def checked(x: int) -> str:
    return str(x) + type


@poet(retries=1)  # relocated guarded
def guarded(x: int) -> str:
    return str(x) + type


@poet()  # relocated
def own_names(perceive: int, enforce: int, original: int, rt: int = 4, _out: int = 5) -> int:
    operate = perceive + enforce
    return operate + original + rt + _out


@poet(retries=1)  # relocated guarded
def own_names_guarded(guard: int, operate: int, retry: int, result: int = 4, error: int = 5, wait: int = 6) -> int:
    breaker = guard + operate
    deadline = retry + result
    return breaker + deadline + error + wait
