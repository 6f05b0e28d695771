import time
from database_servers import PostgresServer
import shop, psycopg, threading, psycopg_pool
from scripted_server import Scripted, reset, tried
answer = {}
pg = PostgresServer(); pg.prepare(); pg.start()
try:
    c = psycopg.connect(pg.dsn, autocommit=True)
    c.execute("CREATE TABLE acct (id int, n int)"); c.execute("INSERT INTO acct VALUES (1, 0)")
    first = []
    def gate():
        if not first:
            first.append(1); c.execute("UPDATE acct SET n = 100 WHERE id = 1")
    answer["transfer"] = [tried(lambda: shop.transfer(pg.dsn, gate)), c.execute("SELECT n FROM acct").fetchone()[0]]
    answer["named"] = list(shop.named(pg.dsn))
    answer["rows"] = shop.rows(c)
    def off(f, n=4):
        box = []
        t = threading.Thread(target=lambda: box.append(tried(f)), daemon=True); t.start(); t.join(n)
        return box[0] if box else "HUNG"
    answer["note_own"] = shop.note_own(c)
    if "_poet" in shop.poet.__module__:
        answer["note"] = [tried(lambda: shop.note(c)), off(lambda: shop.note(c))]
    d = psycopg.connect(pg.dsn, autocommit=True)
    answer["waits"] = [tried(lambda: shop.waits(d)), c.execute("SELECT count(*) FROM acct WHERE id = 9").fetchone()[0], d.info.transaction_status.name if not d.closed else "closed"]
    h = psycopg.connect(pg.dsn)
    c.execute("UPDATE acct SET n = 0 WHERE id = 1")
    with Scripted(reset, (200, b"")) as server:
        answer["half"] = [tried(lambda: shop.half(h, server.url)), len(server.got)]
    h.close(); answer["half n"] = c.execute("SELECT n FROM acct WHERE id = 1").fetchone()[0]
    answer["copied"] = [shop.copied(c), c.execute("SELECT count(*) FROM acct WHERE id >= 50").fetchone()[0]]
    with psycopg_pool.ConnectionPool(pg.dsn, min_size=1, max_size=1, timeout=1.0) as pool:
        answer["pooled"] = shop.pooled(pool)
        with pool.connection():
            answer["full"] = tried(lambda: shop.pooled(pool))
            if "_poet" in shop.poet.__module__:
                answer["limited"] = tried(lambda: shop.pooled_limited(pool))
    answer["advisory"] = [shop.advisory(c), shop.advisory(d) if not d.closed else None]
finally:
    pg.close()
