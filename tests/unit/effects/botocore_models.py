"""The operations of the installed botocore, by its own models.

`python tests/unit/effects/botocore_models.py` lists those whose entry in `poetc/effects/catalogue/boto3.toml` a person
should look at after an update of botocore.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from poetc.effects import load_catalogue

READS = re.compile(r"(get|list|describe|head|batch_get|batch_describe|search|lookup|count|admin_get|admin_list)_")
"""how operations are called that promise to read"""
CHANGES = re.compile(
    r"(This (operation|API|request) )?(Creates?|Generates?|Starts?|Initiates?|Sends?|Registers?|Issues?|Deletes?"
    r"|Updates?|Exchanges?|Marks?|Assumes?|Consumes?|Triggers?|Submits?|Puts?|Removes?|Rotates?|Uploads?)\b"
)
"""how their documentation begins if they do something else"""


class Operation(NamedTuple):
    """One operation of one service."""

    service: str
    method: str
    """of the client"""
    http: str
    is_marked: bool
    """its model says that it only reads"""
    tokens: tuple[str, ...]
    """parameters that the client fills with a new token for each call"""
    body: str
    """key of the answer's stream"""
    said: str
    """the beginning of its documentation"""

    @property
    def name(self) -> str:
        """As the catalogue spells it."""
        return f"botocore.client.{self.service.replace('-', '_')}.{self.method}"


def operations() -> Iterator[Operation]:
    """Every operation of the latest version of every service."""
    import botocore

    for folder in sorted((Path(botocore.__file__).parent / "data").iterdir()):
        models = sorted(folder.glob("*/service-2.json.gz"))
        if models:
            yield from _operations(folder.name, json.loads(gzip.decompress(models[-1].read_bytes())))


def _operations(service: str, model: dict[str, Any]) -> Iterator[Operation]:
    from botocore import xform_name

    shapes = model["shapes"]
    for name, operation in model["operations"].items():
        given = shapes[operation["input"]["shape"]]["members"] if "input" in operation else {}
        result = shapes[operation["output"]["shape"]] if "output" in operation else {}
        payload = result.get("payload", "")
        is_stream = bool(payload) and shapes[result["members"][payload]["shape"]]["type"] == "blob"
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", operation.get("documentation", ""))).strip()
        yield Operation(
            service,
            xform_name(name),
            operation["http"]["method"],
            operation.get("readonly", False),
            tuple(key for key, member in given.items() if member.get("idempotencyToken")),
            payload if is_stream else "",
            text[:120],
        )


def paginated() -> set[str]:
    """The methods for which there is a paginator."""
    import botocore
    from botocore import xform_name

    found = set()
    for file in (Path(botocore.__file__).parent / "data").glob("*/*/paginators-1.json*"):
        data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        found.update(xform_name(name) for name in json.loads(data)["pagination"])
    return found


if __name__ == "__main__":
    known = load_catalogue()
    for each in operations():
        effect = known[each.name].effect
        promises = bool(READS.match(each.method)) or each.is_marked or each.http in ("GET", "HEAD")
        if promises != (effect == "read") or (effect == "read" and CHANGES.match(each.said)):
            print(f"{effect:11}{each.http:7}{each.service}.{each.method}: {each.said}")
