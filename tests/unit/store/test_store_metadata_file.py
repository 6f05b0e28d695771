"""metadata.json: what isn't written is what holds where nobody said anything."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from poetc.ir.policy import Policy
from poetc.store.metadata_file import DEFAULTS, completed, encode_metadata
from poetc.wire import VersionMetadata

SAID: dict[str, Any] = {
    "schema_version": 2,
    "name": "app.f",
    "rewrites": [{"line": 3, "kind": "retry", "before": "get", "after": "x" * 120}],
    "policy": asdict(Policy(timeout=5.0, perceive="strict")),
}


def test_what_is_not_written_is_the_models_default() -> None:
    """A default of the model that a reader would fill in otherwise would change what a version says."""
    for name, value in DEFAULTS.items():
        assert VersionMetadata.model_fields[name].get_default(call_default_factory=True) == value, name


def test_only_what_was_asked_for_is_written() -> None:
    """A setting that nobody asked for isn't, and a short list is one line."""
    text = encode_metadata({**DEFAULTS, **SAID, "checks": ["plan", "bytes"]}).decode()
    assert json.loads(text)["policy"] == {"timeout": 5.0, "perceive": "strict"}
    assert "llm_model" not in text and '  "checks": ["plan", "bytes"]\n' in text
    assert text.count("\n") == 14, text


def test_an_older_file_with_every_field_is_read_as_it_is() -> None:
    """Versions 0.1.0's own stores have all fields."""
    full = {**DEFAULTS, **SAID}
    assert completed(json.loads(json.dumps(full, indent=2))) == full


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from([*DEFAULTS, "name", "checks", "files"]), json_values))
def test_what_is_written_is_read_back(said: dict[str, Any]) -> None:
    """Whatever is in it, at whatever depth and width."""
    whole = {**DEFAULTS, "policy": asdict(Policy()), **said}
    assert completed(json.loads(encode_metadata(whole))) == whole
