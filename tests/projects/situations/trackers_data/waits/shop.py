import queue, threading, subprocess, concurrent.futures as cf, time
import multiprocessing
from poetc import poet

@poet(timeout=0.15)
def take(q: queue.Queue) -> int | None:
    return q.get()

@poet(timeout=0.15)
def put(q: queue.Queue) -> None:
    q.put(1)

@poet(timeout=0.15)
def join(work) -> list:
    out = []
    t = threading.Thread(target=lambda: (work(), out.append(1)), daemon=True)
    t.start()
    t.join()
    return out

@poet(timeout=0.15)
def event(e: threading.Event) -> bool:
    e.wait()
    return True

@poet(timeout=0.15)
def cond(c: threading.Condition) -> str:
    with c:
        c.wait()
    return "woken"

@poet(timeout=0.15)
def condfor(c: threading.Condition) -> str:
    with c:
        c.wait_for(lambda: False)
    return "woken"

@poet(timeout=0.15)
def sem(s: threading.Semaphore) -> str:
    s.acquire()
    return "got"

@poet(timeout=0.15)
def locked(l: threading.Lock) -> str:
    with l:
        return "got"

@poet(timeout=0.15)
def drain(q: queue.Queue) -> str:
    while True:
        try:
            q.get(timeout=0.05)
        except queue.Empty:
            continue

@poet(timeout=0.15)
def proc() -> int:
    p = subprocess.Popen(["sleep", "0.6"])
    try:
        return p.wait()
    finally:
        p.kill()

@poet(timeout=0.15)
def communicate() -> int:
    p = subprocess.Popen(["sleep", "0.6"], stdout=subprocess.PIPE)
    try:
        p.communicate()
    finally:
        p.kill()
    return p.returncode

@poet(timeout=0.15)
def waitall(pool: cf.ThreadPoolExecutor, work) -> int:
    fs = [pool.submit(work) for _ in range(2)]
    done, _ = cf.wait(fs)
    return len(done)

@poet(timeout=0.15)
def firstof(pool: cf.ThreadPoolExecutor, work) -> int:
    fs = [pool.submit(work) for _ in range(2)]
    n = 0
    for f in cf.as_completed(fs):
        n += 1
    return n

@poet(timeout=0.15)
def mapped(pool: cf.ThreadPoolExecutor, work) -> list:
    return list(pool.map(work, [1, 2]))

@poet(timeout=0.15)
def barrier(b: threading.Barrier) -> int:
    return b.wait()

@poet(timeout=0.15)
def qjoin(q: queue.Queue) -> str:
    q.join()
    return "joined"

@poet(timeout=0.15)
def pipe(c) -> bool:
    return c.poll(None)

@poet(timeout=0.15)
def simple(q: queue.SimpleQueue) -> int:
    return q.get(True)

@poet(timeout=0.15)
def take_or_none(q: queue.Queue):
    try:
        return q.get()
    except queue.Empty:
        return None
