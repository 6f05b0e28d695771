import boot
from poetc import poet
from django.db import models, transaction
from django.db.models import QuerySet
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.core.exceptions import ValidationError
import requests

SEEN = []
@poet()
def make_code() -> str:
    return "c1"

@poet()
def no_digits(value: str) -> None:
    if any(c.isdigit() for c in value):
        raise ValidationError("digits")

@poet()
def path_for(instance: "Note", filename: str) -> str:
    return f"n/{filename}"

class NoteQuerySet(models.QuerySet):
    @poet()
    def live(self) -> "QuerySet[Note]":
        return self.filter(read=False)

class Note(models.Model):
    code = models.CharField(max_length=10, default=make_code)
    title = models.CharField(max_length=20, validators=[no_digits])
    read = models.BooleanField(default=False)
    tell = models.IntegerField(default=3)
    seek = models.IntegerField(default=3)
    body = models.TextField(default="")
    file = models.FileField(upload_to=path_for, null=True)
    objects = NoteQuerySet.as_manager()
    class Meta:
        app_label = "shop"
    @poet()
    def save(self, *args, **kwargs) -> None:
        SEEN.append("save")
        super().save(*args, **kwargs)
    @property
    @poet()
    def label(self) -> str:
        return f"{self.title}!"

@receiver(post_save, sender=Note)
@poet()
def saved(sender: type[Note], instance: Note, created: bool, **kwargs) -> None:
    SEEN.append(("saved", created))

@poet()
def live() -> QuerySet[Note]:
    return Note.objects.live()

@poet()
def ids() -> list[int]:
    return Note.objects.values_list("id", flat=True)

@poet()
def tell(note: Note, url: str) -> str:
    return requests.get(url).text

@poet(retries=2)
def tell_many(notes: QuerySet[Note], url: str) -> str:
    answer = requests.get(url)
    answer.raise_for_status()
    return answer.text

@transaction.atomic
@poet(retries=2)
def inside(fail: list) -> int:
    Note.objects.create(title="in")
    transaction.on_commit(lambda: SEEN.append("committed"))
    if fail:
        fail.pop()
        raise ConnectionError("down")
    return 1

@poet(retries=2)
@transaction.atomic
def outside(fail: list) -> int:
    Note.objects.create(title="out")
    transaction.on_commit(lambda: SEEN.append("committed"))
    if fail:
        fail.pop()
        raise ConnectionError("down")
    return 1

@poet(timeout=0.3)
def slow() -> int:
    import time
    with transaction.atomic():
        Note.objects.create(title="slow")
        time.sleep(0.8)
    return 1

@poet()
def iterated() -> list[str]:
    return [n.title for n in Note.objects.order_by("id").iterator(chunk_size=1)]

@poet()
def greet(text: str) -> str:
    return f"hi {text}"
