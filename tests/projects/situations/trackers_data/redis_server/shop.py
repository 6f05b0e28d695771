from poetc import poet
import redis, time

@poet(timeout=0.5)
def guarded(client: redis.Redis, nap: float) -> str:
    with client.lock("job", timeout=30):
        time.sleep(nap)
    return "done"

@poet(timeout=0.5)
def pop(client: redis.Redis) -> str:
    item = client.blpop("q")
    return item[1].decode()

@poet(timeout=0.5)
def pop0(client: redis.Redis) -> str:
    item = client.blpop("q", 0)
    return item[1].decode()

@poet(timeout=0.5)
def pop_kw(client: redis.Redis):
    item = client.blpop(["q"], timeout=0.1)
    return item

@poet()
def counted(client: redis.Redis) -> list:
    with client.pipeline() as pipe:
        pipe.incr("n")
        pipe.incr("n")
        return pipe.execute()

@poet(retries=2)
def optimistic(client: redis.Redis) -> int:
    with client.pipeline() as pipe:
        while True:
            try:
                pipe.watch("w")
                n = int(pipe.get("w") or 0)
                pipe.multi()
                pipe.set("w", n + 1)
                pipe.execute()
                return n + 1
            except redis.WatchError:
                continue

@poet(timeout=0.5)
def listen(client: redis.Redis) -> list:
    p = client.pubsub()
    p.subscribe("c")
    try:
        return [m["type"] for m in p.listen()]
    finally:
        p.close()

@poet()
def keys(client: redis.Redis) -> list[str]:
    return sorted(k.decode() for k in client.scan_iter("k*", count=2))

@poet()
def script(client: redis.Redis) -> int:
    s = client.register_script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
    return s(keys=["s"], args=[2])

@poet(timeout=0.5)
def xread(client: redis.Redis):
    return client.xread({"st": "$"}, block=0)

@poet(timeout=0.5)
def acquire(client: redis.Redis) -> bool:
    return client.lock("held", timeout=30).acquire()
@poet(timeout=0.5)
def acquire_own(client: redis.Redis) -> bool:
    return client.lock("held", timeout=30, blocking_timeout=0.1).acquire()
