from poetc import poet
from huey import MemoryHuey
import dramatiq
from dramatiq.brokers.stub import StubBroker
from dogpile.cache import make_region
import diskcache, cachetools, tempfile
from apscheduler.schedulers.background import BackgroundScheduler
import requests, peewee

huey = MemoryHuey(immediate=True)
broker = StubBroker(); dramatiq.set_broker(broker)
region = make_region().configure("dogpile.cache.memory")
cache = diskcache.Cache(tempfile.mkdtemp())
CALLS = []
db = peewee.SqliteDatabase(":memory:")

@huey.task(retries=2)
@poet()
def hadd(a: int, b: int = 1) -> int:
    CALLS.append("hadd")
    return a + b

@huey.task(retries=2)
@poet()
def hfetch(url: str) -> str:
    return requests.get(url).text

@huey.task(context=True)
@poet()
def ctx(a: int, task=None) -> str:
    return type(task).__name__

@dramatiq.actor(max_retries=0)
@poet()
def act(a: int, b: int = 1) -> None:
    CALLS.append(("act", a + b))

@region.cache_on_arguments()
@poet()
def cached(a: int) -> int:
    CALLS.append("cached"); return a * 2

class Store:
    @region.cache_on_arguments()
    @poet()
    def method(self, a: int) -> int:
        CALLS.append("method"); return a * 3
    @cachetools.cachedmethod(lambda self: self.cache)
    @poet()
    def own(self, a: int) -> int:
        CALLS.append("own"); return a * 4
    def __init__(self): self.cache = {}

@cache.memoize(typed=True)
@poet()
def disk(a: int) -> int:
    CALLS.append("disk"); return a * 5

@poet()
def tick(n: int) -> None:
    CALLS.append(("tick", n))

@db.atomic()
@poet()
def tx(fail: bool) -> int:
    db.execute_sql("INSERT INTO p VALUES (1)")
    if fail: raise KeyError("x")
    return 1

@db.func("double")
@poet()
def double(n: int) -> int:
    return n * 2

@poet()
def job(a: int, b: int) -> int:
    return a * b

@poet()
async def ajob(a: int) -> int:
    return a
