"""Somebody on the network: answers lines in capitals and a little HTTP, until it is told to hang up.

Prints its port. For each line on its standard input it answers what has arrived until then, drops all connections, and says
so. One thread does it all, so that what it has answered at that moment does not depend on luck.
"""

import selectors
import socket
import sys
from functools import partial

PAGES = {b"/page": b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\npage"}
NO_PAGE = b"HTTP/1.0 404 Not Found\r\nContent-Length: 4\r\n\r\nnone"


class Peer:
    """The listening socket and those that came of it."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ, self.accept)
        self.connections = {}
        print(self.listener.getsockname()[1], flush=True)

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except BlockingIOError:
                return
            connection.setblocking(False)
            self.connections[connection] = b""
            self.selector.register(connection, selectors.EVENT_READ, partial(self.answer, connection))

    def answer(self, connection):
        try:
            data = connection.recv(10_000)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.drop(connection)
            return
        text = self.connections[connection] + data
        try:
            if text.startswith(b"GET "):
                if b"\r\n\r\n" in text:
                    connection.sendall(PAGES.get(text.split()[1], NO_PAGE))
                    self.drop(connection)
                    return
            else:
                lines, end, text = text.rpartition(b"\n")
                connection.sendall((lines + end).upper())
            self.connections[connection] = text
        except OSError:
            self.drop(connection)

    def drop(self, connection):
        del self.connections[connection]
        self.selector.unregister(connection)
        connection.close()

    def hang_up(self):
        self.accept()
        for connection in list(self.connections):
            self.answer(connection)
        for connection in list(self.connections):
            self.drop(connection)

    def serve(self):
        self.selector.register(sys.stdin, selectors.EVENT_READ, None)
        while True:
            for key, _ in self.selector.select():
                if key.data is None:
                    if not sys.stdin.readline():
                        return
                    self.hang_up()
                    print("done", flush=True)
                elif key.fileobj is self.listener or key.fileobj in self.connections:
                    key.data()


Peer().serve()
