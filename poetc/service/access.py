"""Who is let in: the Host and Origin of a request, then its key."""

from __future__ import annotations

import hashlib
import hmac
import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from poetc.service.problem import Problem
from poetc.service.settings import ServiceSettings, hash_key

_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[\w.-]+)(:\d+)?", re.ASCII)
OPEN_PATH = "/poet/health"
"""needs no key: probes have none, and it tells nothing about anybody's code"""


def admit(settings: ServiceSettings, path: str, headers: Headers) -> str:
    """A request's path and headers → the name of its key ("" where none is needed); raises Problem 401, 403, 421."""
    _check_host(settings, headers)
    _check_origin(headers)
    if path == OPEN_PATH:
        return ""
    return _check_key(settings, headers)


def prove(token: str, challenge: str) -> str:
    """What only a holder of the token can answer to `challenge`: shows a client that this is its service."""
    return hmac.new(token.encode(), b"poetc-health:" + challenge.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def _check_host(settings: ServiceSettings, headers: Headers) -> None:
    """A page whose name was rebound to this address sends its own name as Host."""
    if not settings.hosts:
        return
    told = headers.get("host", "")
    host = _hostname("//" + told) if _HOST.fullmatch(told) else ""
    if host not in settings.hosts:
        raise Problem(421, "FOREIGN_HOST", "this service doesn't answer under the name in the Host header")


def _check_origin(headers: Headers) -> None:
    """Only browsers send Origin, and no page but the service's own has business here."""
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
        raise Problem(403, "FOREIGN_ORIGIN", "requests from pages of other origins are refused")


def _hostname(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _check_key(settings: ServiceSettings, headers: Headers) -> str:
    accepted = [(entry.kid, entry.sha256) for entry in settings.keys]
    if settings.token:
        accepted.append(("local", hash_key(settings.token)))
    if not accepted:
        return ""
    presented = hash_key(_presented(headers))
    # Every entry is compared, so that the time taken tells nothing.
    matches = [kid for kid, digest in accepted if hmac.compare_digest(digest, presented)]
    if not matches:
        raise Problem(
            401,
            "UNAUTHORIZED",
            "a valid API key is required",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return matches[0]


def _presented(headers: Headers) -> str:
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and credentials.strip():
        return credentials.strip()
    return headers.get("x-api-key", "")
