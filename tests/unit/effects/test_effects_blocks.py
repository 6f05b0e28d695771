# ruff: noqa: E501 - a row of a table is one line
"""Which statements may be done again as a whole, and which may not, by what stands in them."""

from __future__ import annotations

import ast
import textwrap

import pytest

from poetc.effects import Names, analyse, load_catalogue

CATALOGUE = load_catalogue()
IMPORTS = {name: name for name in ("aiohttp", "asyncio", "boto3", "httpx", "logging", "os", "psycopg", "requests")} | {
    "Session": "sqlalchemy.orm.Session",
    "scoped": "sqlalchemy.orm.scoped_session",
    "select": "sqlalchemy.select",
    "text": "sqlalchemy.text",
    "urlopen": "urllib.request.urlopen",
}

REPEATED = {
    "one statement": ("def f(u: str):\n  return urlopen(u).read()", (2, 2)),
    "a run, not what is behind it": (
        "def f(u):\n  r = requests.get(u, stream=True)\n  x = r.content\n  print(x)",
        (2, 3),
    ),
    "a loop": ("def f(u: str):\n  for line in urlopen(u):\n    logging.info(line)", (2, 3)),
    "assignments above": ("def f(u):\n  n = 0\n  with httpx.stream('GET', u) as r:\n    n += len(r.read())", (2, 4)),
    "none above that isn't needed": (
        "def f(u):\n  n = 0\n  with httpx.stream('GET', u) as r:\n    n = r.read()",
        (3, 4),
    ),
    "the reads before a write": (
        "def f():\n  c = psycopg.connect('')\n  x = c.execute('SELECT 1').fetchone()\n  c.execute('DELETE FROM t')",
        (2, 3),
    ),
    "a session": ("def f(T, e):\n  with Session(e) as s:\n    return s.scalars(select(T)).all()", (2, 3)),
    "its end": ("def f(T, e):\n  with Session(e) as s:\n    x = s.get(T, 1)\n    s.commit()\n  return x", (2, 4)),
    "a body in a reply": (
        "def f(k):\n  s3 = boto3.client('s3')\n  return s3.get_object(Bucket='b', Key=k)['Body'].read()",
        (3, 3),
    ),
    "a file that it opens": (
        "def f(u, p):\n  with open(p, 'wb') as f, httpx.stream('GET', u) as r:\n    for x in r.iter_bytes():\n      f.write(x)",
        (2, 4),
    ),
    "a file opened around it": (
        "def f(u, p):\n  with open(p, 'wb') as f:\n    with httpx.stream('GET', u) as r:\n      f.write(r.read())",
        (2, 4),
    ),
    "a body of a loop": ("def f(us):\n  for u in us:\n    with httpx.stream('GET', u) as r:\n      r.read()", (3, 4)),
    "jumps of a loop in it": (
        "def f(u):\n  with httpx.stream('GET', u) as r:\n    for x in r.iter_bytes():\n      if x:\n        break",
        (2, 5),
    ),
    "a walrus": ("def f(u: str):\n  r = urlopen(u)\n  while x := r.read(9):\n    logging.info(x)", (2, 4)),
}

LEFT = {
    "not streamed": "def f(u):\n  r = requests.get(u)\n  return r.json()",
    "not read": "def f(u):\n  with httpx.stream('GET', u) as r:\n    return r.status_code",
    "a write": "def f(u):\n  with httpx.stream('POST', u) as r:\n    return r.read()",
    "a print": "def f(u):\n  with httpx.stream('GET', u) as r:\n    print(r.read())",
    "a yield": "def f(u):\n  with httpx.stream('GET', u) as r:\n    yield r.read()",
    "a jump": "def f(us):\n  for u in us:\n    with httpx.stream('GET', u) as r:\n      if r.read():\n        continue",
    "a list of the caller's": "def f(u, x):\n  with httpx.stream('GET', u) as r:\n    x.append(r.read())",
    "an alias of it": "def f(u, x):\n  y = x\n  with httpx.stream('GET', u) as r:\n    y.append(r.read())",
    "an attribute": "def f(self, u):\n  with httpx.stream('GET', u) as r:\n    self.x = r.read()",
    "a global": "def f(u):\n  global x\n  with httpx.stream('GET', u) as r:\n    x = r.read()",
    "a sum of before": "def f(u, n):\n  with httpx.stream('GET', u) as r:\n    n = n + len(r.read())",
    "a name of before": "def f(u, n):\n  with httpx.stream('GET', u) as r:\n    n = [n]\n    return n, r.read()",
    "a name of before, then another": "def f(u):\n  n = 1\n  print()\n  with httpx.stream('GET', u) as r:\n    m, n = n, r.read()",
    "a name of one branch": "def f(u, n):\n  with httpx.stream('GET', u) as r:\n    if u:\n      n = 1\n    x = r.read(n)\n    n = 2",
    "a function inside": "def f(u):\n  x = []\n  g = lambda y: x.append(y)\n  with httpx.stream('GET', u) as r:\n    g(r.read())",
    "an iterator": "def f(u, x: 'map'):\n  with httpx.stream('GET', u) as r:\n    return next(x), r.read()",
    "a deletion": "def f(u, x):\n  with httpx.stream('GET', u) as r:\n    del x\n    return r.read()",
    "a time limit": "async def f(c: httpx.AsyncClient, u):\n  async with c.stream('GET', u) as r:\n    return await asyncio.wait_for(r.aread(), 1)",
    "a task": "async def f(c: httpx.AsyncClient, u, t):\n  async with c.stream('GET', u) as r:\n    await t\n    return await r.aread()",
    "a session from outside": "def f(s: Session, T):\n  return s.scalars(select(T)).all()",
    "a session of the thread's": "def f(T, e):\n  s = scoped(e)()\n  return s.scalars(select(T)).all()",
    "a statement that writes": "def f(e):\n  with Session(e) as s:\n    return s.execute(text('DELETE FROM t RETURNING 1')).all()",
    "a file that is added to": "def f(u, p):\n  with open(p, 'ab') as f, httpx.stream('GET', u) as r:\n    f.write(r.read())",
    "a file that is read first": "def f(u, p):\n  with httpx.stream('GET', u) as r:\n    x = open(p).read()\n    open(p, 'w').write(x + r.read().decode())",
}  # fmt: skip


def blocks(source: str) -> list[tuple[int, int]]:
    """First and last lines of the blocks of a function."""
    node = ast.parse(textwrap.dedent(source)).body[0]
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    found = analyse(node, Names(imports=IMPORTS), CATALOGUE).blocks
    return [(each.place.line, each.place.end_line) for each in found]


@pytest.mark.parametrize("name", REPEATED)
def test_the_smallest_block_that_only_reads(name: str) -> None:
    """It begins with what opens, and ends with the last read."""
    source, lines = REPEATED[name]
    assert blocks(source) == [lines]


@pytest.mark.parametrize("name", LEFT)
def test_what_must_not_be_done_twice(name: str) -> None:
    """Something in it would be seen twice, or be another the second time."""
    assert blocks(LEFT[name]) == []
