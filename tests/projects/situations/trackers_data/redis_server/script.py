import shop, subprocess, tempfile, socket, time, threading
import redis
from scripted_server import tried
with socket.socket() as s:
    s.bind(("127.0.0.1", 0)); port = s.getsockname()[1]
p = subprocess.Popen(["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", tempfile.mkdtemp()], stdout=subprocess.DEVNULL)
c = redis.Redis(port=port)
for _ in range(100):
    try: c.ping(); break
    except redis.ConnectionError: time.sleep(0.05)
answer = {}
BUILT = "_poet" in shop.poet.__module__
def off(f):
    box = []
    t = threading.Thread(target=lambda: box.append(tried(f)), daemon=True); t.start(); t.join(2.0)
    return box[0] if box else "HUNG"
answer["short"] = [tried(lambda: shop.guarded(c, 0.01)), c.exists("job")]
answer["long"] = [tried(lambda: shop.guarded(c, 0.8)), c.exists("job")]
answer["long in a thread"] = [off(lambda: shop.guarded(c, 0.8)), c.exists("job")]
c.rpush("q", "a", "b"); answer["pop"] = [shop.pop(c), shop.pop0(c), shop.pop_kw(c)]
answer["pipe"] = shop.counted(c); answer["opt"] = [shop.optimistic(c), shop.optimistic(c)]
for i in range(5): c.set(f"k{i}", 1)
answer["keys"] = shop.keys(c); answer["script"] = [shop.script(c), shop.script(c)]
c.set("held", "x", ex=30)
answer["own"] = shop.acquire_own(c)
if BUILT:
    for f in (shop.pop, shop.pop0, shop.listen, shop.xread, shop.acquire):
        answer[f.__name__ + " limited"] = tried(lambda: f(c))
    c.rpush("q", "late"); time.sleep(0.1); answer["left"] = c.llen("q")
p.kill(); p.wait()
