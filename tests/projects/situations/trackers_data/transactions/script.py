import warnings
caught = []
warnings.simplefilter("always")
warnings.showwarning = lambda m, c, f, l, *a: caught.append(f"{c.__name__}: {m}")
import shop, sqlite3, time, tempfile, os, threading
from sqlalchemy import create_engine, text
from sqlalchemy.orm import sessionmaker
from scripted_server import tried
answer = {}
path = os.path.join(tempfile.mkdtemp(), "x.db")
engine = create_engine("sqlite:///" + path)
make = sessionmaker(engine)
with engine.begin() as c: c.execute(text("CREATE TABLE t (n)"))
def count():
    with engine.connect() as c: return c.execute(text("SELECT count(*) FROM t")).scalar()
for nap in (0.01, 0.8):
    answer[f"begin{nap}"] = [tried(lambda: shop.begin(engine, nap)), count(), engine.pool.checkedout()]
    answer[f"session{nap}"] = [tried(lambda: shop.in_session(make, nap)), count(), engine.pool.checkedout()]
box = []
t = threading.Thread(target=lambda: box.append(tried(lambda: shop.begin(engine, 0.8)))); t.start(); t.join()
answer["begin thread"] = [box[0], count(), engine.pool.checkedout()]
def ok():
    with shop.scope(make) as s: s.execute(text("INSERT INTO t VALUES (3)"))
def bad():
    with shop.scope(make) as s:
        s.execute(text("INSERT INTO t VALUES (4)")); raise KeyError("x")
answer["scope"] = [tried(ok), count(), tried(bad), count(), engine.pool.checkedout()]
conn = sqlite3.connect(path)
answer["stream"] = list(shop.stream(conn))
g = shop.stream(conn); next(g); g.close()
def paced():
    out = []
    for n in shop.stream_limited(conn):
        out.append(n); time.sleep(0.15)
    return out
answer["paced"] = tried(paced)
answer["parts"] = list(shop.partitioned(engine))
answer["batches"] = list(shop.batches(conn, 2))
answer["out"] = engine.pool.checkedout()
answer["warnings"] = caught
