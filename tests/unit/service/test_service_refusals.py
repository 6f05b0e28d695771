"""Every error has the one body, the right status, and tells nothing it shouldn't."""

from __future__ import annotations

import gzip
import json
import socket

import pytest

from poetc.wire import LIMITS, ErrorBody

JSON = {"content-type": "application/json"}
OK = b'{"function_code": "def f(): ..."}'
DEEP = b'{"function_code": "x", "context": {"sandbox_context": ' + b"[" * 10_000 + b"]" * 10_000 + b"}}"

REFUSED = {
    "no json": ("POST", "/poet/transpile", JSON, b"{nope", 422, "INVALID_REQUEST"),
    "empty": ("POST", "/poet/transpile", JSON, b"", 422, "INVALID_REQUEST"),
    "not utf-8": ("POST", "/poet/transpile", JSON, b'{"function_code": "\xff"}', 422, "INVALID_REQUEST"),
    "lone surrogate": ("POST", "/poet/transpile", JSON, b'{"function_code": "\\ud800"}', 422, "INVALID_REQUEST"),
    "no function": ("POST", "/poet/transpile", JSON, b"{}", 422, "INVALID_REQUEST"),
    "empty function": ("POST", "/poet/transpile", JSON, b'{"function_code": ""}', 422, "INVALID_REQUEST"),
    "unknown config": ("POST", "/api/v1/transpile", JSON, OK[:-1] + b', "config": {"x": 1}}', 422, "INVALID_REQUEST"),
    "bad language": ("POST", "/poet/transpile", JSON, OK[:-1] + b', "language": "perl"}', 422, "INVALID_REQUEST"),
    "bad package": (
        "POST",
        "/poet/transpile",
        JSON,
        OK[:-1] + b', "context": {"link_package": "../x"}}',
        422,
        "INVALID_REQUEST",
    ),
    "deep": ("POST", "/poet/transpile", JSON, DEEP, 422, "INVALID_REQUEST"),
    "deep outside": ("POST", "/poet/transpile", JSON, b"[" * 10_000, 422, "INVALID_REQUEST"),
    "engine recursion": ("POST", "/poet/transpile", JSON, b'{"function_code": "# recurse"}', 422, "NESTED_TOO_DEEPLY"),
    "engine memory": ("POST", "/poet/transpile", JSON, b'{"function_code": "# memory"}', 422, "TOO_COMPLEX"),
    "engine refusal": ("POST", "/poet/transpile", JSON, b'{"function_code": "# refuse X_Y 409"}', 409, "X_Y"),
    "engine crash": ("POST", "/poet/transpile", JSON, b'{"function_code": "# crash"}', 500, "GENERATION_CRASHED"),
    "huge answer": ("POST", "/poet/transpile", JSON, b'{"function_code": "# huge 10000001"}', 422, "ANSWER_TOO_LARGE"),
    "wrong type": ("POST", "/poet/transpile", {"content-type": "text/plain"}, OK, 415, "UNSUPPORTED_MEDIA_TYPE"),
    "no type": ("POST", "/poet/transpile", {}, OK, 415, "UNSUPPORTED_MEDIA_TYPE"),
    "compressed": (
        "POST",
        "/poet/transpile",
        {**JSON, "content-encoding": "gzip"},
        gzip.compress(OK),
        415,
        "UNSUPPORTED_MEDIA_TYPE",
    ),
    "large": ("POST", "/poet/transpile", JSON, b" " * (LIMITS.request_bytes + 1), 413, "REQUEST_TOO_LARGE"),
    "get": ("GET", "/poet/transpile", {}, b"", 405, "METHOD_NOT_ALLOWED"),
    "delete": ("DELETE", "/poet/functions", {}, b"", 405, "METHOD_NOT_ALLOWED"),
    "nowhere": ("GET", "/elsewhere", {}, b"", 404, "NOT_FOUND"),
    "slash": ("GET", "/poet/health/", {}, b"", 404, "NOT_FOUND"),
    "unknown function": ("GET", "/poet/functions/nobody", {}, b"", 404, "UNKNOWN_FUNCTION"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_every_refusal_has_the_error_body(service, name):
    """Each kind of bad request has its status and code in the contract's form, and the service goes on."""
    method, path, headers, content, status, code = REFUSED[name]
    answer = service.http.request(method, path, headers=headers, content=content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == {"error", "code", "details"}
    assert ErrorBody.model_validate_json(answer.content).error
    assert service.http.post("/poet/transpile", content=OK, headers=JSON).status_code == 200


def test_a_chunked_body_is_counted_too(service):
    """Without Content-Length the limit holds all the same."""

    def pieces():
        for _ in range(5):
            yield b" " * 1_000_000

    answer = service.http.post("/poet/transpile", content=pieces(), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "REQUEST_TOO_LARGE")
    assert answer.json()["details"] == {"limit_bytes": LIMITS.request_bytes}


def test_an_endless_body_is_cut_off(service):
    """A sender that never stops is refused without being read for ever."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as peer:
        head = "POST /poet/transpile HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        head += "Transfer-Encoding: chunked\r\n\r\n"
        peer.sendall(head.encode())
        piece = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
        sent = 0
        try:
            while sent < 200:
                peer.sendall(piece)
                sent += 1
        except OSError:
            pass
    assert sent < 200


def test_a_body_that_does_not_come_is_given_up(run):
    """A peer that sends half a body is answered 408."""
    with run(body_seconds=0.2) as service, socket.create_connection(("127.0.0.1", service.port), timeout=20) as peer:
        head = (
            "POST /poet/transpile HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        )
        peer.sendall(head.encode())
        answer = b""
        while chunk := peer.recv(65536):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "REQUEST_TIMEOUT"


def test_a_failing_engine_tells_neither_traceback_nor_source(run, capfd):
    """A 500 says that it failed; the log says where, in our code; neither repeats what was sent."""
    with run() as service:
        answer = service.transpile("# boom TOPSECRET\ndef f(): ...")
    logged = capfd.readouterr()
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_ERROR")
    assert "TOPSECRET" not in answer.text and "Traceback" not in answer.text and "poetc_fake_engine" not in answer.text
    assert "ValueError" in logged.err and "poetc_fake_engine" in logged.err
    assert "TOPSECRET" not in logged.err + logged.out


def test_a_validation_error_does_not_repeat_what_was_sent(service):
    """Neither a wrong value nor the source stands in the refusal."""
    answer = service.transpile("def TOPSECRET(): ...", config={"retries": "TOPSECRET"})
    assert answer.status_code == 422 and "TOPSECRET" not in answer.text
    assert answer.json()["details"]["problems"][0]["field"] == "config.retries"


def test_a_refusal_of_the_engine_keeps_its_details(service):
    """What the engine says to people gets through."""
    told = service.transpile("# refuse UNKNOWN_DOMAIN 422").json()
    assert told == {"error": "no such thing", "code": "UNKNOWN_DOMAIN", "details": {"hint": "try another"}}
