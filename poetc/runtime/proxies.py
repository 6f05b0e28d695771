"""Values that answer for their class themselves: proxies, mocks. They pass as they are, and nothing of theirs is run.

`isinstance(value, C)` reads `value.__class__` where `type(value)` is no subclass of C: a dead weakref raises then, a
lazy object runs its query. So only `type(value)` is ever asked about, by `issubclass`.
"""

from __future__ import annotations

import sys
from weakref import ProxyTypes


def answers_for_its_class(kind: type) -> bool:
    """Whether instances of `kind` say by code of their own which class they are of."""
    if issubclass(kind, ProxyTypes):
        return True
    return any("__class__" in vars(each) or has_own_lookup(each) for each in kind.__mro__[:-1])


def has_own_lookup(cls: type) -> bool:
    """Whether a class has a `__getattribute__` of its own; those of the standard library's do nothing special."""
    return "__getattribute__" in vars(cls) and cls.__module__.partition(".")[0] not in sys.stdlib_module_names
