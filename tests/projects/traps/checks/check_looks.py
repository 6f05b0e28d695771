"""What can be seen of a function is what could be seen of it before."""

from __future__ import annotations

import copy
import doctest
import importlib
import inspect
import pickle
import pkgutil
import sys
import types
import typing

import app
from app import live_annotations, looks

PREDICATES = [
    "isfunction",
    "isgeneratorfunction",
    "iscoroutinefunction",
    "isasyncgenfunction",
    "isroutine",
    "isclass",
    "ismethoddescriptor",
    "isdatadescriptor",
]
ATTRIBUTES = [
    "__module__",
    "__name__",
    "__qualname__",
    "__doc__",
    "__annotations__",
    "__globals__",
    "__defaults__",
    "__kwdefaults__",
    "__builtins__",
    "__type_params__",
]
CODE = ["co_name", "co_qualname", "co_argcount", "co_posonlyargcount", "co_kwonlyargcount"]
KIND = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS | inspect.CO_GENERATOR | inspect.CO_COROUTINE
KIND |= inspect.CO_ASYNC_GENERATOR | inspect.CO_ITERABLE_COROUTINE
FUTURES = 0x1FE0000
MARK = "_poet."


def modules():
    """Every module of the package but the linked copies."""
    names = [m.name for m in pkgutil.walk_packages(app.__path__, "app.") if MARK not in m.name + "."]
    return [importlib.import_module(name) for name in names]


def functions_of(holder, seen):
    """Every function in a module or class, however deeply it is wrapped."""
    for value in list(vars(holder).values()):
        if inspect.isclass(value) and value.__module__.startswith("app.") and value not in seen:
            seen.add(value)
            yield from functions_of(value, seen)
        yield from unwrapped(value)


def unwrapped(value):
    """The functions inside of a function, property, static method, class method or other wrapper."""
    if isinstance(value, property):
        for accessor in (value.fget, value.fset, value.fdel):
            yield from unwrapped(accessor)
    elif isinstance(value, types.FunctionType):
        yield value
        yield from unwrapped(getattr(value, "__wrapped__", None))
    elif value is not None:
        for name in ("__func__", "func", "__wrapped__"):
            yield from unwrapped(inspect.getattr_static(value, name, None) if name == "__func__" else None)
            inner = getattr(value, name, None) if name != "__func__" else getattr(value, name, None)
            if isinstance(inner, types.FunctionType):
                yield from unwrapped(inner)


def enhanced():
    """Every enhanced function of the package: its own code object isn't that of the one it wraps, its name is."""
    found = {}
    for module in modules():
        for function in functions_of(module, set()):
            original = getattr(function, "__wrapped__", None)
            if original is None or function.__globals__ is not original.__globals__:
                continue
            same = function.__code__ is original.__code__  # a decorator of the user's, put on twice
            if function.__code__.co_qualname == original.__code__.co_qualname and not same:
                found[id(function)] = (function, original)
    return list(found.values())


def built():
    """The names in all linked files, accessors under their property's; without what is wrapped by nothing, or inside of a
    function, which only exists while that is called."""
    names = []
    for module in modules():
        table = sys.modules.get(f"app._poet.{module.__name__.removeprefix('app.')}")
        for name, entry in table.poet.entries.items() if table else ():
            bind = entry and entry[0]
            if bind and "<locals>" not in name and "return original\n" not in inspect.getsource(bind):
                names.append(f"{module.__name__}.{name.removesuffix('.setter').removesuffix('.deleter')}")
    return sorted(names)


def linked_every_function_is_enhanced_and_compared_here():
    found = sorted(f"{f.__globals__['__name__']}.{f.__code__.co_qualname}" for f, _ in enhanced())
    assert found == built()
    assert len(found) > 130, len(found)


def linked_attributes_are_those_of_the_original():
    for function, original in enhanced():
        for name in ATTRIBUTES:
            if hasattr(original, name):
                ours, theirs = getattr(function, name), getattr(original, name)
                same = ours == theirs if name == "__annotations__" else ours is theirs  # decorators above may change them
                assert same, (function, name)
        assert vars(function).items() >= vars(original).items(), function


def linked_code_looks_like_the_original():
    for function, original in enhanced():
        mine, its = function.__code__, original.__code__
        for name in CODE:
            assert getattr(mine, name) == getattr(its, name), (function, name)
        count = its.co_argcount + its.co_kwonlyargcount + bool(its.co_flags & 4) + bool(its.co_flags & 8)
        assert mine.co_varnames[:count] == its.co_varnames[:count], function
        assert mine.co_flags & KIND == its.co_flags & KIND, function


def linked_direct_code_is_in_the_users_file():
    for function, original in enhanced():
        if MARK.strip(".") in function.__code__.co_filename:
            continue
        assert function.__code__.co_filename == original.__code__.co_filename
        assert inspect.getsourcefile(function) == inspect.getsourcefile(original)
        assert function.__code__.co_firstlineno == original.__code__.co_firstlineno
        assert function.__code__.co_flags & FUTURES == original.__code__.co_flags & FUTURES, function


def linked_inspect_predicates_agree():
    for function, original in enhanced():
        for name in PREDICATES:
            predicate = getattr(inspect, name)
            assert predicate(function) == predicate(original), (function, name)


def linked_signatures_agree():
    for function, original in enhanced():
        assert inspect.signature(function) == inspect.signature(original), function
        own = inspect.signature(function, follow_wrapped=False)
        assert own == inspect.signature(original), function
        assert str(own) == str(inspect.signature(original)), function
        assert inspect.getfullargspec(function) == inspect.getfullargspec(original), function
        for name, parameter in own.parameters.items():
            assert parameter.default is inspect.signature(original).parameters[name].default, (function, name)


def linked_type_hints_agree():
    for function, original in enhanced():
        try:
            expected = typing.get_type_hints(original)
        except NameError:
            continue
        assert typing.get_type_hints(function) == expected, function


def linked_source_is_found():
    for function, original in enhanced():
        assert inspect.getsource(function) == inspect.getsource(original)
        assert inspect.getsourcelines(function) == inspect.getsourcelines(original)
        assert inspect.getmodule(function) is inspect.getmodule(original)


def linked_calls_with_wrong_arguments_say_the_same():
    for function, original in enhanced():
        if inspect.isgeneratorfunction(original) and function.__code__.co_argcount == 0:
            continue
        for args, kwargs in (((1,) * 30, {}), ((), {"no_such_parameter": 1})):
            said = []
            for each in (function, original):
                try:
                    result = each(*args, **kwargs)
                except TypeError as error:
                    said.append(str(error))
                else:
                    getattr(result, "close", lambda: None)()
                    said.append("accepted")
            if said[1] != "accepted":
                assert said[0] == said[1], said


def check_pickle_by_name():
    from app.classes import Base, Colour, Point
    from app.stacks import twice

    for value in (looks.every_kind, looks.every_kind_guarded, twice, Base.static_above, Base.class_below, Base.method):
        assert pickle.loads(pickle.dumps(value)) == value
    point = Point(1, 2)
    bound = pickle.loads(pickle.dumps(point.moved))
    assert bound(2) == Point(3, 2)
    assert pickle.loads(pickle.dumps(Colour.RED.shade))(1) == "RED1"


def check_copies():
    from app.classes import Point

    assert copy.copy(looks.bare) is looks.bare
    assert copy.deepcopy(looks.bare) is looks.bare
    point = Point(1, 2)
    shallow, deep = copy.copy(point.moved), copy.deepcopy(point.moved)
    assert shallow(1) == deep(1) == Point(2, 2)
    assert deep.__self__ is not point
    assert deep.__func__ is Point.moved


def check_every_kind_of_parameter():
    assert looks.every_kind(1) == looks.every_kind_guarded(1) == (1, "b", (), None, True, {})
    for function in (looks.every_kind, looks.every_kind_guarded):
        assert function(1, "x", 2, 3, c=4, d=5, e=6, a=7) == (1, "x", (2, 3), 4, False, {"e": 6, "a": 7})
    assert str(inspect.signature(looks.every_kind)).startswith("(a: 'int', /, b: 'str' = 'b', *args: 'int', c: ")


def check_shared_defaults():
    before = looks.SHARED
    assert looks.shared_default.__defaults__[0] is before
    assert looks.shared_default_guarded.__defaults__[0] is before
    assert looks.shared_default(1) is before
    assert looks.shared_default_guarded(2) is before
    assert before[-2:] == [1, 2]
    assert looks.every_kind.__kwdefaults__["d"] is looks.SENTINEL


def check_parameter_with_two_underscores():
    assert looks.private_kwarg(1, __hidden=3, _k=4) == (1, 3, 4)


def check_docstrings():
    assert looks.every_kind.__doc__.startswith("Every kind of parameter.\n")
    assert inspect.getdoc(looks.bare) == "Bare."
    assert looks.only_doc() is None
    assert inspect.getdoc(looks.only_doc) == "Nothing but a docstring."


def check_doctests_are_found_and_pass():
    found = {t.name: t for t in doctest.DocTestFinder(exclude_empty=True).find(looks) if t.examples}
    assert sorted(found) == ["app.looks.every_kind", "app.looks.every_kind_guarded"]
    lines = open(looks.__file__, encoding="utf-8").read().split("\n")
    test = found["app.looks.every_kind"]
    assert lines[test.lineno].strip().strip('"').startswith("Every kind of parameter"), test.lineno
    outcome = doctest.testmod(looks)
    assert (outcome.failed, outcome.attempted) == (0, 2)


def check_overloads():
    overloads = typing.get_overloads(looks.either)
    assert len(overloads) == 2
    assert looks.either("a") == "a"


def check_frames_are_the_users():
    name, filename, line, module = looks.where()
    lines = open(looks.__file__, encoding="utf-8").read().split("\n")
    assert (name, module) == ("where", "app.looks")
    assert filename == looks.__file__
    assert "f_lineno" in lines[line - 1]


def check_callers():
    assert looks.caller() == "check_callers"
    assert looks.caller_guarded() == "check_callers"
    assert looks.stack_names() == ["stack_names", "check_callers"]


def check_attributes_set_above():
    assert looks.tagged.tag == "above"
    assert looks.tagged(1) == 1


def check_names_set_below():
    for function in (looks.called_otherwise, looks.called_otherwise_guarded):
        assert (function.__name__, function.__module__) == ("renamed", "elsewhere")
        assert function(1) == 1


def check_one_line():
    assert looks.one_line(1) == 2


def check_compiled_text_follows_the_modules_future():
    assert looks.compiles() == {"x": "undefined_name"}
    assert live_annotations.compiles("def f(x: 1 + 1): ...") == 2
    assert live_annotations.nested(5) == 5


def check_no_wrapper_is_returned():
    assert type(looks.bare) is types.FunctionType
    assert type(sys.modules["app.classes"].Base.method) is types.FunctionType
