"""What poet is compared with: decorators that people use, singly and stacked. Runs where the functions run."""

from __future__ import annotations

import functools

TYPE_CHECKING = False
if TYPE_CHECKING:  # bench_import.py measures what this module costs, too
    from collections.abc import Callable
    from typing import Any

    Decorator = Callable[[Any], Any]

ATTEMPTS, BUDGET = 3, 5.0


def no_op(function: Any) -> Any:
    """The least that a decorator of any function can do."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


def no_op_async(function: Any) -> Any:
    """The same for coroutine functions."""

    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        return await function(*args, **kwargs)

    return wrapper


def with_beartype(function: Any) -> Any:
    from beartype import beartype

    return beartype(function)


def with_tenacity(function: Any) -> Any:
    import tenacity

    failing = tenacity.retry_if_exception_type(ConnectionError)
    return tenacity.retry(retry=failing, stop=tenacity.stop_after_attempt(ATTEMPTS))(function)


def with_stamina(function: Any) -> Any:
    import stamina

    return stamina.retry(on=ConnectionError, attempts=ATTEMPTS)(function)


def with_pybreaker(function: Any) -> Any:
    import pybreaker

    return pybreaker.CircuitBreaker(fail_max=5, reset_timeout=30)(function)


def with_pybreaker_async(function: Any) -> Any:
    """pybreaker's own `call_async` is for tornado only; its context manager works around an `await` as well."""
    import pybreaker

    breaker = pybreaker.CircuitBreaker(fail_max=5, reset_timeout=30)

    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        with breaker.calling():
            return await function(*args, **kwargs)

    return wrapper


def with_validate_call(function: Any) -> Any:
    from pydantic import validate_call

    return validate_call(validate_return=True)(function)


def with_stack(function: Any) -> Any:
    """Validation inside the breaker inside the retries: what a function gets that is to be safe."""
    return with_stamina(with_pybreaker(with_validate_call(function)))


def with_stack_async(function: Any) -> Any:
    """`with_stack` for coroutine functions, and a time limit, which costs little there."""
    return with_wait_for(with_stamina(with_pybreaker_async(with_validate_call(function))))


def with_wait_for(function: Any) -> Any:
    """`asyncio.wait_for` around each call."""
    import asyncio

    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        return await asyncio.wait_for(function(*args, **kwargs), BUDGET)

    return wrapper


@functools.cache
def shared_pool() -> Any:
    """The threads that all functions with a time limit share."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(4, thread_name_prefix="limited")


def with_pool(function: Any) -> Any:
    """A time limit as it is given to blocking functions: in a thread of a shared pool."""
    submit = shared_pool().submit

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return submit(function, *args, **kwargs).result(timeout=BUDGET)

    return wrapper


def with_stack_and_pool(function: Any) -> Any:
    """`with_stack` with a time limit."""
    return with_pool(with_stack(function))


STACK, TIMED_STACK = "full stack", "full stack + time limit"

SYNC: dict[str, Decorator] = {
    "no-op decorator": no_op,
    "beartype": with_beartype,
    "tenacity": with_tenacity,
    "stamina": with_stamina,
    "pybreaker": with_pybreaker,
    "pydantic validate_call": with_validate_call,
    STACK: with_stack,
    TIMED_STACK: with_stack_and_pool,
}

ASYNC: dict[str, Decorator] = {
    "no-op decorator": no_op_async,
    "beartype": with_beartype,
    "tenacity": with_tenacity,
    "stamina": with_stamina,
    "pybreaker": with_pybreaker_async,
    "pydantic validate_call": with_validate_call,
    STACK: lambda function: with_stamina(with_pybreaker_async(with_validate_call(function))),
    TIMED_STACK: with_stack_async,
}
