"""Blocks are repeated where the client's own rules say so, whole, as often, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tampers import Edit, another_class, argument, everywhere, expression, text
from verify_answers import Case, Change, code_of, code_of_text, places, setting, verify, within, without

from poetc.ir import Policy
from poetc.source.site import ModuleContext

AROUND = ModuleContext(imports=("import aiohttp", "import httpx", "import requests"))

SYNC = Case(
    """\
@poet()
def load(urls, name):
    found = []
    for url in urls:
        with httpx.stream("GET", url) as reply:  # here
            for part in reply.iter_bytes():
                found = part
        text = '''of
two lines'''
        other = requests.get(name + text, stream=True)
        more = b"".join(
            other.iter_content(2)
        )
        requests.post(name, data=more)
    return found, [reply for reply in urls]
""",
    Policy(breaker=False),
    AROUND,
)

ASYNC = Case(
    """\
@poet()
async def load(session: aiohttp.ClientSession, url: str) -> str:
    async with session.get(url) as reply:
        return await reply.text()
""",
    Policy(breaker=False),
    AROUND,
)


def test_every_form_passes() -> None:
    """Blocks of a loop's body, of several statements, and of a coroutine are accepted, each where it stands."""
    for case in (SYNC, ASYNC):
        verify(case.draft)
        assert code_of_text(case) == ""
    assert [(each.place.line, each.place.end_line) for each in SYNC.plan.regions] == [(5, 7), (10, 13)]
    assert [each.given for each in SYNC.plan.regions] == [("url",), ("name",)]
    assert [(each.place.line, each.place.end_line) for each in ASYNC.plan.regions] == [(3, 4)]


def moved(line: int, column: int, end_line: int, end_column: int) -> Change:
    """The first block elsewhere."""
    return within("regions", 0, place=(line, column, end_line, end_column))


PLANS: list[tuple[str, Case, Change]] = [
    ("wider", SYNC, moved(4, 4, 14, 38)),
    ("wider by a statement", SYNC, moved(5, 8, 9, 12)),
    ("narrower", SYNC, moved(6, 12, 7, 28)),
    ("around the write", SYNC, within("regions", 1, place=(10, 8, 14, 38))),
    ("none", SYNC, setting(regions=())),
    ("one left out", SYNC, without("regions", 1)),
    ("one twice", SYNC, places("regions", lambda regions: [*regions, regions[1]])),
    ("in another order", SYNC, places("regions", lambda regions: regions[::-1])),
    ("errors of the service's choice", SYNC, within("regions", 0, transient=("builtins.Exception",))),
    ("no errors", SYNC, within("regions", 0, transient=())),
    ("other variables looked at", SYNC, within("regions", 0, given=("name",))),
    ("no variables looked at", SYNC, within("regions", 0, given=())),
    ("said to open something else", SYNC, within("regions", 0, opened=("httpx.get",))),
    ("more attempts", SYNC, within("retry", attempts=30)),
    ("around a coroutine's return alone", ASYNC, moved(4, 8, 4, 33)),
]


@pytest.mark.parametrize(("case", "change"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS])
def test_another_plan_of_the_blocks_is_refused(case: Case, change: Change) -> None:
    """Which statements are done again, after which errors, is the client's to say, though text and plan agree."""
    assert code_of(case.planned(change)) == "POET408"


LOOP = 'in region.tries("url")'
ENTERED = "         with again:\n"
BEHIND = "\n        text = '''of\n"

EDITS: list[tuple[str, Case, Edit]] = [
    (
        "not repeated",
        SYNC,
        text(f"for again {LOOP}:\n{ENTERED}", f"if True:\n{ENTERED.replace('with again', 'if True')}"),
    ),
    ("another loop", SYNC, text(LOOP, 'in [*region.tries("url")]')),
    ("something else loops", SYNC, text(LOOP, 'in retry.tries("url")')),
    ("by another method", SYNC, text(LOOP, 'in region.entered("url")')),
    ("with a variable", SYNC, text(LOOP, "in region.tries(url)")),
    ("with other variables", SYNC, text(LOOP, 'in region.tries("urls")')),
    ("with no variables", SYNC, text(LOOP, "in region.tries()")),
    ("into a variable of the user's", SYNC, everywhere("again", "found")),
    ("another manager entered", SYNC, text(ENTERED, "         with region:\n")),
    ("the manager kept", SYNC, text(ENTERED, "         with again as held:\n")),
    ("a second manager", SYNC, text(ENTERED, "         with again, again:\n")),
    ("something before the block", SYNC, text(ENTERED, f"{ENTERED}          found.clear()\n")),
    ("something behind the block", SYNC, text(BEHIND, f"\n          found.clear(){BEHIND}")),
    ("lines of elsewhere", SYNC, text("rt.Relined((5, 7), ", "rt.Relined((5, 8), ")),
    ("lines of one only", SYNC, text("rt.Relined((5, 7), (10, 13))", "rt.Relined((5, 7))")),
    ("lines as they stand", SYNC, text(", lines=rt.Relined((5, 7), (10, 13))", "")),
    ("something else for the lines", SYNC, text("rt.Relined((5, 7), (10, 13))", "rt.Hidden((5, 7), (10, 13))")),
    ("a text indented", SYNC, text("two lines'''", "  two lines'''")),
    ("waits that hold up the loop", ASYNC, text("async for again", "for again")),
]


@pytest.mark.parametrize(("case", "edit"), [row[1:] for row in EDITS], ids=[row[0] for row in EDITS])
def test_another_block_in_the_body_is_refused_by_itself(case: Case, edit: Edit) -> None:
    """Undone, it isn't the user's body, or isn't what the plan names: also where nobody compares bytes."""
    assert code_of_text(case, edit) in ("POET403", "POET405")
    assert code_of(case.edited(edit)) == "POET408"


SETTINGS: list[tuple[str, Edit]] = [
    ("more attempts", argument("Region", "attempts", "30")),
    ("other errors", argument("Region", "transient", '("builtins.Exception",)')),
    ("another class", another_class("Region", "Retry")),
    ("another budget", argument("Region", "budget", "4500.0")),
]


@pytest.mark.parametrize("edit", [row[1] for row in SETTINGS], ids=[row[0] for row in SETTINGS])
def test_other_numbers_are_refused(edit: Edit) -> None:
    """What repeats a block is made with the plan's numbers."""
    assert code_of(SYNC.edited(edit)) == "POET408"


def test_users_entries_decide() -> None:
    """A block around a call that the user's catalogue says writes isn't repeated, whatever the service says."""
    entry = ("httpx.stream", (("effect", "write"),))
    case = replace(SYNC, context=replace(AROUND, calls=(entry,)))
    verify(case.draft)
    assert [each.place.line for each in case.plan.regions] == [10]
    assert code_of(case.planned(setting(regions=[each.model_dump() for each in SYNC.plan.regions]))) == "POET408"


def test_expressions_of_a_block_are_the_users() -> None:
    """Another call inside of a block is no other block, but another body."""
    assert code_of_text(SYNC, expression("reply.iter_bytes()", "reply.iter_raw()")) == "POET403"
