"""The text of an SQL statement → its effect, or None where the text doesn't tell. When in doubt, it writes."""

from __future__ import annotations

import re
from typing import Final

HOLE: Final = "\x00"
"""stands in a text for what is filled in when the program runs"""

_COMMENT: Final = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_LITERAL: Final = re.compile(r"'(?:[^']|'')*'")
_WORD: Final = re.compile(r"[a-z_][a-z0-9_$]*", re.IGNORECASE)
_WRITING: Final = frozenset(
    _WORD.findall("""
        alter attach call copy create dblink dblink_exec delete detach do drop dumpfile exec execute grant insert into
        load_extension lock merge nextval outfile pg_notify reindex replace revoke set_config setval truncate update
        upsert vacuum writefile
    """)
)
"""words with which even a SELECT or WITH may write; `for update` has one of them"""
_WRITING_PREFIXES: Final = ("lo_", "pg_advisory", "pg_try_advisory", "pg_terminate", "pg_cancel", "pg_reload")
_READING: Final = frozenset({"select", "values", "show", "describe", "desc", "table", "with"})
_TWICE: Final = frozenset({"begin", "start", "commit", "rollback", "end", "use"})
"""statements that may be made twice"""
_PRAGMAS_THAT_WRITE: Final = frozenset(
    {"optimize", "incremental_vacuum", "wal_checkpoint", "shrink_memory", "user_version", "journal_mode", "synchronous"}
)


def sql_effect(text: str) -> str | None:
    """ "read", "idempotent" or "write"; None if what is filled into the text (`HOLE`) could change what it is.

    A hole behind FROM stands for a table or a value; anywhere else in a statement that reads it could be anything.
    """
    bare = _LITERAL.sub("''", _COMMENT.sub(" ", text)).strip().rstrip("; \t\n")
    words = [word.lower() for word in _WORD.findall(bare)]
    if not words or not bare.lstrip("(").lower().startswith(words[0]):
        return None
    if ";" in bare:
        return "write"
    before = bare.partition(HOLE)[0]
    if HOLE in bare and words[0] in _READING and "from" not in before.lower().split():
        return None
    return _statement_effect(words, bare)


def _statement_effect(words: list[str], bare: str) -> str:
    first = words[0]
    if first == "pragma":
        return "write" if "=" in bare else _pragma_effect(words)
    if first == "explain":
        return "write" if "analyze" in words else "read"
    if first in _READING:
        return "write" if any(_writes(word) for word in words) else "read"
    if first in _TWICE:
        return "idempotent"
    if first in ("create", "drop") and "exists" in words and "if" in words:
        return "idempotent"
    return "write"


def _pragma_effect(words: list[str]) -> str:
    return "idempotent" if any(word in _PRAGMAS_THAT_WRITE for word in words) else "read"


def _writes(word: str) -> bool:
    return word in _WRITING or word.startswith(_WRITING_PREFIXES)
