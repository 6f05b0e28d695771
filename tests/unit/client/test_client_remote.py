"""A service at an address: every way in which it can fail is an error for people, and no other exception escapes."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import threading
import time
from email.utils import formatdate

import pytest
from conftest import http, request, tcp_server
from plans import small_plan

from poetc.client.errors import printable, retry_after
from poetc.client.transpiler import Transpiler
from poetc.errors import AnswerUnreadable, ServiceDown, ServiceError, ServiceFailed, ServiceRefused, ServiceSlow
from poetc.wire import LIMITS, PoetImplementation, ResponseMetadata, TemplateRef, TranspileResponse

ANSWER = (
    TranspileResponse(
        poet_implementation=PoetImplementation(code="x = 1\n"),
        enhancement=small_plan(),
        metadata=ResponseMetadata(
            engine="rules",
            engine_version="1",
            original_function_name="f",
            phases_included=["perceive"],
            operate="wrapped",
            template=TemplateRef(name="base", version="v1", digest="d"),
        ),
    )
    .model_dump_json()
    .encode()
)


def problem(code: str, message: str = "no", **details) -> bytes:
    return json.dumps({"error": message, "code": code, "details": details}).encode()


def ask(port: int, **settings):
    """One question to the server on `port`, with little patience."""
    few = {"attempts": 1, "read_seconds": 5.0, "connect_seconds": 2.0, **settings}
    with Transpiler(f"http://127.0.0.1:{port}", **few) as service:
        return service.transpile(request())


def answering(*answers: bytes):
    """A server that gives these answers one after another, then the last again and again."""
    left = list(answers)
    return tcp_server(lambda peer, asked: peer.sendall(left.pop(0) if len(left) > 1 else left[0]))


CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
UNREADABLE = {
    "garbage": b"\x00\xff\x13" * 200,
    "ssh": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "html": http(200, b"<html><body>Welcome to nginx</body></html>", kind="text/html"),
    "html named json": http(200, b"<html></html>"),
    "wrong schema": http(200, b'{"poet_implementation": {"code": 7}}'),
    "a list": http(200, b"[]"),
    "deep": http(200, b"[" * 10_000),
    "not utf-8": http(200, ANSWER.replace(b"x = 1", b"x = \xff")),
    "empty": http(200, b""),
    "no content": http(204),
    "truncated": http(200, ANSWER)[:-20],
    "truncated chunks": CHUNKED + b"5\r\n{",
    "bad chunks": CHUNKED + b"zz\r\n{",
    "compressed": http(200, gzip.compress(b" " * 20_000_000), Content_Encoding="gzip"),
    "redirect": http(302, b"", Location="http://127.0.0.1:1/"),
    "large": http(200, b" " * (LIMITS.response_bytes + 1)),
    "endless head": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000_000,
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_answer_that_is_none_is_poet305(name):
    """Whatever isn't the contract's answer is said to be so, at the function it is about."""
    with answering(UNREADABLE[name]) as port, pytest.raises(AnswerUnreadable) as failed:
        ask(port)
    told = failed.value.diagnostic
    assert (told.code, told.path, told.line, told.unit) == ("POET305", "src/app/m.py", 12, "app.m.f")
    assert told.message.startswith(f"app.m.f: the answer of http://127.0.0.1:{port} was not understood: ")
    assert told.hint


REFUSED = {
    "401": (http(401, problem("UNAUTHORIZED")), ServiceRefused, "POET304"),
    "403": (http(403, b"no"), ServiceRefused, "POET304"),
    "404 of another program": (http(404, b"<h1>404</h1>", kind="text/html"), ServiceRefused, "POET307"),
    "413": (http(413, problem("REQUEST_TOO_LARGE")), ServiceRefused, "POET307"),
    "422": (http(422, problem("UNKNOWN_DOMAIN", "there is no domain x")), ServiceRefused, "POET307"),
    "429": (http(429, problem("RATE_LIMITED")), ServiceRefused, "POET307"),
    "408": (http(408, problem("REQUEST_TIMEOUT")), ServiceSlow, "POET302"),
    "500": (http(500, problem("INTERNAL_ERROR")), ServiceFailed, "POET303"),
    "500 html": (http(500, b"<h1>oops</h1>", kind="text/html"), ServiceFailed, "POET303"),
    "500 deep": (http(500, b"[" * 10_000), ServiceFailed, "POET303"),
    "503": (http(503, problem("OVERLOADED")), ServiceFailed, "POET303"),
    "504": (http(504, b""), ServiceSlow, "POET302"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_status_other_than_200_has_its_error(name):
    """Each status has its exception, its code, and a message with what the service said."""
    answer, kind, code = REFUSED[name]
    with answering(answer) as port, pytest.raises(kind) as failed:
        ask(port)
    assert failed.value.diagnostic.code == code
    assert name[:3] in failed.value.diagnostic.message


def test_the_service_s_own_words_get_through_but_not_its_escapes():
    """Message, code and hint of the service are shown; terminal controls in them are not, nor a flood of text."""
    body = problem(
        "UNKNOWN_DOMAIN", "no domain \x1b[31mx\x1b]0;pwned\x07\n\r\u202e" + "y" * 2000, hint="use \x1b[2Jbase"
    )
    with answering(http(422, body)) as port, pytest.raises(ServiceRefused) as failed:
        ask(port)
    told = failed.value.diagnostic
    assert "422 UNKNOWN_DOMAIN: no domain" in told.message and told.hint.startswith("use") and "base" in told.hint
    assert (told.message + told.hint).isprintable() and "\u202e" not in told.message
    assert len(told.message) < 800


def test_a_refused_key_is_never_shown():
    """The hint names the variable, not its value."""
    with answering(http(401, problem("UNAUTHORIZED"))) as port, pytest.raises(ServiceRefused) as failed:
        ask(port, api_key="s3cret-key")
    assert "AITOMATIC_API_KEY" in failed.value.diagnostic.hint
    assert "s3cret" not in repr(failed.value.diagnostic)
    assert failed.value.diagnostic.path == ""


def test_the_key_is_sent_as_a_bearer_token_and_nothing_compressed_is_asked_for():
    """What stands in the request."""
    heard = []
    with tcp_server(lambda peer, asked: (heard.append(asked.lower()), peer.sendall(http(200, ANSWER)))) as port:
        assert ask(port, api_key=" s3cret ").poet_implementation.code == "x = 1\n"
    assert b"\r\nauthorization: bearer s3cret\r\n" in heard[0]
    assert b"\r\naccept-encoding: identity\r\n" in heard[0]
    assert heard[0].startswith(b"post /poet/transpile http/1.1\r\n")


def test_a_redirection_does_not_carry_the_key_elsewhere():
    """The other place is never asked."""
    heard = []
    with (
        tcp_server(lambda peer, asked: heard.append(asked)) as other,
        answering(http(307, b"", Location=f"http://127.0.0.1:{other}/poet/transpile")) as port,
        pytest.raises(AnswerUnreadable, match="redirection"),
    ):
        ask(port, api_key="s3cret", attempts=3)
    assert heard == []


def test_cookies_are_not_kept():
    """One answer's cookie isn't in the next request."""
    heard = []

    def talk(peer, asked):
        heard.append(asked)
        peer.sendall(http(200, ANSWER, Set_Cookie="a=b"))

    with tcp_server(talk) as port, Transpiler(f"http://127.0.0.1:{port}") as service:
        service.transpile(request())
        service.transpile(request())
    assert len(heard) == 2 and b"cookie" not in heard[1].lower()


def test_a_path_in_the_address_is_kept():
    """A service behind a prefix is asked there."""
    heard = []
    with (
        tcp_server(lambda peer, asked: (heard.append(asked), peer.sendall(http(200, ANSWER)))) as port,
        Transpiler(f"http://127.0.0.1:{port}/team/poet/") as service,
    ):
        service.transpile(request())
    assert heard[0].startswith(b"POST /team/poet/poet/transpile ")


@pytest.mark.parametrize("answer", [http(s, problem("X"), Retry_After="0") for s in (429, 502, 503, 504)] + [b""])
def test_what_may_pass_is_tried_again(answer):
    """A busy service, or a connection that broke, is asked again, and its next answer counts."""
    with answering(answer, answer, http(200, ANSWER)) as port:
        assert ask(port, attempts=3).poet_implementation.code == "x = 1\n"


def test_a_truncated_answer_is_asked_for_again():
    """The question has the same answer however often it is asked."""
    with answering(http(200, ANSWER)[:-5], http(200, ANSWER)) as port:
        assert ask(port, attempts=2).poet_implementation.code == "x = 1\n"


@pytest.mark.parametrize(
    "answer",
    [
        http(500, problem("X")),
        http(422, problem("X")),
        http(401),
        http(504, problem("GENERATION_TIMEOUT")),
        b"garbage\r\n\r\n",
    ],
)
def test_what_will_not_pass_is_not_tried_again(answer):
    """An error that the same request will meet again is said at once."""
    with answering(answer, http(200, ANSWER)) as port, pytest.raises(ServiceError):
        ask(port, attempts=4)


def test_retry_after_is_waited_for_within_patience():
    """The service says when; if that is longer than we have, we say so instead of waiting."""
    times = []

    def talk(peer, asked):
        times.append(time.monotonic())
        peer.sendall(http(503, problem("OVERLOADED"), Retry_After="1") if len(times) == 1 else http(200, ANSWER))

    with tcp_server(talk) as port:
        ask(port, attempts=2)
    assert times[1] - times[0] >= 1.0
    with answering(http(503, problem("OVERLOADED"), Retry_After="3600")) as port, pytest.raises(ServiceFailed):
        ask(port, attempts=4)


def test_attempts_are_counted_in_the_message():
    """People see that it wasn't a single failure."""
    with (
        answering(http(503, problem("X"), Retry_After="0")) as port,
        pytest.raises(ServiceFailed, match=r"\(3 attempts\)"),
    ):
        ask(port, attempts=3)


def test_nobody_there_is_poet301():
    """A refused connection names the address and what to set."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ServiceDown) as failed:
        ask(port, attempts=2)
    told = failed.value.diagnostic
    assert (told.code, told.path) == ("POET301", "")
    assert f"http://127.0.0.1:{port}" in told.message and "AITOMATIC_API_URL" in told.hint


def test_an_unknown_host_is_poet301():
    """A name that doesn't resolve."""
    with pytest.raises(ServiceDown), Transpiler("http://poet.invalid", attempts=1) as service:
        service.health()


def test_https_to_a_server_without_it_is_poet301():
    """A failed handshake is no traceback."""
    with (
        tcp_server(lambda peer, asked: None) as port,
        pytest.raises(ServiceError) as failed,
        Transpiler(f"https://127.0.0.1:{port}", attempts=1, read_seconds=2) as service,
    ):
        service.health()
    assert failed.value.diagnostic.code in ("POET301", "POET302")


def test_certificates_are_verified_for_https():
    """The shortcut for plain http doesn't weaken https."""
    with Transpiler("https://127.0.0.1:1") as service:
        context = service._exchange._client._transport._pool._ssl_context
    assert context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname


def test_silence_is_poet302():
    """A server that accepts and says nothing is given up after the read timeout."""
    done = threading.Event()
    with tcp_server(lambda peer, asked: done.wait(10)) as port, pytest.raises(ServiceSlow) as failed:
        try:
            ask(port, read_seconds=0.3)
        finally:
            done.set()
    assert failed.value.diagnostic.code == "POET302"


@pytest.mark.parametrize(
    "head", [b"", b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"], ids=["head", "body"]
)
def test_dripping_bytes_do_not_outlast_the_total_time(head):
    """A peer that sends a byte now and then never runs into a per-read timeout; the total one holds."""

    def drip(peer, asked):
        peer.sendall(head)
        for byte in b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"b" * 1000:
            peer.sendall(bytes([byte]))
            time.sleep(0.05)

    with tcp_server(drip) as port, pytest.raises(ServiceSlow):
        ask(port, read_seconds=0.4)


def test_health_is_translated_too():
    """Everything that holds for transpiling holds for health."""
    with (
        answering(http(200, b'{"status": "ok"}')) as port,
        pytest.raises(AnswerUnreadable) as failed,
        Transpiler(f"http://127.0.0.1:{port}") as service,
    ):
        service.health()
    assert failed.value.diagnostic.code == "POET305"


def test_retry_after_is_read_in_both_its_forms():
    """Seconds, a date, or nothing that can be understood."""
    assert retry_after("7") == 7.0
    assert 55 < retry_after(formatdate(time.time() + 60, usegmt=True)) <= 60
    assert retry_after(formatdate(time.time() - 60, usegmt=True)) == 0.0
    assert [retry_after(text) for text in ("", "soon", "-1", "1e9", "٣")] == [None] * 5


def test_printable_leaves_text_alone():
    """Only what could move a cursor goes."""
    assert printable("naïve 日本語 – “x”") == "naïve 日本語 – “x”"
    assert printable("a\tb\x1b[0m\u2028c") == "a b [0m c"


BATCH = [request(code) for code in ("def a(): ...", "def b(): ...", "def c(): ...")]


def line(index: int, status: int = 200, body: bytes = ANSWER) -> bytes:
    field = "answer" if status == 200 else "error"
    return f'{{"index":{index},"status":{status},"{field}":'.encode() + body + b"}\n"


def batched(lines: bytes, *, status: int = 200, kind: str = "application/x-ndjson", alone: bytes | None = None):
    """What three functions get of a service that gives these lines, and `alone` to who asks for one; how often."""
    asked: list[bytes] = []

    def talk(peer: socket.socket, data: bytes) -> None:
        asked.append(data.split(b" ")[1])
        batch = data.startswith(b"POST /api/v1/transpile/batch ")
        peer.sendall(http(status, lines, kind=kind) if batch else alone or http(200, ANSWER))

    with (
        tcp_server(talk) as port,
        Transpiler(f"http://127.0.0.1:{port}", attempts=1, read_seconds=5.0, connect_seconds=2.0) as service,
    ):
        told = dict(service.transpile_many(BATCH))
    assert sorted(told) == [0, 1, 2]
    return told, [path for path in asked if path != b"/api/v1/transpile/batch"]


def test_a_batch_brings_each_answer_as_it_comes_in_any_order():
    """Lines say which request they answer; what one function is refused is said at that function."""
    told, alone = batched(line(2) + line(0) + line(1, 422, problem("NO_WAY", "not this one")))
    assert isinstance(told[0], TranspileResponse) and isinstance(told[2], TranspileResponse)
    assert isinstance(told[1], ServiceRefused)
    assert told[1].diagnostic.path == "src/app/m.py" and "not this one" in told[1].diagnostic.message
    assert alone == []


@pytest.mark.parametrize(
    ("lines", "asked_alone"),
    [
        pytest.param(b"", 3, id="none"),
        pytest.param(line(0), 2, id="too few"),
        pytest.param(line(0) + line(0) + line(1), 1, id="one twice"),
        pytest.param(line(0) + line(7), 2, id="of no request"),
        pytest.param(line(0) + b"garbage\n" + line(1), 2, id="garbage"),
        pytest.param(line(0) + line(1)[:-9], 2, id="cut off"),
        pytest.param(line(0) + line(1, 503, problem("OVERLOADED")) + line(2), 1, id="too busy for one"),
        pytest.param(line(0) + b'{"index":1,"status":200}\n' + line(2), 1, id="an empty answer"),
        pytest.param(line(0) + b'{"index":-1,"status":200}\n', 2, id="a negative number"),
    ],
)
def test_what_a_batch_does_not_bring_is_asked_for_alone(lines, asked_alone):
    """However a batch ends, each function gets one answer."""
    told, alone = batched(lines)
    assert all(isinstance(answer, TranspileResponse) for answer in told.values())
    assert len(alone) == asked_alone


@pytest.mark.parametrize("status", [404, 405, 401, 500, 503])
def test_a_service_that_takes_no_batches_is_asked_one_by_one(status):
    """An older service answers each by itself, and what is wrong is said of each."""
    told, alone = batched(problem("NOT_FOUND"), status=status, kind="application/json")
    assert all(isinstance(answer, TranspileResponse) for answer in told.values()) and len(alone) == 3
    told, _ = batched(b"", status=status, alone=http(401, problem("UNAUTHORIZED")))
    assert [answer.diagnostic.code for answer in told.values()] == ["POET304"] * 3


def test_a_line_without_end_is_not_kept_in_memory(monkeypatch):
    """A line may be as long as an answer, and no longer."""
    monkeypatch.setattr("poetc.client.exchange.LIMITS", LIMITS._replace(response_bytes=10_000))
    told, alone = batched(line(0) + b"x" * 100_000)
    assert len(told) == 3 and len(alone) == 2


def test_dripping_lines_do_not_outlast_their_time():
    """Each line has the time that one answer has."""

    def talk(peer: socket.socket, data: bytes) -> None:
        if b"/batch " not in data:
            peer.sendall(http(200, ANSWER))
            return
        peer.sendall(b"HTTP/1.1 200 X\r\nContent-Type: application/x-ndjson\r\nContent-Length: 9999\r\n\r\n" + line(0))
        for _ in range(100):
            peer.sendall(b"x")
            time.sleep(0.1)

    started = time.monotonic()
    with (
        tcp_server(talk) as port,
        Transpiler(f"http://127.0.0.1:{port}", attempts=1, read_seconds=0.5, connect_seconds=2.0) as service,
    ):
        assert len(dict(service.transpile_many(BATCH))) == 3
    assert time.monotonic() - started < 5
