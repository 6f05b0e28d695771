"""What the function does with names of its own."""

from __future__ import annotations

from app import scopes


def check_closures():
    step = scopes.counter(5)
    assert (step(), step(10)) == (6, 16)
    other = scopes.counter()
    assert (other(), step()) == (1, 17)


def check_names_of_what_is_defined_inside():
    assert scopes.nested_names(7) == [
        "nested_names.<locals>.inside",
        "app.scopes",
        "nested_names.<locals>.inside",
        "nested_names.<locals>.inside.<locals>.Local",
        "app.scopes",
        "nested_names.<locals>.inside.<locals>.Local.deep",
        "nested_names.<locals>.inside.<locals>.Local.deep.<locals>.<lambda>",
        7,
    ]


def check_comprehensions_and_walrus():
    assert scopes.squares(3) == [0, 3, 6]


def check_local_classes():
    pair = scopes.local_dataclass(4)
    assert (pair.a, pair.b) == (1, 4)
    assert repr(pair) == "local_dataclass.<locals>.Pair(a=1, b=4)"


def check_recursive_closures():
    assert scopes.recursive_closure(5) == 120


def check_locals_and_eval():
    assert scopes.sees_locals(1) == {"x": 1, "y": 2}
    assert scopes.evaluates(1) == 2


def check_imports_inside():
    assert scopes.imports_inside(1.5) == 2


def check_deleted_parameters():
    assert scopes.deletes(1) == "x"


def check_match_statements():
    assert scopes.matches({"a": 1, "b": 2}) == "a=1 ['b']"
    assert scopes.matches([1, 2]) == "1 [2]"
    assert scopes.matches(4) == "big 4"
    assert scopes.matches(3) == "other"


def check_strings_over_several_lines():
    assert scopes.multi_line(1) == "one\n  two\n1\nend"


def check_functions_made_by_functions():
    assert scopes.factory()(3) == 3


def check_class_names_are_not_the_functions_names():
    assert scopes.Shadows().text() == "module"
