"""How the service says no: one exception, one body."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError


class Problem(Exception):
    """Ends a request with `status` and the body `{"error", "code", "details"}`."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = dict(details or {})
        self.headers = dict(headers or {})

    @property
    def body(self) -> bytes:
        """The JSON body."""
        return error_body(self.message, self.code, self.details)


def error_body(message: str, code: str, details: Mapping[str, Any]) -> bytes:
    """Message, code, details → the JSON of `wire.ErrorBody`; lone surrogates are written as escapes."""
    return json.dumps({"error": message, "code": code, "details": details}, default=str).encode("ascii")


def invalid_request(error: ValidationError) -> Problem:
    """What is wrong with a request, field by field, without repeating what was sent."""
    problems = [
        {"field": ".".join(str(part) for part in item["loc"]), "problem": item["msg"]}
        for item in error.errors(include_url=False, include_input=False, include_context=False)[:20]
    ]
    first = problems[0]
    where = f"{first['field']}: " if first["field"] else ""
    return Problem(422, "INVALID_REQUEST", f"invalid request: {where}{first['problem']}", {"problems": problems})


def overloaded(message: str, seconds: int = 1) -> Problem:
    """Too much to do at once; `seconds` until it is worth another try."""
    return Problem(503, "OVERLOADED", message, {"retry_after_seconds": seconds}, {"Retry-After": str(seconds)})
