"""One worker process: reads requests from its pipe, runs the engine, writes answers.

A generation that loops, eats memory or crashes the interpreter takes only this process with it.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import os
import signal
import sys
import traceback
from types import ModuleType
from typing import Any, BinaryIO

from pydantic import ValidationError

from poetc.service.frames import receive_request, send_answer
from poetc.service.problem import Problem, error_body, invalid_request
from poetc.wire import LIMITS, TranspileRequest, TranspileResponse

_GRACE_SECONDS = 5


def main() -> None:
    """Serve requests until the service closes the pipe."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--memory", type=int, required=True)
    options = parser.parse_args()
    requests, answers = _take_pipes()
    _ignore_interrupts()
    engine = importlib.import_module(options.engine)
    _limit_memory(options.memory)
    send_answer(answers, _identity(engine), b"")
    while (body := receive_request(requests)) is not None:
        _limit_time(options.seconds + _GRACE_SECONDS)
        header, answer = _answer(engine, body)
        _limit_time(0)
        send_answer(answers, header, answer)
        if header.get("last"):
            return


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The two pipes, moved away from 0 and 1, so that a `print` in an engine goes to the log and not into an answer."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, answers


def _ignore_interrupts() -> None:
    # Ctrl-C reaches every process of the terminal's group; the service closes the pipe when it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _limit_memory(size: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (size if hard == resource.RLIM_INFINITY else min(size, hard), hard))


def _limit_time(seconds: float) -> None:
    """Have the kernel end this process, even inside C code, should the service die while a generation runs away."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _identity(engine: ModuleType) -> dict[str, Any]:
    templates = {name: identity.model_dump() for name, identity in engine.template_identities().items()}
    return {"engines": engine.engines(), "templates": templates}


def _answer(engine: ModuleType, body: bytes) -> tuple[dict[str, Any], bytes]:
    """Request body → header and response body; every failure becomes an answer."""
    try:
        return _generate(engine, body)
    except engine.GenerateError as error:
        return _refused(
            error.status if 400 <= error.status <= 599 else 500, error.code, str(error.message), error.details
        )
    except Problem as problem:
        return _refused(problem.status, problem.code, problem.message, problem.details)
    except RecursionError:
        return _refused(422, "NESTED_TOO_DEEPLY", "the function is nested too deeply to be transpiled", {})
    except MemoryError:
        header, answer = _refused(422, "TOO_COMPLEX", "the function needs more memory than a generation may have", {})
        return {**header, "last": True}, answer
    except Exception as error:
        _log(error)
        return _refused(500, "INTERNAL_ERROR", "the service failed to transpile the function", {})


def _generate(engine: ModuleType, body: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        request = TranspileRequest.model_validate_json(body)
    except ValidationError as error:
        raise invalid_request(error) from None
    response: TranspileResponse = engine.transpile(request)
    answer = response.model_dump_json().encode("utf-8")
    if len(answer) > LIMITS.response_bytes:
        raise Problem(422, "ANSWER_TOO_LARGE", f"the implementation would be larger than {LIMITS.response_bytes} bytes")
    return {"status": 200, "summary": _summary(response)}, answer


def _summary(response: TranspileResponse) -> dict[str, Any]:
    """What the service remembers of an answer."""
    told = response.metadata
    return {
        "digest": hashlib.sha256(response.poet_implementation.code.encode("utf-8", "surrogatepass")).hexdigest(),
        "engine": told.engine,
        "engine_version": told.engine_version,
        "template": told.template.model_dump(),
        "operate": told.operate,
        "phases": list(told.phases_included),
        "fallback_used": told.fallback_used,
    }


def _refused(status: int, code: str, message: str, details: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    return {"status": status, "code": code}, error_body(message, code, details)


def _log(error: Exception) -> None:
    """Where it broke, without the exception's message: that may quote the source that was sent."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    print(f"generation failed with {type(error).__name__}\n{frames}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
