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
found = []
if "_poet" in shop.poet.__module__:
    thread = threading.Thread(target=lambda: found.append(tried(lambda: shop.pop(c))), daemon=True)
    thread.start()
    thread.join(3.0)
answer = {"found": list(found)}
p.kill(); p.wait()
