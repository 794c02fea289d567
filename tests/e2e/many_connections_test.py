"""Many connections at once, more than are allowed, and more than there are descriptors for."""

import concurrent.futures
import os
import resource
import socket
import threading
import time

import harness
from certificates import Pki
from servers import Nginx, certified
from wire import TLS13, client_context, connect

REQUEST = b"GET / HTTP/1.1\r\nHost: mail.test\r\n\r\n"
MANY = 2000


def raise_descriptor_limit(wanted):
    """False if this user can't have as many descriptors."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < wanted:
        if os.getuid() != 0:
            return False
        hard = wanted
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return True


class ManyConnections(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enough_descriptors = raise_descriptor_limit(2 * MANY + 500)
        cls.pki = Pki(cls.folder)
        cls.context = client_context(cls.pki.local_ca, TLS13)
        cls.nginx = cls.started_for_all(Nginx(
            cls.folder, f"listen {{port}} ssl backlog=4096; {certified(cls.pki.server)} location / {{ return 200 x; }}"))
        cls.upstream = cls.nginx.ports[0]

    def client(self, tap, **options):
        """A TLS client in C: thousands of wire.Tls would take long."""
        return self.context.wrap_socket(connect(tap.port, **options), server_hostname="mail.test")

    def ask(self, tls):
        """A request over an open connection, which stays open."""
        tls.sendall(REQUEST)
        reply = b""
        while not reply.endswith(b"\r\n\r\nx"):
            more = tls.recv(4096)
            self.assertTrue(more, f"the reply ended after {reply}")
            reply += more

    def test_memory_is_asked_for_in_huge_pages(self):
        if not os.path.exists("/sys/kernel/mm/transparent_hugepage"):
            self.skipTest("this kernel has no huge pages for who didn't reserve them")
        tap = self.mailtap(*self.pki.present["own"], upstream=self.upstream)
        with open(f"/proc/{tap.popen.pid}/smaps", encoding="utf-8") as file:
            mappings = file.read()
        if "libtcmalloc" not in mappings:
            self.skipTest("this build has no tcmalloc")
        self.assertRegex(mappings, r"VmFlags:.* hg\b")

    def test_two_thousand_connections_are_held_at_once_and_each_carries_bytes(self):
        if not self.enough_descriptors:
            self.skipTest(f"`ulimit -Hn` allows too few descriptors for {MANY} connections: raise it")
        tap = self.mailtap(*self.pki.present["own"], upstream=self.upstream)
        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            clients = list(threads.map(lambda _: self.client(tap, seconds=100), range(MANY)))
            list(threads.map(self.ask, clients))  # all of them are open now
            list(threads.map(self.ask, reversed(clients)))
            list(threads.map(lambda client: client.close(), clients))
        lines = tap.lines(MANY, seconds=30)
        self.assertEqual({line["bytes"]["to_upstream"] for line in lines}, {2 * len(REQUEST)})
        self.assertEqual(len({line["id"] for line in lines}), MANY)
        tap.stop()

    def test_beyond_max_connections_clients_wait_and_are_served_later(self):
        tap = self.mailtap(*self.pki.present["own"], "--max-connections", "5", upstream=self.upstream)
        first = [self.client(tap) for _ in range(5)]
        served, asked = [], threading.Event()

        def late(_):
            with self.client(tap) as tls:
                asked.wait(20)
                self.ask(tls)
                served.append(1)
        with concurrent.futures.ThreadPoolExecutor(7) as threads:
            waiting = [threads.submit(late, number) for number in range(7)]
            time.sleep(0.3)
            asked.set()
            time.sleep(0.2)
            self.assertEqual(served, [], "more were served than --max-connections allows")
            for client in first:
                self.ask(client)
                client.close()
            for one in waiting:
                one.result(20)
        self.assertEqual(len(served), 7)
        tap.lines(12)
        tap.stop()

    def test_beyond_max_route_connections_clients_are_turned_away(self):
        tap = self.mailtap(*self.pki.present["own"], "--max-route-connections", "2", upstream=self.upstream)
        held = [self.client(tap) for _ in range(2)]
        with self.assertRaises(OSError):
            self.client(tap)
        self.assertEqual(tap.ending(), ("limit-per-route", "mailtap"))
        held.pop().close()
        tap.line()
        held.append(self.client(tap))
        for client in held:
            self.ask(client)
            client.close()
        tap.lines(2)
        tap.stop()

    def test_one_source_has_no_more_than_its_share(self):
        tap = self.mailtap(*self.pki.present["own"], "--max-per-source", "3", upstream=self.upstream)
        held = [self.client(tap) for _ in range(3)]
        with self.assertRaises(OSError):
            self.client(tap)
        self.assertEqual(tap.ending(), ("limit-per-source", "mailtap"))
        another = self.client(tap, source="127.0.0.2")
        for client in (*held, another):
            self.ask(client)
            client.close()
        tap.lines(4)
        self.ask(again := self.client(tap))
        again.close()
        tap.line()
        tap.stop()

    def test_when_descriptors_run_out_all_clients_are_served_in_the_end(self):
        def few():
            resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
        tap = self.mailtap(*self.pki.present["own"], "--workers", "2", upstream=self.upstream, preexec_fn=few)
        # All are connected before the first says a word.
        sockets = [connect(tap.port, seconds=60) for _ in range(300)]

        def serve(tcp):
            with self.context.wrap_socket(tcp, server_hostname="mail.test") as tls:
                self.ask(tls)
        with concurrent.futures.ThreadPoolExecutor(300) as threads:
            list(threads.map(serve, sockets))
        for line in tap.lines(300, seconds=20):
            self.assertNotEqual(line["ending"]["reason"], "out-of-descriptors")
        tap.stop()

    def test_a_connection_leaves_nothing_behind(self):
        """Neither descriptors nor memory grow with the number of past connections."""
        tap = self.mailtap(*self.pki.present["issue"], "--workers", "1", "--core-dumps", upstream=self.upstream)
        # --core-dumps: without it /proc tells only root.
        descriptors = lambda: len(os.listdir(f"/proc/{tap.pid}/fd"))

        def some(count):
            for _ in range(count):
                with self.client(tap) as tls:
                    self.ask(tls)
            tap.lines(count)
            harness.wait_until(lambda: descriptors() <= idle, "descriptors to be closed")
        idle = descriptors() + 1  # the resolver, the log
        some(60)
        before = tap.rss_kib()
        some(150)
        if not harness.SANITIZED:  # whose quarantine grows
            self.assertLess(tap.rss_kib() - before, 3000)
        tap.stop()

    def test_a_client_that_connects_only_to_leave_takes_no_place(self):
        tap = self.mailtap(*self.pki.present["own"], "--max-connections", "4", upstream=self.upstream)
        for _ in range(50):
            socket.create_connection(("127.0.0.1", tap.port)).close()
        with self.client(tap) as tls:
            self.ask(tls)
        endings = [line["ending"]["reason"] for line in tap.lines(51)]
        self.assertEqual(endings.count("no-data"), 50)
        tap.stop()


if __name__ == "__main__":
    harness.main(needs=["nginx", "openssl"])
