"""Failures that another attempt can't overcome: refusals at login, what isn't there, sessions that were left behind."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from poetc.runtime.guard import Guard
from poetc.runtime.repeats import is_consequence, whole_obstacle
from poetc.runtime.testing import testing
from poetc.runtime.transient import is_transient

sqlalchemy = pytest.importorskip("sqlalchemy")
AT = 'connection to server at "127.0.0.1", port 5432 failed: '

LASTING = {
    "a wrong password": 'FATAL:  password authentication failed for user "bob"',
    "no database": 'FATAL:  database "nope" does not exist',
    "no role": 'FATAL:  role "nope" does not exist',
    "nobody is let in": 'FATAL:  no pg_hba.conf entry for host "10.0.0.1"',
    "another language": "FATAL:  Passwort-Authentifizierung für Benutzer »bob« fehlgeschlagen",
}
PASSING = {
    "refused": "Connection refused",
    "starting": "FATAL:  the database system is starting up",
    "full": "FATAL:  sorry, too many clients already",
    "reserved": "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute",
    "cut off": "server closed the connection unexpectedly",
}


@pytest.mark.parametrize("package", ["psycopg", "psycopg2"])
@pytest.mark.parametrize(
    ("words", "passes"), [(w, False) for w in LASTING.values()] + [(w, True) for w in PASSING.values()]
)
def test_refusals_of_postgresql(package: str, words: str, passes: bool) -> None:
    """What libpq says of a connection that wasn't made, bare and inside SQLAlchemy's error."""
    error = pytest.importorskip(package).OperationalError(AT + words)
    assert is_transient(error) is passes
    wrapped = sqlalchemy.exc.OperationalError("SELECT 1", {}, error)
    assert is_transient(wrapped, ("sqlalchemy.exc.OperationalError",)) is passes


def test_errors_of_sqlite_by_their_code(tmp_path: Path) -> None:
    """A lock passes, a table that isn't there doesn't, whatever it is called."""
    path = tmp_path / "a.db"
    with sqlite3.connect(path, timeout=0) as one, sqlite3.connect(path, timeout=0) as two:
        one.execute("CREATE TABLE t (x)")
        one.commit()
        one.execute("BEGIN IMMEDIATE")
        for statement, passes in (("BEGIN IMMEDIATE", True), ("SELECT * FROM locked_busy", False)):
            with pytest.raises(sqlite3.OperationalError) as caught:
                two.execute(statement)
            assert is_transient(caught.value) is passes
    with pytest.raises(sqlite3.OperationalError) as caught:
        sqlite3.connect(tmp_path / "nowhere" / "a.db").execute("SELECT 1")
    assert not is_transient(caught.value)
    assert is_transient(sqlite3.OperationalError("database is locked"))
    one.close()
    two.close()


@pytest.mark.parametrize(("code", "passes"), [(1045, False), (1049, False), (2003, True), (1213, True)])
def test_errors_of_mysql_by_their_number(code: int, passes: bool) -> None:
    """A deadlock and a refused connection pass, a wrong password and a database that isn't there don't."""
    kind = type("OperationalError", (Exception,), {"__module__": "pymysql.err"})
    error = sqlalchemy.exc.OperationalError("SELECT 1", {}, kind(code, "..."))
    assert is_transient(error, ("sqlalchemy.exc.OperationalError",)) is passes


def test_a_session_in_a_failed_transaction_is_of_no_use() -> None:
    """As an argument or held by one; one that nobody has begun with, and another kind of failure, are."""
    from sqlalchemy.orm import Session

    engine = sqlalchemy.create_engine("sqlite://")
    failed = sqlalchemy.exc.OperationalError("SELECT 1", {}, ConnectionError())
    with Session(engine) as session:
        holder = type("Store", (), {})()
        holder.session = session
        assert [whole_obstacle((each,), {}, failed) for each in (session, holder)] == ["", ""]
        session.connection()
        for each in (session, holder):
            assert "transaction can't go on" in whole_obstacle((each,), {}, failed)
            assert whole_obstacle((each,), {}, TimeoutError()) == ""
    engine.dispose()


def test_the_first_error_is_raised_and_not_its_consequence() -> None:
    """A session that the function finds elsewhere, and leaves to be rolled back, fails another way the second time."""
    first = sqlalchemy.exc.OperationalError("SELECT 1", {}, ConnectionError("gone"))
    second = sqlalchemy.exc.PendingRollbackError("roll it back")
    assert is_consequence(second)
    assert not is_consequence(first)
    errors = [ConnectionError("gone"), second]

    def load() -> Any:
        raise errors.pop(0)

    guard = Guard(load, attempts=3)
    gone = errors[0]
    with testing(attempts=3), pytest.raises(ConnectionError) as caught:
        try:
            load()
        except ConnectionError as error:
            again = guard.on_failure(error)
        assert again is not None
        again(load)
    assert caught.value is gone
    assert "2 attempts" in gone.__notes__[-1]
