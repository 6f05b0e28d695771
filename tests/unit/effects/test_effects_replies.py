"""Replies of writes that say what the first one did: used, the write isn't made twice."""

from __future__ import annotations

import pytest
from effects_samples import calls

from poetc.effects import Rule, load_catalogue

DELETE, PUT = "requests.delete(u)", "requests.put(u, data=x)"

UNUSED = {
    "a statement": DELETE,
    "a name that nobody reads": f"gone = {DELETE}",
    "an annotated name that nobody reads": f"gone: object = {DELETE}",
    "a name that stands for something else later": f"a = {DELETE}\na = requests.get(u)\nreturn a.json()",
    "awaited": "await aioredis.Redis().sadd(k, v)",
    "entered without a name": "async with aiohttp.ClientSession() as s:\n  async with s.delete(u): pass",
    "in a nested function": f"def g():\n  {DELETE}\ng()",
    "checked at once": f"{PUT}.raise_for_status()",
    "checked later": f"a = {PUT}\na.raise_for_status()",
    "looked at for success": f"a = {PUT}\nif not a.ok: raise ValueError",
    "its status handed on": f"a = {PUT}\na.raise_for_status()\nreturn a.status_code",
    "entered and checked": "async with aiohttp.ClientSession() as s:\n  async with s.put(u) as a: a.raise_for_status()",
    "closed": f"a = {PUT}\nwith a: a.raise_for_status()",
    "other headers": "requests.put(u, data=x, headers={'Accept': 'a/b'}).raise_for_status()",
    "another answer": "return redis.Redis().set(k, v)",
}

USED = {
    "given back": f"return {DELETE}",
    "compared": "if redis.Redis().sadd(k, v) == 0: return None",
    "negated": "return not redis.Redis().zrem(k, v)",
    "a walrus": "if (n := redis.Redis().delete(k)): return n",
    "read later": "n = redis.Redis().hset(k, v, x)\nreturn n",
    "read in a nested function": "n = redis.Redis().hset(k, v, x)\nreturn lambda: n",
    "read in the next round": "n = 0\nwhile n < 3:\n  if n: return n\n  n = redis.Redis().srem(k, v)",
    "global": "global n\nn = redis.Redis().persist(k)",
    "awaited": "return await aioredis.Redis().expire(k, 3)",
    "a DELETE that must find something": f"{DELETE}.raise_for_status()",
    "a DELETE's status": f"a = {DELETE}\nif a.status_code == 404: return None",
    "what a PUT made": f"return {PUT}.json()",
    "a PUT as a whole": f"return {PUT}",
    "created, or there already": f"a = {PUT}\nreturn a.status_code == 201",
    "a status among some": f"a = {PUT}\nreturn a.status_code in (200, 201)",
    "a status in a match": f"a = {PUT}\nmatch a.status_code:\n  case 201: return 1",
    "given back by the check": "return httpx.put(u).raise_for_status().json()",
    "entered and read": "async with aiohttp.ClientSession() as s:\n  async with s.put(u) as a: return await a.json()",
    "by another spelling": "return requests.request('DELETE', u)",
    "a condition": "requests.put(u, headers={'If-None-Match': '*'})",
    "a condition put together before": "h = {}\nh['if-match'] = x\nhttpx.put(u, headers=h)",
    "a condition of S3": "boto3.client('s3').put_object(Bucket=b, Key=k, Body=x, IfNoneMatch='*')",
    "a second one that fails": "openai.OpenAI().files.delete(x)",
}


@pytest.mark.parametrize("what", UNUSED)
def test_a_reply_that_nobody_uses_decides_nothing(what: str) -> None:
    """The write may be made again."""
    assert [call.effect for call in calls(UNUSED[what]) if call.effect not in ("pure", "read")] == ["idempotent"]


@pytest.mark.parametrize("what", USED)
def test_a_reply_that_is_used_may_decide(what: str) -> None:
    """The write is made again only if nothing of it was sent, as any other write is."""
    assert "write" in [call.effect for call in calls(USED[what])]
    assert "idempotent" not in [call.effect for call in calls(USED[what]) if "redis" in USED[what]]


def is_key(rule: Rule) -> bool:
    """Whether that is what a service knows a call by: it gives its first answer again."""
    return rule.argument.lower().endswith("token") or "idempotency_key" in str((rule.argument, rule.values)).lower()


def test_each_write_that_is_repeated_says_what_of_its_reply_is_the_same() -> None:
    """An idempotent write that is repeated by itself either has a `same`, or is known to give one answer always."""
    one_answer = {
        "botocore.client.BaseClient": {"delete_objects", "upload_part", "put_object_tagging"},
        "redis.Redis": {"hmset", "lset", "mset", "psetex", "set", "setex", "setrange", "touch", "flushall", "flushdb"},
        "urllib.request": {"urlretrieve"},
        "psycopg.Connection": {"transaction"},
        "psycopg.AsyncConnection": {"transaction"},
        "sqlite3.Connection": {"commit", "rollback"},
    }
    one_answer["botocore.client.BaseClient"] |= {"put_metric_alarm", "put_object", "delete_object", "copy_object"}
    one_answer["botocore.client.BaseClient"] |= {"put_item", "delete_item", "delete_message", "delete_message_batch"}
    one_answer["botocore.client.BaseClient"] |= {"upload_file", "download_file", "copy"}
    one_answer["google.cloud.storage.Blob"] = {"download_to_filename"}
    one_answer["google.cloud.pubsub_v1.SubscriberClient"] = {"acknowledge"}
    one_answer["boto3.resources.base.ServiceResource"] = {"put", "put_item", "put_object", "delete_item"}
    one_answer["boto3.resources.base.ServiceResource"] |= {"upload_file", "download_file"}
    one_answer["redis.Redis"] |= {"config_set", "pfmerge", "script_flush", "script_load", "sinterstore", "sunionstore"}
    one_answer["redis.Redis"] |= {"xgroup_setid"}
    open_questions = [
        entry.name
        for entry in load_catalogue().values()
        if entry.transient
        and (entry.effect == "idempotent" and entry.same is None)
        and entry.name.rpartition(".")[2] not in one_answer.get(entry.name.rpartition(".")[0], ())
    ]
    rules = [
        (entry.name, rule)
        for entry in load_catalogue().values()
        for rule in entry.when
        if entry.transient and rule.effect == "idempotent" and rule.same is None and not entry.name.endswith(".open")
        if not is_key(rule)
        if not rule.argument.lower().endswith("token")  # by which the service gives its first answer again
    ]
    assert (open_questions, rules) == ([], [])


def test_who_says_that_a_write_may_be_made_twice_is_believed() -> None:
    """An `effect` of the user's own for a known call counts whatever its reply is used for."""
    told = load_catalogue({"requests.delete": {"effect": "idempotent"}})
    strict = load_catalogue({"mine.drop": {"effect": "idempotent", "same": ["ok"], "transient": ["mine.Busy"]}})
    assert told["requests.delete"].same is None
    assert strict["mine.drop"].same == ("ok",)
