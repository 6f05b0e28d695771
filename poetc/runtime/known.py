"""What is known of libraries: facts of poetc's catalogue, which `poet build` writes beside these files.

No library is named in the runtime itself; `poetc/effects/libraries.py` says what each fact means.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Known:
    """The facts, each a tuple of names or of rules, all libraries' together; one that nobody has set says nothing."""

    def __getattr__(self, fact: str) -> Any:
        return ()


KNOWN = Known()
