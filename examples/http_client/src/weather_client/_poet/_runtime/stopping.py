# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""Calls that take no time limit, ended by another thread in the way that their own library offers."""

import sys
from functools import partial
from threading import Lock, Thread, get_ident

from .known import KNOWN
from .lookups import looked_up
from .watcher import watch


READING = ("socket", "ssl", "http")
"""packages of the standard library in whose frames clients wait at a socket"""

STOPS = ("interrupt", "cancel")
"""methods with which a connection of a database ends what it is doing, from any thread"""

INNERMOST_FRAMES = 12
"""innermost frames of a thread that are looked at"""

STOP_EVERY = 0.05
"""seconds until what was not to be stopped is looked at again; doubled each time"""

STOP_GRACE = 0.25
"""seconds that a call gets to end after it was stopped, before an alarm tears it apart"""

SLOWEST_STOP = 1.0
"""seconds between two looks at most"""


class Stop:
    """The end of one call, at `end` (monotonic seconds): `stop` is called then, by another thread."""

    __slots__ = ("__weakref__", "end", "is_done", "lock", "stop", "stopped")

    def __init__(self, end, stop):
        self.end = end
        self.stop = stop
        self.lock = Lock()
        self.is_done = False
        self.stopped = False

    def end_comes(self):
        """Begin to stop the call, in a thread that may wait for a server."""
        Thread(target=self.run, name="poet stop", daemon=True).start()
        return None

    def run(self):
        """Stop the call if it still goes on."""
        with self.lock:
            if not self.is_done:
                self.stopped = True
                try:
                    self.stop()
                except Exception:  # a connection that is closed by now, a server that is gone: the call finds out
                    return

    def close(self):
        """Note that the call is over, so that the next one isn't stopped; whether it was."""
        got = self.lock.acquire(timeout=1.0)
        self.is_done = True
        if got:
            self.lock.release()
        return self.stopped


def stopped_call(
    deadline, end, how, function, args, kwargs
):
    """`function(*args, **kwargs)`, stopped at `end`; an error that comes of that is `BudgetSpentError`.

    `how`: "connection.cancel()" is a method of the object that the function is one of; "()": the driver's connection
    is looked for where the thread waits.
    """
    stop = stop_of(function, how) if how != "()" else partial(stop_statement, get_ident())
    if stop is None:
        return function(*args, **kwargs)
    stopping = Stop(end, stop)
    watch(stopping)
    deadline.allow(STOP_GRACE)
    try:
        return function(*args, **kwargs)
    except Exception as error:
        if stopping.close():
            raise deadline.spent() from error
        raise
    finally:
        stopping.close()


def stop_of(function, how):
    """The method "connection.cancel()" of the object that `function` is one of; None if there is none."""
    found = looked_up(function, "__self__")
    for name in how.removesuffix("()").split("."):
        found = looked_up(found, name)
    return found if callable(found) else None


def frame_of(thread):
    """The innermost frame of a thread; None once it has ended."""
    return sys._current_frames().get(thread)


def stop_statement(thread):
    """Have the database's driver stop what a thread waits for, if it does wait for one."""
    stop = cursor_stop(frame_of(thread))
    if stop is not None:
        stop()


def shut_down(connection):
    """End all waiting at a socket."""
    try:
        sys.modules["socket"].socket.shutdown(connection, 2)  # not an SSLSocket's own, which forgets its keys
    except OSError:  # it was closed in this moment
        return


def package_of(frame):
    """The package of a frame's code; of `http` only what asks, not what answers."""
    name = str(frame.f_globals.get("__name__", ""))
    return "" if name == "http.server" else name.partition(".")[0]


def awaited_socket(frame):
    """The socket that a frame waits at, if it is one of a known client, and nobody else's as well."""
    found, module = None, sys.modules.get("socket")
    for _ in range(INNERMOST_FRAMES):
        if frame is None or module is None:
            return None
        package = package_of(frame)
        if package not in (*KNOWN.sockets, *READING):
            return None
        if "HTTP2" in frame.f_code.co_qualname:  # one connection for many requests
            return None
        if found is None:
            found = socket_in(frame, module.socket)
        if found is not None and (package in KNOWN.sockets or package == "http"):
            return found
        frame = frame.f_back
    return None


def socket_in(frame, kind):
    """A socket among the variables of a frame, or among the attributes of its `self`."""
    variables = dict(frame.f_locals)
    held = looked_up(variables.get("self"), "__dict__")
    for value in (*variables.values(), *(dict(held).values() if type(held) is dict else ())):
        if isinstance(value, kind):
            return value
    return None


def cursor_stop(frame):
    """What stops the statement that a driver in C executes for the innermost frame, if that is a known package's."""
    for _ in range(INNERMOST_FRAMES):
        if frame is None or package_of(frame) not in ("selectors", *KNOWN.drivers):
            break
        frame = frame.f_back
    if frame is None or package_of(frame) not in KNOWN.layers:
        return None
    for value in dict(frame.f_locals).values():
        if hasattr(type(value), "execute"):
            connection = looked_up(value, "connection")
            stops = [stop for stop in (looked_up(connection, name) for name in STOPS) if callable(stop)]
            if stops:
                return stops[0]  # type: ignore[no-any-return]
    return None


def next_look(tries):
    """Seconds until a thread that could not be stopped is looked at again."""
    return min(STOP_EVERY * 2.0**tries, SLOWEST_STOP)
