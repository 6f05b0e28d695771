"""POET214: `retries=` on a function whose effects may not happen twice names each of them, where it stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poetc.config import Options
from poetc.ir import Diagnostic, Severity

Extract = Callable[..., Any]
HEAD = "import httpx, requests\nfrom poetc import poet\nCOUNT = 0\n"


def said(extract: Extract, body: str, decorator: str = "poet(retries=2)", options: Options | None = None) -> Any:
    text = f"{HEAD}@{decorator}\ndef f(order, log):\n{body}"
    _, found = extract(text, options=options)
    return [d for d in found if d.code == "POET214"]


def places(found: list[Diagnostic]) -> list[tuple[int, int]]:
    return [(d.line, d.column) for d in found]


def test_each_call_is_named_where_it_stands(extract: Extract) -> None:
    """Line, column, text, effect, why, and what to do."""
    body = "    known = httpx.get(order)\n    return (known,\n"
    body += "        requests.post(order, json=[requests.get(log)]), log(1))\n"
    found = said(extract, body)
    assert places(found) == [(8, 9), (8, 57)]
    assert [d.severity for d in found] == [Severity.WARNING] * 2
    first, second = found
    assert "`retries=2` repeats the whole function" in first.message
    assert "`requests.post(...)` in it is a write: requests.post: write" in first.message
    assert '`"requests.post" = {effect = "idempotent"}`' in first.hint
    assert "`log(...)` in it may be a write: `log` is a parameter" in second.message
    assert '{effect = "read"}' in second.hint
    assert first.excerpt[first.column - 1 :].startswith("requests.post")
    assert first.excerpt[: first.end_column - 1].endswith("requests.get(log)])")


def test_what_is_no_call_is_named_too(extract: Extract) -> None:
    """Globals and objects of somebody else's that are changed."""
    found = said(extract, "    global COUNT\n    COUNT = order\n    log.seen = 1\n    log['x'] = 2\n    del log['y']\n")
    assert places(found) == [(7, 5), (8, 5), (9, 5), (10, 5)]
    assert "rebinds the global `COUNT`" in found[0].message
    assert all("Change a copy" in d.hint for d in found)


def test_calls_of_the_project_and_in_nested_functions_are_named(extract: Extract) -> None:
    """The project's own function, and one that is called inside."""
    body = "    def inner():\n        requests.post(order)\n    return inner(), save(order)\n"
    body += "def save(x):\n    requests.post(x)\n"
    found = said(extract, body)
    assert [d.line for d in found] == [7, 8]
    assert "save is the project's own: write, by `requests.post(...)` at app.py:10" in found[1].message


def test_the_way_through_the_projects_functions_is_told(extract: Extract) -> None:
    """Function by function, to the call that must not happen twice, with the places."""
    body = "    return outer(order)\ndef outer(x):\n    y = requests.get(x)\n    return inner(y)\n"
    body += "def inner(x):\n    if x:\n        requests.post(x)\n"
    (found,) = said(extract, body)
    assert "by `inner(...)` at app.py:9 → `requests.post(...)` at app.py:12" in found.message
    assert found.excerpt[found.column - 1 : found.end_column - 1] == "outer(order)"


def test_a_circle_of_functions_is_told_of_shortly(extract: Extract) -> None:
    """However long the way is, it ends."""
    body = "    return a(order)\ndef a(x):\n    return b(x)\ndef b(x):\n    requests.post(x)\n    return a(x)\n"
    (found,) = said(extract, body)
    assert "`requests.post(...)`" in found.message
    assert len(found.message) < 500


def test_what_depends_on_a_read_is_told_with_it(extract: Extract) -> None:
    """Two calls that may each be repeated, in a function that may not."""
    found = said(extract, "    n = requests.get(order).json()\n    requests.put(order, json=n + 1)\n")
    assert [d.line for d in found] == [7]
    assert "it depends on `requests.get(...)`" in found[0].message
    assert "leave `retries=` out" in found[0].hint.lower()


@pytest.mark.parametrize(
    ("body", "decorator"),
    [
        ("    return requests.get(order).json()\n", "poet(retries=2)"),
        ("    requests.put(order).raise_for_status()\n", "poet(retries=2)"),
        ("    rows = []\n    rows.append(order)\n    return rows\n", "poet(retries=2)"),
        ("    requests.post(order)\n", "poet(retries=0)"),
        ("    requests.post(order)\n", "poet()"),
    ],
)
def test_what_may_be_repeated_is_no_reason_to_warn(extract: Extract, body: str, decorator: str) -> None:
    """Pure functions, reads and idempotent writes; and functions that aren't repeated as a whole."""
    assert said(extract, body, decorator) == []


def test_retries_from_configuration_concern_the_known_calls_only(extract: Extract, root: Path) -> None:
    """Only what is written at the function repeats it as a whole."""
    assert said(extract, "    requests.post(order)\n", "poet()", Options(root=root, retries=3)) == []


def test_an_entry_of_the_users_ends_the_warning(extract: Extract, root: Path) -> None:
    """What the hint says helps."""
    options = Options(root=root, calls=(("requests.post", (("effect", "idempotent"),)),))
    assert said(extract, "    requests.post(order)\n", options=options) == []


def test_an_async_generator_is_never_repeated(extract: Extract) -> None:
    """So there is nothing to warn of."""
    text = f"{HEAD}@poet(retries=2)\nasync def f(x):\n    yield requests.post(x)\n"
    assert [d.code for d in extract(text)[1]] == []


def test_many_are_not_all_listed(extract: Extract) -> None:
    """The tenth says how many more there are."""
    found = said(extract, "".join(f"    requests.post({n})\n" for n in range(25)))
    assert len(found) == 10
    assert found[-1].message.endswith("(and 15 more)")
    assert (found[-1].line, found[-1].column) == (15, 5)


def test_a_very_long_chain_of_calls_is_named_shortly(extract: Extract) -> None:
    """Neither the walk nor the message follows it to its end by recursion."""
    found = said(extract, f"    return order{'.then(1)' * 300}\n")
    assert len(found) == 1
    assert found[0].message.endswith(", 296 more)")
    assert len(found[0].message) < 400
