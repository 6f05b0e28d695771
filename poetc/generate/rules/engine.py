"""The rules engine: deterministic, no model, nothing executed."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Final

from pydantic import ValidationError

from poetc.domains import DomainError, DomainPart, FunctionFacts, Parameter, domain_part
from poetc.generate.rules.decorator import resolved_policy, written_arguments
from poetc.generate.rules.defaults import defaults_of
from poetc.generate.rules.plan import plan_for
from poetc.generate.templates import Template, TemplateError, TemplateStore, UnknownDomain
from poetc.generate.version import RULES_VERSION
from poetc.ir.policy import Policy
from poetc.refusal import GenerateError, size_refused
from poetc.source.function import FunctionSource, parse_function
from poetc.source.functions import stub_constants
from poetc.source.nodes import default_of_each
from poetc.source.shapes import returned_keys, returned_values
from poetc.wire import TemplateRef, TranspileRequest
from poetc.wire.enhancement import Enhancement, Provenance

MOST_REWRITES: Final = 1000
"""of one function: each is compared with each, and listed in the answer"""


class Rules:
    """The engine that plans by rules alone."""

    name = "rules"
    version = RULES_VERSION

    def plan(self, request: TranspileRequest, templates: TemplateStore) -> Enhancement:
        """The plan of one function; raises `GenerateError`."""
        if request.language != "python":
            raise GenerateError("UNSUPPORTED_LANGUAGE", f"the rules engine does not write {request.language}")
        with size_refused():
            return planned(parse_function(request), request.config, templates)


def planned(source: FunctionSource, config: Policy, store: TemplateStore) -> Enhancement:
    """The plan for a parsed function."""
    written = written_arguments(source)
    try:
        config = resolved_policy(config, written)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise GenerateError("INVALID_ARGUMENT", f"{first['loc'][0]}: {first['msg']}") from None
    base = loaded("base", store)
    template = template_for(config, store, base)
    if config.timeout is None and (seconds := template.phases.get("defaults", {}).get("timeout")) is not None:
        config = replace(config, timeout=float(seconds))
    part = part_for(template, facts_of(source, config)) if config.domain else DomainPart()
    made = TemplateRef(name=template.name, version=template.version, digest=template.digest)
    provenance = Provenance(engine=Rules.name, engine_version=Rules.version, template=made)
    plan = plan_for(source, config, written, defaults_of(base, template), part, provenance)
    if (found := len(plan.calls) + len(plan.timed) + len(plan.loops)) > MOST_REWRITES:
        raise GenerateError("TOO_COMPLEX", f"function_code has {found} calls and loops to be rewritten")
    return plan


def template_for(config: Policy, store: TemplateStore, base: Template) -> Template:
    """The template of the domain asked for, or of none."""
    template = loaded(config.domain, store) if config.domain else base
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


def part_for(template: Template, facts: FunctionFacts) -> DomainPart:
    """What the template's domain adds."""
    try:
        return domain_part(template.name, facts, template.phases)
    except DomainError as error:
        raise GenerateError("TEMPLATE_INVALID", f"{template.name}: {error}", status=500) from None


def facts_of(source: FunctionSource, config: Policy) -> FunctionFacts:
    """What a domain needs to know of the function."""
    a = source.node.args
    kinds = [("positional_only", p) for p in a.posonlyargs] + [("positional_or_keyword", p) for p in a.args]
    kinds += [("keyword_only", p) for p in a.kwonlyargs]
    optional = default_of_each(a)
    parameters = tuple(
        Parameter(p.arg, kind, ast.unparse(p.annotation) if p.annotation else None, p.arg in optional)
        for kind, p in kinds
    )
    constants = stub_constants(source.node)
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
        is_empty=constants == {} and not any(returned_values(source)),
    )
