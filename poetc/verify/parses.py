"""POET401: the answer is text of a sane size that Python reads as it was read here, and that compiles.

What is checked must be what will run: the bytes that would be written are parsed, not the text, and nothing may make
Python or a person read them in another way (PEP 263 cookies, byte-order marks, control and direction characters).
"""

from __future__ import annotations

import ast
import re
import warnings
from textwrap import dedent
from threading import Lock
from typing import Final

from poetc.errors import VerifyError
from poetc.ir import Draft
from poetc.verify.answer import diagnostic_of
from poetc.verify.fstrings import first_of_3_12
from poetc.verify.nodes import clean
from poetc.verify.patterns import COOKIE, HEADER

CODE = "POET401"

LEAST_LIMIT: Final = 20_000
GROWTH: Final = 30
"""an answer has at most `LEAST_LIMIT` bytes and `GROWTH` more for every byte of the user's function"""

HIDING: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""characters that are not seen, or change how text around them is seen or split into lines"""


FILTERS: Final = Lock()
"""held while the warning filters, which all threads share, are other than the process wants them"""


def parsed(draft: Draft) -> ast.Module:
    """The tree of an answer; raises VerifyError (POET401)."""
    data = encoded(draft)
    check_characters(draft)
    check_header(draft)
    try:
        with FILTERS, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data, filename="<answer>")
            compile(data, "<answer>", "exec", flags=0, dont_inherit=True)
    except SyntaxError as error:
        raise rejection(draft, f"it is not Python: {clean(error.msg)}", error.lineno or 0) from None
    except (RecursionError, MemoryError):
        raise rejection(draft, "it is nested too deeply") from None
    except ValueError as error:
        raise rejection(draft, f"it cannot be read: {clean(str(error))}") from None
    if any(isinstance(node, ast.JoinedStr) for node in ast.walk(tree)):
        line = first_of_3_12(draft.code)
        if line and not first_of_3_12(dedent(draft.unit.site.text)):
            raise rejection(draft, "Python 3.11 doesn't read its f-string, though it reads those of the source", line)
    return tree


def encoded(draft: Draft) -> bytes:
    """The bytes that would be written, within the limit of size."""
    code, source = draft.code, draft.unit.site.text
    limit = LEAST_LIMIT + GROWTH * len(source)
    if len(code) > limit:
        raise rejection(
            draft, f"it has {len(code)} characters for a function of {len(source)}; at most {limit} are read"
        )
    try:
        return code.encode()
    except UnicodeEncodeError:
        raise rejection(draft, "it holds half a surrogate pair, which is no text") from None


def check_characters(draft: Draft) -> None:
    """No hidden character that the user's function doesn't have itself."""
    found = HIDING.findall(draft.code)
    if not found:
        return
    text = draft.unit.site.text
    for character in set(found):
        if found.count(character) > text.count(character):
            line = draft.code[: draft.code.index(character)].count("\n") + 1
            raise rejection(draft, f"it holds the hidden character U+{ord(character):04X}", line)


def check_header(draft: Draft) -> None:
    """The comment lines before the docstring are those for other tools, and none names an encoding."""
    for number, line in enumerate(draft.code.split("\n"), 1):
        if number <= 2 and COOKIE.search(line):
            raise rejection(draft, "it names an encoding", number)
        if not line.startswith("#"):
            if line.strip():
                return
        elif not HEADER.fullmatch(line):
            raise rejection(draft, "a comment line at its top is none of those for formatters and linters", number)


def rejection(draft: Draft, what: str, line: int = 0) -> VerifyError:
    """The error for an answer that can't be read."""
    return VerifyError(diagnostic_of(draft, CODE, what, line, draft.code[:100_000].split("\n")))
