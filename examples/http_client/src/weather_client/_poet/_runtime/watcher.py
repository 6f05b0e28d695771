# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""One thread that tells budgets and calls when their end has come."""

from heapq import heapify, heappop, heappush
from sys import is_finalizing
from threading import Condition, Thread
from weakref import ref

from .clock import monotonic
from .forks import fork_aware


IDLE_SECONDS = 5.0
"""after which the thread ends if there is nothing to watch"""

LEAST_PURGED = 1_000
"""entries, from which on those of calls that have ended are thrown out early"""


class Watcher:
    """Calls `end_comes` of each thing that it was given, once its `end` (monotonic seconds) has come, and again after
    so many seconds as that gives."""

    __slots__ = ("__weakref__", "changed", "entries", "is_running", "number", "purged_at")

    def __init__(self):
        self.entries = []
        """a heap of: end, number, reference to the deadline, which is dead once the call has ended"""
        self.changed = Condition()
        self.is_running = False
        self.number = 0
        self.purged_at = LEAST_PURGED
        fork_aware(self)

    def watch(self, deadline):
        """Tell the deadline of its end; False if no thread can be started for it."""
        return self.add(deadline, deadline.end)

    def add(self, deadline, when):
        """Tell the deadline at that moment; no thread runs, nor starts, any more while the interpreter ends."""
        if is_finalizing():
            return False
        with self.changed:
            if not self.is_running and not self.started():
                return False
            if len(self.entries) >= self.purged_at:
                self.purge()
            self.number += 1
            entry = (when, self.number, ref(deadline))
            heappush(self.entries, entry)
            if self.entries[0] is entry:
                self.changed.notify()
        return True

    def started(self):
        """Start the thread; False if the system has none left, or the interpreter is shutting down."""
        try:
            Thread(target=self.run, name="poet budgets", daemon=True).start()
        except RuntimeError:
            return False
        self.is_running = True
        return True

    def run(self):
        """What the thread does until there is nothing to do."""
        while True:
            with self.changed:
                due = self.taken()
                if not due:
                    left = self.entries[0][0] - monotonic() if self.entries else IDLE_SECONDS
                    if not self.changed.wait(min(max(left, 0.0), IDLE_SECONDS)) and not self.entries:
                        self.is_running = False
                        return
            while due:
                self.tell(due.pop())

    def taken(self):
        """What is due, in a list that the thread empties: it keeps nothing alive while it waits."""
        now, due = monotonic(), []
        while self.entries and self.entries[0][0] <= now:
            deadline = heappop(self.entries)[2]()
            if deadline is not None:
                due.append(deadline)
        return due

    def tell(self, deadline):
        """Tell of the end, with no lock held; what fails there must not end the thread."""
        try:
            again = deadline.end_comes()
        except Exception:  # what it found in another thread's frames was gone by then
            again = None
        if again is not None:
            self.add(deadline, monotonic() + again)

    def purge(self):
        """Throw out the entries of calls that have ended; call it with the lock held."""
        self.entries = [entry for entry in self.entries if entry[2]() is not None]
        heapify(self.entries)
        self.purged_at = max(LEAST_PURGED, 2 * len(self.entries))

    def forked(self):
        """In the child of a fork: the thread is gone, and who held the lock is."""
        self.changed = Condition()
        self.is_running = False
        self.purge()
        if self.entries:
            self.started()


WATCHERS = []
"""the process's one watcher, made when the first is needed"""


def watch(deadline):
    """Whether the process's watcher marks that deadline from now on."""
    if not WATCHERS:
        WATCHERS.append(Watcher())
    return WATCHERS[0].watch(deadline)
