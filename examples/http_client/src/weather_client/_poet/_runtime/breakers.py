# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
from .calls import is_transient, live_deadline, mark_final, named_class
from .core import (
    BREAKERS, BudgetSpentError, CircuitOpenError, LEFT_BY_TESTS, Stays, chance, checked_count, checked_seconds,
    checked_share, fork_aware, look_for_new_test, monotonic, name_of, notice, shielded
)
from threading import RLock
from types import GetSetDescriptorType, MemberDescriptorType, MethodType

# -- hosts: Which host a call goes to, read from the call itself: nothing of the arguments or of the client is
# run for it.

LONGEST_HOST = 255  # characters; what is longer is no host's name, and isn't kept

DEFAULT_PORTS = {"http": 80, "https": 443}

# attributes of a class that are places in its objects, read by C code: slots, `__dict__`; see `places`
PLACES = [MemberDescriptorType, GetSetDescriptorType]

CLASSES_ABOVE = type.__dict__["__mro__"].__get__
ATTRIBUTES_OF = type.__dict__["__dict__"].__get__  # of a class, whatever its metaclass makes of these names

def host_called(ways, function, args, kwargs):
    # The host that `function(*args, **kwargs)` goes to, with its port if that is told; "" if it can't be told.
    for way in ways:
        path, colon, port = way.partition(":")
        found = followed(path, function, args, kwargs)
        if colon:
            beside = port if "@" in port else f"{path.rpartition('.')[0]}.{port}"
            host = host_named(found, followed(beside, function, args, kwargs) if port else None)
        else:
            host = host_of(found) if type(found) is str and "://" in found else ""
        if host:
            return host
    return ""

def followed(path, function, args, kwargs):  # What a path leads to; None if it leads nowhere.
    start, *steps = path.split(".")
    if start == "self":
        found = function.__self__ if type(function) is MethodType else None
    else:
        name, _, at = start.partition("@")
        found = kwargs[name] if name in kwargs else args[int(at)] if at and int(at) < len(args) else None
    for step in steps:
        found = held(found, step)
    return found

def held(holder, name):
    # What `holder` holds under a name; None if that can't be read without running code of its class.
    kind = type(holder)
    if kind is dict:
        return holder.get(name)
    if kind is tuple or kind is list:
        return holder[int(name)] if name.isdecimal() and int(name) < len(holder) else None
    found = first_of(kind, name)
    if type(found) in places():
        return stored(found, holder)
    if has(found, "__set__"):
        return None
    values = stored(first_of(kind, "__dict__"), holder)
    own = values.get(name) if type(values) is dict else None
    return found if own is None and not has(found, "__get__") else own

def first_of(kind, name):
    # What a class, or the first one above it that has such an attribute, has under a name; None if none has.
    return next(
        (attributes[name] for attributes in map(ATTRIBUTES_OF, CLASSES_ABOVE(kind)) if name in attributes), None
    )

def has(value, method):  # Whether the class of a value has a method.
    return first_of(type(value), method) is not None

def places():  # `PLACES`, with fields of a namedtuple.
    if len(PLACES) == 2:
        from collections import namedtuple

        PLACES.append(type(namedtuple("Field", "name").__dict__["name"]))
    return PLACES

def stored(place, holder):  # What stands in a place of an object; None if nothing does.
    try:
        return place.__get__(holder) if type(place) in places() else None
    except AttributeError:
        return None

def host_named(host, port):
    # "db.example:5432" of a host's name (or "user@host:port", or a socket's path) and its port, if there is one.
    if type(host) is bytes and host.isascii():
        host = host.decode()
    if type(host) is not str or not host.isprintable() or not 0 < len(host) <= LONGEST_HOST:
        return ""
    host = host.rpartition("@")[2].lower()
    return f"{host}:{port}" if type(port) is int or (type(port) is str and port.isdecimal()) else host

def host_of(url):
    # "api.example.com:8080" of a URL, without user, password and the port that its scheme implies; "" if it has no
    # host.
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if not host.isprintable() or len(host) > LONGEST_HOST:  # it stands in messages and logs
        return ""
    return f"{host}:{port}" if host and port not in (None, DEFAULT_PORTS.get(parts.scheme)) else host

# -- refused: What is raised in place of a call that isn't made: also of the class that its caller already
# catches.

REFUSAL_CLASSES = {}  # a client's own class of connection errors -> the class that is both

def refused_as(message, like):
    # A `CircuitOpenError` that is also of the class with the dotted name `like`, if its library is in use.
    error = CircuitOpenError(message)
    for own in named_class(like) if like else ():
        kind = REFUSAL_CLASSES.get(own) or refusal_class(own, like)
        if kind is not None:
            error = kind(message)
    mark_final(error)
    return error

def refusal_class(own, like):
    # The class below `CircuitOpenError` and a client's class of errors; None if there can't be one.

    def __init__(self, message):
        CircuitOpenError.__init__(self, message)
        prepare(self, own, message)
        self.args = (message,)

    def __str__(self):
        return str(self.args[0])

    def __repr__(self):
        return f"CircuitOpenError({self.args[0]!r})"

    def __reduce__(self):
        return refused_as, (self.args[0], like)

    names = {"__module__": CircuitOpenError.__module__, "__doc__": CircuitOpenError.__doc__}
    try:
        kind = type(
            "CircuitOpenError", (CircuitOpenError, own), {**names, **methods(__init__, __str__, __repr__, __reduce__)}
        )
        kind("")
    except Exception:  # a class that can't have another one beside it, or no object of its own like that
        return None
    return REFUSAL_CLASSES.setdefault(own, kind)

def methods(*functions):  # Functions by their names.
    return {function.__name__: function for function in functions}

def prepare(error, own, message):
    # Let the client's class set the attributes that its errors have; what it needs beside a message is None.
    init = own.__init__
    try:
        init(error, message)
    except Exception:
        code = getattr(init, "__code__", None)
        names = () if code is None else code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
        try:
            init(error, **dict.fromkeys(names))
        except Exception:  # then they have what the classes themselves have
            return

# -- breaker: A circuit breaker: after failures in a row calls are refused for a while, then a few probes
# decide.

LONGEST_OPEN = 3600.0  # seconds that a breaker stays open at most, however much it has grown

class Breaker(Stays):  # Opens after `limit` failures in a row.
    __slots__ = (
        "__weakref__", "changes", "clock", "epoch", "exclude", "failures", "generation", "growth", "is_open", "jitter",
        "limit", "listeners", "lock", "name", "open_for", "opened", "probed_at", "probes", "proved", "reached",
        "running", "state", "successes", "time_open", "transient", "until"
    )

    def __init__(
        self, original, limit=5, open_for=30.0, *, probes=1, successes=None, growth=1.0, jitter=0.0, exclude=(),
        transient=(), clock=monotonic, name=None
    ):
        self.name = name_of(original) if name is None else name
        self.limit = checked_count("limit", limit)
        self.open_for = checked_seconds("open_for", open_for, above=0.0)
        self.probes = checked_count("probes", probes)
        self.successes = self.probes if successes is None else checked_count("successes", successes)
        self.growth = checked_share("growth", growth, 1.0, 10.0)
        self.jitter = checked_share("jitter", jitter)
        self.exclude = frozenset(exclude)
        self.transient = transient
        self.clock = clock
        self.listeners = []  # called with the breaker, the state it left and the one it is in, outside of the lock
        self.changes = []  # of state, not yet told
        self.lock = RLock()
        self.state = "closed"  # "closed", "open", "half-open" or "isolated"
        self.is_open = False  # whether calls have to ask: in every state but "closed"
        self.failures = 0  # in a row
        self.generation = 0  # counts the changes of state, so that what began before one is known after it
        self.opened = 0  # openings since it was last closed
        self.until = 0.0
        self.time_open = 0.0
        self.running = 0  # probes, those from before the last change of state included
        self.epoch = 0  # counts how often the probes under way were given up for lost
        self.proved = 0
        self.probed_at = 0.0
        self.reached = self.clock()
        if name is None:
            BREAKERS[self.name] = self
            LEFT_BY_TESTS.add(self)
        fork_aware(self)

    def now(self):  # The clock, which never goes backwards here; call it with the lock held.
        self.reached = max(self.reached, self.clock())
        return self.reached

    def __call__(self, function, /, *args, **kwargs):
        # `function(*args)` if it is let through, else `CircuitOpenError`; how it ends is taken note of.
        call = self.begin()
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            self.finish(call, self.verdict_on(error), error)
            raise
        self.finish(call, True)
        return result

    async def awaited(self, function, /, *args, **kwargs):  # `__call__` for a coroutine function.
        call = self.begin()
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            self.finish(call, self.verdict_on(error), error)
            raise
        self.finish(call, True)
        return result

    def begin(self):  # Let a call through; raises `CircuitOpenError`.
        look_for_new_test()
        try:
            with self.lock:
                probe = self.admitted()
                generation = self.generation
        except CircuitOpenError:
            self.refused()
            raise
        self.tell()
        return generation, probe, self.clock()

    def finish(self, call, worked, error=None):  # Take note of a call's end; None: it says nothing.
        generation, probe, began = call
        is_slow = worked is not None and self.is_slow(began)
        if probe is not None:
            self.ended(probe, worked and not is_slow if worked is not None else None, error)
            return
        with self.lock:
            if generation != self.generation or worked is None:
                return
            self.judge(not worked, is_slow)
            is_open = self.is_open
        self.tell()
        if is_open and error is not None:
            mark_final(error)

    def is_slow(self, began):  # Whether a call took too long.
        return False

    def judge(self, failed, is_slow):  # Count a call that was no probe; call it with the lock held.
        pass

    def refused(self):  # Say that a call isn't let through; call it without the lock.
        self.tell()
        notice("function.refusal", self.name, by="breaker")

    def admitted(self):
        # None if it is closed, else a probe's mark for `ended`, or `CircuitOpenError`; call it with the lock held.
        if self.state == "closed":
            return None
        now = self.now()
        if self.state == "open" and now >= self.until:
            self.enter("half-open")
        if self.state != "half-open" or not self.lets_probe(now):
            raise self.refusal(now)
        self.running += 1
        self.probed_at = now
        return self.generation, self.epoch

    def lets_probe(self, now):
        # Whether another probe may start; with all places taken for too long they are given anew.
        if self.running < self.probes:
            return True
        if now - self.probed_at < self.time_open:
            return False
        self.forget_probes()
        return True

    def forget_probes(self):  # Give up the probes under way for lost; call it with the lock held.
        self.epoch += 1
        self.running = 0
        self.enter(self.state)

    def ended(self, probe, worked, error=None):  # Take note of a probe's end; None: it says nothing.
        generation, epoch = probe
        with self.lock:
            self.running -= epoch == self.epoch
            if generation != self.generation:
                return
            if worked:
                self.proved += 1
                if self.proved >= self.successes:
                    self.enter("closed")
            elif worked is False:
                self.trip()
        self.tell()
        if worked is False and error is not None:
            mark_final(error)  # it is open: a further attempt would only be refused

    def succeeded(self):  # A call worked while it was closed: count from zero.
        with self.lock:
            if self.state == "closed":
                self.failures = 0

    def failed(self, error):  # A call failed while it was closed: count it if it counts, and open at the limit.
        if not self.counts(error):
            return
        look_for_new_test()
        with self.lock:
            if self.state == "closed":
                self.failures += 1
                if self.failures >= self.limit:
                    self.trip()
        self.tell()

    def verdict_on(self, error):
        # False if an error is the failure of what is called, None if it says nothing about that.
        if not isinstance(error, Exception):  # cancelled: a failure if it is because its time was up
            deadline = live_deadline()
            return False if deadline is not None and deadline.end <= monotonic() else None
        return False if self.counts(error) else None

    def counts(self, error):
        # Whether an error passes by itself, and none of its classes is in `exclude`, by its dotted name; builtins go by
        # their bare name too.
        if not is_transient(error, self.transient):
            return False
        if not self.exclude:
            return True
        classes = type(error).__mro__
        names = {f"{c.__module__}.{c.__qualname__}" for c in classes}
        names |= {c.__qualname__ for c in classes if c.__module__ == "builtins"}
        return self.exclude.isdisjoint(names)

    def trip(self):  # Open, for a time that grows with every opening; call it with the lock held.
        self.opened += 1
        grown = min(self.open_for * self.growth ** min(self.opened - 1, 100), LONGEST_OPEN)
        self.time_open = grown * (1.0 + self.jitter * (2.0 * chance() - 1.0))
        self.until = self.now() + self.time_open
        self.enter("open")

    def enter(self, state):  # Change the state; call it with the lock held.
        if state != self.state:
            self.changes.append((self.state, state))
        self.state = state
        self.generation += 1
        self.proved = 0
        if state == "closed":
            self.failures = self.opened = 0
        self.is_open = state != "closed"

    def isolate(self):  # Refuse every call until `reset`.
        look_for_new_test()
        with self.lock:
            self.enter("isolated")
        self.tell()

    def reset(self):  # Close, and count from zero.
        with self.lock:
            self.enter("closed")
        self.tell()

    def forget(self):  # Close as if nothing had happened, for another test.
        with self.lock:
            self.enter("closed")
            self.changes.clear()

    def tell(self):  # Say what has changed; call it without the lock.
        while self.changes:
            with self.lock:
                if not self.changes:
                    return
                before, state = self.changes.pop(0)
            for listener in tuple(self.listeners):
                shielded(listener, self, before, state)
            notice("breaker.state", self.name, before=before, state=state, failures=self.failures)

    def refusal(self, now):  # Why a call isn't let through; never retried.
        if self.state == "isolated":
            why = "isolated by hand, until it is reset"
        elif self.state == "half-open":
            why = f"{self.running} of {self.probes} probes under way"
        else:
            why = f"{self.why()}; next try in {self.until - now:.1f} s"
        error = CircuitOpenError(f"circuit of {self.name} open: {why}")
        mark_final(error)
        return error

    def why(self):  # What opened it.
        return f"{self.failures} failures in a row"

    def snapshot(self):
        # What it knows: `name`, `state`, `failures` in a row, `opened` times since it was closed, `running` probes, and
        # `retry_in` seconds until the next one may start.
        with self.lock:
            left = max(0.0, self.until - self.now()) if self.state == "open" else 0.0
            return {
                "name": self.name,
                "state": self.state,
                "failures": self.failures,
                "opened": self.opened,
                "running": self.running,
                "retry_in": left,
            }

    def forked(self):  # In the child of a fork: the other threads, their locks and their probes are gone.
        self.lock = RLock()
        self.forget_probes()

# -- breaker_hosts: A circuit breaker for every host that a function's calls go to, asked where these calls are
# made.

# breakers that one function keeps; beyond that the one asked for longest ago goes, a closed one if there is one
MOST_HOSTS = 1000

EVERY_HOST = ""  # stands for all hosts, those included that can't be told

class OfHost(Breaker):
    # The breaker of one host, which is among the `watched` ones from its first failure until it is whole again.

    __slots__ = ()

    pass
    pass

    def enter(self, state):  # Change the state; call it with the lock held.
        super().enter(state)
        if state != "closed":
            self.watched.add(self.host)

    def failed(self, error):  # Count a failed call that began when nothing was known of this host.
        with self.lock:
            if self.state == "closed":
                self.judge(True, False)
            is_open = self.is_open
        self.tell()
        if is_open and error is not None:
            mark_final(error)

    @property
    def is_whole(self):  # Whether nothing has failed since a call worked.
        return not (self.is_open or self.failures)

class HostBreaker(OfHost):  # The breaker of one host that counts failures in a row.
    __slots__ = ("host", "watched")

    def judge(self, failed, is_slow):  # Count a call; call it with the lock held.
        self.failures = self.failures + 1 if failed else 0
        if self.failures >= self.limit:
            self.trip()

class HostBreakers(Stays):  # A breaker for each host.
    __slots__ = (
        "__weakref__", "answers", "clock", "every", "hosts", "limit", "listeners", "lock", "name", "open_for",
        "original", "settings", "watched"
    )

    kind = HostBreaker
    counts_each = False  # whether calls that work count as well
    def __init__(self, original, limit=5, open_for=30.0, *, answers=False, clock=monotonic, **settings):
        self.original = original
        self.name = name_of(original)
        self.limit = limit
        self.open_for = open_for
        self.answers = answers
        self.clock = clock
        self.settings = settings
        self.hosts = {}  # host -> its breaker; the one that was asked for last comes last
        self.listeners = []  # as `Breaker.listeners`, for the breakers of all hosts
        self.lock = RLock()
        self.watched = set()
        self.every = self.made(EVERY_HOST)  # open only while all hosts are isolated by hand
        if self.counts_each:
            self.watched.add(EVERY_HOST)
        BREAKERS[self.name] = self
        LEFT_BY_TESTS.add(self)
        fork_aware(self)

    host_of = staticmethod(host_called)  # the host that a call goes to
    def begin(self, host, like):  # What `finish` is to be told of a call to a host, None if nothing.
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

    def finish(self, call, worked, error=None):
        # Take note of the end of a call that has begun here; None: it says nothing.
        breaker, begun = call
        breaker.finish(begun, worked, error)
        self.look_at(breaker)

    def failed(self, host, error):  # Count a failed call to a host of which nothing was known when it began.
        if host:
            look_for_new_test()
            breaker = self.of(host)
            breaker.failed(error)
            self.look_at(breaker)

    def look_at(self, breaker):  # Ask no more for a host that works, and for every other one.
        with self.lock:
            if breaker.is_whole:
                self.watched.discard(breaker.host)
            if not breaker.is_whole or (breaker is self.every and self.counts_each):
                self.watched.add(breaker.host)

    def verdict_on(self, error):
        # False if an error is the failure of the host, None if it says nothing about it, as that of a call for which
        # there was no time left.
        return None if isinstance(error, BudgetSpentError) else self.every.verdict_on(error)

    def of(self, host):  # The breaker of a host, made when it is first asked for.
        with self.lock:
            breaker = self.hosts.pop(host, None) or self.made(host)
            while len(self.hosts) >= MOST_HOSTS:
                oldest = next((h for h, each in self.hosts.items() if not each.is_open), next(iter(self.hosts)))
                del self.hosts[oldest]
                self.watched.discard(oldest)
            self.hosts[host] = breaker
            return breaker

    def made(self, host):  # A new breaker.
        name = f"{self.name}[{host}]" if host else self.name
        breaker = self.kind(self.original, self.limit, self.open_for, clock=self.clock, name=name, **self.settings)
        breaker.listeners, breaker.host, breaker.watched = self.listeners, host, self.watched
        return breaker

    @property
    def state(self):  # "closed" if those of all hosts are; else the state of the one that is furthest from it.
        states = {breaker.state for breaker in self.all()}
        return next(state for state in ("isolated", "open", "half-open", "closed") if state in states)

    def all(self):  # The breakers there are.
        with self.lock:
            return [self.every, *self.hosts.values()]

    def isolate(self, host=None):  # Refuse every call to a host until `reset`; without one, every call.
        (self.of(host) if host else self.every).isolate()

    def reset(self, host=None):  # Close the breaker of a host, or of all.
        for breaker in [self.of(host)] if host else self.all():
            breaker.reset()
            self.look_at(breaker)

    def forget(self):  # Close all as if nothing had happened, for another test.
        for breaker in self.all():
            breaker.forget()
            self.look_at(breaker)

    def snapshot(self):  # `name`, `state`, and `hosts`: host -> the snapshot of its breaker.
        with self.lock:
            known = dict(self.hosts)
        hosts = {host: breaker.snapshot() for host, breaker in known.items()}
        return {"name": self.name, "state": self.state, "hosts": hosts}

    def forked(self):  # In the child of a fork: the lock may have been held by a thread that is gone.
        self.lock = RLock()
