"""Many calls of a pair → a verdict: the same, different with the smallest input on which they are, or not comparable.

Each input is run three times: twice by the original, to see that equal inputs give equal results at all, then by the
enhanced function. An input counts as evidence only if the original gave a value on it, in time and by itself.
"""

from __future__ import annotations

import errno
import inspect
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import HypothesisException, Unsatisfiable

from poetc.behaviour.inside.hints import Unresolved
from poetc.behaviour.inside.inputs import Call, calls
from poetc.behaviour.inside.likeness import differences, outcome
from poetc.behaviour.inside.observe import Observation, Observer, Unprepared
from poetc.behaviour.inside.pair import Pair
from poetc.behaviour.inside.snippet import shown_call, snippet
from poetc.behaviour.inside.values import MIXED, Unmakeable
from poetc.effects.libraries import tell
from poetc.runtime.known import KNOWN
from poetc.runtime.transient import is_transient

tell(KNOWN)

SLOW = "took too long"
REFUSED = "needed what the sandbox refuses"
UNSTABLE = "gave something else the second time"
TYPE_ERROR = "raised TypeError, which says nothing where nothing is annotated"
LIMIT = "met a limit of the sandbox"
OPAQUE = "gave what can't be compared"
HOPELESS = {SLOW: 5, REFUSED: 5, UNSTABLE: 12, LIMIT: 12, OPAQUE: 12}
"""inputs of one kind, after which no further ones are tried if none gave a value"""
TAME_AFTER = 3
"""inputs that took too long, after which large ones are left out"""
TAME = 10_000


class Different(Exception):
    """The input under trial is a counterexample."""


class LeftOut(Exception):
    """The input says nothing; the message says why."""


@dataclass(slots=True)
class Tally:
    """What has come of the inputs so far."""

    tried: int = 0
    values: int = 0
    raised: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    detail: dict[str, str] = field(default_factory=dict)
    """why inputs were left out -> the first of them"""
    found: tuple[Call, list[str], Observation] | None = None
    exhausted: bool = False
    runs: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is tried; times in seconds."""

    examples: int
    enough: int
    seconds: float
    call: float
    seed: int
    absorbs: bool
    base: str
    """the folder that snippets put on sys.path"""


class Trial:
    """The trial of one pair; `tell` is called with each input before it is run."""

    def __init__(self, pair: Pair, observer: Observer, plan: Plan, tell: Callable[[str], None]) -> None:
        self.pair, self.observer, self.plan, self.tell = pair, observer, plan, tell
        self.tally = Tally()
        self.until = monotonic() + plan.seconds
        self.annotated = all(
            p.annotation is not p.empty
            for p in inspect.signature(pair.original, follow_wrapped=False).parameters.values()
        )

    def verdict(self) -> dict[str, Any]:
        """Run all of it."""
        try:
            strategy = calls(self.pair)
        except (Unmakeable, Unresolved) as error:
            return self.not_comparable(str(error))
        try:
            self.search(strategy)
        except Different:
            pass
        except Unsatisfiable as error:
            if not self.tally.left_out:
                return self.not_comparable(f"inputs can't be drawn: {first_line(error)}")
        except HypothesisException as error:
            if self.tally.found is None:
                return self.not_comparable(f"inputs can't be drawn: {type(error).__name__}: {first_line(error)}")
        except Exception as error:
            if self.tally.found is None:  # the user's own classes, while arguments are made
                return self.not_comparable(f"arguments can't be made: {type(error).__name__}: {first_line(error)}")
        return self.different() if self.tally.found is not None else self.judged()

    def search(self, strategy: Any) -> None:
        """Let Hypothesis draw and shrink; raises Different."""
        plan = self.plan

        draw(strategy, self.one, plan.examples, plan.seed)
        self.tally.exhausted = self.tally.runs < plan.examples and not self.is_over()

    def is_over(self) -> bool:
        """Whether there is nothing to be gained from further inputs."""
        left_out = self.tally.left_out
        hopeless = not self.tally.values and any(left_out[why] >= most for why, most in HOPELESS.items())
        return hopeless or monotonic() > self.until

    def one(self, call: Call) -> None:
        """Try one input; raises Different, or Hypothesis's own for one that doesn't count."""
        if self.is_over():
            return
        self.tally.runs += 1
        if self.tally.left_out[SLOW] >= TAME_AFTER and not is_tame(call):
            hypothesis.reject()
        counts = self.tally.found is None
        try:
            self.tell(shown_call(call, self.pair))
            found, seen, other = self.compare(call)
        except LeftOut as reason:
            if counts:
                self.tally.left_out[reason.args[0]] += 1
                self.tally.detail.setdefault(*reason.args)
            hypothesis.reject()
        if found:
            self.tally.found = (call, found, other)
            raise Different
        if counts:
            self.count(seen)

    def count(self, seen: Observation) -> None:
        """An input on which both did the same."""
        self.tally.tried += 1
        if seen.raised is None:
            self.tally.values += 1
            return
        self.tally.raised[type(seen.raised).__name__] += 1

    def compare(self, call: Call) -> tuple[list[str], Observation, Observation]:
        """Run both; raises LeftOut."""
        first = self.run_original(call)
        second = first if first.gave_up else self.run_original(call)
        if second.gave_up:
            raise LeftOut(SLOW, shown_call(call, self.pair))
        unlike, opaque = differences(first, second, effects=False)
        if unlike:
            raise LeftOut(
                UNSTABLE, unlike[0].replace("the original", "first it", 1).replace("the enhanced function", "then")
            )
        if opaque:
            raise LeftOut(OPAQUE, ", ".join(sorted(opaque)))
        other = self.run_enhanced(call, second)
        warm = first.calls == second.calls and first.doings == second.doings
        found, opaque = differences(second, other, effects=warm)
        if not found and opaque:
            raise LeftOut(OPAQUE, ", ".join(sorted(opaque)))
        if found and self.is_unstable(call, second):
            raise LeftOut(UNSTABLE, found[0])
        return found, second, other

    def run_original(self, call: Call) -> Observation:
        """Observe the original; raises LeftOut where it can't be held against the enhanced function."""
        try:
            seen = self.observer.observe(self.pair.original, call, self.plan.call)
        except Unprepared as error:
            raise LeftOut("couldn't be made", str(error)) from error
        if seen.refused:
            raise LeftOut(REFUSED, seen.refused[0])
        if isinstance(seen.raised, MemoryError | RecursionError) or is_full(seen.raised):
            raise LeftOut(LIMIT, repr(seen.raised))
        if self.plan.absorbs and seen.raised is not None and is_transient(seen.raised):
            raise LeftOut("raised what the enhanced function is there to absorb", outcome(seen))
        if isinstance(seen.raised, TypeError) and not self.annotated:
            raise LeftOut(TYPE_ERROR, outcome(seen))
        return seen

    def run_enhanced(self, call: Call, original: Observation) -> Observation:
        """Observe the enhanced function, again with more of what it may have run out of; raises LeftOut."""
        seen = self.observer.observe(self.pair.enhanced, call, self.plan.call)
        if seen.gave_up:
            seen = self.observer.observe(self.pair.enhanced, call, 5 * self.plan.call)
        if isinstance(seen.raised, RecursionError):
            limit = sys.getrecursionlimit()
            sys.setrecursionlimit(2 * limit)
            try:
                seen = self.observer.observe(self.pair.enhanced, call, self.plan.call)
            finally:
                sys.setrecursionlimit(limit)
        if isinstance(seen.raised, MemoryError):
            raise LeftOut(LIMIT, repr(seen.raised))
        if type(seen.raised).__name__ in ("PerceiveError", "EnforceError") and original.raised is None:
            raise LeftOut("broke a contract that was asked for", outcome(seen))
        return seen

    def is_unstable(self, call: Call, before: Observation) -> bool:
        """Whether the original alone gives something else once more: then the enhanced function isn't the reason."""
        return bool(differences(before, self.run_original(call), effects=False)[0])

    def different(self) -> dict[str, Any]:
        """The verdict where a counterexample was found."""
        assert self.tally.found is not None
        call, found, seen = self.tally.found
        text, runnable = snippet(
            call,
            self.pair,
            kind_of(self.pair.original),
            self.plan.base,
            arguments_differ=any("arguments afterwards" in f for f in found),
        )
        counterexample = {
            "call": shown_call(call, self.pair),
            "differences": found,
            "snippet": text,
            "runnable": runnable,
            "traceback": seen.traceback,
        }
        return {**self.counted(), "likeness": "different", "reason": "", "counterexample": counterexample}

    def judged(self) -> dict[str, Any]:
        """The verdict where none was found."""
        tally, plan = self.tally, self.plan
        if tally.left_out[UNSTABLE]:
            return self.not_comparable(f"equal inputs give unequal results: {tally.detail[UNSTABLE]}")
        enough = min(plan.enough, plan.examples)
        if tally.values < enough and not (tally.exhausted and tally.values and not tally.left_out):
            return self.not_comparable(self.too_little(enough))
        return {**self.counted(), "likeness": "same", "reason": ""}

    def too_little(self, enough: int) -> str:
        """Why the evidence isn't enough."""
        tally = self.tally
        number = tally.runs if tally.runs != 1 else "the only"
        said = f"{tally.values} of {number} inputs gave a value, where {enough} are needed"
        if tally.runs == 1:
            said = "the only input there is gave no value"
        why = [f"{count} raised {name}" for name, count in tally.raised.most_common(3)]
        why += [f"{count} {name} ({tally.detail[name]})" for name, count in tally.left_out.most_common(3)]
        return f"{said}: {'; '.join(why)}" if why else said

    def not_comparable(self, reason: str) -> dict[str, Any]:
        """The verdict where nothing can be said."""
        return {**self.counted(), "likeness": "not comparable", "reason": reason}

    def counted(self) -> dict[str, Any]:
        """What every verdict has."""
        tally = self.tally
        return {
            "tried": tally.tried,
            "values": tally.values,
            "raised": sum(tally.raised.values()),
            "left_out": [[name, count] for name, count in tally.left_out.most_common() if count],
            "exhausted": tally.exhausted,
        }


def draw(strategy: Any, use: Callable[[Any], None], examples: int, seed: int) -> None:
    """Call `use` with values of a strategy, ever smaller ones once it has raised; raises what it raises at last."""

    @hypothesis.seed(seed)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        report_multiple_bugs=False,
    )
    @hypothesis.given(strategy)
    def test(value: Any) -> None:
        use(value)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        test()


def warm_up() -> None:
    """Let Hypothesis do once, for all forks, what it does when it first draws: it reads all modules of the project."""
    draw(MIXED, lambda _: None, 100, 0)


def is_tame(value: Any) -> bool:
    """Whether there is no large number or long text in an input."""
    if isinstance(value, bool):
        return True
    if isinstance(value, int | float):
        return abs(value) <= TAME
    if isinstance(value, Call):
        return is_tame(value.arguments) and is_tame(value.made_with)
    if isinstance(value, dict):
        return all(is_tame(one) for one in value.values())
    if isinstance(value, list | tuple):
        return all(is_tame(one) for one in value)
    inner = (getattr(value, name, None) for name in ("positional", "keywords"))
    return all(one is None or is_tame(one) for one in inner)


def is_full(error: BaseException | None) -> bool:
    """Whether an error comes from the limits on files."""
    return isinstance(error, OSError) and error.errno in (errno.EFBIG, errno.EMFILE, errno.ENOSPC)


def kind_of(function: Callable[..., Any]) -> str:
    """What calling a function gives, in the words of `poetc.ir.Kind`."""
    if inspect.isasyncgenfunction(function):
        return "async generator"
    if inspect.iscoroutinefunction(function):
        return "coroutine"
    return "generator" if inspect.isgeneratorfunction(function) else "sync"


def first_line(error: BaseException) -> str:
    """The first line of what an error says."""
    return (str(error).splitlines() or [""])[0]
