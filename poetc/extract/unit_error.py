"""What extraction raises."""

from __future__ import annotations

from collections.abc import Sequence

from poetc.errors import ConfigError
from poetc.ir import Diagnostic, Severity


class UnitError(ConfigError):
    """A function asks for what can't be given; all that is to be said about it is in `diagnostics`, warnings too."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        first = next((d for d in diagnostics if d.severity is Severity.ERROR), diagnostics[0])
        super().__init__(first)
        self.diagnostics = tuple(diagnostics)
