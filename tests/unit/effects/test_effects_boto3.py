"""What the catalogue says of AWS's operations, against the models of the botocore that is installed."""

from __future__ import annotations

import functools

import pytest

pytest.importorskip(
    "botocore", reason="botocore isn't installed: its entries are NOT checked; install poetc[catalogue]"
)

from botocore.config import Config
from botocore_models import CHANGES, READS, Operation, operations, paginated
from effects_samples import calls

from poetc.effects import Names, load_catalogue
from poetc.runtime.repeats import repeats_by_itself
from poetc.source.imports import read_imports

CATALOGUE = load_catalogue()
NAMES = Names(imports=read_imports(["import boto3"]))
OF_ALL = "botocore.client.BaseClient"
REVIEWED = {
    "apigateway.get_model_template",
    "apigateway.get_sdk",
    "auditmanager.get_evidence_file_upload_url",
    "ce.get_rightsizing_recommendation",
    "codeartifact.get_authorization_token",
    "cognito-idp.list_web_authn_credentials",
    "ec2.get_flow_logs_integration_template",
    "emr-serverless.get_dashboard_for_job_run",
    "glue.get_mapping",
    "kms.generate_mac",
    "kms.sign",
    "lookoutequipment.list_model_versions",
    "lookoutequipment.list_models",
    "marketplace-reporting.get_buyer_dashboard",
    "mediaconvert.describe_endpoints",
    "observabilityadmin.get_connector_telemetry_setup",
    "payment-cryptography-data.generate_mac",
    "payment-cryptography.get_certificate_signing_request",
    "quicksight.describe_topic_refresh_schedule",
    "quicksight.get_dashboard_embed_url",
    "quicksight.get_session_embed_url",
    "redshift.get_identity_center_auth_token",
    "secretsmanager.get_random_password",
    "socialmessaging.get_whatsapp_flow_preview",
    "ssm.get_execution_preview",
    "ssm.list_nodes_summary",
    "workmail.list_aliases",
}
"""reads whose documentation begins as if they changed something: a person has read what they do"""


@functools.cache
def every() -> tuple[Operation, ...]:
    """All operations."""
    return tuple(operations())


def test_names_that_promise_to_read_are_kept_to_their_documentation() -> None:
    """A new operation that is called `get_` and says that it sends something is for a person to look at."""
    lying = {f"{o.service}.{o.method}" for o in every() if CHANGES.match(o.said) and CATALOGUE[o.name].effect == "read"}
    assert lying <= REVIEWED, sorted(lying - REVIEWED)


def test_what_reads_is_no_put_and_takes_no_token() -> None:
    """HTTP's verbs that change, and tokens that make a change happen once, are those of writes."""
    reads = [o for o in every() if CATALOGUE[o.name].effect == "read"]
    assert len(reads) > 8_000
    assert not [o.name for o in reads if o.http in ("PUT", "DELETE", "PATCH")]
    assert {o.name for o in reads if o.tokens} <= {"botocore.client.fsx.describe_file_system_aliases"}


def test_nearly_all_that_is_marked_as_reading_is_known() -> None:
    """By its name, its method or its model; what isn't, is listed by `botocore_models.py`."""
    marked = [o for o in every() if o.is_marked or o.http in ("GET", "HEAD") or READS.match(o.method)]
    known = [o for o in marked if CATALOGUE[o.name].effect == "read"]
    assert len(known) > 0.99 * len(marked)


def test_a_token_of_the_client_s_own_is_a_new_one_each_time() -> None:
    """So such a call isn't made again, unless it is given one."""
    tokens = {"ClientToken", "clientToken", "ClientRequestToken", "clientRequestToken", "IdempotencyToken"}
    for operation in every():
        entry = CATALOGUE[operation.name]
        if operation.tokens and entry.effect != "read":
            assert entry.effect == "write", operation
            if entry.when and tokens & set(operation.tokens):
                given = [rule.effect for rule in entry.when if rule.argument in operation.tokens]
                assert given == ["idempotent"] or operation.method == "query", operation
    found = calls("c = boto3.client('ecs')\nc.run_task(x=1)\nc.run_task(clientToken=t)", NAMES)
    assert [call.effect for call in found[1:]] == ["write", "idempotent"]


def test_what_is_listed_by_name_is_there() -> None:
    """No entry for an operation that no service has; but those that boto3 adds to S3's client."""
    added = {"copy", "download_file", "download_fileobj", "upload_file", "upload_fileobj", "generate_db_auth_token"}
    added |= {
        "can_paginate",
        "close",
        "generate_presigned_post",
        "generate_presigned_url",
        "get_paginator",
        "get_waiter",
    }
    names = {name.removeprefix(f"{OF_ALL}.") for name in CATALOGUE if name.startswith(f"{OF_ALL}.") and "*" not in name}
    assert names - added - {operation.method for operation in every()} == set()


def test_pages_are_read_where_the_operation_reads() -> None:
    """A paginator of one that doesn't is no read either."""
    effects: dict[str, set[str]] = {}
    for operation in every():
        effects.setdefault(operation.method, set()).add(CATALOGUE[operation.name].effect)
    pages = {name: CATALOGUE[f"botocore.paginate.{name}.paginate"].effect for name in paginated()}
    assert not [name for name, effect in pages.items() if effect == "read" and effects.get(name, {"read"}) != {"read"}]
    assert sum(effect == "read" for effect in pages.values()) > 2_000


def test_answers_with_a_body_have_it_under_that_key() -> None:
    """`get_object(...)["Body"]` and its like."""
    bodies = {(o.method, o.body) for o in every() if o.body}
    wanted = {
        ("get_object", "Body"),
        ("invoke", "Payload"),
        ("invoke_model", "body"),
        ("synthesize_speech", "AudioStream"),
    }
    assert wanted <= bodies
    for method, key in wanted:
        assert CATALOGUE.attribute(f"botocore.replies.{method}.{key}") == "botocore.response.StreamingBody"


@pytest.mark.parametrize("attempts", [None, 1])
def test_whatever_holds_a_client_repeats_as_that_does(attempts: int | None, facts: None) -> None:
    """Pages, waiters and resources ask by a client, which makes further attempts unless it is told not to."""
    boto3 = pytest.importorskip("boto3")
    config = None if attempts is None else Config(retries={"total_max_attempts": attempts})
    session = boto3.Session("none", "none", region_name="eu-west-1")
    client, bucket = session.client("s3", config=config), session.resource("s3", config=config).Bucket("b")
    pages = client.get_paginator("list_objects_v2")
    asking = [client, pages, pages.paginate(Bucket="b"), client.get_waiter("bucket_exists"), bucket, bucket.objects]
    assert {repeats_by_itself(each) for each in [*asking, bucket.objects.all()]} == {attempts is None}
