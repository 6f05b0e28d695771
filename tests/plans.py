"""A small plan, for answers that are made by hand."""

from __future__ import annotations

from typing import Any

from poetc.wire import TemplateRef
from poetc.wire.enhancement import Enhancement, Provenance, Retry


def small_plan(engine_version: str = "1", digest: str = "d", **fields: Any) -> Enhancement:
    """The plan of a body that is moved and nothing else, with `fields` in place of its own."""
    template = TemplateRef(name="base", version="v1", digest=digest)
    plan = Enhancement(
        provenance=Provenance(engine="rules", engine_version=engine_version, template=template),
        form="direct",
        operate="relocated",
        effects="unknown",
        perceive="repair",
        enforce="repair",
        retry=Retry(attempts=3, first=0.1, most=5.0, budget=45.0),
    )
    return plan.model_copy(update=fields)
