# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""An annotation that isn't made of builtin types alone: read once, at the first call, and asked inline from then on.

Generated code asks `type(x) is hint.kind or hint.admits(x)`: the class that did last time is compared in place, and
everything else is asked of the annotation. What can't be read, or raises while it is asked, counts as satisfied.
"""

from .check import is_excused
from .hint_check import EVERYTHING, Check, repaired_by
from .hint_read import HintReader
from .hint_scope import HintScope, HintUnresolved
from .looked import LookedAt, frame_of_call, mark_of
from .travel import Stays


TRIES = 4
"""how many calls look for a name that isn't there, once the module is complete; then the annotation isn't checked"""


class Hint(Stays):
    """The annotation of one parameter (or of "return"), as `text` shows it; in `depth` "deep" with all that it holds.

    `imports`: names that the module imports -> dotted names, for those that it imports for type checkers only.
    """

    __slots__ = ("admits", "check", "deep", "imports", "kind", "name", "original", "reader", "text", "tries")

    basis = "its annotation says"

    def __init__(
        self, original, name, text, depth = "shallow", /, **imports
    ):
        self.original = original
        self.name = name
        self.text = text
        self.deep = depth == "deep"
        self.imports = imports
        self.kind = None
        self.check = EVERYTHING
        self.reader = None
        self.tries = 0
        self.admits = self.first

    def first(self, value):
        """Read the annotation, and answer from then on by what it says."""
        try:
            check = self.read()
        except HintUnresolved:
            if is_complete(self.original):
                self.tries += 1
            if self.tries < TRIES:
                return True
            check = EVERYTHING
        except Exception:  # an annotation that can't be evaluated says nothing
            check = EVERYTHING
        self.check = check
        self.admits = by_class(self) if check.by_type and not self.opens(check) else by_value(self)
        return self.admits(value)

    def read(self):
        """The check of the annotation; raises `HintUnresolved`, or whatever its evaluation raises."""
        annotations = self.original.__annotations__
        if self.name not in annotations:
            return EVERYTHING
        annotation = annotations[self.name]
        scope = HintScope(self.original, self.text, self.imports)
        self.reader = reader = HintReader(scope)
        return reader.check(scope.meaning(annotation) if type(annotation) is str else annotation)

    def opens(self, check):
        """Whether containers are looked into."""
        return self.deep and (check.inside is not None or any(self.opens(each) for each in check.either))

    def holds(self, value):
        """Whether the annotation is satisfied, to its whole depth if that was asked for; may raise."""
        if self.deep and self.reader is not None:
            return fits_deep(self.reader, self.check, value, LookedAt(frame_of_call()))
        return bool(self.check.test(value))

    def excuses(self, value):
        """Whether a value that doesn't satisfy the annotation is let pass: the default itself, or a test's stand-in."""
        return is_excused(value, self.check.classes) or value is default_of(self.original, self.name)

    def repaired(self, value):
        """`value` as what the annotation asks for if that loses nothing, else `value` itself."""
        new = repaired_by(self.check, value)
        return new if new is value or self.admits(new) else value

    def fault(self, value):
        """What is wrong with a value beyond its class, in a few words; "" if that is all."""
        try:
            found = self.check.fault(value) if self.check.fault is not None else ""
            return found or ("of what it holds, something doesn't" if self.deep and self.check.test(value) else "")
        except Exception:  # what can't be asked needn't be said
            return ""


def by_class(hint):
    """`admits` for an annotation that is satisfied by classes: the class of a good value is the next `kind`."""
    test, classes = hint.check.test, hint.check.classes

    def admits_class(value):
        try:
            if issubclass(type(value), classes):
                hint.kind = type(value)
                return True
        except Exception:  # a class that raises when it is asked isn't asked
            return True
        return hint.excuses(value)

    def admits_kind(value):
        try:
            if test(value):
                hint.kind = type(value)
                return True
        except Exception:
            return True
        return hint.excuses(value)

    return admits_class if classes else admits_kind


def by_value(hint):
    """`admits` for an annotation that has to be asked about each value."""
    holds = hint.holds if hint.deep else hint.check.test

    def admits_value(value):
        try:
            if holds(value):
                return True
        except Exception:
            return True
        return hint.excuses(value)

    return admits_value


def fits_deep(reader, check, value, looked):
    """Whether a value and all that it holds satisfy a check; what is known to do so isn't looked into again."""
    if not check.either and check.inside is None:
        return bool(check.test(value))
    key, mark = (id(value), id(check)), mark_of(value)
    if looked.is_known(key, mark):
        return True
    looked.good[key] = mark  # what holds itself is looked at once
    if not fits(reader, check, value, looked):
        del looked.good[key]
        return False
    return True


def fits(reader, check, value, looked):
    """`fits_deep` for a value that is new."""
    if check.either:
        return any(fits_deep(reader, each, value, looked) for each in check.either)
    if check.inside is None or not check.test(value):
        return False
    groups = check.inside(value)
    return groups is not None and all(all_fit(reader, reader.check(wanted), parts, looked) for parts, wanted in groups)


def all_fit(reader, check, parts, looked):
    """`fits_deep` for all parts of one annotation, quickly where they hold nothing themselves."""
    if check.inside is not None or check.either:
        return all(fits_deep(reader, check, part, looked) for part in parts)
    test, classes = check.test, check.classes
    return all(issubclass(type(part), classes) if classes else test(part) for part in parts)


def is_complete(original):
    """Whether the function's module has run to its end."""
    spec = original.__globals__.get("__spec__")
    return not getattr(spec, "_initializing", False)


def default_of(original, name):
    """A parameter's default, or an object that nothing else is."""
    code, defaults = original.__code__, original.__defaults__ or ()
    positional = code.co_varnames[: code.co_argcount]
    if name in positional[code.co_argcount - len(defaults) :]:
        return defaults[positional.index(name) - code.co_argcount]
    return (original.__kwdefaults__ or {}).get(name, EVERYTHING)
