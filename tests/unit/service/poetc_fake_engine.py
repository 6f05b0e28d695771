"""An engine whose behaviour is the first line of the function it is sent; runs inside the real worker processes."""

from __future__ import annotations

import os
import time
from pathlib import Path

from poetc.wire import (
    PoetImplementation,
    ResponseMetadata,
    TemplateIdentity,
    TemplateRef,
    TranspileRequest,
    TranspileResponse,
)
from poetc.wire.enhancement import Enhancement, Provenance, Retry


class GenerateError(Exception):
    def __init__(self, code, message, details=None, status=422):
        super().__init__(message)
        self.code, self.message, self.details, self.status = code, message, details or {}, status


def engines():
    return {"rules": "7"}


def template_identities():
    return {"base": TemplateIdentity(version="v1", digest="abc")}


PLAN = Enhancement(
    provenance=Provenance(
        engine="rules", engine_version="7", template=TemplateRef(name="base", version="v1", digest="abc")
    ),
    form="direct",
    operate="relocated",
    effects="unknown",
    perceive="repair",
    enforce="repair",
    retry=Retry(attempts=3, first=0.1, most=5.0, budget=45.0),
)


def transpile(request: TranspileRequest) -> TranspileResponse:
    word, _, argument = request.function_code.splitlines()[0].lstrip("# ").partition(" ")
    behaviour = globals().get(f"_{word}")
    if behaviour is not None:
        behaviour(argument)
    code = (
        "x" * int(argument)
        if word == "huge"
        else f"# {os.getpid()}\n"
        if word == "pid"
        else f"# {request.function_code}"
    )
    return TranspileResponse(
        poet_implementation=PoetImplementation(code=code),
        enhancement=PLAN,
        metadata=ResponseMetadata(
            engine="rules",
            engine_version="7",
            original_function_name="f",
            phases_included=["perceive", "operate", "enforce"],
            operate="relocated",
            template=TemplateRef(name="base", version="v1", digest="abc"),
        ),
    )


def _sleep(argument):
    time.sleep(float(argument))


def _touch_then_sleep(argument):
    """Says through a file that the generation has begun, then takes its time, but only the first time."""
    try:
        with Path(argument).open("x", encoding="utf-8") as begun:
            begun.write(str(os.getpid()))
    except FileExistsError:
        return
    time.sleep(60)


def _loop(_argument):
    while True:
        pass


def _crash(_argument):
    os.kill(os.getpid(), 11)


def _recurse(argument):
    _recurse(argument)


def _memory(_argument):
    bytearray(1 << 40)


def _print(argument):
    print(argument, flush=True)


def _boom(argument):
    raise ValueError(f"cannot understand {argument}")


def _refuse(argument):
    code, _, status = argument.partition(" ")
    raise GenerateError(code, "no such thing", {"hint": "try another"}, int(status))
