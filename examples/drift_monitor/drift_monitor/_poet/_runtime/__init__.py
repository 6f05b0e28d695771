# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
"""What the linked functions of this package call: poetc's runtime, copied by `poet build`; standard library only."""

from . import libraries as libraries
from .breakers_by_name import breakers as breakers
from .check import Enforce as Enforce, Perceive as Perceive
from .drift import drift_test as drift_test
from .drift_contract import DriftInput as DriftInput, DriftResult as DriftResult
from .errors import BudgetMissedWarning as BudgetMissedWarning, BudgetSpentError as BudgetSpentError, CircuitOpenError as CircuitOpenError, EnforceError as EnforceError, PerceiveError as PerceiveError, PoetContractWarning as PoetContractWarning, PoetRepairWarning as PoetRepairWarning, PoetStaleError as PoetStaleError, PoetStaleWarning as PoetStaleWarning
from .hint import Hint as Hint
from .link import Link as Link
from .relocate import dress as dress, relocate as relocate
from .testing import testing as testing
