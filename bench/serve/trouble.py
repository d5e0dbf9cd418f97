"""Requests that are malformed, oversized, truncated, damaged and slow, to a server that has other work to do:

    trouble.py URL SECONDS PHOTOGRAPH

Ends with how many of each there were, and with status 1 where one was answered otherwise than it should be, or not at all."""

import collections
import random
import socket
import sys
import threading
import time
import urllib.parse

url, seconds, path = sys.argv[1], float(sys.argv[2]), sys.argv[3]
parts = urllib.parse.urlsplit(url)
body = open(path, "rb").read()
end = time.time() + seconds
counts = collections.Counter()
wrong = []
chance = random.Random(0)


def head(size, more="", kind="image/png"):
    return (
        f"POST /v1/detect HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\n{more}\r\n"
    ).encode()


def connect():
    return socket.create_connection((parts.hostname, parts.port), timeout=90)


def status(client):
    """None where the connection was closed without an answer."""
    try:
        line = client.makefile("rb").readline()
        return int(line.split()[1]) if line else None
    except (ConnectionResetError, BrokenPipeError):
        return None


def send(data):
    client = connect()
    try:
        client.sendall(data)
    except OSError:
        pass
    found = status(client)
    client.close()
    return found


def expect(kind, found, *allowed):
    counts[kind] += 1
    if found not in allowed:
        wrong.append(f"{kind}: found {found}")


def malformed():
    lines = [b"GET\r\n\r\n", b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", b"POST /v1/detect HTTP/1.1\r\n\r\n", head("-1"), head("1x"), head(10**30)]
    expect("malformed", send(chance.choice(lines)), 400, 413, 505, None)


def unknown():
    expect("unknown path", send(f"GET /{chance.random()} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()), 404)


def foreign():
    expect("foreign host", send(b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"), 403)


def oversized():
    expect("oversized, announced", send(head(10**10)), 413)
    size = 34 << 20
    expect("oversized, sent", send(head(size) + bytes(size)), 413)


def truncated():
    client = connect()
    data = head(len(body)) + body
    client.sendall(data[: chance.randrange(1, len(data))])
    client.close()
    counts["truncated"] += 1


def damaged():
    cut = bytearray(body[: chance.randrange(1000, len(body))])
    for _ in range(20):
        cut[chance.randrange(len(cut))] = chance.randrange(256)
    expect("damaged photograph", send(head(len(cut)) + bytes(cut)), 422, 200)


def slow():
    """A byte now and then until the server has enough of it."""
    client = connect()
    data = head(len(body)) + body
    at = 0
    try:
        while time.time() < end:
            client.sendall(data[at : at + 1])
            at += 1
            time.sleep(0.25)
        client.close()
        return
    except OSError:
        pass
    expect("slow, ended", status(client), 408, None)
    client.close()


def deaf():
    """Asks for maps and reads nothing."""
    client = connect()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    data = head(len(body)).replace(b"/v1/detect", b"/v1/detect?map=float32") + body
    try:
        client.sendall(data + data)
    except OSError:
        pass
    time.sleep(chance.uniform(1, 8))
    client.close()
    counts["deaf"] += 1


def repeat(action, pause):
    while time.time() < end:
        try:
            action()
        except OSError as error:
            wrong.append(f"{action.__name__}: {error}")
        time.sleep(chance.uniform(0, 2 * pause))


work = [(malformed, 0.2), (unknown, 0.2), (foreign, 0.5), (oversized, 3), (truncated, 0.5), (damaged, 1), (deaf, 4)] + [(slow, 0.1)] * 8
threads = [threading.Thread(target=repeat, args=item, daemon=True) for item in work]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("trouble: " + ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())))
for words in wrong[:20]:
    print(words)
sys.exit(bool(wrong))
