import shop, socketserver, threading, time
from scripted_server import tried
GOT = []
class H(socketserver.StreamRequestHandler):
    def handle(self):
        me = self.server
        me.connections += 1
        if me.mode == "busy" and me.connections < 3:
            self.wfile.write(b"421 busy\r\n"); return
        if me.mode == "drop" and me.connections < 3:
            return
        self.wfile.write(b"220 hi\r\n")
        while line := self.rfile.readline():
            verb = line.split()[0].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go\r\n")
                while self.rfile.readline().strip() != b".": pass
                GOT.append(1)
                if me.mode == "lost": return
                if me.mode == "slow": time.sleep(3)
                self.wfile.write(b"451 try later\r\n" if me.mode == "temp" else b"250 ok\r\n")
            elif verb == b"RCPT" and me.mode == "grey":
                self.wfile.write(b"450 greylisted\r\n")
            elif verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n"); return
            else:
                self.wfile.write(b"250 ok\r\n")
answer = {}
for name in ("send", "send_again", "send_limited"):
    for mode in ("ok", "busy", "drop", "lost", "temp", "grey", "slow"):
        if mode == "slow" and name != "send_limited": continue
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), H); server.daemon_threads = True
        server.mode, server.connections = mode, 0
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        GOT.clear()
        answer[f"{name} {mode}"] = [tried(lambda: getattr(shop, name)(server.server_address[1])), server.connections, len(GOT)]
        server.shutdown()
