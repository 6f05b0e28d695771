# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
# What the other files read of libraries, from poetc's catalogue.

from .core import KNOWN

KNOWN.arrays = ({'array': 'numpy.ndarray', 'path': 'dtype.type'},)
KNOWN.numbers = ({'builtin': 'int', 'classes': ('numpy.integer',)},
 {'builtin': 'float', 'classes': ('numpy.floating',)},
 {'builtin': 'complex', 'classes': ('numpy.complexfloating',)},
 {'builtin': 'bool', 'classes': ('numpy.bool', 'numpy.bool_')})
