"""The engines by name: ours, and those that installed distributions name in the entry-point group `poetc.engines`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, Protocol

from poetc.plugins import plugins
from poetc.refusal import GenerateError

if TYPE_CHECKING:
    from poetc.generate.templates import TemplateStore
    from poetc.wire import TranspileRequest
    from poetc.wire.enhancement import Enhancement

GROUP: Final = "poetc.engines"
OURS: Final = {"rules": "poetc.generate.rules.engine:Rules"}
AUTO: Final = "rules"
"""what answers where nobody asked for an engine"""


class Engine(Protocol):
    """What plans an enhancement."""

    name: str
    version: str
    """a new one makes every stored answer of the engine stale"""

    def plan(self, request: TranspileRequest, templates: TemplateStore) -> Enhancement:
        """The plan of one function; raises `GenerateError`."""


def engine_called(name: str) -> Engine:
    """The engine of a name, or the one that answers where nobody asked for any; raises `GenerateError`."""
    wanted = AUTO if name == "auto" else name
    if wanted not in names():
        known = sorted(names())
        raise GenerateError("UNKNOWN_ENGINE", f"there is no engine {wanted!r}", {"known": known})
    return _made(wanted)


def names() -> frozenset[str]:
    """Names of the engines of this installation."""
    return frozenset(plugins(GROUP, OURS))


@cache
def _made(name: str) -> Engine:
    engine: Engine = plugins(GROUP, OURS)[name].load()()
    return engine
