"""Messages between the service and its workers, over pipes: lengths first, then bytes.

service → worker   length, request body
worker → service   two lengths, header (JSON), response body
"""

from __future__ import annotations

import asyncio
import json
import struct
from typing import Any, BinaryIO

from poetc.wire import LIMITS

_REQUEST = struct.Struct(">I")
_ANSWER = struct.Struct(">II")
_HEADER_BYTES = 1_000_000


def request_frame(body: bytes) -> bytes:
    """Request body → what the worker reads."""
    return _REQUEST.pack(len(body)) + body


def receive_request(stream: BinaryIO) -> bytes | None:
    """The next request body, or None when the service has closed the pipe or is gone."""
    size = stream.read(_REQUEST.size)
    if len(size) < _REQUEST.size:
        return None
    (length,) = _REQUEST.unpack(size)
    body = stream.read(length)
    return body if len(body) == length else None


def send_answer(stream: BinaryIO, header: dict[str, Any], body: bytes) -> None:
    """Write one answer; raises OSError when the service is gone."""
    head = json.dumps(header).encode("ascii")
    stream.write(_ANSWER.pack(len(head), len(body)) + head + body)
    stream.flush()


async def receive_answer(stream: asyncio.StreamReader) -> tuple[dict[str, Any], bytes]:
    """The next header and body; raises EOFError when the worker is gone, ValueError when it talks nonsense."""
    head_length, body_length = _ANSWER.unpack(await stream.readexactly(_ANSWER.size))
    if head_length > _HEADER_BYTES or body_length > LIMITS.response_bytes:
        raise ValueError("frame too large")
    header = json.loads(await stream.readexactly(head_length))
    return header, await stream.readexactly(body_length)
