# poetc 0.1.0; regenerate with: poet build
# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# written by `poet build` from drift_monitor/shift.py: edit that file, not this one

from __future__ import annotations

from drift_monitor._poet import _runtime as rt

poet = rt.Link(__name__)


# drift_monitor.shift.MeanShift.check
#
#   perceive  recent: Sequence[float]; baseline: Sequence[float]; recent and baseline: at least 30
#             rows, at most 50% missing (anything else goes on as it is)
#   operate   the source's lines, one for one
#   enforce   dict; a mapping with drift_detected, score; score finite, p_value a probability
def bind(original):  # pragma: no cover
    recent_hint = rt.Hint(
        original,
        "recent",
        "Sequence[float]",
        Sequence="collections.abc.Sequence",
    )
    baseline_hint = rt.Hint(
        original,
        "baseline",
        "Sequence[float]",
        Sequence="collections.abc.Sequence",
    )
    perceive = rt.Perceive(original, recent=recent_hint, baseline=baseline_hint)
    enforce = rt.Enforce(original, "dict")
    quality = rt.DriftInput(
        original,
        current="recent",
        reference="baseline",
        min_rows=30,
        max_missing=0.5,
    )
    verdict = rt.DriftResult(original, "drift_detected, score")

    def operate(self, recent, baseline):

        """The shift in standard deviations, and whether it is an alarm."""
        shift = abs(fmean(recent) - fmean(baseline)) / stdev(baseline)
        return {"drift_detected": shift > self.limit, "score": shift}

    operate = rt.relocate(operate, original)

    def check(self, recent, baseline):
        if not (type(recent) is recent_hint.kind or recent_hint.admits(recent)):
            recent = perceive.value('recent', recent)
        if not (type(baseline) is baseline_hint.kind or baseline_hint.admits(baseline)):
            baseline = perceive.value('baseline', baseline)
        recent, baseline = quality(recent, baseline)
        try:
            result = operate(self, recent, baseline)
        except Exception as error:
            perceive.explain(error, recent=recent, baseline=baseline)
            raise
        result = verdict(result)
        return result if type(result) is dict else enforce(result)

    return rt.copy_metadata(check, original)


poet.built("MeanShift.check", bind, version=1, lines=5,
           sha256="d4dd118f6f3e6453a6922801dacf0c505d5816345a1034da9dbcf9c244ac5fb0")


# the import statements that were changed, for `poet unlink`
IMPORTS = (
    ('from poetc import poet', 'from drift_monitor._poet.shift import poet'),
)
