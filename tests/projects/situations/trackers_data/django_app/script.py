import warnings
warnings.simplefilter("always")
caught = []
warnings.showwarning = lambda m, c, f, l, *a: caught.append(f"{c.__name__}: {m}")
import shop
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.db.migrations.writer import MigrationWriter
from django.utils.translation import gettext_lazy
from scripted_server import Scripted, reset, tried
answer = {}
with connection.schema_editor() as e: e.create_model(shop.Note)
n = shop.Note.objects.create(title="a")
shop.Note.objects.create(title="b", read=True)
answer["label"] = [n.label, n.code]
answer["seen"] = [str(x) for x in shop.SEEN]
def q(f):
    with CaptureQueriesContext(connection, ) as c: r = tried(f)
    return [r, len(c)]
answer["live"] = q(lambda: type(shop.live()).__name__)
answer["ids"] = q(lambda: type(shop.ids()).__name__)
answer["iterated"] = q(lambda: shop.iterated())
d = shop.Note.objects.only("id").get(id=n.id)
with Scripted(reset, (503, b""), (200, b"ok")) as server:
    answer["deferred"] = q(lambda: shop.tell(d, server.url))
with Scripted(reset, (503, b""), (200, b"ok")) as server:
    answer["queryset"] = q(lambda: shop.tell_many(shop.Note.objects.all(), server.url))
answer["deferred fields"] = sorted(d.get_deferred_fields())
shop.SEEN.clear()
for f in (shop.inside, shop.outside):
    answer[f.__name__] = [tried(lambda: f([1])), shop.Note.objects.filter(title=f.__name__[:2]).count(), shop.Note.objects.filter(title="out").count(), [str(x) for x in shop.SEEN if x == "committed"]]
answer["slow"] = [tried(shop.slow), shop.Note.objects.filter(title="slow").count(), connection.in_atomic_block]
answer["mig"] = [MigrationWriter.serialize(shop.make_code)[0], MigrationWriter.serialize(shop.Note._meta.get_field("file"))[0], MigrationWriter.serialize(shop.Note._meta.get_field("title"))[0]]
answer["clean"] = [tried(lambda: shop.Note(title="a1").full_clean()), tried(lambda: shop.Note(title="ab", body="x", file="f").full_clean())]
answer["lazy"] = shop.greet(gettext_lazy("you"))
answer["warnings"] = caught
