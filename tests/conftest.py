"""What all tests share."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-cases` rewrites the `out` sections of tests/cases."""
    parser.addoption("--update-cases", action="store_true", help="rewrite the out sections of tests/cases")
