# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""What all copies of the runtime in a process have in common, by identity: the classes that programs catch, and the
state of `testing`.

Each linked package has a copy of its own. The first one that is imported puts its classes into a module that is
nobody's file, in `sys.modules`; the others take them from there, so that `except CircuitOpenError` of one package
catches what another one raised. The module's name has a number, for copies that mean something else by a name.
"""

import sys
from types import ModuleType


SHARED_HOME = "poet_shared_1"


def shared(name, made):
    """What the first copy has made of that name; `made`, if this is the first."""
    home = sys.modules.setdefault(SHARED_HOME, ModuleType(SHARED_HOME))
    found = home.__dict__.setdefault(name, made)
    return found


def public(kind):
    """The class of that name that programs know."""
    return shared(kind.__name__, kind)
