import asyncio, shop, time
from sqlalchemy.ext.asyncio import create_async_engine, AsyncSession
from sqlalchemy import event
async def main():
    engine = create_async_engine("sqlite+aiosqlite://")
    @event.listens_for(engine.sync_engine, "connect")
    def made(con, record):
        con.create_function("slow", 0, lambda: time.sleep(1.0) or 3)
    out = {}
    other = []
    async def ticking():
        for _ in range(15):
            await asyncio.sleep(0.1)
            other.append(1)
        return "ticked"
    async with AsyncSession(engine) as s:
        out["quick"] = await s.run_sync(shop.quick)
        out["outer"] = await shop.outer(s)
        t = asyncio.create_task(ticking())
        try:
            out["slow"] = await s.run_sync(shop.slow)
        except BaseException as e:
            out["slow"] = type(e).__name__
        try:
            out["tick"] = await t
        except BaseException as e:
            out["tick"] = type(e).__name__
    async with AsyncSession(engine) as s:
        out["many"] = await asyncio.gather(*(go(engine) for _ in range(4)))
    await engine.dispose()
    return out
async def go(engine):
    async with AsyncSession(engine) as s:
        return await s.run_sync(shop.quick)
try:
    answer = asyncio.run(main())
except BaseException as e:
    answer = {"all": type(e).__name__}

# greenlets of one's own: the one that is left isn't interrupted, nor is who runs meanwhile
import greenlet, threading
from scripted_server import Scripted, late, tried
found = []
def leaving():
    here = greenlet.getcurrent()
    def other():
        try:
            time.sleep(0.6)
        except BaseException as error:
            found.append(type(error).__name__)
        here.switch()
    greenlet.greenlet(other).switch()
def in_thread(work):
    box = []
    thread = threading.Thread(target=lambda: box.append(tried(work)))
    thread.start()
    thread.join()
    return box[0]
answer["main left"] = tried(lambda: shop.opaque(leaving))
answer["inner left"] = greenlet.greenlet(lambda: tried(lambda: shop.opaque(leaving))).switch()
answer["thread left"] = in_thread(lambda: shop.opaque(leaving))
answer["found"] = found
if "_poet" in shop.poet.__module__:
    answer["spinning"] = tried(shop.spinning)
    with Scripted(late(2.0)) as server:
        work = lambda: tried(lambda: shop.fetch(server.url))
        answer["fetch"] = [work(), in_thread(work), greenlet.greenlet(work).switch()]
