"""poetc: ahead-of-time reliability for Python functions.

`poet` marks a function for `poet build`. Until the build has linked the module, the marker does nothing at all: the
function it is put on is returned as it is.
"""

from __future__ import annotations

__version__ = "0.1.0"
__all__ = ["__version__", "poet"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Literal, TypeVar, overload

    _F = TypeVar("_F")

    @overload
    def poet(function: _F, /) -> _F: ...
    @overload
    def poet(
        *,
        domain: str | None = None,
        optimize_for: str | None = None,
        retries: int | None = None,
        timeout: float | None = None,
        perceive: Literal["repair", "strict", "off"] | None = None,
        enforce: Literal["repair", "strict", "off"] | None = None,
        depth: Literal["shallow", "deep"] | None = None,
        own_thread: bool | None = None,
        enable_training: bool | None = None,
    ) -> Callable[[_F], _F]: ...
    def poet(*args: Any, **kwargs: Any) -> Any:
        """Mark a function for `poet build`; docs/configuration.md says what each argument asks for."""


else:

    def poet(function=None, /, **asked):
        """Mark a function for `poet build`; docs/configuration.md says what each argument asks for."""
        return function if function is not None else _as_it_is

    def _as_it_is(function):
        return function
