"""Requests that no ordinary client sends, to `simplenet serve`: raw.py URL CASE PHOTOGRAPH [server's process].

Each case is a function below. It ends with status 1 and a sentence when the server answers otherwise than it should."""

import json
import os
import signal
import socket
import sys
import threading
import time
import urllib.parse


class Client:
    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.host = parts.netloc
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=20)

    def send(self, data):
        self.socket.sendall(data)

    def head(self, size, more=""):
        return (
            f"POST /v1/detect HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: image/png\r\nContent-Length: {size}\r\n{more}\r\n"
        ).encode()

    def answer(self):
        """(status, text), None when the connection was closed without one."""
        stream = self.socket.makefile("rb")
        try:
            line = stream.readline()
            if not line:
                return None
            size = 0
            while (field := stream.readline().strip()) != b"":
                name, _, value = field.partition(b":")
                if name.lower() == b"content-length":
                    size = int(value)
            return int(line.split()[1]), stream.read(size).decode()
        except ConnectionResetError:
            return None


def check(condition, words):
    if not condition:
        sys.exit(f"not so: {words}")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def post(url, body):
    client = Client(url)
    client.send(client.head(len(body)) + body)
    return client.answer()


def slow_requests_end(url, path, _):
    """The server has --timeout 1. A good request in the middle of them is answered."""
    body = read(path)
    clients = [Client(url) for _ in range(12)]
    begin = time.time()
    for client in clients[:6]:
        client.send(client.head(len(body)) + body[:10])
    ended = {}
    while len(ended) < len(clients) and time.time() < begin + 10:
        for i, client in enumerate(clients):
            if i in ended:
                continue
            try:
                client.send(body[10:11] if i < 6 else b"G")  # a byte now and then, of a body and of a head
                client.socket.settimeout(0.01)
                client.socket.recv(1, socket.MSG_PEEK)  # an answer, or the end
                ended[i] = time.time() - begin
            except socket.timeout:
                pass
            except OSError:
                ended[i] = time.time() - begin
        time.sleep(0.1)
        if len(ended) == 0:
            check(post(url, body)[0] == 200, "a good request is answered beside slow ones")
    check(len(ended) == len(clients), f"every slow connection is ended, {len(ended)} were")
    check(max(ended.values()) < 3, f"within their time, {max(ended.values()):.1f} s")


def late_bodies_are_told(url, path, _):
    client = Client(url)
    client.send(client.head(100000) + b"x")
    status, text = client.answer()
    check(status == 408 and json.loads(text)["status"] == 408, f"408, found {status} {text}")


def answers_that_nobody_takes_end(url, path, _):
    """The server has --timeout 1."""
    client = Client(url)
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    body = read(path)
    head = client.head(len(body)).replace(b"/v1/detect", b"/v1/detect?map=float32")
    end = time.time() + 40
    try:
        while time.time() < end:  # until there is no room between server and client, and then to the end
            client.send(head + body)
        check(False, "the server stops reading when its answers are not taken")
    except TimeoutError:
        check(False, "it ends the connection")
    except OSError:
        pass
    check(post(url, body)[0] == 200, "others are answered")


def truncated_requests_harm_nobody(url, path, _):
    body = read(path)
    for size in [0, 1, 5, 40, 100, len(body) // 2]:
        client = Client(url)
        client.send((client.head(len(body)) + body)[:size])
        client.socket.close()
    check(post(url, body)[0] == 200, "a good request is answered after them")


def malformed_requests_are_refused(url, path, _):
    host = Client(url).host
    cases = [
        (b"\x00\x01\x02\x03\r\n\r\n", [400, 501, 505]),
        (b"GET\r\n\r\n", [400]),
        (b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", [400, 505]),
        (b"GET / HTTP/1.1\r\n\r\n", [400]),
        (f"POST /v1/detect HTTP/1.1\r\nHost: {host}\r\nContent-Type: image/png\r\nContent-Length: -1\r\n\r\n".encode(), [400]),
        (f"POST /v1/detect HTTP/1.1\r\nHost: {host}\r\nContent-Type: image/png\r\nContent-Length: 1x\r\n\r\nx".encode(), [400]),
        (f"POST /v1/detect HTTP/1.1\r\nHost: {host}\r\nContent-Length: {10**30}\r\n\r\n".encode(), [400, 413]),
        (f"POST /v1/detect HTTP/1.1\r\nHost: {host}\r\nContent-Type: image/png\r\nContent-Length: {2**62}\r\n\r\n".encode(), [413]),
        (f"POST /v1/detect HTTP/1.1\r\nHost: {host}\r\nContent-Type: image/png\r\nContent-Length: 5\r\n".encode()
         + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", [400, 411]),
        (f"GET /{'a' * 200000} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode(), [413, 414]),
        (f"GET / HTTP/1.1\r\nHost: {host}\r\nX: {'a' * 200000}\r\n\r\n".encode(), [413, 431]),
    ]
    for data, statuses in cases:
        client = Client(url)
        try:
            client.send(data)
        except OSError:
            pass
        try:
            found = client.answer()
        except TimeoutError:
            found = "nothing"
        check(found is None or found[0] in statuses, f"{data[:60]}: {statuses} or the end, found {found}")
    check(post(url, read(path))[0] == 200, "a good request is answered after them")


def refusals_keep_the_connection(url, path, _):
    """The body of a refused request is read to its end: what follows is the next request."""
    body = read(path)
    client = Client(url)
    client.send(client.head(len(body)).replace(b"image/png", b"text/html") + body)
    check(client.answer()[0] == 415, "415")
    client.send(client.head(len(body)) + body)
    check(client.answer()[0] == 200, "200 on the same connection")
    client.send(client.head(len(body)) + body + client.head(len(body)) + body)
    check([client.answer()[0]] == [200], "200 when two were sent at once")


def waiting_clients_are_told_at_once(url, path, _):
    for size, status in [(10**9, 413), (10, 415)]:
        client = Client(url)
        head = client.head(size, "Expect: 100-continue\r\n")
        client.send(head if status == 413 else head.replace(b"image/png", b"text/html"))
        check(client.answer()[0] == status, f"{status} before the body was sent")
    client = Client(url)
    body = read(path)
    client.send(client.head(len(body), "Expect: 100-continue\r\n"))
    check(client.socket.makefile("rb").readline().split()[1] == b"100", "100 Continue")


def refusals_do_not_wait_for_endless_bodies(url, path, _):
    """Whatever the reason: here a foreign host, and a path at which there is nothing."""
    for endless in ["Content-Length: 10000000000", "Transfer-Encoding: chunked"]:
        for where, host, status in [("/v1/detect", "evil.example", 403), ("/nowhere", None, 404)]:
            client = Client(url)
            client.socket.settimeout(3)
            client.send(f"POST {where} HTTP/1.1\r\nHost: {host or client.host}\r\n{endless}\r\n\r\n".encode())
            try:
                found = client.answer()
            except TimeoutError:
                found = "nothing"
            check(found and found[0] == status, f"{where}, {endless}: {status} at once, found {found}")


def crowds_are_told_to_wait(url, path, _):
    """The server has --waiting 1. Everybody gets an answer: 200, or 503 in time."""
    body = read(path)
    found = []

    def ask():
        for _ in range(10):
            found.append(post(url, body)[0])

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(set(found) == {200, 503}, f"200 and 503, found {sorted(set(found))}")
    check(len(found) == 120, "an answer for everybody")


def requests_that_have_begun_are_answered(url, path, server):
    body = read(path)
    idle = Client(url)
    client = Client(url)
    client.send(client.head(len(body)) + body[: len(body) // 2])
    time.sleep(0.3)
    os.kill(int(server), signal.SIGTERM)
    time.sleep(0.5)
    try:
        Client(url)
        check(False, "nobody is let in any more")
    except OSError:
        pass
    client.send(body[len(body) // 2 :])
    status, text = client.answer()
    check(status == 200 and "verdict" in text, f"200, found {status}")
    check(idle.answer() is None, "who asked nothing is sent away")


def main():
    url, case, path = sys.argv[1:4]
    globals()[case](url, path, sys.argv[4] if len(sys.argv) > 4 else None)


if __name__ == "__main__":
    main()
