"""What `poet verify` compares, with which means, and how it ended. Imported by itself: a build needs none of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Verdict(StrEnum):
    """Same: on enough evidence. Different: a counterexample was found. Not comparable: neither, and the reason why."""

    SAME = "same"
    DIFFERENT = "different"
    NOT_COMPARABLE = "not comparable"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is tried, and how far what runs may go. Sizes in bytes, times in seconds."""

    examples: int = 100
    """inputs for each function"""
    seconds: float = 30.0
    """time for the search in each function; the process is ended `grace` after it"""
    grace: float = 15.0
    """time on top, for the interpreter's start and the imports of the user's module"""
    seed: int = 0
    enough: int = 20
    """inputs that have to give a value before anything is called the same; never more than `examples`"""
    call: float = 1.0
    """time for one call"""
    total: float = 900.0
    """time for all functions"""
    memory: int = 1 << 30
    file_size: int = 1 << 20
    open_files: int = 128
    processes: int = 64
    jobs: int = 1
    """functions at a time"""
    allow_effects: bool = False
    """run functions that are known to write, too; the sandbox still refuses what it refuses"""
    crosshair: bool = False
    second_pass: float = 10.0
    """CPU time for CrossHair, for each function"""

    @property
    def wall(self) -> float:
        """After so many seconds a process is ended from outside."""
        return self.seconds + self.grace + (2 * self.second_pass if self.crosshair else 0)


@dataclass(frozen=True, slots=True)
class Target:
    """One built function, as it can be found again in a fresh interpreter."""

    name: str
    """qualified, "app.drift.Monitor.check" """
    path: str
    """posix, from the project's root"""
    line: int
    """of its first decorator"""
    version: int
    module: str
    file: Path
    base: Path
    """the folder that has to be on sys.path for `module` to import"""
    root: Path
    """the project's root: calls of functions below it are compared, too"""
    link_module: str
    link_root: Path
    """the folder of the linked copies, whose own calls don't count"""
    qualname: str
    role: str
    classes: tuple[str, ...]
    absorbs: bool = False
    """retries, a budget or a breaker stand around it: an input on which the original fails in passing isn't compared"""


@dataclass(frozen=True, slots=True)
class Counterexample:
    """The smallest input found on which the two differ."""

    call: str
    """"slug('0', limit=1)" """
    differences: tuple[str, ...]
    """"the original returned 'a', the enhanced function returned 'b'", ..."""
    snippet: str
    """a script that shows the difference"""
    runnable: bool
    """False: some value of the snippet can't be written as code"""
    traceback: str = ""
    """of the enhanced function, where it raised"""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How one function's comparison ended, and on what evidence."""

    name: str
    path: str
    line: int
    verdict: Verdict
    reason: str = ""
    tried: int = 0
    """inputs on which both were run"""
    values: int = 0
    """of them: those that gave a value"""
    raised: int = 0
    """of them: those that raised, in both the same"""
    left_out: tuple[tuple[str, int], ...] = ()
    """why inputs don't count -> how many"""
    exhausted: bool = False
    """there are no further inputs"""
    counterexample: Counterexample | None = None
    limits: tuple[tuple[str, str], ...] = ()
    """what was limited -> to what, or "not limited": those in force in this very process"""
    second_pass: str = ""
    """what CrossHair said; "" if it wasn't asked"""
