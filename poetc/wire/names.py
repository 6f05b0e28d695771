"""The words of the contract that are one of a few."""

from __future__ import annotations

from typing import Literal

Operate = Literal["transformed", "relocated", "wrapped", "supplied"]
Phase = Literal["perceive", "operate", "enforce", "train"]
Effects = Literal["pure", "reads", "idempotent", "writes", "unknown"]
Mechanism = Literal["asyncio", "cooperative", "cooperative-and-alarm", "alarm", "alarm-or-thread"]
