# fmt: off
# isort: skip_file
# ruff: noqa
"""The link table of drift_monitor.detect, written by `poet build`: name -> (version, lines, their sha256)."""

from drift_monitor._poet._runtime import Link

poet = Link(
    __name__,
    {
        'detect_drift': ('detect_drift_v1', 7, '245ee45b9a1afbd6c1b85253f673f3ccf8bb3796499fbaa031b1aaf8bcb80dbe'),
    },
)

def _versions() -> None:  # pragma: no cover
    """Never called: what freezes a program looks for imports, and would miss these."""
    from drift_monitor._poet.detect import detect_drift_v1


IMPORTS = (
    ('from poetc import poet', 'from drift_monitor._poet.detect import poet'),
)
"""the import statements that were changed, for `poet unlink`"""
