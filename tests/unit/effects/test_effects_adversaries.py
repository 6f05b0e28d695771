"""Functions that a naive reader takes for harmless: none of them may be called pure, reading or idempotent."""

from __future__ import annotations

import ast
import time

import pytest
from effects_samples import NAMES, effects

from poetc.effects import Names
from poetc.effects.sql import sql_effect
from poetc.effects.walk import walk_function

NOT_REPEATABLE = {
    "client's method replaced": "c = httpx.Client()\nc.get = mine\nreturn c.get(u)",
    "replaced under another name": "c = httpx.Client()\nd = c\nd.get = mine\nreturn c.get(u)",
    "replaced by setattr": "c = httpx.Client()\nsetattr(c, 'get', mine)\nreturn c.get(u)",
    "replaced by a computed name": "def f(n):\n  c = httpx.Client()\n  setattr(c, n, mine)\n  return c.get(u)",
    "module's function replaced": "requests.get = mine\nreturn requests.get(u)",
    "rebound in a branch": "c = httpx.Client()\nif x: c = Mine()\nreturn c.get(u)",
    "rebound later in a loop": "c = httpx.Client()\nfor i in y:\n  c.get(u)\n  c = other(i)",
    "rebound by a nested function": (
        "def f():\n  c = httpx.Client()\n  def g():\n    nonlocal c\n    c = Mine()\n  g()\n  return c.get(u)"
    ),
    "parameter called like a module": "def f(requests): return requests.get(u)",
    "comprehension's variable": "def f(ms): return [requests.get(u) for requests in ms]",
    "walrus out of a comprehension": "def f(ms):\n  [requests := m for m in ms]\n  return requests.get(u)",
    "exception's name": "try: pass\nexcept E as requests: requests.get(u)",
    "match capture": "match x:\n  case [requests]: requests.get(u)",
    "import of something else": "import mine as requests\nreturn requests.get(u)",
    "import that falls back": (
        "try:\n  import requests\nexcept ImportError:\n  import mine as requests\nreturn requests.get(u)"
    ),
    "either of two clients": "def f(c: httpx.Client | requests.Session): return c.post(u)",
    "method that is a variable": "def f(m): return requests.request(m, u)",
    "method rebound": "m = 'GET'\nif x: m = 'POST'\nreturn requests.request(m, u)",
    "method rebound by a nested function": (
        "m = 'GET'\ndef g():\n  nonlocal m\n  m = 'POST'\ng()\nreturn requests.request(m, u)"
    ),
    "method among keywords": "def f(**kw): return requests.request(**kw)",
    "url that may be a request": "def f(url): return urlopen(url)",
    "request changed later": "r = urllib.request.Request(u)\nr.method = 'POST'\nreturn urlopen(r)",
    "getattr": "def f(m): return getattr(requests, m)(u)",
    "command of redis like a list's": "r = redis.Redis()\nr.sort(k, store=d)",
    "one of two clients, changed like a list": "c = redis.Redis() if x else httpx.Client()\nc.append(k, v)",
    "client from an own list": "cs = [redis.Redis(), 1]\ncs[0].append(k, v)",
    "pipeline that runs at once": "p = redis.Redis().pipeline()\np.watch(k)\np.incr(k)",
    "awaited parameter": "async def f(co): return await asyncio.wait_for(co, 1)",
    "gathered parameters": "async def f(cos): return await asyncio.gather(*cos)",
    "task of a parameter": "async def f(co): asyncio.create_task(co)",
    "kept awaitables": (
        "async def f(d):\n  t = []\n  for c in d.values(): t.append(c)\n  return await asyncio.gather(*t)"
    ),
    "unpacked iterator": "def f(it: Iterator[int]):\n  a, b = it\n  return a",
    "searched iterator": "def f(it: Iterator[int]): return 3 in it",
    "iterator added to a list": "def f(it: Iterator[int]):\n  a = []\n  a += it\n  return a",
    "iterator put into a slice": "def f(it: Iterator[int]):\n  a = []\n  a[:] = it\n  return a",
    "map of the caller's": "def f(it: map): return list(it)",
    "iterator handed to the project": "def f(it: Iterator[int]): return helper(it)",
    "iterator handed to a lambda": "def f(it: Iterator[int]):\n  g = lambda rows: sum(rows)\n  return g(it)",
    "parameter declared anew": "def f(x):\n  x: list = x\n  x.append(1)",
    "parameter in a slice": "def f(x):\n  y = [1]\n  y[:] = [x]\n  y[0].append(1)",
    "parameter as a default value": "def f(x):\n  y = defaultdict(lambda: x)\n  y['a'].append(1)",
    "chained mappings": "def f(x):\n  y = collections.ChainMap(x)\n  y['a'] = 1",
    "raised by a function": "raise refused(1)",
    "class decorator": "def f(x):\n  @x\n  class C: pass",
    "decorator by name": "def f(x):\n  @x\n  def g(): pass",
    "base class": "def f(x):\n  class C(x): pass",
    "metaclass": "def f(x):\n  class C(metaclass=x): pass",
    "relative folder": "os.chdir('..')",
    "temporary file that stays": "tempfile.NamedTemporaryFile(delete=False)",
    "partial of a write": "g = functools.partial(requests.post, u)\nreturn g()",
    "partial with a method": "g = functools.partial(requests.request, 'POST')\nreturn g(u)",
    "sequence of sqlalchemy": "def f(s: Session): return s.scalar(select(sqlalchemy.func.nextval('x')))",
    "process": "subprocess.run(['rm', 'x'])",
    "variable mode": "def f(m): return open(p, m)",
}


@pytest.mark.parametrize("what", NOT_REPEATABLE)
def test_it_is_not_called_repeatable(what: str) -> None:
    """The worst error of all would be to repeat what must not happen twice."""
    found = effects(NOT_REPEATABLE[what])
    assert found.effect in ("writes", "unknown"), [(line.text, line.why) for line in found.lines]


STILL_KNOWN = {
    "attribute of another object": "def f(self):\n  self.get = 1\n  return requests.get(u)",
    "attribute of another class": "out = collections.OrderedDict()\nout.text = 1\nreturn requests.get(u).text.strip()",
    "own tasks": "t = []\nfor u in us: t.append(asyncio.create_task(asyncio.sleep(1)))\nawait asyncio.gather(*t)",
    "tasks of a mapping": "t = {u: asyncio.create_task(asyncio.sleep(u)) for u in us}\nawait asyncio.wait(list(t))",
    "default list": "out = defaultdict(list)\nfor k, v in y: out[k].append(v)",
    "own lists beside a client": (
        "c = httpx.Client()\nout = {}\nfor k in ks: out.setdefault(k, []).append(c.get(u).json())\nreturn out"
    ),
    "exception's class": "raise Unheard(1)",
    "wrapped function": "def f(fn):\n  @functools.wraps(fn)\n  def g(): return 1\n  return g",
    "own iterator handed on": "return helper(iter([1]))",
    "own iterator unpacked": "a, b = iter([1, 2])\nreturn a",
    "partial of a read": "g = functools.partial(requests.get, u)\nreturn g()",
}


@pytest.mark.parametrize("what", STILL_KNOWN)
def test_it_is_still_known(what: str) -> None:
    """Being careful doesn't mean to know nothing."""
    found = effects(STILL_KNOWN[what])
    assert found.effect in ("pure", "reads", "writes" if "self" in STILL_KNOWN[what] else "reads"), found.lines
    assert all(call.effect != "unknown" for call in found.calls), found.lines


SQL_THAT_MAY_WRITE = [
    "SELECT charge(1)",
    "SELECT billing.charge(id) FROM orders",
    "SELECT * FROM upsert_user(1)",
    "SELECT * FROM charge(1) AS (id int)",
    "SELECT charge/* */(1)",
    "SELECT charge -- for\n (1)",
    "SELECT \"nextval\"('s')",
    "SELECT [dbo].[charge](1)",
    "SELECT NEXT VALUE FOR s",
    "SELECT @n := @n + 1",
    "SELECT a FROM t FOR SHARE",
    "SELECT pg_switch_wal()",
    "SELECT http_post('x')",
    "SELECT query_to_xml('delete from t', true, true, '')",
    "SELECT get_lock('a', 1)",
    "SELECT a FROM \x00(1)",
]
SQL_THAT_READS = [
    "SELECT count(*), max(a) FROM t WHERE a IN (1, 2) AND (b OR c)",
    "SELECT coalesce(a, 'x(') FROM t WHERE EXISTS (SELECT 1)",
    "SELECT row_number() OVER (PARTITION BY a ORDER BY b) FROM t",
    "SELECT CAST(a AS numeric(10, 2)), b::varchar(20) FROM t",
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION SELECT n + 1 FROM r) SELECT n FROM r",
    "SELECT a FROM t JOIN (SELECT b FROM u) AS v ON (t.a = v.b) WHERE a = ANY(%s) LIMIT 5",
    "SELECT pg_catalog.now()",
]


@pytest.mark.parametrize("text", SQL_THAT_MAY_WRITE)
def test_sql_that_may_write(text: str) -> None:
    """A database's own functions may do anything, however they are written."""
    assert sql_effect(text) in ("write", None)


@pytest.mark.parametrize("text", SQL_THAT_READS)
def test_sql_that_reads(text: str) -> None:
    """What the standards define only computes."""
    assert sql_effect(text) == "read"


def test_a_modules_builtin_that_is_hidden_is_unknown() -> None:
    """`sum` of a module that defines its own."""
    names = Names(imports=NAMES.imports, shadowed=frozenset({"sum"}))
    assert effects("return sum([1])", names).effect == "unknown"


@pytest.mark.parametrize(
    ("statement", "effect"),
    [
        ("select(sqlalchemy.func.count(t.c.a))", "read"),
        ("select(sqlalchemy.func.nextval('s'))", "unknown"),
        ("select(t).where(t.c.a == sqlalchemy.func.charge(1))", "unknown"),
        ("select(text('a'))", "read"),
        ("select(text('charge(1)'))", "unknown"),
        ("select(t).with_for_update()", "unknown"),
    ],
)
def test_parts_of_a_statement_count(statement: str, effect: str) -> None:
    """The call that sends a statement does what the functions in it do, whichever name it goes by."""
    direct = effects(f"def f(s: Session): return s.scalar({statement})")
    named = effects(f"def f(s: Session):\n  q = {statement}\n  return s.scalar(q)")
    for found in (direct, named):
        sent = next(call for call in found.calls if call.name == "sqlalchemy.orm.Session.scalar")
        assert (sent.effect in ("write", "unknown")) == (effect == "unknown"), sent


READ_THEN_WRITTEN = {
    "counter in redis": "r = redis.Redis()\nr.set(k, int(r.get(k)) + 1)",
    "counter in a name": "r = redis.Redis()\nn = int(r.get(k))\nn += 1\nr.set(k, n)",
    "counter in a file": "n = int(Path(p).read_text())\nPath(p).write_text(str(n + 1))",
    "counter through open": ("with open(p) as f: n = int(f.read())\nwith open(p, 'w') as f: f.write(str(n + 1))"),
    "counter over http": "n = requests.get(u).json()\nrequests.put(u, json=n['a'] + 1)",
    "counter by another client": "n = httpx.get(u).json()\nrequests.put(u, json=n)",
    "kept in a list": "r = redis.Redis()\nnew = []\nfor k in ks: new.append(r.get(k))\nr.mset(dict(zip(ks, new)))",
    "kept in a dict": "r = redis.Redis()\nnew = {}\nnew['a'] = r.get(k)\nr.hset(k, mapping=new)",
    "toggle": "r = redis.Redis()\nif r.get(k) == b'on': r.set(k, 'off')\nelse: r.set(k, 'on')",
    "toggle by a name": "r = redis.Redis()\nold = r.get(k)\nif old: new = 'off'\nelse: new = 'on'\nr.set(k, new)",
    "toggle that ends early": "r = redis.Redis()\nif r.get(k):\n  r.delete(k)\n  return\nr.set(k, 1)",
    "left halfway": "r = redis.Redis()\nr.set(a, 1)\nif r.get(b): return\nr.set(b, 1)\nr.set(a, 2)",
    "state by state": "r = redis.Redis()\nfor v in (1, 0):\n  if r.get(k) == v: r.set(k, v + 1)",
    "state by state in a comprehension": "r = redis.Redis()\n[r.set(k, v + 1) for v in (1, 0) if r.get(k) == v]",
    "one or the other": "r = redis.Redis()\nr.set(k, 'off') if r.get(k) == b'on' else r.set(k, 'on')",
    "one and the other": "r = redis.Redis()\nr.get(k) and r.touch(k) or r.set(k, 1)",
    "new key each time": "redis.Redis().set(str(uuid.uuid4()), 1)",
    "new address each time": "requests.put(f'{u}/{uuid.uuid4()}', json=x)",
    "new file each time": "Path(f'{time.time()}.txt').write_text('x')",
    "chance in a name": "name = f'{random.random()}'\nrequests.put(u + name)",
    "copy before a change": "shutil.copy(p, q)\nPath(p).write_text('x')",
    "read by the project": "def f(self): touch(self.load())",
    "read in a nested function": "r = redis.Redis()\ndef g(): return int(r.get(k))\nr.set(k, g() + 1)",
    "in a comprehension": "r = redis.Redis()\n[r.set(k, int(v) + 1) for k, v in zip(ks, r.mget(ks))]",
    "async": "r = aioredis.Redis()\nn = await r.get(k)\nawait r.set(k, int(n) + 1)",
    "attribute": "def f(self):\n  n = self.http.get(u).json()\n  self.http.put(u, json=n)",
}


@pytest.mark.parametrize("what", READ_THEN_WRITTEN)
def test_writing_what_was_read_is_no_idempotence(what: str) -> None:
    """Two calls that may each be made twice make a function that may not; each alone still may."""
    found = effects(READ_THEN_WRITTEN[what])
    assert found.effect == "writes", [(line.text, line.why) for line in found.lines]
    assert all(call.effect != "write" for call in found.calls)


APART = {
    "page that is saved": "t = requests.get(u).text\nPath(p).write_text(t)",
    "rows that are put": "c = sqlite3.connect(p)\nrequests.put(u, json=c.execute('SELECT a FROM t').fetchall())",
    "file that is put": "with open(p) as f: requests.put(u, data=f.read())",
    "told of what was read": "t = Path(p).read_text()\nlog.info(t)\nprint(t)",
    "guarded": "r = redis.Redis()\nif r.exists(k) == 0: r.set(k, 1)",
    "guarded by leaving": "if Path(p).exists(): return\nPath(p).write_text('x')",
    "read for itself": "r = redis.Redis()\nr.set(k, 1)\nreturn r.get(k)",
    "address from the environment": "p = os.environ.get('P')\nPath(p).write_text('x')",
    "whole path": "def f(p: str): Path(p).resolve().write_text('x')",
    "duration": "t = time.perf_counter()\nPath(p).write_text('x')\nlog.info(time.perf_counter() - t)",
    "connection": "c = sqlite3.connect(p)\nc.execute('CREATE TABLE IF NOT EXISTS t (a)')\nc.commit()",
}


@pytest.mark.parametrize("what", APART)
def test_what_was_read_elsewhere_does_no_harm(what: str) -> None:
    """The function's own writes don't change what it reads."""
    found = effects(APART[what])
    assert found.effect == "idempotent", [(line.text, line.why) for line in found.lines]


def test_a_long_chain_of_reassignments_is_walked_in_linear_time() -> None:
    """Each version of a name is looked up, not counted: 30,000 of them took minutes."""
    body = "    x = x + 1\n" * 30_000
    function = ast.parse(f"def f(x):\n{body}    return x\n").body[0]
    assert isinstance(function, ast.FunctionDef)
    began = time.process_time()
    walk = walk_function(function)
    assert time.process_time() - began < 10
    assert [binding.version for binding in walk.top.bound["x"]] == [*range(30_001)]
    result = function.body[-1]
    assert isinstance(result, ast.Return) and isinstance(result.value, ast.Name)
    assert [binding.version for binding in walk.top.bindings_of(result.value)] == [30_000]
