"""Functions written as text, and what is known around them."""

from __future__ import annotations

import ast
import textwrap

from poetc.effects import Effects, Names, ResolvedCall, analyse, load_catalogue, resolve_calls
from poetc.source.imports import read_imports

IMPORTS = """
import aiohttp, anthropic, asyncio, boto3, collections, contextlib, copy, csv, functools, grpc, hashlib, httpx
import itertools, json, logging, mylib, openai, os, os.path, pathlib, psycopg, random, re, redis, requests, shutil
import smtplib, socket, sqlite3, sqlalchemy, subprocess, tempfile, threading, time, urllib.request, urllib3, uuid
import numpy as np
import redis.asyncio as aioredis
import requests as r
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from httpx import Client, get as fetch
from pathlib import Path
from sqlalchemy import select, insert, text
from sqlalchemy.orm import Session
from time import sleep
from typing import Annotated, IO, List, Optional, Union
from urllib.request import urlopen
from billing import charge
"""

NAMES = Names(
    imports=read_imports(IMPORTS.strip().splitlines()),
    things={
        "self": "app.main.C",
        "app.main.C": "=app.main.C",
        "app.main.C.http": "httpx.Client",
        "app.main.session": "requests.Session",
        "app.main.log": "logging.Logger",
    },
    module="app.main",
    project={
        "helper": "pure",
        "self.save": "write",
        "self.load": "reads",
        "billing.charge": "write",
        "lookup": "read",
        "touch": "idempotent",
        "Thing": "pure",
        "whatever": "nonsense",
    },
    shadowed=frozenset({"sorted"}),
    constants={"QUERY": "SELECT name FROM users", "CHANGE": "DELETE FROM users"},
)


def function(source: str) -> ast.FunctionDef | ast.AsyncFunctionDef:
    """The function of that text; a text without `def` is the body of one."""
    source = textwrap.dedent(source).strip("\n")
    if not source.startswith(("def ", "async def ", "@")):
        header = "async def" if "await " in source or "async " in source else "def"
        source = f"{header} f():\n{textwrap.indent(source, '    ')}"
    node = ast.parse(source).body[0]
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    return node


def calls(source: str, names: Names = NAMES) -> list[ResolvedCall]:
    """The calls of a function."""
    return resolve_calls(function(source), names, load_catalogue())


def names_of(source: str, names: Names = NAMES) -> list[str | None]:
    """The names of the calls of a function, in order."""
    return [call.name for call in calls(source, names)]


def effects(source: str, names: Names = NAMES) -> Effects:
    """The effects of a function."""
    return analyse(function(source), names, load_catalogue())
