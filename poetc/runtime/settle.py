"""Names that generated code adds, out of sight: what they stand for becomes constants of the code.

A closure's names are seen in the frame: by `locals()`, debuggers, tracebacks that show variables. A moved body shall
show what the user's own function shows.
"""

from __future__ import annotations

from opcode import opmap
from types import CodeType, FunctionType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

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
    found = bytearray(text)
    for at in range(0, len(found), 2):
        if found[at] == COPIES:
            found[at : at + 2] = bytes((opmap["NOP"], 0))
        elif found[at] == LOADS and found[at + 1] >= index and (at == 0 or found[at - 2] != FURTHER):
            found[at : at + 2] = bytes((opmap["LOAD_CONST"], found[at + 1] - index + first))
    return bytes(found)
