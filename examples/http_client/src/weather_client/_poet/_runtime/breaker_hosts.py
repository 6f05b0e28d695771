# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""A circuit breaker for every host that a function's calls go to, asked where these calls are made."""

from threading import RLock

from .breaker import Breaker
from .breakers_by_name import BREAKERS
from .clock import monotonic
from .errors import BudgetSpentError, CircuitOpenError
from .forks import fork_aware
from .hooks import name_of
from .hosts import host_called
from .marks import mark_final
from .refused import refused_as
from .testing import LEFT_BY_TESTS, look_for_new_test
from .travel import Stays


MOST_HOSTS = 1000
"""breakers that one function keeps; beyond that the one asked for longest ago goes, a closed one if there is one"""

EVERY_HOST = ""
"""stands for all hosts, those included that can't be told"""


class OfHost(Breaker):
    """The breaker of one host, which is among the `watched` ones from its first failure until it is whole again."""

    __slots__ = ()

    pass
    pass

    def enter(self, state):
        """Change the state; call it with the lock held."""
        super().enter(state)
        if state != "closed":
            self.watched.add(self.host)

    def failed(self, error):
        """Count a failed call that began when nothing was known of this host."""
        with self.lock:
            if self.state == "closed":
                self.judge(True, False)
            is_open = self.is_open
        self.tell()
        if is_open and error is not None:
            mark_final(error)

    @property
    def is_whole(self):
        """Whether nothing has failed since a call worked."""
        return not (self.is_open or self.failures)


class HostBreaker(OfHost):
    """The breaker of one host that counts failures in a row."""

    __slots__ = ("host", "watched")

    def judge(self, failed, is_slow):
        """Count a call; call it with the lock held."""
        self.failures = self.failures + 1 if failed else 0
        if self.failures >= self.limit:
            self.trip()


class HostBreakers(Stays):
    """A breaker for each host. Settings are those of `Breaker`.

    Calls come here only while there is something to be asked: `watched`, which they look at first, has the hosts that
    failed since they last worked (and one more where each call counts). A call
    whose host can't be told isn't counted. With `answers` an HTTP status that passes by itself (503) counts as a
    failure, for the function makes errors of these; else it is an answer like any other.
    """

    __slots__ = (
        "__weakref__",
        "answers",
        "clock",
        "every",
        "hosts",
        "limit",
        "listeners",
        "lock",
        "name",
        "open_for",
        "original",
        "settings",
        "watched",
    )

    kind = HostBreaker
    counts_each = False
    """whether calls that work count as well"""

    def __init__(
        self,
        original,
        limit = 5,
        open_for = 30.0,
        *,
        answers = False,
        clock = monotonic,
        **settings,
    ):
        self.original = original
        self.name = name_of(original)
        self.limit = limit
        self.open_for = open_for
        self.answers = answers
        self.clock = clock
        self.settings = settings
        self.hosts = {}
        """host -> its breaker; the one that was asked for last comes last"""
        self.listeners = []
        """as `Breaker.listeners`, for the breakers of all hosts"""
        self.lock = RLock()
        self.watched = set()
        self.every = self.made(EVERY_HOST)
        """open only while all hosts are isolated by hand"""
        if self.counts_each:
            self.watched.add(EVERY_HOST)
        BREAKERS[self.name] = self
        LEFT_BY_TESTS.add(self)
        fork_aware(self)

    host_of = staticmethod(host_called)
    """the host that a call goes to"""

    def begin(self, host, like):
        """What `finish` is to be told of a call to a host, None if nothing. A refused call raises a `CircuitOpenError`
        that is also of the class `like`."""
        look_for_new_test()
        if self.every.is_open:
            asked = self.every
        elif host and (host in self.watched or self.counts_each):
            asked = self.of(host)
        else:
            return None
        try:
            return asked, asked.begin()
        except CircuitOpenError as error:
            refusal = refused_as(str(error), like)
        raise refusal

    def finish(self, call, worked, error = None):
        """Take note of the end of a call that has begun here; None: it says nothing."""
        breaker, begun = call
        breaker.finish(begun, worked, error)
        self.look_at(breaker)

    def failed(self, host, error):
        """Count a failed call to a host of which nothing was known when it began."""
        if host:
            look_for_new_test()
            breaker = self.of(host)
            breaker.failed(error)
            self.look_at(breaker)

    def look_at(self, breaker):
        """Ask no more for a host that works, and for every other one."""
        with self.lock:
            if breaker.is_whole:
                self.watched.discard(breaker.host)
            if not breaker.is_whole or (breaker is self.every and self.counts_each):
                self.watched.add(breaker.host)

    def verdict_on(self, error):
        """False if an error is the failure of the host, None if it says nothing about it, as that of a call for which
        there was no time left."""
        return None if isinstance(error, BudgetSpentError) else self.every.verdict_on(error)

    def of(self, host):
        """The breaker of a host, made when it is first asked for."""
        with self.lock:
            breaker = self.hosts.pop(host, None) or self.made(host)
            while len(self.hosts) >= MOST_HOSTS:
                oldest = next((h for h, each in self.hosts.items() if not each.is_open), next(iter(self.hosts)))
                del self.hosts[oldest]
                self.watched.discard(oldest)
            self.hosts[host] = breaker
            return breaker

    def made(self, host):
        """A new breaker."""
        name = f"{self.name}[{host}]" if host else self.name
        breaker = self.kind(self.original, self.limit, self.open_for, clock=self.clock, name=name, **self.settings)
        breaker.listeners, breaker.host, breaker.watched = self.listeners, host, self.watched
        return breaker  # type: ignore[no-any-return]

    @property
    def state(self):
        """ "closed" if those of all hosts are; else the state of the one that is furthest from it."""
        states = {breaker.state for breaker in self.all()}
        return next(state for state in ("isolated", "open", "half-open", "closed") if state in states)

    def all(self):
        """The breakers there are."""
        with self.lock:
            return [self.every, *self.hosts.values()]

    def isolate(self, host = None):
        """Refuse every call to a host until `reset`; without one, every call."""
        (self.of(host) if host else self.every).isolate()

    def reset(self, host = None):
        """Close the breaker of a host, or of all."""
        for breaker in [self.of(host)] if host else self.all():
            breaker.reset()
            self.look_at(breaker)

    def forget(self):
        """Close all as if nothing had happened, for another test."""
        for breaker in self.all():
            breaker.forget()
            self.look_at(breaker)

    def snapshot(self):
        """`name`, `state`, and `hosts`: host -> the snapshot of its breaker."""
        with self.lock:
            known = dict(self.hosts)
        hosts = {host: breaker.snapshot() for host, breaker in known.items()}
        return {"name": self.name, "state": self.state, "hosts": hosts}

    def forked(self):
        """In the child of a fork: the lock may have been held by a thread that is gone."""
        self.lock = RLock()
