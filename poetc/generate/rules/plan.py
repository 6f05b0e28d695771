"""What is to be generated for one function, decided before a line is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from poetc.domains import DomainPart
from poetc.effects import FrameUses, ResolvedCall, frame_uses
from poetc.effects.imports import read_imports
from poetc.effects.ownretries import repeated_by_loop, repeater_of
from poetc.generate.rules.calls import Found, effects_of, outside_of_f_strings, repeatable_calls, timed_calls
from poetc.generate.rules.checks import parameter_contracts, result_contract
from poetc.generate.rules.function import FunctionSource
from poetc.generate.rules.hazards import reason_to_wrap
from poetc.generate.rules.hints import Contract
from poetc.generate.rules.loops import Loop, loops_to_check
from poetc.generate.rules.names import Names
from poetc.generate.rules.place import needs_class, uses_class
from poetc.generate.rules.protection import Protection, protection_of
from poetc.wire import TranspileConfig

BOUND_TO_THREADS: Final = ("sqlite3.Connection.", "sqlite3.Cursor.")
"""classes whose objects refuse every thread but that which made them"""


@dataclass(frozen=True, slots=True)
class Defaults:
    """Numbers of the base template: attempts, waits in seconds, breaker."""

    retries: int
    first: float
    most: float
    budget: float
    failures: int
    open_for: float


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Everything `emit` needs; see ARCHITECTURE.md for the two forms."""

    source: FunctionSource
    names: Names
    config: TranspileConfig
    defaults: Defaults
    reason: str | None
    """why the body is wrapped; None: it is moved"""
    contracts: Mapping[str, Contract]
    """parameter -> contract"""
    result: Contract | None
    """contract of the result"""
    calls: tuple[Found, ...]
    """calls to repeat where they stand"""
    timed: tuple[Found, ...]
    """other calls that get what is left of the budget"""
    loops: tuple[Loop, ...]
    """loops that look at the budget"""
    effects: str
    attempts: int
    """of the whole function"""
    timeout: float | None
    mechanism: str | None
    """asyncio | cooperative | cooperative-and-alarm | alarm | alarm-or-thread"""
    protection: Protection
    """breaker, bulkhead and so on"""
    looks: FrameUses
    """how the body looks at the frames above its own"""
    part: DomainPart | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def supplied(self) -> bool:
        return self.part is not None and self.part.supplied is not None

    @property
    def repeaters(self) -> dict[tuple[tuple[str, ...], str], str]:
        """Ways to the host, and class of a refusal -> name of the `rt.Retry` of the calls that go there."""
        found = dict.fromkeys(self.repeater(call) for call in self.calls)
        return {key: self.names.own(f"retry_{at}" if at else "retry") for at, key in enumerate(found)}

    def repeater(self, call: Found) -> tuple[tuple[str, ...], str]:
        """The key in `repeaters` of a call."""
        return (call.host, call.refusal) if self.protection.hosts is not None else ((), "")

    @property
    def in_class(self) -> bool:
        """Whether `bind` stands in a class of the name of that around the original: for the body's private names, and
        so that all functions made have the cell of that class, which is where attrs looks for it."""
        if self.reason is None and not self.supplied:
            return needs_class(self.source)
        return self.guarded and uses_class(self.source)

    @property
    def levels(self) -> int:
        """Blocks that the body is inside of."""
        return 3 if self.in_class else 2

    @property
    def breaker(self) -> bool:
        """Whether a breaker stands around the function."""
        return self.protection.breaker is not None

    @property
    def guarded(self) -> bool:
        """Whether a public function stands around Operate′."""
        around = self.attempts > 1 or self.timeout is not None or self.protection.is_there or self.part is not None
        return around or (self.reason is not None and bool(self.contracts or self.result))

    @property
    def has_guard(self) -> bool:
        """Whether that function needs an `rt.Guard`."""
        return self.attempts > 1 or self.timeout is not None or self.protection.is_inline

    @property
    def frames(self) -> int:
        """Frames between the body and the function's caller, on the way that every good call goes."""
        runs = [name for name in self.protection.runners if name != "hedge"]  # which begins a stack of its own
        return 1 + len(runs) + (self.breaker and not self.protection.is_inline)

    @property
    def passes_deadline(self) -> bool:
        """Whether Operate′ takes the deadline as a parameter."""
        if self.timeout is None or self.reason is not None:
            return False
        return bool(self.timed or self.loops) or (self.source.kind == "sync" and any(c.timeout for c in self.calls))


def plan_for(
    source: FunctionSource,
    config: TranspileConfig,
    written: Mapping[str, Any],
    defaults: Defaults,
    part: DomainPart | None,
) -> Plan:
    """The plan for a function; `written` are the arguments that stand in its decorator."""
    effects = effects_of(source)
    reason = reason_to_wrap(source)
    is_moved = reason is None and not is_supplied(part)
    calls, in_text = outside_of_f_strings(source, effects.calls) if is_moved else ((), ())
    repeatable, own = not_repeated_yet(source, repeated_calls(source, config, calls)) if is_moved else ((), ())
    timed = timed_calls(calls, repeatable) if is_moved and source.kind == "sync" else ()
    if config.timeout is not None and "timeout" not in written:
        repeatable, timed = only_parameters(repeatable), only_parameters(timed)
    attempts, said = whole_attempts(source, config, written)
    in_place = is_supplied(part) or any(c.timeout for c in (*repeatable, *timed))
    looks = frame_uses(source.node, effects.calls)
    loops = loops_to_check(source) if is_moved and "timeout" in written else ()
    is_bound = any(map(is_of_a_thread, effects.calls)) or looks.are_there
    timeout, mechanism, unkept = budget_of(source, config, written, Keeps(in_place, bool(loops), is_bound))
    loops = loops if timeout is not None else ()
    is_stream = "generator" in source.kind
    protection = protection_of(source, config, effects.effect, repeatable, is_supplied(part))
    # around an async generator nothing can stand that passes on what is sent and thrown into it
    is_bare = source.kind == "async generator" and reason is not None
    plan = Plan(
        source=source,
        names=Names(source),
        config=config,
        defaults=defaults,
        reason=reason,
        contracts={} if is_bare else parameter_contracts(source, config),
        result=result_contract(source, config),
        calls=repeatable,
        timed=tuple(each for each in timed if each.timeout) if timeout is not None else (),
        loops=loops,
        effects=effects.effect,
        attempts=attempts,
        timeout=timeout,
        mechanism=mechanism,
        protection=protection,
        looks=looks,
        part=None if is_stream else part,
        notes=(*own, *in_text, *said, *unkept, *protection.notes),
    )
    if plan.guarded and is_miscounted(plan):
        return without_frames(plan)
    return with_one_count(plan) if looks.numbers and not plan.supplied else plan


def is_miscounted(plan: Plan) -> bool:
    """Whether the body would see a frame around it that no number in it is corrected for."""
    if plan.supplied or not plan.looks.are_there:
        return False
    return plan.looks.other is not None or plan.reason is not None or plan.source.kind != "sync"


def without_frames(plan: Plan) -> Plan:
    """The plan with nothing around the body, which looks at frames, and a note that says so."""
    seen = plan.looks.other or plan.looks.numbers[0]
    note = f"{NOTHING_AROUND} line {seen.lineno}"
    bare = plan.reason is not None
    return replace(
        plan,
        contracts={} if bare else plan.contracts,
        result=None if bare else plan.result,
        timed=(),
        loops=(),
        attempts=1,
        timeout=None,
        mechanism=None,
        protection=Protection(hosts=plan.protection.hosts, answers=plan.protection.answers),
        part=None,
        notes=(*plan.notes, note),
    )


NOTHING_AROUND: Final = "nothing around it, for it looks at the frames above its own:"
"""how the note begins that says so"""


def with_one_count(plan: Plan) -> Plan:
    """The plan without what puts more frames around some attempts than around others: a number in the body is
    corrected for one count only."""
    if plan.attempts == 1 and not plan.protection.is_inline:
        return plan
    protection = replace(plan.protection, breaker=None) if plan.protection.is_inline else plan.protection
    note = f"{ONE_COUNT} line {plan.looks.numbers[0].lineno}"
    return replace(plan, attempts=1, protection=protection, notes=(*plan.notes, note))


ONE_COUNT: Final = "no further attempts of it and no breaker around it, for it counts the frames above its own:"
"""how the note begins that says so"""


def only_parameters(calls: tuple[Found, ...]) -> tuple[Found, ...]:
    """Calls with their time limits where these are parameters; waits and statements are ended only for a budget that is
    written at the function itself."""
    return tuple(c if c.timeout is None or c.timeout.isidentifier() else replace(c, timeout=None) for c in calls)


def repeated_calls(
    source: FunctionSource, config: TranspileConfig, calls: tuple[ResolvedCall, ...]
) -> tuple[Found, ...]:
    """The calls to repeat; without any further attempts, no write is among them."""
    found = repeatable_calls(source, calls)
    return found if config.retries != 0 else tuple(each for each in found if not each.is_write)


def is_supplied(part: DomainPart | None) -> bool:
    """Whether the domain stands in for the body."""
    return part is not None and part.supplied is not None


def not_repeated_yet(source: FunctionSource, calls: tuple[Found, ...]) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    """The calls that the user's own code doesn't repeat already, and what is to be said of the others."""
    library = repeater_of(source.node, read_imports(source.context.imports)) if calls else None
    if library is not None:
        return (), (f"not repeated: `{library}` does that already",)
    looped = repeated_by_loop(source.node, [c.node for c in calls])
    said = tuple(dict.fromkeys(f"not repeated: the loop around `{c.name}` does" for c in calls if id(c.node) in looped))
    return tuple(c for c in calls if id(c.node) not in looped), said


def whole_attempts(
    source: FunctionSource, config: TranspileConfig, written: Mapping[str, Any]
) -> tuple[int, tuple[str, ...]]:
    """Attempts of the whole function, more than one only where the user wrote so at the function itself."""
    attempts = 1 + (config.retries or 0) if "retries" in written else 1
    if attempts > 1 and source.kind == "async generator":
        return 1, ("not repeated: an async generator can't be started anew without changing how it is driven",)
    return attempts, ()


class Keeps(NamedTuple):
    """What in a body decides how its budget is kept."""

    calls: bool
    """some call takes what is left of it"""
    loops: bool
    """some loop looks at it"""
    bound: bool
    """the body looks at its caller's frame, or uses what belongs to its thread"""


def is_of_a_thread(call: ResolvedCall) -> bool:
    """Whether a call fails in any other thread than that of the object it is made on."""
    return call.name is not None and call.name.startswith(BOUND_TO_THREADS)


def budget_of(
    source: FunctionSource, config: TranspileConfig, written: Mapping[str, Any], keeps: Keeps
) -> tuple[float | None, str | None, tuple[str, ...]]:
    """The budget of the whole call, how it is kept, and what couldn't be done.

    An alarm, which interrupts opaque code on the main thread, is set only where the user wrote a budget at the function
    itself. The body stays in its thread unless another one was asked for by name, and what is bound to it stays anyway.
    """
    if config.timeout is None:
        return None, None, ()
    explicit = "timeout" in written
    if source.kind == "coroutine":
        return config.timeout, "asyncio", ()
    if source.kind != "sync":
        return None, None, ("no budget: a generator runs for as long as its consumer takes items",) if explicit else ()
    if not explicit:
        return (config.timeout, "cooperative", ()) if keeps.calls else (None, None, ())
    if config.own_thread and not keeps.bound:
        return config.timeout, "alarm-or-thread", ()
    said = (
        ("not in a thread of its own: the body belongs to the one that it is called in",) if config.own_thread else ()
    )
    return config.timeout, "cooperative-and-alarm" if keeps.calls or keeps.loops else "alarm", said
