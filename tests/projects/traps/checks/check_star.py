"""Builtins that mean something else in the module, and names that generated code would like to have."""

from __future__ import annotations

import warnings

from app import rebinds, star, weird


def check_star_import_over_builtins():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value = weird.int(3)
        assert star.number(value) is value
        assert star.number(4) == 4
        assert star.text("a") == star.text_guarded("a") == "a-1"
        assert star.kinds("x") == ("patched type", False)


def check_builtins_rebound_in_the_module():
    assert rebinds.checked(1) == rebinds.guarded(1) == "1a string"


def check_errors_where_exception_is_rebound():
    class Unwritable:
        def __str__(self):
            raise KeyError("mine")

    for function in (rebinds.checked, rebinds.guarded):
        try:
            function(Unwritable())
        except KeyError as error:
            assert error.args == ("mine",)
        else:
            raise AssertionError("nothing raised")


def check_parameters_that_have_the_generators_names():
    assert rebinds.own_names(1, 2, 3) == 15
    assert rebinds.own_names(perceive=1, enforce=2, original=3, rt=0, _out=0) == 6
    assert rebinds.own_names_guarded(1, 2, 3) == 21
    assert rebinds.own_names_guarded(guard=1, operate=2, retry=3, result=0, error=0, wait=0) == 6
