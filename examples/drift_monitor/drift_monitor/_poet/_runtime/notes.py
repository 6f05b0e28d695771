# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""What is left on an error for people to read."""

MOST_NOTES = 12
"""notes of ours on one error; the oldest go first"""

OURS = "poet: "
"""how they begin"""


def is_ours(note):
    """Whether a note of an error is one of poet's."""
    return type(note) is str and note.startswith(OURS)


def add_note(error, *notes):
    """Add notes that it doesn't have yet to an exception that keeps its type and arguments; some classes refuse."""
    try:
        for note in notes:
            said = [each for each in getattr(error, "__notes__", ()) if is_ours(each)]
            if OURS + note in said:
                continue
            if len(said) >= MOST_NOTES:
                error.__notes__.remove(said[0])
            error.add_note(OURS + note)
    except Exception:
        return
