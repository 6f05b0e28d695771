"""SQL texts: what reads, what may be made twice, what writes, and what nobody can tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poetc.effects.sql import HOLE, sql_effect

READS = [
    "SELECT 1",
    "  select a from t;  ",
    "-- what for\nSELECT a FROM t",
    "/* first */ select /* second */ a from t",
    "(SELECT 1)",
    "VALUES (1)",
    "WITH x AS (SELECT 1) SELECT * FROM x",
    "EXPLAIN SELECT 1",
    "SHOW TABLES",
    "PRAGMA table_info(t)",
    "SELECT 'delete; drop' FROM t",
    "SELECT 'it''s -- no' FROM t",
    "SELECT pg_is_in_recovery(), pg_current_wal_lsn()",
    f"SELECT a FROM {HOLE}",
    f"SELECT a FROM t WHERE b = {HOLE} LIMIT {HOLE}",
]
TWICE = [
    "CREATE TABLE IF NOT EXISTS t (a)",
    "DROP TABLE IF EXISTS t",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    f"ROLLBACK TO SAVEPOINT {HOLE}",
    "PRAGMA optimize",
    f"CREATE TABLE IF NOT EXISTS {HOLE} (a)",
]
WRITES = [
    f"ROLLBACK; {HOLE}",
    "INSERT INTO t VALUES (1)",
    "INSERT OR IGNORE INTO t VALUES (1)",
    "REPLACE INTO t VALUES (1)",
    "UPDATE t SET a = a + 1",
    "DELETE FROM t",
    "CREATE TABLE t (a)",
    "DROP TABLE t",
    "TRUNCATE t",
    "CALL f()",
    "SELECT a INTO b FROM t",
    "SELECT nextval('s')",
    "SELECT a FROM t FOR UPDATE",
    "SELECT pg_advisory_lock(1)",
    "SELECT lo_import('x')",
    "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
    "EXPLAIN ANALYZE DELETE FROM t",
    "SELECT 1; DELETE FROM t",
    "PRAGMA journal_mode = WAL",
    "VACUUM",
    f"INSERT INTO {HOLE} VALUES (1)",
    f"SELECT a FROM {HOLE} FOR UPDATE",
    # a second statement that only some database sees
    "SELECT 5--1; DELETE FROM t",
    "SELECT 'it''s -- no' FROM t; DELETE FROM t",
    "SELECT 'a\\'; DELETE FROM t WHERE b = 'c'",
    "SELECT \"it's\" FROM t; DELETE FROM t WHERE a = 'x'",
    "SELECT [it's] FROM t; DELETE FROM t WHERE a = 'x'",
    "SELECT $$it's$$; DELETE FROM t WHERE a = 'x'",
    "SELECT 1 # it's\n; DELETE FROM t WHERE a = 'x'",
    "SELECT 1 /*! INTO OUTFILE 'x' */",
    "SELECT 'open; DELETE FROM t",
]
NOBODY_KNOWS = [
    "",
    "   ",
    "?",
    "-- SELECT 1",
    "/*!50000 DELETE FROM t */",
    "123",
    HOLE,
    f"{HOLE} FROM t",
    f"SELECT {HOLE} FROM t",
    f"SELECT a {HOLE}",
    f"WITH x AS ({HOLE}) SELECT 1 FROM x",
    f"SEL{HOLE}",
    f"SELECT{HOLE} a FROM t",
    f"EXPLAIN {HOLE}",
    f"PRAGMA {HOLE}",
    f"BEGIN {HOLE}",
    f"SELECT '{HOLE}'",
]
TABLE = [
    *((text, "read") for text in READS),
    *((text, "idempotent") for text in TWICE),
    *((text, "write") for text in WRITES),
    *((text, None) for text in NOBODY_KNOWS),
]


@pytest.mark.parametrize(("text", "effect"), TABLE)
def test_effect_of_a_statement(text: str, effect: str | None) -> None:
    """By its first words, and by words with which even a reading statement writes."""
    assert sql_effect(text) == effect


@given(st.text(alphabet=st.sampled_from(list("sSeElLcCtTfFrRoOmM *;'-/()=,\n\0 dDuUpPiInN")), max_size=60))
def test_any_text_has_an_answer(text: str) -> None:
    """Whatever the text: one of the four answers."""
    assert sql_effect(text) in ("read", "idempotent", "write", None)


@given(st.sampled_from(READS), st.sampled_from(["INSERT INTO t VALUES (1)", "DELETE FROM t", "UPDATE t SET a = 1"]))
def test_a_second_statement_is_never_overlooked(first: str, second: str) -> None:
    """What is behind a semicolon counts."""
    assert sql_effect(f"{first.rstrip().rstrip(';')}; {second}") in ("write", None)
