"""`TranspileRequest -> TranspileResponse`: the engines. Knows no project, opens no file but the templates."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from poetc.generate.errors import GenerateError
from poetc.generate.version import RULES_VERSION

if TYPE_CHECKING:
    from poetc.generate.templates import TemplateStore
    from poetc.wire import TemplateIdentity, TranspileRequest, TranspileResponse

__all__ = ["GenerateError", "engines", "template_identities", "transpile"]


def transpile(request: TranspileRequest) -> TranspileResponse:
    """The whole implementation for one function; raises `GenerateError`. Deterministic, CPU-bound, executes nothing."""
    from poetc.generate.rules.engine import enhance

    return enhance(request, current_templates())


def engines() -> dict[str, str]:
    """Engine -> version; a new version makes every stored answer of that engine stale."""
    return {"rules": RULES_VERSION}


def template_identities() -> dict[str, TemplateIdentity]:
    """Domain -> version and digest of its current template."""
    from poetc.wire import TemplateIdentity

    store = current_templates()
    return {
        name: TemplateIdentity(version=t.version, digest=t.digest, calls=_digest(store.calls(name)))
        for name, t in store.domains().items()
    }


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest() if text else ""


def current_templates() -> TemplateStore:
    """The template store of this installation, one per process."""
    global _STORE
    if _STORE is None:
        from poetc.generate.templates import TemplateStore, default_folder

        _STORE = TemplateStore(default_folder())
    return _STORE


_STORE: TemplateStore | None = None
