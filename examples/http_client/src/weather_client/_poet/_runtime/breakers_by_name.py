# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""The breakers of a package, for programs that look at them or set them by hand."""

from weakref import WeakValueDictionary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    def breakers() -> dict[str, Any]:
        """For type checkers: the copy that is linked has no other annotations."""


BREAKERS = WeakValueDictionary()
"""dotted name of the function -> its breaker, as long as the function lives"""


def breakers():  # type: ignore[no-redef]
    """The breakers of all linked functions, by the function's dotted name:
    `breakers()["app.pay.receipt"].isolate()`."""
    return dict(BREAKERS)
