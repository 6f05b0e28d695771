"""`TranspileRequest → TranspileResponse`, over HTTP, from a service far away or on this machine."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import TracebackType
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from poetc.client.address import Address, Addresses, FixedAddress
from poetc.client.errors import ExchangeFailed, printable, refusal, unreadable
from poetc.client.exchange import Exchange, HttpAnswer
from poetc.client.local_address import LocalAddress
from poetc.errors import ServiceError
from poetc.wire import LIMITS, BatchLine, Health, TranspileRequest, TranspileResponse

_Model = TypeVar("_Model", bound=BaseModel)
_OF_THE_REQUEST = ("POET302", "POET303", "POET305", "POET307")
_BATCH = "/api/v1/transpile/batch"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0


class Transpiler:
    """A service, ready to be asked from any number of threads. Times are in seconds.

    `url` is "local" (a service on this machine, started when none runs) or an http(s) address; `api_key` goes to that
    address only. One request is tried `attempts` times in all, waiting at most `patience_seconds` in between.
    Raises ConfigError POET220 for an address or key that can't be one.
    """

    def __init__(
        self,
        url: str = "local",
        *,
        api_key: str | None = None,
        connect_seconds: float = 5.0,
        read_seconds: float = 90.0,
        attempts: int = 4,
        patience_seconds: float = 30.0,
        start_seconds: float = 15.0,
        command: Sequence[str] = (),
    ) -> None:
        local = LocalAddress(start_seconds=start_seconds, command=command) if url == "local" else None
        self._addresses: Addresses = local or FixedAddress(url, api_key)
        self._closed = threading.Event()
        self._attempts = max(1, attempts)
        self._patience_seconds = patience_seconds
        self._exchange = Exchange(
            "http://127.0.0.1" if local else url,
            connect_seconds=connect_seconds,
            read_seconds=read_seconds,
            admit=local.admit if local else None,
        )

    def __enter__(self) -> Transpiler:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, which ends requests of other threads too; a local service goes on until it is idle."""
        self._closed.set()
        self._exchange.close()

    def health(self) -> Health:
        """Who the service is; raises ServiceError."""
        return self._ask("GET", "/poet/health", b"", Health)

    def transpile(self, request: TranspileRequest) -> TranspileResponse:
        """One function → its implementation, unverified; raises ServiceError, which names the function."""
        content = request.model_dump_json().encode("utf-8")
        try:
            return self._ask("POST", "/poet/transpile", content, TranspileResponse)
        except ServiceError as error:
            raise _located(error, request) from None

    def transpile_many(
        self, requests: Sequence[TranspileRequest]
    ) -> Iterator[tuple[int, TranspileResponse | ServiceError]]:
        """Functions → (index, implementation or why there is none) of each, as they come.

        What a batch doesn't bring, for whatever reason, is asked for alone, which says what is wrong. Raises
        ServiceError where there is no service at all.
        """
        left = dict(enumerate(requests))
        if len(left) > 1:
            try:
                for index, answered in self._ask_batch(requests):
                    if index in left:
                        yield index, answered
                        del left[index]
            except ExchangeFailed:
                pass
        for index, request in left.items():
            try:
                yield index, self.transpile(request)
            except ServiceError as error:
                yield index, error

    def _ask_batch(
        self, requests: Sequence[TranspileRequest]
    ) -> Iterator[tuple[int, TranspileResponse | ServiceError]]:
        """What comes back, but for what another try may yet bring; raises ExchangeFailed, ServiceError."""
        content = b'{"requests":[%s]}' % b",".join(each.model_dump_json().encode("utf-8") for each in requests)
        if len(content) > LIMITS.request_bytes:
            return
        address = self._addresses.current()
        headers = {"Accept": "application/x-ndjson", **_headers(address, content)}
        for number, text in enumerate(self._exchange.lines(address.url + _BATCH, headers=headers, content=content)):
            line = _model(address.url, text, BatchLine)
            if line.index >= len(requests) or number >= len(requests):
                raise unreadable(address.url, f"it has no request {line.index}")
            if line.status == 200 and line.answer is not None:
                yield line.index, line.answer
            elif line.error is not None:
                failure = refusal(address.url, line.status, {}, line.error.model_dump_json().encode("utf-8"))
                if not failure.again:
                    yield line.index, _located(failure.error, requests[line.index])

    def _ask(self, method: str, path: str, content: bytes, model: type[_Model]) -> _Model:
        """Repeats what may be repeated: the same question has the same answer however often it is asked."""
        patience = self._patience_seconds
        for attempt in range(1, self._attempts + 1):
            address = self._addresses.current()
            try:
                return self._ask_once(address, method, path, content, model)
            except ExchangeFailed as failure:
                replaced = failure.again and failure.pause is None and self._addresses.replaceable(address)
                pause = 0.0 if replaced and attempt == 1 else _pause(attempt, failure.pause)
                hopeless = not failure.again or attempt == self._attempts or pause > patience
                if hopeless or self._closed.wait(pause):
                    raise _counted(failure.error, attempt) from None
            patience -= pause
        raise AssertionError("unreachable")

    def _ask_once(self, address: Address, method: str, path: str, content: bytes, model: type[_Model]) -> _Model:
        headers = _headers(address, content)
        answer = self._exchange.send(method, address.url + path, headers=headers, content=content)
        if answer.status != 200:
            failure = refusal(address.url, answer.status, answer.headers, answer.body)
            # A local service that doesn't know the token isn't the one of the state file any more.
            failure.again |= answer.status == 401 and isinstance(self._addresses, LocalAddress)
            raise failure
        return _parse(address.url, answer, model)


def _headers(address: Address, content: bytes) -> dict[str, str]:
    headers = {"Content-Type": "application/json"} if content else {}
    if address.key:
        headers["Authorization"] = f"Bearer {address.key}"
    return headers


def _parse(url: str, answer: HttpAnswer, model: type[_Model]) -> _Model:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise unreadable(url, f"it is {kind or 'of no type'} instead of application/json")
    return _model(url, answer.body, model)


def _model(url: str, text: bytes, model: type[_Model]) -> _Model:
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise unreadable(url, f"{field + ': ' if field else ''}{first['msg']}") from None
    except RecursionError:
        raise unreadable(url, "it is nested too deeply") from None


def _pause(attempt: int, told: float | None) -> float:
    """Exponential with full jitter, and never shorter than the service said; in seconds."""
    own = random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (attempt - 1)))
    return max(own, told or 0.0)


def _counted(error: ServiceError, attempts: int) -> ServiceError:
    if attempts == 1:
        return error
    told = error.diagnostic
    return type(error)(replace(told, message=f"{told.message} ({attempts} attempts)"))


def _located(error: ServiceError, request: TranspileRequest) -> ServiceError:
    """The same error, at the function it is about; what concerns the service as a whole stays as it is."""
    told, context = error.diagnostic, request.context
    if told.code not in _OF_THE_REQUEST:
        return error
    name = ".".join(part for part in (context.module_path, context.qualname) if part)
    message = f"{printable(name)}: {told.message}" if name else told.message
    place = replace(told, message=message, path=context.source_file or "", line=context.first_line, unit=name)
    return type(error)(place)
