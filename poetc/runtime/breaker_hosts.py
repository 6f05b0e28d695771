"""A circuit breaker for every host that a function talks to."""

from __future__ import annotations

from threading import RLock
from time import monotonic

from poetc.runtime.breaker import BREAKERS, Breaker
from poetc.runtime.breaker_window import WindowBreaker
from poetc.runtime.forks import fork_aware
from poetc.runtime.notice import name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

MOST_HOSTS = 1000
"""breakers that one function keeps; beyond that the one asked for longest ago goes, a closed one if there is one"""


class HostBreakers:
    """A breaker for each host: that of the first argument which is a URL ("https://api.example.com/x"), by position or
    by name. Calls without one share the breaker of host "". Settings are those of `WindowBreaker`."""

    __slots__ = ("__weakref__", "clock", "hosts", "limit", "listeners", "lock", "name", "open_for", "settings")

    def __init__(
        self,
        original: Callable[..., Any],
        limit: int | None = None,
        open_for: float = 30.0,
        *,
        clock: Callable[[], float] = monotonic,
        **settings: Any,
    ) -> None:
        self.name = name_of(original)
        self.limit = limit
        self.open_for = open_for
        self.clock = clock
        self.settings = settings
        self.hosts: dict[str, WindowBreaker] = {}
        """host -> its breaker; the one that was asked for last comes last"""
        self.listeners: list[Callable[[Breaker, str, str], None]] = []
        """as `Breaker.listeners`, for the breakers of all hosts"""
        self.lock = RLock()
        self.made_for("")
        BREAKERS[self.name] = self
        fork_aware(self)

    def __call__(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """`function(*args)` through the breaker of the host that it is called for."""
        return self.of(host_among(args, kwargs))(function, *args, **kwargs)

    async def awaited(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """`__call__` for a coroutine function."""
        return await self.of(host_among(args, kwargs)).awaited(function, *args, **kwargs)

    def of(self, host: str) -> WindowBreaker:
        """The breaker of a host, made at its first call."""
        with self.lock:
            breaker = self.hosts.pop(host, None)
            if breaker is None:
                return self.made_for(host)
            self.hosts[host] = breaker
            return breaker

    def made_for(self, host: str) -> WindowBreaker:
        """A new breaker; call it with the lock held."""
        while len(self.hosts) >= MOST_HOSTS:
            oldest = next((h for h, breaker in self.hosts.items() if not breaker.is_open), next(iter(self.hosts)))
            del self.hosts[oldest]
        name = f"{self.name}[{host}]" if host else self.name
        breaker = WindowBreaker(self, self.limit, self.open_for, clock=self.clock, name=name, **self.settings)
        breaker.listeners = self.listeners
        self.hosts[host] = breaker
        return breaker

    @property
    def state(self) -> str:
        """ "closed" if those of all hosts are; else the state of the one that is furthest from it."""
        states = {breaker.state for breaker in self.every()}
        return next(state for state in ("isolated", "open", "half-open", "closed") if state in states)

    def every(self) -> list[WindowBreaker]:
        """The breakers there are."""
        with self.lock:
            return list(self.hosts.values())

    def isolate(self, host: str | None = None) -> None:
        """Refuse every call to a host until `reset`; without one, to every host that was called so far."""
        for breaker in self.every() if host is None else [self.of(host)]:
            breaker.isolate()

    def reset(self, host: str | None = None) -> None:
        """Close the breaker of a host, or of all."""
        for breaker in self.every() if host is None else [self.of(host)]:
            breaker.reset()

    def snapshot(self) -> dict[str, Any]:
        """`name`, `state`, and `hosts`: host -> the snapshot of its breaker."""
        with self.lock:
            known = dict(self.hosts)
        hosts = {host: breaker.snapshot() for host, breaker in known.items()}
        return {"name": self.name, "state": self.state, "hosts": hosts}

    def forked(self) -> None:
        """In the child of a fork: the lock may have been held by a thread that is gone."""
        self.lock = RLock()


def host_among(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """The host, with its port if it names one, of the first argument that is a URL; "" if none is.

    Tuples and dicts are looked into, for those are what `*args` and `**kwargs` of the function come as.
    """
    for value in (*args, *kwargs.values()):
        inside = value.values() if type(value) is dict else value if type(value) is tuple else (value,)
        for each in inside:
            host = host_of(each) if isinstance(each, str) and "://" in each else ""
            if host:
                return host
    return ""


def host_of(url: str) -> str:
    """ "api.example.com:8080" of a URL, without user and password; "" if it has no host."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if not host.isprintable():  # it stands in messages and logs
        return ""
    return f"{host}:{port}" if host and port is not None else host
