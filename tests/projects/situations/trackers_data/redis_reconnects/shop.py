from poetc import poet
import redis

@poet(timeout=0.3)
def pop(client: redis.Redis):
    return client.blpop("q", 0)
