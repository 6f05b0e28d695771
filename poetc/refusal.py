"""Why a request can't be answered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class GenerateError(Exception):
    """A request that gets no implementation; `code`, `message` and `details` are the error body, `status` is HTTP's."""

    def __init__(self, code: str, message: str, details: dict[str, Any] | None = None, status: int = 422) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details or {}
        self.status = status


@contextmanager
def size_refused() -> Iterator[None]:
    """What is too deep, too large or too long for Python or for the contract, as the request's fault."""
    try:
        yield
    except RecursionError:
        raise GenerateError("INVALID_SOURCE", "function_code is nested too deeply") from None
    except ValueError as error:
        if "integer string conversion" in str(error):
            message = "function_code has a number of too many digits to be written"
            raise GenerateError("INVALID_SOURCE", message) from None
        if not hasattr(error, "errors"):  # which pydantic's ValidationError has
            raise
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise GenerateError("TOO_COMPLEX", f"the answer would be too large: {field}: {first['msg']}") from None
