# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""What is known of libraries: facts of poetc's catalogue, which `poet build` writes beside these files.

No library is named in the runtime itself; `poetc/effects/libraries.py` says what each fact means.
"""


class Known:
    """The facts, each a tuple of names or of rules, all libraries' together; one that nobody has set says nothing."""

    def __getattr__(self, fact):
        return ()


KNOWN = Known()
