"""Breaker, bulkhead, rate limit, fallback, hedge and events: every odd value is refused at its place, none is
accepted in silence, and what is accepted means what it says."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poetc.config import load_options
from poetc.config.protection import protection, protection_objection
from poetc.config.values import EVERYWHERE, PROTECTIONS
from poetc.errors import ConfigError
from poetc.ir import BreakerPolicy, BulkheadPolicy, FallbackPolicy, RatePolicy
from poetc.wire import policy_of

FUNCTION = '[tool.poet.functions."app.pay.receipt"]\n'

NO_SECONDS = ["0", "-1", "-0.5", "nan", "inf", "-inf", "3600.1", "true", '"1"', "[1]", "1979-05-27", f"1{'0' * 99}"]
NO_SHARE = ["0", "-0.1", "1.01", "nan", "inf", "true", '"half"', "[]"]
NO_COUNT = ["0", "-1", "1.0", "nan", "true", '"5"', "[5]", f"1{'0' * 99}"]

BAD: list[tuple[str, str, str]] = [
    *[("breaker", f"{{failures = {v}}}", "failures") for v in (*NO_COUNT, "1001")],
    *[("breaker", f"{{probes = {v}}}", "probes") for v in (*NO_COUNT, "1001")],
    *[("breaker", f"{{successes = {v}}}", "successes") for v in (*NO_COUNT, "1001")],
    *[("breaker", f"{{rate = {v}}}", "rate") for v in NO_SHARE],
    *[("breaker", f"{{slow = {v}}}", "slow") for v in NO_SECONDS],
    *[("breaker", f"{{slow = 1, slow_rate = {v}}}", "slow_rate") for v in NO_SHARE],
    *[
        ("breaker", f"{{rate = 0.5, window = {v}}}", "window")
        for v in ("0", "-1", "nan", "inf", "86401", "true", '"1h"')
    ],
    *[("breaker", f"{{rate = 0.5, calls = {v}}}", "calls") for v in (*NO_COUNT, "100001")],
    *[("breaker", f"{{open_for = {v}}}", "open_for") for v in NO_SECONDS],
    *[("breaker", f"{{growth = {v}}}", "growth") for v in ("0", "0.99", "-1", "nan", "inf", "11", "true", '"2"')],
    *[("breaker", f"{{jitter = {v}}}", "jitter") for v in ("-0.1", "1.1", "nan", "inf", "true", '"0.1"')],
    *[
        ("breaker", f"{{exclude = {v}}}", "exclude")
        for v in (
            '"ValueError"',
            "[1]",
            '[""]',
            '["a b"]',
            '["1x"]',
            '["NoSuchError"]',
            '["print"]',
            '["a..b"]',
            "true",
        )
    ],
    ("breaker", f"{{exclude = {['mine.E'] * 51}}}", "exclude"),
    *[("breaker", f"{{per = {v}}}", "per") for v in ('"url"', "1", "true", '["host"]', '""')],
    # impossible together
    ("breaker", "{slow_rate = 0.5}", "slow_rate"),
    ("breaker", "{rate = 0.5, slow_rate = 0.5}", "slow_rate"),
    ("breaker", "{window = 10}", "window"),
    ("breaker", "{failures = 3, calls = 10}", "calls"),
    # no such setting
    ("breaker", "{falures = 3}", "falures"),
    ("breaker", "{Failures = 3}", "Failures"),
    ("breaker", "{per_host = true}", "per_host"),
    ("breaker", "5", ""),
    ("breaker", '"host"', ""),
    ("breaker", "[]", ""),
    ("breaker", "nan", ""),
    *[("bulkhead", v, "") for v in ("nan", "1.5", '"8"', "true", "[8]", "{}")],
    *[("bulkhead", v, "limit") for v in ("0", "-1", "100001")],
    *[("bulkhead", f"{{limit = {v}}}", "limit") for v in NO_COUNT],
    *[("bulkhead", f"{{limit = 2, wait = {v}}}", "wait") for v in ("-1", "nan", "inf", "3601", "true", '"1s"')],
    ("bulkhead", "{wait = 1}", ""),
    ("bulkhead", "{limit = 2, most = 3}", "most"),
    *[("rate_limit", v, "") for v in ("100", "nan", "true", "[]", "{}")],
    *[
        ("rate_limit", v, "rate")
        for v in ('""', '"100"', '"/s"', '"0/s"', '"-1/s"', '"1.5/s"', '"100/x"', '"100/0s"', '"1e3/s"', '"²/s"')
    ],
    *[("rate_limit", f"{{rate = {v}}}", "rate") for v in ("100", "nan", '"nan/s"', '"99999999/s"', '"1/99999s"')],
    *[("rate_limit", f'{{rate = "1/s", burst = {v}}}', "burst") for v in (*NO_COUNT, "10000001")],
    *[("rate_limit", f'{{rate = "1/s", wait = {v}}}', "wait") for v in ("-1", "nan", "inf", "3601", "true")],
    ("rate_limit", "{burst = 3}", ""),
    ("rate_limit", '{rate = "1/s", per = "host"}', "per"),
    *[("events", v, "") for v in ("1", "0.5", "nan", '"on"', "[]")],
    *[("events", f"{{sample = {v}}}", "sample") for v in ("-0.1", "1.1", "nan", "inf", "true", '"half"', "[0.5]")],
    ("events", "{smaple = 0.5}", "smaple"),
    *[("fallback", v, "") for v in ("nan", "inf", '""', '"cached"', '"app.pay.cached()"', '"app..x"', '"app.class"')],
    *[
        ("fallback", v, "")
        for v in ("1979-05-27", "[nan]", "{}", "{value = 1, call = 'app.f'}", "{call = 5}", "{x = 1}")
    ],
    ("fallback", f'{{value = "{"x" * 10_001}"}}', ""),
    ("fallback", "{value = {a = [inf]}}", ""),
    *[("hedge", v, "") for v in (*NO_SECONDS, "{after = 1}")],
]


def refused(folder: Path, text: str) -> ConfigError:
    """The complaint about a pyproject.toml."""
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_options(folder, {})
    return caught.value


@pytest.mark.parametrize(("key", "value", "inner"), BAD)
def test_odd_values_are_refused_at_their_place(tmp_path: Path, key: str, value: str, inner: str) -> None:
    """Each with its code, the line, the column of the very setting, what is wrong with it, and what to do."""
    text = f"# a comment\n{FUNCTION}{key} = {value}\n"
    said = refused(tmp_path, text).diagnostic
    assert (said.code, said.path, said.line) == ("POET220", "pyproject.toml", 3)
    line = text.split("\n")[2]
    assert said.excerpt == line[:400]
    written = re.search(rf"(?<!\w){inner}(?= =)", line) if inner else None
    assert said.column == (written.start() + 1 if written else 1)
    assert said.message.startswith(f'`{key}` in [tool.poet.functions."app.pay.receipt"] ')
    assert inner in said.message
    assert re.search(r"must|unknown setting|says nothing without|lacks", said.message), said.message
    assert said.hint
    assert len(said.message) < 500


@pytest.mark.parametrize(("key", "value", "inner"), [row for row in BAD if row[0] in EVERYWHERE][::7])
def test_they_are_refused_for_all_functions_as_well(tmp_path: Path, key: str, value: str, inner: str) -> None:
    """`[tool.poet]` refuses the same values."""
    said = refused(tmp_path, f"[tool.poet]\n{key} = {value}\n").diagnostic
    assert (said.code, said.line) == ("POET220", 2)
    assert said.message.startswith(f"`{key}` in [tool.poet] ")


PLACES = [
    ("[tool.poet.breaker]\nfailures = 2\nrate = nan\n", 3, 1),
    ("[tool.poet]\nbreaker.failures = 2\nbreaker.rate = nan\n", 3, 1),
    ("[tool.poet]\n  breaker = { failures = 2, 'rate' = nan }\n", 2, 30),
    ('[tool.poet.functions."app.f".breaker]\nrate = nan\n', 2, 1),
    ("[tool.poet.functions.'app.f']\nbreaker = {rate = nan}\n", 2, 12),
    ("[tool.poet.functions.'app.f'.breaker]\nfailures = 2\n  rate = nan\n", 3, 3),
    ('[tool.poet.functions]\n"app.f" = {breaker = {rate = nan}}\n', 2, 23),
    ('[tool.poet]\nfunctions."app.f".breaker.rate = nan\n', 2, 19),
    ("tool = {poet = {breaker = {rate = nan}}}\n", 1, 28),
    ("[tool]\npoet.breaker = {rate = nan}\n", 2, 17),
]


@pytest.mark.parametrize(("text", "line", "column"), PLACES)
def test_the_place_however_it_is_written(tmp_path: Path, text: str, line: int, column: int) -> None:
    """TOML has many ways to write a table; the caret stands under the setting, or the table that has it, in each."""
    said = refused(tmp_path, text).diagnostic
    assert "`rate`, which must be a number above 0 and at most 1, not nan" in said.message
    assert said.line == line
    assert said.excerpt == text.split("\n")[line - 1]
    assert said.column == column


@pytest.mark.parametrize("key", ["fallback", "hedge"])
def test_what_is_for_single_functions_only(tmp_path: Path, key: str) -> None:
    """A fallback for every function makes no sense; the hint says where it belongs."""
    said = refused(tmp_path, f"[tool.poet]\n{key} = 1\n").diagnostic
    assert f"unknown setting `{key}` in [tool.poet]" in said.message
    assert "app.pay.receipt" in said.hint


def test_a_misspelt_protection_of_a_function(tmp_path: Path) -> None:
    """A table where none belongs is an unknown setting, not a name without quotes."""
    said = refused(tmp_path, f"{FUNCTION}braker = {{failures = 3}}\n").diagnostic
    assert "unknown setting `braker`" in said.message
    assert "`breaker`" in said.hint
    assert (said.line, said.column) == (2, 1)


GOOD: list[tuple[str, str, Any]] = [
    ("breaker", "true", BreakerPolicy()),
    ("breaker", "false", False),
    ("breaker", "{}", BreakerPolicy()),
    (
        "breaker",
        "{failures = 3, open_for = 5, growth = 2, jitter = 0, probes = 2, successes = 9, "
        'exclude = ["ValueError", "a.B"]}',
        BreakerPolicy(
            failures=3, open_for=5.0, growth=2.0, jitter=0.0, probes=2, successes=9, exclude=("ValueError", "a.B")
        ),
    ),
    (
        "breaker",
        '{rate = 1, slow = 2, slow_rate = 1, window = 60, calls = 10, per = "host"}',
        BreakerPolicy(rate=1.0, slow=2.0, slow_rate=1.0, window=60.0, calls=10, per="host"),
    ),
    ("breaker", "{slow = 2, calls = 1}", BreakerPolicy(slow=2.0, calls=1)),
    ("bulkhead", "8", BulkheadPolicy(8, 0.0)),
    ("bulkhead", "{limit = 8, wait = 1}", BulkheadPolicy(8, 1.0)),
    ("bulkhead", "false", None),
    ("rate_limit", '"100/s"', RatePolicy(100, 100, 1.0, 0.0)),
    ("rate_limit", '"5/m"', RatePolicy(5, 5, 60.0, 0.0)),
    ("rate_limit", '"10 / 2h"', RatePolicy(10, 10, 7200.0, 0.0)),
    ("rate_limit", '{rate = "1/d", burst = 3, wait = 0.5}', RatePolicy(1, 3, 86400.0, 0.5)),
    ("rate_limit", "false", None),
    ("fallback", '"app.pay.cached"', FallbackPolicy(call="app.pay.cached")),
    ("fallback", '{call = "app.pay.cached"}', FallbackPolicy(call="app.pay.cached")),
    ("fallback", '"None"', FallbackPolicy(literal="null")),
    ("fallback", '{value = "app.pay.cached"}', FallbackPolicy(literal='"app.pay.cached"')),
    ("fallback", "0", FallbackPolicy(literal="0")),
    ("fallback", "false", FallbackPolicy(literal="false")),
    ("fallback", "{value = {a = [1.5, true]}}", FallbackPolicy(literal='{"a":[1.5,true]}')),
    ("hedge", "1", 1.0),
    ("hedge", "false", None),
    ("events", "true", 1.0),
    ("events", "false", None),
    ("events", "{}", 1.0),
    ("events", "{sample = 0.5}", 0.5),
    ("events", "{sample = 1}", 1.0),
    ("events", "{sample = 0}", None),
    ("events", "{sample = 0.0}", None),
]


@pytest.mark.parametrize(("key", "value", "meant"), GOOD)
def test_what_may_be_written(tmp_path: Path, key: str, value: str, meant: Any) -> None:
    """Every spelling means what the documentation says; numbers are of their kind, so that versions don't change."""
    (tmp_path / "pyproject.toml").write_text(f"{FUNCTION}{key} = {value}\n", encoding="utf-8")
    asked = load_options(tmp_path, {}).asked_of("app.pay.receipt")
    assert asked[key] == meant
    assert repr(asked[key]) == repr(meant)


NAMES = (
    "failures rate slow slow_rate window calls open_for growth jitter probes successes exclude per "
    "limit wait burst value call sample x"
)


def test_the_documented_settings_mean_what_they_say(tmp_path: Path) -> None:
    """The example of docs/protections.md is valid, and its functions get what it shows."""
    page = (Path(__file__).parents[3] / "docs" / "protections.md").read_text("utf-8")
    text = page.partition("<!-- protection: toml -->\n```toml\n")[2].partition("```")[0]
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    options = load_options(tmp_path, {})
    assert options.asked_of("app.other") == {"breaker": BreakerPolicy(failures=5, open_for=30.0), "events": 0.1}
    assert options.asked_of("app.pay.receipt") == {
        "breaker": BreakerPolicy(rate=0.5, slow=2.0, window=60.0, per="function"),
        "bulkhead": BulkheadPolicy(8, 0.5),
        "rate_limit": RatePolicy(100, 20, 1.0, 1.0),
        "events": 0.1,
        "fallback": FallbackPolicy(call="app.pay.cached_receipt"),
    }
    assert options.asked_of("app.pay.quote")["hedge"] == 0.2


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES.split()),
            inner,
            max_size=4,
        )
    ),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(PROTECTIONS), JUNK)
def test_any_value_is_refused_or_can_be_sent(key: str, value: Any) -> None:
    """Property: nothing crashes, and what the configuration accepts the contract with the service accepts too."""
    wrong, inner = protection_objection(key, value)
    if wrong:
        assert isinstance(inner, str)
        return
    meant = protection(key, value)
    if meant is not None:
        sent = json.loads(json.dumps(asdict(meant) if is_dataclass(meant) else meant))
        assert getattr(policy_of({key: sent}), key) == meant
