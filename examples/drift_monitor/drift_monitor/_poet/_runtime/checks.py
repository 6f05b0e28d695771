# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
import builtins
import sys
from .core import (
    EnforceError, KNOWN, PerceiveError, PoetContractWarning, PoetRepairWarning, Stays, add_note, name_of, notice,
    reached
)
from _collections_abc import Callable as CallableClass, Iterable as IterableClass
from _thread import _local
from abc import ABCMeta
from functools import partial
from types import GenericAlias, ModuleType, UnionType
from weakref import ProxyTypes

# -- check: Perceive and Enforce of level 1: annotations, checked in O(1).

CHECKED = {
    "int": int,
    "float": (float, int),
    "complex": (complex, float, int),
    "bool": bool,
    "str": str,
    "bytes": (bytes, bytearray, memoryview),
    "bytearray": bytearray,
    "list": list,
    "tuple": tuple,
    "dict": dict,
    "set": set,
    "frozenset": frozenset,
    "None": type(None),
}  # contract name -> what `isinstance` accepts; the numeric tower is PEP 484's

def accepted_types(contract):  # The classes that satisfy a contract such as "float | None".
    found = []
    for name in contract.split(" | "):
        classes = CHECKED[name]
        found.extend(classes if type(classes) is tuple else (classes,))
    return tuple(found)

def repaired(value, types):
    # `value` as a number of `types` if it is text that is just how that number is written, else `value` itself.
    if type(value) is str and len(value) <= LONGEST_NUMBER and value.isascii():
        if int in types and written_as(int, str, value):
            return int(value)
        if float in types and written_as(float, repr, value):
            return float(value)
    return value

LONGEST_NUMBER = 400  # characters of a number as text; `int` itself refuses some thousands of digits

def written_as(parse, write, text):
    # Whether `text` is just how the number is written that it names: "0.25" is, "1e3" and "+5" aren't.
    try:
        return write(parse(text)) == text
    except ValueError:
        return False

def is_excused(value, types):
    # Whether a value passes for one of `types` all the same: a proxy or a mock, which is not asked what it stands
    # for, or a number of a library's own.
    kind = type(value)
    if answers_for_its_class(kind):
        return True
    wanted = [each.__name__ for each in types]
    names = [name for rule in KNOWN.numbers if rule["builtin"] in wanted for name in rule["classes"]]
    return any(f"{cls.__module__}.{cls.__qualname__}" in names for cls in kind.__mro__)

class BuiltinTypes:  # A contract of builtin types, "int | None", asked in the way in which a `Hint` is asked.
    __slots__ = ("text", "types")

    basis = "its annotation says"

    def __init__(self, text):
        self.text = text
        self.types = accepted_types(text)

    def admits(self, value):  # Whether a value is of one of the types, by its type alone: no code of the value's runs.
        return issubclass(type(value), self.types)

    def excuses(self, value):  # Whether a value of another type is no reason to complain.
        return is_excused(value, self.types)

    def repaired(self, value):  # `value` as a number if it is one that is written as text, else `value` itself.
        return repaired(value, self.types)

    def fault(self, value):  # Nothing is wrong with a value but its type.
        return ""

def contract_named(contract):  # What answers for a contract: itself if it is a `Hint`.
    return BuiltinTypes(contract) if type(contract) is str else contract

class Passed:  # Stands in the place of the checks, for a call whose arguments have been looked at.
    stops = False

    def __call__(self, value):
        # The result as it is: of arguments that aren't what the annotations say, nothing is promised.
        return value

PASSED = Passed()

class Perceive(Stays):  # The cold side of the argument checks of one function.
    __slots__ = ("body", "contracts", "converted", "enhanced", "mode", "original", "positions", "said")

    stops = True  # what generated code asks behind its tests:
    passed = PASSED

    def __init__(self, original, mode="repair", /, *converted, **contracts):
        self.original = original
        self.enhanced = original
        self.body = original  # the function without its checks, or the `partial` that makes it once it is needed
        self.mode = mode
        self.converted = converted
        self.contracts = contracts
        self.said = set()
        code = original.__code__
        self.positions = code.co_varnames[: code.co_argcount]

    def value(self, name, value):  # `value` itself or repaired; raises `PerceiveError` in strict mode.
        contract = contract_named(self.contracts[name])
        if contract.admits(value):
            return value
        new = contract.repaired(value) if name in self.converted else value
        if new is value and self.mode == "strict" and not contract.excuses(value):
            raise PerceiveError(self.complaint(name, value))
        if new is not value:
            self.repaired(name, type(value).__name__, type(new).__name__)
        return new

    def repaired(self, name, given, made):
        # Say that an argument was converted: each time as an event, once for each parameter as a warning.
        notice("function.repair", name_of(self.original), parameter=name, given=given, made=made)
        if name in self.said:
            return
        self.said.add(name)
        import warnings

        text = f"{self.original.__qualname__}() argument {name!r} was {given}, and was made the {made} that it says"
        warnings.warn(text, PoetRepairWarning, stacklevel=frames_to_caller())

    def complaint(self, name, value):
        # What is wrong with an argument, in a line; nothing of the value is shown but its class.
        contract = contract_named(self.contracts[name])
        fault = contract.fault(value)
        return (
            f"{self.original.__qualname__}() argument {name!r} is {type(value).__name__}, "
            f"{contract.basis} {contract.text}{': ' * bool(fault)}{fault}"
        )

    def arguments(self, args, kwargs):
        # The arguments, repaired where possible, the function to call with them, and complaints about the others.
        given = [*zip(self.positions, args, strict=False)]
        fixed = [self.value(name, value) if name in self.contracts else value for name, value in given]
        rest = args[len(fixed) :]
        keywords = {n: self.value(n, v) if self.is_checked_keyword(n) else v for n, v in kwargs.items()}
        named = [*zip(self.positions, fixed, strict=False), *keywords.items()]
        wrong = [(n, v) for n, v in named if self.is_wrong(n, v)]
        changed = any(new is not old for (_, old), new in zip(given, fixed, strict=True))
        changed = changed or any(keywords[n] is not v for n, v in kwargs.items())
        function = self.enhanced if changed and not wrong else self.unchecked()
        return (*fixed, *rest), keywords, function, self.complaints(wrong)

    def unchecked(self):
        # The function without its checks, made when it is needed first: a definition in a loop needn't pay for it.
        if type(self.body) is partial:
            self.body = self.body()
        return self.body

    def complaints(self, wrong):  # A line for each argument that isn't excused.
        return [self.complaint(n, v) for n, v in wrong if not contract_named(self.contracts[n]).excuses(v)]

    def is_checked_keyword(self, name):
        # Whether a keyword argument is a checked parameter and not one of `**kwargs` that has its name.
        code = self.original.__code__
        keyword_only = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
        return name in self.contracts and (name in keyword_only or name in self.positions)

    def is_wrong(self, name, value):  # Whether a checked argument doesn't satisfy its contract.
        return self.is_checked_keyword(name) and not contract_named(self.contracts[name]).admits(value)

    def __call__(self, /, *args, **kwargs):
        # Call again with repaired arguments; what can't be repaired goes on to the body.
        args, kwargs, function, wrong = self.arguments(args, kwargs)
        try:
            return function(*args, **kwargs)
        except Exception as error:
            add_note(error, *wrong)
            raise

    async def awaited(self, /, *args, **kwargs):  # `__call__` for a coroutine function.
        args, kwargs, function, wrong = self.arguments(args, kwargs)
        try:
            return await function(*args, **kwargs)
        except Exception as error:
            add_note(error, *wrong)
            raise

    def iterated(self, /, *args, **kwargs):  # `__call__` for a generator function.
        args, kwargs, function, wrong = self.arguments(args, kwargs)
        try:
            return (yield from function(*args, **kwargs))
        except Exception as error:
            add_note(error, *wrong)
            raise

    def explain(self, error, /, **values):
        # Name in the notes of `error` the arguments that don't satisfy their annotations.
        add_note(error, *self.complaints((name, value) for name, value in values.items() if self.is_wrong(name, value)))

class Enforce(Stays):
    # The cold side of the result check of one function; a result that satisfies the contract is never touched.

    __slots__ = ("contract", "mode", "original", "warned")

    passed = PASSED

    def __init__(self, original, contract, mode="repair", /):
        self.original = original
        self.contract = contract
        self.mode = mode
        self.warned = False

    def __call__(self, value):
        # `value` itself; warns once, or raises `EnforceError` in strict mode, when the contract is broken.
        contract = contract_named(self.contract)
        if value is NotImplemented or contract.admits(value) or contract.excuses(value):
            return value
        if is_asked_of_class(self.original, sys._getframe(1)):
            return value
        if self.mode == "strict":
            raise EnforceError(self.complaint(contract, value))
        if not self.warned:
            self.warned = True
            self.warn(self.complaint(contract, value))
        return value

    def complaint(self, contract, value):
        # What is wrong with a result, in a line; nothing of the value is shown but its class.
        fault = contract.fault(value)
        given, wanted = names_told_apart(type(value), contract)
        return f"{self.original.__qualname__}() returned {given}, {contract.basis} {wanted}{': ' * bool(fault)}{fault}"

    def warn(self, message):
        # Warn at the user's own line: the return's where the function's own frame is in sight, else the function's.
        import warnings

        code = self.original.__code__
        frame = sys._getframe(2)
        in_sight = frame.f_code.co_filename == code.co_filename and frame.f_code.co_name == code.co_name
        line = frame.f_lineno if in_sight else code.co_firstlineno
        space = self.original.__globals__
        registry = space.setdefault("__warningregistry__", {})
        module = self.original.__module__
        warnings.warn_explicit(message, PoetContractWarning, code.co_filename, line or 1, module, registry)

def is_asked_of_class(original, frame):
    # Whether a descriptor has called a method with its class in the place of an object, as hybrid properties of
    # ORMs do to get an expression: the annotation is about objects. `frame`: where the result is looked at.
    code = frame.f_code
    first = frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
    if type not in type(first).__mro__ or code.co_name != original.__name__:
        return False
    classes = first.__mro__
    found = [each.__dict__[code.co_name] for each in classes if code.co_name in each.__dict__]
    return bool(found) and type(found[0]) not in (classmethod, staticmethod)

def names_told_apart(kind, contract):
    # How a value's class and what a contract asks for are called, with their modules where the names are the same.
    given, wanted = kind.__name__, contract.text
    same = [each for each in classes_of(contract) if each.__name__ == given and each is not kind]
    if not same:
        return given, wanted
    full, other = f"{kind.__module__}.{kind.__qualname__}", f"{same[0].__module__}.{same[0].__qualname__}"
    if full == other:
        return f"another class {full} than is there now", wanted
    return full, wanted if wanted == other else f"{wanted} ({other})"

def classes_of(contract):  # The classes that a contract names.
    found = getattr(contract, "types", ()) or getattr(getattr(contract, "check", None), "classes", ())
    return found

def frames_to_caller():  # The `stacklevel`, for what calls this, of the caller of the function whose checks these are.
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals is globals():
        level, frame = level + 1, frame.f_back
    return level

def answers_for_its_class(kind):  # Whether instances of `kind` say by code of their own which class they are of.
    if issubclass(kind, ProxyTypes):
        return True
    return any("__class__" in vars(each) or has_own_lookup(each) for each in kind.__mro__[:-1])

def has_own_lookup(cls):
    # Whether a class has a `__getattribute__` of its own; those of the standard library's do nothing special.
    return "__getattribute__" in vars(cls) and cls.__module__.partition(".")[0] not in sys.stdlib_module_names

# -- hint_check: What one annotation asks of a value, and the plain kinds of that: classes, unions, literals,
# keys, protocols.

class Check:  # `test(value)` says whether a value will do; it may raise, which counts as yes.
    __slots__ = ("by_type", "classes", "either", "fault", "inside", "repair", "test")

    def __init__(self, test, classes=(), *, by_type=False, repair=None, fault=None, inside=None, either=()):
        self.test = test
        self.classes = classes
        self.by_type = by_type
        self.repair = repair
        self.fault = fault
        self.inside = inside
        self.either = either

def anything(value):  # The test of what isn't checked.
    return True

# the check of an annotation that says nothing, or nothing that can be checked
EVERYTHING = Check(anything, by_type=True)

def instances(*classes, repair=None, inside=None, by_type=True):
    # Instances of some classes, which are asked about a value's type, never about the value.

    def test(value):
        return issubclass(type(value), classes)

    return Check(test, classes, by_type=by_type, repair=repair, inside=inside)

def has_plain_instances(cls):  # Whether `isinstance(value, cls)` depends on the value's class alone.
    method = type(cls).__instancecheck__
    return method is type.__instancecheck__ or method is ABCMeta.__instancecheck__

def any_of(parts):  # A union; a member that can't be checked makes the whole of it unchecked.
    if any(part is EVERYTHING for part in parts):
        return EVERYTHING
    if len(parts) == 1:
        return parts[0]
    classes = tuple(dict.fromkeys(each for part in parts for each in part.classes))
    tests = [part.test for part in parts if not part.classes]
    by_type = all(part.by_type for part in parts)

    def test(value):
        return issubclass(type(value), classes) or any(each(value) for each in tests)

    def repair(value):
        found = [new for part in parts if (new := repaired_by(part, value)) is not value]
        first = found[0] if found else value
        same = all(type(each) is type(first) and each == first for each in found)
        return first if same else value  # two readings are none

    def fault(value):
        return next((text for part in parts if part.fault is not None and (text := part.fault(value))), "")

    alone = instances(*classes, by_type=by_type) if classes and not tests else Check(test, by_type=by_type)
    alone.repair, alone.fault, alone.either = repair, fault, tuple(parts)
    return alone

def repaired_by(check, value):
    # What a check's repair makes of a value, if that satisfies the check; else `value` itself.
    if check.repair is None:
        return value
    try:
        new = check.repair(value)
        return new if new is not value and check.test(new) else value
    except Exception:  # what can't be converted is passed on as it is
        return value

def one_of(values):  # `Literal[...]`: equal to one of the values, and of its class or of one derived from it.
    known = frozenset(values)
    classes = tuple({type(value) for value in values})

    def test(value):
        return issubclass(type(value), classes) and value in known

    def fault(value):
        return "it is none of these values" if issubclass(type(value), classes) else ""

    return Check(test, fault=fault)

def with_keys(required, inside=None):
    # A `TypedDict`: a dict that has the required keys; one whose class looks keys up in its own way isn't judged.

    def test(value):
        kind = type(value)
        return issubclass(kind, dict) and (required <= dict.keys(value) or is_own_dict(kind))

    def fault(value):
        missing = sorted(required - dict.keys(value)) if issubclass(type(value), dict) else []
        return "it lacks " + ", ".join(map(repr, missing[:5])) if missing else ""

    return Check(test, fault=fault, inside=inside)

def is_own_dict(kind):  # Whether a class of dicts finds keys in a way of its own.
    ways = ("keys", "__getitem__", "__contains__", "__missing__")
    own = (each for each in kind.__mro__ if each.__module__ not in ("builtins", "collections"))
    return any(way in vars(each) for each in own for way in ways)

def class_of(bound):  # `type[X]`:
    classes = bound.classes or (object,)

    def test(value):
        kind = type(value)
        return issubclass(value, classes) if issubclass(kind, type) else kind.__module__ in ("types", "typing")

    return Check(test)

def with_members(protocol, names):
    # A protocol whose instances can be told: each member is looked up in the class, so that no property runs.
    wanted = frozenset(names)
    known = set()

    def test(value):
        kind = type(value)
        if kind in known:
            return True
        good = protocol in kind.__mro__ or is_dynamic(kind) or wanted <= members(value)
        if good and len(known) < MOST_CLASSES:
            known.add(kind)
        return good

    def fault(value):
        missing = sorted(wanted - members(value))
        return "it lacks " + ", ".join(map(repr, missing[:5])) if missing else ""

    return Check(test, by_type=True, fault=fault)

MOST_CLASSES = 64  # classes that are remembered as having a protocol's members

def is_dynamic(kind):  # Whether instances may have attributes that can't be looked up without asking them.
    if issubclass(kind, type | ModuleType):
        return True
    return answers_for_its_class(kind) or any("__getattr__" in vars(each) for each in kind.__mro__[:-1])

def members(value):  # The names of a value's own attributes and of those of its class.
    return {*getattr(value, "__dict__", ()), *(name for each in type(value).__mro__ for name in vars(each))}

# -- hint_limits: The constraints in `Annotated[...]`: those of `annotated_types`, and pydantic's and msgspec's
# own.

BOUNDS = {
    "gt": ("Gt", lambda bound: lambda value: value > bound),
    "ge": ("Ge", lambda bound: lambda value: value >= bound),
    "lt": ("Lt", lambda bound: lambda value: value < bound),
    "le": ("Le", lambda bound: lambda value: value <= bound),
}  # attribute -> (name of the constraint, bound -> test of a value)

# classes of `annotated_types` whose attributes are read
LIMITED = frozenset({"Gt", "Ge", "Lt", "Le", "Interval", "MultipleOf", "MinLen", "MaxLen", "Len"})

# what `len` is asked of: of anything else it may be a query of a database
SIZED = (str, bytes, bytearray, memoryview, list, tuple, dict, set, frozenset, range)

def limits_in(metadata):  # The constraints among the metadata of an annotation; what is none of them is passed over.
    found = []
    for each in metadata:
        kind = type(each)
        home, name = kind.__module__.partition(".")[0], kind.__name__
        if name == "FieldInfo" and home == "pydantic":
            found.extend(limits_in(each.metadata))
        elif name in LIMITED or (name == "Meta" and home == "msgspec"):
            found.extend(limits_of(each))
        elif name == "Predicate" and callable(getattr(each, "func", None)):
            found.append(predicate(each.func))
    return found

def limits_of(constraint):  # One limit for each attribute that is set.
    found = []
    for attribute, (name, test) in BOUNDS.items():
        bound = getattr(constraint, attribute, None)
        if bound is not None:
            found.append((named(name, bound), test(bound)))
    step = getattr(constraint, "multiple_of", None)
    if step is not None:
        found.append((named("MultipleOf", step), multiple(step)))
    least, most = getattr(constraint, "min_length", None), getattr(constraint, "max_length", None)
    if least:
        found.append((named("MinLen", least), sized(least, None)))
    if most is not None:
        found.append((named("MaxLen", most), sized(0, most)))
    return found

def named(name, bound):
    # `Gt(0)`; a bound that isn't a plain short number stays unsaid, for its `repr` may be anything.
    plain = type(bound) is int and -(10**18) < bound < 10**18
    return f"{name}({bound})" if plain or type(bound) is float else name

def multiple(step):  # Whether a whole number is a multiple; of others it isn't asked, for 0.3 % 0.1 is not 0.
    return lambda value: type(value) is not int or type(step) is not int or value % step == 0

def sized(least, most):  # The length of what has one at once.
    return lambda value: (
        not issubclass(type(value), SIZED) or (len(value) >= least and (most is None or len(value) <= most))
    )

def predicate(function):
    # A function of the user's; what an iterator holds would be gone after it, so it isn't asked about one.
    name = getattr(function, "__qualname__", None)
    said = f"Predicate({name})" if type(name) is str and len(name) <= 60 else "Predicate"
    return said, lambda value: hasattr(type(value), "__next__") or function(value)

# -- hint_repair: Lossless repairs by class: text that is just how a value is written becomes that value.

LONGEST_TEXT = 10_000  # characters of a text that is looked at; the longest that any of these classes writes is a path

WRITTEN_AS = {
    ("datetime", "date"): "isoformat",
    ("datetime", "time"): "isoformat",
    ("datetime", "datetime"): "isoformat",
    ("decimal", "Decimal"): "__str__",
    ("fractions", "Fraction"): "__str__",
    ("ipaddress", "IPv4Address"): "__str__",
    ("ipaddress", "IPv6Address"): "__str__",
    ("pathlib", "Path"): "__str__",
    ("pathlib", "PurePath"): "__str__",
    ("uuid", "UUID"): "__str__",
}  # (module, class) -> the method that writes its values as text

def repair_for(cls):  # The repair of values for a class, or None.
    home, name = cls.__module__.partition(".")[0], cls.__qualname__
    if home == "builtins" and name in ("int", "float"):
        return builtin_repair(name)
    method = WRITTEN_AS.get((home, name))
    if method is not None and getattr(sys.modules.get(home), name, None) is cls:
        return text_repair(cls, method, whole=home in ("decimal", "fractions"))
    return None

def builtin_repair(name):  # What `Perceive` itself does for the builtin types.
    types = accepted_types(name)

    def repair(value):
        return repaired(value, types)

    return repair

def text_repair(cls, method, *, whole):
    # Text -> the value that is written just so. `whole`: an int, which loses nothing either, is taken as well.
    parse = getattr(cls, "fromisoformat", cls)

    def repair(value):
        if whole and type(value) is int:
            return cls(value)
        if type(value) is not str or not value or len(value) > LONGEST_TEXT:
            return value
        found = parse(value)
        return found if same_text(getattr(found, method)(), value) and is_finite(found) else value

    return repair

def same_text(written, given):
    # Whether two texts say the same: but for an UTC offset written Z, a space before the time, capital hex digits.
    if written == given:
        return True
    if given.endswith("Z") and written.endswith("+00:00"):
        given = given[:-1] + "+00:00"
    if len(given) > 10 and given[10] == " " and written[10] == "T":
        given = given[:10] + "T" + given[11:]
    return written == given or (len(written) == 36 and written.count("-") == 4 and written == given.lower())

def is_finite(value):  # Whether a value is not a NaN or infinity that text names.
    method = getattr(value, "is_finite", None)
    return method is None or bool(method())

# -- hint_read: Annotation objects read as checks; what is unknown, or can't be told at once, isn't checked.

# where the classes of annotations come from; an object of any other class is no annotation that is known
TYPING_MODULES = ("typing", "typing_extensions", "types", "collections.abc", "_collections_abc")

# PEP 484's numeric tower, and bytes
PROMOTED = {float: (float, int), complex: (complex, float, int), bytes: (bytes, bytearray, memoryview)}

# qualifiers that say nothing of the value itself
TRANSPARENT = ("Final", "ClassVar", "Required", "NotRequired", "ReadOnly")

WALKED = ("list", "tuple", "set", "frozenset", "deque")
# classes of `builtins` and `collections` whose items are looked at on request; in others iterating may do
# anything
WALKED_MAPPINGS = ("dict", "OrderedDict", "defaultdict")

class HintReader:  # Reads annotations, each object once; `scope` looks up those that are text.
    __slots__ = ("known", "scope")

    def __init__(self, scope):
        self.scope = scope
        self.known = {}

    def check(self, annotation):  # The check of an annotation; raises `HintUnresolved` for a name that isn't there.
        key = id(annotation)
        if key not in self.known:
            self.known[key] = annotation, EVERYTHING  # where an alias is made of itself, that is where it ends
            try:
                self.known[key] = annotation, self.read(annotation)
            except BaseException:
                del self.known[key]
                raise
        return self.known[key][1]

    def read(self, annotation):  # `check` for an annotation that is new.
        kind = type(annotation)
        if annotation is None:
            return instances(type(None))
        if kind is str:
            return self.written(annotation, None)
        if issubclass(kind, type) and not issubclass(kind, GenericAlias):
            return self.of_class(annotation)
        if kind.__module__ not in TYPING_MODULES:
            return EVERYTHING
        if kind is UnionType:
            return any_of([self.check(each) for each in annotation.__args__])
        if hasattr(annotation, "__metadata__"):
            return self.limited(annotation)
        origin = getattr(annotation, "__origin__", None)
        return self.special(annotation) if origin is None else self.generic(annotation, origin)

    def written(self, text, module):
        # A forward reference; only one that stands in the annotation itself is known to be meant for this module.
        if module is None and not self.scope.is_written_here(text):
            return EVERYTHING
        return self.check(self.scope.meaning(text, module))

    def limited(self, annotation):  # `Annotated[X, ...]`:
        inner, limits = self.check(annotation.__origin__), limits_in(annotation.__metadata__)
        if not limits:
            return inner
        plain, classes, tests = inner.test, inner.classes, [test for _, test in limits]
        first = tests[0]

        def test_one(value):
            return issubclass(type(value), classes) and first(value)

        def test_all(value):
            return plain(value) and (answers_for_its_class(type(value)) or all(test(value) for test in tests))

        def fault(value):
            if not plain(value):
                return inner.fault(value) if inner.fault is not None else ""
            return "it is not " + next((name for name, test in limits if not test(value)), "what it has to be")

        def inside(value):
            return [((value,), annotation.__origin__)]

        opened = inside if inner.inside is not None or inner.either else None
        return Check(
            test_one if classes and len(tests) == 1 else test_all, repair=inner.repair, fault=fault, inside=opened
        )

    def special(self, annotation):
        # `NewType`, `TypeVar`, forward references, aliases of PEP 695, and names of `typing` that stand alone.
        name = type(annotation).__name__
        if name == "ForwardRef":
            return self.written(annotation.__forward_arg__, annotation.__forward_module__)
        if name == "NewType":
            return self.check(annotation.__supertype__)
        if name == "TypeAliasType":
            return self.check(annotation.__value__)
        if name == "TypeVar":
            if annotation.__constraints__:
                return any_of([self.check(each) for each in annotation.__constraints__])
            return EVERYTHING if annotation.__bound__ is None else self.check(annotation.__bound__)
        alone = getattr(annotation, "_name", None)
        if alone == "LiteralString":
            return instances(str)
        if alone == "Self" and self.scope.owner is not None:
            return instances(self.scope.owner)
        return EVERYTHING

    def generic(self, annotation, origin):  # `X[...]`: what X asks for, and for `deep` what stands in the brackets.
        args = getattr(annotation, "__args__", ())
        if not isinstance(origin, type):
            return self.special_generic(origin, args)
        if origin is type:
            return class_of(self.check(args[0])) if args else instances(type)
        if origin is CallableClass:
            return Check(callable, by_type=True)
        return self.of_class(origin, inside_of(origin, args))

    def special_generic(self, origin, args):
        # `Optional[X]`, `Union[X, Y]`, `Literal[...]`, qualifiers, and generic aliases of PEP 695.
        name = getattr(origin, "_name", None)
        if name in ("Union", "Optional"):
            return any_of([self.check(each) for each in args])
        if name == "Literal":
            return one_of(args)
        if name in TRANSPARENT:
            return self.check(args[0])
        if name in ("TypeGuard", "TypeIs"):
            return instances(bool)
        return self.check(origin.__value__) if type(origin).__name__ == "TypeAliasType" else EVERYTHING

    def of_class(self, cls, inside=None):  # A class, bare or with brackets.
        if cls is object:
            return EVERYTHING
        if hasattr(cls, "__required_keys__") and issubclass(cls, dict):
            return with_keys(self.required_of(cls), fields_of(cls))
        if getattr(cls, "_is_protocol", False):
            return with_members(cls, members_of(cls)) if getattr(cls, "_is_runtime_protocol", False) else EVERYTHING
        if cls.__module__ in TYPING_MODULES[:2]:  # Any, IO, and what else is a class for type checkers alone
            return EVERYTHING
        if cls is IterableClass:
            return Check(is_iterable, by_type=True, inside=inside)
        if is_model(cls):
            return instances(cls.__pydantic_generic_metadata__["origin"] or cls)
        if not has_plain_instances(cls):  # it would have to be asked about the value itself
            return EVERYTHING
        return instances(*PROMOTED.get(cls, (cls,)), repair=repair_for(cls), inside=inside)

    def required_of(self, cls):  # The keys that a `TypedDict` requires.
        said = {key: self.qualifier(annotation) for key, annotation in cls.__annotations__.items()}
        return frozenset(
            key for key, how in said.items() if how == "Required" or (not how and key in cls.__required_keys__)
        )

    def qualifier(self, annotation):
        # "Required" or "NotRequired" where a key's annotation, being text, says so; "?" where that can't be known.
        text = getattr(annotation, "__forward_arg__", "")
        if "[" not in text:
            return None
        try:
            meaning = self.scope.meaning(text, annotation.__forward_module__)
        except Exception:  # a name that isn't there, or anything else that evaluating raises
            return "?"
        name = getattr(getattr(meaning, "__origin__", None), "_name", None)
        return name if name in ("Required", "NotRequired") else None

def fields_of(cls):  # The values of a `TypedDict` that are there, with their annotations.
    return lambda value: [((value[key],), wanted) for key, wanted in cls.__annotations__.items() if key in value]

def members_of(protocol):  # What an instance of a protocol has to have.
    found = getattr(protocol, "__protocol_attrs__", None)  # from Python 3.12 on
    listed = getattr(sys.modules["typing"], "_get_protocol_attrs", vars)
    return listed(protocol) if found is None else found

def is_iterable(value):  # Whether `iter` takes it, by `__iter__` or by items that are counted from 0.
    return issubclass(type(value), IterableClass) or hasattr(type(value), "__getitem__")

def is_model(cls):  # Whether a class is a model of pydantic 2, which is loaded if there is one.
    base = getattr(sys.modules.get("pydantic.main"), "BaseModel", None)
    return isinstance(base, type) and issubclass(cls, base) and hasattr(cls, "__pydantic_generic_metadata__")

def inside_of(origin, args):
    # What gives the parts of a container of the standard library with their annotations; None: it isn't opened.
    if any(is_unpacked(each) for each in args):
        return None
    home = origin.__module__.partition(".")[0]
    if origin is tuple:
        return items_of(args[0]) if len(args) == 2 and args[1] is ... else fixed_items(args)
    path = next((rule["path"] for rule in KNOWN.arrays if rule["array"] == f"{home}.{origin.__qualname__}"), "")
    if path and len(args) == 2:
        kind = GenericAlias(type, getattr(args[1], "__args__", (object,))[0])
        return lambda value: [((reached(value, path),), kind)]
    if home not in ("builtins", "collections", "_collections_abc"):
        return None
    if len(args) == 2:
        return pairs_of(*args)
    return items_of(args[0]) if len(args) == 1 else None

def is_unpacked(argument):
    # Whether an argument stands for any number of them: `*Ts`, `*tuple[int, ...]`, `Unpack[...]`.
    origin = getattr(argument, "__origin__", None)
    return bool(getattr(argument, "__unpacked__", False)) or getattr(origin, "_name", None) == "Unpack"

def items_of(wanted):  # Each item of a list, tuple, set or deque; the keys of a dict.
    return lambda value: [(value, wanted)] if is_walked(value, WALKED + WALKED_MAPPINGS) else ()

def is_walked(value, names):  # Whether a value's class is one of these, itself.
    kind = type(value)
    return kind.__module__ in ("builtins", "collections") and kind.__qualname__ in names

def pairs_of(key, value):  # Each key and each value of a dict.

    def inside(mapping):
        return [(mapping, key), (mapping.values(), value)] if is_walked(mapping, WALKED_MAPPINGS) else ()

    return inside

def fixed_items(wanted):  # The items of a tuple, one by one; None for one of another length.

    def inside(value):
        if type(value) is not tuple:
            return ()
        return (
            [((item,), kind) for item, kind in zip(value, wanted, strict=True)] if len(value) == len(wanted) else None
        )

    return inside

# -- hint_scope: The names in an annotation that is text: looked up where the function stands, importing
# nothing.

class HintUnresolved(Exception):  # A name of an annotation isn't there, or not yet.
    pass

class HintScope:
    # Where the annotations of one function are looked up: its module, its class, and modules that are loaded
    # anyway.

    __slots__ = ("imports", "inner", "owner", "space", "text", "texts")

    def __init__(self, original, text, imports):
        self.space = original.__globals__
        self.owner = owner_of(original)
        self.inner = vars(self.owner) if self.owner is not None else {}
        self.text = text
        self.imports = imports
        self.texts = {}

    def meaning(self, text, module=None):  # What a text stands for, always the same object; raises `HintUnresolved`.
        if text not in self.texts:
            here = module is None or module == self.space.get("__name__")
            space = self.space if here else vars(sys.modules[module or ""])
            self.texts[text] = evaluated(text, space, self.locals_for if here else nothing_more)
        return self.texts[text]

    def is_written_here(self, text):
        # Whether a forward reference stands in the annotation itself, not in an alias from elsewhere.
        return text in self.text

    def locals_for(self, code):
        # Names that aren't the module's: of the class around the function, and imports meant for type checkers.
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

def nothing_more(code):  # The further names of a text from another module.
    return {}

def evaluated(text, space, further):
    # The value of an annotation's text; raises `HintUnresolved`, or what evaluating raises.
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

def would_load(names, space):  # Whether reading attributes of a module named here might import something.
    modules = [value for name in names if isinstance(value := space.get(name), ModuleType)]
    if any(type(module) is not ModuleType for module in modules):
        return True
    if not any("__getattr__" in vars(module) for module in modules):
        return False
    there = {*space, *dir(builtins), *(key for module in modules for key in vars(module))}
    return not there.issuperset(names)

def asks_objects(names, space):
    # Whether attributes may be read of something that is neither a class nor a module: of a proxy, perhaps, that
    # does anything when it is asked.
    values = [space[name] for name in names if name in space]
    return not all(issubclass(type(v), type | ModuleType) or type(v).__module__ in SPELLINGS for v in values)

# modules of the classes whose instances may be asked
SPELLINGS = ("builtins", "types", "typing", "typing_extensions", "annotated_types")

def loaded(dotted):  # The object of a dotted name, if its module is loaded; else None.
    module, _, name = dotted.rpartition(".")
    if dotted in sys.modules:
        return sys.modules[dotted]
    return vars(sys.modules[module]).get(name) if module in sys.modules else None

def owner_of(original):  # The class in whose body a function was defined, if it can be found under its name.
    found = None
    for name in original.__qualname__.split(".")[:-1]:
        space = original.__globals__ if found is None else vars(found)
        found = space.get(name)
        if not isinstance(found, type):
            return None
    return found if found is None or found.__module__ == original.__module__ else None

# -- looked: What `depth="deep"` has looked at, so that nested calls over one object don't each look at all of
# it again.

MOST_FRAMES = 40  # how many frames up a call that has asked is looked for

MOST_AROUND = 6  # how many frames up a call is remembered to have been made in

MOST_CALLS = 64  # of how many calls around the present one it is known what they have looked at

class Asked:  # One call that has asked, and what was found good in it.
    __slots__ = ("around", "at", "code", "frame", "good")

    def __init__(self, frame):
        self.frame = id(frame)
        self.code = frame.f_code
        self.at = frame.f_lasti
        self.around = around(frame)
        self.good = {}

    def is_of(self, frame):  # Whether that is the call's frame.
        return id(frame) == self.frame and frame.f_code is self.code

def around(frame):  # The frames that a frame was called in, as far as they count.
    found = []
    while (frame := frame.f_back) is not None and len(found) < MOST_AROUND:
        found.append((id(frame), frame.f_code))
    return found

class Calls(_local):  # The calls of this thread that have asked, the outermost first.
    def __init__(self):
        self.stack = []

CALLS = Calls()

class LookedAt:  # What is known to be good in the present call, which is that of `frame`, or of a frame near above it.
    __slots__ = ("good", "known")

    def __init__(self, frame):
        stack = CALLS.stack
        at = place_in(stack, frame)
        rest = stack[at:]
        own = rest.pop(0) if rest and goes_on(rest[0], frame) else Asked(frame)
        own.at = frame.f_lasti
        ended = [each for each in rest[:1] if (id(frame), frame.f_code) in each.around]
        stack[at:] = [own]
        self.good = own.good
        self.known = [each.good for each in (*ended, *stack[-MOST_CALLS:])]

    def is_known(self, key, mark):  # Whether a value was found good and is as it was then.
        if any(good.get(key) == mark for good in reversed(self.known)):
            self.good[key] = mark
            return True
        return False

def place_in(stack, frame):  # How many of the calls in the stack are around the one of `frame`; 0 where none is seen.
    last = len(stack)
    above = frame.f_back
    by_frame = {each.frame: number for number, each in enumerate(stack[-MOST_CALLS:], max(0, last - MOST_CALLS))}
    for _ in range(MOST_FRAMES):
        if above is None:
            break
        number = by_frame.get(id(above), -1)
        if number >= 0 and stack[number].is_of(above):
            return number + 1
        above = above.f_back
    return 0

def goes_on(asked, frame):
    # Whether a call has asked before and has come further since; a frame's id may be that of one that is gone.
    return asked.is_of(frame) and frame.f_lasti > asked.at

def mark_of(value):  # What a container is known by beside its id.
    kind = type(value)
    if kind is list or kind is tuple:
        return (kind, len(value), id(value[0]), id(value[-1])) if value else (kind, 0)
    if kind is dict and value:
        return kind, len(value), id(next(iter(value.values())))
    return (kind,)

def frame_of_call():  # The frame of the function that asks: the first above that is not of a module of this runtime.
    here, frame = sys._getframe(1), sys._getframe(1)
    package = here.f_globals["__name__"].rpartition(".")[0]
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(package):
        frame = frame.f_back
    return frame

# -- hint: An annotation that isn't made of builtin types alone: read once, at the first call, and asked inline
# from then on.

# how many calls look for a name that isn't there, once the module is complete; then the annotation isn't
# checked
TRIES = 4

class Hint(Stays):
    # The annotation of one parameter (or of "return"), as `text` shows it; in `depth` "deep" with all that it
    # holds.

    __slots__ = ("admits", "check", "deep", "imports", "kind", "name", "original", "reader", "text", "tries")

    basis = "its annotation says"

    def __init__(self, original, name, text, depth="shallow", /, **imports):
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

    def first(self, value):  # Read the annotation, and answer from then on by what it says.
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

    def read(self):  # The check of the annotation; raises `HintUnresolved`, or whatever its evaluation raises.
        annotations = self.original.__annotations__
        if self.name not in annotations:
            return EVERYTHING
        annotation = annotations[self.name]
        scope = HintScope(self.original, self.text, self.imports)
        self.reader = reader = HintReader(scope)
        return reader.check(scope.meaning(annotation) if type(annotation) is str else annotation)

    def opens(self, check):  # Whether containers are looked into.
        return self.deep and (check.inside is not None or any(self.opens(each) for each in check.either))

    def holds(self, value):  # Whether the annotation is satisfied, to its whole depth if that was asked for; may raise.
        if self.deep and self.reader is not None:
            return fits_deep(self.reader, self.check, value, LookedAt(frame_of_call()))
        return bool(self.check.test(value))

    def excuses(self, value):
        # Whether a value that doesn't satisfy the annotation is let pass: the default itself, or a test's stand-in.
        return is_excused(value, self.check.classes) or value is default_of(self.original, self.name)

    def repaired(self, value):  # `value` as what the annotation asks for if that loses nothing, else `value` itself.
        new = repaired_by(self.check, value)
        return new if new is value or self.admits(new) else value

    def fault(self, value):  # What is wrong with a value beyond its class, in a few words; "" if that is all.
        try:
            found = self.check.fault(value) if self.check.fault is not None else ""
            return found or ("of what it holds, something doesn't" if self.deep and self.check.test(value) else "")
        except Exception:  # what can't be asked needn't be said
            return ""

def by_class(hint):
    # `admits` for an annotation that is satisfied by classes: the class of a good value is the next `kind`.
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

def by_value(hint):  # `admits` for an annotation that has to be asked about each value.
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
    # Whether a value and all that it holds satisfy a check; what is known to do so isn't looked into again.
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

def fits(reader, check, value, looked):  # `fits_deep` for a value that is new.
    if check.either:
        return any(fits_deep(reader, each, value, looked) for each in check.either)
    if check.inside is None or not check.test(value):
        return False
    groups = check.inside(value)
    return groups is not None and all(all_fit(reader, reader.check(wanted), parts, looked) for parts, wanted in groups)

def all_fit(reader, check, parts, looked):
    # `fits_deep` for all parts of one annotation, quickly where they hold nothing themselves.
    if check.inside is not None or check.either:
        return all(fits_deep(reader, check, part, looked) for part in parts)
    test, classes = check.test, check.classes
    return all(issubclass(type(part), classes) if classes else test(part) for part in parts)

def is_complete(original):  # Whether the function's module has run to its end.
    spec = original.__globals__.get("__spec__")
    return not getattr(spec, "_initializing", False)

def default_of(original, name):  # A parameter's default, or an object that nothing else is.
    code, defaults = original.__code__, original.__defaults__ or ()
    positional = code.co_varnames[: code.co_argcount]
    if name in positional[code.co_argcount - len(defaults) :]:
        return defaults[positional.index(name) - code.co_argcount]
    return (original.__kwdefaults__ or {}).get(name, EVERYTHING)
