"""`TranspileRequest -> Enhancement`: the engines. Knows no project, opens no file but the templates."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from poetc.refusal import GenerateError

if TYPE_CHECKING:
    from poetc.generate.templates import TemplateStore
    from poetc.wire import TemplateIdentity, TranspileRequest
    from poetc.wire.enhancement import Enhancement

__all__ = ["GenerateError", "engines", "plan", "template_identities"]


def plan(request: TranspileRequest) -> Enhancement:
    """The plan of one function, by the engine that is asked for; raises `GenerateError`."""
    from poetc.generate.engines import engine_called

    return engine_called(request.config.engine).plan(request, current_templates())


def engines() -> dict[str, str]:
    """Engine -> version; a new version makes every stored answer of that engine stale."""
    from poetc.generate.engines import engine_called, names

    return {name: engine_called(name).version for name in sorted(names())}


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
