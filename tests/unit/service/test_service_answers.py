"""What a well-formed question gets."""

from __future__ import annotations

import hashlib
import os

import poetc
from poetc.service.settings import KeyHash, hash_key
from poetc.wire import Health, TranspileResponse

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
