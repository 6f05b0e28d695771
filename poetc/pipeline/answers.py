"""Stale functions → verified answers, many at a time: from the cache, or from the service."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from time import perf_counter
from typing import TypeVar

from poetc.errors import PoetError
from poetc.ir import Diagnostic, Draft, Verified
from poetc.pipeline.identity import Identity
from poetc.pipeline.project import Project
from poetc.pipeline.survey import Found
from poetc.store import Cache
from poetc.verify import verify

T = TypeVar("T")
HOPELESS = frozenset({"POET301", "POET304", "POET306"})
"""what is wrong with the service for every function: it isn't asked again in this run"""


@dataclass(slots=True)
class Answer:
    """How one function fared."""

    found: Found
    verified: Verified | None = None
    diagnostic: Diagnostic | None = None
    rejected: bool = False
    cached: bool = False
    seconds: dict[str, float] = field(default_factory=dict)


def answers(project: Project, stale: Sequence[Found], identity: Identity | None, jobs: int) -> Iterator[Answer]:
    """An `Answer` for every function, as they come; a service that is down is asked only once."""
    cache = Cache(project.root)
    down: list[PoetError] = []
    pool = ThreadPoolExecutor(max_workers=max(1, jobs), thread_name_prefix="poet")
    try:
        waiting = {pool.submit(answer_for, project, found, identity, cache, down) for found in stale}
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in sorted(done, key=by_name))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def by_name(future: Future[Answer]) -> str:
    """Sort key of answers that came together."""
    return future.result().found.name


def answer_for(
    project: Project, found: Found, identity: Identity | None, cache: Cache, down: list[PoetError]
) -> Answer:
    """One function's answer; its errors become its diagnostic."""
    answer = Answer(found)
    try:
        draft = draft_for(project, found, identity, cache, down, answer)
        answer.verified = timed(answer, "verify", lambda: verify(draft))
    except PoetError as error:
        answer.diagnostic = error.diagnostic
        if error.diagnostic.code in HOPELESS:
            down.append(error)
        answer.rejected = error.diagnostic.code.startswith("POET4")
        if answer.rejected and answer.cached:
            # The cache lies on the user's disk: what it holds is believed no more than the service.
            forget(cache, found, identity)
            return answer_for(project, found, None, cache, down)
    return answer


def draft_for(
    project: Project, found: Found, identity: Identity | None, cache: Cache, down: list[PoetError], answer: Answer
) -> Draft:
    """The draft from the cache or the service; raises ServiceError."""
    from poetc.client.request import to_draft, to_request
    from poetc.wire import TranspileResponse

    unit = found.unit
    assert unit is not None
    key = answer_key(found, identity)
    kept = timed(answer, "store", lambda: cache.load(unit.name, key)) if key else None
    if kept is not None:
        try:
            response = TranspileResponse.model_validate(kept)
            answer.cached = True
            return to_draft(unit, response)
        except ValueError:
            pass  # of an older contract: asked for anew
    if down:
        raise down[0]
    response = timed(answer, "service", lambda: project.transpiler().transpile(to_request(unit)))
    if key:
        timed(answer, "store", lambda: cache.save(unit.name, key, response.model_dump(mode="json")))
    return to_draft(unit, response)


def forget(cache: Cache, found: Found, identity: Identity | None) -> None:
    """Overwrite an answer that failed verification, so that it isn't found again."""
    if found.unit is not None and (key := answer_key(found, identity)):
        cache.save(found.unit.name, key, {})


def answer_key(found: Found, identity: Identity | None) -> str:
    """The cache key: function, source, policy, and who answers; "" where that isn't known."""
    unit = found.unit
    if identity is None or unit is None:
        return ""
    return hashlib.sha256(f"{unit.key}\n{identity.stamp_of(unit.policy.domain)}".encode()).hexdigest()


def timed(answer: Answer, stage: str, work: Callable[[], T]) -> T:
    """`work()`, its wall-clock seconds added to a stage."""
    started = perf_counter()
    try:
        return work()
    finally:
        answer.seconds[stage] = answer.seconds.get(stage, 0.0) + perf_counter() - started
