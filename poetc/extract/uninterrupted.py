"""POET230: what a budget can't end in the thread that the body is called in."""

from __future__ import annotations

import ast
from collections.abc import Collection
from typing import Final

from poetc.diagnose import diagnose
from poetc.effects import Effects, ResolvedCall
from poetc.effects.libraries import packages
from poetc.extract.arguments import Arguments
from poetc.ir import Diagnostic, Kind, Policy, Severity
from poetc.source.nodes import call_text
from poetc.source.site import PythonSite

MOST_NAMED: Final = 3
"""further calls that one note names"""

HINT: Final = (
    "Loops, `time.sleep` and calls that take a time limit end there too. Name the parameter that takes one in "
    '[tool.poet.calls]: `"module.name" = {effect = "read", timeout = "timeout"}`; or ask for `own_thread`, when you '
    "have read what that costs, in docs/threads-and-budgets.md."
)


def uninterrupted(effects: Effects, project: Collection[str]) -> tuple[ResolvedCall, ...]:
    """The calls that may wait, and that nothing ends where no alarm can ring, in source order.

    `project`: called expressions that mean functions of the project.
    """
    return tuple(call for call in effects.calls if may_wait(call, project))


def may_wait(call: ResolvedCall, project: Collection[str]) -> bool:
    """Whether a call may take long and takes no time limit, as far as is known."""
    if call.entry is None:
        return call.effect == "unknown" or ast.unparse(call.node.func) in project
    package = call.entry.name.partition(".")[0]
    return call.entry.timeout is None and bool(call.entry.transient) and package not in packages("sockets")


def uninterrupted_calls(
    site: PythonSite, arguments: Arguments, policy: Policy, effects: Effects, project: Collection[str]
) -> tuple[Diagnostic, ...]:
    """What is to be said of the thread that the body runs in."""
    seconds = arguments.get("timeout")
    if seconds is None or policy.own_thread or site.kind is not Kind.SYNC:
        return ()
    found = uninterrupted(effects, project)
    if not found:
        return ()
    first, *rest = found
    also = [f"`{call_text(c.node)}` in line {c.node.lineno}" for c in rest[:MOST_NAMED]]
    also += [f"{len(rest) - MOST_NAMED} more"] * (len(rest) > MOST_NAMED)
    others = f", nor {', '.join(also)}" if also else ""
    message = f"off the main thread, nothing interrupts `{call_text(first.node)}` after {seconds:g} s{others}"
    note = Severity.NOTE
    return (diagnose("POET230", message, site.source, first.node, hint=HINT, unit=site.name, severity=note),)
