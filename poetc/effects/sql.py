"""The text of an SQL statement → its effect, or None where the text doesn't tell. When in doubt, it writes.

A function that isn't known to compute only (`SELECT charge(1)`) may do anything: nobody can tell.

Dialects disagree on what a comment and what a quoted text is, so that a second statement could hide in one of them for
one database and be run by another. Texts in quotes are passed over only where all dialects agree on them.
"""

from __future__ import annotations

import re
from typing import Final

from poetc.ir.effect import Effect

HOLE: Final = "\x00"
"""stands in a text for what is filled in when the program runs"""

_BEFORE: Final = re.compile(r"(?:[\s(]|--[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)*")
"""what may stand before the first word"""
_QUOTED: Final = re.compile(r"""'[^']*'|"[^"]*"|`[^`]*`""")
_DISPUTED: Final = re.compile(r"--|/\*|#|\\|\$\w*+\$|\[[^\[\]'\"`]*+['\"`]")
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
_PURE_FUNCTIONS: Final = frozenset(
    _WORD.findall("""
        abs acos age any_value approx_count_distinct array_agg array_length array_position array_to_string ascii asin
        atan atan2 avg bit_and bit_count bit_length bit_or bool_and bool_or btrim cardinality ceil ceiling changes char
        char_length character_length chr coalesce concat concat_ws convert convert_from convert_to cos cosh cot count
        cume_dist curdate current_date current_time current_timestamp current_user curtime database date date_add
        date_format date_part date_sub date_trunc dateadd datediff datename datepart datetime day dayname dayofmonth
        dayofweek dayofyear degrees dense_rank div encode every exp extract field find_in_set first_value floor format
        from_unixtime generate_series getdate glob greatest group_concat grouping hex hour if ifnull iif initcap instr
        isnull json_agg json_array json_array_length json_build_array json_build_object json_each json_extract
        json_group_array json_group_object json_each_text json_object json_object_agg json_object_keys json_tree
        json_type json_valid jsonb_agg jsonb_array_elements jsonb_array_length jsonb_build_object jsonb_each
        jsonb_each_text jsonb_object_agg jsonb_object_keys jsonb_typeof julianday justify_interval lag
        last_insert_rowid last_value lcase lead least left len length likelihood likely listagg ln localtime
        localtimestamp locate log log10 log2 lower lpad ltrim make_date make_interval make_timestamp max md5 median mid
        min minute mod mode month monthname now nth_value ntile nullif nvl octet_length overlay percent_rank
        percentile_cont percentile_disc pg_backend_pid pg_current_wal_insert_lsn pg_current_wal_lsn
        pg_current_xlog_location pg_database_size pg_get_constraintdef pg_get_expr pg_get_functiondef pg_get_indexdef
        pg_get_replication_slots pg_get_serial_sequence pg_get_viewdef pg_is_in_recovery pg_last_wal_receive_lsn
        pg_last_wal_replay_lsn pg_relation_size pg_size_pretty pg_table_is_visible pg_table_size pg_total_relation_size
        pg_wal_lsn_diff pi position power printf quarter quote quote_ident quote_literal radians random rank
        regexp_like regexp_match regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table repeat
        reverse right round row_number row_to_json rowid rpad rtrim second sha1 sha2 sign similarity sin sinh soundex
        split_part sqlite_version sqrt starts_with statement_timestamp stddev stddev_pop stddev_samp str_to_date
        strftime string_agg strpos substr substring substring_index sum tan tanh time timediff timestamp timestampdiff
        timezone to_char to_date to_json to_jsonb to_number to_timestamp to_tsquery to_tsvector total total_changes
        translate trim trunc typeof ucase unicode unixepoch unlikely unnest upper utc_timestamp uuid var_pop var_samp
        variance version week weekday year zeroblob
        array array_cat array_append any all some exists in not and or on using as over filter within by from join
        select where having limit offset union except intersect lateral then else when case between like ilike values
        interval distinct cube rollup sets row cast try_cast is similar to materialized only partition collate escape
        top with next fetch ties end order group
        int integer bigint smallint tinyint decimal numeric float double real varchar nvarchar character text binary
        varbinary varying bit zone
    """)
)
"""functions that compute, and words of the language that stand before a bracket; others may be the database's own"""
_CALLED: Final = re.compile(r"""(?<![\w$.\x00\]"`'])([\w$.\x00\]"`']++)\s*+\(""")
"""what stands before an opening bracket; looked for once a word: a text takes time in proportion to its length"""
_COMMENT: Final = re.compile(r"/\*|--")
_COLUMNS: Final = re.compile(r"\bwith\s+(?:recursive\s+)?\w+\s*\([\w\s,]*\)(?=\s+as\b)", re.IGNORECASE)
"""the columns of the first table that a WITH names"""
_LOCKS: Final = re.compile(r"\bfor\s+(?:key\s+)?share\b|\bnext\s+value\s+for\b|:=", re.IGNORECASE)
"""reads that lock rows, take a number, or set a variable"""
_TWICE: Final = frozenset({"begin", "start", "commit", "rollback", "end", "use"})
"""statements that may be made twice"""
_NAMING: Final = frozenset({"create", "drop", "rollback", "use"})
"""statements that do what they do, whatever they are filled with"""
_PRAGMAS_THAT_WRITE: Final = frozenset(
    {"optimize", "incremental_vacuum", "wal_checkpoint", "shrink_memory", "user_version", "journal_mode", "synchronous"}
)


def sql_effect(text: str) -> Effect | None:
    """ "read", "idempotent" or "write"; None if what is filled into the text (`HOLE`) could change what it is.

    A hole behind FROM stands for a table or a value; anywhere else in a statement that reads it could be anything.
    """
    start = _BEFORE.match(text)
    first = _WORD.match(text, start.end() if start else 0)
    if first is None or text[first.end() : first.end() + 1] == HOLE:
        return None
    bare = _without_quoted(text[first.start() :]).rstrip("; \t\r\n")
    effect = Effect.WRITE if ";" in bare else _statement_effect([word.lower() for word in _WORD.findall(bare)], bare)
    if effect == Effect.READ and first[0].lower() in _READING and not _only_computes(bare):
        return None
    if effect == Effect.WRITE or HOLE not in text or first[0].lower() in _NAMING:
        return effect
    return effect if "from" in text.partition(HOLE)[0].lower().split() else None


def _without_quoted(text: str) -> str:
    """The text without what stands in quotes, if that is the same for every database."""
    if _DISPUTED.search(text):
        return text
    bare = _QUOTED.sub("''", text)
    return text if set(bare.replace("''", "")) & {"'", '"', "`"} else bare


def _statement_effect(words: list[str], bare: str) -> Effect:
    first = words[0]
    if first == "pragma":
        return Effect.WRITE if "=" in bare else _pragma_effect(words)
    if first == "explain":
        return Effect.WRITE if "analyze" in words else Effect.READ
    if first in _READING:
        return Effect.WRITE if any(_writes(word) for word in words) or _LOCKS.search(bare) else Effect.READ
    if first in _TWICE:
        return Effect.IDEMPOTENT
    if first in ("create", "drop") and "exists" in words and "if" in words:
        return Effect.IDEMPOTENT
    return Effect.WRITE


def _only_computes(bare: str) -> bool:
    """Whether all functions that a reading statement calls are known; one of the database's own may write."""
    texts = (bare, _without_comments(bare))
    called = [name for text in texts for name in _CALLED.findall(_COLUMNS.sub("with", text))]
    return all(is_pure_function(name.lower().removeprefix("pg_catalog.")) for name in called)


def _without_comments(text: str) -> str:
    """The text without what may stand between a function and its bracket; one that isn't closed is none."""
    kept, at, closing = [], 0, text.rfind("*/")
    for opening in _COMMENT.finditer(text):
        start = opening.start()
        if start < at:
            continue
        end = _end_of_comment(text, start) if text[start] == "-" or start + 2 <= closing else -1
        if end >= 0:
            kept += [text[at:start], " "]
            at = end
    return "".join(kept) + text[at:]


def _end_of_comment(text: str, start: int) -> int:
    if text[start] == "-":
        end = text.find("\n", start)
        return end if end >= 0 else len(text)
    return text.find("*/", start + 2) + 2


def is_pure_function(name: str) -> bool:
    """Whether a function of that name computes, and no more, in every database that has it."""
    return name.lower() in _PURE_FUNCTIONS


def _pragma_effect(words: list[str]) -> Effect:
    return Effect.IDEMPOTENT if any(word in _PRAGMAS_THAT_WRITE for word in words) else Effect.READ


def _writes(word: str) -> bool:
    return word in _WRITING or word.startswith(_WRITING_PREFIXES)
