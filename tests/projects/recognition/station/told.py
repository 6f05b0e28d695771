"""Clients that annotations tell of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Optional, Union

import aiohttp
import boto3.session
import httpx
import redis
import requests
from fastapi import Depends
from poetc import poet
from sqlalchemy import select
from sqlalchemy.orm import Session

from station import links
from station.links import AnyCache, Counting, Database, Patient, Readers, Settings, Signed, Telling, Web, dependency

if TYPE_CHECKING:
    from openai import OpenAI


@poet()
def a_parameter(session: requests.Session, url: str):
    return session.get(url)


@poet()
def a_parameter_in_quotes(session: "requests.Session", url: str):
    return session.get(url)


@poet()
def a_parameter_for_type_checkers(client: OpenAI):
    return client.models.list()


@poet()
def an_optional_parameter(url: str, session: Optional[requests.Session] = None):
    return (session or requests.Session()).get(url)


@poet()
def a_parameter_that_is_filled(url: str, session: requests.Session | None = None):
    if session is None:
        session = requests.Session()
    return session.get(url)


@poet()
def a_parameter_that_is_filled_with_or(url: str, session: requests.Session | None = None):
    session = session or links.web
    return session.get(url)


@poet()
def a_parameter_that_must_be_there(url: str, session: requests.Session | None = None):
    if not session:
        raise ValueError("no session")
    return session.get(url)


@poet()
def a_parameter_of_two_classes(client: Union[requests.Session, httpx.Client], url: str):
    return client.get(url)


@poet()
def a_parameter_told_apart(client: Union[redis.Redis, httpx.Client], url: str):
    if isinstance(client, httpx.Client):
        return client.get(url)
    return None


@poet()
def an_alias(session: Web, url: str):
    return session.get(url)


@poet()
def an_alias_of_two(cache: AnyCache, key: str):
    return cache.get(key)


@poet()
def a_subclass(session: Patient, url: str):
    return session.get(url)


@poet()
def a_subclass_that_passes_on(session: Signed, url: str):
    return session.get(url)


@poet()
def a_subclass_that_sends_by_its_own(client: Telling, url: str):
    return client.get(url)


@poet()
def a_subclass_that_overrides(session: Counting, url: str):
    return session.get(url)


@poet()
def injected(session: Database):
    return session.scalars(select(1)).all()


@poet()
def injected_by_default(session: Session = Depends(dependency)):
    return session.scalars(select(1)).all()


@poet()
def injected_inline(session: Annotated[Session, Depends(dependency)]):
    return session.execute(select(1)).all()


@poet()
def by_a_manager_of_a_parameter(readers: Readers):
    with readers.read() as session:
        return session.scalars(select(1)).all()


@poet()
def of_a_parameter(settings: Settings, url: str):
    return settings.web.get(url)


@poet()
async def of_a_parameter_declared(settings: Settings, url: str):
    return await settings.later.get(url)


@poet()
def of_a_parameter_optional(settings: Settings, url: str):
    if settings.spare is None:
        return None
    return settings.spare.get(url)


@poet()
def of_a_parameter_made(settings: Settings):
    return settings.store.list_buckets()


@poet()
def of_a_parameter_far(settings: Settings, url: str):
    return settings.inner.http.get(url)


@poet()
def a_service_of_a_parameter(session: boto3.session.Session):
    compute = session.client("ec2")
    return compute.describe_instances()


@poet()
async def a_parameter_entered(session: aiohttp.ClientSession, url: str):
    async with session.get(url) as reply:
        return await reply.json()
