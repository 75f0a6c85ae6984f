"""More about sockets: parts of them that go on without them, and several at once."""

import socket

from shop.settings import PEER
from shop.steps import step

FAILURES = (RuntimeError, OSError)


# fixed: talked(lines(PEER))
def lines(address):
    sock = socket.create_connection(address, timeout=2)
    return sock.makefile("rw")


def talked(stream):
    stream.write("hello\n")
    stream.flush()
    return stream.readline()


# asked: socket.close(detached(PEER))
def detached(address):
    sock = socket.create_connection(address, timeout=2)
    step()
    return sock.detach()


# fixed: in_parts(PEER, 3)
def in_parts(address, number):
    sock = socket.create_connection(address, timeout=2)
    found = b""
    for _ in range(number):
        sock.sendall(b"part\n")
        step()
        while not found.endswith(b"\n"):
            block = sock.recv(3)
            if not block:
                raise ConnectionError("hung up")
            found += block
    sock.close()
    return found


# fixed: half_closed(PEER)
def half_closed(address):
    sock = socket.create_connection(address, timeout=2)
    sock.sendall(b"last\n")
    sock.shutdown(socket.SHUT_WR)
    step()
    found = sock.recv(100)
    sock.close()
    return found


# fixed: first_that_answers([("127.0.0.1", 1), PEER]); first_that_answers([("127.0.0.1", 1)])
def first_that_answers(addresses):
    for address in addresses:
        sock = socket.socket()
        sock.settimeout(2)
        try:
            sock.connect(address)
        except OSError:
            continue
        sock.sendall(b"first\n")
        step()
        answer = sock.recv(100)
        sock.close()
        return answer
    return None


# fixed: served()
def served():
    server = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(server.getsockname(), timeout=2)
    conn, _ = server.accept()
    with conn:
        conn.sendall(b"welcome")
        step()
    found = client.recv(100)
    client.close()
    server.close()
    return found
