"""No circular import; names that stay what they were."""

from __future__ import annotations

import app
import app.circle_a
import app.circle_b


def check_modules_that_import_each_other():
    assert app.circle_a.ping(9) == 9
    assert app.circle_b.pong(4) == 4


def check_package_that_imports_its_modules():
    assert app.ping is app.circle_a.ping
    assert app.scaled(3) == 8


def linked_names_in_a_package_are_the_enhanced_ones():
    assert app.scaled.__wrapped__ is not app.scaled
