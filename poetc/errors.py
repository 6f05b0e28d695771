"""What poetc raises. Lower errors are translated at the boundary where they arise.

PoetError
├── ConfigError          [tool.poet], environment or command line make no sense
├── SourceError          a file can't be read, decoded or parsed
├── ServiceError         no usable answer
│   ├── ServiceDown      nothing answers, or it can't be started
│   ├── ServiceSlow      no answer in time
│   ├── ServiceRefused   it answered with an error of the request (4xx)
│   ├── ServiceFailed    it answered with an error of its own (5xx)
│   └── AnswerUnreadable it answered, but not in the contract's form
├── VerifyError          an answer that fails a check
├── StoreError           .dana/poet can't be read or written
└── LinkError            the source can't be linked
"""

from __future__ import annotations

from collections.abc import Iterable

from poetc.ir import Diagnostic


class PoetError(Exception):
    """Carries the diagnostic that says it to people; `str(error)` is its message."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class ConfigError(PoetError):
    """[tool.poet], the environment or the command line make no sense."""


class SourceError(PoetError):
    """A file can't be read, decoded or parsed."""


class ServiceError(PoetError):
    """No usable answer from the service."""


class ServiceDown(ServiceError):
    """Nothing answers, or it can't be started."""


class ServiceSlow(ServiceError):
    """No answer in time."""


class ServiceRefused(ServiceError):
    """The service answered with an error of the request (4xx)."""


class ServiceFailed(ServiceError):
    """The service answered with an error of its own (5xx)."""


class AnswerUnreadable(ServiceError):
    """The service answered, but not in the contract's form."""


class VerifyError(PoetError):
    """An answer fails a check; `diagnostics` has a finding for each check that failed, the first is `diagnostic`."""

    def __init__(self, diagnostic: Diagnostic, diagnostics: Iterable[Diagnostic] = ()) -> None:
        super().__init__(diagnostic)
        self.diagnostics = tuple(diagnostics) or (diagnostic,)


class StoreError(PoetError):
    """.dana/poet can't be read or written."""


class LinkError(PoetError):
    """The source can't be linked."""
