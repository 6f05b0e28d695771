"""What this user's builds and checks have proven of stored versions, so that each is proven once.

Name → a digest of all that the proof was of. Sealed: a list of proofs that came with the checkout proves nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from poetc import __version__
from poetc.errors import StoreError
from poetc.seal import seal, unseal
from poetc.store.cache import write_cache_file
from poetc.store.containment import read_regular
from poetc.store.layout import cache_folder

_PURPOSE: Final = "proven versions"
_LIMIT: Final = 50_000_000


class Proven:
    """The proofs of one project, read when first asked for."""

    def __init__(self, root: Path, stamp: str) -> None:
        self._root = root
        self._stamp = f"{__version__} {stamp}"
        self._rows: dict[str, str] | None = None
        self._changed = False

    def digest(self, key: str, metadata: Mapping[str, Any], code: str) -> str:
        """What a proof is of: the function, its policy, all that is stored, and who proves."""
        whole = [self._stamp, key, metadata, code]
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()

    def holds(self, name: str, digest: str) -> bool:
        """Whether just this was proven."""
        return self._read().get(name) == digest

    def add(self, name: str, digest: str) -> None:
        """Take note of a proof."""
        self._changed |= not self.holds(name, digest)
        self._read()[name] = digest

    def save(self) -> None:
        """Write the proofs if there are new ones; a cache that can't be written is no failure."""
        if self._changed:
            body = json.dumps(self._read(), indent=0, sort_keys=True).encode("ascii")
            with suppress(OSError, StoreError):
                write_cache_file(self._root, self._file, seal(_PURPOSE, body))
                self._changed = False

    @property
    def _file(self) -> Path:
        return cache_folder(self._root) / "proven.json"

    def _read(self) -> dict[str, str]:
        if self._rows is None:
            try:
                body = unseal(_PURPOSE, read_regular(self._file, _LIMIT))
                self._rows = dict(json.loads(body or b"{}"))
            except (OSError, ValueError, TypeError, RecursionError):
                self._rows = {}
        return self._rows
