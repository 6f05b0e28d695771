from poetc import poet
import smtplib
from email.message import EmailMessage

def message() -> EmailMessage:
    m = EmailMessage(); m["From"] = "a@b.c"; m["To"] = "d@e.f"; m["Subject"] = "x"; m.set_content("hello"); return m

@poet()
def send(port: int) -> str:
    with smtplib.SMTP("127.0.0.1", port) as server:
        server.send_message(message())
    return "sent"

@poet(retries=2)
def send_again(port: int) -> str:
    server = smtplib.SMTP("127.0.0.1", port)
    try:
        server.send_message(message())
    finally:
        server.quit()
    return "sent"

@poet(timeout=1)
def send_limited(port: int) -> str:
    with smtplib.SMTP("127.0.0.1", port) as server:
        server.sendmail("a@b.c", ["d@e.f"], b"hello")
    return "sent"
