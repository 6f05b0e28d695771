"""Imports circle_b, which imports this module."""

from __future__ import annotations

from poetc import poet

import app.circle_b


@poet()  # relocated
def ping(n: int) -> int:
    return 0 if n == 0 else app.circle_b.pong(n - 1) + 1
