"""Clients that functions of the project make."""

from typing import cast

import boto3
import httpx
from poetc import poet
from sqlalchemy import select, text

from station import links
from station.links import (
    PerThread,
    Opened,
    borrowed,
    bucket_client,
    connected,
    cursor,
    engine,
    in_branches,
    kept,
    lazy,
    model,
    named,
    opened_later,
    plain,
    shared,
    through_another,
    transaction,
)


@poet()
def untyped(url: str):
    return plain().get(url)


@poet()
def untyped_of_its_module(url: str):
    return links.plain().get(url)


@poet()
def typed(url: str):
    return named().get(url)


@poet()
def remembered(url: str):
    return kept().get(url)


@poet()
def by_branches(url: str):
    client = in_branches(True)
    return client.get(url)


@poet()
def by_another(url: str):
    return through_another().get(url)


@poet()
def a_shared_one(key: str):
    return shared().get(key)


@poet()
def a_lazy_one(url: str):
    return lazy().get(url)


@poet()
def of_a_service():
    return bucket_client().list_buckets()


@poet()
def for_a_while(url: str):
    with borrowed() as session:
        return session.get(url)


@poet()
def in_a_transaction():
    with transaction() as session:
        return session.scalars(select(1)).all()


@poet()
async def in_an_asynchronous_one():
    async with connected() as session:
        return (await session.execute(select(1))).all()


@poet()
def by_a_cursor():
    with cursor() as opened:
        opened.execute("SELECT 1")
        return opened.fetchone()


@poet()
def one_of_two(prompt: str):
    return model().embeddings.create(model="small", input=prompt)


@poet()
def cast_to(thing):
    client = cast(httpx.Client, thing)
    return client.get("http://a.example")


@poet()
def cast_to_quoted(thing):
    return cast("httpx.Client", thing).get("http://a.example")


@poet()
def by_a_maker():
    with Opened() as session:
        return session.execute(select(1)).all()


@poet()
def by_a_maker_begun():
    with Opened.begin() as session:
        return session.execute(select(1)).all()


@poet()
def by_a_registry():
    return PerThread.execute(select(1))


@poet()
async def by_an_asynchronous_maker():
    async with opened_later() as session:
        return (await session.execute(select(1))).all()


@poet()
def by_an_engine():
    with engine.connect() as connection:
        return connection.execute(text("SELECT 1")).all()


@poet()
def a_resource():
    return boto3.resource("dynamodb").Table("readings").get_item(Key={"id": 1})


@poet()
def pages():
    pages = links.store.get_paginator("list_objects_v2").paginate(Bucket="readings")
    return [page["Contents"] for page in pages]


@poet()
def a_nested_factory(url: str):
    def make():
        return httpx.Client()

    return make().get(url)
