# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""Random numbers of the runtime's own: the program's sequence, which it may have seeded, goes on untouched."""

from .forks import fork_aware


class Chance:
    """A generator that is seeded by the system at its first use, and anew in every child of a fork."""

    __slots__ = ("__weakref__", "generator")

    def __init__(self):
        self.generator = None
        fork_aware(self)

    def __call__(self):
        """A number from 0 up to 1, without 1."""
        if self.generator is None:
            from random import Random

            self.generator = Random()
        return self.generator.random()

    def forked(self):
        """In the child of a fork: its numbers are not to be those of its parent."""
        self.generator = None


chance = Chance()
"""the one of this package"""
