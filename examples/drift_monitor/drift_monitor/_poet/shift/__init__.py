# fmt: off
# isort: skip_file
# ruff: noqa
"""The link table of drift_monitor.shift, written by `poet build`: name -> (version, lines, their sha256)."""

from drift_monitor._poet._runtime import Link

poet = Link(
    __name__,
    {
        'MeanShift.check': ('MeanShift__check_v1', 5, 'd4dd118f6f3e6453a6922801dacf0c505d5816345a1034da9dbcf9c244ac5fb0'),
    },
)

def _versions() -> None:  # pragma: no cover
    """Never called: what freezes a program looks for imports, and would miss these."""
    from drift_monitor._poet.shift import MeanShift__check_v1


IMPORTS = (
    ('from poetc import poet', 'from drift_monitor._poet.shift import poet'),
)
"""the import statements that were changed, for `poet unlink`"""
