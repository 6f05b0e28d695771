"""What is stored in a part of an object may be stored in something else that was put into it."""

from __future__ import annotations

import textwrap

import pytest

from tests.unit.effects.test_effects_properties import Names, effects

CHANGED = [
    "o.append(o); o[0][0] = p; o[0].clear()",
    "m.append(n); n.append(m); m[0][0] = p; n[0].clear()",
    "o.append(n); x = o[0]; x.append(p); n[0].clear()",
    "o.append(n)\nfor y in o:\n  y.append(p)\nn[0].clear()",
    "o.append([n]); o[0][0].append(p); n[0].clear()",
    "m.append(n); o.append(m); o[0][0].append(p); n[0].clear()",
    "x = n; o.append(x); o[0].append(p); n[0].clear()",
    "o.append(m if p else n); o[0].append(p); n[0].clear()",
]
KEPT = [
    "o.append(n); o.append(p); n.append(1)",
    "for r in p:\n  x = {}\n  x['a'] = r\n  o.append(x)",
    "o.append(n); o[0].append(1); n.clear()",
]


def effect(body: str) -> str:
    """The effect of a function that makes three lists and is given one."""
    made = textwrap.indent(textwrap.dedent("m = [[[]]]\nn = []\no = []\n" + body), "  ")
    return effects(f"def f(p):\n{made}", Names()).effect


@pytest.mark.parametrize("body", CHANGED)
def test_an_argument_that_is_reached_through_another_container_is_changed(body: str) -> None:
    """The argument was stored in a part of one container, and that part is a name's object, too."""
    assert effect(body) != "pure"


@pytest.mark.parametrize("body", KEPT)
def test_what_changes_only_own_objects_stays_pure(body: str) -> None:
    """Objects are put into others, and nothing but these is changed."""
    assert effect(body) == "pure"
