"""Calls that aren't written as calls."""

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx
import requests
from poetc import poet


@poet()
async def gathered(urls: list[str]):
    async with httpx.AsyncClient() as client:
        return await asyncio.gather(*[client.get(url) for url in urls])


@poet()
async def gathered_two(url: str):
    async with httpx.AsyncClient() as client:
        return await asyncio.gather(client.get(url), client.head(url))


@poet()
async def waited_for(url: str):
    async with httpx.AsyncClient() as client:
        return await asyncio.wait_for(client.get(url), 3)


@poet()
async def a_task(url: str):
    async with httpx.AsyncClient() as client, asyncio.TaskGroup() as group:
        return group.create_task(client.get(url))


@poet()
async def in_a_thread(url: str):
    return await asyncio.to_thread(requests.get, url)


@poet()
def in_threads(urls: list[str]):
    with ThreadPoolExecutor() as threads:
        return list(threads.map(requests.get, urls))


@poet()
def submitted(url: str):
    with ThreadPoolExecutor() as threads:
        return threads.submit(requests.get, url).result()


@poet()
def a_partial(url: str):
    fetch = partial(requests.get, timeout=3)
    return fetch(url)


@poet()
def a_lambda(url: str):
    return (lambda: requests.get(url))()


@poet()
async def a_nested_function(url: str):
    async def one(client, page):
        async with client.stream("GET", page) as reply:
            return await reply.aread()

    async with httpx.AsyncClient() as client:
        return await one(client, url)


@poet()
def a_stack(url: str):
    with contextlib.ExitStack() as stack:
        reply = stack.enter_context(httpx.stream("GET", url))
        return reply.read()


@poet()
def prepared(session: requests.Session, url: str):
    return session.send(requests.Request("GET", url).prepare())
