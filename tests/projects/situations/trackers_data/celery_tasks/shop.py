from poetc import poet
import celery, time
from celery import Celery, shared_task, group, chain
from pydantic import BaseModel
import requests
app = Celery("shop", broker="memory://", backend="cache+memory://")
app.conf.task_always_eager = True
app.conf.task_eager_propagates = True

class Order(BaseModel):
    id: int
    total: float = 0

TRIED = []

@app.task(bind=True, max_retries=3)
@poet()
def manual(self, x: int) -> int:
    TRIED.append(self.request.retries)
    if self.request.retries < 2:
        raise self.retry(exc=ConnectionError("down"), countdown=0)
    return x

@app.task(bind=True, max_retries=2, default_retry_delay=0)
@poet(retries=2)
def manual2(self, x: int) -> int:
    TRIED.append(self.request.retries)
    try:
        raise ConnectionError("down")
    except ConnectionError as e:
        raise self.retry(exc=e, countdown=0)

@app.task(bind=True, autoretry_for=(ConnectionError,), retry_kwargs={"max_retries": 2, "countdown": 0})
@poet()
def auto(self, x: int) -> int:
    TRIED.append(self.request.retries)
    raise ConnectionError("down")

@app.task(pydantic=True)
@poet()
def model(order: Order) -> Order:
    return Order(id=order.id, total=order.total + 1)

@app.task
@poet()
def add(x: int, y: int = 1) -> int:
    return x + y

@app.task(ignore_result=True)
@poet()
def ignored() -> None:
    from celery.exceptions import Ignore
    raise Ignore()

class Base(celery.Task):
    abstract = True
    @poet()
    def on_failure(self, exc, task_id: str, args: tuple, kwargs: dict, einfo) -> None:
        TRIED.append(type(exc).__name__)

@app.task(base=Base)
@poet()
def fails(x: int) -> int:
    raise ValueError(x)
