"""POET403: Operate′ is the user's body, line for line, but for the rewrites that the answer lists.

Translation validation: the user's body, parsed by the client, and Operate′ are compared node by node (`comparison`);
where they differ the difference must be exactly one of the known rewrites, listed with its line, and everything inside
it is compared on. Nothing is asked of the generator. A stub's body may be replaced by a domain's.
"""

from __future__ import annotations

import ast
from collections import Counter

from poetc.verify.answer import Answer, Form
from poetc.verify.comparison import CODE, Comparison
from poetc.verify.nodes import said
from poetc.verify.place import reason_to_stay
from poetc.verify.rewrites import Listed


def check(answer: Answer, form: Form) -> Counter[str]:
    """How often each kind of rewrite was undone; raises VerifyError (POET403, POET407)."""
    listed = Listed(answer)
    if form.operate is not None:
        if reason := reason_to_stay(answer):
            raise answer.error(CODE, f"the body was moved, but {reason}", form.operate)
        Comparison(answer, form, form.operate, listed).run()
    elif form.is_supplied:
        check_supplied(answer, form)
    listed.check_all_found()
    return listed.found


def is_stub(answer: Answer) -> bool:
    """Whether the user's body holds nothing but a docstring, constants, `pass` and `raise NotImplementedError`."""
    return all(is_stub_statement(node) for node in answer.function.body)


def is_stub_statement(node: ast.stmt) -> bool:
    """Whether a statement does nothing but say a constant, or that there is nothing yet."""
    match node:
        case ast.Pass() | ast.Expr(value=ast.Constant()) | ast.Return(value=None):
            return True
        case ast.Return(value=ast.expr() as value):
            return is_constant(value)
        case ast.Raise(exc=ast.Name(id="NotImplementedError"), cause=None):
            return True
        case ast.Raise(exc=ast.Call(func=ast.Name(id="NotImplementedError"), args=args, keywords=[]), cause=None):
            return all(is_constant(argument) for argument in args)
    return False


def is_constant(node: ast.expr) -> bool:
    """Whether an expression is made of literals only."""
    waiting: list[ast.expr | None] = [node]
    for part in waiting:
        match part:
            case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
                waiting.extend(elements)
            case ast.Dict(keys=keys, values=values):
                waiting.extend([*keys, *values])
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                waiting.append(operand)
            case ast.Constant():
                pass
            case _:
                return False
    return True


def check_supplied(answer: Answer, form: Form) -> None:
    """Only a stub may be replaced, and only its own constants may be added to the domain's result."""
    if not is_stub(answer):
        raise answer.error(CODE, "a body that does something was replaced", form.public)
    returned = [node.value for node in answer.function.body if isinstance(node, ast.Return)]
    known = {
        (ast.dump(key), ast.dump(value))
        for each in returned
        if isinstance(each, ast.Dict)
        for key, value in zip(each.keys, each.values, strict=True)
        if key is not None
    }
    for call in form.bound.values():
        for keyword in call.keywords:
            if isinstance(keyword.value, ast.Dict):
                items = zip(keyword.value.keys, keyword.value.values, strict=True)
                if not all(key is not None and (ast.dump(key), ast.dump(value)) in known for key, value in items):
                    raise answer.error(CODE, f"`{said(keyword)}` isn't what the stub returns", keyword.value)
