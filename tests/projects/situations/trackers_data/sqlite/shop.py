import sqlite3
from poetc import poet

@poet(retries=2)
def transfer(conn: sqlite3.Connection, n: int) -> None:
    conn.execute("BEGIN")
    conn.execute("SELECT count(*) FROM t").fetchone()
    conn.execute("INSERT INTO t VALUES (?)", (n,))
    conn.execute("COMMIT")

@poet(retries=2)
def add(conn: sqlite3.Connection, n: int) -> None:
    conn.execute("INSERT INTO t VALUES (?)", (n,))
    conn.execute("COMMIT")

@poet(retries=2)
def add2(conn: sqlite3.Connection, n: int) -> None:
    conn.execute("INSERT INTO t VALUES (?)", (n,))
    conn.commit()

class Shop:
    def __init__(self, conn): self.conn = conn
    @poet(retries=2)
    def put(self, n: int) -> None:
        self.conn.execute("INSERT INTO t VALUES (?)", (n,))
        self.conn.commit()

@poet()
def plain(conn: sqlite3.Connection, n: int) -> None:
    with conn:
        conn.execute("INSERT INTO t VALUES (?)", (n,))

@poet(retries=2)
def scoped(conn: sqlite3.Connection, n: int) -> None:
    with conn:
        conn.execute("INSERT INTO t VALUES (?)", (n,))
