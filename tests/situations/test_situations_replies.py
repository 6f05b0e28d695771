"""A write whose reply was lost isn't made again where the reply would then say something else."""

from __future__ import annotations

from pathlib import Path

from both_ways import both

SOURCE = '''\
import httpx
import redis
import requests
from poetc import poet


@poet()
def leader(url: str) -> bool:
    """Created only if it isn't there."""
    answer = requests.put(url, data="me", headers={"If-None-Match": "*"})
    if answer.status_code == 412:
        return False
    answer.raise_for_status()
    return True


@poet()
def locked(url: str) -> bool:
    answer = requests.put(url, params={"acquire": "me"})
    answer.raise_for_status()
    return answer.json()


@poet()
def remove(url: str) -> None:
    httpx.delete(url).raise_for_status()


@poet()
def forget(url: str) -> None:
    requests.delete(url)


@poet()
def store(url: str) -> None:
    answer = httpx.put(url, content=b"new")
    answer.raise_for_status()


@poet()
def claim(queue: redis.Redis) -> bool:
    return queue.srem("waiting", "job") == 1


@poet()
def drop(queue: redis.Redis) -> None:
    queue.srem("waiting", "job")
'''

HTTP = """\
import shop
from scripted_server import Scripted, answer, reset, tried
answer_ = answer
answer = {}
for name in ("leader", "locked", "remove", "forget", "store"):
    second = {"leader": (412, b""), "locked": (200, b"false"), "remove": (404, b""), "forget": (404, b"")}
    with Scripted(reset, second.get(name, (200, b""))) as server:
        answer[name] = tried(lambda: getattr(shop, name)(server.url)), len(server.got)
"""

REDIS = """\
import socketserver, threading
import redis, shop
from redis.backoff import NoBackoff
from redis.retry import Retry
from scripted_server import tried

REMOVED = []


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        while (head := self.rfile.readline()):
            words = []
            for _ in range(int(head[1:])):
                words.append(self.rfile.read(int(self.rfile.readline()[1:]) + 2)[:-2])
            if words[0].upper() != b"SREM":
                self.wfile.write(b"+OK\\r\\n")
                continue
            REMOVED.append(1)
            if len(REMOVED) == 1:
                return  # it is done; the reply is lost
            self.wfile.write(b":0\\r\\n")


server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
answer = {}
for name in ("claim", "drop"):
    REMOVED.clear()
    client = redis.Redis(port=server.server_address[1], retry=Retry(NoBackoff(), 0), protocol=2)
    answer[name] = tried(lambda: getattr(shop, name)(client)), len(REMOVED)
server.shutdown()
"""


def test_lost_replies_of_http(tmp_path: Path) -> None:
    """Whoever did it isn't told that somebody else was first; what nobody looks at is made again."""
    plain, built = both(tmp_path, SOURCE, HTTP)
    for name in ("leader", "locked", "remove"):
        assert built[name] == plain[name], name
        assert built[name][1] == 1, name
    assert built["forget"] == [None, 2]
    assert built["store"] == [None, 2]


def test_lost_replies_of_redis(tmp_path: Path) -> None:
    """SREM says 0 the second time: only a caller who doesn't look at that gets another attempt."""
    plain, built = both(tmp_path, SOURCE, REDIS)
    assert built["claim"] == plain["claim"] == ["ConnectionError", 1]
    assert built["drop"] == [None, 2]
