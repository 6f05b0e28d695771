"""What a domain adds to the call catalogue, as it is installed here: what the service says of calls is not trusted."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from poetc.diagnose import diagnose
from poetc.effects.domain import Entries, domain_entries
from poetc.effects.entry import CatalogueError
from poetc.errors import ConfigError
from poetc.generate.template_checks import SETTINGS
from poetc.generate.templates import CALLS, TemplateError, TemplateStore, UnknownDomain, default_folder
from poetc.ir import Diagnostic, Severity
from poetc.source.site import PythonUnit

if TYPE_CHECKING:
    from poetc.pipeline.identity import Identity


def domain_calls(domain: str) -> Entries:
    """The entries of a domain of this installation; none for a domain that only the service has.

    Raises ConfigError (POET220) for a file that makes no sense.
    """
    place = f"templates/{domain}/{CALLS}"
    try:
        text = TemplateStore(default_folder()).calls(domain)
        return domain_entries(text)
    except UnknownDomain:
        return ()
    except TemplateError as error:
        raise ConfigError(Diagnostic("POET220", f"the domain `{domain}`: {error}", path=place)) from error
    except CatalogueError as error:
        wrong = f"`{error.name}` {error.why}" if error.name else error.why
        hint = "Correct the file, which extends the call catalogue for functions of that domain."
        raise ConfigError(
            Diagnostic("POET220", f"{CALLS} of the domain `{domain}`: {wrong}", path=place, hint=hint)
        ) from error


def domain_defaults(domain: str) -> dict[str, Any]:
    """The settings that a domain of this installation has for functions of which nobody says more; none for others."""
    try:
        defaults = TemplateStore(default_folder()).load(domain).phases.get("defaults", {})
    except TemplateError:
        return {}  # `domain_calls` says so
    return {name: float(v) if name == "timeout" else v for name, v in defaults.items() if name in SETTINGS}


def calls_digests() -> dict[str, str]:
    """Domain → digest of what it adds to the call catalogue; only domains that add something."""
    store = TemplateStore(default_folder())
    texts = {name: store.calls(name) for name in store.names()}
    return {name: digest_of(text) for name, text in texts.items() if text}


def digest_of(text: str) -> str:
    """sha256 of a calls file, "" if there is none."""
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def foreign_calls(unit: PythonUnit, identity: Identity) -> list[Diagnostic]:
    """A warning where the service's domain adds calls that this installation doesn't have, or has otherwise."""
    domain = unit.policy.domain
    if domain is None or identity.claimed.get(domain, "") in ("", identity.calls.get(domain, "")):
        return []
    message = f"the service's domain `{domain}` adds to the call catalogue what isn't installed here, and isn't trusted"
    hint = "Calls that only it knows count as unknown. Name those that you trust in [tool.poet.calls]."
    site = unit.site
    return [
        diagnose("POET204", message, site.source, site.decorator, hint=hint, unit=unit.name, severity=Severity.WARNING)
    ]
