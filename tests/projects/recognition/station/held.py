"""Clients that objects hold."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Final

import aiohttp
import attrs
import boto3
import httpx
import redis
import requests
from openai import AzureOpenAI, OpenAI
from poetc import poet

from station.links import Patient, bucket_client, plain


class Base:
    """Holds a client for those below it."""

    inherited_http = None

    def __init__(self, client: httpx.Client) -> None:
        self.inherited = client
        self.inherited_http = httpx.Client()


class Station(Base):
    """Holds clients in every way."""

    of_class = requests.Session()
    of_class_declared: ClassVar[requests.Session] = requests.Session()

    def __init__(self, client: httpx.Client, optional: httpx.Client | None = None, other=None, key: Any = None) -> None:
        super().__init__(client)
        self.given = client
        self.optional = optional
        self.filled = optional or httpx.Client()
        self.made = requests.Session()
        self.declared: Final = requests.Session()
        self.patient = Patient()
        self.other = other
        self.later = None
        self.store = boto3.client("s3")
        self.bucket = bucket_client()
        self.by_function = plain()
        self.cache: redis.Redis = other
        self.deep = Deep()
        if key:
            self.model = OpenAI(api_key=key)
        else:
            self.model = AzureOpenAI()
        if optional is not None:
            self.chosen = optional
        else:
            self.chosen = httpx.Client()
        self.start()

    def start(self):
        """What an own method sets."""
        self.started = httpx.Client()

    @property
    def shown(self) -> httpx.Client:
        return self.given

    @property
    def shown_untyped(self):
        return self.made

    @cached_property
    def once(self) -> httpx.Client:
        return httpx.Client()

    @cached_property
    def once_untyped(self):
        return httpx.Client()

    def helper(self) -> requests.Session:
        return self.made

    def helper_untyped(self):
        return self.made

    def lazily(self):
        if self.later is None:
            self.later = requests.Session()
        return self.later

    def _ask(self, method, path):
        return self.made.request(method, f"http://api.example{path}")

    def _fetch(self, path: str):
        return self.made.get(path)

    @poet()
    def a_given_one(self, url: str):
        return self.given.get(url)

    @poet()
    def an_optional_one(self, url: str):
        return self.optional.get(url)

    @poet()
    def a_filled_one(self, url: str):
        return self.filled.get(url)

    @poet()
    def a_chosen_one(self, url: str):
        return self.chosen.get(url)

    @poet()
    def a_made_one(self, url: str):
        return self.made.get(url)

    @poet()
    def a_final_one(self, url: str):
        return self.declared.get(url)

    @poet()
    def a_started_one(self, url: str):
        return self.started.get(url)

    @poet()
    def a_made_subclass(self, url: str):
        return self.patient.get(url)

    @poet()
    def an_untold_one(self, url: str):
        return self.other.get(url)

    @poet()
    def a_lazy_one(self, url: str):
        if self.later is None:
            self.later = requests.Session()
        return self.later.get(url)

    @poet()
    def a_lazy_one_of_a_method(self, url: str):
        return self.lazily().get(url)

    @poet()
    def a_service(self):
        return self.store.list_buckets()

    @poet()
    def a_service_of_a_factory(self):
        return self.bucket.list_buckets()

    @poet()
    def one_of_a_factory(self, url: str):
        return self.by_function.get(url)

    @poet()
    def a_declared_one(self, key: str):
        return self.cache.get(key)

    @poet()
    def a_far_one(self, url: str):
        return self.deep.http.get(url)

    @poet()
    def one_of_two(self, prompt: str):
        return self.model.embeddings.create(model="small", input=prompt)

    @poet()
    def one_of_the_class(self, url: str):
        return self.of_class.get(url)

    @poet()
    def one_declared_of_the_class(self, url: str):
        return self.of_class_declared.get(url)

    @poet()
    def an_inherited_one(self, url: str):
        return self.inherited.get(url)

    @poet()
    def an_inherited_one_that_was_none(self, url: str):
        return self.inherited_http.get(url)

    @poet()
    def a_property(self, url: str):
        return self.shown.get(url)

    @poet()
    def an_untyped_property(self, url: str):
        return self.shown_untyped.get(url)

    @poet()
    def a_cached_property(self, url: str):
        return self.once.get(url)

    @poet()
    def an_untyped_cached_property(self, url: str):
        return self.once_untyped.get(url)

    @poet()
    def a_method(self, url: str):
        return self.helper().get(url)

    @poet()
    def an_untyped_method(self, url: str):
        return self.helper_untyped().get(url)

    @poet()
    def a_wrapper(self):
        return self._ask("GET", "/now")

    @poet()
    def a_wrapper_that_writes(self):
        return self._ask("POST", "/now")

    @poet()
    def a_simple_wrapper(self):
        return self._fetch("http://a.example")


class Deep:
    """Held by another."""

    def __init__(self) -> None:
        self.http = httpx.Client()


class Above(Station):
    """Inherits what it holds."""

    @poet()
    def from_below(self, url: str):
        return self.made.get(url)


class Set:
    """What it holds is set from outside, too."""

    def __init__(self) -> None:
        self.http = httpx.Client()

    @poet()
    def set_from_outside(self, url: str):
        return self.http.get(url)


def upgrade(holder: Set, tool) -> None:
    """Set what another object holds."""
    holder.http = tool


@dataclass
class Record:
    """A dataclass that holds clients."""

    session: aiohttp.ClientSession | None = None
    client: httpx.Client = field(default_factory=httpx.Client)
    web: requests.Session = None

    @poet()
    async def an_optional_field(self, url: str):
        async with self.session.get(url) as reply:
            return await reply.text()

    @poet()
    async def a_lazy_field(self, url: str):
        if self.session is None:
            self.session = aiohttp.ClientSession()
        async with self.session.get(url) as reply:
            return await reply.text()

    @poet()
    def a_made_field(self, url: str):
        return self.client.get(url)

    @poet()
    def a_field_that_was_none(self, url: str):
        return self.web.get(url)


@attrs.define
class Defined:
    """A class of attrs that holds clients."""

    client: httpx.Client
    made = attrs.field(factory=requests.Session)

    @poet()
    def a_field(self, url: str):
        return self.client.get(url)

    @poet()
    def a_field_made(self, url: str):
        return self.made.get(url)


class Own(httpx.Client):
    """A client itself."""

    @poet()
    def itself(self, url: str):
        return self.get(url)

    @poet()
    def above(self, url: str):
        return super().get(url)
