"""The driver: the only room that names all stages, in order. It yields outcomes and prints nothing."""

from poetc.pipeline.build import build
from poetc.pipeline.check import check
from poetc.pipeline.inspection import diff, status
from poetc.pipeline.project import Project, open_project
from poetc.pipeline.setup import doctor, init
from poetc.pipeline.undo import clean, unlink

__all__ = ["Project", "build", "check", "clean", "diff", "doctor", "init", "open_project", "status", "unlink"]
