"""Handshakes of many connections at once, their cryptography batched, with clients that hang up in the middle."""

import pathlib
import random
import socket
import ssl
import struct
import sys
import threading

import harness
from certificates import Pki
from servers import Nginx, certified, only
from wire import client_context, connect

VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
REQUEST = b"GET / HTTP/1.1\r\nHost: mail.test\r\nConnection: close\r\n\r\n"
CLIENTS = 8 if harness.SANITIZED else 16
ROUNDS = 3 if harness.SANITIZED else 12


def reset(tcp):
    """Closes it with a reset, so that nothing orderly reaches mailtap."""
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    tcp.close()


class Batching(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)
        cls.contexts = {version: client_context(cls.pki.local_ca, number) for version, number in VERSIONS.items()}
        # No sessions: every upstream handshake is a full one.
        cls.nginx = cls.started_for_all(Nginx(cls.folder, *(
            f"listen {{port}} ssl backlog=1024; {certified(cls.pki.server)} {only(version)} ssl_session_tickets off;"
            " location / { return 200 x; }" for version in VERSIONS)))
        cls.ports = dict(zip(VERSIONS, cls.nginx.ports))

    def fetch(self, port, version):
        with self.contexts[version].wrap_socket(connect(port, seconds=60), server_hostname="mail.test") as tls:
            tls.sendall(REQUEST)
            reply = b""
            while more := tls.recv(4096):
                reply += more
            self.assertTrue(reply.endswith(b"\r\n\r\nx"), reply)

    def hang_up(self, port, version, randomly):
        """Goes as far into a handshake as chance has it, and leaves."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.contexts[version].wrap_bio(incoming, outgoing, server_hostname="mail.test")
        tcp = connect(port, seconds=60)
        for _ in range(randomly.randrange(1, 4)):
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                pass
            bytes_ = outgoing.read()
            tcp.sendall(bytes_[:randomly.randrange(len(bytes_) + 1)] if randomly.random() < 0.2 else bytes_)
            if randomly.random() < 0.5:
                break
            incoming.write(tcp.recv(randomly.choice((1, 100, 65536))))
        reset(tcp)

    def crowd(self, port, version, leaving):
        """`CLIENTS` threads, each with its connections one after the other; how many hung up."""
        faults, hung_up = [], [0] * CLIENTS

        def client(number):
            randomly = random.Random(number)
            for _ in range(ROUNDS):
                try:
                    if randomly.random() < leaving:
                        hung_up[number] += 1
                        self.hang_up(port, version, randomly)
                    else:
                        self.fetch(port, version)
                except Exception as fault:  # an assertion in a thread would pass unseen
                    faults.append(f"client {number}: {fault!r}")
        threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(faults, [])
        return sum(hung_up)

    def test_connections_in_parallel_all_succeed(self):
        for mode in ("own", "issue", "mirror"):
            for version, upstream in self.ports.items():
                with self.subTest(mode=mode, version=version):
                    tap = self.mailtap(*self.pki.present[mode], "--workers", "2", upstream=upstream)
                    self.crowd(tap.port, version, leaving=0)
                    for line in tap.lines(CLIENTS * ROUNDS, seconds=20):
                        self.assertEqual(line["ending"]["reason"], "closed")
                        self.assertFalse(line["upstream"]["resumed"])
                        self.assertEqual(line["verdict"]["name"], "match")
                        self.assertEqual(line["upstream"]["tls"], version)
                    tap.stop()

    def test_clients_that_hang_up_in_the_middle_disturb_nobody_else(self):
        for version, upstream in self.ports.items():
            with self.subTest(version=version):
                tap = self.mailtap(*self.pki.present["own"], "--workers", "2", upstream=upstream)
                hung_up = self.crowd(tap.port, version, leaving=0.4)
                self.assertGreater(hung_up, 0)
                reasons = [line["ending"]["reason"] for line in tap.lines(CLIENTS * ROUNDS, seconds=20)]
                self.assertGreaterEqual(reasons.count("closed"), CLIENTS * ROUNDS - hung_up)
                tap.stop()

    def test_a_mailtap_that_is_told_to_stop_at_once_ends_in_the_middle_of_handshakes(self):
        tap = self.mailtap(*self.pki.present["own"], "--workers", "2", upstream=self.ports["TLSv1.3"])
        open_ = []
        for _ in range(40):
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls = self.contexts["TLSv1.3"].wrap_bio(incoming, outgoing, server_hostname="mail.test")
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                pass
            open_.append(connect(tap.port))
            open_[-1].sendall(outgoing.read())
        tap.signal(harness.signal.SIGTERM)
        tap.said("draining")
        tap.signal(harness.signal.SIGTERM)
        self.assertEqual(tap.wait(), 0, tap.output())


if __name__ == "__main__":
    if "avx512ifma" not in pathlib.Path("/proc/cpuinfo").read_text().split():
        print("\n*** NOT TESTED: this CPU has no AVX-512 IFMA, so handshakes aren't gathered ***\n")
        sys.exit(77)
    harness.main(needs=["nginx", "openssl"])
