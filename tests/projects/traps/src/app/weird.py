"""Names that hide builtins, to be imported with a star."""


class int:  # noqa: A001
    """Not the builtin."""

    def __init__(self, value=0):
        self.value = value


def isinstance(_value, _kind):  # noqa: A001
    return False


def type(_value):  # noqa: A001
    return "patched type"


def len(_value):  # noqa: A001
    return -1
