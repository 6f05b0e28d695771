"""Whether a module is being imported just now, by the current thread."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType


def is_importing() -> bool:
    """Whether the current code runs because a module is imported, directly or through calls.

    This thread then holds the lock of that module: another one that needs the module would wait until the import ends.
    """
    machinery = (sys.modules or {}).get("_frozen_importlib")
    if machinery is None:  # the interpreter has taken its modules down
        return False
    home = machinery.__dict__
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_globals is home:
            return True
        frame = frame.f_back
    return False
