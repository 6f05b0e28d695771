"""Jobs that a queue's decorator makes of functions."""

import celery
import dramatiq
from celery import shared_task

app = celery.Celery("station")


class Loud(celery.Task):
    def delay(self, *args):
        print(args)


@app.task(name="measure", soft_time_limit=60)
def measure(at): ...


@shared_task
def forget(at): ...


@app.task(base=Loud)
def shout(at): ...


@dramatiq.actor(max_retries=3)
def act(at): ...
