"""Any change of the user's part of an honest answer is found, whatever it is."""

from __future__ import annotations

import ast
import io
import tokenize

import pytest
from generated import Generated
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from verify_answers import GOOD, Case, code_of, code_of_text

MOVED = {
    name: case
    for name, case in GOOD.items()
    if case.plan.operate in ("relocated", "transformed") and name != "DOCSTRING_ONLY"
}

OTHER_TOKENS = {
    tokenize.NAME: [
        "x",
        "text",
        "not",
        "and",
        "or",
        "is",
        "in",
        "None",
        "True",
        "pass",
        "return",
        "await",
        "yield",
        "perceive",
        "type",
    ],
    tokenize.NUMBER: ["0", "1", "2", "-1", "1.0", "3", "10**9", "True"],
    tokenize.STRING: ['""', "''", "'x'", "b'x'", "f'{text}'", "'-_'", "None"],
    tokenize.OP: [
        "+",
        "-",
        "*",
        "<",
        "<=",
        ">",
        ">=",
        "==",
        "!=",
        "=",
        "+=",
        "-=",
        ",",
        ".",
        "(",
        ")",
        ":",
        ";",
        "**",
        "@",
        ":=",
    ],
}


def body_tokens(case: Case) -> list[tokenize.TokenInfo]:
    """Tokens of the answer that stand on lines which are the user's own, unchanged."""
    body = case.unit.site.node.body  # without its docstring, which may be left out
    is_docstring = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    first = body[is_docstring].lineno if len(body) > 1 else body[0].lineno
    own = {line.strip() for line in case.source.split("\n")[first - 1 :] if line.strip()}
    start = Generated(case.code).body.lineno + 1
    tokens = tokenize.generate_tokens(io.StringIO(case.code).readline)
    return [
        t
        for t in tokens
        if t.type in OTHER_TOKENS and t.start[0] > start and t.line.strip() in own and t.start[0] == t.end[0]
    ]


def changed(code: str, token: tokenize.TokenInfo, text: str) -> str:
    """`code` with other text in the place of a token."""
    lines = code.split("\n")
    line = lines[token.start[0] - 1]
    lines[token.start[0] - 1] = line[: token.start[1]] + text + line[token.end[1] :]
    return "\n".join(lines)


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_any_changed_token_of_the_body_is_found(data: st.DataObject) -> None:
    """Replace, drop, double or join a token: if the program changes, it is refused, also without comparing bytes."""
    case = MOVED[data.draw(st.sampled_from(sorted(MOVED)))]
    tokens = body_tokens(case)
    assume(tokens)
    token = data.draw(st.sampled_from(tokens))
    other = data.draw(st.sampled_from(OTHER_TOKENS[token.type]))
    text = data.draw(
        st.sampled_from(
            [other, "", token.string * 2, f"{token.string} {other}", f"({token.string})", f"{other} {token.string}"]
        )
    )
    mutant = changed(case.code, token, text)
    assume(not is_same(case.code, mutant))
    assert code_of_text(case, lambda _: mutant) in ("POET401", "POET402", "POET403")
    assert code_of(case.saying(mutant)) == "POET408"


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_moved_line_of_the_body_is_found(data: st.DataObject) -> None:
    """Drop, double, swap or shift lines of the user's part: the answer is refused."""
    case = MOVED[data.draw(st.sampled_from(sorted(MOVED)))]
    numbers = sorted({token.start[0] - 1 for token in body_tokens(case)})
    assume(numbers)
    lines = case.code.split("\n")
    number = data.draw(st.sampled_from(numbers))
    match data.draw(st.sampled_from(["drop", "blank", "double", "swap", "shift", "insert"])):
        case "drop":
            del lines[number]
        case "blank":
            lines[number] = ""
        case "double":
            lines.insert(number, lines[number])
        case "swap":
            lines[number], lines[number + 1] = lines[number + 1], lines[number]
        case "shift":
            lines[number] = " " + lines[number]
        case "insert":
            lines.insert(number, "")
    mutant = "\n".join(lines)
    assume(mutant != case.code)
    assert code_of(case.saying(mutant)) == "POET408"
    assert code_of_text(case, lambda _: mutant) or is_same(case.code, mutant)


@pytest.mark.parametrize("case", MOVED.values(), ids=MOVED)
def test_mutations_reach_every_moved_answer(case: Case) -> None:
    """There is something to mutate in each, but for the one whose only line is rewritten."""
    assert body_tokens(case) or "def double" in case.source


def is_same(one: str, other: str) -> bool:
    """Whether two texts are the same program, in the same lines."""
    try:
        return one == other or ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))
    except SyntaxError:
        return False
