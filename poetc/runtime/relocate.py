"""Making a generated function stand where the user's stood: globals, file, lines, names, everything visible."""

from __future__ import annotations

from types import CodeType, FunctionType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


FUTURES = 0x1FE0000
"""the flags of code objects that `from __future__ import` sets (`CO_FUTURE_*`); `exec` and `compile` pass them on"""


def moved_code(code: CodeType, home: CodeType, lines: int, old: str, new: str) -> CodeType:
    """`code` and all code inside it, `lines` further down in the file of `home`, its names under `new`, not `old`.

    A class body keeps its qualified name as a string constant; those are renamed as well.
    """
    inside = old + ".<locals>."
    constants: list[Any] = []
    for constant in code.co_consts:
        if type(constant) is CodeType:
            constants.append(moved_code(constant, home, lines, old, new))
        elif type(constant) is str and constant.startswith(inside):
            constants.append(new + constant[len(old) :])
        else:
            constants.append(constant)
    return code.replace(
        co_filename=home.co_filename,
        co_flags=code.co_flags & ~FUTURES | home.co_flags & FUTURES,
        co_firstlineno=code.co_firstlineno + lines,
        co_qualname=new + code.co_qualname[len(old) :] if code.co_qualname.startswith(old) else code.co_qualname,
        co_consts=tuple(constants),
    )


def relocate(function: Any, original: Any, perceive: Any = None) -> Any:
    """`function` with the globals, file, lines, defaults and looks of `original`.

    The first line of `function` becomes the first line of `original` (its first decorator); generated code is laid out
    so that the lines that follow are the user's own.
    """
    code, home = function.__code__, original.__code__
    lines = home.co_firstlineno - code.co_firstlineno
    code = moved_code(code, home, lines, code.co_qualname, home.co_qualname).replace(co_name=home.co_name)
    return dress(FunctionType(code, original.__globals__, None, None, function.__closure__), original, perceive)


def dress(function: Any, original: Any, perceive: Any = None) -> Any:
    """`function` with all that a caller can see of `original`: names, defaults (the same objects), docs, globals."""
    if function.__globals__ is not original.__globals__:
        code, home = function.__code__, original.__code__
        code = code.replace(co_name=home.co_name, co_qualname=home.co_qualname)
        function = FunctionType(code, original.__globals__, None, None, function.__closure__)
    function.__module__ = original.__module__
    function.__name__ = original.__name__
    function.__qualname__ = original.__qualname__
    function.__doc__ = original.__doc__
    function.__defaults__ = original.__defaults__
    function.__kwdefaults__ = original.__kwdefaults__
    function.__annotations__ = original.__annotations__
    if hasattr(original, "__type_params__"):
        function.__type_params__ = original.__type_params__
    function.__dict__.update(original.__dict__)
    function.__wrapped__ = original
    if perceive is not None:
        perceive.enhanced = function
    return function
