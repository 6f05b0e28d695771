"""What keeps the store's caches out of git, written whole or not at all."""

from __future__ import annotations

import os
import time
from pathlib import Path

from poetc.store.layout import GITIGNORE, cache_folder, gitignore_file


def have_gitignore(root: Path) -> None:
    """Write the store's `.gitignore` if there is none: people may add to it. The cache's folder is there already.

    Raises OSError. Killed in the middle, it leaves nothing but a file in the cache.
    """
    if gitignore_file(root).exists():
        return
    temporary = cache_folder(root) / f"gitignore.{os.getpid()}-{time.monotonic_ns()}.tmp"
    temporary.write_bytes(GITIGNORE)
    temporary.replace(gitignore_file(root))
