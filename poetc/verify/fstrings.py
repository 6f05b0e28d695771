"""F-strings that only Python 3.12 and later read (PEP 701), for what is built with one Python runs with all.

Before 3.12 an f-string was a string first: it ended at the first quote like its own, and its expressions held no
backslash and no comment. `ast.parse(feature_version=)` doesn't know that.
"""

from __future__ import annotations

import io
import sys
import tokenize
from collections.abc import Iterator


def first_of_3_12(text: str) -> int:
    """The line of the first f-string that Python 3.11 would read otherwise or not at all; 0 if there is none.

    On 3.11 there is never one: such a text doesn't parse there.
    """
    if sys.version_info < (3, 12):
        return 0
    try:
        return next(_lines(text), 0)
    except (tokenize.TokenError, SyntaxError):
        return 0


if sys.version_info >= (3, 12):

    def _lines(text: str) -> Iterator[int]:
        quotes: list[str] = []
        """those of the f-strings around, the innermost last"""
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.FSTRING_END:
                quotes.pop()
                continue
            if quotes and token.type != tokenize.FSTRING_MIDDLE and _is_new(token, quotes):
                yield token.start[0]
            if token.type == tokenize.FSTRING_START:
                quotes.append(token.string.lstrip("rRfFbBuU"))

    def _is_new(token: tokenize.TokenInfo, quotes: list[str]) -> bool:
        """Whether a token inside an expression of f-strings couldn't stand there before."""
        if token.type == tokenize.COMMENT or "\\" in token.string:
            return True
        if token.type in (tokenize.NL, tokenize.NEWLINE):
            return any(len(quote) == 1 for quote in quotes)
        return any(quote in token.string for quote in quotes)

else:

    def _lines(text: str) -> Iterator[int]:
        yield from ()
