"""Making a generated function stand where the user's stood: globals, file, lines, names, everything visible."""

from __future__ import annotations

from functools import partial
from opcode import opmap
from types import CellType, CodeType, FunctionType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


FUTURES = 0x1FE0000
"""the flags of code objects that `from __future__ import` sets (`CO_FUTURE_*`); `exec` and `compile` pass them on"""
NESTED = 0x10
"""the flag of code inside of a function (`CO_NESTED`), which beartype looks at"""


SAME_LINE = 0x80 | 13 << 3
"""begins an entry of `co_linetable` (Python 3.11 and later) that has no columns; by how many lines it is further down
follows, and it counts up to eight instructions, less one, in its last bits"""


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


MADE: dict[int, tuple[CodeType, CodeType, CodeType]] = {}
"""by the identity of a generated code object: that object, the original's, and what was made for it; a function that is
defined again and again is made of the same code"""


class Unfit(Exception):
    """The function that is to be enhanced isn't made like the one that was built: its variables are others."""


def relocate(function: Any, original: Any, perceive: Any = None, lines: Any = None) -> Any:
    """`function` with the globals, variables, file, lines, defaults and looks of `original`.

    The first line of `function` becomes the first line of `original` (its first decorator); generated code is laid out
    so that the lines that follow are the user's own, or are made so by `lines`. Raises Unfit.
    """
    code, home = function.__code__, original.__code__
    made = MADE.get(id(code))
    if made is None or made[1] is not home:
        check_variables(function, original)
        below = home.co_firstlineno - code.co_firstlineno
        moved = moved_code(code if lines is None else lines(code), home, below, code.co_qualname, home.co_qualname)
        made = MADE[id(code)] = (code, home, moved.replace(co_name=home.co_name, co_flags=nested_like(moved, home)))
    function = FunctionType(made[2], original.__globals__, None, None, cells(function, original))
    if perceive is not None:
        perceive.body = partial(without_checks, function, original)
    return look(settled(function, original), original, perceive)


def without_checks(function: Any, original: Any) -> Any:
    """`function` for arguments that have been looked at: what stands for its checks lets everything pass."""
    own = original.__code__.co_freevars
    names, closure = function.__code__.co_freevars, function.__closure__ or ()
    passed = [
        cell if name in own or not hasattr(cell.cell_contents, "passed") else CellType(cell.cell_contents.passed)
        for name, cell in zip(names, closure, strict=True)
    ]
    unchecked = FunctionType(function.__code__, function.__globals__, None, None, tuple(passed))
    return look(settled(unchecked, original), original)


def copy_metadata(function: Any, original: Any, perceive: Any = None) -> Any:
    """`function` with all that a caller can see of `original`: names, defaults (the same objects), docs, globals."""
    code, home = function.__code__, original.__code__
    made = MADE.get(id(code))
    if made is None or made[1] is not home:
        made = MADE[id(code)] = (code, home, code_at_first_line(code, home))
    function = FunctionType(made[2], original.__globals__, None, None, cells(function, original))
    return look(settled(function, original), original, perceive)


def code_at_first_line(code: CodeType, home: CodeType) -> CodeType:
    """`code` under the name of `home`, all of it at the first line of that: its decorator, for which it stands.

    So profilers, `inspect` and who looks at a generator's frame are led to the user's file.
    """
    units = len(code.co_code) // 2
    pieces = [min(8, units - at) for at in range(0, units, 8)]
    return code.replace(
        co_name=home.co_name,
        co_qualname=home.co_qualname,
        co_flags=nested_like(code, home) & ~FUTURES | home.co_flags & FUTURES,
        co_filename=home.co_filename,
        co_firstlineno=home.co_firstlineno,
        co_linetable=b"".join(bytes((SAME_LINE | (size - 1), 0)) for size in pieces),
    )


def nested_like(code: CodeType, home: CodeType) -> int:
    """The flags of `code`, but that it is inside of a function if `home` is."""
    return code.co_flags & ~NESTED | home.co_flags & NESTED


def cells(function: Any, original: Any) -> Any:
    """The cells of `function`; for variables that are the original's, its own ones: both see the same values."""
    closure, names = function.__closure__, original.__code__.co_freevars
    if not names or closure is None:
        return closure
    own = dict(zip(names, original.__closure__, strict=True))
    return tuple(own.get(name, cell) for name, cell in zip(function.__code__.co_freevars, closure, strict=True))


def check_variables(function: Any, original: Any) -> None:
    """Raise Unfit unless the variables that `bind` declares, but leaves empty, are just the original's."""
    wanted = set(original.__code__.co_freevars)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        if name in wanted:
            wanted.remove(name)
        elif name == "__class__" or is_empty(cell):
            raise Unfit(name)
    if wanted:
        raise Unfit(min(wanted))


def is_empty(cell: CellType) -> bool:
    """Whether a variable has no value yet."""
    try:
        return cell.cell_contents is cell
    except ValueError:
        return True


def in_place_of(before: Any, function: Any) -> Any:
    """`function`, not built, which a reload has defined in the place of `before`, so that its code can be put into that
    older object (as IPython's autoreload does): with as many cells, at which it doesn't look.

    Code that has cells of its own must keep their number; putting it into another object fails, aloud.
    """
    code = function.__code__
    if before is None or code.co_freevars or not before.__code__.co_freevars:
        return function
    code = code.replace(co_freevars=before.__code__.co_freevars)
    made = FunctionType(code, function.__globals__, None, None, before.__closure__)
    resemble(made, function)
    return made


def look(function: Any, original: Any, perceive: Any = None) -> Any:
    """`function` with the looks of `original`, which it leads to."""
    resemble(function, original)
    function.__wrapped__ = original
    if perceive is not None:
        perceive.enhanced = function
    return function


def resemble(function: Any, original: Any) -> None:
    """Give `function` the names, defaults, docs and attributes of `original`."""
    function.__module__ = original.__module__
    function.__name__ = original.__name__
    function.__qualname__ = original.__qualname__
    function.__doc__ = original.__doc__
    function.__defaults__ = original.__defaults__
    function.__kwdefaults__ = original.__kwdefaults__
    function.__annotations__ = {**original.__annotations__}  # beartype writes into it what only it understands
    if hasattr(original, "__type_params__"):
        function.__type_params__ = original.__type_params__
    function.__dict__.update(original.__dict__)


# Names that generated code adds are out of sight: what they stand for becomes constants of the code. A closure's names
# are seen in the frame: by `locals()`, debuggers, tracebacks that show variables.

LOADS, COPIES = opmap["LOAD_DEREF"], opmap["COPY_FREE_VARS"]
FURTHER = opmap["EXTENDED_ARG"]


def settled(function: Any, original: Any) -> Any:
    """`function` without a closure, if all of it is generated and read by the function's own code alone.

    Not where the function is made anew at each call of another one: the collector of garbage doesn't look into code.
    """
    code, cells = function.__code__, function.__closure__
    if not cells or original.__code__.co_freevars or "<locals>" in original.__qualname__:
        return function
    inner = {name for each in code.co_consts if type(each) is CodeType for name in each.co_freevars}
    first, known = len(code.co_consts), {*code.co_varnames}
    index = len(code.co_varnames) + sum(name not in known for name in code.co_cellvars)
    if not inner.isdisjoint(code.co_freevars) or first + len(cells) > 256 or index + len(cells) > 256:
        return function
    constants = (*code.co_consts, *(cell.cell_contents for cell in cells))
    code = code.replace(co_code=with_constants(code.co_code, index, first), co_consts=constants, co_freevars=())
    return FunctionType(code, function.__globals__)


def with_constants(text: bytes, index: int, first: int) -> bytes:
    """Bytecode that loads constants, numbered from `first`, where it loaded variables numbered from `index`."""
    found, steps = bytearray(text), text[::2]
    copies = steps.find(COPIES)
    if copies >= 0:
        found[2 * copies : 2 * copies + 2] = bytes((opmap["NOP"], 0))
    at = steps.find(LOADS)  # an import that went through all of it would take twice as long
    while at >= 0:
        number = found[2 * at + 1]
        if number >= index and (at == 0 or steps[at - 1] != FURTHER):
            found[2 * at : 2 * at + 2] = bytes((opmap["LOAD_CONST"], number - index + first))
        at = steps.find(LOADS, at + 1)
    return bytes(found)
