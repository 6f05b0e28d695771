import sqlite3, shop, tempfile, os, threading, time
from scripted_server import tried
def said(f):
    try: return f()
    except Exception as e: return f"{type(e).__name__}: {e}"
answer = {}
def case(name, f, wal=False, held=0.25, **kw):
    path = os.path.join(tempfile.mkdtemp(), "x.db")
    a = sqlite3.connect(path, timeout=0.05, check_same_thread=False, **kw)
    if wal: a.execute("PRAGMA journal_mode=WAL")
    a.execute("CREATE TABLE t (n)"); a.commit()
    b = sqlite3.connect(path, timeout=0.05, isolation_level=None, check_same_thread=False)
    # a reader that holds SHARED for a moment
    cur = b.execute("BEGIN"); b.execute("SELECT * FROM t").fetchall()
    timer = threading.Timer(held, b.rollback); timer.start()
    out = said(lambda: f(a))
    timer.join()
    said(a.commit) ; said(a.rollback)
    answer[name] = [out, b.execute("SELECT count(*) FROM t").fetchone()[0]]
case("add", lambda a: shop.add(a, 1))
case("add2", lambda a: shop.add2(a, 1))
case("put", lambda a: shop.Shop(a).put(1))
case("plain", lambda a: shop.plain(a, 1))
case("scoped", lambda a: shop.scoped(a, 1), held=0.12)  # longer than one attempt, shorter than three without a wait
# upgrade of a snapshot
path = os.path.join(tempfile.mkdtemp(), "x.db")
a = sqlite3.connect(path, timeout=0.05, isolation_level=None)
a.execute("PRAGMA journal_mode=WAL"); a.execute("CREATE TABLE t (n)")
b = sqlite3.connect(path, timeout=0.05, isolation_level=None)
b.execute("BEGIN IMMEDIATE"); b.execute("INSERT INTO t VALUES (0)")
answer["transfer"] = [said(lambda: shop.transfer(a, 1)), a.in_transaction]
