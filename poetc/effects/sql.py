"""The text of an SQL statement → its effect, or None where the text doesn't tell. When in doubt, it writes.

Dialects disagree on what a comment and what a quoted text is, so that a second statement could hide in one of them for
one database and be run by another. Texts in quotes are passed over only where all dialects agree on them.
"""

from __future__ import annotations

import re
from typing import Final

HOLE: Final = "\x00"
"""stands in a text for what is filled in when the program runs"""

_BEFORE: Final = re.compile(r"(?:[\s(]|--[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)*")
"""what may stand before the first word"""
_QUOTED: Final = re.compile(r"""'[^']*'|"[^"]*"|`[^`]*`""")
_DISPUTED: Final = re.compile(r"--|/\*|#|\\|\$\w*\$|\[[^\]]*['\"`]")
"""comments, escapes, dollar quotes, brackets around quotes"""
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
    start = _BEFORE.match(text)
    first = _WORD.match(text, start.end() if start else 0)
    if first is None or text[first.end() : first.end() + 1] == HOLE:
        return None
    bare = _without_quoted(text[first.start() :]).rstrip("; \t\r\n")
    effect = "write" if ";" in bare else _statement_effect([word.lower() for word in _WORD.findall(bare)], bare)
    if effect == "write" or HOLE not in text or first[0].lower() in ("create", "drop"):
        return effect
    return effect if "from" in text.partition(HOLE)[0].lower().split() else None


def _without_quoted(text: str) -> str:
    """The text without what stands in quotes, if that is the same for every database."""
    if _DISPUTED.search(text):
        return text
    bare = _QUOTED.sub("''", text)
    return text if set(bare.replace("''", "")) & {"'", '"', "`"} else bare


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
