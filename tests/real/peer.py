"""Somebody on the network: answers lines in capitals and a little HTTP, until it is told to hang up.

Prints its port. For each line on its standard input it drops all connections that are open, and says so.
"""

import socket
import socketserver
import sys
import threading

connections = set()


class Answer(socketserver.StreamRequestHandler):
    """One connection."""

    def setup(self):
        super().setup()
        connections.add(self.connection)

    def handle(self):
        try:
            while line := self.rfile.readline():
                if line.startswith(b"GET "):
                    self.page(line.split()[1])
                    return
                self.wfile.write(line.upper())
        except OSError:
            pass

    def page(self, path):
        while self.rfile.readline().strip():
            pass
        if path == b"/page":
            self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\npage")
        else:
            self.wfile.write(b"HTTP/1.0 404 Not Found\r\nContent-Length: 4\r\n\r\nnone")

    def finish(self):
        connections.discard(self.connection)
        try:
            super().finish()
        except OSError:
            pass


class Server(socketserver.ThreadingTCPServer):
    """One thread for each connection; an end of the program does not wait for them."""

    daemon_threads = True


def hang_up():
    for connection in list(connections):
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def main():
    with Server(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_address[1], flush=True)
        for _ in sys.stdin:
            hang_up()
            print("done", flush=True)


main()
