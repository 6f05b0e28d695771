"""The version of what the rules engine writes; raised whenever its output for the same input changes."""

from __future__ import annotations

from typing import Final

RULES_VERSION: Final = "4"
