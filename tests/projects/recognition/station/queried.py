"""Calls whose text stands elsewhere: in a class, in another file, in a function."""

import psycopg
from poetc import poet

from station import queries
from station.queries import NEWEST as LATEST
from station.queries import SOME, again, dropping, either

ALL = "SELECT * FROM readings "


class Base:
    SQL = "DELETE FROM readings"
    ABOVE = "SELECT 5"


class Readings(Base):
    SQL = "SELECT * FROM readings "
    ALL = ALL
    ADD = "INSERT INTO readings VALUES (1)"
    BELOW = "SELECT 1"
    SET = "SELECT 2"
    OUTSIDE = "SELECT 3"
    TWICE = "SELECT 4"
    TWICE = "DELETE FROM readings"

    def __init__(self, connection: psycopg.Connection):
        self.connection = connection
        self.SET = "DELETE FROM readings"

    def one(self, at):
        return "SELECT * FROM readings WHERE at = %s" % at

    @poet()
    def of_a_class(self, where):
        return self.connection.execute(self.SQL + where)

    @poet()
    def of_a_class_and_its_module(self, where):
        return self.connection.execute(self.ALL + where)

    @poet()
    def of_a_class_that_writes(self):
        return self.connection.execute(self.ADD)

    @poet()
    def of_a_class_by_name(self):
        return self.connection.execute(Readings.SQL)

    @poet()
    def of_a_method(self, at):
        query = self.one(at)
        return self.connection.execute(query)

    @poet()
    def of_a_class_above(self):
        return self.connection.execute(self.ABOVE)

    @poet()
    def that_a_subclass_sets(self):
        return self.connection.execute(self.BELOW)

    @poet()
    def that_a_method_sets(self):
        return self.connection.execute(self.SET)

    @poet()
    def that_others_set(self):
        return self.connection.execute(self.OUTSIDE)

    @poet()
    def that_is_bound_twice(self):
        return self.connection.execute(self.TWICE)


class Fewer(Readings):
    BELOW = "DELETE FROM readings"


def forget():
    Readings.OUTSIDE = "DELETE FROM readings"


@poet()
def of_a_file(connection: psycopg.Connection):
    return connection.execute(queries.NEWEST)


@poet()
def of_a_file_by_another_name(connection: psycopg.Connection):
    return connection.execute(LATEST)


@poet()
def of_a_file_and_more(connection: psycopg.Connection, where):
    return connection.execute(SOME + where)


@poet()
def of_a_file_that_writes(connection: psycopg.Connection):
    return connection.execute(queries.OLD)


@poet()
def of_a_function(connection: psycopg.Connection, name):
    return connection.execute(dropping(name))


@poet()
def of_a_function_of_two(connection: psycopg.Connection, name):
    return connection.execute(either(name))


@poet()
def of_a_function_in_circles(connection: psycopg.Connection, name):
    return connection.execute(again(name))


@poet()
def hidden_by_a_parameter(connection: psycopg.Connection, LATEST):
    return connection.execute(LATEST)
