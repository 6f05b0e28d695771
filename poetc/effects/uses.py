"""How a call is used, beside how its client means it to be used: what decides whether it can be made again."""

from __future__ import annotations

from typing import Final

METHODS: Final[dict[tuple[str, str], str]] = {
    ("call", "call"): "",
    ("call", "context"): "",
    ("call", "iterate"): "",
    ("await", "await"): "awaited",
    ("async context", "await"): "awaited",
    ("context", "context"): "entered",
    ("async context", "async context"): "entered_async",
    ("iterate", "iterate"): "iterated",
    ("async iterate", "async iterate"): "iterated_async",
}
"""how a call is meant to be used, how it is used -> the method of `rt.Retry` that repeats it; others aren't repeated"""
