"""What is said of a plan in the metadata of an answer, and of a stored version."""

from __future__ import annotations

from poetc.emit.achieved import achieved_of
from poetc.emit.protection import words_for
from poetc.source.function import FunctionSource
from poetc.wire.enhancement import Call, Enhancement
from poetc.wire.response import ResponseMetadata, Rewrite


def metadata_of(plan: Enhancement, source: FunctionSource, rewrites: list[Rewrite]) -> ResponseMetadata:
    """The metadata of an answer, all of which follows from the plan."""
    made = plan.provenance
    return ResponseMetadata(
        engine=made.engine,
        engine_version=made.engine_version,
        original_function_name=source.node.name,
        decorator_params=plan.asked,
        phases_included=["perceive", "operate", "enforce"],
        operate=plan.operate,
        operate_reason=plan.reason,
        rewrites=rewrites,
        effects=plan.effects,
        achieved=achieved_of(plan),
        timeout_mechanism=plan.budget.mechanism if plan.budget else None,
        enhancements=enhancements_of(plan, source),
        dependencies=list(plan.dependencies),
        template=made.template,
        llm_model=made.llm_model,
        fallback_used=made.fallback_used,
        fallback_reason=made.fallback_reason,
        parameters=plan.tunables,
    )


def enhancements_of(plan: Enhancement, source: FunctionSource) -> list[str]:
    """One line for everything that was added."""
    lines = {(loop.line): None for loop in plan.loops}
    found = [f"perceive: {contract.subject} is {contract}" for contract in plan.parameters]
    found += [f"operate: {c.name} repeated {how_repeated(c)}" for c in plan.calls]
    found += [f"operate: the block around {', '.join(r.opened)} repeated as a whole" for r in plan.regions]
    found += [f"operate: {c.name} gets what is left of the budget" for c in plan.timed]
    found += [f"operate: the loop in line {line} looks at the budget" for line in lines]
    if plan.attempts > 1:
        found.append(f"operate: up to {plan.attempts} attempts of the whole function")
    if plan.budget is not None:
        found.append(f"operate: budget of {plan.budget.seconds:g} s ({plan.budget.mechanism})")
    found += [f"operate: {words}" for words in words_for(plan)]
    if plan.result:
        found.append(f"enforce: result is {plan.result}")
    return [*found, *plan.enhancements, *plan.notes]


def how_repeated(call: Call) -> str:
    """Where, and for a write when, a call is repeated."""
    if call.is_first:
        return "at its call site if its session had begun nothing"
    return "only if nothing was sent" if call.is_write else "at its call site"
