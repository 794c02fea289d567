#!/usr/bin/env python3
"""What it saves to run both TLS handshakes at once: the time from a client's connect to the first byte of its answer.

    MAILTAP_BINARY=build/release/proxy/mailtap bench/first_byte.py [--rtt 20] [--rounds 30]

A relay on each side of mailtap holds every byte back for half the round-trip time. The same certificate is presented,
once by a route that may begin the downstream handshake at once, and once by one that first wants the server's verdict
(require-trusted), so that the only difference is the order.
"""

import argparse
import pathlib
import socket
import statistics
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "e2e"))

import harness  # noqa: E402
from certificates import Pki  # noqa: E402
from wire import VERSIONS, Server, client_context, echo, server_context, tls_client, tls_script  # noqa: E402


class SlowRelay:
    """Passes bytes on to `port`, each `delay` seconds later."""

    def __init__(self, port, delay):
        self._target, self._delay = port, delay
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            near, _ = self._listener.accept()
            far = socket.create_connection(("127.0.0.1", self._target))
            for a, b in ((near, far), (far, near)):
                a.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._pass_on(a, b)

    def _pass_on(self, a, b):
        def send_later(data, due):
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                b.sendall(data) if data else b.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        def run():
            while True:
                try:
                    data = a.recv(65536)
                except OSError:
                    data = b""
                # The chunks of one side are far enough apart to keep their order: a flight each.
                send_later(data, time.monotonic() + self._delay)
                if not data:
                    return
        threading.Thread(target=run, daemon=True).start()


def first_byte(port, context):
    """Milliseconds from connect to the first byte of the answer."""
    start = time.monotonic()
    client = tls_client(port, context)
    client.send(b"?").receive(1)
    took = time.monotonic() - start
    client.close()
    return took * 1000


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rtt", type=float, default=20, help="milliseconds, of each side")
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    delay = options.rtt / 2000
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        pki = Pki(folder)
        print(f"RTT {options.rtt:g} ms on each side, {options.rounds} connections each, median ms to the first byte")
        for version, number in VERSIONS.items():
            server = Server(tls_script(server_context(pki.server, number), echo))
            upstream = SlowRelay(server.port, delay)
            routes = {}
            for order, more in (("parallel", []), ("serial", ["--require-trusted"])):
                tap = harness.Mailtap(folder, [*pki.present["own"], *more, "--name", "mail.test", "--listen", "127.0.0.1:0",
                                               "--upstream", f"127.0.0.1:{upstream.port}"])
                routes[order] = (tap, SlowRelay(tap.port, delay).port, [])
            try:
                for _ in range(options.rounds):
                    for _, port, times in routes.values():
                        times.append(first_byte(port, client_context(pki.local_ca, number)))
            finally:
                for tap, _, _ in routes.values():
                    tap.kill()
            parallel, serial = (statistics.median(routes[order][2]) for order in ("parallel", "serial"))
            print(f"{version}  parallel {parallel:6.1f}  serial {serial:6.1f}  ratio {parallel / serial:.2f}")


if __name__ == "__main__":
    if not harness.MAILTAP:
        sys.exit("MAILTAP_BINARY must name the mailtap to be measured")
    main()
