"""Answers that are no text, too much text, or text that Python would read in another way than the checks."""

from __future__ import annotations

import sys
import warnings
from dataclasses import replace

import pytest
from verify_answers import DIRECT, TABBED, Case
from verify_drafts import draft_of, unit_of

from poetc.errors import VerifyError
from poetc.verify import parses, verify

COOKIES = {
    "first line": "# -*- coding: utf-7 -*-\n",
    "vim": "# vim: set fileencoding=latin-1 :\n",
    "second line": "# fmt: off\n# coding=utf-7\n",
    "behind a directive": "# fmt: off coding=utf-7\n",
    "behind a form feed": "\x0c# coding: utf-7\n",
    "indented": "  # coding: utf-7\n",
    "byte-order mark": "\ufeff",
    "free comment": "# exec(open('x').read())\n",
    "shebang": "#!/usr/bin/python -c x\n",
}


@pytest.mark.parametrize("top", COOKIES.values(), ids=COOKIES)
def test_top_of_the_file_is_restricted(top: str) -> None:
    """Before the docstring only the lines for formatters and linters may stand; nothing names an encoding."""
    assert code_of(replace(DIRECT, code=top + DIRECT.code)) == "POET401"


HIDDEN = {
    "null byte": "\0",
    "form feed": "\x0c",
    "carriage return": "\r",
    "vertical tab": "\x0b",
    "escape": "\x1b[2J",
    "right-to-left override": "\u202e",
    "line separator": "\u2028",
    "zero-width space": "\u200b",
    "tag": "\U000e0041",
    "half a surrogate pair": "\ud800",
}


@pytest.mark.parametrize("character", HIDDEN.values(), ids=HIDDEN)
def test_hidden_characters_are_refused(character: str) -> None:
    """What can't be seen, or steers a terminal, may not stand even in a comment or docstring."""
    assert code_of(DIRECT.edited("# a comment", f"# a comment{character}")) == "POET401"
    assert code_of(DIRECT.edited('"""The enhanced', f'"""The{character} enhanced')) == "POET401"


def test_hidden_characters_of_the_user_are_kept() -> None:
    """A direction mark in the user's own string is the user's business."""
    source = "@poet()\ndef f(x):\n    return '\u202e' + x\n"
    code = TABBED.code[: TABBED.code.index("def bind")]
    code += (
        "def bind(original):\n  def operate(x):\n\n    return '\u202e' + x\n\n  return rt.relocate(operate, original)\n"
    )
    verify(draft_of(unit_of(source), code))


DEEP = {
    "parentheses": "(" * 5_000 + ")" * 5_000,
    "unary": "-" * 100_000 + "1",
    "attributes": "a" + ".b" * 50_000,
    "operators": "1" + "+1" * 100_000,
    "calls": "f" + "()" * 50_000,
    "conditions": "1 if 1 else " * 20_000 + "1",
    "lambdas": "lambda: " * 20_000 + "1",
    "brackets": "[" * 150 + "]" * 150,
}


@pytest.mark.parametrize("expression", DEEP.values(), ids=DEEP)
@pytest.mark.parametrize("place", ["module", "bind", "body", "test"])
def test_deep_nesting_is_refused(expression: str, place: str) -> None:
    """Nesting that exhausts parser, compiler or checks ends in a finding, in any place, never in a crash."""
    long = replace(DIRECT, source=DIRECT.source + "# " + "x" * 40_000 + "\n    ...\n")
    case = {
        "module": lambda: long.edited("def bind", f"{expression}\n\ndef bind"),
        "bind": lambda: long.edited("  enforce = rt", f"  x = rt.Retry({expression})\n  enforce = rt"),
        "body": lambda: long.edited("total = 0", f"total = {expression}"),
        "test": lambda: long.edited("if not (", f"if not ({expression} and "),
    }[place]()
    assert code_of(case) in ("POET401", "POET403", "POET406")


def test_low_recursion_limit_ends_in_a_finding() -> None:
    """Even with hardly any stack left a verdict comes as a VerifyError."""
    case = DIRECT.edited("total = 0", "total = " + "(1 + " * 60 + "1" + ")" * 60)
    depth = len([*frames()])
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + 60)
    try:
        with pytest.raises(VerifyError):
            verify(case.draft())
    finally:
        sys.setrecursionlimit(limit)


def frames() -> list[object]:
    """The frames on the stack."""
    found, frame = [], sys._getframe()
    while frame is not None:
        found.append(frame)
        frame = frame.f_back  # type: ignore[assignment]
    return found


def test_too_much_code_is_not_even_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """20 MB are refused by their size alone."""
    huge = replace(DIRECT, code=DIRECT.code + "x = 1\n" * 3_333_333).draft()
    monkeypatch.setattr(parses.ast, "parse", lambda *_, **__: pytest.fail("it was parsed"))
    with pytest.raises(VerifyError, match=r"at most [0-9]+ are read"):
        verify(huge)


@pytest.mark.parametrize("code", ["", "\n", "def bind(original):", "<html>", "\\", "x = 1", "bind = 1", "'"])
def test_what_is_no_answer_is_refused(code: str) -> None:
    """Text of any kind ends in a VerifyError."""
    assert code_of(replace(DIRECT, code=code)) in ("POET401", "POET406")


def test_nothing_is_printed_of_the_users_warnings() -> None:
    """SyntaxWarnings of the user's own code are not said again, nor turned into errors."""
    source = "@poet()\ndef f(x):\n    assert (x, 'm')\n    return x is 1, '\\d'\n"
    code = TABBED.code[: TABBED.code.index("def bind")]
    code += "def bind(original):\n  def operate(x):\n\n    assert (x, 'm')\n    return x is 1, '\\d'\n\n"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        unit = unit_of(source)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("error")
        verify(draft_of(unit, code + "  return rt.relocate(operate, original)\n"))
    assert not caught


def test_excerpts_can_not_steer_a_terminal() -> None:
    """What is shown of a hostile answer is printable, and on one line."""
    case = DIRECT.edited("def bind", "x = '\\x1b[2J'; y = 'é\u00a0'\n\n\ndef bind")
    with pytest.raises(VerifyError) as raised:
        verify(case.draft())
    for diagnostic in raised.value.diagnostics:
        for text in (diagnostic.message, diagnostic.excerpt, diagnostic.hint):
            assert text.isprintable()
        assert diagnostic.unit == "app.text.slug"
        assert (diagnostic.path, diagnostic.line) == ("app/text.py", 4)


def code_of(case: Case) -> str:
    """The code of the first finding; "" if the answer passes."""
    try:
        verify(case.draft())
    except VerifyError as error:
        return error.diagnostic.code
    return ""
