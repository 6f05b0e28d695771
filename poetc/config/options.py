"""What a project and its environment ask for."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from poetc.config.values import ASKED, EVERYWHERE
from poetc.ir import BreakerPolicy, BulkheadPolicy, Depth, Diagnostic, Mode, RatePolicy, Stale

DECORATORS: Final = ("poetc.poet", "opendxa.dana.poet.poet", "dana.frameworks.poet.poet")
LOCAL: Final = "local"
"""the `api_url` that means a service on this machine"""

Asked = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked for, by setting. None: nobody said, the next in line decides."""

    root: Path
    """absolute, with symbolic links resolved"""
    paths: tuple[str, ...] = (".",)
    """what is scanned if the command line names nothing; posix, from the root"""
    exclude: tuple[str, ...] = ()
    """globs beyond the built-in ones: without "/" they match a name, with it a path from the root"""
    src: tuple[str, ...] = ()
    """folders, beside the root and `src`, that are on sys.path; posix, from the root"""
    decorators: tuple[str, ...] = DECORATORS
    domain: str | None = None
    optimize_for: str | None = None
    retries: int | None = None
    timeout: float | None = None
    """seconds"""
    perceive: Mode | None = None
    enforce: Mode | None = None
    depth: Depth | None = None
    """whether checks look into containers"""
    own_thread: bool | None = None
    """whether a body with a budget may be moved to another thread"""
    breaker: BreakerPolicy | bool | None = None
    bulkhead: BulkheadPolicy | None = None
    rate_limit: RatePolicy | None = None
    events: float | None = None
    """share of the calls that are reported"""
    functions: tuple[tuple[str, Asked], ...] = ()
    """qualified name or glob → what is asked of those functions, in the file's order"""
    calls: tuple[tuple[str, Asked], ...] = ()
    """dotted name of a call → its entry in the user's catalogue, both sorted"""
    stale: Stale = "original"
    history: str = "commit"
    """commit | local: whether the versions below `.dana/poet/functions` are committed, or only what is linked"""
    history_versions: int = 10
    """versions of one function that are kept beside the one in use"""
    jobs: int = 8
    """requests under way at once"""
    engine: str = "auto"
    api_url: str = LOCAL
    api_key: str = field(default="", repr=False)
    api_refusal: Diagnostic | None = None
    """why the service that is named isn't asked at all"""
    api_timeout: float = 90.0
    """seconds that one answer of the service may take"""
    environment: frozenset[str] = frozenset()
    """settings of functions that the environment, or `.env`, decides"""

    def asked_of(self, name: str) -> dict[str, Any]:
        """What is asked of the function of that qualified name: general settings, then globs, then the exact name."""
        asked = {key: getattr(self, key) for key in (*ASKED, *EVERYWHERE) if getattr(self, key) is not None}
        for pattern, settings in self.functions:
            if pattern != name and fnmatchcase(name, pattern):
                asked.update(settings)
        asked.update(dict(self.functions).get(name, ()))
        return asked

    @property
    def engines(self) -> frozenset[str]:
        """Names of the engines that are asked for, anywhere."""
        tables = (dict(asked).get("engine") for _, asked in self.functions)
        return frozenset(name for name in (self.engine, *tables) if isinstance(name, str))

    def stamp(self) -> str:
        """sha256 of everything here that decides what is built; not where the project lies, who asks, or how fast."""
        from hashlib import sha256

        without = ("root", "jobs", "api_url", "api_key", "api_refusal", "api_timeout", "environment")
        parts = [(f.name, getattr(self, f.name)) for f in fields(self) if f.name not in without]
        return sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()
