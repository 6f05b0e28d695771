import shop, queue, threading, time, concurrent.futures as cf, multiprocessing
from scripted_server import tried
answer = {}
pool = cf.ThreadPoolExecutor(4)
work = lambda *a: time.sleep(0.6)
def full():
    q = queue.Queue(1); q.put(0); return q
def unjoined():
    q = queue.Queue(); q.put(0); return q
held = threading.Lock(); held.acquire()
a, b = multiprocessing.Pipe()
CASES = dict(take=lambda: shop.take(queue.Queue()), put=lambda: shop.put(full()), join=lambda: shop.join(work), event=lambda: shop.event(threading.Event()),
  cond=lambda: shop.cond(threading.Condition()), condfor=lambda: shop.condfor(threading.Condition()), sem=lambda: shop.sem(threading.Semaphore(0)), locked=lambda: shop.locked(held),
  drain=lambda: shop.drain(queue.Queue()), proc=shop.proc, communicate=shop.communicate, waitall=lambda: shop.waitall(pool, work), firstof=lambda: shop.firstof(pool, work),
  mapped=lambda: shop.mapped(pool, work), barrier=lambda: shop.barrier(threading.Barrier(2)), qjoin=lambda: shop.qjoin(unjoined()), pipe=lambda: shop.pipe(a),
  simple=lambda: shop.simple(queue.SimpleQueue()), take_or_none=lambda: shop.take_or_none(queue.Queue()))
BUILT = "_poet" in shop.poet.__module__
WAITED = ("join", "waitall", "firstof", "mapped")
for name, work_ in CASES.items():
    if BUILT:
        answer[name] = tried(work_)
    elif name in WAITED:
        answer[name] = tried(work_)
for name in ("take", "join", "event", "drain", "take_or_none") if BUILT else ():
    box = []
    t = threading.Thread(target=lambda: box.append(tried(CASES[name])), daemon=True)
    t.start()
    t.join(5)
    answer[name + " in a thread"] = box[0]
