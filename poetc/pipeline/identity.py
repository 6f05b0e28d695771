"""Who answers: engine versions and template digests decide whether yesterday's answer would be given again today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from poetc.wire import Health


@dataclass(frozen=True, slots=True)
class Identity:
    """Engines and templates of a service."""

    engines: Mapping[str, str]
    templates: Mapping[str, tuple[str, str]]
    """domain -> (version, digest)"""
    objectives: Mapping[str, frozenset[str]]
    """domain -> its own objectives; empty where only the service knows them"""

    calls: Mapping[str, str] = field(default_factory=dict)
    """domain → digest of what it adds to the call catalogue here"""
    claimed: Mapping[str, str] = field(default_factory=dict)
    """the same, as a service elsewhere says"""

    def stamp(self) -> str:
        """All of it in a line."""
        return repr((sorted(self.engines.items()), sorted(self.templates.items()), sorted(self.calls.items())))

    def stamp_of(self, domain: str | None) -> str:
        """What an answer for a function of `domain` depends on."""
        names = ["base", *([domain] if domain else [])]
        return repr((sorted(self.engines.items()), [(n, self.templates.get(n)) for n in names]))

    def made(self, metadata: Mapping[str, Any]) -> bool:
        """Whether a stored version is what this service would answer with: same engine, same template."""
        template = metadata["template"]
        current = self.templates.get(template["name"])
        engine = self.engines.get(metadata["engine"])
        return engine == metadata["engine_version"] and current == (template["version"], template["digest"])


def local_identity(asked: frozenset[str] = frozenset()) -> Identity:
    """The identity of this installation, with the engines `asked` for by name; imports nothing heavy."""
    from poetc.generate.templates import TemplateStore, default_folder
    from poetc.generate.version import RULES_VERSION
    from poetc.pipeline.domains import calls_digests

    found = TemplateStore(default_folder()).domains()
    return Identity(
        engines={"rules": RULES_VERSION} | _installed(asked - {"auto", "rules"}),
        templates={name: (t.version, t.digest) for name, t in found.items()},
        objectives={name: frozenset(t.phases.get("objectives", ())) for name, t in found.items() if name != "base"},
        calls=calls_digests(),
    )


def _installed(asked: frozenset[str]) -> dict[str, str]:
    """Versions of those engines that are installed; nothing is looked for where none is asked for."""
    if not asked:
        return {}
    from poetc.generate.engines import engine_called, names

    return {name: engine_called(name).version for name in sorted(asked & names())}


def remote_identity(health: Health) -> Identity:
    """The identity that a service tells of itself."""
    from poetc.pipeline.domains import calls_digests

    return Identity(
        engines=health.engines,
        templates={name: (t.version, t.digest) for name, t in health.templates.items()},
        objectives={name: frozenset() for name in health.templates if name != "base"},
        calls=calls_digests(),
        claimed={name: t.calls for name, t in health.templates.items() if t.calls},
    )
