"""What is left of a budget isn't passed on to calls while both functions are compared.

A limit that is passed can be seen: in a request that an error carries, in what a stand-in is called with. It is what
`poet build` says that it adds, and no difference in what the user's code means. That it is passed, and never in the
place of a smaller one, is for the tests of the runtime to show.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any


def pass_no_limits() -> None:
    """Have every linked runtime that is loaded pass no time limit to any call."""
    for name, module in [*sys.modules.items()]:
        if "_poet" in name and "._runtime." in name and isinstance(module, ModuleType):
            vars(module).update({n: instead for n, instead in INSTEAD.items() if n in vars(module)})


def as_given(
    function: Any, left: float, name: str, scale: int | None, kwargs: Mapping[str, Any], *_: Any, **__: Any
) -> Mapping[str, Any]:
    """The arguments without a limit in them."""
    return kwargs


def takes_nothing(*_: Any, **__: Any) -> bool:
    """Whether all that is left may be passed on at once."""
    return False


INSTEAD = {"limited": as_given, "takes_all": takes_nothing}
"""function of the runtime, under the name by which its modules import it → what stands in its place"""
