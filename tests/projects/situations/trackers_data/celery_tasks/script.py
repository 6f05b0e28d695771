import shop
from celery import group, chain, chord
from scripted_server import tried
answer = {}
def both(name, f):
    shop.TRIED.clear()
    answer[name] = [tried(f), list(shop.TRIED)]
both("manual", lambda: shop.manual.delay(4).get())
both("manual2", lambda: shop.manual2.delay(4).get())
both("auto", lambda: shop.auto.delay(4).get())
both("model", lambda: shop.model.delay({"id": 1, "total": 2}).get())
both("add", lambda: shop.add.delay(1, y=5).get())
both("toomany", lambda: shop.add.delay(1, 2, 3).get())
both("none", lambda: shop.add.delay().get())
both("kw", lambda: shop.add.delay(1, z=5).get())
both("direct", lambda: shop.add(1, 2))
both("group", lambda: group(shop.add.s(i, i) for i in range(3))().get())
both("chain", lambda: chain(shop.add.s(1), shop.add.s(2))().get())
both("chord", lambda: chain(shop.add.s(1), shop.add.s(y=2))().get())
both("ignored", lambda: shop.ignored.delay().state)
both("fails", lambda: shop.fails.delay(1).get())
answer["names"] = [shop.add.name, shop.add.__doc__, shop.model.name, str(shop.add.__wrapped__.__name__ if hasattr(shop.add, "__wrapped__") else "")]
