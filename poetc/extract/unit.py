"""`Site` → `Unit`, with the hash that import compares and the key that the build compares."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from hashlib import sha256
from typing import Final

from poetc.config import Options
from poetc.config.origins import Origins
from poetc.diagnose import diagnose
from poetc.extract.arguments import read_arguments
from poetc.extract.effects import ProjectEffects
from poetc.extract.module_context import read_context
from poetc.extract.policy import DomainDefaults, no_defaults, resolve_policy
from poetc.extract.protection import misfits
from poetc.extract.retry_warnings import retry_warnings
from poetc.extract.uninterrupted import uninterrupted_calls
from poetc.extract.unit_error import UnitError
from poetc.ir import Diagnostic, Policy
from poetc.source.site import ModuleContext, PythonSite, PythonUnit

CONTRACT: Final = "1.0.0"
"""version of the wire contract; another one asks everything anew"""
LARGEST: Final = 1_000_000
"""bytes of one function that the contract carries"""
LONGEST_NAME: Final = 240
"""bytes of a qualified name, which is a folder's name in the store"""


def extract_unit(
    site: PythonSite,
    options: Options,
    domains: Mapping[str, frozenset[str]] | None,
    project: ProjectEffects | None = None,
    defaults: DomainDefaults = no_defaults,
) -> tuple[PythonUnit, tuple[Diagnostic, ...]]:
    """Read and resolve everything that an answer depends on; the diagnostics are warnings and notes.

    `domains`: known domain → the objectives that it adds; None: not known. `project`: the effects of the project's
    functions, shared by all units of a run; None: only those of the site's own file can be known.
    `defaults`: domain → its own settings.

    Raises UnitError, a ConfigError, with all that is wrong: POET106, POET201 to POET205, POET212, POET213.
    """
    text = site.text.encode("utf-8")
    _storable(site, len(text))
    project = project or ProjectEffects(options)
    project.resolver.add(site.module)
    arguments, warnings = read_arguments(site)
    try:
        policy = resolve_policy(site, arguments, options, domains, defaults)
    except UnitError as error:
        raise UnitError([*error.diagnostics, *warnings]) from error
    context = _context(site, options.decorators)
    project = project.of_domain(policy.domain)
    found = project.of_site(site, context)
    context = replace(
        context,
        things=tuple(sorted(found.around.asked.told.items())),
        constants=tuple(found.around.inference.names.constants.items()),
        project_effects=tuple(found.project.items()),
        calls=found.calls,
    )
    misfit = misfits(site, policy, found.effects.effect, Origins(options), project.resolver.lookup)
    if misfit.said:
        raise UnitError([*misfit.said, *warnings])

    def through(text: str) -> str:
        return project.through(found.around, text)

    source_hash = sha256(text).hexdigest()
    unit = PythonUnit(
        site=site,
        policy=policy,
        context=context,
        source_hash=source_hash,
        key=key_of(site, source_hash, policy, context),
        dependencies=_dependencies(site, context),
        effects=found.effects.effect,
        places=tuple(sorted({*found.places, *misfit.places})),
        entries=found.entries,
    )
    said = retry_warnings(site, arguments.get("retries"), found.effects, through)
    return unit, (*warnings, *said, *uninterrupted_calls(site, arguments, policy, found.effects, found.project))


def key_of(site: PythonSite, source_hash: str, policy: Policy, context: ModuleContext) -> str:
    """sha256 of what the answer depends on but the service: no path outside the project, no line number."""
    parts = {
        "contract": CONTRACT,
        "source": source_hash,
        "policy": asdict(policy),
        "context": asdict(context),
        "module": site.source.module,
        "qualname": site.qualname,
        "role": site.role,
        "kind": site.kind,
        "link_package": site.source.link_package,
        "source_file": site.source.relative,
    }
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return sha256(canonical.encode("ascii")).hexdigest()


def _context(site: PythonSite, decorators: tuple[str, ...]) -> ModuleContext:
    try:
        return read_context(site, decorators)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        what = error.msg if isinstance(error, SyntaxError) else "nested too deeply"
        hint = "Python can't import this module either; what it says of it is above."
        message = f"the module of `{site.qualname}` can't be compiled: {what}"
        raise UnitError(
            [diagnose("POET101", message, site.source, site.decorator, hint=hint, unit=site.name)]
        ) from None


def _storable(site: PythonSite, size: int) -> None:
    if size > LARGEST:
        message = f"`{site.qualname}` is too large: {size} bytes"
        hint = f"Functions of more than {LARGEST // 1_000_000} MB are not sent; move its data to the module."
        raise UnitError([diagnose("POET106", message, site.source, site.decorator, hint=hint, unit=site.name)])
    if len(site.name.encode("utf-8")) > LONGEST_NAME:
        message = f"the qualified name is longer than {LONGEST_NAME} bytes"
        hint = "It names a folder; file systems take no more."
        raise UnitError([diagnose("POET213", message, site.source, site.decorator, hint=hint, unit=site.name)])


def _dependencies(site: PythonSite, context: ModuleContext) -> tuple[str, ...]:
    """Top-level modules of other distributions that the function uses, sorted."""
    tops = {statement.split(" ")[1].partition(".")[0] for statement in context.imports}
    own = site.source.module.partition(".")[0]
    return tuple(sorted(tops - sys.stdlib_module_names - {own, ""}))
