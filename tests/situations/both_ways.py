"""One module, as it was written and as it is built: the same script is run with both."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from built_projects import PYPROJECT, build, run, said, write

HERE = Path(__file__).parent


def both(
    folder: Path, source: str, script: str, files: dict[str, str] | None = None, pyproject: str = "", **env: str
) -> tuple[Any, Any]:
    """What `script`, which imports `shop` (the source) and `scripted_server`, ends with as `answer`: (plain, built)."""
    found = []
    text = f"{script}\nimport json\nprint('ANSWER', json.dumps(answer))\n"
    for name in ("plain", "built"):
        root = write(folder / name, {"shop.py": source, "pyproject.toml": PYPROJECT + pyproject, **(files or {})})
        if name == "built":
            build(root)
        (root / "script.py").write_text(text, encoding="utf-8")
        path = {"PYTHONPATH": f"{root}:{HERE}", **env}
        done = run([sys.executable, "-P", root / "script.py"], cwd=root, env=path)
        found.append(json.loads(said(done).rpartition("ANSWER ")[2]))
    return found[0], found[1]
