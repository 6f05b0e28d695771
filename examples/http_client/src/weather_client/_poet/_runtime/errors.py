# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""What linked functions raise and warn of, on top of what the user's own code raises; of all packages the same."""

from .shared import public


@public
class PerceiveError(TypeError, ValueError):
    """An argument doesn't satisfy its annotation and can't be repaired (`strict`), or a domain can't use it."""


@public
class EnforceError(ValueError):
    """A result breaks the output contract (`strict`, or a domain's contract)."""


@public
class CircuitOpenError(ConnectionError):
    """The breaker of this function is open: the call was not made."""


@public
class BudgetSpentError(TimeoutError):
    """The call's whole budget (`timeout=`) is spent."""


@public
class BudgetMissedWarning(RuntimeWarning):
    """A value came after its call's budget was spent; said once per function."""


@public
class PoetStaleError(ImportError):
    """The source changed since the build, and the project asked for an error (`stale = "error"`)."""


@public
class PoetStaleWarning(UserWarning):
    """The source changed since the build; said once per function, at import."""


@public
class PoetContractWarning(UserWarning):
    """A result or an argument broke its contract and was passed on; said once per function."""


@public
class PoetRepairWarning(UserWarning):
    """An argument was text and was made the number or date that it says; said once per function and parameter."""
