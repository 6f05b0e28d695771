"""How modules are imported: whether one is just now, by the current thread, and as what pytest makes of it."""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any

BY_PYTEST = "@pytest_ar"
"""a name that no source can spell: pytest's rewriting of assertions puts it into code, to tell why one failed"""


def is_importing() -> bool:
    """Whether the current code runs because a module is imported, directly or through calls.

    This thread then holds the lock of that module: another one that needs the module would wait until the import ends.
    """
    machinery = (sys.modules or {}).get(type(__spec__).__module__)
    if machinery is None:  # the interpreter has taken its modules down
        return False
    home = machinery.__dict__
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_globals is home:
            return True
        frame = frame.f_back
    return False


def imported_by_pytest(name: str) -> Any:
    """A module, imported once more, its assertions rewritten by pytest; what is imported already stays so."""
    first, pytest = sys.modules[name], sys.modules.get("pytest")
    if pytest is None:
        return first
    parent, _, last = name.rpartition(".")
    del sys.modules[name]
    try:
        pytest.register_assert_rewrite(name)
        return import_module(name)
    finally:
        sys.modules[name] = first
        if parent in sys.modules:
            setattr(sys.modules[parent], last, first)


def is_rewritten(code: CodeType) -> bool:
    """Whether pytest has rewritten assertions in a function, or in one inside of it."""
    return BY_PYTEST in code.co_names or any(is_rewritten(each) for each in code.co_consts if type(each) is type(code))
