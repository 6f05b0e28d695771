# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
# What the linked functions of this package call: poetc's runtime, copied by `poet build`; standard library only.

from . import libraries as libraries
from .checks import Enforce as Enforce, Hint as Hint, Perceive as Perceive
from .core import (
    BudgetMissedWarning as BudgetMissedWarning, BudgetSpentError as BudgetSpentError,
    CircuitOpenError as CircuitOpenError, EnforceError as EnforceError, Link as Link, PerceiveError as PerceiveError,
    PoetContractWarning as PoetContractWarning, PoetRepairWarning as PoetRepairWarning,
    PoetStaleError as PoetStaleError, PoetStaleWarning as PoetStaleWarning, breakers as breakers,
    copy_metadata as copy_metadata, relocate as relocate, testing as testing
)
from .drift import DriftInput as DriftInput, DriftResult as DriftResult, drift_test as drift_test
