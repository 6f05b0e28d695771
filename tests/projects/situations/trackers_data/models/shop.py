from poetc import poet
import requests
from sqlalchemy import ForeignKey, String, event, create_engine, lambda_stmt, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, Session, validates, declared_attr, reconstructor, deferred
from sqlalchemy.ext.hybrid import hybrid_property, hybrid_method
from sqlalchemy.types import TypeDecorator, Integer
import itertools

counter = itertools.count(100)

@poet()
def make_id() -> int:
    return next(counter)

@poet()
def from_context(context) -> str:
    return "made-" + str(context.get_current_parameters()["subject"])

class Base(DeclarativeBase):
    pass

class Cents(TypeDecorator):
    impl = Integer
    cache_ok = True
    @poet()
    def process_bind_param(self, value: float | None, dialect) -> int | None:
        return None if value is None else round(value * 100)
    @poet()
    def process_result_value(self, value: int | None, dialect) -> float | None:
        return None if value is None else value / 100

class Message(Base):
    @declared_attr.directive
    @poet()
    def __tablename__(cls) -> str:
        return cls.__name__.lower()
    id: Mapped[int] = mapped_column(primary_key=True, default=make_id)
    subject: Mapped[str] = mapped_column(String(50))
    slug: Mapped[str] = mapped_column(String(50), default=from_context)
    read: Mapped[bool] = mapped_column(default=False)
    closed: Mapped[bool] = mapped_column(default=False)
    response: Mapped[str] = mapped_column(default="r")
    price: Mapped[float] = mapped_column(Cents, default=1.5)
    quantity: Mapped[int] = mapped_column(default=2)

    @validates("subject")
    @poet()
    def clean(self, key: str, value: str) -> str:
        return value.strip()

    @hybrid_property
    @poet()
    def total(self) -> int:
        return self.quantity * 3

    @total.inplace.expression
    @classmethod
    @poet()
    def _total(cls):
        return cls.quantity * 3

    @hybrid_property
    @poet()
    def double(self) -> int:
        return self.quantity * 2

    @hybrid_method
    @poet()
    def more(self, than: int) -> bool:
        return self.quantity > than

    @reconstructor
    @poet()
    def again(self) -> None:
        self.loaded = True

CONNECTS = []
@poet()
def on_connect(dbapi_connection, record) -> None:
    CONNECTS.append(type(record).__name__)

@poet()
def find(session: Session, subject: str) -> list[int]:
    stmt = lambda_stmt(lambda: select(Message.id))
    stmt += lambda s: s.where(Message.subject == subject)
    return list(session.execute(stmt).scalars())

@poet()
def notify(message: Message, url: str) -> str:
    return requests.post(url, json={"id": 1}).text

@poet(retries=2)
def notify_twice(message: Message, url: str) -> str:
    answer = requests.get(url)
    answer.raise_for_status()
    return answer.text

@poet(depth="deep")
def listed(session: Session) -> list[Message]:
    return list(session.scalars(select(Message)))

@poet()
def pairs(session: Session) -> list[tuple[int, str]]:
    return session.execute(select(Message.id, Message.subject)).all()

@poet()
def pair(session: Session) -> tuple[int, str]:
    return session.execute(select(Message.id, Message.subject)).one()
