"""Why a request can't be answered."""

from __future__ import annotations

from typing import Any


class GenerateError(Exception):
    """A request that gets no implementation; `code`, `message` and `details` are the error body, `status` is HTTP's."""

    def __init__(self, code: str, message: str, details: dict[str, Any] | None = None, status: int = 422) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details or {}
        self.status = status
