"""Stale functions → verified answers, many at a time: from the cache, or from the service."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from queue import SimpleQueue
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

from poetc.defects import defect
from poetc.errors import PoetError
from poetc.ir import Diagnostic, Unit, Verified
from poetc.pipeline.agreement import require_identity, verified
from poetc.pipeline.identity import Identity
from poetc.pipeline.project import Project
from poetc.pipeline.survey import NEVER_BUILT, FunctionState
from poetc.source.site import PythonUnit
from poetc.store.cache import Cache

if TYPE_CHECKING:
    from poetc.wire import TranspileRequest, TranspileResponse

T = TypeVar("T")
HOPELESS = frozenset({"POET301", "POET304", "POET306"})
"""what is wrong with the service for every function: it isn't asked again in this run"""
MOST_AT_ONCE = 25
"""functions in one request"""


@dataclass(slots=True)
class Answer:
    """How one function fared."""

    function: FunctionState
    response: TranspileResponse | None = None
    verified: Verified | None = None
    diagnostic: Diagnostic | None = None
    cached: bool = False
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether the service has to be asked."""
        return self.response is None and self.diagnostic is None


def answers(
    project: Project,
    stale: Sequence[FunctionState],
    identity: Identity | None,
    jobs: int,
    unusable: PoetError | None = None,
) -> Iterator[Answer]:
    """An `Answer` for every function, as they come; a service that is down, or known as `unusable`, isn't asked again.

    Who stops early has to close the project, which ends the requests under way.
    """
    cache, down, done = Cache(project.root), [unusable] if unusable else [], SimpleQueue[Answer]()
    found = [kept_answer(function, identity, cache) for function in stale]
    asked, known = [a for a in found if a.is_open], [a for a in found if not a.is_open]
    with closing_pool(jobs) as pool:
        for batch in batches(asked, jobs):
            pool.submit(fetch, project, batch, down, done)
        if asked:
            import_ahead(asked)
        for answer in known:
            yield checked(project, answer, identity, cache)
        for _ in asked:
            # Here and not in the pool: on Python 3.11 `ast.parse` in several threads at once can fail
            # (CPython gh-106905).
            yield checked(project, done.get(), identity, cache)


@contextmanager
def closing_pool(jobs: int) -> Iterator[Executor]:
    """Threads that talk to the service; at the end nobody waits for them."""
    pool = ThreadPoolExecutor(max_workers=max(1, jobs), thread_name_prefix="poet")
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def batches(asked: Sequence[Answer], jobs: int) -> Iterator[Sequence[Answer]]:
    """As many as go at a time, or more of a size with which answers come steadily."""
    size = min(MOST_AT_ONCE, ceil(len(asked) / jobs))
    for start in range(0, len(asked), max(1, size)):
        yield asked[start : start + size]


def import_ahead(asked: Sequence[Answer]) -> None:
    """Import what answers need once they are there, while they are on their way."""
    import poetc.client.request
    import poetc.emit
    import poetc.verify

    if any(answer.function.stale == NEVER_BUILT for answer in asked):  # then an import will be rewritten
        import poetc.link.codemod  # noqa: F401


def kept_answer(function: FunctionState, identity: Identity | None, cache: Cache) -> Answer:
    """What the cache has for a function; no response if it has none."""
    from poetc.wire import TranspileResponse

    unit, answer = function.unit, Answer(function)
    assert unit is not None
    key = answer_key(unit, identity)
    try:
        kept = timed(answer, "store", lambda: cache.load(unit.name, key)) if key else None
        answer.response = TranspileResponse.model_validate(kept) if kept is not None else None
    except ValueError:
        return answer  # of an older contract: asked for anew
    except PoetError as error:
        answer.diagnostic = error.diagnostic
    except Exception as error:
        answer.diagnostic = defect_at(unit, error)
    answer.cached = answer.response is not None
    return answer


def fetch(project: Project, batch: Sequence[Answer], down: list[PoetError], done: SimpleQueue[Answer]) -> None:
    """Have the service answer, and put each answer, unverified, where they are waited for: exactly once."""
    left, started = dict(enumerate(batch)), perf_counter()
    try:
        for index, outcome in responses(project, batch, down):
            answer = left.pop(index)
            take(answer, outcome, down)
            answer.seconds["service"], started = perf_counter() - started, perf_counter()
            done.put(answer)
    except PoetError as error:
        for answer in left.values():
            take(answer, error, down)
    except Exception as error:
        for answer in left.values():
            assert answer.function.unit is not None
            answer.diagnostic = defect_at(answer.function.unit, error)
    finally:
        for answer in left.values():
            done.put(answer)


def take(answer: Answer, outcome: TranspileResponse | PoetError, down: list[PoetError]) -> None:
    """The response, or what is wrong with the service for this function, perhaps for all."""
    if isinstance(outcome, PoetError):
        answer.diagnostic = outcome.diagnostic
        if outcome.diagnostic.code in HOPELESS:
            down.append(outcome)
    else:
        answer.response = outcome


def responses(
    project: Project, batch: Sequence[Answer], down: list[PoetError]
) -> Iterator[tuple[int, TranspileResponse | PoetError]]:
    """(index in the batch, response or why there is none) of each; raises PoetError for what is true of all."""
    from poetc.client.request import to_request

    requests: dict[int, TranspileRequest] = {}
    for index, answer in enumerate(batch):
        unit = answer.function.unit
        assert unit is not None
        try:
            requests[index] = to_request(unit)
        except PoetError as error:
            yield index, error
        except Exception as error:
            yield index, PoetError(defect_at(unit, error))
    if down:
        raise down[0]
    places = list(requests)
    for number, outcome in project.transpiler().transpile_many([*requests.values()]):
        yield places[number], outcome
        if down:
            raise down[0]


def defect_at(unit: Unit, error: Exception) -> Diagnostic:
    """A defect of ours, said of the function at which it happened; it doesn't stop the others."""
    return defect(error, path=unit.site.source.relative, line=unit.site.span.line, unit=unit.name)


def checked(project: Project, answer: Answer, identity: Identity | None, cache: Cache) -> Answer:
    """The answer, verified; only then is it kept in the cache."""
    from poetc.client.request import to_draft

    unit, response = answer.function.unit, answer.response
    if unit is None or response is None:
        return answer
    try:
        draft = to_draft(unit, response)
        if identity is not None:
            require_identity(draft, identity)
        answer.verified = timed(answer, "verify", lambda: verified(draft))
    except PoetError as error:
        if answer.cached:
            # The cache lies on the user's disk: what it holds is believed no more than the service.
            cache.save(unit.name, answer_key(unit, identity), {})
            done = SimpleQueue[Answer]()
            fetch(project, [Answer(answer.function)], [], done)
            return checked(project, done.get(), None, cache)
        answer.diagnostic = error.diagnostic
        return answer
    except Exception as error:
        answer.diagnostic = defect_at(unit, error)
        return answer
    if identity is not None and not answer.cached:
        kept = response.model_dump(mode="json")
        timed(answer, "store", lambda: cache.save(unit.name, answer_key(unit, identity), kept))
    return answer


def answer_key(unit: PythonUnit, identity: Identity | None) -> str:
    """The cache key: function, source, policy, and who answers; "" where that isn't known."""
    if identity is None:
        return ""
    return hashlib.sha256(f"{unit.key}\n{identity.stamp_of(unit.policy.domain)}".encode()).hexdigest()


def timed(answer: Answer, stage: str, work: Callable[[], T]) -> T:
    """`work()`, its wall-clock seconds added to a stage."""
    started = perf_counter()
    try:
        return work()
    finally:
        answer.seconds[stage] = answer.seconds.get(stage, 0.0) + perf_counter() - started
