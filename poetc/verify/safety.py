"""POET405: nothing dangerous is mentioned anywhere that the user's own function doesn't mention as often.

Independent of the form: every node of the answer is looked at, the user's own mentions are counted off.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from typing import Final

from poetc.verify.answer import Answer
from poetc.verify.nodes import clean, flat, mangled, parameters
from poetc.verify.patterns import is_docstring, words

CODE = "POET405"

DANGEROUS: Final = words(
    """
        eval exec compile open input breakpoint globals locals vars dir getattr setattr delattr help exit
        quit os sys subprocess socket ctypes cffi pickle marshal shelve importlib imp runpy code codeop
        builtins inspect gc signal threading multiprocessing asyncio shutil pathlib tempfile io platform pty
        resource fcntl mmap urllib http requests httpx ftplib smtplib telnetlib xmlrpc webbrowser ssl select
        selectors atexit site sysconfig pkgutil zipimport types
    """
)
"""builtins that reach outside, and modules; none is needed by anything that the generator adds"""

DANGEROUS_ATTRIBUTES: Final = words(
    """
        system popen spawn fork execv execve call_soon gi_frame cr_frame ag_frame tb_frame f_globals
        f_locals f_builtins f_back mro
    """
)

CODE_LIKE: Final = re.compile(
    r"__|\b(?:import|exec|eval|lambda|open|compile|getattr|setattr|globals|system)\b|[;\\`$]|://|\n"
)
"""what makes a string look like code or an address rather than a name or a contract"""

Mention = tuple[str, str]


def check(answer: Answer) -> None:
    """Raise VerifyError (POET405) for a dangerous mention too many."""
    arguments = answer.function.args
    defaults = flat(*(default for default in (*arguments.defaults, *arguments.kw_defaults) if default is not None))
    allowed = Counter(mention for node in (*answer.user_nodes, *defaults) for mention in mentions(node))
    own = [
        answer.function.name,
        *(mangled(argument.arg, answer.unit.site.classes) for argument in parameters(arguments)),
    ]
    free = {*own, answer.function.name + "_"}
    docstrings = {id(node.value) for node in answer.nodes if isinstance(node, ast.Expr) and is_docstring(node)}
    for node in answer.nodes:
        if id(node) in docstrings:
            continue
        for mention in mentions(node):
            if mention[0] in ("name", "text") and mention[1] in free:
                continue
            if allowed[mention] <= 0:
                raise answer.error(CODE, f"it mentions `{clean(mention[1])[:80]}`", node)
            allowed[mention] -= 1


def mentions(node: ast.AST) -> list[Mention]:
    """What `node` mentions that generated code has no business with."""
    match node:
        case ast.Name(id=name) | ast.arg(arg=name) | ast.keyword(arg=str(name)):
            return [("name", name)] if is_dangerous(name) else []
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [("name", name)] if is_dangerous(name) else []
        case ast.Attribute(attr=name):
            return [("attribute", name)] if name.startswith("_") or name in DANGEROUS_ATTRIBUTES else []
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return [("global", name) for name in names]
        case ast.Constant(value=str(text)):
            return [("text", text)] if CODE_LIKE.search(text) else []
        case ast.Constant(value=bytes(data)):
            return [("bytes", repr(data))]
        case ast.Lambda() | ast.ClassDef() | ast.NamedExpr() | ast.JoinedStr() | ast.Delete():
            return [("form", type(node).__name__)]
    return []


def is_dangerous(name: str) -> bool:
    """Whether a variable of this name reaches outside."""
    return name in DANGEROUS or (name.startswith("__") and name.endswith("__"))
