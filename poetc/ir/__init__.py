"""The nouns of the pipeline: frozen values, no input or output, nothing of ours imported."""

from poetc.ir.artifact import ENHANCED, Draft, FileChange, Stored, Verified
from poetc.ir.diagnostic import CODES, Diagnostic, Severity
from poetc.ir.outcome import Ending, Outcome, Totals
from poetc.ir.policy import BreakerPolicy, BulkheadPolicy, Depth, FallbackPolicy, Mode, Policy, RatePolicy, Stale
from poetc.ir.source import Kind, Role, Site, SourceFile, Span
from poetc.ir.unit import Unit

__all__ = [
    "CODES",
    "ENHANCED",
    "BreakerPolicy",
    "BulkheadPolicy",
    "Depth",
    "Diagnostic",
    "Draft",
    "Ending",
    "FallbackPolicy",
    "FileChange",
    "Kind",
    "Mode",
    "Outcome",
    "Policy",
    "RatePolicy",
    "Role",
    "Severity",
    "Site",
    "SourceFile",
    "Span",
    "Stale",
    "Stored",
    "Totals",
    "Unit",
    "Verified",
]
