from poetc import poet
from sqlalchemy.orm import Session
from sqlalchemy import text
import requests, time

@poet(timeout=0.4)
def slow(session: Session) -> int:
    return session.execute(text("select slow()")).scalar_one()

@poet(timeout=5)
def quick(session: Session) -> int:
    return session.execute(text("select 7")).scalar_one()

@poet(timeout=5)
async def outer(session) -> int:
    return await session.run_sync(quick)

@poet(timeout=0.3)
def opaque(switch) -> int:
    switch()
    return 1

@poet(timeout=0.3)
def spinning() -> int:
    return sum(1 for _ in iter(int, 1))

@poet(timeout=0.5)
def fetch(url: str) -> str:
    return requests.get(url).text
