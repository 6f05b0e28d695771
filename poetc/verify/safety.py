"""POET405: nothing dangerous is mentioned anywhere that the user's own function doesn't mention as often.

Independent of the form: every node of the answer is looked at, the user's own mentions are counted off.
"""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from typing import Final

from poetc.ir import BreakerPolicy, Policy
from poetc.verify.answer import Answer
from poetc.verify.contracts import annotation_nodes, imported, shown
from poetc.verify.nodes import clean, flat, mangled, parameters
from poetc.verify.patterns import is_docstring, words
from poetc.verify.place import CLASS_CELL

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

DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
FORMS: Final = (ast.Lambda, ast.NamedExpr, ast.JoinedStr, ast.Delete)
"""what the generator never writes"""

Mention = tuple[str, str]


def check(answer: Answer) -> None:
    """Raise VerifyError (POET405) for a dangerous mention too many."""
    arguments = answer.function.args
    defaults = flat(*(default for default in (*arguments.defaults, *arguments.kw_defaults) if default is not None))
    allowed = Counter(mention for node in (*answer.user_nodes, *defaults) for mention in mentions(node))
    allowed.update(mention for node in asked_nodes(answer.unit.policy) for mention in mentions(node))
    # what `bind` declares for the body: `check_place` has seen that it is just this
    allowed.update(
        ("name", name) for name in answer.unit.surroundings.free if is_dangerous(name) and name != CLASS_CELL
    )
    if answer.owner is not None:  # the public function has it in its closure, for attrs to find
        allowed["name", CLASS_CELL] += 1
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
            if is_of_annotation(node, mention[1], answer):
                continue  # first: what an annotation brings along uses up nothing that the body itself mentions
            if allowed[mention] <= 0:
                raise answer.error(CODE, f"it mentions `{clean(mention[1])[:80]}`", node)
            allowed[mention] -= 1


def asked_nodes(policy: Policy) -> list[ast.AST]:
    """What the configuration itself has written into the answer: names of exceptions, what stands in for a result."""
    texts = [*policy.breaker.exclude] if isinstance(policy.breaker, BreakerPolicy) else []
    found: list[ast.AST] = [ast.Constant(text) for text in texts]
    if policy.fallback is not None:
        literal = json.loads(policy.fallback.literal or "null")
        found += flat(ast.Constant(policy.fallback.call), ast.parse(repr(literal), mode="eval"))
    return [*found, ast.Name("__name__")] if policy.events is not None else found


def is_of_annotation(node: ast.AST, mentioned: str, answer: Answer) -> bool:
    """Whether a text, or the name of an argument, is from the user's own annotations or of an import that they use."""
    if not isinstance(node, ast.Constant | ast.keyword):
        return False
    function = answer.function
    written = [a.annotation for a in parameters(function.args) if a.annotation is not None]
    written += [function.returns] if function.returns is not None else []
    inside = [each for annotation in written for each in annotation_nodes(annotation)]
    if isinstance(node, ast.keyword):
        return any(isinstance(each, ast.Name) and each.id == mentioned for each in inside)
    texts = {each.value for each in inside if isinstance(each, ast.Constant)}
    return mentioned in texts | {shown(each) for each in written} | set(
        imported(answer.unit.surroundings.imports).values()
    )


def mentions(node: ast.AST) -> list[Mention]:
    """What `node` mentions that generated code has no business with."""
    kind = node.__class__
    if kind is ast.Name or kind is ast.arg or kind is ast.keyword or kind in DEFINITIONS:
        name = getattr(node, "id", None) or getattr(node, "arg", None) or getattr(node, "name", None)
        return [("name", name)] if name and is_dangerous(name) else []
    if isinstance(node, ast.Attribute):
        return [("attribute", node.attr)] if node.attr.startswith("_") or node.attr in DANGEROUS_ATTRIBUTES else []
    if isinstance(node, ast.Constant):
        return constant_mentions(node.value)
    if isinstance(node, ast.Global | ast.Nonlocal):
        return [("global", name) for name in node.names]
    return [("form", kind.__name__)] if kind in FORMS else []


def constant_mentions(value: object) -> list[Mention]:
    """A text that looks like code, and every string of bytes."""
    if isinstance(value, str):
        return [("text", value)] if CODE_LIKE.search(value) else []
    return [("bytes", repr(value))] if isinstance(value, bytes) else []


def is_dangerous(name: str) -> bool:
    """Whether a variable of this name reaches outside."""
    return name in DANGEROUS or (name.startswith("__") and name.endswith("__"))
