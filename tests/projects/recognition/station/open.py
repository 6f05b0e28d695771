"""Calls of which only running would tell what they do."""

from typing import Any

import psycopg
import requests
from poetc import poet

from station import links


@poet()
def an_unannotated_parameter(session, url: str):
    return session.get(url)


@poet()
def any_object(session: Any, url: str):
    return session.get(url)


@poet()
def a_client_or_something(session: requests.Session | Any, url: str):
    return session.get(url)


@poet()
def a_method_by_name(name: str, url: str):
    return getattr(requests, name)(url)


@poet()
def a_method_in_a_variable(method: str, url: str):
    return requests.request(method, url)


@poet()
def a_statement_in_a_variable(cursor: psycopg.Cursor, statement: str):
    return cursor.execute(statement)


@poet()
def a_service_in_a_variable(service: str):
    import boto3

    return boto3.client(service).create_tags(Tags=[])


@poet()
def set_by_name(url: str):
    session = requests.Session()
    setattr(session, "get", links.plain)
    return session.get(url)


@poet()
def called_back(fetch, url: str):
    return fetch(url)


@poet()
def bound_to_something_else(url: str, tool):
    session = requests.Session()
    if tool:
        session = tool
    return session.get(url)


FILLED = [requests.Session()]


def fill(tool) -> None:
    """Put something else into the list."""
    FILLED.append(tool)


@poet()
def out_of_a_list_that_is_filled(url: str):
    return FILLED[0].get(url)


BY_NAME = requests.Session()


def by_name(tool) -> None:
    """Rebind a global through the table of all of them."""
    globals()["BY_NAME"] = tool


@poet()
def a_global_set_by_name(url: str):
    return BY_NAME.get(url)
