"""`TranspileRequest -> TranspileResponse` by rules: deterministic, no model, nothing executed."""

from __future__ import annotations

import ast
from typing import Any, Final

from pydantic import ValidationError

from poetc.domains import DomainError, DomainPart, FunctionFacts, Parameter, domain_part
from poetc.generate.errors import GenerateError
from poetc.generate.rules.calls import Found
from poetc.generate.rules.decorator import resolved_config, written_arguments
from poetc.generate.rules.emit import module_text
from poetc.generate.rules.function import FunctionSource, mentioned_names, own_nodes, parse_function
from poetc.generate.rules.plan import Defaults, Plan, plan_for
from poetc.generate.rules.protection import words_for
from poetc.generate.rules.rewrites import rewrites_of
from poetc.generate.templates import Template, TemplateError, TemplateStore, UnknownDomain
from poetc.generate.version import RULES_VERSION
from poetc.wire import (
    PoetImplementation,
    ResponseMetadata,
    Rewrite,
    TemplateRef,
    TranspileConfig,
    TranspileRequest,
    TranspileResponse,
)

MOST_REWRITES: Final = 1000
"""of one function: each is compared with each, and listed in the answer"""


def enhance(request: TranspileRequest, store: TemplateStore) -> TranspileResponse:
    """The implementation of one function; raises `GenerateError`."""
    if request.language != "python":
        raise GenerateError("UNSUPPORTED_LANGUAGE", f"the rules engine does not write {request.language}")
    try:
        return answer(parse_function(request), request.config, store)
    except RecursionError:
        raise GenerateError("INVALID_SOURCE", "function_code is nested too deeply") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise GenerateError("TOO_COMPLEX", f"the answer would be too large: {field}: {first['msg']}") from None
    except ValueError as error:
        if "integer string conversion" not in str(error):
            raise
        raise GenerateError("INVALID_SOURCE", "function_code has a number of too many digits to be written") from None


def answer(source: FunctionSource, config: TranspileConfig, store: TemplateStore) -> TranspileResponse:
    """Plan, text and metadata for a parsed function."""
    written = written_arguments(source)
    try:
        config = resolved_config(config, written)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise GenerateError("INVALID_ARGUMENT", f"{first['loc'][0]}: {first['msg']}") from None
    template, base = template_for(config, store), loaded("base", store)
    facts = facts_of(source, config)
    part = part_for(template, facts) if config.domain else None
    plan = plan_for(source, config, written, defaults_of(base), part)
    if (found := len(plan.calls) + len(plan.timed) + len(plan.loops)) > MOST_REWRITES:
        raise GenerateError("TOO_COMPLEX", f"function_code has {found} calls and loops to be rewritten")
    edits, rewrites = rewrites_of(plan) if plan.reason is None and not plan.supplied else ([], [])
    code = module_text(plan, edits)
    return TranspileResponse(
        poet_implementation=PoetImplementation(code=code, language="python"),
        metadata=metadata_of(plan, rewrites, written, template),
    )


def template_for(config: TranspileConfig, store: TemplateStore) -> Template:
    """The template of the domain asked for, or of none."""
    template, base = loaded(config.domain or "base", store), loaded("base", store)
    objectives = {*base.objectives, *template.objectives}
    if config.optimize_for is not None and config.optimize_for not in objectives:
        message = f"unknown objective {config.optimize_for!r}"
        raise GenerateError("UNKNOWN_OBJECTIVE", message, {"known": sorted(objectives)})
    return template


def loaded(name: str, store: TemplateStore) -> Template:
    """A domain's current template; one that is broken breaks the requests for its own domain only."""
    try:
        return store.load(name)
    except UnknownDomain:
        known = sorted(store.names())
        raise GenerateError("UNKNOWN_DOMAIN", f"unknown domain {name!r}", {"known": known}) from None
    except TemplateError as error:
        raise GenerateError("TEMPLATE_INVALID", str(error), status=500) from None


def part_for(template: Template, facts: FunctionFacts) -> DomainPart | None:
    """What the template's domain adds."""
    try:
        return domain_part(template.name, facts, template.phases)
    except DomainError as error:
        raise GenerateError("TEMPLATE_INVALID", f"{template.name}: {error}", status=500) from None


def defaults_of(base: Template) -> Defaults:
    """The numbers of the base template."""
    d = base.phases["defaults"]
    return Defaults(
        retries=int(d["retries"]),
        first=float(d["backoff"]["first"]),
        most=float(d["backoff"]["most"]),
        budget=float(d["budget"]),
        failures=int(d["breaker"]["failures"]),
        open_for=float(d["breaker"]["open_for"]),
    )


def facts_of(source: FunctionSource, config: TranspileConfig) -> FunctionFacts:
    """What a domain needs to know of the function."""
    a = source.node.args
    kinds = [("positional_only", p) for p in a.posonlyargs] + [("positional_or_keyword", p) for p in a.args]
    kinds += [("keyword_only", p) for p in a.kwonlyargs]
    optional = {p.arg for p in (*a.posonlyargs, *a.args)[len(a.posonlyargs) + len(a.args) - len(a.defaults) :]}
    optional |= {p.arg for p, d in zip(a.kwonlyargs, a.kw_defaults, strict=True) if d is not None}
    parameters = tuple(
        Parameter(p.arg, kind, ast.unparse(p.annotation) if p.annotation else None, p.arg in optional)
        for kind, p in kinds
    )
    constants = stub_constants(source)
    return FunctionFacts(
        name=source.node.name,
        parameters=parameters,
        is_stub=constants is not None,
        returned_keys=returned_keys(source),
        kind=source.kind,
        objective=config.optimize_for,
        constants=constants or {},
        returns=ast.unparse(source.node.returns) if source.node.returns else None,
        perceive=config.perceive,
        enforce=config.enforce,
        mentioned=mentioned_names(source.node),
        is_empty=says_nothing(source),
    )


def says_nothing(source: FunctionSource) -> bool:
    """Whether the body is a stub that tells nothing of its result: `...`, `pass`, a docstring, NotImplementedError."""
    return stub_constants(source) == {} and not any(
        isinstance(n, ast.Return) and n.value is not None for n in source.node.body
    )


def stub_constants(source: FunctionSource) -> dict[str, Any] | None:
    """The constants that a stub returns by key ({} for an empty stub), or None if the body does something."""
    constants: dict[str, Any] = {}
    for statement in source.node.body:
        match statement:
            case ast.Pass() | ast.Expr(value=ast.Constant()) | ast.Return(value=None | ast.Constant()):
                continue
            case ast.Raise(exc=ast.Name(id="NotImplementedError") | ast.Call(func=ast.Name(id="NotImplementedError"))):
                continue
            case ast.Return(value=ast.Dict() as value):
                try:
                    constants.update(ast.literal_eval(value))
                except (ValueError, TypeError):
                    return None
            case _:
                return None
    return constants


def returned_keys(source: FunctionSource) -> frozenset[str] | None:
    """The keys that every return has, if every return is a dict written out; else None."""
    found: frozenset[str] | None = None
    for node in own_nodes(source.node):
        if not isinstance(node, ast.Return):
            continue
        if not isinstance(node.value, ast.Dict):
            return None
        keys = frozenset(k.value for k in node.value.keys if isinstance(k, ast.Constant) and isinstance(k.value, str))
        found = keys if found is None else found & keys
    return found


def metadata_of(plan: Plan, rewrites: list[Rewrite], written: dict[str, Any], template: Template) -> ResponseMetadata:
    """What is said of the answer."""
    shown = {k: v if v is not None else getattr(plan.config, k, None) for k, v in written.items()}
    return ResponseMetadata(
        engine="rules",
        engine_version=RULES_VERSION,
        original_function_name=plan.source.node.name,
        decorator_params=shown,
        phases_included=["perceive", "operate", "enforce"],
        operate=operate_of(plan),
        operate_reason=plan.reason if not plan.supplied else "the body is a stub",
        rewrites=rewrites,
        effects=plan.effects,
        timeout_mechanism=plan.mechanism,
        enhancements=enhancements_of(plan),
        dependencies=list(plan.part.dependencies) if plan.part else [],
        template=TemplateRef(name=template.name, version=template.version, digest=template.digest),
    )


def operate_of(plan: Plan) -> Any:
    """What became of the body, in the word that the metadata has for it."""
    if plan.supplied:
        return "supplied"
    if plan.reason is not None:
        return "wrapped"
    return "transformed" if plan.calls or plan.timed or plan.loops else "relocated"


def how_repeated(call: Found) -> str:
    """Where, and for a write when, a call is repeated."""
    return "only if nothing was sent" if call.is_write else "at its call site"


def enhancements_of(plan: Plan) -> list[str]:
    """One line for everything that was added."""
    found = [f"perceive: {name} is {contract}" for name, contract in plan.contracts.items()]
    found += [f"operate: {c.name} repeated {how_repeated(c)}" for c in plan.calls]
    found += [f"operate: {c.name} gets what is left of the budget" for c in plan.timed]
    found += [f"operate: the loop in line {loop.lineno} looks at the budget" for loop in plan.loops]
    if plan.attempts > 1:
        found.append(f"operate: up to {plan.attempts} attempts of the whole function")
    if plan.timeout is not None:
        found.append(f"operate: budget of {plan.timeout:g} s ({plan.mechanism})")
    found += [f"operate: {words}" for words in words_for(plan.protection, plan.defaults.failures)]
    if plan.result:
        found.append(f"enforce: result is {plan.result}")
    return [*found, *(plan.part.enhancements if plan.part else ()), *plan.notes]
