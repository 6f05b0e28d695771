"""Why a build rewrote a line, and why it left a call alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from poetc.effects.uses import METHODS
from poetc.source.nodes import short_text

if TYPE_CHECKING:
    from poetc.effects import Effects, ResolvedCall

MOST_ERRORS: Final = 4
"""names of errors in one sentence"""
NOTE: Final = "not repeated: "
"""what begins the generator's own reasons"""
WHAT: Final = {"pure": "pure", "read": "a read", "idempotent": "an idempotent write", "write": "a write"}

OF_KIND: Final = {
    "enforce": "the result is compared with its contract",
    "frame": "one frame more stands between the function and its caller",
    "region": "it only reads, and what it opens may fail later: then all of it is done again",
    "deadline": "the loop ends with the budget",
    "timeout": "it takes a time limit and is given none: it gets what is left of the budget",
}
"""rewrites of which the kind says why"""


def why_rewritten(rewrite: Mapping[str, Any], first_line: int, calls: Sequence[ResolvedCall]) -> str:
    """Why a listed rewrite was made."""
    if rewrite["kind"] != "retry":
        return OF_KIND.get(rewrite["kind"], "")
    found = [c for c in calls if c.node.lineno == first_line + rewrite["line"] - 1 and is_of(c, rewrite["before"])]
    call = found[0] if found else None
    if call is None or call.entry is None:
        return "it may be made again"
    limit = "; its time limit is what is left of the budget" if "deadline" in rewrite["after"] else ""
    if call.effect == "write":
        return f"{call.name} is a write; it is repeated only if nothing was sent, its connection being refused{limit}"
    errors = call.entry.transient
    more = f" and {len(errors) - MOST_ERRORS} more" if len(errors) > MOST_ERRORS else ""
    said = f"{call.name} is {WHAT.get(call.effect, call.effect)}; it is repeated after "
    said += f"{', '.join(short(name) for name in errors[:MOST_ERRORS])}{more}"
    said += ", if its session had begun nothing" * call.entry.fresh
    return said + limit


def is_of(call: ResolvedCall, before: str) -> bool:
    """Whether a rewrite's text is that of what is called."""
    try:
        return ast.dump(ast.parse(before.strip(), mode="eval").body) == ast.dump(call.node.func)
    except (SyntaxError, ValueError, RecursionError):
        return False


def short(name: str) -> str:
    """An error's name without `builtins.`."""
    return name.removeprefix("builtins.")


class Build(NamedTuple):
    """What a build made of the function, as far as it matters here."""

    metadata: Mapping[str, Any]
    stale: str
    """why it isn't what a build would make now, "" if it is"""
    attempts: int
    """of the whole function"""


def not_done(
    effects: Effects, rewrites: Sequence[Mapping[str, Any]], first_line: int, build: Build | None
) -> Iterator[tuple[int, str]]:
    """(line, why) of each call that isn't pure and isn't repeated, by itself or with the block around it."""
    repeated = {(first_line + r["line"] - 1, r["before"].strip()) for r in rewrites if r["kind"] == "retry"}
    begun = {first_line + r["line"] - 1 for r in rewrites if r["kind"] == "region"}
    blocks = [block.place for block in effects.blocks if block.place.line in begun]
    for call in effects.calls:
        if call.effect == "pure" or any(each.line <= call.node.lineno <= each.end_line for each in blocks):
            continue
        if build is not None and build.attempts > 1 and call.effect in ("write", "unknown"):
            again = f"each of the {build.attempts} attempts of the function"
            yield call.node.lineno, f"{shown(call)} happens anew with {again}"
        elif any(line == call.node.lineno and is_of(call, b) for line, b in repeated):
            continue
        elif reason := why_not_repeated(call, build):
            yield call.node.lineno, f"{shown(call)} is not repeated: {reason}"


def shown(call: ResolvedCall) -> str:
    """A call's function as it is written."""
    text = short_text(call.node.func)
    return text if len(text) <= 60 else f"{text[:57]}..."


def why_not_repeated(call: ResolvedCall, build: Build | None) -> str:
    """Why a call isn't repeated where it stands; "" if that is for a build to say."""
    if call.effect == "write":
        return "it is a write, which must not happen twice"
    if call.effect == "unknown":
        receiver = shown(call).rpartition(".")[0]
        what = f"annotate `{receiver}`" if receiver.replace(".", "").isidentifier() else "annotate what it is called on"
        return f"what it does is unknown: {what}, or add the call to [tool.poet.calls]"
    if call.entry is None:
        return "it is the project's own; put @poet on it, and what may be repeated in it is"
    if call.is_given:
        return "it stands in a function that is given to what nobody knows, which may run it again by itself"
    if not call.entry.transient:
        return "it doesn't fail in a way that passes by itself"
    return why_left(call, call.entry.form, build) if build is not None else ""


def why_left(call: ResolvedCall, meant: str, build: Build) -> str:
    """Why a build didn't repeat a call that may be repeated."""
    operate, notes = build.metadata.get("operate"), build.metadata.get("enhancements", ())
    if build.stale:
        return f"the build didn't, but it is stale: {build.stale}"
    if operate == "wrapped":
        return f"the body is called as it is, for {build.metadata.get('operate_reason') or 'a reason of its own'}"
    if operate == "supplied":
        return "the domain supplies the body"
    if (meant, call.form) not in METHODS:
        return f"its value is used in a way that allows no second attempt ({call.form}, not {meant})"
    note = next((str(note) for note in notes if str(note).startswith(NOTE)), "")
    return note.removeprefix(NOTE) or "something else than a loop sees what it gives"
