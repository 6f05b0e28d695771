"""POET402: whoever calls what was written calls it as the original is called."""

from __future__ import annotations

import ast

from poetc.errors import VerifyError
from poetc.source.functions import kind_of, mangled
from poetc.source.nodes import parameters
from poetc.verify.findings import rejection, shown
from poetc.verify.written import Function, Written

CODE = "POET402"


def check_signature(written: Written) -> None:
    """Raise VerifyError unless parameters, kinds of them and the kind of function are the original's."""
    original, classes = written.function.args, written.unit.site.classes
    facing = written.facing
    if facing is None:
        return
    if written.plan.form == "guarded" and facing.name.rstrip("_") != written.function.name.rstrip("_"):
        raise failed(written, f"it defines `{facing.name}`", facing)
    if names_by_kind(original, classes) != names_by_kind(facing.args, ()):
        raise failed(written, f"its parameters are `({shown(facing.args)})`, not `({shown(original)})`", facing)
    check_defaults(written, facing)
    if written.plan.form == "guarded" and written.operate is not None:
        check_flat(written, written.operate)
    for function in {id(each): each for each in (facing, written.operate) if each is not None}.values():
        if kind_of(function) is not written.unit.site.kind:
            raise failed(
                written, f"a {written.unit.site.kind} function became a {kind_of(function)} function", function
            )


def check_flat(written: Written, operate: Function) -> None:
    """Operate′ behind a public function takes the original's parameters by position, and perhaps the deadline."""
    classes, given = written.unit.site.classes, operate.args
    wanted = [mangled(each.arg, classes) for each in parameters(written.function.args)]
    names = [each.arg for each in given.args]
    is_flat = parameters(given) == given.args and not given.defaults
    if not is_flat or names[: len(wanted)] != wanted or len(names) > len(wanted) + 1:
        raise failed(written, f"Operate′ takes `({shown(given)})`", operate)


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


def check_defaults(written: Written, facing: Function) -> None:
    """Each default is the source's literal, or `...`, in whose place the runtime puts the original's object."""
    mine = (*written.function.args.defaults, *written.function.args.kw_defaults)
    theirs = (*facing.args.defaults, *facing.args.kw_defaults)
    for source, given in zip(mine, theirs, strict=True):
        if source is None or given is None or (isinstance(given, ast.Constant) and given.value is ...):
            continue
        if ast.dump(source) != ast.dump(given):
            raise failed(written, f"the default `{shown(source)}` became `{shown(given)}`", facing)


def failed(written: Written, what: str, function: Function) -> VerifyError:
    """The error that says how the signature differs."""
    return rejection(written.unit, CODE, what, function.lineno, written.text)
