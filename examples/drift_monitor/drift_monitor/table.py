"""CSV files as columns."""

from __future__ import annotations

import csv
from pathlib import Path


def read_columns(path: Path) -> dict[str, list[float | str | None]]:
    """Column name -> values, row by row: numbers where they are numbers, None where nothing is written."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: [value(row[name]) for row in rows] for name in (rows[0] if rows else ())}


def value(text: str) -> float | str | None:
    """A field's value."""
    try:
        return float(text)
    except ValueError:
        return text or None
