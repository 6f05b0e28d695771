"""What a well-formed question gets."""

from __future__ import annotations

import hashlib
import os
import signal
import time

import httpx
import pytest

import poetc
from poetc.service.settings import KeyHash, hash_key
from poetc.wire import BatchLine, Health, TranspileResponse

DEF = "@poet()\ndef f(x):\n    return x\n"


def test_both_paths_give_the_same_contract_answer(service):
    """The two names of the endpoint are one endpoint, and its answer is the wire contract's."""
    asked = {"function_code": DEF, "unknown_field": 1, "context": {"sandbox_context": {"any": ["thing"]}}}
    answers = [service.http.post(path, json=asked) for path in ("/poet/transpile", "/api/v1/transpile")]
    assert [a.status_code for a in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    assert TranspileResponse.model_validate_json(answers[0].content).poet_implementation.code == f"# {DEF}"
    assert answers[0].headers["content-type"] == "application/json"
    assert answers[0].headers["cache-control"] == "no-store"


def test_health_tells_engine_templates_and_process(service):
    """Health is the identity that decides whether a stored answer is still current."""
    health = Health.model_validate_json(service.http.get("/poet/health").content)
    assert (health.status, health.version, health.engines) == ("ok", poetc.__version__, {"rules": "7"})
    assert (health.templates["base"].digest, health.pid) == ("abc", os.getpid())


def test_functions_counts_requests_and_distinct_answers(run):
    """A function's status has each distinct answer once, the count of requests, the last status and the phases."""
    context = {"module_path": "app.m", "qualname": "C.f"}
    with run() as service:
        for code in (DEF, DEF, "# other\n" + DEF, "# refuse NO_WAY 422"):
            service.transpile(code, context=context)
        service.transpile("def alone(): ...")
        told = service.http.get("/poet/functions/app.m.C.f").json()
        listed = service.http.get("/poet/functions").json()
    assert (told["count"], told["last_status"], len(told["versions"])) == (4, "NO_WAY", 2)
    assert told["phases"] == ["perceive", "operate", "enforce"]
    assert told["versions"][0]["digest"] == hashlib.sha256(f"# {DEF}".encode()).hexdigest()
    assert [f["name"] for f in listed["functions"]] == ["alone", "app.m.C.f"]
    assert listed["functions"][1] == {"name": "app.m.C.f", "count": 4, "last_status": "NO_WAY", "versions": 2}


def test_only_so_many_functions_are_remembered(run):
    """The memory of functions is bounded; the longest unused go first."""
    with run(remembered=2) as service:
        for name in ("a", "b", "a", "c"):
            service.transpile(f"def {name}(): ...")
        names = [f["name"] for f in service.http.get("/poet/functions").json()["functions"]]
    assert names == ["a", "c"]


def test_one_key_does_not_see_the_functions_of_another(run):
    """Function names are somebody's: each key sees its own."""
    keys = (KeyHash("ann", hash_key("ann.secret")), KeyHash("bob", hash_key("bob.secret")))
    with run(keys=keys) as service:
        ann, bob = ({"Authorization": f"Bearer {who}.secret"} for who in ("ann", "bob"))
        service.http.post("/poet/transpile", json={"function_code": "def f(): ..."}, headers=ann)
        assert service.http.get("/poet/functions/f", headers=ann).status_code == 200
        assert service.http.get("/poet/functions/f", headers=bob).status_code == 404


def test_the_description_names_the_request_model(service):
    """The OpenAPI document resolves the request model, which the route reads by itself."""
    document = service.http.get("/openapi.json").json()
    body = document["paths"]["/poet/transpile"]["post"]["requestBody"]["content"]["application/json"]
    assert body["schema"] == {"$ref": "#/components/schemas/TranspileRequest"}
    assert {"TranspileRequest", "TranspileContext", "Policy"} <= set(document["components"]["schemas"])


def test_an_engine_that_prints_does_not_spoil_answers(service):
    """A worker's standard output is not its channel to the service."""
    assert service.transpile("# print hello").status_code == 200
    assert service.transpile(DEF).json()["poet_implementation"]["code"] == f"# {DEF}"


def test_the_code_it_is_sent_is_never_executed(service, tmp_path):
    """Source is data to the service."""
    witness = tmp_path / "executed"
    code = f"open({str(witness)!r}, 'w')\n@poet(domain=open({str(witness)!r}, 'w'))\ndef f(): ...\n"
    assert service.transpile(code).status_code == 200
    assert not witness.exists()


def lines_of(response: httpx.Response) -> list[BatchLine]:
    assert response.headers["content-type"] == "application/x-ndjson"
    return [BatchLine.model_validate_json(line) for line in response.iter_lines()]


def test_a_batch_is_answered_line_by_line_as_its_functions_are_done(run, tmp_path):
    """What takes long holds up nothing that comes behind it, and each line says which request it answers."""
    begun = tmp_path / "begun"
    codes = [f"# touch_then_sleep {begun}", "# pid", "# refuse NO_WAY 422", DEF, "# boom secret"]
    with run(workers=2) as service:
        asked = {"requests": [{"function_code": code} for code in codes]}
        with service.http.stream("POST", "/api/v1/transpile/batch", json=asked) as response:
            assert response.headers["content-type"] == "application/x-ndjson"
            incoming = response.iter_lines()
            told = {line.index: line for line in (BatchLine.model_validate_json(next(incoming)) for _ in range(4))}
            os.kill(int(begun.read_text()), signal.SIGKILL)
            last = BatchLine.model_validate_json(next(incoming))
        alone = service.transpile(DEF).content
    assert [told[index].status for index in (1, 2, 3, 4)] == [200, 422, 200, 500]
    assert (last.index, last.status) == (0, 500)
    assert told[3].answer == TranspileResponse.model_validate_json(alone)
    assert told[2].error is not None and told[2].error.code == "NO_WAY" and told[2].answer is None
    assert told[4].error is not None and "secret" not in told[4].error.error


def test_a_batch_counts_for_each_of_its_functions(run):
    """The service remembers a function however it was asked for."""
    with run() as service:
        asked = {"requests": [{"function_code": f"def {name}(): ..."} for name in ("a", "b", "a")]}
        assert len(lines_of(service.http.post("/api/v1/transpile/batch", json=asked))) == 3
        listed = service.http.get("/poet/functions").json()["functions"]
    assert [(f["name"], f["count"]) for f in listed] == [("a", 2), ("b", 1)]


def test_who_leaves_a_batch_leaves_no_worker_busy(run, tmp_path):
    """The rest of a batch that nobody reads any more isn't generated."""
    begun = tmp_path / "begun"
    with run(workers=1) as service:
        asked = {"requests": [{"function_code": code} for code in ("# pid", f"# touch_then_sleep {begun}", DEF)]}
        with service.http.stream("POST", "/api/v1/transpile/batch", json=asked) as response:
            incoming = response.iter_lines()  # kept: once it is collected, the connection is closed
            next(incoming)
            while not begun.exists():
                time.sleep(0.01)
        assert service.transpile(DEF).status_code == 200


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "requests"),
        ({"requests": []}, "requests"),
        ({"requests": [{"function_code": DEF}, {"function_code": ""}]}, "requests.1.function_code"),
        ({"requests": [{"function_code": DEF}] * 1001}, "requests"),
    ],
)
def test_a_batch_that_is_none_is_refused_as_a_whole(service, asked, field):
    """Which request is wrong is said; nothing is generated."""
    answer = service.http.post("/api/v1/transpile/batch", json=asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_REQUEST")
    assert answer.json()["details"]["problems"][0]["field"] == field


def test_a_crash_in_a_batch_is_one_line(run):
    """The others are answered by the worker that takes its place."""
    with run() as service:
        asked = {"requests": [{"function_code": code} for code in (DEF, "# crash", DEF)]}
        lines = lines_of(service.http.post("/api/v1/transpile/batch", json=asked))
    assert [(line.index, line.status) for line in lines] == [(0, 200), (1, 500), (2, 200)]
