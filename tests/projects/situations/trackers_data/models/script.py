import warnings
warnings.simplefilter("always")
caught = []
warnings.showwarning = lambda m, c, f, l, *a: caught.append(f"{c.__name__}: {m}")
import shop
from sqlalchemy import create_engine, event, select, func
from sqlalchemy.orm import Session, load_only
from scripted_server import Scripted, answer as reply, reset, tried
answer = {}
engine = create_engine("sqlite://")
event.listen(engine, "connect", shop.on_connect)
SQL = []
event.listen(engine, "before_cursor_execute", lambda conn, cur, sql, *a: SQL.append(sql))
shop.Base.metadata.create_all(engine)
answer["table"] = shop.Message.__tablename__
with Session(engine) as s:
    s.add_all([shop.Message(subject=" a "), shop.Message(subject="b ", quantity=5)])
    s.commit()
    answer["found"] = [shop.find(s, "a"), shop.find(s, "b"), shop.find(s, "a")]
    answer["slugs"] = list(s.scalars(select(shop.Message.slug)))
    answer["total"] = [list(s.scalars(select(shop.Message.total))), list(s.scalars(select(shop.Message.double))), list(s.scalars(select(shop.Message.id).where(shop.Message.more(3))))]
    m = s.scalars(select(shop.Message)).first()
    answer["inst"] = [m.total, m.double, m.more(1), m.loaded, m.price]
    answer["listed"] = [x.id for x in shop.listed(s)]
    answer["pair"] = [list(shop.pair.__wrapped__(s)) if False else len(shop.pairs(s)), type(shop.pairs(s)).__name__, type(shop.pairs(s)[0]).__name__]
    s.expire_all()
    n = len(SQL)
    with Scripted(reset, (503, b""), (200, b"ok")) as server:
        answer["notify"] = [tried(lambda: shop.notify(m, server.url)), len(SQL) - n]
    with Scripted(reset, (503, b""), (200, b"ok")) as server:
        answer["notify2"] = [tried(lambda: shop.notify_twice(m, server.url)), len(SQL) - n]
    answer["pending"] = m.subject
    s.expire_all()
d = m
with Scripted(reset, (503, b""), (200, b"ok")) as server:
    answer["detached"] = [tried(lambda: shop.notify_twice(d, server.url)), len(SQL) - n]
answer["connects"] = shop.CONNECTS
answer["warnings"] = caught
