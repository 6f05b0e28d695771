"""Django's connections and transactions belong to a thread: a budget leaves a write in that of its caller."""

from __future__ import annotations

from pathlib import Path

import pytest
from both_ways import both

SHOP = """
import django
from django.conf import settings

SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}
settings.configure(DATABASES={"default": SQLITE}, USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.AutoField")
django.setup()

from django.db import connection, models, transaction
from poetc import poet


class Order(models.Model):
    n = models.IntegerField()

    class Meta:
        app_label = "shop"


@poet(timeout=20)
def save(n: int) -> int:
    return Order.objects.create(n=n).n


@poet(timeout=20)
def inside(n: int) -> bool:
    return connection.in_atomic_block


@poet(timeout=20)
@transaction.atomic
def refuse(n: int) -> None:
    Order(n=n).save()
    raise RuntimeError("refused")


@transaction.atomic
def place(n, fails):
    save(n)
    if fails:
        raise RuntimeError("payment refused")
    return inside(n)
"""

SCRIPT = """
import threading
import shop
with shop.connection.schema_editor() as editor:
    editor.create_model(shop.Order)
shop.connection.close()
answer = {}
def tried(work):
    try:
        return work()
    except Exception as error:
        return repr(error)
def request(where):
    said = [tried(lambda: shop.place(1, True)), tried(lambda: shop.refuse(2)), tried(lambda: shop.place(3, False))]
    answer[where] = said, list(shop.Order.objects.values_list("n", flat=True)), shop.inside(0)
    shop.Order.objects.all().delete()
    shop.connection.close()
request("main")
worker = threading.Thread(target=request, args=("worker",)); worker.start(); worker.join()
"""


def test_transactions_of_django(tmp_path: Path) -> None:
    """What is rolled back is gone, what is committed stays, on the main thread and a worker's, as in plain code."""
    pytest.importorskip("django")
    plain, built = both(tmp_path, SHOP, SCRIPT)
    said = ["RuntimeError('payment refused')", "RuntimeError('refused')", True]
    assert plain == built == {"main": [said, [3], False], "worker": [said, [3], False]}
