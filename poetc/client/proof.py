"""A new connection to the local service → proof that the service is at its other end, before anything is sent to it.

The port of a service that has ended may belong to anybody: another user of this machine could wait there for the next
request, with its source and its token. So each connection begins with a challenge that only a holder of the token can
answer.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

import h11
import httpcore

_SECONDS = 5.0
_MOST_BYTES = 1 << 18


def challenge_and_proof(token: str) -> tuple[str, str]:
    """A new challenge, and the answer that is due."""
    challenge = secrets.token_hex(16)
    due = hmac.new(token.encode(), f"poetc-health:{challenge}".encode(), hashlib.sha256).hexdigest()
    return challenge, due


def is_proof(due: str, told: str) -> bool:
    """Whether the answer is the one that is due."""
    return hmac.compare_digest(due.encode(), told.encode("utf-8", "replace"))


def require_proof(stream: httpcore.NetworkStream, port: int, token: str) -> None:
    """Challenge the other end; raises httpcore.ConnectError if it can't answer."""
    challenge, due = challenge_and_proof(token)
    connection = h11.Connection(h11.CLIENT)
    headers = [("Host", f"127.0.0.1:{port}"), ("Accept", "application/json"), ("X-Poet-Challenge", challenge)]
    try:
        stream.write(connection.send(h11.Request(method="GET", target="/poet/health", headers=headers)), _SECONDS)
        stream.write(connection.send(h11.EndOfMessage()), _SECONDS)
        told = _proof_in_answer(stream, connection)
    except (h11.ProtocolError, httpcore.NetworkError, httpcore.TimeoutException):
        told = ""
    if not is_proof(due, told) or connection.trailing_data[0]:
        raise httpcore.ConnectError(f"what answers at port {port} isn't the local service of this user")


def _proof_in_answer(stream: httpcore.NetworkStream, connection: h11.Connection) -> str:
    """The proof that a whole answer carries; "" if there is none, or the connection doesn't stay open after it."""
    proof, taken = "", 0
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            data = stream.read(1 << 16, _SECONDS)
            taken += len(data)
            if taken > _MOST_BYTES:
                return ""
            connection.receive_data(data)
        elif isinstance(event, h11.Response):
            proof = next((v.decode("ascii", "replace") for n, v in event.headers if n == b"x-poet-proof"), "")
        elif isinstance(event, h11.EndOfMessage):
            return proof if connection.their_state is h11.DONE else ""
        elif isinstance(event, h11.ConnectionClosed):
            return ""
