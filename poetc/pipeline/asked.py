"""What was asked for around a function and isn't done, each with the place where it was asked for (POET216), and
markers that achieve nothing (POET231).

Told from what was built, never foretold: whatever the generator could not, or need not, do is missing in its code.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from poetc.config.origins import Origins
from poetc.diagnose import diagnose
from poetc.emit.objects import BUDGETS, RETRIES
from poetc.extract.place import at_setting, written_at
from poetc.ir import Diagnostic, Kind, Severity, Stored
from poetc.ir.achieved import State, achieved_in
from poetc.pipeline.protections import attempts_of, bound_objects
from poetc.source.site import PythonUnit

if TYPE_CHECKING:
    from poetc.pipeline.survey import ProjectIndex

CODE: Final = "POET216"
NOTHING: Final = "POET231"
FRAMES: Final = "nothing around it, for it looks at the frames above its own:"
COUNTS: Final = "no further attempts of it and no breaker around it, for it counts the frames above its own:"
STREAM: Final = "a generator runs for as long as its consumer takes items"
HINTS: Final = {
    "timeout": "Give the function that consumes it a budget: the calls in here get what is left of that.",
    "retries": "Put what is to be repeated into a function of its own.",
}
LEAVE: Final = "Leave it out, or say in what it was to help."


class Built:
    """One function with what was made of it."""

    def __init__(self, unit: PythonUnit, stored: Stored) -> None:
        self.unit, self.stored = unit, stored
        self.metadata = stored.metadata
        self.enhancements = [str(line) for line in self.metadata.get("enhancements", ())]
        self.is_stream = "generator" in unit.site.kind

    @cached_property
    def things(self) -> list[tuple[str, ast.Call]]:
        """(class of the runtime, call) of what `bind` makes."""
        return [(thing, call) for _, thing, call in bound_objects(self.stored.code)]

    @property
    def looks_at_frames(self) -> str:
        """What is said of a body that looks at the frames above its own, so that nothing stands around it."""
        return self.line(FRAMES)

    def line(self, beginning: str) -> str:
        """What was said that begins so; "" if nothing was."""
        return next((line for line in self.enhancements if line.startswith(beginning)), "")

    def has(self, part: str) -> bool:
        """Whether something is made whose class has `part` in its name."""
        return any(part in thing for thing, _ in self.things)

    @property
    def repeats_calls(self) -> bool:
        return any(rewrite["kind"] in ("retry", "region") for rewrite in self.metadata.get("rewrites", ()))

    @property
    def returns(self) -> bool:
        """Whether some `return` gives a value, or all that the body gives is passed on."""
        nodes = ast.walk(self.unit.site.node)
        return self.has("Enforce") or any(isinstance(n, ast.Return) and n.value is not None for n in nodes)

    def wrote(self, setting: str) -> bool:
        """Whether a setting stands in the decorator."""
        return written_at(self.unit.site, setting) is not None


def undone(unit: PythonUnit, stored: Stored, index: ProjectIndex) -> Iterator[Diagnostic]:
    """A diagnostic for each setting that was asked for and has no effect, and one where the marker itself has none."""
    built, origins = Built(unit, stored), index.origins
    asked = origins.options.asked_of(unit.name)
    for setting, why_not in REASONS.items():
        value = getattr(unit.policy, setting)
        if setting not in asked and not built.wrote(setting):
            continue
        if not value or value == "off":
            continue  # switched off, which is done
        if why := why_not(built, value):
            why = built.looks_at_frames or (built.line(COUNTS) if setting in ("retries", "breaker") else "") or why
            yield at(unit, setting, why, origins)
    if achieved_in(stored.metadata).state is State.NOTHING:
        from poetc.pipeline.remedies import remedy_of

        remedy, source = remedy_of(unit, index.effects, stored.metadata), unit.site.source
        message, at_call = (
            f"`{unit.site.qualname}` gets nothing of @poet: {remedy.problem}",
            remedy.at or unit.site.decorator,
        )
        yield diagnose(NOTHING, message, source, at_call, hint=remedy.text, unit=unit.name, severity=Severity.WARNING)


def at(unit: PythonUnit, setting: str, why: str, origins: Origins) -> Diagnostic:
    """The diagnostic; what wasn't asked for this very function is only noted."""
    hint, message = HINTS.get(setting, LEAVE), f"`{setting}` has no effect: {why}"
    own, shared = Severity.WARNING, Severity.NOTE
    return at_setting(CODE, message, unit.site, setting, origins, hint=hint, severity=own, shared=shared)


# setting → why it has no effect, "" if it has


def no_timeout(built: Built, _: Any) -> str:
    """A budget is kept in a way that has a name."""
    if built.metadata.get("timeout_mechanism"):
        return ""
    if built.is_stream:
        return STREAM
    return "nothing in it takes a time limit, and other code is ended only where `timeout=` stands in the decorator"


def no_own_thread(built: Built, _: Any) -> str:
    """The body can be moved to a thread of its own."""
    if built.metadata.get("timeout_mechanism") == "alarm-or-thread":
        return ""
    if built.unit.site.kind is not Kind.SYNC:
        return f"a {built.unit.site.kind} is never moved to another thread"
    if not built.wrote("timeout"):
        return "only where `timeout=` stands in the decorator a body is given up"
    return "the body looks at its caller's frames, or uses what belongs to its thread"


def no_retries(built: Built, _: Any) -> str:
    """Attempts of the whole, where that was asked for, or of calls in it."""
    if attempts_of(built.stored.code) > 1:
        return ""
    if built.wrote("retries"):
        also = "; the calls in it that may be repeated are" if built.repeats_calls else ""
        return f"an async generator can't be started anew without changing how it is driven{also}"
    if built.repeats_calls:
        return ""
    if reason := next((line for line in built.enhancements if line.startswith("not repeated: ")), ""):
        return reason.removeprefix("not repeated: ")
    if built.metadata["operate"] in ("wrapped", "supplied"):
        return "its body is called as it is, and calls in it aren't repeated"
    return "no call in it may be repeated, and the whole function is only where `retries=` stands in the decorator"


def no_breaker(built: Built, value: Any) -> str:
    """There is a breaker of whatever kind."""
    if built.has("Breaker"):
        return ""
    if built.metadata["operate"] != "wrapped" and value.per == "host" and built.unit.effects != "pure":
        return "no call in it is repeated whose host can be told"
    return STREAM if built.is_stream else "it makes no call that can fail and come right again"


def no_thing(thing: str) -> Callable[[Built, Any], str]:
    """For what stands around a whole call, which a generator hasn't."""

    def why_not(built: Built, _: Any) -> str:
        return "" if built.has(thing) else STREAM if built.is_stream else "nothing is made of it"

    return why_not


def no_perceive(built: Built, _: Any) -> str:
    """Some argument is looked at."""
    if any(line.startswith("perceive: ") for line in built.enhancements):
        return ""
    if built.unit.site.kind == "async generator" and built.metadata["operate"] == "wrapped":
        return "around an async generator that is called as it is nothing can stand"
    return "no parameter has an annotation that can be checked"


def no_enforce(built: Built, _: Any) -> str:
    """The result is looked at."""
    if any(line.startswith("enforce: ") for line in built.enhancements):
        if built.returns or built.metadata["operate"] == "supplied":
            return ""  # if nothing is made for it, each result is plainly what it has to be
        return "it returns nothing that could be looked at"
    if built.is_stream:
        return "what a generator gives, item by item, is not looked at"
    return "its result has no annotation that can be checked"


def no_depth(built: Built, value: Any) -> str:
    """Some check looks into a container."""
    if value != "deep":
        return ""
    deep = (a for thing, call in built.things if thing == "Hint" for a in call.args if isinstance(a, ast.Constant))
    return "" if any(a.value == "deep" for a in deep) else "no annotation here says what a container holds"


def no_domain(built: Built, value: Any) -> str:
    """A domain that only its own engine fills in is believed."""
    if built.metadata["operate"] == "supplied" or built.metadata["engine"] != "rules":
        return ""
    if any(thing not in GENERAL for thing, _ in built.things):
        return ""
    return STREAM if built.is_stream else f"{value} finds nothing here that it knows, neither parameters nor result"


CHECKS: Final = ("Perceive", "Enforce", "Hint", "Shape")
AROUND: Final = (
    *RETRIES,
    *BUDGETS.values(),
    *("Guard", "Breaker", "WindowBreaker", "HostBreakers", "WindowHostBreakers", "Hedge", "RateLimit", "Bulkhead"),
)
GENERAL: Final = frozenset({*CHECKS, *AROUND, "Fallback", "Events"})
"""what `bind` makes without any domain"""

REASONS: Final[dict[str, Callable[[Built, Any], str]]] = {
    "timeout": no_timeout,
    "own_thread": no_own_thread,
    "retries": no_retries,
    "breaker": no_breaker,
    "bulkhead": no_thing("Bulkhead"),
    "rate_limit": no_thing("RateLimit"),
    "fallback": no_thing("Fallback"),
    "hedge": no_thing("Hedge"),
    "events": no_thing("Events"),
    "perceive": no_perceive,
    "enforce": no_enforce,
    "depth": no_depth,
    "domain": no_domain,
}
"""every setting of a function but `optimize_for`, of which POET215 says that it waits"""
