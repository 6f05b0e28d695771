from poetc import poet
import psycopg, psycopg2, requests
from psycopg.rows import dict_row
from collections.abc import Iterator
import psycopg_pool

@poet(retries=3)
def transfer(dsn: str, gate) -> int:
    with psycopg.connect(dsn) as conn:
        conn.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
        n = conn.execute("SELECT n FROM acct WHERE id = 1").fetchone()[0]
        gate()
        conn.execute("UPDATE acct SET n = %s WHERE id = 1", (n + 1,))
    return n + 1

@poet()
def named(dsn: str) -> Iterator[int]:
    with psycopg2.connect(dsn) as conn, conn.cursor(name="c") as cur:
        cur.itersize = 2
        cur.execute("SELECT generate_series(1, 5)")
        for (n,) in cur:
            yield n

@poet(timeout=1)
def note(conn: psycopg.Connection) -> str | None:
    conn.execute("LISTEN c")
    for n in conn.notifies():
        return n.payload
    return None

@poet(timeout=1)
def note_own(conn: psycopg.Connection) -> str | None:
    for n in conn.notifies(timeout=0.1):
        return n.payload
    return None

@poet()
def rows(conn: psycopg.Connection) -> list[dict]:
    return conn.cursor(row_factory=dict_row).execute("SELECT 1 AS a").fetchall()

@poet(timeout=1)
def waits(conn: psycopg.Connection) -> int:
    with conn.transaction():
        conn.execute("INSERT INTO acct VALUES (9, 9)")
        conn.execute("SELECT pg_sleep(3)")
    return 1

@poet(retries=2)
def half(conn: psycopg.Connection, url: str) -> None:
    conn.execute("UPDATE acct SET n = n + 10 WHERE id = 1")
    requests.post(url).raise_for_status()
    conn.commit()

@poet()
def copied(conn: psycopg.Connection) -> int:
    with conn.cursor() as cur, cur.copy("COPY acct FROM STDIN") as copy:
        for i in range(50, 53):
            copy.write_row((i, i))
    return 3

@poet()
def pooled(pool: psycopg_pool.ConnectionPool) -> int:
    with pool.connection() as conn:
        return conn.execute("SELECT 7").fetchone()[0]
@poet(timeout=0.5)
def pooled_limited(pool: psycopg_pool.ConnectionPool) -> int:
    with pool.connection() as conn:
        return conn.execute("SELECT 7").fetchone()[0]
@poet()
def advisory(conn: psycopg.Connection) -> bool:
    return conn.execute("SELECT pg_try_advisory_lock(1)").fetchone()[0]
