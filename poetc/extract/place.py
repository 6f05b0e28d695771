"""A diagnostic about a setting, where that was asked for: in the decorator, in a table, or in the environment."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from poetc.config.origins import Origins
from poetc.diagnose import diagnose
from poetc.ir import Diagnostic, Severity
from poetc.source.site import PythonSite

DEPRECATED = {"optimize_for": "enable_training"}
"""setting → what it was called in decorators"""


def written_at(site: PythonSite, setting: str) -> ast.keyword | None:
    """The decorator's argument that asks for it."""
    keywords = site.decorator.keywords if isinstance(site.decorator, ast.Call) else []
    names = (setting, DEPRECATED.get(setting, setting))
    asked = [
        k for k in keywords if k.arg in names and not (isinstance(k.value, ast.Constant) and k.value.value is None)
    ]
    return asked[0] if asked else None


def origin_of(site: PythonSite, setting: str, asked: Mapping[str, Any], origins: Origins, domain: str | None) -> str:
    """Where a setting of a function was asked for, in words; `asked`: what is asked of it outside of its decorator."""
    written = written_at(site, setting)
    if written is not None:
        return f"@poet at {site.source.relative}:{written.value.lineno}"
    if setting in asked:
        origin = origins.of(site.name, setting)
        return f"{origin.said}{f' at {origin.path}:{origin.line}' if origin.line else ''}"
    return f"the default of the domain `{domain}`"


def at_setting(
    code: str,
    message: str,
    site: PythonSite,
    setting: str,
    origins: Origins,
    *,
    hint: str = "",
    severity: Severity = Severity.ERROR,
    shared: Severity | None = None,
    value: bool = False,
) -> Diagnostic:
    """`message` at the decorator's argument (`value`: at what is given there), or at the setting's line elsewhere; that
    is then named in the place of "`setting`".

    `shared`: the severity of what wasn't asked for this very function.
    """
    written = written_at(site, setting)
    if written is not None:
        node = written.value if value else written
        return diagnose(code, message, site.source, node, hint=hint, unit=site.name, severity=severity)
    origin = origins.of(site.name, setting)
    named = f"`{setting}`"
    message = message.replace(named, origin.said, 1) if named in message else f"{origin.said}: {message}"
    severity = severity if origin.is_own or shared is None else shared
    if not origin.line:
        return diagnose(code, message, site.source, site.decorator, hint=hint, unit=site.name, severity=severity)
    return Diagnostic(code, message, severity, *origin[1:6], hint=hint, unit=site.name)
