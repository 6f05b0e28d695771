"""Draw functions of installed packages, each with one obvious call of a client library, by rules of names alone.

    python tests/bench/recognition_draw.py SITE_PACKAGES --seed 9 > drawn.tsv

The rules know nothing of poetc's analysis: a package imports the library, a function of it calls a method that this
library's clients have, on a receiver that is named like one (or on the library's module itself). Each
function is then read, what isn't such a call after all is dropped, and what the call does to the world is written down.
The outcome is `recognition_sample.tsv`, which `bench_recognition.py` measures.
"""

from __future__ import annotations

import argparse
import ast
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import NamedTuple

RULES = {
    "requests": (
        (
            r"requests|.*(session|sess|http|client|http_client|httpx_client|requests_session|async_client"
            r"|_s)(\(\))?"
        ),
        "get|post|put|patch|delete|head|request",
    ),
    "httpx": (
        (
            r"httpx|.*(session|sess|http|client|http_client|httpx_client|requests_session|async_client"
            r"|_s)(\(\))?"
        ),
        "get|post|put|patch|delete|head|request|stream",
    ),
    "aiohttp": (
        r".*(session|sess|http|client|http_client|httpx_client|requests_session|async_client|_s)(\(\))?",
        "get|post|put|patch|delete|head|request|ws_connect",
    ),
    "boto3": (
        (
            r".*(s3|ec2|sqs|sns|dynamodb|lambda|ecs|iam|sts|logs|glue|athena|kms|ssm|secretsmanager|boto|aws"
            r"|conn|client|table|bucket|object|emr|batch|rds|cloudformation|cfn|autoscaling|elb|redshift"
            r"|kinesis|firehose|eks|ecr|codebuild)(_?client|_?conn|_?resource)?(\(.*\))?"
        ),
        (
            r"(get|list|describe|put|create|delete|update|start|stop|send|receive|publish|invoke|batch|head"
            r"|copy|run|upload|download|generate|assume|terminate|register)_\w+|invoke|query|scan|paginate"
            r"|publish"
        ),
    ),
    "redis": (
        r".*(redis|conn|connection|pipe|pipeline|client|\br|\bp|_redis|rdb)(\(.*\))?",
        (
            "get|set|delete|hget|hset|hgetall|hdel|sadd|srem|smembers|zadd|zrem|zrange|zrangebyscore|lpush"
            "|rpush|lpop|rpop|lrange|llen|expire|exists|incr|publish|mget|mset|setex|setnx|xadd|xread"
            "|xreadgroup|xack|zcard|scan|keys|ttl|eval|execute|blpop"
        ),
    ),
    "sqlalchemy": (
        r".*(session|\bdb|conn|connection|engine|sess|\bs|Session)(\(\))?",
        "execute|scalars|scalar|query|commit|flush|get|merge|add|delete",
    ),
    "sqlmodel": (
        r".*(session|\bdb|sess|\bs)",
        "exec",
    ),
    "psycopg": (
        r".*(cur|cursor|conn|connection|\bc|_conn|pool)(\(.*\))?",
        "execute|executemany|fetchone|fetchall|copy",
    ),
    "psycopg2": (
        r".*(cur|cursor|conn|connection|\bc|_conn)(\(.*\))?",
        "execute|executemany|fetchone|fetchall|commit",
    ),
    "asyncpg": (
        r".*(conn|connection|pool|\bdb|\bc)(\(.*\))?",
        "execute|executemany|fetch|fetchrow|fetchval",
    ),
    "sqlite3": (
        r".*(cur|cursor|conn|connection|\bdb|\bc|_conn)(\(.*\))?",
        "execute|executemany|executescript|fetchone",
    ),
    "openai": (
        (
            r".*(chat\.completions|embeddings|responses|images|completions|audio\.\w+|models|files|moderations"
            r"|Completion|ChatCompletion|Embedding)"
        ),
        "create|acreate|parse|generate|transcribe|list|retrieve|stream|upload",
    ),
    "anthropic": (
        r".*\.messages",
        "create|stream|count_tokens",
    ),
    "urllib": (
        r"(urllib\.request|request|urllib2)",
        "urlopen|urlretrieve",
    ),
    "urllib3": (
        ".*(http|pool|manager|_pool|pool_manager)",
        "request|urlopen|request_encode_body",
    ),
    "pymongo": (
        r".*(coll|collection|col|\bdb(\[.*\]|\.\w+)|_collection|db)",
        (
            "find|find_one|insert_one|insert_many|update_one|update_many|delete_one|delete_many|aggregate"
            "|count_documents|replace_one|bulk_write|find_one_and_update"
        ),
    ),
    "elasticsearch": (
        ".*(es|client|elasticsearch|_es|indices|conn|_client)",
        "search|index|bulk|count|msearch|exists|create|delete|delete_by_query|refresh|get|scroll",
    ),
    "kafka": (
        ".*(producer|consumer|admin_client|admin)",
        "send|send_and_wait|produce|poll|flush|commit|list_topics|create_topics",
    ),
    "pika": (
        ".*(channel|_channel|exchange)",
        "basic_publish|basic_get|basic_ack|queue_declare|publish|exchange_declare",
    ),
    "celery": (
        r".*(task|app|\w+_task|celery)",
        "delay|apply_async|send_task",
    ),
    "paramiko": (
        ".*(ssh|client|sftp|ssh_client|sftp_client|conn)",
        "exec_command|put|get|connect|listdir|stat|open|mkdir|remove",
    ),
    "smtplib": (
        ".*(smtp|server|conn|connection|_smtp|mail)",
        "sendmail|send_message|login|starttls|quit",
    ),
    "ftplib": (
        ".*(ftp|conn|client)",
        "retrbinary|storbinary|nlst|cwd|delete|mlsd|size",
    ),
    "ldap3": (
        ".*(conn|connection|ldap|_ldap)",
        "search|bind|modify|add",
    ),
    "google.cloud": (
        (
            r".*(client|bucket|blob|_client|conn|hook|get_conn\(\)|publisher|subscriber|topic|document"
            r"|collection)(\(.*\))?"
        ),
        (
            "query|get_bucket|upload_from_string|upload_from_filename|download_as_bytes|download_to_filename"
            "|list_blobs|list_topics|publish|pull|insert_rows_json|get_table|create_table|create_dataset"
            "|load_table_from_dataframe|get_secret|access_secret_version|get_dataset|delete_table"
            "|list_datasets"
        ),
    ),
    "azure": (
        r".*(client|container_client|blob_client|_client|blob|secret_client|conn)(\(.*\))?",
        (
            "get_secret|upload_blob|download_blob|list_blobs|delete_blob|get_blob_properties|create_container"
            "|get_container_properties|query_entities|get_entity|upsert_entity|create_item|query_items"
            "|read_item|upsert_item"
        ),
    ),
    "stripe": (
        r".*stripe\.\w+|stripe",
        "create|retrieve|list|modify|delete",
    ),
    "slack_sdk": (
        ".*(client|web_client|slack|_client|slack_client)",
        r"chat_\w+|conversations_\w+|users_\w+|files_upload\w*|auth_test|reactions_add",
    ),
    "github": (
        ".*(repo|repository|gh|github|g|client|issue|pull)",
        (
            "get_repo|get_issue|get_issues|get_pull|create_issue|create_pull|get_contents|create_file"
            "|create_comment|get_user|get_pulls|get_commits"
        ),
    ),
    "docker": (
        ".*(client|docker|docker_client|api|_client|containers|images|container)",
        ("run|pull|build|push|inspect_container|create_container|logs|remove|start|stop|exec_run|ping|list|get"),
    ),
    "litellm": (
        "litellm",
        "completion|acompletion|embedding|aembedding|image_generation|responses",
    ),
    "django": (
        r".*(objects|\bcache|queryset|qs)",
        ("get|filter|create|update_or_create|get_or_create|all|first|count|exists|set|delete|bulk_create|update"),
    ),
    "peewee": (
        r"[A-Z]\w+|.*query",
        "select|get_or_none|get_by_id|get_or_create|create|insert|insert_many|execute",
    ),
    "grpc": (
        ".*(stub|_stub)",
        r"[A-Z]\w+",
    ),
    "langchain_core": (
        ".*(llm|chain|model|retriever|vectorstore|chat_model|vector_store)",
        "invoke|ainvoke|stream|astream|batch|similarity_search|add_documents|predict",
    ),
    "kubernetes": (
        ".*(v1|api|client|core|batch|core_v1|_client|core_api|batch_api|custom_api)",
        r"(read|list|create|delete|patch|replace)_(namespaced|cluster|pod|node|namespace)\w*",
    ),
    "sqlalchemy.ext.asyncio": (
        r".*(session|\bdb|conn|connection|sess|async_session)",
        "execute|scalars|scalar|commit|get|stream|flush",
    ),
}
"""library → (receivers, methods), as regular expressions for the whole text"""
SHARES = {
    "requests": 36,
    "httpx": 36,
    "boto3": 36,
    "sqlalchemy": 36,
    "redis": 30,
    "openai": 24,
    "aiohttp": 20,
    "psycopg": 16,
}
SHARES |= {"psycopg2": 16, "asyncpg": 14, "sqlite3": 12, "sqlmodel": 12}
"""library → functions that are drawn of it"""
OTHERS = 7
"""functions that are drawn of each other library"""
SPELLED = {
    "kafka": ("kafka", "confluent_kafka", "aiokafka"),
    "pika": ("pika", "aio_pika"),
    "urllib": ("urllib.request",),
}
SPELLED |= {"pymongo": ("pymongo", "motor"), "redis": ("redis", "valkey")}
"""library → modules that are its, where they aren't named like it"""
ASYNC_ONLY = {"aiohttp", "asyncpg", "sqlalchemy.ext.asyncio"}
SKIPPED = re.compile(
    r"/(\.\.|tests?|testing|_?vendor(ed)?|third_party|examples?|docs?|migrations|conftest\.py|test_\w+\.py|\w+_pb2\w*\.py"
    r"|node_modules|templates|generated|_generated|api_resources)(/|$)"
)
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


class Drawn(NamedTuple):
    """One obvious call."""

    package: str
    file: str
    line: int
    """of the call"""
    function: str
    library: str
    call: str


def packages(site: Path) -> Iterator[tuple[str, list[tuple[str, Path]]]]:
    """Each distribution as "name==version", with its Python files."""
    for distribution in sorted(distributions(path=[str(site)]), key=name_of):
        files = [(str(file), Path(str(distribution.locate_file(file)))) for file in distribution.files or ()]
        python = [(name, path) for name, path in files if name.endswith(".py") and not SKIPPED.search("/" + name)]
        yield f"{name_of(distribution)}=={distribution.version}", sorted(python)


def name_of(distribution: Distribution) -> str:
    """Its name, lower case."""
    return str(distribution.metadata["Name"]).lower()


def imported(tree: ast.Module) -> set[str]:
    """Dotted names of the modules that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            found |= {module, *(f"{module}.{alias.name}".lstrip(".") for alias in node.names)} - {""}
    return found


def functions(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, FunctionNode]]:
    """Functions and methods, not those inside of functions."""
    for statement in body:
        if isinstance(statement, FunctionNode):
            yield prefix + statement.name, statement
        elif isinstance(statement, ast.ClassDef):
            yield from functions(statement.body, f"{prefix}{statement.name}.")
        elif isinstance(statement, ast.If | ast.Try):
            yield from functions(
                [child for child in ast.iter_child_nodes(statement) if isinstance(child, ast.stmt)], prefix
            )


def own_calls(node: FunctionNode) -> Iterator[ast.Call]:
    """The calls in a function's own frame."""
    stack: list[ast.AST] = list(node.body)
    while stack:
        inner = stack.pop()
        if isinstance(inner, ast.Call):
            yield inner
        if not isinstance(inner, FunctionNode | ast.ClassDef):
            stack += ast.iter_child_nodes(inner)


def libraries_of(names: set[str]) -> set[str]:
    """The libraries that some imports mean."""
    spelled = {
        "kafka": ("kafka", "confluent_kafka", "aiokafka"),
        "urllib": ("urllib.request",),
        "pika": ("pika", "aio_pika"),
    }
    spelled["pymongo"], spelled["redis"] = ("pymongo", "motor"), ("redis", "valkey")
    found = set()
    for library in RULES:
        for root in spelled.get(library, (library,)):
            if any(name == root or name.startswith(root + ".") for name in names):
                found.add(library)
    return found


def obvious(call: ast.Call, libraries: set[str], is_async: bool) -> str | None:
    """The library whose client is evidently called, among those that may be."""
    if not isinstance(call.func, ast.Attribute):
        return None
    receiver, method = ast.unparse(call.func.value), call.func.attr
    if len(receiver) > 60 or "\n" in receiver:
        return None
    for library in sorted(libraries):
        receivers, methods = RULES[library]
        if library in ASYNC_ONLY and not is_async:
            continue
        if re.fullmatch(receivers, receiver) and re.fullmatch(methods, method):
            return library
    return None


def modules(names: set[str], name: str) -> Iterator[str]:
    """The files of the same package that a file imports, as far as their paths tell."""
    for dotted in names:
        yield dotted.replace(".", "/") + ".py"
        yield dotted.replace(".", "/") + "/__init__.py"
        yield str(Path(name).parent / (dotted.replace(".", "/") + ".py"))


def candidates(site: Path) -> Iterator[Drawn]:
    """Every obvious call, at most one of a function and library."""
    for package, files in packages(site):
        trees = []
        for name, path in files:
            try:
                trees.append((name, ast.parse(path.read_bytes())))
            except (SyntaxError, ValueError, OSError, RecursionError):
                continue
        names = {name: imported(tree) for name, tree in trees}
        used = {name: libraries_of(found) for name, found in names.items()}
        for name, tree in trees:
            # what the file itself imports goes before what a file does that it imports from
            near = set().union(*(used.get(other, set()) for other in modules(names[name], name))) - used[name]
            for function, node in functions(tree.body):
                seen = set()
                is_async = isinstance(node, ast.AsyncFunctionDef)
                for call in sorted(own_calls(node), key=lambda c: (c.lineno, c.col_offset)):
                    library = obvious(call, used[name], is_async) or obvious(call, near, is_async)
                    if library and library not in seen:
                        seen.add(library)
                        yield Drawn(package, name, call.lineno, function, library, ast.unparse(call.func))


def draw(found: list[Drawn], seed: int, a_package: int) -> list[Drawn]:
    """So many of each library, of which at most so many of one package, at random."""
    by_library: dict[str, list[Drawn]] = defaultdict(list)
    for each in found:
        by_library[each.library].append(each)
    drawn = []
    for library in sorted(by_library):
        rows = by_library[library]
        random.Random(f"{seed} {library}").shuffle(rows)
        counts: dict[str, int] = defaultdict(int)
        kept: list[Drawn] = []
        for row in rows:
            counts[row.package] += 1
            if counts[row.package] <= a_package and len(kept) < SHARES.get(library, OTHERS):
                kept.append(row)
        drawn += sorted(kept)
    return drawn


def main() -> None:
    """Draw, and print as tab-separated values."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", type=Path)
    parser.add_argument("--seed", type=int, default=9)
    parser.add_argument("--a-package", type=int, default=3, help="of one library and package")
    asked = parser.parse_args()
    found = list(candidates(asked.site))
    drawn = draw(found, asked.seed, asked.a_package)
    for row in drawn:
        print("\t".join(map(str, row)))
    print(f"{len(drawn)} of {len(found)}, of {len({row.package for row in drawn})} packages", file=sys.stderr)


if __name__ == "__main__":
    main()
