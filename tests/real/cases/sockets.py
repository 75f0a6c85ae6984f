"""Sockets and what stands on them, with a peer that may hang up."""

import http.client
import select
import socket
import urllib.error
import urllib.request

from shop.settings import PEER
from shop.steps import step

FAILURES = (RuntimeError, OSError)
NOBODY = ("127.0.0.1", 1)


# fixed: ask(PEER, b"hello"); ask(NOBODY, b"hello")
def ask(address, message):
    sock = socket.socket()
    sock.settimeout(2)
    sock.connect(address)
    step()
    sock.sendall(message + b"\n")
    step()
    answer = sock.recv(100)
    sock.close()
    return answer


# fixed: ask_simply(PEER); ask_simply(NOBODY)
def ask_simply(address):
    sock = socket.create_connection(address, timeout=2)
    step()
    sock.sendall(b"again\n")
    return sock.recv(100)


# fixed: ask_or_not(PEER); ask_or_not(NOBODY)
def ask_or_not(address):
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.settimeout(2)
    try:
        sock.connect(address)
        sock.sendall(b"there?\n")
        step()
        answer = sock.recv(100)
    except OSError as error:
        print("no answer:", type(error).__name__)
        return None
    sock.close()
    return answer


# fixed: is_open(PEER); is_open(NOBODY)
def is_open(address):
    probe = socket.socket()
    probe.settimeout(2)
    if probe.connect_ex(address) != 0:
        return False
    step()
    probe.close()
    return True


# asked: free_port()
def free_port():
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    port = sock.getsockname()[1]
    step()
    return port > 0


# fixed: many(PEER, 3)
def many(address, times):
    answers = []
    sock = socket.create_connection(address, timeout=2)
    for number in range(times):
        sock.sendall(b"%d\n" % number)
        step(number)
        answer = sock.recv(100)
        if not answer:
            return answers
        answers.append(answer)
    sock.close()
    return answers


# fixed: line_of(PEER)
def line_of(address):
    sock = socket.create_connection(address, timeout=2)
    lines = sock.makefile("rwb")
    lines.write(b"line\n")
    lines.flush()
    step()
    answer = lines.readline()
    lines.close()
    sock.close()
    return answer


# handed: connected(PEER).send(b"x")
def connected(address):
    sock = socket.create_connection(address, timeout=2)
    step()
    return sock


# missed: pair()
def pair():
    left, right = socket.socketpair()
    left.sendall(b"over")
    step()
    answer = right.recv(10)
    left.close()
    right.close()
    return answer


# fixed: fetched("/page")
def fetched(path):
    answer = urllib.request.urlopen("http://%s:%d%s" % (*PEER, path), timeout=2)
    body = answer.read()
    step()
    answer.close()
    return body


# fixed: fetched_at_once("/page")
def fetched_at_once(path):
    return urllib.request.urlopen("http://%s:%d%s" % (*PEER, path), timeout=2).read()


# fixed: status("/page"); status("/none")
def status(path):
    try:
        answer = urllib.request.urlopen("http://%s:%d%s" % (*PEER, path), timeout=2)
        step()
        return answer.status
    except urllib.error.HTTPError as error:
        code = error.code
        error.close()
        return code


# fixed: by_hand("/page"); by_hand("/none")
def by_hand(path):
    conn = http.client.HTTPConnection(*PEER, timeout=2)
    conn.request("GET", path)
    step()
    response = conn.getresponse()
    body = response.read()
    conn.close()
    return response.status, body


# tidied: well(PEER)
def well(address):
    sock = socket.socket()
    try:
        sock.settimeout(2)
        sock.connect(address)
        step()
        sock.sendall(b"well\n")
        return sock.recv(100)
    finally:
        sock.close()


# untouched: right(PEER)
def right(address):
    with socket.create_connection(address, timeout=2) as sock:
        step()
        sock.sendall(b"right\n")
        return sock.recv(100)


# fixed: datagram()
def datagram():
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("127.0.0.1", 0))
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.sendto(b"packet", receiver.getsockname())
    step()
    ready, _, _ = select.select([receiver], [], [], 2)
    data = receiver.recv(10) if ready else None
    sender.close()
    receiver.close()
    return data
