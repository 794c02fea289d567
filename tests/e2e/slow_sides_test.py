"""However slow one side is, mailtap holds the other back instead of holding its bytes."""

import hashlib
import os
import threading
import time

import harness
from certificates import Pki
from servers import Nginx, certified
from wire import VERSIONS, Server, client_context, connect, server_context

SIZE = 256 << 20
BOUND_KIB = 40 << 10
PAUSE = 2
BLOCK = os.urandom(1 << 20)  # repeated SIZE times over
EXPECTED = hashlib.sha256(BLOCK * 256).hexdigest()

# Freed memory that AddressSanitizer keeps to catch its use isn't mailtap's.
SMALL_QUARANTINE = {**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=4:thread_local_quarantine_size_kb=64"}


def read_slowly(tls, size, watch):
    """Reads 16 MB at about 10 MB/s, then nothing for a while, then everything. Its digest."""
    digest, got, buffer = hashlib.sha256(), 0, memoryview(bytearray(1 << 16))
    paused = False
    while got < size and (count := tls.recv_into(buffer)):
        digest.update(buffer[:count])
        got += count
        if got < 16 << 20:
            time.sleep(count / 10e6)
        elif not paused:
            paused = True
            until = time.monotonic() + PAUSE
            while time.monotonic() < until:
                time.sleep(0.1)
                watch()
        watch()
    return digest.hexdigest()


class SlowSides(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)
        cls.nginx = cls.started_for_all(Nginx(cls.folder, f"listen {{port}} ssl; {certified(cls.pki.server)}"))
        with open(cls.nginx.root / "large", "wb") as large:
            for _ in range(SIZE // len(BLOCK)):
                large.write(BLOCK)

    def watched(self, tap):
        """A function that notes the growth of mailtap's memory since now, and the list of what it noted."""
        before, growth = tap.rss_kib(), [0]

        def watch():
            growth[0] = max(growth[0], tap.rss_kib() - before)
        return watch, growth

    def test_memory_is_bounded_while_the_client_reads_slowly_and_all_arrives(self):
        for name, version in VERSIONS.items():
            with self.subTest(version=name):
                tap = self.mailtap(*self.pki.present["own"], upstream=self.nginx.ports[0], env=SMALL_QUARANTINE)
                tcp = connect(tap.port, receive_buffer=64 << 10)
                with client_context(self.pki.local_ca, version).wrap_socket(tcp, server_hostname="mail.test") as tls:
                    watch, growth = self.watched(tap)
                    tls.sendall(b"GET /large HTTP/1.0\r\n\r\n")
                    head = b""
                    while not head.endswith(b"\r\n\r\n"):
                        head += tls.recv(1)
                    self.assertEqual(read_slowly(tls, SIZE, watch), EXPECTED)
                self.assertLess(growth[0], BOUND_KIB)
                self.assertGreater(tap.line()["bytes"]["to_downstream"], SIZE)
                tap.stop()

    def test_memory_is_bounded_while_the_server_reads_slowly_and_all_arrives(self):
        for name, version in VERSIONS.items():
            with self.subTest(version=name):
                result, done = [], threading.Event()

                def slow(tcp, version=version):
                    with server_context(self.pki.server, version).wrap_socket(tcp, server_side=True) as tls:
                        result.append(read_slowly(tls, SIZE, watch))
                        tls.sendall(b".")
                        tls.unwrap()
                    done.set()

                server = Server(slow, seconds=60)
                tap = self.mailtap(*self.pki.present["own"], upstream=server.port, env=SMALL_QUARANTINE)
                watch, growth = self.watched(tap)
                tcp = connect(tap.port, seconds=60)
                with client_context(self.pki.local_ca, version).wrap_socket(tcp, server_hostname="mail.test") as tls:
                    for _ in range(SIZE // len(BLOCK)):
                        tls.sendall(BLOCK)
                    self.assertEqual(tls.recv(1), b".")
                    tls.unwrap()
                self.assertTrue(done.wait(10))
                self.assertEqual(result, [EXPECTED])
                self.assertLess(growth[0], BOUND_KIB)
                self.assertEqual(tap.line()["bytes"]["to_upstream"], SIZE)
                tap.stop()


if __name__ == "__main__":
    harness.main(needs=["nginx", "openssl"])
