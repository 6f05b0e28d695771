"""POET402: whoever calls the answer calls it as the original is called."""

from __future__ import annotations

import ast

from poetc.ir import Kind
from poetc.verify.answer import Answer, Form, Function
from poetc.verify.nodes import is_generator, mangled, parameters, said
from poetc.verify.patterns import ADDED, is_default

CODE = "POET402"


def check(answer: Answer, form: Form) -> None:
    """Raise VerifyError (POET402) unless the facing function's signature and kind are the original's, and a guarded
    Operate′ takes the same parameters flattened.
    """
    original, classes = answer.function.args, answer.unit.site.classes
    facing = form.facing
    if facing is None:
        return
    if facing.name.rstrip("_") != answer.function.name.rstrip("_") and form.public is not None:
        raise answer.error(CODE, f"it defines `{facing.name}`", facing)
    wanted, given = names_by_kind(original, classes), names_by_kind(facing.args, ())
    if wanted != given:
        raise answer.error(CODE, f"its parameters are `({said(facing.args)})`, not `({said(original)})`", facing)
    check_defaults(answer, original, facing)
    check_kind(answer, facing)
    if form.public is not None and form.operate is not None:
        check_flat(answer, form.operate, [mangled(a.arg, classes) for a in parameters(original)])
        check_kind(answer, form.operate)


def names_by_kind(arguments: ast.arguments, classes: tuple[str, ...]) -> tuple[object, ...]:
    """The parameters' names, kind by kind, as Python stores them inside `classes`, and which have defaults."""
    groups = [
        [mangled(argument.arg, classes) for argument in group if argument is not None]
        for group in (
            arguments.posonlyargs,
            arguments.args,
            [arguments.vararg],
            arguments.kwonlyargs,
            [arguments.kwarg],
        )
    ]
    return (groups, len(arguments.defaults), [default is None for default in arguments.kw_defaults])


def check_defaults(answer: Answer, original: ast.arguments, facing: Function) -> None:
    """Each default is the source's literal, or `...`, in whose place the runtime puts the original's object."""
    written = (*facing.args.defaults, *facing.args.kw_defaults)
    source = (*original.defaults, *original.kw_defaults)
    for ours, theirs in zip(written, source, strict=True):
        if ours is not None and theirs is not None and not is_default(ours, theirs):
            raise answer.error(CODE, f"the default `{said(theirs)}` became `{said(ours)}`", ours)


def check_kind(answer: Answer, function: Function) -> None:
    """A coroutine stays one, a generator stays one."""
    kind = {
        (False, False): Kind.SYNC,
        (False, True): Kind.GENERATOR,
        (True, False): Kind.COROUTINE,
        (True, True): Kind.ASYNC_GENERATOR,
    }[isinstance(function, ast.AsyncFunctionDef), is_generator(function)]
    if kind is not answer.unit.site.kind:
        raise answer.error(CODE, f"a {answer.unit.site.kind} function became a {kind} function", function)


def check_flat(answer: Answer, operate: Function, wanted: list[str]) -> None:
    """The parameters one after the other, without stars and defaults, then at most a deadline."""
    arguments = operate.args
    given = [argument.arg for argument in arguments.args]
    starred = arguments.posonlyargs or arguments.kwonlyargs or arguments.vararg or arguments.kwarg or arguments.defaults
    added = given[len(wanted) :]
    fits = len(added) <= 1 and all(ADDED.fullmatch(n) and n not in answer.mentioned for n in added)
    if starred or given[: len(wanted)] != wanted or not fits:
        raise answer.error(
            CODE, f"`{operate.name}` takes `({said(arguments)})`, not the function's parameters", operate
        )
