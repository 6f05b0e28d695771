"""Services and protocols as people write them: what each call is, what it does, and whether it takes a time limit."""

from __future__ import annotations

import pytest
from effects_samples import calls

from poetc.effects import Names
from poetc.runtime.repeats import repeats_by_itself
from poetc.source.imports import read_imports

Sample = tuple[str, str, str]
"""imports; body; of its last calls that aren't pure, in order: "name: effect", with a ~ if a time limit is passed on"""

AWS = {
    "client": ("import boto3", "boto3.client('s3').list_buckets()", "botocore.client.s3.list_buckets: read"),
    "annotated with what makes it": (
        "import boto3",
        "def f(c: boto3.client): c.describe_clusters(); c.start_session()",
        "boto3.client.describe_clusters: read, boto3.client.start_session: write",
    ),
    "unknown service": (
        "import boto3",
        "c = boto3.client(service)\nc.describe_instances()\nc.query(TableName='x')\nc.query(QueryString='x')",
        "botocore.client.BaseClient.describe_instances: read, botocore.client.BaseClient.query: read, "
        "botocore.client.BaseClient.query: write",
    ),
    "body": (
        "import boto3",
        "r = boto3.client('s3').get_object(Bucket=b, Key=k)\nr['Body'].read().decode()",
        "botocore.client.s3.get_object: read, botocore.response.StreamingBody.read: read",
    ),
    "session": (
        "from boto3 import Session",
        "c = Session(profile_name='x').client('sqs')\nc.receive_message(QueueUrl=q)\nc.delete_message(QueueUrl=q)",
        "botocore.client.sqs.receive_message: write, botocore.client.sqs.delete_message: idempotent",
    ),
    "pages": (
        "import boto3",
        "p = boto3.client('s3').get_paginator('list_objects_v2')\n"
        "for page in p.paginate(Bucket=b):\n  for o in page.get('Contents', []): o['Key']",
        "botocore.paginate.list_objects_v2.paginate: read",
    ),
    "pages of nobody knows what": (
        "import boto3",
        "p = boto3.client('s3').get_paginator(op)\np.paginate().build_full_result()",
        "botocore.paginate.Paginator.paginate: unknown, botocore.paginate.PageIterator.build_full_result: read",
    ),
    "pages that are used up": (
        "import boto3",
        "boto3.client('swf').get_paginator('poll_for_decision_task').paginate(domain=d)",
        "botocore.paginate.poll_for_decision_task.paginate: write",
    ),
    "waiter": (
        "import boto3",
        "boto3.client('ec2').get_waiter('instance_running').wait(InstanceIds=i)",
        "botocore.waiter.Waiter.wait: read",
    ),
    "table": (
        "import boto3",
        "t = boto3.resource('dynamodb').Table('t')\nt.get_item(Key=k).get('Item')\nt.put_item(Item=i)\n"
        "t.put_item(Item=i, ConditionExpression=c)\nt.update_item(Key=k)",
        "boto3.resources.base.ServiceResource.get_item: read, "
        "boto3.resources.base.ServiceResource.put_item: idempotent, "
        "boto3.resources.base.ServiceResource.put_item: write, boto3.resources.base.ServiceResource.update_item: write",
    ),
    "collection": (
        "import boto3",
        "for o in boto3.resource('s3').Bucket('b').objects.filter(Prefix=p):\n  o.delete()",
        "boto3.resources.collection.CollectionManager.filter: read, boto3.resources.base.ServiceResource.delete: write",
    ),
    "batch": (
        "import boto3",
        "with boto3.resource('dynamodb').Table('t').batch_writer() as batch:\n  batch.put_item(Item=i)",
        "boto3.dynamodb.table.BatchWriter.put_item: write",
    ),
    "files": (
        "import boto3",
        "s3 = boto3.client('s3')\ns3.upload_file('a', 'b', 'c')\ns3.download_file('b', 'c', 'a')\n"
        "s3.upload_fileobj(f, 'b', 'c')\ns3.generate_presigned_url('get_object')",
        "botocore.client.s3.upload_file: idempotent, botocore.client.s3.download_file: idempotent, "
        "botocore.client.s3.upload_fileobj: write",
    ),
    "stubs": (
        "from mypy_boto3_s3.client import S3Client\nfrom mypy_boto3_dynamodb.service_resource import Table",
        "def f(c: S3Client, t: Table):\n  c.head_object(Bucket=b)\n  t.scan()",
        "botocore.client.s3.head_object: read, boto3.resources.base.ServiceResource.scan: read",
    ),
    "awaited": (
        "import aioboto3",
        "async with aioboto3.Session().client('s3') as c:\n  r = await c.get_object(Bucket=b, Key=k)\n"
        "  await r['Body'].read()\n"
        "  async for p in c.get_paginator('list_objects_v2').paginate(Bucket=b): p.get('Contents')",
        "aiobotocore.client.s3.get_object: read, aiobotocore.response.AioStreamingBody.read: read, "
        "aiobotocore.paginate.list_objects_v2.paginate: read",
    ),
    "awaited resource": (
        "import aioboto3",
        "async with aioboto3.Session().resource('dynamodb') as d:\n  t = await d.Table('x')\n  await t.get_item(Key=k)",
        "aioboto3.resources.base.AIOBoto3ServiceResource.get_item: read",
    ),
    "a get that sends a message": (
        "import boto3",
        "boto3.client('cognito-idp').get_user_attribute_verification_code(AccessToken=t, AttributeName='email')",
        "botocore.client.cognito_idp.get_user_attribute_verification_code: write",
    ),
}
MODELS = {
    "openai": (
        "from openai import OpenAI",
        "c = OpenAI()\nc.chat.completions.create(model=m)\nc.with_options(max_retries=0).responses.retrieve(i)",
        "openai.OpenAI.chat.completions.create: write~, openai.OpenAI.responses.retrieve: read~",
    ),
    "openai as a module": (
        "import openai",
        "openai.chat.completions.create(model=m)\nopenai.ChatCompletion.create(model=m)\nopenai.models.list()",
        "openai.OpenAI.chat.completions.create: write~, openai.ChatCompletion.create: write, "
        "openai.OpenAI.models.list: read~",
    ),
    "openai, awaited": (
        "from openai import AsyncAzureOpenAI",
        "c = AsyncAzureOpenAI()\nawait c.beta.chat.completions.parse(model=m)\nasync for f in c.files.list(): pass\n"
        "async with c.responses.stream(model=m) as s: pass",
        "openai.AsyncAzureOpenAI.beta.chat.completions.parse: write~, openai.AsyncAzureOpenAI.files.list: read~, "
        "openai.AsyncAzureOpenAI.responses.stream: write~",
    ),
    "anthropic": (
        "import anthropic",
        "c = anthropic.AnthropicBedrock()\nc.messages.create(model=m)\nc.messages.count_tokens(model=m)",
        "anthropic.AnthropicBedrock.messages.create: write~, anthropic.AnthropicBedrock.messages.count_tokens: read~",
    ),
    "litellm": (
        "from litellm import acompletion, token_counter",
        "token_counter(model=m)\nawait acompletion(model=m, messages=[])",
        "litellm.acompletion: write~",
    ),
    "langchain": (
        "from langchain_openai import ChatOpenAI",
        "llm = ChatOpenAI(model=m)\nllm.invoke('x')\nawait llm.bind_tools(t).ainvoke('x')",
        "langchain_openai.ChatOpenAI.invoke: write, langchain_openai.ChatOpenAI.ainvoke: write",
    ),
    "a chain": (
        "from langchain_openai import ChatOpenAI\nfrom langchain_core.prompts import ChatPromptTemplate",
        "(ChatPromptTemplate.from_template('x') | ChatOpenAI()).invoke({})",
        "langchain_core.runnables.Runnable.invoke: unknown",
    ),
    "ollama": (
        "import ollama",
        "ollama.chat(model=m)\nollama.embed(model=m, input=t)\nawait ollama.AsyncClient().generate(model=m)",
        "ollama.chat: write, ollama.embed: read, ollama.AsyncClient.generate: write",
    ),
    "gemini": (
        "from google import genai",
        "c = genai.Client()\nc.models.generate_content(model=m, contents=t)\nawait c.aio.models.count_tokens(model=m)\n"
        "c.chats.create(model=m).send_message('x')",
        "google.genai.Client.models.generate_content: write, google.genai.Client.aio.models.count_tokens: read, "
        "google.genai.chats.Chat.send_message: write",
    ),
}
HTTP = {
    "httpx2": ("import httpx2", "httpx2.get(u).json()", "httpx2.get: read~"),
    "niquests": ("import niquests", "niquests.Session().put(u, data=d)", "niquests.Session.put: idempotent~"),
    "niquests, awaited": (
        "import niquests",
        "async with niquests.AsyncSession() as s:\n  r = await s.get(u)",
        "niquests.AsyncSession.get: read~",
    ),
    "a request that was built": (
        "import httpx",
        "c = httpx.Client()\nc.send(c.build_request('GET', u))\nc.send(c.build_request(m, u))\n"
        "r = httpx.Request('GET', u)\nr.method = 'POST'\nc.send(r)",
        "httpx.Client.send: read, httpx.Client.send: unknown, httpx.Client.send: unknown",
    ),
    "a socket": (
        "import aiohttp",
        "async with aiohttp.ClientSession() as s:\n  async with s.ws_connect(u) as w:\n"
        "    await w.send_str('x')\n    await w.receive_json()",
        "aiohttp.ClientSession.ws_connect: read, aiohttp.ClientWebSocketResponse.send_str: write, "
        "aiohttp.ClientWebSocketResponse.receive_json: read",
    ),
    "a stream": (
        "import aiohttp",
        "async with aiohttp.ClientSession() as s:\n  async with s.get(u) as r:\n"
        "    async for c in r.content.iter_chunked(8): pass",
        "aiohttp.ClientSession.get: read~, aiohttp.StreamReader.iter_chunked: read",
    ),
    "a pool": (
        "import urllib3",
        "h = urllib3.PoolManager()\nr = h.request('GET', u, preload_content=False)\nfor b in r.stream(8): pass",
        "urllib3.PoolManager.request: read~, urllib3.BaseHTTPResponse.stream: read",
    ),
    "a session of the toolbelt": (
        "from requests_toolbelt.sessions import BaseUrlSession",
        "s = BaseUrlSession(base_url=u)\ns.cookies.update({})\ns.get('/x').json()",
        "requests_toolbelt.sessions.BaseUrlSession.get: read~",
    ),
    "a session that signs": (
        "from requests_oauthlib import OAuth2Session",
        "s = OAuth2Session(i)\ns.fetch_token(u, code=c)\ns.get(u)",
        "requests_oauthlib.OAuth2Session.fetch_token: write, requests_oauthlib.OAuth2Session.get: read~",
    ),
}
CLOUDS = {
    "google storage": (
        "from google.cloud import storage",
        "b = storage.Client().bucket('x').blob('y')\nb.exists()\nb.download_as_text()\nb.upload_from_string('z')",
        "google.cloud.storage.Blob.exists: read~, google.cloud.storage.Blob.download_as_text: read~, "
        "google.cloud.storage.Blob.upload_from_string: write~",
    ),
    "bigquery": (
        "from google.cloud import bigquery",
        "c = bigquery.Client()\nc.query('SELECT 1').result()\nc.query('DELETE FROM t')\nc.insert_rows_json(t, r)",
        "google.cloud.bigquery.Client.query: read~, google.cloud.bigquery.QueryJob.result: read~, "
        "google.cloud.bigquery.Client.query: write~, google.cloud.bigquery.Client.insert_rows_json: write~",
    ),
    "firestore": (
        "from google.cloud import firestore",
        "d = firestore.Client().collection('c').document('d')\nd.get().to_dict()\nd.set({})\n"
        "await firestore.AsyncClient().collection('c').document('d').get()",
        "google.cloud.firestore_v1.document.DocumentReference.get: read~, "
        "google.cloud.firestore_v1.document.DocumentReference.set: write~, "
        "google.cloud.firestore_v1.async_document.AsyncDocumentReference.get: read~",
    ),
    "secrets and topics": (
        "from google.cloud import pubsub_v1, secretmanager",
        "secretmanager.SecretManagerServiceClient().access_secret_version(name=n)\n"
        "pubsub_v1.PublisherClient().publish(t, b'x')",
        "google.cloud.secretmanager.SecretManagerServiceClient.access_secret_version: read~, "
        "google.cloud.pubsub_v1.PublisherClient.publish: write~",
    ),
    "azure storage": (
        "from azure.storage.blob import BlobServiceClient",
        "s = BlobServiceClient.from_connection_string(c)\nb = s.get_blob_client('c', 'b')\n"
        "b.download_blob().readall()\n"
        "b.upload_blob(d)\nfor x in s.get_container_client('c').list_blobs(): pass",
        "azure.storage.blob.BlobClient.download_blob: read, azure.storage.blob.StorageStreamDownloader.readall: read, "
        "azure.storage.blob.BlobClient.upload_blob: write, azure.storage.blob.ContainerClient.list_blobs: read",
    ),
    "azure, awaited": (
        "from azure.keyvault.secrets.aio import SecretClient\nfrom azure.identity.aio import DefaultAzureCredential",
        "async with SecretClient(u, DefaultAzureCredential()) as s:\n  await s.get_secret('x')\n"
        "  await s.set_secret('x', 'y')",
        "azure.keyvault.secrets.aio.SecretClient.get_secret: read, "
        "azure.keyvault.secrets.aio.SecretClient.set_secret: write",
    ),
    "cosmos": (
        "from azure.cosmos import CosmosClient",
        "c = CosmosClient(u, k).get_database_client('d').get_container_client('c')\nc.read_item(i, p)\n"
        "c.upsert_item(b)",
        "azure.cosmos.ContainerProxy.read_item: read, azure.cosmos.ContainerProxy.upsert_item: write",
    ),
    "kubernetes": (
        "from kubernetes import client, config",
        "config.load_incluster_config()\nv1 = client.CoreV1Api()\nv1.list_namespaced_pod('x')\n"
        "v1.delete_namespaced_pod('p', 'x')\nv1.connect_get_namespaced_pod_exec('p', 'x')",
        "kubernetes.client.CoreV1Api.list_namespaced_pod: read~, "
        "kubernetes.client.CoreV1Api.delete_namespaced_pod: write~, "
        "kubernetes.client.CoreV1Api.connect_get_namespaced_pod_exec: write~",
    ),
    "docker": (
        "import docker",
        "c = docker.from_env()\nfor x in c.containers.list(): x.logs()\nc.containers.run('alpine')",
        "docker.models.containers.ContainerCollection.list: read, docker.models.containers.Container.logs: read, "
        "docker.models.containers.ContainerCollection.run: write",
    ),
    "minio": (
        "from minio import Minio",
        "m = Minio(h)\nm.get_object('b', 'k').read()\nm.put_object('b', 'k', d, 1)\nm.remove_object('b', 'k')",
        "minio.Minio.get_object: read, urllib3.BaseHTTPResponse.read: read, minio.Minio.put_object: write, "
        "minio.Minio.remove_object: idempotent",
    ),
    "any file system": (
        "import fsspec",
        "fs = fsspec.filesystem('s3')\nfs.ls('b')\nfs.open('b/k', 'rb')\nfs.open('b/k', 'wb')\nfs.rm('b/k')",
        "fsspec.AbstractFileSystem.ls: read, fsspec.AbstractFileSystem.open: read, "
        "fsspec.AbstractFileSystem.open: write, "
        "fsspec.AbstractFileSystem.rm: write",
    ),
}
SERVICES = {
    "stripe": (
        "import stripe",
        "stripe.Customer.retrieve(i)\nstripe.PaymentIntent.create(amount=1)\n"
        "stripe.PaymentIntent.create(amount=1, idempotency_key=k)\nstripe.checkout.Session.create(mode='payment')",
        "stripe.Customer.retrieve: read, stripe.PaymentIntent.create: write, stripe.PaymentIntent.create: idempotent, "
        "stripe.checkout.Session.create: write",
    ),
    "stripe's client": (
        "from stripe import StripeClient",
        "c = StripeClient(k)\nc.v1.customers.list()\nc.customers.create({})",
        "stripe.StripeClient.v1.customers.list: read, stripe.StripeClient.customers.create: write",
    ),
    "slack": (
        "from slack_sdk import WebClient",
        "c = WebClient(token=t)\nc.conversations_history(channel=x)\nc.chat_postMessage(channel=x)\n"
        "c.users_lookupByEmail(email=e)",
        "slack_sdk.WebClient.conversations_history: read, slack_sdk.WebClient.chat_postMessage: write, "
        "slack_sdk.WebClient.users_lookupByEmail: read",
    ),
    "slack, awaited": (
        "from slack_sdk.web.async_client import AsyncWebClient",
        "await AsyncWebClient(token=t).chat_postMessage(channel=x)",
        "slack_sdk.web.async_client.AsyncWebClient.chat_postMessage: write",
    ),
    "github": (
        "from github import Github",
        "r = Github(t).get_repo('a/b')\nfor p in r.get_pulls(state='open'): p.create_issue_comment('x')",
        "github.Github.get_repo: read, github.AnyObject.get_pulls: read, github.AnyObject.create_issue_comment: write",
    ),
    "gitlab": (
        "import gitlab",
        "p = gitlab.Gitlab(u).projects.get(1)\nfor i in p.issues.list(iterator=True): i.save()\np.issues.create({})",
        "gitlab.base.RESTManager.get: read, gitlab.base.RESTManager.list: read, gitlab.base.RESTObject.save: write, "
        "gitlab.base.RESTManager.create: write",
    ),
    "jira": (
        "from jira import JIRA",
        "j = JIRA(u)\nj.search_issues('x')\nj.transition_issue(i, 't')",
        "jira.JIRA.search_issues: read, jira.JIRA.transition_issue: write",
    ),
    "vault": (
        "import hvac",
        "c = hvac.Client()\nc.secrets.kv.v2.read_secret_version(path=p)\nc.read('database/creds/x')",
        "hvac.Client.secrets.kv.v2.read_secret_version: read, hvac.Client.read: unknown",
    ),
    "messages": (
        "from twilio.rest import Client\nfrom sendgrid import SendGridAPIClient",
        "Client(a, t).messages.create(to=n)\nClient(a, t).messages.list()\nSendGridAPIClient(k).send(m)",
        "twilio.rest.Client.messages.create: write, twilio.rest.Client.messages.list: read, "
        "sendgrid.SendGridAPIClient.send: write",
    ),
    "ssh": (
        "import paramiko",
        "s = paramiko.SSHClient()\ns.connect(h)\ns.exec_command('ls')\ns.open_sftp().listdir('.')",
        "paramiko.SSHClient.connect: read~, paramiko.SSHClient.exec_command: unknown~, "
        "paramiko.SSHClient.open_sftp: read, "
        "paramiko.SFTPClient.listdir: read",
    ),
    "a stub that was generated": (
        "from protos import shop_pb2_grpc\nimport grpc",
        "s = shop_pb2_grpc.ShopStub(grpc.insecure_channel(a))\ns.GetPrice(r)",
        "protos.shop_pb2_grpc.ShopStub.GetPrice: unknown~",
    ),
    "ldap": (
        "from ldap3 import Connection, Server",
        "c = Connection(Server(h), auto_bind=True)\nc.search('dc=x', '(a=b)')\nc.modify('cn=x', {})",
        "ldap3.Connection: read, ldap3.Connection.search: read, ldap3.Connection.modify: write",
    ),
    "ftp": (
        "import ftplib",
        "with ftplib.FTP(h) as f:\n  f.login()\n  f.cwd('new')\n  f.nlst()\n  f.storbinary('STOR a', data)",
        "ftplib.FTP: read~, ftplib.FTP.login: read, ftplib.FTP.cwd: write, ftplib.FTP.nlst: read, "
        "ftplib.FTP.storbinary: write",
    ),
    "ftp over somebody else's connection": (
        "import ftplib",
        "def f(c: ftplib.FTP_TLS): c.nlst()",
        "ftplib.FTP_TLS.nlst: write",
    ),
    "what ftp gives is written": (
        "import ftplib",
        "f = ftplib.FTP(h)\nf.retrbinary('RETR a', open(p, 'wb').write)",
        "ftplib.FTP.retrbinary: write",
    ),
    "imap": (
        "import imaplib",
        "m = imaplib.IMAP4_SSL(h)\nm.uid('search', None, 'ALL')\nm.uid('STORE', '1', '+FLAGS', x)\nm.fetch('1', 'UID')",
        "imaplib.IMAP4_SSL.uid: read, imaplib.IMAP4_SSL.uid: write, imaplib.IMAP4_SSL.fetch: idempotent",
    ),
}
LIBRARIES: dict[str, dict[str, Sample]] = {
    "aws": AWS,
    "models": MODELS,
    "http": HTTP,
    "clouds": CLOUDS,
    "services": SERVICES,
}
SAMPLES = {f"{group}: {what}": sample for group, samples in LIBRARIES.items() for what, sample in samples.items()}


@pytest.mark.parametrize("what", SAMPLES)
def test_ordinary_code_is_known(what: str) -> None:
    """What people write is known by the name, the effect and the time limit that it has."""
    imports, body, wanted = SAMPLES[what]
    found = [call for call in calls(body, Names(imports=read_imports(imports.splitlines()))) if call.effect != "pure"]
    said = [f"{call.name}: {call.effect}{'~' if call.gives_time else ''}" for call in found]
    assert ", ".join(said[-wanted.count(": ") :]) == wanted


OWN_ATTEMPTS = {
    "github": ("github", "x.Github()", "x.Github(retry=None)"),
    "a repository": ("github", "x.Github(lazy=True).get_repo('a/b')", None),
    "gitlab": ("gitlab", "x.Gitlab('http://h', retry_transient_errors=True).projects", "x.Gitlab('http://h').projects"),
    "minio": ("minio", "x.Minio('h')", None),
    "slack": ("slack_sdk", "x.WebClient()", "x.WebClient(retry_handlers=[])"),
    "azure": ("azure.storage.blob", "x.BlobClient('http://a.b', 'c', 'd')", None),
    "kubernetes": ("kubernetes.client", "x.CoreV1Api()", None),
}
"""client → its library; one that makes further attempts by itself; one that makes none, if there is such"""


@pytest.mark.parametrize("what", OWN_ATTEMPTS)
def test_attempts_of_the_client_s_own_are_seen(what: str, facts: None) -> None:
    """There, a call isn't repeated once more: attempts would multiply."""
    library, trying, plain = OWN_ATTEMPTS[what]
    x = pytest.importorskip(library, reason="it isn't installed: NOT checked; install poetc[services]")
    assert repeats_by_itself(eval(trying, {"x": x}))
    assert plain is None or not repeats_by_itself(eval(plain, {"x": x}))
