"""Who is let in."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from poetc.errors import ConfigError
from poetc.service.settings import LOOPBACK, KeyHash, ServiceSettings, hash_key, read_settings

ASKED = {"function_code": "def f(): ..."}
KEYS = (KeyHash("old", hash_key("old.s3cret")), KeyHash("new", hash_key("new.s3cret")))


@pytest.fixture(scope="module")
def keyed(run):
    with run(keys=KEYS) as service:
        yield service


@pytest.fixture(scope="module")
def local(run):
    with run(token="t0ken", hosts=LOOPBACK) as service:
        yield service


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer old.s3cret"},
        {"authorization": "bearer new.s3cret"},
        {"X-API-Key": "new.s3cret"},
    ],
)
def test_either_active_key_in_either_header_is_let_in(keyed, headers):
    """Two keys are active at once, so that they can be rotated."""
    assert keyed.http.post("/poet/transpile", json=ASKED, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic old.s3cret"},
        {"Authorization": "old.s3cret"},
        {"Authorization": f"Bearer {hash_key('old.s3cret')}"},
        {"X-API-Key": "old"},
    ],
)
@pytest.mark.parametrize("path", ["/poet/functions", "/poet/functions/f", "/openapi.json", "/nowhere"])
def test_without_an_active_key_nothing_is_told(keyed, headers, path):
    """No key, a wrong one, or its hash: 401, even for paths that don't exist."""
    answer = keyed.http.get(path, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert keyed.http.post("/poet/transpile", json=ASKED, headers=headers).status_code == 401


def test_health_needs_no_key(keyed):
    """Probes carry none."""
    assert keyed.http.get("/poet/health").status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "", "[::1"])
def test_a_rebound_name_is_refused(local, host):
    """A page that had its name point to loopback gets nothing, not even health."""
    headers = {"Host": host, "Authorization": "Bearer t0ken"}
    for path in ("/poet/health", "/poet/functions"):
        answer = local.http.get(path, headers=headers)
        # An empty or broken Host may already be refused by the HTTP parser.
        assert answer.status_code in (400, 421)
        assert answer.status_code == 400 or answer.json()["code"] == "FOREIGN_HOST"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1234", "[::1]:8080", "LOCALHOST:80"])
def test_loopback_names_are_answered(local, host):
    """Whatever the port."""
    assert local.http.get("/poet/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:3000", "null"])
def test_pages_of_other_origins_are_refused(local, origin):
    """Even with the token, and even from this machine."""
    headers = {"Origin": origin, "Authorization": "Bearer t0ken"}
    answer = local.http.post("/poet/transpile", json=ASKED, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "FOREIGN_ORIGIN")


def test_the_token_lets_in_and_is_proved_without_being_told(local):
    """The local service answers a challenge with what only a holder of the token can know."""
    assert local.http.get("/poet/functions").status_code == 401
    assert local.http.get("/poet/functions", headers={"Authorization": "Bearer t0ken"}).status_code == 200
    proof = local.http.get("/poet/health", headers={"X-Poet-Challenge": "abc"}).headers["x-poet-proof"]
    assert proof == hmac.new(b"t0ken", b"poetc-health:abc", hashlib.sha256).hexdigest()


def test_keys_come_from_the_environment_as_hashes(monkeypatch):
    """Names and hashes are read; settings never show a token or a hash."""
    digest = hash_key("k")
    monkeypatch.setenv("POET_SERVICE_KEYS", f"ann:{digest}, bob:{digest}")
    monkeypatch.setenv("POET_SERVICE_HOSTS", "Poet.Example")
    settings = read_settings()
    assert [(k.kid, k.sha256) for k in settings.keys] == [("ann", digest), ("bob", digest)]
    assert settings.hosts == ("poet.example",)
    assert digest not in repr(settings) and "t0ken" not in repr(ServiceSettings(token="t0ken"))


def test_a_key_in_place_of_its_hash_is_refused_and_not_shown(monkeypatch):
    """Somebody who writes the key itself is told what to write, without the key."""
    monkeypatch.setenv("POET_SERVICE_KEYS", "ann:s3cret")
    with pytest.raises(ConfigError, match="POET_SERVICE_KEYS has an entry") as refused:
        read_settings()
    assert refused.value.diagnostic.code == "POET220"
    assert "s3cret" not in str(refused.value.diagnostic)


@pytest.mark.parametrize("text", ["", "soon", "0", "-1", "nan", "inf"])
def test_an_idle_time_that_is_none_is_refused(text, monkeypatch):
    """The idle time is a positive number of seconds."""
    assert read_settings().idle == 900
    monkeypatch.setenv("POET_SERVICE_IDLE", text)
    with pytest.raises(ConfigError, match="POET_SERVICE_IDLE"):
        read_settings()
    assert read_settings(idle=5.0).idle == 5


def test_every_setting_of_the_service_can_be_set_in_the_environment(monkeypatch):
    """Numbers are read and bounded, and what the command line says wins."""
    monkeypatch.setenv("POET_SERVICE_QUEUE", "3")
    monkeypatch.setenv("POET_SERVICE_WORKERS", "2")
    assert (read_settings(workers=5).queue, read_settings().workers, read_settings(workers=5).workers) == (3, 2, 5)
    monkeypatch.setenv("POET_SERVICE_WORKERS", "0")
    with pytest.raises(ConfigError, match="POET_SERVICE_WORKERS: Input should be greater than or equal to 1"):
        read_settings()
