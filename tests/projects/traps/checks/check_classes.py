"""Methods of every kind."""

from __future__ import annotations

import dataclasses
import inspect
import pickle
import weakref

from app import classes
from app.classes import Base, Child, Colour, Described, Flagged, Frozen, GrandChild, Made, Plain, Point, Row


def check_methods():
    assert Base(2).method(3) == 5
    assert Base.method(Base(2), x=3) == 5
    bound = Base(2).method
    assert inspect.ismethod(bound)
    assert bound.__func__ is Base.method
    assert bound(3) == 5


def check_static_and_class_methods_in_both_orders():
    for holder in (Base, Base(), Child, Child()):
        assert holder.static_above(1) == 2
        assert holder.static_below(1) == 3
    for holder, cls, kind in ((Base, Base, "base"), (Plain, Plain, "plain"), (Plain(), Plain, "plain")):
        assert holder.class_above(1) == (cls, kind, 1)
        assert holder.class_below(1) == (cls, kind, 1)
    assert isinstance(vars(Base)["static_above"], staticmethod)
    assert isinstance(vars(Base)["static_below"], staticmethod)
    assert isinstance(vars(Base)["class_above"], classmethod)
    assert isinstance(vars(Base)["class_below"], classmethod)


def check_properties_with_setter_and_deleter_in_both_orders():
    for name, factor, shift in (("above", 10, 0), ("below", 100, 1)):
        thing = Base(2)
        assert isinstance(vars(Base)[name], property)
        assert getattr(thing, name) == 2 * factor
        setattr(thing, name, 5)
        assert getattr(thing, name) == (5 + shift) * factor
        delattr(thing, name)
        assert thing.log == [f"{name} set", f"{name} deleted"]
        assert vars(Base)[name].__doc__ == name.capitalize() + "."
    thing = Base(2)
    thing.only_setter_is_enhanced = 4
    assert thing.only_setter_is_enhanced == 8


def check_property_with_a_docstring_of_its_own():
    assert Base(4).explicit == 4
    assert Base.explicit.__doc__ == "Explicit."


def linked_every_accessor_is_enhanced():
    for name in ("above", "below"):
        accessors = vars(Base)[name]
        for accessor in (accessors.fget, accessors.fset, accessors.fdel):
            assert accessor.__wrapped__.__code__ is not accessor.__code__, (name, accessor)
    assert not hasattr(Base.only_setter_is_enhanced.fget, "__wrapped__")
    assert hasattr(Base.only_setter_is_enhanced.fset, "__wrapped__")


def check_cached_property():
    thing = Base(7)
    assert (thing.cached, thing.cached) == (7, 7)
    assert thing.log == ["computed"]


def check_special_methods():
    thing = Base()
    assert thing(3) == 3
    assert thing == Base()
    assert (thing == 3) is False
    assert thing != 3
    with thing as entered:
        assert entered == "entered"
        raise KeyError("swallowed by __exit__")
    try:
        with thing:
            raise ValueError("passed on")
    except ValueError as error:
        assert error.args == ("passed on",)
    assert Base.__hash__ is None


def check_super_and_inheritance():
    assert Child(2).method(3) == 1005
    assert GrandChild(2).method(3) == 1_001_005
    assert Child().own_class() == GrandChild().own_class() == "Child"
    assert Child(2).explicit_super(3) == 6
    assert GrandChild.made(1) == (GrandChild, "child", 1)


def check_overriding():
    class Override(Base):
        def method(self, x):
            return "overridden"

        @property
        def above(self):
            return "overridden"

    assert Override().method(1) == Override().above == "overridden"
    assert Override().static_below(1) == 3


def check_mangled_names():
    child = Child()
    assert child.private_state(9) == 9
    assert child._Child__secret == 9
    assert Base().calls_mangled(2) == 10
    assert Base()._Base__mangled(2) == 10
    assert classes._Secret().get(4) == 4


def check_class_attributes():
    assert Base().knows_class_attribute() == "basebasebase"
    assert Child().knows_class_attribute() == "childchildbase"
    Base.kind, before = "new", Base.kind
    try:
        assert Base().knows_class_attribute() == "newnewnew"
    finally:
        Base.kind = before


def check_nested_class():
    assert Base.Inner().deep(1) == "Base.Inner 1"
    assert Base.Inner.deep.__qualname__ == "Base.Inner.deep"


def check_slots():
    slotted = classes.Slotted(4)
    assert slotted.doubled() == 8
    assert weakref.WeakMethod(slotted.doubled)()() == 8
    assert not hasattr(slotted, "__dict__")


def check_dataclasses():
    point = Point(1, 2)
    assert point.moved(3) == Point(4, 2)
    assert Point(3, 4).norm == 5.0
    assert dataclasses.replace(point, y=0).moved(1) == Point(2)
    assert [f.name for f in dataclasses.fields(Point)] == ["x", "y", "tags"]
    assert pickle.loads(pickle.dumps(point)) == point
    assert Frozen(1).moved(2) == Frozen(3)
    assert Frozen(1) < Frozen(2)


def check_named_tuples():
    assert Row(1, 2).total() == 3


def check_enums():
    assert list(Colour) == [Colour.RED, Colour.GREEN]
    assert Colour.RED.shade(3) == "RED3"
    assert Colour.first() is Colour.RED
    assert Colour.GREEN.low == "green"
    assert Colour("red") is Colour.RED


def check_abstract_methods():
    assert classes.Shape.__abstractmethods__ == {"area", "name", "sides"}
    try:
        classes.Shape()
    except TypeError:
        pass
    else:
        raise AssertionError("an abstract class was instantiated")
    square = classes.Square(2)
    assert (square.area(), square.name(), square.sides) == (4, "square of shape", 4)


def check_metaclasses_and_implicit_class_methods():
    assert Described.describe(1) == "Described1"
    assert Described[3] == (Described, 3)
    assert Flagged[4] == (Flagged, 4)
    assert Flagged.flag == 7


def check_new_and_init():
    made = Made(3)
    assert (made.x, made.y) == (3, 3)
    assert isinstance(vars(Made)["__new__"], staticmethod)


def check_method_borrowed_by_another_class():
    assert classes.Borrower().method(3) == 3
    assert classes.Borrower.method is Base._protected


def check_functions_in_a_class_belong_to_it():
    assert Base.method.__qualname__ == "Base.method"
    assert inspect.getattr_static(Base, "method") is vars(Base)["method"]
    assert "method" in dir(Base)
