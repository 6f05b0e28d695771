"""The workers: processes that generate, one request each at a time, replaced when they die or overrun their time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from typing import Any

from poetc.service.frames import receive_answer, request_frame
from poetc.service.problem import Problem, overloaded
from poetc.service.settings import ServiceSettings

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over HTTP, and what is remembered of it."""

    status: int
    body: bytes
    code: str
    summary: dict[str, Any]


class Worker:
    """One worker process."""

    def __init__(self, process: Process, identity: dict[str, Any]) -> None:
        self._process = process
        self.identity = identity
        self.spent = False
        """it ends by itself after its last answer"""

    @classmethod
    async def start(cls, settings: ServiceSettings) -> Worker:
        """A worker that is ready; raises Problem NOT_READY when it can't be had."""
        command = [sys.executable, "-P", "-m", "poetc.service.worker", "--engine", settings.engine]
        command += ["--seconds", str(settings.generation_seconds), "--memory", str(settings.worker_bytes)]
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
        try:
            async with asyncio.timeout(settings.start_seconds):
                assert process.stdout is not None
                identity, _ = await receive_answer(process.stdout)
        except BaseException as error:
            await _end(process)
            if isinstance(error, TimeoutError | EOFError | ValueError):
                _log.error("a worker did not start: %s", type(error).__name__)
                raise Problem(503, "NOT_READY", "the engine of the service cannot be started") from None
            raise
        return cls(process, identity)

    @property
    def alive(self) -> bool:
        """Whether it can take another request."""
        return self._process.returncode is None and not self.spent

    async def ask(self, body: bytes, seconds: float) -> Answer:
        """Request body → answer. The worker is useless after any exception.

        Raises Problem GENERATION_TIMEOUT after `seconds`, GENERATION_CRASHED when the process dies.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            async with asyncio.timeout(seconds):
                self._process.stdin.write(request_frame(body))
                await self._process.stdin.drain()
                header, answer = await receive_answer(self._process.stdout)
        except TimeoutError:
            raise Problem(504, "GENERATION_TIMEOUT", f"the function could not be transpiled in {seconds:g} s") from None
        except (EOFError, OSError, ValueError):
            _log.error("a worker died while generating")
            raise Problem(500, "GENERATION_CRASHED", "the generation crashed; the service goes on") from None
        self.spent = bool(header.get("last"))
        return Answer(header["status"], answer, header.get("code", ""), header.get("summary", {}))

    async def end(self) -> None:
        """Kill it and wait until it is gone."""
        await _end(self._process)


async def _end(process: Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    if process.stdin is not None:
        process.stdin.close()
    await process.wait()


class WorkerPool:
    """At most `settings.workers` generations at once, started when first needed; the others wait in line."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self._places = asyncio.Semaphore(settings.workers)
        self._shares: dict[str, asyncio.Semaphore] = {}
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._identity: dict[str, Any] | None = None
        self.waiting = 0

    @property
    def busy(self) -> int:
        """Generations that run now."""
        return len(self._busy)

    async def identity(self) -> dict[str, Any]:
        """Engines and templates as a worker told them; raises Problem NOT_READY."""
        if self._identity is None:
            async with self._places:
                self._idle.append(await self._worker())
        assert self._identity is not None
        return self._identity

    async def run(self, body: bytes, tenant: str = "") -> Answer:
        """Request body → answer; raises Problem. No tenant of several has all workers at once."""
        share = self._share_of(tenant)
        await self._take_place(share)
        try:
            worker = await self._worker()
            self._busy.add(worker)
            try:
                return await worker.ask(body, self._settings.generation_seconds)
            except BaseException:
                worker.spent = True
                raise
            finally:
                self._busy.discard(worker)
                self._put_back(worker)
        finally:
            self._places.release()
            share.release()

    def _share_of(self, tenant: str) -> asyncio.Semaphore:
        """All workers but one, so that a tenant whose requests take long holds nobody else up."""
        workers, alone = self._settings.workers, len(self._settings.keys) < 2
        return self._shares.setdefault(tenant, asyncio.Semaphore(workers if alone else max(1, workers - 1)))

    async def close(self) -> None:
        """End every worker, busy or not."""
        everyone = [*self._idle, *self._busy]
        self._idle.clear()
        await asyncio.gather(*(worker.end() for worker in everyone), *self._ending)

    async def _take_place(self, share: asyncio.Semaphore) -> None:
        if self.waiting >= self._settings.queue:
            raise overloaded("too many requests are waiting")
        self.waiting += 1
        try:
            async with asyncio.timeout(self._settings.queue_seconds):
                await share.acquire()
                try:
                    await self._places.acquire()
                except BaseException:
                    share.release()
                    raise
        except TimeoutError:
            raise overloaded("the request waited too long for its turn") from None
        finally:
            self.waiting -= 1

    async def _worker(self) -> Worker:
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
            self._put_back(worker)
        worker = await Worker.start(self._settings)
        self._identity = worker.identity
        return worker

    def _put_back(self, worker: Worker) -> None:
        if worker.alive:
            self._idle.append(worker)
            return
        # Not awaited here: whoever asked gets the answer at once, and a cancelled request can't leave a process behind.
        task = asyncio.get_running_loop().create_task(worker.end())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
