"""The catalogue as data: lookups, spellings, patterns, the user's own entries, and what is wrong with bad ones."""

from __future__ import annotations

from typing import Any

import pytest

from poetc.effects import CatalogueError, Entry, Rule, load_catalogue
from poetc.effects.entry import FORMS, GIVES
from poetc.ir.effect import Effect, worst

CATALOGUE = load_catalogue()


def test_an_entry_tells_all_there_is_to_know() -> None:
    """One entry, whole."""
    assert CATALOGUE["httpx.AsyncClient.get"] == Entry(
        name="httpx.AsyncClient.get",
        effect="read",
        timeout="timeout",
        unit=1.0,
        transient=("httpx.NetworkError", "httpx.TimeoutException", "httpx.RemoteProtocolError"),
        unsent=True,
        retry_after=True,
        form="await",
        returns="httpx.Response",
        gives="new",
        host=("url@0", "url@0._uri_reference.host:port", "self._base_url._uri_reference.host:port"),
        refusal="httpx.ConnectError",
    )


def test_conditions_are_data() -> None:
    """What an argument changes stands in the entry."""
    first = CATALOGUE["urllib.request.urlopen"].when[0]
    assert first == Rule(argument="data", at=1, test="given", values=(), effect="write")


def test_it_is_a_mapping() -> None:
    """Names, membership and length agree with what can be looked up."""
    names = list(CATALOGUE)
    assert len(names) == len(set(names)) == len(CATALOGUE)
    assert all(name in CATALOGUE for name in names if "*" not in name)
    assert "requests.nothing" not in CATALOGUE
    assert 3 not in CATALOGUE
    assert CATALOGUE.get("nobody.knows", "x") == "x"
    with pytest.raises(KeyError, match=r"nobody\.knows"):
        CATALOGUE["nobody.knows"]


def test_other_spellings_are_the_same_entry() -> None:
    """A library's inner names are those that people write."""
    assert CATALOGUE["requests.api.get"] is CATALOGUE["requests.get"]
    assert CATALOGUE["redis.client.StrictRedis.get"].name == "redis.Redis.get"
    assert CATALOGUE.canonical("sqlalchemy.orm.session.Session.add") == "sqlalchemy.orm.Session.add"
    assert CATALOGUE.canonical("nobody.knows") == "nobody.knows"


def test_patterns_stand_behind_exact_names() -> None:
    """`json.dumps` has an entry; anything else of `math` is pure; a more special pattern comes first."""
    assert CATALOGUE["math.tanh"] == Entry(name="math.tanh", effect="pure")
    assert CATALOGUE["math.sqrt"].returns == "builtins.float"
    assert CATALOGUE["botocore.client.BaseClient.list_things"].effect == "read"
    assert CATALOGUE["botocore.client.BaseClient.send_things"].effect == "write"
    assert CATALOGUE["botocore.client.BaseClient.get_waiter"].effect == "pure"
    assert "math.a.b" not in CATALOGUE
    assert "mathematics.x" not in CATALOGUE


def test_every_entry_is_in_the_catalogue_s_own_words() -> None:
    """Built-in entries keep to what user's entries are checked for."""
    for entry in CATALOGUE.values():
        assert entry.effect in tuple(Effect)
        assert entry.form in FORMS
        assert entry.gives in GIVES
        assert entry.unit > 0
        assert all("." in name for name in (*entry.transient, *entry.late))
        assert entry.timeout or not entry.via_kwargs, entry.name


def test_only_calls_that_can_be_made_twice_are_worth_waiting_for() -> None:
    """What only computes, and what reads from something that is used up, names no errors that pass."""
    for entry in CATALOGUE.values():
        assert not (entry.effect == "pure" and entry.transient), entry.name
        assert not ("self" in entry.mutates and entry.transient), entry.name


def test_the_users_entries() -> None:
    """A new call, one of a class, a pattern; what isn't said is as nobody would be hurt by."""
    catalogue = load_catalogue(
        {
            "mylib.fetch": {"effect": "read", "timeout": "wait", "unit": 0.001, "transient": ["mylib.Busy"]},
            "mylib.Client": {"effect": "pure", "returns": "mylib.Client"},
            "mylib.Client.load_*": {"effect": "read", "form": "await"},
        }
    )
    assert catalogue["mylib.fetch"] == Entry("mylib.fetch", "read", "wait", 0.001, ("mylib.Busy",))
    assert catalogue["mylib.Client.load_all"] == Entry("mylib.Client.load_all", "read", form="await")
    assert catalogue.knows_class("mylib.Client")
    assert "mylib.Client.store" not in catalogue
    assert {"mylib.fetch", "requests.get"} <= set(catalogue)
    assert "mylib.fetch" not in CATALOGUE


def test_a_users_entry_changes_a_built_in_one() -> None:
    """What it says goes, under every spelling; what it leaves out stays; conditions belong to the effect."""
    catalogue = load_catalogue(
        {"requests.post": {"effect": "idempotent"}, "urllib.request.urlopen": {"retry_after": False}}
    )
    assert catalogue["requests.api.post"].effect == "idempotent"
    assert catalogue["requests.post"].timeout == "timeout"
    assert catalogue["requests.post"].via_kwargs
    assert catalogue["urllib.request.urlopen"].when == CATALOGUE["urllib.request.urlopen"].when
    assert not catalogue["urllib.request.urlopen"].retry_after
    assert not load_catalogue({"urllib.request.urlopen": {"effect": "read"}})["urllib.request.urlopen"].when
    moved = load_catalogue({"urllib.request.urlopen": {"timeout": "limit"}})["urllib.request.urlopen"]
    assert (moved.timeout, moved.timeout_at) == ("limit", None)
    assert load_catalogue({"requests.api.get": {"effect": "write"}})["requests.get"].effect == "write"


def test_the_digest_is_that_of_what_is_known() -> None:
    """The same entries have the same digest, in whatever order; another entry has another."""
    one, other = {"effect": "read"}, {"effect": "write"}
    assert load_catalogue({"a.b": one, "c.d": other}).digest == load_catalogue({"c.d": other, "a.b": one}).digest
    assert load_catalogue({"a.b": one}).digest != load_catalogue({"a.b": other}).digest != CATALOGUE.digest
    assert load_catalogue({}).digest == CATALOGUE.digest
    assert len(CATALOGUE.digest) == 64


BAD: dict[str, tuple[str, Any, str]] = {
    "no dot": ("fetch", {"effect": "read"}, "dotted name"),
    "no name": ("", {"effect": "read"}, "dotted name"),
    "star in the middle": ("my*lib.fetch", {"effect": "read"}, "dotted name"),
    "no identifier": ("my-lib.fetch", {"effect": "read"}, "dotted name"),
    "endless name": ("a." + "b" * 400, {"effect": "read"}, "dotted name"),
    "no table": ("a.b", "read", "table"),
    "no effect": ("a.b", {}, "no `effect`"),
    "unknown effect": ("a.b", {"effect": "safe"}, "`effect` must be one of"),
    "effect of another type": ("a.b", {"effect": ["read"]}, "`effect` must be one of"),
    "unknown key": ("a.b", {"effect": "read", "retries": 3}, "unknown key `retries`"),
    "name": ("a.b", {"effect": "read", "name": "c.d"}, "unknown key `name`"),
    "timeout": ("a.b", {"effect": "read", "timeout": "1s"}, "name of a parameter"),
    "timeout true": ("a.b", {"effect": "read", "timeout": True}, "name of a parameter"),
    "no time": ("a.b", {"effect": "read", "unit": 0}, "seconds per unit"),
    "negative time": ("a.b", {"effect": "read", "unit": -1.0}, "seconds per unit"),
    "no number": ("a.b", {"effect": "read", "unit": float("nan")}, "seconds per unit"),
    "endless": ("a.b", {"effect": "read", "unit": float("inf")}, "seconds per unit"),
    "true time": ("a.b", {"effect": "read", "unit": True}, "seconds per unit"),
    "huge time": ("a.b", {"effect": "read", "unit": 10**5000}, "seconds per unit"),
    "errors": ("a.b", {"effect": "read", "transient": "a.Busy"}, "list of strings"),
    "error": ("a.b", {"effect": "read", "transient": ["Busy"]}, "dotted names"),
    "late errors": ("a.b", {"effect": "read", "late": ["Busy"]}, "dotted names"),
    "a condition that is none": ("a.b", {"effect": "read", "late": ["a.Busy"], "late_if": "stream"}, "stream=True"),
    "error pattern": ("a.b", {"effect": "read", "transient": ["a.*"]}, "dotted names"),
    "flag": ("a.b", {"effect": "read", "retry_after": 1}, "true or false"),
    "form": ("a.b", {"effect": "read", "form": "with"}, "`form` must be one of"),
    "class": ("a.b", {"effect": "read", "returns": "Client"}, "dotted name of a class"),
    "position": ("a.b", {"effect": "read", "timeout_at": -1}, "position"),
    "conditions": ("a.b", {"effect": "read", "when": {"argument": "x"}}, "list of tables"),
    "condition without a test": ("a.b", {"effect": "read", "when": [{"argument": "x"}]}, "`test` must be one of"),
    "condition without a value": (
        "a.b",
        {"effect": "read", "when": [{"argument": "x", "test": "is", "effect": "read"}]},
        "a condition needs",
    ),
    "condition without an argument": (
        "a.b",
        {"effect": "read", "when": [{"test": "given", "effect": "read"}]},
        "a condition needs",
    ),
    "condition with an unknown key": (
        "a.b",
        {"effect": "read", "when": [{"argument": "x", "test": "given", "then": "read"}]},
        "unknown key `then`",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_entries_are_refused(what: str) -> None:
    """The error names the entry and says what is wrong with it, in few words."""
    name, settings, why = BAD[what]
    with pytest.raises(CatalogueError) as caught:
        load_catalogue({name: settings})
    assert caught.value.name == name
    assert why in caught.value.why
    assert len(caught.value.why) < 400


def test_worst() -> None:
    """Effects are ordered; of none, nothing happened."""
    assert worst() == "pure"
    assert worst("read", "write", "idempotent") == "write"
    assert worst("unknown", "write") == "unknown"


def test_a_class_below_another_has_what_is_said_of_that() -> None:
    """Under its own name, and where the one gives itself the other does; what is said of it itself comes first."""
    assert CATALOGUE["openai.AzureOpenAI.models.list"].name == "openai.AzureOpenAI.models.list"
    assert CATALOGUE["openai.AzureOpenAI.copy"].returns == "openai.AzureOpenAI"
    assert CATALOGUE.knows_class("botocore.client.s3") and CATALOGUE.knows_class("requests_cache.CachedSession")
    told = load_catalogue({"requests.Session.get": {"effect": "write"}})
    assert told["requests_cache.CachedSession.get"].effect == "write"
    assert CATALOGUE["requests_oauthlib.OAuth2Session.request"].via_kwargs


def test_a_twin_is_awaited() -> None:
    """What does something is; what only computes isn't; and twins give twins."""
    assert CATALOGUE["openai.AsyncOpenAI.responses.create"].form == "await"
    assert CATALOGUE["openai.AsyncOpenAI.with_options"].form == "call"
    assert CATALOGUE["openai.AsyncOpenAI.with_options"].returns == "openai.AsyncOpenAI"
    assert CATALOGUE["aiobotocore.client.s3.get_object"].returns == "aiobotocore.replies.get_object"
    assert CATALOGUE.attribute("aiobotocore.replies.get_object.Body") == "aiobotocore.response.AioStreamingBody"


def test_a_copy_is_known_by_the_names_of_its_own() -> None:
    """Entries, errors and classes; what its file says itself comes first."""
    get = CATALOGUE["niquests.Session.get"]
    assert (get.returns, get.refusal) == ("niquests.Response", "niquests.exceptions.ConnectionError")
    assert all(name.startswith("niquests.") for name in get.transient)
    assert CATALOGUE["httpx2.Client.get"].transient[0] == "httpx2.NetworkError"
    assert CATALOGUE["niquests.AsyncSession.close"].form == "await"


def test_packages_of_many_names_have_one_file() -> None:
    """One for each service, and what a generator writes; a name of two parts may have its own within a namespace."""
    assert CATALOGUE.canonical("mypy_boto3_s3.client.S3Client.get_object") == "botocore.client.s3.get_object"
    assert CATALOGUE.canonical("types_aiobotocore_sqs.SQSClient") == "aiobotocore.client.sqs"
    assert CATALOGUE["app.shop_pb2_grpc.ShopStub.GetPrice"].timeout == "timeout"
    assert "app.shop_pb2_grpc.ShopServicer.GetPrice" not in CATALOGUE
    assert (
        CATALOGUE["google.cloud.storage.Blob.exists"].effect
        == "read"
        == CATALOGUE["google.genai.Client.files.get"].effect
    )
    told = load_catalogue({"app.shop_pb2_grpc.ShopStub.GetPrice": {"effect": "read"}})
    assert told["app.shop_pb2_grpc.ShopStub.GetPrice"].effect == "read"
    assert told["app.bank_pb2_grpc.BankStub.GetPrice"].effect == "unknown"
