"""The plan of one function by rules: what is checked, repeated, limited and put around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple, cast

from poetc.domains import DomainPart
from poetc.effects import Effects, FrameUses, ResolvedCall, frame_uses
from poetc.effects.libraries import packages
from poetc.effects.ownretries import repeated_by_loop, repeater_of
from poetc.generate.rules.calls import effects_of, outside_of_f_strings, repeatable_calls, timed_calls
from poetc.generate.rules.checks import parameter_contracts, result_contract, returns_to_check
from poetc.generate.rules.defaults import Defaults
from poetc.generate.rules.hazards import reason_to_wrap
from poetc.generate.rules.loops import loops_to_check
from poetc.generate.rules.protection import breaker_of, left_out, protection_of
from poetc.generate.rules.regions import regions_to_repeat
from poetc.ir.policy import Policy
from poetc.refusal import GenerateError
from poetc.source.function import FunctionSource
from poetc.source.functions import stub_constants
from poetc.source.imports import read_imports
from poetc.source.place import span_of
from poetc.wire.enhancement import Budget, Call, Check, Enhancement, Provenance, Retry
from poetc.wire.names import Effects as EffectWord

STUB: Final = "the body is a stub"
"""why a domain stands in for a body"""


def plan_for(
    source: FunctionSource,
    config: Policy,
    written: Mapping[str, Any],
    defaults: Defaults,
    part: DomainPart,
    provenance: Provenance,
) -> Enhancement:
    """The plan for a function; `written` are the arguments that stand in its decorator."""
    effects = effects_of(source)
    supplied = part.supplies
    reason = reason_to_wrap(source)
    is_moved = reason is None and not supplied
    calls, in_text = outside_of_f_strings(source, repeated_alone(effects)) if is_moved else ((), ())
    repeated, own = not_repeated_yet(source, config, calls) if is_moved else ((), ())
    timed = timed_calls(calls, repeated) if is_moved and source.kind == "sync" else ()
    if config.timeout is not None and "timeout" not in written:
        repeated, timed = only_parameters(repeated), only_parameters(timed)
    attempts, said = whole_attempts(source, config, written)
    looks = frame_uses(source.node, effects.calls)
    regions = regions_to_repeat(source, config, effects) if is_moved else ()
    loops = loops_to_check(source) if is_moved and "timeout" in written else ()
    is_bound = any(map(is_of_a_thread, effects.calls)) or looks.are_there
    in_place = supplied or any(c.timeout for c in (*repeated, *timed))
    budget, unkept = budget_of(source, config, written, Keeps(in_place, bool(loops), is_bound))
    is_stream = "generator" in source.kind
    breaker = breaker_of(source, config, effects.effect, repeated, defaults, supplied=supplied)
    # around an async generator nothing can stand that passes on what is sent and thrown into it
    is_bare = source.kind == "async generator" and reason is not None
    if is_stream:
        part = DomainPart()
    if looks.are_there and part.checks:
        part = replace(part, checks=(), functions=())
        said = (*said, "no conditions of its domain: it looks at the frames above its own")
    plan = Enhancement(
        provenance=provenance,
        asked={k: v if v is not None else getattr(config, k, None) for k, v in written.items()},
        form="direct",
        operate="relocated",
        reason=STUB if supplied else reason,
        effects=cast(EffectWord, effects.effect),
        perceive=config.perceive,
        enforce=config.enforce,
        deep=config.depth == "deep",
        parameters=() if is_bare else parameter_contracts(source, config),
        result=result_contract(source, config),
        calls=repeated,
        regions=regions,
        timed=tuple(each for each in timed if each.timeout) if budget is not None else (),
        loops=tuple(map(span_of, loops)) if budget is not None else (),
        watched=looks.are_there,
        attempts=attempts,
        retry=retry_numbers(config, defaults),
        budget=budget,
        **protection_of(source, config, effects.effect, breaker),
        steps=part.steps,
        summary=part.summary,
        enhancements=part.enhancements,
        dependencies=part.dependencies,
        checks=part.checks,
        functions=part.functions,
        notes=(*own, *in_text, *said, *unkept, *(left_out(config) if is_stream else ())),
    )
    return formed(corrected(plan, source, looks), source, looks)


def with_proposals(
    plan: Enhancement,
    source: FunctionSource,
    checks: tuple[Check, ...] = (),
    functions: tuple[str, ...] = (),
    body: str | None = None,
) -> Enhancement:
    """The plan with what an engine brings of its own; raises `GenerateError` where there is no place for it."""
    if not (checks or functions or body is not None):
        return plan
    if source.kind not in ("sync", "coroutine") or plan.watched:
        raise GenerateError("INVALID_PLAN", "nothing can stand around this function that could check it")
    brought: dict[str, Any] = {
        "checks": (*plan.checks, *checks),
        "functions": (*plan.functions, *functions),
        "body": body or plan.body,
    }
    if body is not None:
        if is_supplied(plan) or stub_constants(source.node) is None:
            raise GenerateError("INVALID_PLAN", "only a stub's body can be supplied")
        brought |= {"reason": STUB, "calls": (), "regions": (), "timed": (), "loops": ()}
    return formed(plan.model_copy(update=brought), source, FrameUses((), None))


def retry_numbers(config: Policy, defaults: Defaults) -> Retry:
    """How often and how patiently a call is repeated."""
    retries = config.retries if config.retries is not None else defaults.retries
    return Retry(attempts=1 + retries, first=defaults.first, most=defaults.most, budget=defaults.budget)


def is_supplied(plan: Enhancement) -> bool:
    """Whether a domain stands in for the body."""
    return plan.body is not None or any(step.phase == "operate" for step in plan.steps)


def is_guarded(plan: Enhancement) -> bool:
    """Whether a public function has to stand around Operate′."""
    around = (plan.budget, plan.bulkhead, plan.rate_limit, plan.fallback, plan.hedge, plan.events)
    breaker = plan.breaker is not None and plan.breaker.per == "function"
    is_wrapped = plan.reason is not None and not is_supplied(plan)
    said = plan.steps or plan.summary or plan.checks or plan.body is not None
    return bool(
        plan.attempts > 1 or breaker or any(around) or said or (is_wrapped and (plan.parameters or plan.result))
    )


def is_inline(plan: Enhancement) -> bool:
    """Whether a breaker around the function only looks on while it is closed: it counts failures in a row."""
    breaker = plan.breaker
    windowed = breaker is not None and (breaker.settings.rate is not None or breaker.settings.slow is not None)
    return breaker is not None and breaker.per == "function" and not windowed


def corrected(plan: Enhancement, source: FunctionSource, looks: FrameUses) -> Enhancement:
    """The plan with nothing in it that would make a body that looks at frames see others than it expects."""
    if is_supplied(plan) or not looks.are_there:
        return plan
    if is_guarded(plan) and (looks.other is not None or plan.reason is not None or source.kind != "sync"):
        return without_frames(plan, looks)
    return with_one_count(plan, looks) if looks.numbers else plan


def formed(plan: Enhancement, source: FunctionSource, looks: FrameUses) -> Enhancement:
    """The plan with its form, which follows from all the rest, and what is rewritten by it."""
    is_moved = plan.reason is None
    guarded = is_guarded(plan)
    returns = returns_to_check(source, plan.result) if is_moved and not guarded else []
    frames = looks.numbers if is_moved and guarded else ()
    rewritten = plan.calls or plan.regions or plan.timed or plan.loops
    moved = "transformed" if rewritten else "relocated"
    return plan.model_copy(
        update={
            "form": "guarded" if guarded else "direct",
            "operate": "supplied" if is_supplied(plan) else moved if is_moved else "wrapped",
            "returns": tuple(map(span_of, returns)),
            "frames": tuple(map(span_of, frames)),
        }
    )


NOTHING_AROUND: Final = "nothing around it, for it looks at the frames above its own:"
"""how the note begins that says so"""


def without_frames(plan: Enhancement, looks: FrameUses) -> Enhancement:
    """The plan with nothing around the body, which looks at frames, and a note that says so."""
    seen = looks.other or looks.numbers[0]
    bare = plan.reason is not None
    breaker = plan.breaker if plan.breaker is not None and plan.breaker.per == "host" else None
    nothing = dict.fromkeys(("budget", "bulkhead", "rate_limit", "fallback", "hedge", "events"))
    empty: dict[str, Any] = dict.fromkeys(("timed", "loops", "steps", "summary", "enhancements", "dependencies"), ())
    checks: dict[str, Any] = {"parameters": (), "result": None} if bare else {}
    notes = (*plan.notes, f"{NOTHING_AROUND} line {seen.lineno}")
    update = {**nothing, **empty, **checks, "attempts": 1, "breaker": breaker, "notes": notes}
    return plan.model_copy(update=update)


ONE_COUNT: Final = "no further attempts of it and no breaker around it, for it counts the frames above its own:"
"""how the note begins that says so"""


def with_one_count(plan: Enhancement, looks: FrameUses) -> Enhancement:
    """The plan without what puts more frames around some attempts than around others: a number in the body is
    corrected for one count only."""
    if plan.attempts == 1 and not is_inline(plan):
        return plan
    breaker = None if is_inline(plan) else plan.breaker
    notes = (*plan.notes, f"{ONE_COUNT} line {looks.numbers[0].lineno}")
    return plan.model_copy(update={"attempts": 1, "breaker": breaker, "notes": notes})


def only_parameters(calls: tuple[Call, ...]) -> tuple[Call, ...]:
    """Calls with their time limits where these are parameters; waits and statements are ended only for a budget that is
    written at the function itself."""
    return tuple(
        c if c.timeout is None or c.timeout.isidentifier() else c.model_copy(update={"timeout": None}) for c in calls
    )


def repeated_calls(source: FunctionSource, config: Policy, calls: tuple[ResolvedCall, ...]) -> tuple[Call, ...]:
    """The calls to repeat; without any further attempts, no write is among them."""
    found = repeatable_calls(source, calls)
    return found if config.retries != 0 else tuple(each for each in found if not each.is_write)


def repeated_alone(effects: Effects) -> tuple[ResolvedCall, ...]:
    """The calls that may be repeated by themselves, wherever they are made."""
    return (*effects.calls, *(call for call in effects.inner if not call.is_given))


def not_repeated_yet(
    source: FunctionSource, config: Policy, calls: tuple[ResolvedCall, ...]
) -> tuple[tuple[Call, ...], tuple[str, ...]]:
    """The calls to repeat, but for those that the user's own code repeats, and what is to be said of these."""
    found = repeated_calls(source, config, calls)
    library = repeater_of(source.node, read_imports(source.context.imports)) if found else None
    if library is not None:
        return (), (f"not repeated: `{library}` does that already",)
    wanted = {each.place for each in found}
    nodes = {span_of(call.written): call.written for call in calls}
    looped = repeated_by_loop(source.node, [node for place, node in nodes.items() if place in wanted])
    own = {each.place for each in found if id(nodes[each.place]) in looped}
    said = dict.fromkeys(f"not repeated: the loop around `{c.name}` does" for c in found if c.place in own)
    return tuple(c for c in found if c.place not in own), tuple(said)


def whole_attempts(source: FunctionSource, config: Policy, written: Mapping[str, Any]) -> tuple[int, tuple[str, ...]]:
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
    return call.name is not None and call.name.rpartition(".")[0] in packages("thread_bound")


def budget_of(
    source: FunctionSource, config: Policy, written: Mapping[str, Any], keeps: Keeps
) -> tuple[Budget | None, tuple[str, ...]]:
    """The budget of the whole call, with how it is kept, and what couldn't be done.

    An alarm, which interrupts opaque code on the main thread, is set only where the user wrote a budget at the function
    itself. The body stays in its thread unless another one was asked for by name, and what is bound to it stays anyway.
    """
    seconds, explicit = config.timeout, "timeout" in written
    if seconds is None:
        return None, ()
    if source.kind == "coroutine":
        return Budget(seconds=seconds, mechanism="asyncio"), ()
    if source.kind != "sync":
        return None, ("no budget: a generator runs for as long as its consumer takes items",) if explicit else ()
    if not explicit:
        return (Budget(seconds=seconds, mechanism="cooperative") if keeps.calls else None), ()
    if config.own_thread and not keeps.bound:
        return Budget(seconds=seconds, mechanism="alarm-or-thread"), ()
    said = "not in a thread of its own: the body belongs to the one that it is called in"
    in_place = keeps.calls or keeps.loops
    budget = Budget(seconds=seconds, mechanism="cooperative-and-alarm" if in_place else "alarm")
    return budget, (said,) if config.own_thread else ()
