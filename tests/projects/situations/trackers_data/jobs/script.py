import shop, time, fakeredis, rq
from scripted_server import Scripted, reset, tried
answer = {}
answer["huey"] = [shop.hadd(1, b=2)(blocking=True), shop.hadd.call_local(1), shop.hadd.name if hasattr(shop.hadd, "name") else "", shop.ctx(1)(blocking=True)]
with Scripted(reset) as server:
    r = shop.hfetch(server.url)
    answer["hfetch"] = [tried(lambda: r(blocking=True)), len(server.got)]
w = shop.dramatiq.Worker(shop.broker, worker_timeout=50); w.start()
shop.act.send(1, b=4); shop.broker.join("default"); w.join(); w.stop()
answer["act"] = [shop.act.actor_name, [x for x in shop.CALLS if x[0] == "act"]]
s = shop.Store()
answer["cached"] = [shop.cached(1), shop.cached(1), s.method(1), s.method(1), shop.Store().method(1), s.own(2), s.own(2), shop.disk(1), shop.disk(1), shop.disk.__cache_key__(1)[0], [x for x in shop.CALLS if isinstance(x, str)]]
sch = shop.BackgroundScheduler(); sch.start()
j = sch.add_job(shop.tick, "date", args=[3]); answer["ref"] = j.func_ref
time.sleep(0.4); sch.shutdown()
answer["tick"] = [x for x in shop.CALLS if x[0] == "tick"]
answer["badjob"] = tried(lambda: sch.add_job(shop.tick, "date", args=[3, 4]))
shop.db.execute_sql("CREATE TABLE p (n)")
answer["peewee"] = [tried(lambda: shop.tx(False)), tried(lambda: shop.tx(True)), shop.db.execute_sql("SELECT count(*), double(4) FROM p").fetchone()]
q = rq.Queue(connection=fakeredis.FakeStrictRedis(), is_async=False)
jb = q.enqueue(shop.job, 3, b=4); ja = q.enqueue(shop.ajob, 3); answer["rq"] = [jb.return_value(), jb.func_name, jb.get_status().value if hasattr(jb.get_status(), "value") else str(jb.get_status()), ja.return_value()]
