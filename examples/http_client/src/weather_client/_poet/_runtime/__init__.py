# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
"""What the linked functions of this package call: poetc's runtime, copied by `poet build`; standard library only."""

from . import libraries as libraries
from .breaker_hosts import HostBreakers as HostBreakers
from .breakers_by_name import breakers as breakers
from .cancel import AsyncBudget as AsyncBudget
from .check import Enforce as Enforce, Perceive as Perceive
from .errors import BudgetMissedWarning as BudgetMissedWarning, BudgetSpentError as BudgetSpentError, CircuitOpenError as CircuitOpenError, EnforceError as EnforceError, PerceiveError as PerceiveError, PoetContractWarning as PoetContractWarning, PoetRepairWarning as PoetRepairWarning, PoetStaleError as PoetStaleError, PoetStaleWarning as PoetStaleWarning
from .guard import Guard as Guard
from .hint import Hint as Hint
from .link import Link as Link
from .relocate import dress as dress, relocate as relocate
from .retry import Retry as Retry
from .retry_async import AsyncRetry as AsyncRetry
from .retry_unsent import WriteRetry as WriteRetry
from .testing import testing as testing
