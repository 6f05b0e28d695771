# poetc 0.1.0; regenerate with: poet build
# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# written by `poet build` from drift_monitor/detect.py: edit that file, not this one

from __future__ import annotations

from drift_monitor._poet import _runtime as rt

poet = rt.Link(__name__)


# drift_monitor.detect.detect_drift
#
#   perceive  current_data and reference_data: at least 30 rows, at most 50% missing
#   operate   a stub, supplied by the domain: two-sample tests by column type (Kolmogorov-Smirnov;
#             chi-square or permutation), corrected over columns and windows (Holm): false alarms
#             in at most 5% of calls
#   enforce   dict; a mapping with drift_detected, score; score finite, p_value a probability
def bind(original):  # pragma: no cover
  enforce = rt.Enforce(original, "dict")
  quality = rt.DriftInput(
    original,
    current="current_data",
    reference="reference_data",
    min_rows=30,
    max_missing=0.5,
    supplied=True,
  )
  drift = rt.drift_test(
    original,
    current="current_data",
    reference="reference_data",
    alpha=0.05,
    min_effect=0.0,
  )
  verdict = rt.DriftResult(original, "drift_detected, score")

  def detect_drift(current_data, reference_data):
    current_data, reference_data = quality(current_data, reference_data)
    result = drift(current_data, reference_data)
    result = verdict(result)
    return result if type(result) is dict else enforce(result)

  return rt.copy_metadata(detect_drift, original)


poet.built("detect_drift", bind, version=1, lines=7,
           sha256="245ee45b9a1afbd6c1b85253f673f3ccf8bb3796499fbaa031b1aaf8bcb80dbe")


# the import statements that were changed, for `poet unlink`
IMPORTS = (
    ('from poetc import poet', 'from drift_monitor._poet.detect import poet'),
)
