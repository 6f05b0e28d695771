"""What a site says of its function: qualified name, role, kind, span, text."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

import pytest

from poetc.ir import Kind, Role

Find = Callable[..., Any]
IMPORT = "from poetc import poet\n"

ROLES = {
    "function": ("@poet()\ndef f(): ...", "f", Role.FUNCTION),
    "method": ("class C:\n  @poet()\n  def f(self): ...", "C.f", Role.METHOD),
    "static above": ("class C:\n  @staticmethod\n  @poet()\n  def f(): ...", "C.f", Role.STATIC),
    "static below": ("class C:\n  @poet()\n  @staticmethod\n  def f(): ...", "C.f", Role.STATIC),
    "class above": ("class C:\n  @classmethod\n  @poet()\n  def f(cls): ...", "C.f", Role.CLASS),
    "class below": ("class C:\n  @poet()\n  @builtins.classmethod\n  def f(cls): ...", "C.f", Role.CLASS),
    "getter above": ("class C:\n  @property\n  @poet()\n  def f(self): ...", "C.f", Role.GETTER),
    "getter below": ("class C:\n  @poet()\n  @property\n  def f(self): ...", "C.f", Role.GETTER),
    "setter above": ("class C:\n  @f.setter\n  @poet()\n  def f(self, v): ...", "C.f.setter", Role.SETTER),
    "setter below": ("class C:\n  @poet()\n  @f.setter\n  def f(self, v): ...", "C.f.setter", Role.SETTER),
    "deleter above": ("class C:\n  @f.deleter\n  @poet()\n  def f(self): ...", "C.f.deleter", Role.DELETER),
    "deleter below": ("class C:\n  @poet()\n  @f.deleter\n  def f(self): ...", "C.f.deleter", Role.DELETER),
    "more getter": ("class C:\n  @f.getter\n  @poet()\n  def f(self): ...", "C.f", Role.GETTER),
    "abstract": ("class C:\n  @poet()\n  @abc.abstractmethod\n  def f(self): ...", "C.f", Role.METHOD),
    "abstract class method": (
        "class C:\n  @classmethod\n  @poet()\n  @abstractmethod\n  def f(cls): ...",
        "C.f",
        Role.CLASS,
    ),
    "final, override": ("class C:\n  @poet()\n  @typing.final\n  @t.override\n  def f(self): ...", "C.f", Role.METHOD),
    "cached property above": ("class C:\n  @cached_property\n  @poet()\n  def f(self): ...", "C.f", Role.METHOD),
    "new": ("class C:\n  @poet()\n  def __new__(cls): ...", "C.__new__", Role.METHOD),
    "somebody's setter": ("@app.setter\n@poet()\ndef f(): ...", "f", Role.FUNCTION),
    "private": ("class _C:\n  @poet()\n  def __f(self): ...", "_C.__f", Role.METHOD),
    "inner class": ("class C:\n  class D:\n    @poet()\n    def f(self): ...", "C.D.f", Role.METHOD),
    "in if": ("if a:\n  pass\nelif b:\n  @poet()\n  def f(): ...", "f", Role.FUNCTION),
    "in try": ("try:\n  @poet()\n  def f(): ...\nfinally:\n  pass", "f", Role.FUNCTION),
    "in except": ("try:\n  pass\nexcept E:\n  @poet()\n  def f(): ...", "f", Role.FUNCTION),
    "in finally": ("try:\n  pass\nfinally:\n  @poet()\n  def f(): ...", "f", Role.FUNCTION),
    "in try star": ("try:\n  pass\nexcept* E:\n  @poet()\n  def f(): ...", "f", Role.FUNCTION),
    "in with": ("with a:\n  @poet()\n  def f(): ...", "f", Role.FUNCTION),
    "in for": ("for a in b:\n  pass\nelse:\n  @poet()\n  def f(): ...", "f", Role.FUNCTION),
    "in while": ("while a:\n  @poet()\n  def f(): ...", "f", Role.FUNCTION),
    "in match": ("match a:\n  case 1:\n    @poet()\n    def f(): ...", "f", Role.FUNCTION),
    "in if in class": ("class C:\n  if a:\n    @poet()\n    def f(self): ...", "C.f", Role.METHOD),
    "unicode": ("@poet()\ndef größe(): ...", "größe", Role.FUNCTION),
}

KINDS = {
    "def": ("def f(): return 1", Kind.SYNC),
    "generator": ("def f():\n  if a:\n    x = yield 1", Kind.GENERATOR),
    "yield from": ("def f(): yield from g()", Kind.GENERATOR),
    "coroutine": ("async def f(): await g()", Kind.COROUTINE),
    "async generator": ("async def f(): yield 1", Kind.ASYNC_GENERATOR),
    "yield of an inner function": ("def f():\n  def g(): yield 1\n  return g", Kind.SYNC),
    "yield of a lambda": ("def f(): return lambda: (yield)", Kind.SYNC),
    "yield of an inner class": ("def f():\n  class C:\n    def g(self): yield 1", Kind.SYNC),
    "yield in an inner default": ("def f():\n  def g(x=(yield 1)): ...", Kind.GENERATOR),
    "yield in an inner decorator": ("def f():\n  @(yield)\n  def g(): ...", Kind.GENERATOR),
    "yield in an inner lambda's default": ("def f(): return lambda x=(yield): x", Kind.GENERATOR),
    "yield in an inner class's bases": ("def f():\n  class C((yield)): ...", Kind.GENERATOR),
    "the word alone": ("def f():\n  '''yield'''\n  return 'yield'", Kind.SYNC),
    "async with an inner generator": ("async def f():\n  def g(): yield 1\n  return g", Kind.COROUTINE),
}


@pytest.mark.parametrize(("text", "qualname", "role"), ROLES.values(), ids=ROLES.keys())
def test_roles_and_names(find: Find, text: str, qualname: str, role: Role) -> None:
    """Where a function stands, and what is decorated beside it, gives its role and its name."""
    (site,), said = find(IMPORT + text)
    assert (site.qualname, site.role, said) == (qualname, role, [])
    assert site.name == f"app.{qualname}"
    assert site.classes == tuple(qualname.split(".")[: qualname.count(".") - (role in ("setter", "deleter"))])


@pytest.mark.parametrize(("text", "kind"), KINDS.values(), ids=KINDS.keys())
def test_kinds(find: Find, text: str, kind: Kind) -> None:
    """Only a yield in the function's own scope makes it a generator."""
    (site,), _ = find(f"{IMPORT}@poet()\n{text}\n")
    assert site.kind == kind


def test_all_accessors_of_a_property_are_sites(find: Find) -> None:
    """Getter, setter and deleter of one property are told apart."""
    text = """
    class C:
        @property
        @poet()
        def x(self): ...
        @x.setter
        @poet()
        def x(self, v): ...
        @x.deleter
        @poet()
        def x(self): ...
    """
    sites, said = find(IMPORT + textwrap.dedent(text))
    assert [s.qualname for s in sites] == ["C.x", "C.x.setter", "C.x.deleter"]
    assert said == []


def test_the_text_is_the_function_with_all_decorators(find: Find) -> None:
    """From the first decorator's line to the last line of the body, indentation and all, nothing around it."""
    own = "    @a.b(\n        1\n    )  # why\n\n    @poet()\n    def f(self):\n"
    own += '        """é"""\n        return (\n            1)  # end\n'
    (site,), _ = find(f"{IMPORT}class C:\n    x = 1\n{own}    # after\n    y = 2\n")
    assert site.text == own
    assert (site.span.line, site.span.column, site.span.end_line) == (4, 4, 12)


def test_the_first_line_is_the_one_that_the_interpreter_names(find: Find) -> None:
    """The link compares the lines from `co_firstlineno` on, so the span must begin there."""
    text = f"{IMPORT}import functools\n@functools.cache\n\n@poet(\n    retries=1,\n)\ndef f():\n    return 1\n"
    (site,), _ = find(text)
    code = next(c for c in compile(text, "app.py", "exec").co_consts if getattr(c, "co_name", "") == "f")
    assert site.span.line == code.co_firstlineno


def test_an_undecorated_function_of_the_same_name_does_no_harm(find: Find) -> None:
    """Only the decorated one is built."""
    text = "try:\n  @poet()\n  def f(): return 1\nexcept E:\n  def f(): return 2\n"
    assert [s.span.line for s in find(IMPORT + text)[0]] == [3]


def test_overloads_are_ignored(find: Find) -> None:
    """Overloads of a decorated function are no functions, decorated or not."""
    text = "@overload\n@poet()\ndef f(x: int): ...\n@typing.overload\ndef f(x: str): ...\n@poet()\ndef f(x): ...\n"
    sites, said = find(IMPORT + text)
    assert [s.node.lineno for s in sites] == [8]
    assert said == []


def test_sites_come_in_source_order(find: Find) -> None:
    """Order is the file's, whatever the nesting."""
    text = "@poet()\ndef a(): ...\nclass C:\n  @poet()\n  def b(self): ...\n"
    text += "  if x:\n    @poet()\n    def c(self): ...\n@poet()\ndef d(): ...\n"
    assert [s.node.name for s in find(IMPORT + text)[0]] == ["a", "b", "c", "d"]


def test_type_parameters(find: Find) -> None:
    """Syntax of a later Python is read where the interpreter reads it."""
    import sys

    if sys.version_info < (3, 12):
        pytest.skip("type parameters are new in 3.12")
    (site,), _ = find(IMPORT + "class C[T]:\n  @poet()\n  def f[U](self, x: U) -> T: ...\n")
    assert site.qualname == "C.f"


def test_a_file_of_elifs_is_walked_in_a_loop(find: Find) -> None:
    """As deep as the parser goes, the search goes too."""
    text = "if a: pass\n" + "elif a: pass\n" * 900 + "else:\n  @poet()\n  def f(): ...\n"
    sites, said = find(IMPORT + text)
    assert len(sites) == 1 or said[0].code == "POET105"
