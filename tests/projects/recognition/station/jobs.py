"""Calls that enqueue a job of another file."""

from poetc import poet

from station import tasks
from station.tasks import act, forget, measure, shout


@poet()
def a_job(at):
    measure.delay(at)


@poet()
def a_shared_job(at):
    forget.apply_async((at,))


@poet()
def a_signature(at):
    return tasks.measure.s(at)


@poet()
def a_job_of_a_class_of_its_own(at):
    shout.delay(at)


@poet()
def a_job_run_at_once(at):
    return measure(at)


@poet()
def an_actor(at):
    act.send(at)
