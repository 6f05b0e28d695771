"""Statements that other files make."""

from typing import Final

from psycopg import sql

TABLE = "readings"
NEWEST = "SELECT max(at) FROM readings"
SOME: Final = f"SELECT * FROM {TABLE} "
OLD = "DELETE FROM readings"


def dropping(name):
    """The statement that drops a table."""
    return sql.SQL("DROP TABLE IF EXISTS {name};").format(name=sql.Identifier(name))


def either(name):
    if name:
        return NEWEST
    return OLD


def again(name):
    return again(name)
