"""What functions do: a table of small ones, each with its effect."""

from __future__ import annotations

import pytest
from effects_samples import effects

PURE = {
    "nothing": "pass",
    "arithmetic": "x = 1 + 2\nreturn x ** 2",
    "text": "def f(a: str): return ', '.join(a.upper().split())",
    "formatted": "def f(a): return f'{a!r:>10}'",
    "own list": "out = []\nfor x in y:\n  out.append(x)\nreturn out",
    "own dict": "out = {}\nfor k in y:\n  out[k] = 1\n  out.update(a=1)\n  del out[k]\nreturn out",
    "own list in an own dict": "out = {}\nfor k, v in y:\n  out.setdefault(k, []).append(v)\nreturn out",
    "defaultdict": "out = defaultdict(list)\nfor k, v in y:\n  out[k].append(v)\nreturn out",
    "counter": "def f(words: list[str]):\n  c = Counter()\n  for w in words: c[w] += 1\n  return c.most_common(3)",
    "own dicts in an own list": "out = []\nfor r in rows:\n  new = {}\n  new['a'] = r.a\n  out.append(new)\nreturn out",
    "copy": "def f(rows):\n  rows = list(rows)\n  rows.sort()\n  return rows",
    "deep copy": "def f(rows):\n  mine = copy.deepcopy(rows)\n  mine[0]['a'] = 1\n  mine['x'].append(2)",
    "keywords": "def f(**kw):\n  kw['a'] = 1\n  return kw.pop('b', None)",
    "starred": "def f(rows):\n  first, *rest = rows\n  rest.append(first)",
    "slice of an own list": "a = [1, 2]\nb = a[1:]\nb.append(3)",
    "own object under another name": "a = []\nb = a\nb.append(1)",
    "augmented number": "total = 0\nfor x in y:\n  total += x.price\nreturn total",
    "augmented annotated parameter": "def f(n: int, s: str):\n  n += 1\n  s += 'x'\n  return n, s",
    "own list of own lists": "a = [[], []]\na[0].append(1)\na[1][:] = [2]",
    "comprehension": "rows = [{} for _ in range(3)]\nrows[0]['a'] = 1",
    "raise": "def f(x):\n  if x: raise ValueError(f'bad {x}') from KeyError('x')\n  raise Unheard(1)",
    "yield": "def f(x):\n  for y in x:\n    yield y\n  yield from x",
    "del of a name": "x = 1\ndel x",
    "sleep": "time.sleep(1)\nsleep(2)",
    "async sleep": "await asyncio.sleep(1)",
    "nested function": "def f(x):\n  def g(y): return y + 1\n  return g(x)",
    "nonlocal of the function's own": "def f():\n  n = 0\n  def g():\n    nonlocal n\n    n += 1\n  g()\n  return n",
    "lambda": "def f(x): return max(x, key=lambda r: r['a'])",
    "lambda of its own": "go = lambda x: x + 1\ngo(2)",
    "class inside": "class C:\n  a = 1\n  def b(self): return 2",
    "own iterator": "it = iter([1, 2])\nnext(it)",
    "own generator": "it = (x for x in y)\nnext(it, None)",
    "loop over a parameter": "def f(rows):\n  for r in rows: pass",
    "json": "def f(t: str):\n  d = json.loads(t)\n  d['x']['y'] = 1\n  return d.get('a', {}).get('b')",
    "regular expression": "def f(t: str): return [m.group(1) for m in re.finditer('x', t)]",
    "hash": "def f(b: bytes):\n  h = hashlib.sha256()\n  h.update(b)\n  return h.hexdigest()",
    "own pieces of text": "import io\ns = io.StringIO()\ns.write('x')\nreturn s.getvalue()",
    "lock": "def f(lock: threading.Lock):\n  with lock: pass",
    "suppressed": "with contextlib.suppress(KeyError): pass",
    "project's pure function": "return helper(Thing(1))",
    "mapped project function": "return list(map(helper, x))",
    "building a request": "return select(a).where(a.b == 1)",
    "matching": "match x:\n  case [a, *b]: return a",
    "copy of a copy": "def f(x):\n  rows = [dict(r) for r in x]\n  rows[0]['a'] = 1\n  rows = rows[:1]\n  rows.sort()",
    "partial": "return functools.partial(helper, 1)",
    "walrus": "if (n := len(x)) > 1: return n",
    "annotated iterable": "def f(rows: Iterable[int]): return sum(rows)",
    "dict copied with changes": "def f(d):\n  e = {**d, 'a': 1}\n  e['b'] = 2\n  return e",
    "reversed words": "def f(t: str):\n  w = t.split()\n  w.reverse()\n  return w",
    "queue of its own": "q = deque([1])\nwhile q:\n  q.append(q.popleft())",
}  # fmt: skip

READS = {
    "http": "return requests.get(u).json()",
    "http by method": "return requests.request('get', u)",
    "http with a client": "with httpx.Client() as c: return c.get(u).raise_for_status().text",
    "async http": "async with httpx.AsyncClient() as c:\n  return (await c.get(u)).json()",
    "aiohttp": "async with aiohttp.ClientSession() as s:\n  async with s.get(u) as a:\n    return await a.json()",
    "gathered": "async with httpx.AsyncClient() as c:\n  return await asyncio.gather(*[c.get(u) for u in us])",
    "tasks": "t = asyncio.create_task(httpx.AsyncClient().get(u))\nreturn await t",
    "urlopen": "def f(u: str):\n  with urlopen(u) as a: return a.read()",
    "select": "c = sqlite3.connect(p)\nreturn c.execute('SELECT 1 FROM t WHERE a = ?', (1,)).fetchall()",
    "select of the module": "with closing(sqlite3.connect(p)) as c: return c.execute(QUERY).fetchone()",
    "select with a table": "def f(t):\n  c = sqlite3.connect(p)\n  return c.execute(f'SELECT a FROM {t} WHERE b')",
    "session": "def f(s: Session): return s.execute(select(a).where(b)).all()",
    "text of sqlalchemy": "def f(s: Session): return s.scalars(text('select 1')).all()",
    "statement in a name": "def f(s: Session):\n  q = select(a)\n  if x: q = q.limit(1)\n  return s.scalar(q)",
    "redis": "return redis.Redis().get(k)",
    "file": "with open(p) as f: return [line.strip() for line in f]",
    "file in a mode": "with open(p, 'rb') as f: return f.read()",
    "path": "return Path(p).read_text()",
    "folder": "return [q.name for q in Path(p).iterdir()]",
    "clock": "return time.time(), datetime.now()",
    "chance": "return random.random(), uuid.uuid4()",
    "environment": "return os.environ.get('A'), os.getenv('B')",
    "boto3": "return boto3.client('s3').get_object(Bucket=b)",
    "moderation": "return openai.OpenAI().moderations.create(input=x)",
    "project": "def f(self): return self.load(lookup(1))",
    "read in a nested function": "def f(us):\n  def one(u): return requests.get(u)\n  return [one(u) for u in us]",
    "read by what it calls": "return list(map(requests.head, us))",
    "thread": "return await asyncio.to_thread(requests.get, u)",
    "own random generator": "g = random.Random(1)\nreturn g.random()",
}

IDEMPOTENT = {
    "put": "requests.put(u, json=x)",
    "delete": "httpx.delete(u)",
    "method": "httpx.request('PUT', u)",
    "redis set": "redis.Redis().set(k, v)",
    "redis delete": "await aioredis.Redis().delete(k)",
    "whole file": "Path(p).write_text('x')",
    "file for writing": "with open(p, 'w') as f: f.write('x')",
    "print": "print('x')",
    "log": "log.info('x')\nlogging.warning('y')",
    "make a folder that may be there": "os.makedirs(p, exist_ok=True)\nPath(p).mkdir(exist_ok=True)",
    "remove what may be gone": "Path(p).unlink(missing_ok=True)",
    "project": "touch(1)",
    "commit": "def f(c: sqlite3.Connection): c.commit()",
    "table that may be there": "def f(c: sqlite3.Connection): c.execute('CREATE TABLE IF NOT EXISTS t (a)')",
    "object": "boto3.client('s3').put_object(Bucket=b)",
    "item": "boto3.client('dynamodb').put_item(TableName=t, Item=i)",
}

WRITES = {
    "post": "requests.post(u)",
    "method": "requests.request('POST', u)",
    "urlopen with data": "urlopen(u, b'x')",
    "insert": "def f(c: sqlite3.Connection): c.execute('INSERT INTO t VALUES (1)')",
    "insert or ignore": "def f(c: sqlite3.Connection): c.execute('INSERT OR IGNORE INTO t VALUES (1)')",
    "change of the module": "def f(c: sqlite3.Connection): c.execute(CHANGE)",
    "insert of sqlalchemy": "def f(s: Session): s.execute(insert(t).values(a=1))",
    "add": "def f(s: Session): s.add(x)",
    "redis count": "redis.Redis().incr(k)",
    "redis set if new": "redis.Redis().set(k, v, nx=True)",
    "appending": "with open(p, 'a') as f: f.write('x')",
    "remove": "os.remove(p)",
    "process": "subprocess.run(['x'])",
    "mail": "smtplib.SMTP(h).send_message(m)",
    "model": "anthropic.Anthropic().messages.create(model=m)",
    "item under a condition": "boto3.client('dynamodb').put_item(Item=i, ConditionExpression=c)",
    "queue of the cloud": "boto3.client('sqs').send_message(QueueUrl=q)",
    "project": "billing.charge(1)",
    "parameter's item": "def f(rows): rows[0] = 1",
    "parameter's attribute": "def f(row): row.a = 1",
    "parameter's inner item": "def f(row): row.a['b'].c = 1",
    "parameter's item deleted": "def f(rows): del rows[0]",
    "parameter's item augmented": "def f(rows): rows[0] += 1",
    "parameter augmented": "def f(rows): rows += [1]",
    "parameter appended to": "def f(rows): rows.append(1)",
    "annotated parameter appended to": "def f(rows: list[int]): rows.append(1)",
    "parameter under another name": "def f(rows):\n  mine = rows\n  mine.append(1)",
    "item of a parameter": "def f(rows):\n  for row in rows:\n    row['a'] = 1",
    "item of a copy": "def f(rows):\n  mine = list(rows)\n  mine[0]['a'] = 1",
    "item of a comprehension": "def f(rows):\n  mine = [r for r in rows]\n  mine[0].append(1)",
    "parameter kept in an own list": "def f(row):\n  mine = []\n  mine.append(row)\n  mine[0].a = 1",
    "parameter kept in an own dict": "def f(row):\n  mine = {}\n  mine['x'] = row\n  mine['x'].a = 1",
    "parameter kept in an alias": "def f(r):\n  m = [[]]\n  n = m[0]\n  n.append(r)\n  m[0][0].b = 1",
    "parameter kept by setdefault": "def f(row):\n  mine = {}\n  mine.setdefault('a', row).append(1)",
    "either": "def f(rows):\n  mine = rows or []\n  mine.append(1)",
    "in a loop, later": "def f(row):\n  mine = []\n  for _ in x:\n    if mine: mine[0].a = 1\n    mine.append(row)",
    "changed before it was copied": "def f(rows):\n  rows.append(1)\n  rows = list(rows)",
    "perhaps copied": "def f(rows):\n  if x: rows = list(rows)\n  rows.append(1)",
    "copied, and changed by a nested function": "def f(rows):\n  def g(): rows.append(1)\n  g()\n  rows = list(rows)",
    "copied in a loop": "def f(rows):\n  for _ in x: rows = list(rows)\n  rows.append(1)",
    "copied where it may fail": "def f(rows):\n  try: rows = list(rows)\n  except E: pass\n  rows.append(1)",
    "rebound to the caller's": "def f(row):\n  mine = []\n  mine = row\n  mine.append(1)",
    "two targets": "def f(rows):\n  a = b = rows\n  b.append(1)",
    "unpacked": "def f(pair):\n  a, b = pair\n  b.append(1)",
    "loop target": "def f(row):\n  for row.a in range(3): pass",
    "with target": "def f(row):\n  with open(p) as row.file: pass",
    "self": "def f(self): self.count = 1",
    "self augmented": "def f(self): self.count += 1",
    "self's list": "def f(self): self.rows.append(1)",
    "module's list": "CACHE.append(1)",
    "module's dict": "CACHE['a'] = 1",
    "module's known list": "def f(): session.headers.update({'a': 'b'})",
    "global": "global count\ncount = 1",
    "global augmented": "global count\ncount += 1",
    "global deleted": "global count\ndel count",
    "global import": "global json\nimport json",
    "nonlocal": "nonlocal_ = 1\nx.y = 2",
    "in a nested function": "def f(rows):\n  def g(): rows.append(1)\n  return g",
    "in a lambda": "def f(rows): return lambda x: rows.append(x)",
    "in a nested class": "class C:\n  CACHE['a'] = 1",
    "setattr": "def f(row): setattr(row, 'a', 1)",
    "next": "def f(it): return next(it)",
    "annotated iterator": "def f(it: Iterator[int]): return sum(it)",
    "loop over an annotated iterator": "def f(it: Iterator[int]):\n  for x in it: pass",
    "loop over a file": "def f(file: IO[str]):\n  for line in file: pass",
    "file of the caller": "def f(file): return json.load(file)",
    "text to the caller's file": "def f(file: IO[str]): file.write('x')",
    "print to a file": "def f(file): print('x', file=file)",
    "shuffle": "def f(rows): random.shuffle(rows)",
    "sort in place": "def f(rows: list): rows.sort()",
    "heap": "import heapq\nheapq.heappush(x, 1)",
    "star": "def f(*rows): rows[0].append(1)",
    "keyword's value": "def f(**kw): kw['a'].append(1)",
    "opened for writing, kept from before": "def f(row):\n  mine = row.rows\n  mine += [1]",
    "random generator of the caller": "def f(g: random.Random): return g.random()",
    "walrus": "def f(rows):\n  (mine := rows).append(1)",
    "conditional": "def f(rows, x):\n  mine = rows if x else []\n  mine.append(1)",
    "closing over": "def f(rows):\n  def g(mine=rows): mine.append(1)\n  g()",
    "comprehension with an effect": "def f(rows, out): [out.append(r) for r in rows]",
    "own copy merged": "def f(rows):\n  mine = [*rows]\n  mine[0]['x'] = 1",
}  # fmt: skip

UNKNOWN = {
    "function": "foo()",
    "method": "def f(x): x.foo()",
    "import": "np.mean([1])",
    "argument of unknown class": "def f(x): return x.split()",
    "callback": "def f(go): return go(1)",
    "key function": "def f(rows, key): return max(rows, key=key)",
    "mapped": "def f(go, rows): return list(map(go, rows))",
    "decorator": "x = 1\n@foo()\ndef g(): pass",
    "eval": "eval('1')",
    "with": "def f(x):\n  with x: pass",
    "async with": "async def f(x):\n  async with x: pass",
    "with of a call": "with foo(): pass",
    "await": "async def f(x): await x",
    "async for": "async def f(x):\n  async for y in x: pass",
    "unknown sql": "def f(c: sqlite3.Connection, q): c.execute(q)",
    "unknown column": "def f(c: sqlite3.Connection, q): c.execute(f'SELECT {q} FROM t')",
    "sql put together": "def f(c: sqlite3.Connection, q): c.execute('SELECT a ' + q)",
    "formatted sql": "def f(c: sqlite3.Connection, q): c.execute('SELECT a FROM b %s' % q)",
    "unknown method": "def f(m): requests.request(m, u)",
    "starred": "def f(a): urlopen(*a)",
    "double-starred": "def f(a): urlopen(u, **a)",
    "request object": "def f(m): urlopen(urllib.request.Request(u, method=m))",
    "unknown mode": "def f(m): open(p, m)",
    "rpc": "grpc.insecure_channel(a).unary_unary(b)(c)",
    "lua": "redis.Redis().eval('x', 0)",
    "nested": "def f(x):\n  def g(): foo()\n  return g",
    "project's unknown function": "whatever()",
    "worse than a write": "def f(rows):\n  rows.append(1)\n  foo()",
}  # fmt: skip

TABLE = [
    *(("pure", what, source) for what, source in PURE.items()),
    *(("reads", what, source) for what, source in READS.items()),
    *(("idempotent", what, source) for what, source in IDEMPOTENT.items()),
    *(("writes", what, source) for what, source in WRITES.items()),
    *(("unknown", what, source) for what, source in UNKNOWN.items()),
]


@pytest.mark.parametrize(("effect", "source"), [(e, s) for e, _, s in TABLE], ids=[f"{e}-{w}" for e, w, _ in TABLE])
def test_effect_of(effect: str, source: str) -> None:
    """The worst of a function's lines is its effect."""
    found = effects(source)
    assert found.effect == effect, "\n".join(
        f"{line.line}: {line.text}: {line.effect}: {line.why}" for line in found.lines
    )


def test_lines_say_where_what_and_why() -> None:
    """Each line that is not pure is told, in order, with its reason."""
    found = effects(
        """
        def f(self, order, rows: list):
            text = str(order)
            answer = requests.get(text)
            rows.append(answer)
            self.last = answer
            foo(text)
        """
    )
    assert [(line.line, line.text, line.effect) for line in found.lines] == [
        (3, "requests.get(...)", "read"),
        (4, "rows.append(...)", "write"),
        (5, "self.last", "write"),
        (6, "foo(...)", "unknown"),
    ]
    whys = [line.why for line in found.lines]
    assert whys[0] == "requests.get: read"
    assert "`rows`" in whys[1]
    assert "`self`" in whys[2]
    assert "foo" in whys[3]
    assert [call.name for call in found.calls] == ["builtins.str", "requests.get", "builtins.list.append", None]


def test_a_second_look_finds_the_same() -> None:
    """The same function has the same effects, whatever was analysed in between."""
    first = effects("redis.Redis().set(k, v)\nfoo()")
    effects("foo = 1\nfoo.bar()")
    again = effects("redis.Redis().set(k, v)\nfoo()")
    assert (first.effect, first.lines) == (again.effect, again.lines)


def test_calls_of_nested_functions_count_but_are_not_own() -> None:
    """What a nested function calls is a line of the function, and no call of its frame."""
    found = effects("def f(u):\n  def g(): requests.post(u)\n  return g")
    assert [line.text for line in found.lines] == ["requests.post(...)"]
    assert found.calls == ()
