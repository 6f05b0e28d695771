"""Stale functions → verified answers, many at a time: from the cache, or from the service."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

from poetc.defects import defect
from poetc.errors import PoetError
from poetc.ir import Diagnostic, Unit, Verified
from poetc.pipeline.agreement import require_identity, verified
from poetc.pipeline.identity import Identity
from poetc.pipeline.project import Project
from poetc.pipeline.survey import FunctionState
from poetc.source.site import PythonUnit
from poetc.store.cache import Cache

if TYPE_CHECKING:
    from poetc.wire import TranspileResponse

T = TypeVar("T")
HOPELESS = frozenset({"POET301", "POET304", "POET306"})
"""what is wrong with the service for every function: it isn't asked again in this run"""


@dataclass(slots=True)
class Answer:
    """How one function fared."""

    function: FunctionState
    response: TranspileResponse | None = None
    verified: Verified | None = None
    diagnostic: Diagnostic | None = None
    rejected: bool = False
    cached: bool = False
    seconds: dict[str, float] = field(default_factory=dict)


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
    cache = Cache(project.root)
    down = [unusable] if unusable else []
    pool = ThreadPoolExecutor(max_workers=max(1, jobs), thread_name_prefix="poet")
    try:
        waiting = {pool.submit(answer_for, project, function, identity, cache, down) for function in stale}
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=by_name):
                # Here and not in the pool: on Python 3.11 `ast.parse` in several threads at once can fail
                # (CPython gh-106905).
                yield checked(project, future.result(), identity, cache)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def by_name(future: Future[Answer]) -> str:
    """Sort key of answers that came together."""
    return future.result().function.name


def answer_for(
    project: Project, function: FunctionState, identity: Identity | None, cache: Cache, down: list[PoetError]
) -> Answer:
    """One function's response, unverified; its errors become its diagnostic."""
    unit = function.unit
    assert unit is not None
    answer = Answer(function)
    try:
        answer.response = response_for(project, unit, answer_key(unit, identity), cache, down, answer)
    except PoetError as error:
        answer.diagnostic = error.diagnostic
        if error.diagnostic.code in HOPELESS:
            down.append(error)
    except Exception as error:
        answer.diagnostic = defect_at(unit, error)
    return answer


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
            return checked(project, answer_for(project, answer.function, None, cache, []), None, cache)
        answer.diagnostic = error.diagnostic
        answer.rejected = error.diagnostic.code.startswith("POET4")
        return answer
    except Exception as error:
        answer.diagnostic = defect_at(unit, error)
        return answer
    if identity is not None and not answer.cached:
        kept = response.model_dump(mode="json")
        timed(answer, "store", lambda: cache.save(unit.name, answer_key(unit, identity), kept))
    return answer


def response_for(
    project: Project, unit: PythonUnit, key: str, cache: Cache, down: list[PoetError], answer: Answer
) -> TranspileResponse:
    """The response from the cache or, where that has none, from the service; raises ServiceError."""
    from poetc.client.request import to_request
    from poetc.wire import TranspileResponse

    kept = timed(answer, "store", lambda: cache.load(unit.name, key)) if key else None
    if kept is not None:
        try:
            response = TranspileResponse.model_validate(kept)
            answer.cached = True
            return response
        except ValueError:
            pass  # of an older contract: asked for anew
    if down:
        raise down[0]
    return timed(answer, "service", lambda: project.transpiler().transpile(to_request(unit)))


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
