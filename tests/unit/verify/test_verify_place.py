"""A moved body stands among what the original stands in: its variables, its class, its annotations; nothing else."""

from __future__ import annotations

import pytest
from verify_answers import TOP, Case

from poetc.errors import VerifyError
from poetc.source.site import ModuleContext
from poetc.verify import verify

EVALUATED = TOP.replace("from __future__ import annotations\n\n", "")

CLASSED = Case(
    source="""\
class Shop:
    @poet()
    def price(self, item):
        return super().price(item) + self.__tax
""",
    code=TOP
    + """\
class Shop:
  def bind(original):
    def operate(self, item):

        return super().price(item) + self.__tax

    return rt.relocate(operate, original)


bind = Shop.bind
""",
)

PUBLIC = Case(
    source="""\
class Shop:
    @poet()
    def price(self) -> float:
        return super().price(**locals())
""",
    code=TOP
    + """\
class Shop:
  def bind(original):
    enforce = rt.Enforce(original, "float")

    operate = original

    def price(self):
      if False: __class__
      result = operate(self)
      return result if type(result) is float else enforce(result)

    return rt.dress(price, original)


bind = Shop.bind
""",
    metadata={"operate": "wrapped", "operate_reason": "locals()"},
)

NESTED = Case(
    source="""\
def make(start, step):
    @poet()
    def count():
        nonlocal start
        start += step
        return start
""",
    code=TOP
    + """\
def bind(original):
    start: original; step: original

    def operate():

        nonlocal start
        start += step
        return start

    return rt.relocate(operate, original)
""",
)

ANNOTATED = Case(
    source="""\
@poet()
def f():
    def g(x: int): ...
    return g
""",
    code=EVALUATED
    + """\
def bind(original):
  def operate():

    def g(x: int): ...
    return g

  return rt.relocate(operate, original)
""",
)

GOOD = {
    "class": CLASSED,
    "class that is called alike": CLASSED.edited("class Shop", "class __Shop").edited("= Shop.", "= __Shop."),
    "public function in a class": PUBLIC,
    "variables": NESTED,
    "variables, one to a line": NESTED.edited("; step", "\n    step"),
    "annotations": ANNOTATED,
    "annotations that are text": Case(
        ANNOTATED.source,
        ANNOTATED.code.replace(EVALUATED, TOP),
        context=ModuleContext(future_annotations=True),
    ),
}


@pytest.mark.parametrize("case", GOOD.values(), ids=GOOD)
def test_a_body_among_what_it_needs_is_accepted(case: Case) -> None:
    """The class, the variables and the annotations are just the original's."""
    verify(case.draft())


BARE = """\
def bind(original):
    def operate(self, item):

        return super().price(item) + self.__tax

    return rt.relocate(operate, original)
"""

TAMPERED = {
    "no class": Case(CLASSED.source, TOP + BARE),
    "another class": CLASSED.edited("Shop", "Store", count=2),
    "class with a base": CLASSED.edited("class Shop:", "class Shop(object):"),
    "class with a metaclass": CLASSED.edited("class Shop:", "class Shop(metaclass=type):"),
    "decorated class": CLASSED.edited("class Shop:", "@staticmethod\nclass Shop:"),
    "class with a name": CLASSED.edited("  def bind", "  price = 1\n  def bind"),
    "class with a method": CLASSED.edited("  def bind", "  def price(self): ...\n  def bind"),
    "class with a docstring": CLASSED.edited("  def bind", "  '''Shop'''\n  def bind"),
    "decorated bind": CLASSED.edited("  def bind", "  @staticmethod\n  def bind"),
    "not bound": CLASSED.edited("\n\nbind = Shop.bind\n", ""),
    "another thing bound": CLASSED.edited("bind = Shop.bind", "bind = Shop.price"),
    "bound elsewhere": CLASSED.edited("bind = Shop.bind", "rt.bind = Shop.bind"),
    "bound twice": CLASSED.edited("bind = Shop.bind", "bind = Shop.bind\nbind = Shop.bind"),
    "class in a class": CLASSED.edited("bind = Shop.bind", "class Shop:\n  pass\nbind = Shop.bind"),
    "declared for nothing": CLASSED.edited("    def operate", "    tax: original\n    def operate"),
    "class of a function without": NESTED.edited("def bind(original):", "class make:\n  def bind(original):"),
    "no cell in the public function": PUBLIC.edited("      if False: __class__\n", ""),
    "cell that is evaluated": PUBLIC.edited("if False: __class__", "if True: __class__"),
    "cell that is called": PUBLIC.edited("if False: __class__", "if False: __class__()"),
    "cell twice": PUBLIC.edited("if False: __class__", "if False: __class__; __class__"),
    "one variable not declared": NESTED.edited("; step: original", ""),
    "no variable declared": NESTED.edited("    start: original; step: original\n", ""),
    "a further variable": NESTED.edited("; step", "; other: original; step"),
    "another variable": NESTED.edited("step: original", "stop: original"),
    "variable with a value": NESTED.edited("step: original", "step: original = 1"),
    "variable that is assigned": NESTED.edited("step: original", "step = original"),
    "variable of something else": NESTED.edited("step: original", "step: rt"),
    "declared twice": NESTED.edited("step: original", "step: original; step: original"),
    "declared in brackets": NESTED.edited("step: original", "(step): original"),
    "attribute declared": NESTED.edited("step: original", "step: original; rt.x: original"),
    "declared in the body": NESTED.edited("start += step", "step: original; start += step"),
    "annotations as text": Case(ANNOTATED.source, ANNOTATED.code.replace(EVALUATED, TOP)),
    "annotations evaluated": Case(ANNOTATED.source, ANNOTATED.code, context=ModuleContext(future_annotations=True)),
    "no future for nothing": Case(NESTED.source, NESTED.code.replace(TOP, EVALUATED)),
}


@pytest.mark.parametrize("case", TAMPERED.values(), ids=TAMPERED)
def test_a_body_among_anything_else_is_refused(case: Case) -> None:
    """One thing more, less or other around the body would give a name of it another meaning."""
    with pytest.raises(VerifyError):
        verify(case.draft())


def test_a_name_is_not_taken_from_bind() -> None:
    """What the original takes from its module isn't found in `bind`, and the other way round."""
    case = Case(
        "def make(step):\n    @poet()\n    def count():\n        return step + start\n",
        NESTED.code.replace("nonlocal start\n        start += step\n        return start", "return step + start"),
    )
    with pytest.raises(VerifyError):
        verify(case.draft())
