"""What the runtime is told of libraries, for tests that ask it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from poetc.effects.libraries import tell
from poetc.runtime.known import KNOWN


@pytest.fixture
def facts() -> Iterator[None]:
    """The runtime of this process knows what the catalogue does; afterwards, what it knew before."""
    before = dict(vars(KNOWN))
    tell(KNOWN)
    yield
    vars(KNOWN).clear()
    vars(KNOWN).update(before)
