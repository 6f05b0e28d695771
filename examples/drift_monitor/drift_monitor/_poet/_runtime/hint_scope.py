# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""The names in an annotation that is text: looked up where the function stands, importing nothing."""

import builtins
import sys
from types import ModuleType


class HintUnresolved(Exception):
    """A name of an annotation isn't there, or not yet."""


class HintScope:
    """Where the annotations of one function are looked up: its module, its class, and modules that are loaded anyway.

    `imports` maps names that the module imports (perhaps for type checkers only) to what they are.
    """

    __slots__ = ("imports", "inner", "owner", "space", "text", "texts")

    def __init__(self, original, text, imports):
        self.space = original.__globals__
        self.owner = owner_of(original)
        self.inner = vars(self.owner) if self.owner is not None else {}
        self.text = text
        self.imports = imports
        self.texts = {}

    def meaning(self, text, module = None):
        """What a text stands for, always the same object; raises `HintUnresolved`."""
        if text not in self.texts:
            here = module is None or module == self.space.get("__name__")
            space = self.space if here else vars(sys.modules[module or ""])
            self.texts[text] = evaluated(text, space, self.locals_for if here else nothing_more)
        return self.texts[text]

    def is_written_here(self, text):
        """Whether a forward reference stands in the annotation itself, not in an alias from elsewhere."""
        return text in self.text

    def locals_for(self, code):
        """Names that aren't the module's: of the class around the function, and imports meant for type checkers."""
        found = {}
        for name in code.co_names:
            known = name in self.space or hasattr(builtins, name)
            if name in self.inner:
                if known:
                    raise HintUnresolved(name)  # it may mean either
                found[name] = self.inner[name]
            elif not known and name in self.imports:
                value = loaded(self.imports[name])
                if value is not None:
                    found[name] = value
        return found


def nothing_more(code):
    """The further names of a text from another module."""
    return {}


def evaluated(text, space, further):
    """The value of an annotation's text; raises `HintUnresolved`, or what evaluating raises."""
    code = compile(f"({text.strip()}\n)", "<annotation>", "eval")
    inner = further(code)
    if would_load(code.co_names, space) or ("." in text and asks_objects(code.co_names, space)):
        raise HintUnresolved(text)
    try:
        value = eval(code, space, inner)
    except (NameError, AttributeError):  # a class further down, a module half loaded, a name for type checkers only
        raise HintUnresolved(text) from None
    if value is None and text.strip() != "None":
        raise ValueError(text)  # what stands in for a library that isn't installed
    return value


def would_load(names, space):
    """Whether reading attributes of a module named here might import something."""
    modules = [value for name in names if isinstance(value := space.get(name), ModuleType)]
    if any(type(module) is not ModuleType for module in modules):
        return True
    if not any("__getattr__" in vars(module) for module in modules):
        return False
    there = {*space, *dir(builtins), *(key for module in modules for key in vars(module))}
    return not there.issuperset(names)


def asks_objects(names, space):
    """Whether attributes may be read of something that is neither a class nor a module: of a proxy, perhaps, that does
    anything when it is asked."""
    values = [space[name] for name in names if name in space]
    return not all(issubclass(type(v), type | ModuleType) or type(v).__module__ in SPELLINGS for v in values)


SPELLINGS = ("builtins", "types", "typing", "typing_extensions", "annotated_types")
"""modules of the classes whose instances may be asked"""


def loaded(dotted):
    """The object of a dotted name, if its module is loaded; else None."""
    module, _, name = dotted.rpartition(".")
    if dotted in sys.modules:
        return sys.modules[dotted]
    return vars(sys.modules[module]).get(name) if module in sys.modules else None


def owner_of(original):
    """The class in whose body a function was defined, if it can be found under its name."""
    found = None
    for name in original.__qualname__.split(".")[:-1]:
        space = original.__globals__ if found is None else vars(found)
        found = space.get(name)
        if not isinstance(found, type):
            return None
    return found if found is None or found.__module__ == original.__module__ else None
