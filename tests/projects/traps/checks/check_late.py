"""Whatever is patched in the module of origin, the function sees."""

from __future__ import annotations

from unittest import mock

from app import late


def check_patched_global():
    with mock.patch.object(late, "FACTOR", 10):
        assert late.scaled(1) == 20
        assert late.scaled_guarded(1) == 20
    assert late.scaled(1) == 4


def check_patched_helper():
    with mock.patch("app.late.helper", lambda x: 100):
        assert late.scaled(1) == 200
        assert late.scaled_guarded(1) == 200
        assert late.Box().scaled(1) == 1000
    assert late.scaled_guarded(1) == 4


def check_autospec_of_helper():
    with mock.patch("app.late.helper", autospec=True, return_value=7) as helper:
        assert late.scaled(1) == 14
    helper.assert_called_once_with(1)


def check_builtin_hidden_by_a_patch():
    with mock.patch.object(late, "len", lambda x: 42, create=True):
        assert late.length([]) == 42
    assert late.length([]) == 0


def check_deleted_global():
    with mock.patch.dict(late.__dict__):
        del late.FACTOR
        for function in (late.scaled, late.scaled_guarded):
            try:
                function(1)
            except NameError as error:
                assert error.args == ("name 'FACTOR' is not defined",), error.args
                assert error.name == "FACTOR"
            else:
                raise AssertionError("FACTOR is still seen")


def check_patched_sibling():
    with mock.patch.object(late, "inner", lambda x: 1):
        assert late.outer(5) == 2
    assert late.outer(5) == 20


def check_patched_function_itself():
    with mock.patch("app.late.scaled", return_value="patched") as patched:
        assert late.scaled(1) == "patched"
    patched.assert_called_once_with(1)
    assert late.scaled(1) == 4


def check_autospec_of_the_function():
    double = mock.create_autospec(late.scaled)
    double(3)
    try:
        double(3, 4)
    except TypeError:
        pass
    else:
        raise AssertionError("autospec doesn't know the signature")
    with mock.patch("app.late.Box.scaled", autospec=True, return_value=5) as method:
        box = late.Box()
        assert box.scaled(2) == 5
        method.assert_called_once_with(box, 2)
    with mock.patch.object(late.Box, "factor", 3):
        assert late.Box().scaled(1) == 6


def check_global_statement():
    late.count = 5
    assert late.counted() == 6
    assert late.counted(4) == late.count == 10
    assert late.counted_guarded(10) == late.count == 20
    assert late.made_global() == late.born == "yes"


def check_name_defined_below():
    assert late.defined_later(1) == 101


def check_new_global():
    late.fresh = 1
    assert late.scaled.__globals__["fresh"] == 1
    del late.fresh
