"""What is raised, and what is returned."""

from __future__ import annotations

import logging
import warnings

from poetc import poet

logger = logging.getLogger("traps")


class Odd(Exception):
    """Has arguments and slots of its own."""

    def __init__(self, code: int, *, text: str) -> None:
        super().__init__(code)
        self.text = text


INSTANCE = Odd(7, text="kept")


@poet()  # relocated
def raises(error):
    raise error


@poet(retries=2)  # relocated guarded
def raises_guarded(error):
    raise error


@poet()  # relocated
def raises_from(x: int) -> int:
    try:
        return 1 // x
    except ZeroDivisionError as error:
        raise Odd(x, text="from") from error


@poet(retries=1)  # relocated guarded
def raises_from_guarded(x: int) -> int:
    try:
        return 1 // x
    except ZeroDivisionError as error:
        raise Odd(x, text="from") from error


@poet()  # relocated
def fails_below(x: int) -> int:
    total = 0
    for i in range(3):
        total += x // (2 - i)
    return total


@poet()  # relocated
def returns(x) -> str:
    return x


@poet(retries=1)  # relocated guarded
def returns_guarded(x) -> str:
    return x


@poet()  # relocated
def returns_unannotated(x):
    return x


@poet()  # relocated
def takes(x: int, *, y: int = 0) -> object:
    return x


@poet(retries=1)  # relocated guarded
def takes_guarded(x: int, *, y: int = 0) -> object:
    return x


@poet()  # relocated
def warns(level: int = 2) -> None:
    warnings.warn("one", UserWarning, stacklevel=1)
    warnings.warn("two", UserWarning, stacklevel=2)
    warnings.warn("none", UserWarning)
    logger.warning("said")
    logger.warning("said to the caller", stacklevel=2)


@poet(retries=1)  # relocated
def warns_guarded(level: int = 2) -> None:
    warnings.warn("one", UserWarning, stacklevel=1)
    warnings.warn("two", UserWarning, stacklevel=2)
    warnings.warn("none", UserWarning)
    logger.warning("said")
    logger.warning("said to the caller", stacklevel=2)


@poet(retries=1)  # relocated
def warns_positionally(level: int = 2) -> None:
    warnings.warn("two", UserWarning, 2)


@poet()  # relocated
def down(n: int) -> int:
    return 0 if n == 0 else down(n - 1) + 1


@poet()  # relocated
def down_plain(n):
    return 0 if n == 0 else down_plain(n - 1) + 1


class Tree:
    @poet()  # relocated
    def down(self, n: int) -> int:
        if n == 0:
            return 0
        return self.down(n - 1) + 1


@poet()  # relocated
def exits(code: int) -> None:
    raise SystemExit(code)


@poet(retries=3)  # relocated guarded
def interrupts(x: int) -> None:
    raise KeyboardInterrupt(x)


@poet()  # relocated
def stops(x: int) -> int:
    return next(iter([]))
