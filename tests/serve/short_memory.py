"""`simplenet serve` while one request for memory or a thread is refused, once or from then on:

    short_memory.py PROGRAM DETECTOR PHOTOGRAPH fail_allocations.so SAMPLES

Whatever is refused: it does not begin, with status 1 and a word of memory; or it answers every request by what it answers
otherwise or by 503, or ends the connection; and once nothing is refused any more, as otherwise. It ends with status 0."""

import http.client
import os
import signal
import subprocess
import sys
import tempfile
import urllib.parse

program, detector, photograph, allocator, samples = sys.argv[1:]
body = open(photograph, "rb").read()
boundary = b"--x\r\nContent-Disposition: form-data; filename=a\r\n\r\n" + body + b"\r\n--x--\r\n"
REQUESTS = [
    ("POST", "/v1/detect", body, "image/png"),
    ("POST", "/v1/detect?map=float32&heatmap=png", body, "image/png"),
    ("POST", "/v1/detect", boundary, "multipart/form-data; boundary=x"),
    ("POST", "/v1/detect", body[:100], "image/png"),
    ("GET", "/v1/detector", None, ""),
    ("GET", "/metrics", None, ""),
    ("GET", "/", None, ""),
]


def ask(url, method, path, data, kind):
    """(status, text); None where the connection ended."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)
    try:
        connection.request(method, path, data, {"Content-Type": kind} if data else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (http.client.HTTPException, OSError):
        return None
    finally:
        connection.close()


def start(variables):
    messages = tempfile.TemporaryFile()
    server = subprocess.Popen(
        [program, "serve", "--model", detector, "--port", "0", "--threads", "2"],
        env={**os.environ, "LD_PRELOAD": allocator, **variables}, stdout=subprocess.PIPE, stderr=messages)
    return server, server.stdout.readline().decode().strip(), messages


def check(condition, words):
    if not condition:
        sys.exit(f"not so: {words}")


def answers(url):
    return [ask(url, *request) for request in REQUESTS]


def is_same(found, expected, request):
    return found == expected or (request[1] == "/metrics" and found and found[0] == 200)


def stop(server, name):
    server.send_signal(signal.SIGTERM)
    check(server.wait(60) == 0, f"{name}: it ends with status 0, found {server.returncode}")


def try_refusal(at, onwards, expected):
    name = f"refusal{'s from' if onwards else ''} {at}"
    server, url, messages = start({"FAIL_AT": str(at), **({"FAIL_ONWARDS": "1"} if onwards else {})})
    if not url:
        messages.seek(0)
        said = messages.read().decode()
        status = server.wait(60)
        check(status == 1 and ("memory" in said or "threads" in said), f"{name}: status 1 and why, found {status}: {said}")
        return "did not begin"
    refused = 0
    for request, wanted in zip(REQUESTS, expected):
        found = ask(url, *request)
        refused += not is_same(found, wanted, request)
        check(found is None or found[0] == 503 or is_same(found, wanted, request), f"{name}: {request[1]}: {found}")
    if not onwards:
        for request, wanted in zip(REQUESTS, expected):
            check(is_same(ask(url, *request), wanted, request), f"{name}: {request[1]}: all is well again")
    stop(server, name)
    return f"{refused} refused"


def count_requests(ask_all):
    """How many requests for memory there are, and what is answered, when nothing is refused."""
    with tempfile.NamedTemporaryFile() as counted:
        server, url, _ = start({"FAIL_COUNT": counted.name})
        found = answers(url) if ask_all else []
        stop(server, "without refusals")
        return int(counted.read()), found


begun, _ = count_requests(False)
count, expected = count_requests(True)
check([found[0] for found in expected] == [200, 200, 200, 422, 200, 200, 200], f"answers without refusals: {expected}")
samples = int(samples)
places = {1 + begun * i // samples for i in range(samples)} | {begun + (count - begun) * i // (3 * samples) for i in range(3 * samples)}
for at in sorted(places):
    for onwards in [False, True]:
        print(f"{at} of {count}{' onwards' if onwards else ''}: {try_refusal(at, onwards, expected)}", flush=True)
