"""Imports circle_a, which imports this module."""

from __future__ import annotations

import app.circle_a
from poetc import poet


@poet()  # relocated
def pong(n: int) -> int:
    return 0 if n == 0 else app.circle_a.ping(n - 1) + 1
